package program

import (
	"math"
	"testing"
)

// denseProgram is one layer over an input at an odd place, so that vectors are unaligned.
func denseProgram(t testing.TB, r rng, in, out, rows int, wide bool, y DType, style int) *Program {
	t.Helper()
	b := NewBuilder()
	x, scale := Buf{}, 64.0
	w := Weights{}
	pad := r.IntN(3)
	if wide {
		raw := b.Input("x", I16, 1, 0, rows*in+pad)
		x = raw.Slice(pad, pad+rows*in)
		scale = 4096 * float64(in) * 100
		w.W16 = r.fill16(in*out, min(4095, 1<<15/in))
		w.Bias = r.bias(out, 1<<20)
		lim := Symmetric16(8191)
		x = b.Requant(x, 0, 0.25, lim)
	} else {
		raw := b.Input("x", U8, 1, 0, rows*in+pad)
		x = raw.Slice(pad, pad+rows*in)
		scale = 255 * 64 * float64(in)
		w.W8 = r.fill8(in*out, style)
		w.Bias = r.bias(out, 1<<24)
	}
	w.M = r.multipliers(out, scale, 200)
	k := Full(y, 0)
	if y == U8 {
		k = Range{U8, int32(r.IntN(256)), int32(r.IntN(128)), int32(128 + r.IntN(128))}
	}
	if y == I16 {
		k.Lo, k.Hi = -int32(r.IntN(32768)), int32(r.IntN(32768))
	}
	if y == I8 {
		k.Zero = int32(r.IntN(256) - 128)
	}
	if y == I16 && r.IntN(4) == 0 {
		k.Zero = int32(r.IntN(2000) - 1000)
	}
	b.Output("y", b.Dense(x, rows, w, k), 1, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDenseAgreesOnEveryShape(t *testing.T) {
	r := newRNG(1)
	kernels := map[string]int{}
	for in := 1; in <= 130; in++ {
		for k := range 6 {
			out, rows := 1+r.IntN(130), 1
			if k == 0 {
				out = in
			}
			if r.IntN(8) == 0 {
				rows = 1 + r.IntN(5)
			}
			y := []DType{U8, I16, F32, U8, I8}[r.IntN(5)]
			p := denseProgram(t, r, in, out, rows, k%3 == 2, y, r.IntN(5))
			ms := machines(t, p)
			for _, n := range ms[len(ms)-1].Kernels() {
				kernels[n]++
			}
			for style := range 4 {
				agree(t, p, ms, randomBytes(r, style))
			}
		}
	}
	for out := 1; out <= 130; out++ {
		p := denseProgram(t, r, 1+r.IntN(70), out, 1, out%2 == 0, U8, r.IntN(5))
		agree(t, p, machines(t, p), randomBytes(r, 3))
	}
	t.Log(kernels)
}

// Several rows of a multiple of 32 outputs run in tiles.
func TestDenseTilesAgree(t *testing.T) {
	r := newRNG(4)
	for rows := 2; rows <= 17; rows++ {
		for k := range 6 {
			in, out := 1+r.IntN(130), 32*(1+k%5)
			p := denseProgram(t, r, in, out, rows, k&1 == 1, []DType{U8, I16, F32}[r.IntN(3)], r.IntN(5))
			ms := machines(t, p)
			for style := range 4 {
				agree(t, p, ms, randomBytes(r, style))
			}
		}
	}
}

func TestDenseOfTwoInputsAgreesOnEveryPair(t *testing.T) {
	r := newRNG(2)
	for _, w := range [][2]int8{{127, 127}, {-128, -128}, {127, -128}, {64, 64}, {65, 64}, {-65, -64}, {1, 0}} {
		b := NewBuilder()
		const rows = 256
		x := b.Input("x", U8, 1, 0, 2*rows)
		weights := Weights{W8: []int8{w[0], w[1]}, Bias: []int32{3}, M: []float32{0.0123}}
		b.Output("q", b.Dense(x, rows, weights, Full(U8, 100)), 1, 0)
		weights.M = []float32{1}
		b.Output("acc", b.Dense(x, rows, weights, Full(F32, 0)), 0, 0)
		p, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ms := machines(t, p)
		acc, _ := p.Output("acc")
		for first := range 256 {
			agree(t, p, ms, func(_ int, _ Slot, raw []byte) {
				for i := range rows {
					raw[2*i], raw[2*i+1] = byte(first), byte(i)
				}
			})
			i := r.IntN(256)
			want := float32(3 + first*int(w[0]) + i*int(w[1]))
			for _, m := range ms {
				if got := m.Floats(acc)[i]; got != want {
					t.Fatalf("%d*%d + %d*%d + 3 = %v, want %v", first, w[0], i, w[1], got, want)
				}
			}
		}
	}
}

// Biases that leave an accumulator one step from the ends of 32 bits.
func TestDenseAtTheEndsOfTheAccumulator(t *testing.T) {
	r := newRNG(3)
	for in := 1; in <= 40; in++ {
		w := r.fill8(in*2, in%2) // all 127 or all -128
		reach := int32(0)
		for _, v := range w[:in] {
			reach += 255 * max(int32(v), -int32(v))
		}
		b := NewBuilder()
		x := b.Input("x", U8, 1, 0, in)
		bias := math.MaxInt32 - reach
		for i, m := range []float32{1, 1e-7, 1e9} {
			d := Weights{W8: w, Bias: []int32{bias, -bias}, M: []float32{m, -m}}
			b.Output(string(rune('a'+i)), b.Dense(x, 1, d, Full(U8, 100)), 1, 0)
			b.Output(string(rune('f'+i)), b.Dense(x, 1, d, Full(F32, 0)), 0, 0)
		}
		p, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ms := machines(t, p)
		for style := range 4 {
			agree(t, p, ms, randomBytes(r, style))
		}
	}
}

func FuzzDense(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*13), uint8(seed*29), uint8(1), uint8(seed))
		f.Add(seed, uint8(seed*7), uint8(32*(seed%5)-1), uint8(seed), uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, in, out, rows, how uint8) {
		r := newRNG(seed)
		y := []DType{U8, I8, I16, F32}[how>>1&3]
		p := denseProgram(t, r, int(in)%130+1, int(out)%130+1, int(rows)%9+1, how&1 == 1, y, int(how>>3))
		ms := machines(t, p)
		for style := range 4 {
			agree(t, p, ms, randomBytes(r, style))
		}
	})
}
