package program

import (
	"math"
	"testing"
)

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// gatesFor are random gates; hidden states see full-range weights.
func gatesFor(r rng, rows, in, hidden int, wide bool) Gates {
	g := Gates{XBias: r.bias(rows, 1<<16), HBias: r.bias(rows, 1<<16)}
	if wide {
		lim := 32000 / (in + hidden)
		g.WX16, g.WH16 = r.fill16(rows*in, lim), r.fill16(rows*hidden, lim)
		g.XM, g.HM = r.multipliers(rows, 1e7, 1000), r.multipliers(rows, 1e7, 1000)
	} else {
		g.WX8, g.WH8 = r.fill8(rows*in, 4), r.fill8(rows*hidden, 4)
		g.XM, g.HM = r.multipliers(rows, 1e5, 1000), r.multipliers(rows, 1e5, 1000)
	}
	return g
}

// randomState is n reset values of 16 bits.
func randomState(r rng, n int) []int32 {
	v := make([]int32, n)
	for i := range v {
		v[i] = int32(r.IntN(65536) - 32768)
	}
	return v
}

// cellProgram is one step of a cell, kind 0 LSTM, 1 and 2 GRU, 3 RNN; the state is
// overwritten in place.
func cellProgram(t testing.TB, r rng, kind, in, hidden int, wide bool) *Program {
	t.Helper()
	b := NewBuilder()
	typ := U8
	if wide {
		typ = I16
	}
	x := b.Input("x", typ, 1, 0, in)
	h := b.State("h", I16, 1.0/32768, 0, nil, randomState(r, hidden)...)
	tab := func() []int16 {
		if r.IntN(2) == 0 {
			return r.table()
		}
		return FillTable16(math.Tanh, 1.0/4096, 1.0/32768)
	}
	var y Buf
	switch kind {
	case 0:
		c := b.State("c", I16, 1.0/4096, 0, nil, randomState(r, hidden)...)
		sig := FillTable16(sigmoid, 1.0/4096, 1.0/32768)
		y = b.LSTM(x, h, c, LSTM{CBits: 8 + r.Int32N(8), G: gatesFor(r, 4*hidden, in, hidden, wide), ITab: sig, OTab: tab(), FTab: sig, GTab: tab(), CTab: tab()})
	case 1, 2:
		y = b.GRU(x, h, GRU{LinearBeforeReset: kind == 1, G: gatesFor(r, 3*hidden, in, hidden, wide), ZTab: tab(), RTab: tab(), NTab: tab()})
	default:
		y = b.RNN(x, h, RNN{G: gatesFor(r, hidden, in, hidden, wide), Tab: tab()})
	}
	b.Output("y", y, 1, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCellsAgreeOverManySteps(t *testing.T) {
	r := newRNG(3)
	for i := range 200 {
		p := cellProgram(t, r, i%4, 1+r.IntN(130)/(1+i%3), 1+r.IntN(70), i/4%2 == 0)
		ms := machines(t, p)
		for step := range 6 {
			agree(t, p, ms, randomBytes(r, step))
		}
	}
}

func FuzzCell(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint8(seed), uint8(seed*31), uint8(seed*17))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind, in, hidden uint8) {
		r := newRNG(seed)
		p := cellProgram(t, r, int(kind%4), int(in)%130+1, int(hidden)%130+1, kind&4 != 0)
		ms := machines(t, p)
		for step := range 3 {
			agree(t, p, ms, randomBytes(r, step))
		}
	})
}

// A cell with real activations follows the float recursion it stands for.
func TestLSTMFollowsTheFloatRecursion(t *testing.T) {
	const in, hidden = 32, 64
	r := newRNG(4)
	p, w := lstmModel(t, r, in, hidden)
	m, err := NewMachine(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := p.Input("x")
	h, c := make([]float64, hidden), make([]float64, hidden)
	st := m.NewState()
	for step := range 50 {
		xs := make([]float32, in)
		for i := range xs {
			xs[i] = float32(r.Float64()*2 - 1)
		}
		if err := m.Set(x, xs); err != nil {
			t.Fatal(err)
		}
		if !m.EvalState(st) {
			t.Fatal("state refused")
		}
		nh, nc := make([]float64, hidden), make([]float64, hidden)
		for j := range hidden {
			var g [4]float64
			for k := range g {
				row := k*hidden + j
				for i, v := range xs {
					g[k] += float64(v) * w.x[row*in+i]
				}
				for i, v := range h {
					g[k] += v * w.h[row*hidden+i]
				}
			}
			nc[j] = sigmoid(g[2])*c[j] + sigmoid(g[0])*math.Tanh(g[3])
			nh[j] = sigmoid(g[1]) * math.Tanh(nc[j])
		}
		h, c = nh, nc
		got := make([]float32, hidden)
		if err := m.Get(p.States[0], got); err != nil {
			t.Fatal(err)
		}
		for j := range h {
			if d := math.Abs(float64(got[j]) - h[j]); d > 0.03 {
				t.Fatalf("step %d: h[%d] = %v, want %v", step, j, got[j], h[j])
			}
		}
	}
}

type floatGates struct{ x, h []float64 }

// lstmModel quantises random float gates: bytes, x in [-1, 1], pre-activations in [-8, 8].
func lstmModel(t testing.TB, r rng, in, hidden int) (*Program, floatGates) {
	t.Helper()
	b := NewBuilder()
	w, g := randomGates(r, 4*hidden, in, hidden)
	xf := b.Input("x", F32, 0, 0, in)
	x := b.Quantize(xf, 1.0/127, Full(U8, 128))
	h := b.State("h", I16, 1.0/32768, 0, nil, make([]int32, hidden)...)
	c := b.State("c", I16, 1.0/4096, 0, nil, make([]int32, hidden)...)
	sig, tanh := FillTable16(sigmoid, 8.0/32768, 1.0/32768), FillTable16(math.Tanh, 8.0/32768, 1.0/32768)
	y := b.LSTM(x, h, c, LSTM{CBits: 12, G: g, ITab: sig, OTab: sig, FTab: sig, GTab: tanh, CTab: FillTable16(math.Tanh, 1.0/4096, 1.0/32768)})
	b.Output("y", b.Dense(y, 1, headWeights(r, hidden, 8), Full(F32, 0)), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p, w
}

func gruModel(t testing.TB, r rng, in, hidden int) *Program {
	t.Helper()
	b := NewBuilder()
	_, g := randomGates(r, 3*hidden, in, hidden)
	x := b.Quantize(b.Input("x", F32, 0, 0, in), 1.0/127, Full(U8, 128))
	h := b.State("h", I16, 1.0/32768, 0, nil, make([]int32, hidden)...)
	sig, tanh := FillTable16(sigmoid, 8.0/32768, 1.0/32768), FillTable16(math.Tanh, 8.0/32768, 1.0/32768)
	y := b.GRU(x, h, GRU{LinearBeforeReset: true, G: g, ZTab: sig, RTab: sig, NTab: tanh})
	b.Output("y", b.Dense(y, 1, headWeights(r, hidden, 8), Full(F32, 0)), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// randomGates are float weights and their bytes, with zero points folded.
func randomGates(r rng, rows, in, hidden int) (floatGates, Gates) {
	w := floatGates{make([]float64, rows*in), make([]float64, rows*hidden)}
	g := Gates{WX8: make([]int8, rows*in), WH8: make([]int8, rows*hidden), XBias: make([]int32, rows), HBias: make([]int32, rows), XM: make([]float32, rows), HM: make([]float32, rows)}
	const limit, pre = 0.25, 8.0 / 32768
	for row := range rows {
		for i := range in {
			q := int8(r.IntN(255) - 127)
			g.WX8[row*in+i], w.x[row*in+i] = q, float64(q)/127*limit
			g.XBias[row] -= 128 * int32(q)
		}
		for i := range hidden {
			q := int8(r.IntN(255) - 127)
			g.WH8[row*hidden+i], w.h[row*hidden+i] = q, float64(q)/127*limit
			g.HBias[row] -= 128 * int32(q)
		}
		g.XM[row], g.HM[row] = float32(limit/127/127/pre), float32(limit/127/128/pre)
	}
	return w, g
}

// headWeights is a layer over bytes whose zero point is 128.
func headWeights(r rng, in, out int) Weights {
	w := Weights{W8: r.fill8(in*out, 4), Bias: make([]int32, out), M: make([]float32, out)}
	for o := range out {
		for _, v := range w.W8[o*in : (o+1)*in] {
			w.Bias[o] -= 128 * int32(v)
		}
		w.M[o] = 1.0 / 127 / 128
	}
	return w
}
