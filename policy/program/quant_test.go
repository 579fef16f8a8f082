package program

import (
	"math"
	"slices"
	"testing"
)

// quantProgram passes one input through every integer instruction that is not tested on
// its own.
func quantProgram(t testing.TB, r rng, n int) *Program {
	t.Helper()
	b := NewBuilder()
	m := func() float32 { return float32(math.Exp(r.NormFloat64()) / 3) }
	x := b.Input("x", F32, 0, 0, n)
	for k, typ := range []DType{U8, I8, I16} {
		lo, hi := typ.Range()
		zero := lo + r.Int32N(hi-lo)
		y := b.Quantize(x, m()/40, Range{typ, zero, lo + r.Int32N(40), hi - r.Int32N(40)})
		outs := []Buf{y}
		for _, to := range []DType{U8, I8, I16} {
			tlo, thi := to.Range()
			rg := Range{to, tlo + r.Int32N(thi-tlo), tlo, thi}
			z := b.Requant(y, zero, m()*20, rg)
			outs = append(outs, z, b.AddQ(y, zero, m(), z, rg.Zero, m(), rg), b.MulQ(z, rg.Zero, y, zero, m()/50, rg),
				b.AddQ(y, zero, m(), z.Slice(0, 1), rg.Zero, m(), rg))
		}
		outs = append(outs, b.Requant(y, zero, m(), Range{I32, 0, -1 << 24, 1 << 24}), b.Dequantize(y, m(), zero), b.Arg(y, 1, k == 0, k == 1))
		if typ != I16 {
			sig := Full(I16, 0)
			outs = append(outs, b.LUT8(y, I16, FillTable8(math.Tanh, typ, 0.03, 0, 1.0/32768, sig)), b.LUT8F(y, make([]float32, 256)),
				b.LUT8(y, U8, FillTable8(math.Tanh, typ, 0.03, 0, 1.0/128, Full(U8, 128))))
		} else {
			same := b.AddQ(y, 0, m(), y, 3, -m(), Full(I16, 0))
			ln := LayerNormQ{Eps: 0.5, RMS: r.IntN(2) == 0, Gamma: make([]float32, n), Beta: make([]float32, n)}
			for i := range ln.Gamma {
				ln.Gamma[i], ln.Beta[i] = float32(r.NormFloat64()*900), float32(r.NormFloat64()*90)
			}
			outs = append(outs, same, b.LUT16(same, r.table()), b.LayerNormQ(y, 1, ln, Full(I16, 5)), b.LayerNormQ(y, 1, ln, Full(U8, 100)))
			ln.XZero = 7
			outs = append(outs, b.LayerNormQ(y, 1, ln, Symmetric16(2000)), b.Concat(same, y))
		}
		index := make([]int32, n)
		for i := range index {
			index[i] = int32(r.IntN(n))
		}
		outs = append(outs, b.Gather(y, index))
		for i, o := range outs {
			b.Output(string(rune('a'+k))+string(rune('a'+i)), o, 1, 0)
		}
	}
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestElementwiseAgreesOnEveryLength(t *testing.T) {
	r := newRNG(20)
	for n := 1; n <= 130; n++ {
		p := quantProgram(t, r, n)
		ms := machines(t, p)
		agree(t, p, ms, randomBytes(r, 3))
		agree(t, p, ms, specialFloats(r))
	}
}

// one runs a program of one input and one output in all executors.
func one(t *testing.T, in []float32, build func(b *Builder, x Buf) Buf) []float32 {
	t.Helper()
	b := NewBuilder()
	y := build(b, b.Input("x", F32, 0, 0, len(in)))
	b.Output("y", y, 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	var want []float32
	for i, m := range machines(t, p) {
		if err := m.Set(p.Inputs[0], in); err != nil {
			t.Fatal(err)
		}
		m.Eval()
		got := make([]float32, p.Outputs[0].Buf.N)
		if err := m.Get(p.Outputs[0], got); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = got
		}
		sameFloats(t, "y", want, got)
	}
	return want
}

func TestMeaningOfIntegerInstructions(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		name     string
		in, want []float32
		build    func(b *Builder, x Buf) Buf
	}{
		{"quantising rounds half to even, clamps, and takes NaN as the lowest", []float32{0.5, 1.5, 2.5, -0.5, -1.5, inf, -inf, nan, 1e30},
			[]float32{10, 12, 12, 10, 8, 200, 3, 3, 200}, func(b *Builder, x Buf) Buf { return b.Quantize(x, 1, Range{U8, 10, 3, 200}) }},
		{"requantising subtracts one zero point and adds the other", []float32{0, 1, 2, 3, 250},
			[]float32{-5, -4, -4, -4, 100}, func(b *Builder, x Buf) Buf {
				return b.Requant(b.Quantize(x, 1, Full(U8, 0)), 2, 0.5, Range{I8, -4, -128, 100})
			}},
		{"a table is indexed by the byte", []float32{0, 1, 255}, []float32{255, 254, 0}, func(b *Builder, x Buf) Buf {
			table := make([]int32, 256)
			for i := range table {
				table[i] = int32(255 - i)
			}
			return b.LUT8(b.Quantize(x, 1, Full(U8, 0)), U8, table)
		}},
		{"a 16-bit table interpolates", []float32{-32768, -32704, -32640, 32767}, []float32{0, 500, 1000, 992}, func(b *Builder, x Buf) Buf {
			table := make([]int16, 513)
			table[1], table[512] = 1000, 1000
			return b.LUT16(b.Quantize(x, 1, Full(I16, 0)), table)
		}},
		{"the first of equals wins", []float32{1, 3, 3, nan, 2, 2}, []float32{1, 1}, func(b *Builder, x Buf) Buf { return b.Arg(x, 2, false, false) }},
		{"the last of equals wins where asked", []float32{1, 3, 3, 2, 2, nan}, []float32{2, 1}, func(b *Builder, x Buf) Buf { return b.Arg(x, 2, false, true) }},
		{"the smallest wins where asked", []float32{1, 3, 0, nan, -inf, 2}, []float32{2, 1}, func(b *Builder, x Buf) Buf { return b.Arg(x, 2, true, false) }},
		{"a lookup answers outside its table too", []float32{0, 1, 2, -1}, []float32{7, 8, -3, -3}, func(b *Builder, x Buf) Buf { return b.Lookup(b.Trunc(x), []int32{7, 8}, -3) }},
		{"transposing moves rows to columns", []float32{1, 2, 3, 4, 5, 6}, []float32{1, 4, 2, 5, 3, 6}, func(b *Builder, x Buf) Buf { return b.Transpose(x, []int{2, 3}, []int{1, 0}) }},
		{"concatenation keeps order", []float32{1, 2, 3}, []float32{3, 1, 2, 3}, func(b *Builder, x Buf) Buf { return b.Concat(x.Slice(2, 3), x) }},
		{"normalising has mean 0 and the given gain", []float32{-2, -1, 1, 2}, []float32{-126, -63, 63, 126}, func(b *Builder, x Buf) Buf {
			g := []float32{100, 100, 100, 100}
			return b.LayerNormQ(b.Quantize(x, 0.001, Full(I16, 0)), 1, LayerNormQ{Eps: 1e-3, Gamma: g, Beta: make([]float32, 4)}, Full(I16, 0))
		}},
	} {
		if got := one(t, c.in, c.build); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTablesStayWithinWhatInterpolationCanSpan(t *testing.T) {
	step := func(x float64) float64 { return math.Copysign(1e9, x) }
	b := NewBuilder()
	x := b.Input("x", I16, 1, 0, 3)
	b.Output("y", b.LUT16(x, FillTable16(step, 1, 1)), 1, 0)
	if _, err := b.Build(); err != nil {
		t.Error(err)
	}
	if v := FillTable8(func(float64) float64 { return math.NaN() }, U8, 1, 0, 1, Full(U8, 9))[3]; v != 9 {
		t.Errorf("NaN becomes %d, want the zero point", v)
	}
}

func TestPairsSafe(t *testing.T) {
	full := []uint8{255, 255, 255}
	for _, c := range []struct {
		w    []int8
		lim  []uint8
		want bool
	}{
		{[]int8{64, 64, 127}, full, true}, {[]int8{65, 64, 0}, full, false}, {[]int8{127, -128, 127}, full, true},
		{[]int8{-64, -65, 0}, full, false}, {[]int8{127, 127, 0}, []uint8{127, 127, 127}, true}, {[]int8{127}, full, false},
	} {
		if got := PairsSafe(c.w, 3, 1, c.lim); got != c.want {
			t.Errorf("%v with bounds %v: %v", c.w, c.lim, got)
		}
	}
}
