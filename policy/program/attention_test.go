package program

import (
	"math"
	"testing"
)

// expTable is e^x over 16 units below 0, 1.15.
func expTable() []int16 {
	return FillTable16(func(x float64) float64 { return math.Exp(x - 8) }, 16.0/65536, 1.0/32767)
}

func attentionProgram(t testing.TB, r rng, tt, s, heads, d int, causal bool) *Program {
	t.Helper()
	b := NewBuilder()
	w := heads * d
	part := func(name string, n int, lim int32) Buf {
		return b.Requant(b.Input(name, I16, 1, 0, n), 0, float32(lim)/32768, Symmetric16(lim))
	}
	lim := int32(math.Sqrt(math.MaxInt32 / float64(2*d)))
	lim = min(lim, 32767)
	q, k, v := part("q", tt*w, lim), part("k", s*w, lim), part("v", s*w, 32767)
	m := float32(math.Exp(r.NormFloat64())) * 16000 / (float32(lim) * float32(lim) * float32(d))
	y := b.Attention(q, k, v, Attention{T: int32(tt), S: int32(s), Heads: int32(heads), D: int32(d), Causal: causal, M: m, MOut: 1.0 / 32767 * float32(math.Exp(r.NormFloat64())), Exp: expTable()})
	b.Output("y", y, 1, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAttentionAgrees(t *testing.T) {
	r := newRNG(5)
	fast := 0
	for i := range 120 {
		s := 1 + r.IntN(24)
		if i%2 == 0 {
			s = 8 * (1 + r.IntN(6))
		}
		p := attentionProgram(t, r, 1+r.IntN(s), s, 1+r.IntN(3), 1+r.IntN(20), i%5 == 4)
		ms := machines(t, p)
		for _, n := range ms[len(ms)-1].Kernels() {
			if n == "avx2" {
				fast++
			}
		}
		for range 3 {
			agree(t, p, ms, randomBytes(r, 3))
		}
	}
	t.Log(fast, "ran in assembly")
}

func FuzzAttention(f *testing.F) {
	f.Add(uint64(1), uint8(16), uint8(16), uint8(2), uint8(16), false)
	f.Add(uint64(2), uint8(3), uint8(8), uint8(1), uint8(7), true)
	f.Fuzz(func(t *testing.T, seed uint64, tt, s, heads, d uint8, causal bool) {
		r := newRNG(seed)
		n := int(s)%64 + 1
		p := attentionProgram(t, r, int(tt)%n+1, n, int(heads)%4+1, int(d)%34+1, causal)
		agree(t, p, machines(t, p), randomBytes(r, 3))
	})
}

// attentionModel is layer normalisation, projections, two heads and the output
// projection on 16x32, all in 16 bits.
func attentionModel(t testing.TB, r rng) *Program {
	t.Helper()
	const rows, width, heads = 16, 32, 2
	b := NewBuilder()
	x := b.Quantize(b.Input("x", F32, 0, 0, rows, width), 4.0/32767, Full(I16, 0))
	ones, zeros := make([]float32, width), make([]float32, width)
	for i := range ones {
		ones[i] = 8191.0 / 8
	}
	n := b.LayerNormQ(x, rows, LayerNormQ{Eps: 1e-5 * math.Pow(width/(4.0/32767), 2), Gamma: ones, Beta: zeros}, Symmetric16(8191))
	project := func(x Buf, r2 Range, m float32) Buf {
		w := Weights{W16: r.fill16(width*width, 2047), Bias: make([]int32, width), M: make([]float32, width)}
		for i := range w.M {
			w.M[i] = m
		}
		return b.Dense(x, rows, w, r2)
	}
	q, k := project(n, Symmetric16(4095), 1.0/8192), project(n, Symmetric16(4095), 1.0/8192)
	v := project(n, Symmetric16(32767), 1.0/2048)
	y := b.Attention(q, k, v, Attention{T: rows, S: rows, Heads: heads, D: width / heads, M: 1.0 / 4096, MOut: 1.0 / 32767 / 4, Exp: expTable()})
	y = b.Requant(y, 0, 0.5, Symmetric16(8191))
	b.Output("y", project(y, Full(F32, 0), 1e-6), 0, 0, rows, width)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The integer softmax and normalisation stay close to the real ones.
func TestAttentionIsCloseToFloats(t *testing.T) {
	const n, d = 16, 16
	r := newRNG(6)
	b := NewBuilder()
	const unit = 1.0 / 1024 // of q, k and v
	lim := Symmetric16(4096)
	q := b.Quantize(b.Input("q", F32, 0, 0, n, d), unit, lim)
	k := b.Quantize(b.Input("k", F32, 0, 0, n, d), unit, lim)
	v := b.Quantize(b.Input("v", F32, 0, 0, n, d), unit, lim)
	scale := 1 / math.Sqrt(d)
	y := b.Attention(q, k, v, Attention{T: n, S: n, Heads: 1, D: d, M: float32(unit * unit * scale * 65536 / 16), MOut: 1.0 / 32767, Exp: expTable()})
	b.Output("y", b.Dequantize(y, unit, 0), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMachine(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := [3][]float32{}
	for i := range in {
		in[i] = make([]float32, n*d)
		for j := range in[i] {
			in[i][j] = float32(r.NormFloat64())
		}
		copy(m.Floats(p.Inputs[i]), in[i])
	}
	m.Eval()
	got := m.Floats(p.Outputs[0])
	for i := range n {
		var e [n]float64
		sum := 0.0
		for j := range e {
			for x := range d {
				e[j] += float64(in[0][i*d+x]) * float64(in[1][j*d+x])
			}
			e[j] = math.Exp(e[j] * scale)
			sum += e[j]
		}
		for x := range d {
			want := 0.0
			for j := range e {
				want += e[j] / sum * float64(in[2][j*d+x])
			}
			if diff := math.Abs(want - float64(got[i*d+x])); diff > 0.01 {
				t.Fatalf("row %d, %d: %v, want %v", i, x, got[i*d+x], want)
			}
		}
	}
}
