package onnx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"slipstream/policy/graph"
)

func f64(data ...float64) tensor {
	return &graph.Tensor{DType: graph.Float64, Dims: []int{len(data)}, D: data}
}

func randomTensor(r *rand.Rand, dims ...int) tensor {
	t := graph.New(graph.Float32, dims...)
	for i := range t.F {
		t.F[i] = r.Float32()*2 - 1
	}
	return t
}

// cellTest is a random recurrent layer; its expectation is computed here element by
// element from ONNX's equations, on nested slices, as a second implementation.
type cellTest struct {
	steps, batch, in, hid, dirs int
	x, w, r, b, h0, c0, p       tensor
	lens                        []int
}

func newCell(r *rand.Rand, gates, dirs int) *cellTest {
	c := &cellTest{steps: 3, batch: 2, in: 2, hid: 3, dirs: dirs, lens: []int{3, 2}}
	c.x, c.w = randomTensor(r, 3, 2, 2), randomTensor(r, dirs, gates*3, 2)
	c.r, c.b = randomTensor(r, dirs, gates*3, 3), randomTensor(r, dirs, 2*gates*3)
	c.h0, c.c0, c.p = randomTensor(r, dirs, 2, 3), randomTensor(r, dirs, 2, 3), randomTensor(r, dirs, 9)
	return c
}

// pre is gate g's pre-activation of unit j without peepholes: W part and R part.
func (c *cellTest) pre(gates, d, g, j, t, n int, h []float64) (wx, rh float64) {
	row := d*gates*c.hid + g*c.hid + j
	for k := range c.in {
		wx += float64(c.w.F[row*c.in+k]*1) * float64(c.x.F[(t*c.batch+n)*c.in+k])
	}
	for k := range c.hid {
		rh += float64(c.r.F[row*c.hid+k]) * h[k]
	}
	bias := d*2*gates*c.hid + g*c.hid + j
	return wx + float64(c.b.F[bias]), rh + float64(c.b.F[bias+gates*c.hid])
}

func sig(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// expect runs step over every sequence and gives Y, Y_h and Y_c.
func (c *cellTest) expect(reverseOnly bool, step func(d, t, n int, h, cell []float64) (nh, nc []float64)) (y, yh, yc tensor) {
	y = graph.New(graph.Float32, c.steps, c.dirs, c.batch, c.hid)
	yh, yc = graph.New(graph.Float32, c.dirs, c.batch, c.hid), graph.New(graph.Float32, c.dirs, c.batch, c.hid)
	for d := range c.dirs {
		for n := range c.batch {
			h, cell := make([]float64, c.hid), make([]float64, c.hid)
			for j := range h {
				h[j], cell[j] = float64(c.h0.F[(d*c.batch+n)*c.hid+j]), float64(c.c0.F[(d*c.batch+n)*c.hid+j])
			}
			for s := range c.lens[n] {
				t := s
				if reverseOnly || d == 1 {
					t = c.lens[n] - 1 - s
				}
				h, cell = step(d, t, n, h, cell)
				for j := range h {
					y.F[((t*c.dirs+d)*c.batch+n)*c.hid+j] = float32(h[j])
				}
			}
			for j := range h {
				yh.F[(d*c.batch+n)*c.hid+j], yc.F[(d*c.batch+n)*c.hid+j] = float32(h[j]), float32(cell[j])
			}
		}
	}
	return y, yh, yc
}

func (c *cellTest) lensTensor() tensor {
	return typed(graph.Int32, len(c.lens))(int64(c.lens[0]), int64(c.lens[1]))
}

func dirName(dirs int, reverse bool) string {
	switch {
	case dirs == 2:
		return "bidirectional"
	case reverse:
		return "reverse"
	}
	return "forward"
}

func clampTo(v, c float64) float64 {
	if c == 0 {
		return v
	}
	return math.Max(-c, math.Min(c, v))
}

func TestLSTMAgreesWithItsEquations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, v := range []struct {
		dirs            int
		reverse, couple bool
		peep            bool
		clip            float64
	}{{dirs: 1}, {dirs: 1, reverse: true}, {dirs: 2}, {dirs: 1, peep: true}, {dirs: 2, peep: true, clip: 0.3}, {dirs: 1, couple: true}} {
		c := newCell(r, 4, v.dirs)
		var peep tensor
		if v.peep {
			peep = c.p
		}
		y, yh, yc := c.expect(v.reverse, func(d, tt, n int, h, cell []float64) (nh, nc []float64) {
			for j := range c.hid {
				pre := func(g int) float64 { wx, rh := c.pre(4, d, g, j, tt, n, h); return wx + rh }
				pp := func(g int, s float64) float64 {
					if !v.peep {
						return 0
					}
					return float64(c.p.F[d*9+g*3+j]) * s
				}
				i := sig(clampTo(pre(0)+pp(0, cell[j]), v.clip))
				fg := sig(clampTo(pre(2)+pp(2, cell[j]), v.clip))
				if v.couple {
					fg = 1 - i
				}
				next := fg*cell[j] + i*math.Tanh(clampTo(pre(3), v.clip))
				o := sig(clampTo(pre(1)+pp(1, next), v.clip))
				nh, nc = append(nh, o*math.Tanh(next)), append(nc, next)
			}
			return nh, nc
		})
		a := attrs{"hidden_size": 3, "direction": dirName(v.dirs, v.reverse)}
		if v.clip > 0 {
			a["clip"] = float32(v.clip)
		}
		if v.couple {
			a["input_forget"] = 1
		}
		runOps(t, []opCase{{op: "LSTM", name: fmt.Sprintf("%+v", v), in: []tensor{c.x, c.w, c.r, c.b, c.lensTensor(), c.h0, c.c0, peep}, attrs: a, want: []tensor{y, yh, yc}}})
	}
}

func TestGRUAgreesWithItsEquations(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, v := range []struct {
		dirs            int
		reverse, linear bool
	}{{1, false, false}, {1, true, true}, {2, false, true}, {2, false, false}} {
		c := newCell(r, 3, v.dirs)
		y, yh, _ := c.expect(v.reverse, func(d, tt, n int, h, cell []float64) (nh, nc []float64) {
			z, rs, rhs := make([]float64, 3), make([]float64, 3), make([]float64, 3)
			for j := range c.hid {
				wx, rh := c.pre(3, d, 0, j, tt, n, h)
				z[j] = sig(wx + rh)
				wx, rh = c.pre(3, d, 1, j, tt, n, h)
				rs[j] = sig(wx + rh)
				rhs[j] = rs[j] * h[j]
			}
			for j := range c.hid {
				wx, rh := c.pre(3, d, 2, j, tt, n, h)
				g := wx + rs[j]*rh
				if !v.linear {
					wx, rh = c.pre(3, d, 2, j, tt, n, rhs)
					g = wx + rh
				}
				nh = append(nh, (1-z[j])*math.Tanh(g)+z[j]*h[j])
			}
			return nh, cell
		})
		a := attrs{"hidden_size": 3, "direction": dirName(v.dirs, v.reverse)}
		if v.linear {
			a["linear_before_reset"] = 1
		}
		runOps(t, []opCase{{op: "GRU", name: fmt.Sprintf("%+v", v), in: []tensor{c.x, c.w, c.r, c.b, c.lensTensor(), c.h0}, attrs: a, want: []tensor{y, yh}}})
	}
}

func TestRNNAgreesWithItsEquations(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	hard := func(x float64) float64 { return math.Max(0, math.Min(1, 0.3*x+0.4)) }
	for name, v := range map[string]struct {
		f func(float64) float64
		a attrs
	}{
		"tanh by default": {math.Tanh, nil},
		"relu":            {func(x float64) float64 { return math.Max(x, 0) }, attrs{"activations": []string{"Relu", "relu"}}},
		"hard sigmoid with parameters": {hard, attrs{"activations": []string{"HardSigmoid", "HardSigmoid"},
			"activation_alpha": []float32{0.3, 0.3}, "activation_beta": []float32{0.4, 0.4}}},
		"affine":      {func(x float64) float64 { return 0.5*x - 1 }, attrs{"activations": []string{"Affine", "Affine"}, "activation_alpha": []float32{0.5, 0.5}, "activation_beta": []float32{-1, -1}}},
		"scaled tanh": {func(x float64) float64 { return 2 * math.Tanh(0.5*x) }, attrs{"activations": []string{"ScaledTanh", "ScaledTanh"}, "activation_alpha": []float32{2, 2}, "activation_beta": []float32{0.5, 0.5}}},
	} {
		c := newCell(r, 1, 2)
		y, yh, _ := c.expect(false, func(d, tt, n int, h, cell []float64) (nh, nc []float64) {
			for j := range c.hid {
				wx, rh := c.pre(1, d, 0, j, tt, n, h)
				nh = append(nh, v.f(wx+rh))
			}
			return nh, cell
		})
		a := attrs{"hidden_size": 3, "direction": "bidirectional"}
		for k, x := range v.a {
			a[k] = x
		}
		runOps(t, []opCase{{op: "RNN", name: name, in: []tensor{c.x, c.w, c.r, c.b, c.lensTensor(), c.h0}, attrs: a, want: []tensor{y, yh}}})
	}
}

// Layout 1 is layout 0 with the batch first everywhere.
func TestRecurrentBatchFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	x, w, rr := randomTensor(r, 2, 3, 2), randomTensor(r, 2, 12, 2), randomTensor(r, 2, 12, 3)
	h, cc := randomTensor(r, 2, 2, 3), randomTensor(r, 2, 2, 3)
	one := opCase{op: "LSTM", in: []tensor{swap01(x), w, rr, nil, nil, swap01(h), swap01(cc)}, attrs: attrs{"hidden_size": 3, "direction": "bidirectional"}, want: []tensor{x, x, x}}
	got, err := one.run(false)
	if err != nil {
		t.Fatal(err)
	}
	// [seq][dir][batch][hid] to [batch][seq][dir][hid].
	y := graph.New(graph.Float32, 2, 3, 2, 3)
	for s := range 3 {
		for d := range 2 {
			for n := range 2 {
				copy(y.F[((n*3+s)*2+d)*3:][:3], got[0].F[((s*2+d)*2+n)*3:])
			}
		}
	}
	runOps(t, []opCase{{op: "LSTM", in: []tensor{x, w, rr, nil, nil, h, cc}, attrs: attrs{"direction": "bidirectional", "layout": 1},
		want: []tensor{y, swap01(got[1]), swap01(got[2])}}})
}

func swap01(t tensor) tensor {
	a, b, n := t.Dims[0], t.Dims[1], t.Len()/(t.Dims[0]*t.Dims[1])
	out := graph.New(graph.Float32, append([]int{b, a}, t.Dims[2:]...)...)
	for i := range a {
		for j := range b {
			copy(out.F[(j*a+i)*n:][:n], t.F[(i*b+j)*n:])
		}
	}
	return out
}

// Attention against softmax(Q K^T / sqrt(d)) V written out for one head at a time.
func TestAttentionAgreesWithItsEquations(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	q, k, v := randomTensor(r, 1, 4, 2, 3), randomTensor(r, 1, 2, 3, 3), randomTensor(r, 1, 2, 3, 2)
	mask := randomTensor(r, 2, 3)
	expect := func(causal, masked bool, softcap float64) tensor {
		y := graph.New(graph.Float32, 1, 4, 2, 2)
		for h := range 4 {
			for i := range 2 {
				var s [3]float64
				sum := 0.0
				for j := range 3 {
					for e := range 3 {
						s[j] += float64(q.F[(h*2+i)*3+e]) * float64(k.F[(h/2*3+j)*3+e]) / math.Sqrt(3)
					}
					if masked {
						s[j] += float64(mask.F[i*3+j])
					}
					if softcap > 0 {
						s[j] = softcap * math.Tanh(s[j]/softcap)
					}
					if causal && j > i {
						s[j] = math.Inf(-1)
					}
					sum += math.Exp(s[j])
				}
				for j := range 3 {
					for e := range 2 {
						y.F[(h*2+i)*2+e] += float32(math.Exp(s[j]) / sum * float64(v.F[(h/2*3+j)*2+e]))
					}
				}
			}
		}
		return y
	}
	// The 3-D form: [batch][seq][heads*size].
	flat := func(t tensor) tensor {
		h, s, e := t.Dims[1], t.Dims[2], t.Dims[3]
		out := graph.New(graph.Float32, 1, s, h*e)
		for i := range h {
			for j := range s {
				copy(out.F[(j*h+i)*e:][:e], t.F[(i*s+j)*e:])
			}
		}
		return out
	}
	runOps(t, []opCase{
		{op: "Attention", name: "grouped heads", opset: 23, in: []tensor{q, k, v}, want: []tensor{expect(false, false, 0)}},
		{op: "Attention", name: "causal", opset: 23, in: []tensor{q, k, v}, attrs: attrs{"is_causal": 1}, want: []tensor{expect(true, false, 0)}},
		{op: "Attention", name: "a mask", opset: 23, in: []tensor{q, k, v, mask}, want: []tensor{expect(false, true, 0)}},
		{op: "Attention", name: "a bool mask", opset: 23, in: []tensor{q, k, v, yes(2, 3)(1, 0, 0, 1, 1, 0)}, want: []tensor{expect(true, false, 0)}},
		{op: "Attention", name: "softcap", opset: 23, in: []tensor{q, k, v}, attrs: attrs{"softcap": float32(0.5)}, want: []tensor{expect(false, false, 0.5)}},
		{op: "Attention", name: "three dimensions", opset: 23, in: []tensor{flat(q), flat(k), flat(v)}, attrs: attrs{"q_num_heads": 4, "kv_num_heads": 2}, want: []tensor{flat(expect(false, false, 0))}},
		{op: "Attention", name: "a past", opset: 23, in: []tensor{q, part(k, 2, 3), part(v, 2, 3), nil, part(k, 0, 2), part(v, 0, 2)}, want: []tensor{expect(false, false, 0), k, v}},
	})
}

// The cap is applied before the mask (ONNX corrected the definition in 2026; ONNX Runtime
// 1.30 gives these numbers), so a masked key stays masked.
func TestAttentionCapsBeforeItMasks(t *testing.T) {
	q, k, v := f(1, 1, 1, 1)(1), f(1, 1, 2, 1)(1, 3), f(1, 1, 2, 1)(1, 2)
	past := f(1, 1, 0, 1)()
	with := func(mode int) attrs { return attrs{"softcap": float32(2), "qk_matmul_output_mode": mode} }
	mask, hide := f(1, 2)(1, 0), f(1, 2)(0, float32(math.Inf(-1)))
	y := f(1, 1, 1, 1)(1.4715451)
	runOps(t, []opCase{
		{op: "Attention", name: "raw scores", opset: 23, in: []tensor{q, k, v, mask, past, past}, attrs: with(0), want: []tensor{y, k, v, f(1, 1, 1, 2)(1, 3)}},
		{op: "Attention", name: "after the cap", opset: 23, in: []tensor{q, k, v, mask, past, past}, attrs: with(1), want: []tensor{y, k, v, f(1, 1, 1, 2)(0.92423432, 1.8102965)}},
		{op: "Attention", name: "after the mask", opset: 23, in: []tensor{q, k, v, mask, past, past}, attrs: with(2), want: []tensor{y, k, v, f(1, 1, 1, 2)(1.9242343, 1.8102965)}},
		{op: "Attention", name: "probabilities", opset: 23, in: []tensor{q, k, v, mask, past, past}, attrs: with(3), want: []tensor{y, k, v, f(1, 1, 1, 2)(0.52845491, 0.47154509)}},
		{op: "Attention", name: "a hidden key", opset: 24, in: []tensor{q, k, v, hide}, attrs: attrs{"softcap": float32(2)}, want: []tensor{f(1, 1, 1, 1)(1)}},
	})
}

// part is t[:, :, from:to, :].
func part(t tensor, from, to int) tensor {
	h, s, e := t.Dims[1], t.Dims[2], t.Dims[3]
	out := graph.New(graph.Float32, 1, h, to-from, e)
	for i := range h {
		copy(out.F[i*(to-from)*e:][:(to-from)*e], t.F[(i*s+from)*e:])
	}
	return out
}
