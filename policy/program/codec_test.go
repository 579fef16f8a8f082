package program

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"
)

// corpus has every instruction at least once, in small programs.
func corpus(t testing.TB) []*Program {
	t.Helper()
	r := newRNG(30)
	ps := []*Program{
		mlpModel(t, r, 127, true), quantProgram(t, r, 5), attentionProgram(t, r, 3, 8, 2, 4, false), attentionProgram(t, r, 2, 3, 1, 3, true),
		denseProgram(t, r, 5, 9, 2, true, I16, 0), svmProgram(t, r, KernelRBF, 5, 3, 2), svmProgram(t, r, KernelPoly, 3, 2, 1),
	}
	for kind := range 4 {
		ps = append(ps, cellProgram(t, r, kind, 3, 4, kind&1 == 0))
	}
	nodes, tr := forest(r, 3, 3, 2, 2, false)
	b := NewBuilder()
	x := b.Input("x", F32, 0, 0, 2)
	y := b.Trees(x, 2, nodes, tr)
	h := b.StateF("carry", []int{1, 2}, 1, 2)
	b.InputAt("carry", h, 0, 0, 2)
	z := b.Select(b.Binary(Less, x, y), x, b.Unary(Tanh, y, 0, 0))
	z = b.Softmax(b.MatMul(b.DenseF(z, 1, []float32{1, 2, 3, 4}, []float32{0, 1}), b.ConstF(3), 1, 2, 1, 1), 1, false)
	b.Output("n", b.Norm(z, 1, []float32{1, 1}, nil, 1e-5, false), 0, 0)
	b.Output("k", b.Lookup(b.Trunc(b.Reduce(ReduceSum, z, 1, 2, 1)), []int32{5}, 6), 0, 0)
	b.Copy(z, h)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return append(ps, p)
}

func TestCorpusHasEveryInstruction(t *testing.T) {
	seen := map[Op]bool{}
	for _, p := range corpus(t) {
		for _, in := range p.Instrs {
			seen[in.Op()] = true
			if got := newInstr(in.Op()); reflect.TypeOf(got) != reflect.TypeOf(in) {
				t.Errorf("%v makes a %T", in.Op(), got)
			}
		}
	}
	for o := Op(1); o < opEnd; o++ {
		if !seen[o] {
			t.Errorf("%v is in no program of the corpus", o)
		}
	}
}

func TestProgramsSurviveTheirBytes(t *testing.T) {
	r := newRNG(31)
	for i, p := range corpus(t) {
		data := p.Append(nil)
		q, err := Decode(data)
		if err != nil {
			t.Fatalf("program %d: %v", i, err)
		}
		if !bytes.Equal(q.Append(nil), data) {
			t.Errorf("program %d changes when written again", i)
		}
		ms := []*Machine{machines(t, p)[0], machines(t, q)[1]}
		agree(t, p, ms, randomBytes(r, 3))
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	for i, p := range corpus(t) {
		data := p.Append(nil)
		step := 1 + len(data)/2000
		for n := 0; n < len(data); n += step {
			if _, err := Decode(data[:n]); !errors.Is(err, ErrShort) && !errors.Is(err, ErrFormat) {
				t.Fatalf("program %d cut to %d of %d bytes: %v", i, n, len(data), err)
			}
		}
		if _, err := Decode(append(data, 0)); !errors.Is(err, ErrInvalid) {
			t.Errorf("program %d with a byte more: %v", i, err)
		}
	}
}

// A count in a short file must not make the reader allocate for it.
func TestHostileCountsAllocateNothing(t *testing.T) {
	data := mlpModel(t, newRNG(1), 64, false).Append(nil)
	var before, after runtime.MemStats
	for at := 8; at+4 <= 600; at++ {
		bad := append([]byte{}, data[:600]...)
		copy(bad[at:], []byte{0xFF, 0xFF, 0xFF, 0x7F})
		runtime.ReadMemStats(&before)
		_, err := Decode(bad)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Fatalf("a cut program with a false count at %d is accepted", at)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Fatalf("a false count at %d made Decode allocate %d bytes", at, n)
		}
	}
}

// named reports an error that says what it is.
func named(err error) bool {
	return errors.Is(err, ErrFormat) || errors.Is(err, ErrShort) || errors.Is(err, ErrLimit) || errors.Is(err, ErrInvalid)
}

// tryHostile decodes bytes and, if they are a program, runs it in every executor.
func tryHostile(t *testing.T, data []byte) (accepted bool) {
	p, err := Decode(data)
	if err != nil {
		if !named(err) {
			t.Fatalf("unnamed error %v", err)
		}
		return false
	}
	if p.Work() > 1<<18 || p.Arena > 1<<18 {
		return true
	}
	r := newRNG(uint64(len(data)))
	ms := machines(t, p)
	agree(t, p, ms, randomBytes(r, 3))
	agree(t, p, ms, specialFloats(r))
	return true
}

func TestFlippedBytesAreRefusedOrRunAlike(t *testing.T) {
	r := newRNG(32)
	accepted := 0
	for _, p := range corpus(t) {
		data := p.Append(nil)
		for range 150 {
			bad := append([]byte{}, data...)
			for range 1 + r.IntN(3) {
				k := r.IntN(len(bad))
				if r.IntN(2) == 0 {
					k = r.IntN(min(len(bad), 400))
				}
				bad[k] = []byte{0, 1, 0x7F, 0x80, 0xFF, byte(r.IntN(256))}[r.IntN(6)]
			}
			if tryHostile(t, bad) {
				accepted++
			}
		}
	}
	if accepted == 0 {
		t.Error("no changed program was ever accepted: nothing was compared")
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range corpus(f) {
		if data := p.Append(nil); len(data) < 8000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { tryHostile(t, data) })
}
