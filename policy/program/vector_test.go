package program

import (
	"slices"
	"testing"
)

// normReduceProgram normalises rows, turns them into floats and reduces columns: what lies
// between a compiled attention and its head.
func normReduceProgram(t testing.TB, r rng, rows, n int, bytes bool) *Program {
	t.Helper()
	b := NewBuilder()
	in, zero := I16, int32(0)
	if bytes {
		in, zero = U8, r.Int32N(256)
	}
	x := b.Input("x", in, 1, zero, rows, n)
	ln := LayerNormQ{XZero: zero, RMS: r.IntN(2) == 0, Eps: 0.5, Gamma: make([]float32, n), Beta: make([]float32, n)}
	for i := range ln.Gamma {
		ln.Gamma[i], ln.Beta[i] = float32(r.NormFloat64()*300), float32(r.NormFloat64()*30)
	}
	for i, to := range []Range{Full(U8, 100), Full(I16, -7), {U8, 128, 20, 200}} {
		y := b.LayerNormQ(x, rows, ln, to)
		f := b.Dequantize(y, float32(r.NormFloat64()), to.Zero)
		b.Output(string(rune('a'+i)), y, 1, to.Zero)
		b.Output(string(rune('f'+i)), f, 0, 0)
		for k, red := range []Reduce{ReduceSum, ReduceMean, ReduceMax, ReduceL2} {
			b.Output(string(rune('k'+i))+string(rune('a'+k)), b.Reduce(red, f, 1, rows, n), 0, 0)
			b.Output(string(rune('p'+i))+string(rune('a'+k)), b.Reduce(red, f, rows, n, 1), 0, 0)
		}
	}
	b.Output("z", b.Dequantize(x, 0.1, 30000), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNormsAndReductionsAgree(t *testing.T) {
	r := newRNG(23)
	for n := 1; n <= 130; n++ {
		p := normReduceProgram(t, r, 1+r.IntN(6), n, n%2 == 0)
		ms := machines(t, p)
		if k := ms[len(ms)-1].Kernels(); slices.Contains(k, "avx2") && (k[0] == "spec" || k[1] == "spec" || k[2] == "spec") {
			t.Fatal(k)
		}
		for style := range 4 {
			agree(t, p, ms, randomBytes(r, style))
		}
	}
}

// Sums over floats of every kind, infinities and NaN among them.
func TestReductionsAgree(t *testing.T) {
	r := newRNG(24)
	for i := range 60 {
		outer, n, inner := 1+r.IntN(3), 1+r.IntN(20), 1+r.IntN(40)
		b := NewBuilder()
		x := b.Input("x", F32, 0, 0, outer, n, inner)
		b.Output("s", b.Reduce(ReduceSum, x, outer, n, inner), 0, 0)
		b.Output("m", b.Reduce(ReduceMean, x, outer, n, inner), 0, 0)
		p, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ms := machines(t, p)
		agree(t, p, ms, randomBytes(r, 3))
		if i%2 == 0 {
			agree(t, p, ms, specialFloats(r))
		}
	}
}

func FuzzNormReduce(f *testing.F) {
	f.Add(uint64(1), uint8(16), uint8(32), true)
	f.Add(uint64(2), uint8(3), uint8(7), false)
	f.Fuzz(func(t *testing.T, seed uint64, rows, n uint8, bytes bool) {
		r := newRNG(seed)
		p := normReduceProgram(t, r, int(rows)%9+1, int(n)%130+1, bytes)
		agree(t, p, machines(t, p), randomBytes(r, int(seed%4)))
	})
}
