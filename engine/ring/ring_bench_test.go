package ring

import (
	"runtime"
	"testing"
)

// One thread, push then pop: the cost of the code itself.
func BenchmarkSPSC(b *testing.B) {
	r := mustNew[record](b, 1024)
	v := record{Seq: 1}
	var out record
	sum := uint64(0)
	for b.Loop() {
		r.Push(&v)
		r.Pop(&out)
		sum += out.Seq
	}
	if sum != uint64(b.N) {
		b.Fatalf("%d records of %d", sum, b.N)
	}
}

// Two threads: throughput of records of 56 bytes, one way.
func BenchmarkSPSCBetweenThreads(b *testing.B) {
	r := mustNew[record](b, 4096)
	total := b.N
	go func() {
		v := record{}
		for i := range total {
			v.Seq = uint64(i)
			for !r.Push(&v) {
				runtime.Gosched()
			}
		}
	}()
	var out record
	b.ResetTimer()
	for i := range total {
		for !r.Pop(&out) {
			runtime.Gosched()
		}
		if out.Seq != uint64(i) {
			b.Fatalf("record %d arrived as %d", i, out.Seq)
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	r := mustBytes(b, 1<<16)
	read := 0
	for b.Loop() {
		r.Reserve(120)[0] = 1
		r.Commit()
		got, _ := r.Read()
		read += len(got)
		r.Release()
	}
	if read != 120*b.N {
		b.Fatalf("%d bytes of %d", read, 120*b.N)
	}
}
