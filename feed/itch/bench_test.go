package itch

import "testing"

// A mix like a busy day's: adds, deletes and replaces dominate.
func benchMix() (mix [][]byte) {
	for range 100 {
		for _, typ := range "AADDUUAADDXEFFPI" {
			for _, l := range layouts {
				if l.typ == byte(typ) {
					mix = append(mix, l.msg.Append(nil))
				}
			}
		}
	}
	return mix
}

func BenchmarkRecode(b *testing.B) {
	mix := benchMix()
	dst := make([]byte, 0, MaxSize)
	bytes, bad := 0, 0
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		out, ok := Recode(dst, mix[i])
		if !ok {
			bad++
		}
		bytes += len(out)
		if i++; i == len(mix) {
			i = 0
		}
	}
	if bad != 0 || bytes < b.N*SizeOrderDelete {
		b.Fatalf("%d refused, %d bytes from %d messages", bad, bytes, b.N)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/msg")
	b.ReportMetric(float64(bytes)/float64(b.N), "B/msg")
}

func BenchmarkDecodeAdd(b *testing.B) {
	msg := (&AddOrder{head, 1, 'B', 100, stock, 2238100}).Append(nil)
	var m AddOrder
	var shares uint64
	for b.Loop() {
		if !m.Decode(msg) {
			b.Fatal("refused")
		}
		shares += uint64(m.Shares)
	}
	if shares != uint64(b.N)*100 {
		b.Fatalf("%d shares from %d messages", shares, b.N)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/msg")
}
