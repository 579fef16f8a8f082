package quant

import (
	"math"
	"testing"

	"slipstream/policy/graph"
)

// patterns are graphs as exporters write them and the operators that must be left.
var patterns = []struct {
	name  string
	build func(b *net) int
	left  map[graph.Op]int // operators and how often; others must be moves
}{
	{"a product and a sum become one dense layer", func(b *net) int {
		x := b.input("x", 1, 8)
		return b.node(graph.Add, nil, b.node(graph.MatMul, nil, x, b.random(1, 8, 5)), b.random(1, 5))
	}, map[graph.Op]int{graph.Gemm: 1}},
	{"a product over rows becomes one dense layer between reshapes", func(b *net) int {
		x := b.input("x", 1, 6, 8)
		return b.node(graph.Add, nil, b.random(1, 5), b.node(graph.MatMul, nil, x, b.random(1, 8, 5)))
	}, map[graph.Op]int{graph.Gemm: 1}},
	{"a dense layer's alpha, beta and transpositions are folded", func(b *net) int {
		x := b.input("x", 8, 3)
		return b.node(graph.Gemm, graph.GemmAttr{Alpha: 0.5, Beta: 2, TransA: true}, x, b.random(1, 8, 5), b.random(1, 1, 5))
	}, map[graph.Op]int{graph.Gemm: 1, graph.Transpose: 1}},
	{"a scalar bias is spread", func(b *net) int {
		x := b.input("x", 1, 8)
		return b.node(graph.Gemm, graph.GemmAttr{Alpha: 1, Beta: 3}, x, b.random(1, 8, 5), b.scalar(0.5))
	}, map[graph.Op]int{graph.Gemm: 1}},
	{"batch normalisation joins the dense layer", func(b *net) int {
		x := b.input("x", 1, 8)
		v := b.random(1, 5)
		for i, f := range b.g.Values[v].Const.F {
			b.g.Values[v].Const.F[i] = f*f + 0.1
		}
		return b.node(graph.BatchNormalization, graph.NormAttr{Epsilon: 1e-5}, b.dense(x, 5), b.random(1, 5), b.random(1, 5), b.random(1, 5), v)
	}, map[graph.Op]int{graph.Gemm: 1}},
	{"a constant subtracted and a quotient join the dense layer", func(b *net) int {
		x := b.input("x", 1, 8)
		return b.node(graph.Div, nil, b.node(graph.Sub, nil, b.dense(x, 5), b.random(1, 5)), b.scalar(3))
	}, map[graph.Op]int{graph.Gemm: 1}},
	{"a linear regressor becomes a dense layer", func(b *net) int {
		x := b.input("x", 1, 4)
		return b.node(graph.LinearRegressor, &graph.LinearAttr{Targets: 2, Coef: []float32{1, 2, 3, 4, 5, 6, 7, 8}, Intercept: []float32{1, -1}}, x)
	}, map[graph.Op]int{graph.Gemm: 1}},
	{"a scaler becomes a difference and a product", func(b *net) int {
		x := b.input("x", 1, 3)
		return b.node(graph.Scaler, graph.ScalerAttr{Offset: []float32{1, 2, 3}, Scale: []float32{2}}, x)
	}, map[graph.Op]int{graph.Sub: 1, graph.Mul: 1}},
	{"the chain of reductions becomes layer normalisation", func(b *net) int {
		x := b.input("x", 1, 4, 8)
		return layerNorm(b, x, 8)
	}, map[graph.Op]int{graph.LayerNormalization: 1}},
	{"attention is found between its products", func(b *net) int {
		x := b.input("x", 1, 6, 8)
		return attention(b, x, 6, 8, 2)
	}, map[graph.Op]int{graph.Gemm: 2, graph.Attention: 1}},
	{"softmax before argmax is dropped", func(b *net) int {
		x := b.input("x", 1, 8)
		return b.node(graph.ArgMax, graph.ArgAttr{Axis: 1}, b.node(graph.Softmax, graph.SoftmaxAttr{Axis: -1}, x))
	}, map[graph.Op]int{graph.ArgMax: 1}},
	{"k-means needs no square of its input", func(b *net) int {
		x := b.input("x", 1, 4)
		return kmeans(b, x, 4, 3)
	}, map[graph.Op]int{graph.Gemm: 1, graph.ArgMin: 1}},
	{"QLinearMatMul becomes a dense layer between Q and DQ", func(b *net) int {
		x := b.g.AddValue("x", graph.Uint8, 1, 4)
		b.g.Inputs = append(b.g.Inputs, graph.Port{Name: "x", Value: x})
		w := graph.New(graph.Int8, 4, 3)
		for i := range w.I {
			w.I[i] = int64(i*11%255 - 127)
		}
		byteOf := func(d graph.DType, v int64) int { t := graph.New(d); t.I[0] = v; return b.add(t) }
		return b.node(graph.QLinearMatMul, nil, x, b.scalar(0.02), byteOf(graph.Uint8, 128), b.add(w), b.scalar(0.01), byteOf(graph.Int8, 0),
			b.scalar(0.1), byteOf(graph.Uint8, 100))
	}, map[graph.Op]int{graph.Gemm: 1, graph.DequantizeLinear: 2, graph.QuantizeLinear: 1}},
	{"scales computed in the graph are constant", func(b *net) int {
		x := b.input("x", 1, 8)
		return fakeQuant(b, x, 8, 5)
	}, map[graph.Op]int{graph.Gemm: 1, graph.DequantizeLinear: 1}},
}

func layerNorm(b *net, x, w int) int {
	mean := func(v int) int {
		return b.node(graph.ReduceMean, graph.ReduceAttr{KeepDims: true}, v, b.ints(-1))
	}
	d := b.node(graph.Sub, nil, x, mean(x))
	s := b.node(graph.Sqrt, nil, b.node(graph.Add, nil, mean(b.node(graph.Pow, nil, d, b.scalar(2))), b.scalar(1e-5)))
	return b.node(graph.Add, nil, b.node(graph.Mul, nil, b.node(graph.Div, nil, d, s), b.random(1, w)), b.random(1, w))
}

// attention is one block of multi-head self attention with its projections.
func attention(b *net, x, rows, w, heads int) int {
	qkv := b.node(graph.Add, nil, b.node(graph.MatMul, nil, x, b.random(0.4, w, 3*w)), b.random(0.1, 3*w))
	parts := b.nodes(3, graph.Split, graph.SplitAttr{Axis: 2, Parts: 3}, qkv)
	split := func(v int, perm ...int) int {
		v = b.node(graph.Reshape, graph.ReshapeAttr{}, v, b.ints(1, int64(rows), int64(heads), int64(w/heads)))
		return b.node(graph.Transpose, graph.TransposeAttr{Perm: perm}, v)
	}
	s := b.node(graph.MatMul, nil, split(parts[0], 0, 2, 1, 3), split(parts[1], 0, 2, 3, 1))
	p := b.node(graph.Softmax, graph.SoftmaxAttr{Axis: 3}, b.node(graph.Div, nil, s, b.scalar(float32(math.Sqrt(float64(w/heads))))))
	y := b.node(graph.MatMul, nil, p, split(parts[2], 0, 2, 1, 3))
	y = b.node(graph.Reshape, graph.ReshapeAttr{}, b.node(graph.Transpose, graph.TransposeAttr{Perm: []int{0, 2, 1, 3}}, y), b.ints(1, int64(rows), int64(w)))
	return b.node(graph.Add, nil, b.node(graph.MatMul, nil, y, b.random(0.4, w, w)), b.random(0.1, w))
}

// kmeans is what skl2onnx writes.
func kmeans(b *net, x, w, k int) int {
	c := b.random(1, k, w)
	c2 := make([]float32, k)
	for i, v := range b.g.Values[c].Const.F {
		c2[i/w] += v * v
	}
	sq := b.node(graph.ReduceSumSquare, graph.ReduceAttr{KeepDims: true}, x, b.ints(1))
	zeros := b.add(graph.New(graph.Float32, k))
	y := b.node(graph.Gemm, graph.GemmAttr{Alpha: -2, Beta: 1, TransB: true}, x, c, zeros)
	y = b.node(graph.Add, nil, sq, y)
	y = b.node(graph.Add, nil, b.floats(c2...), y)
	return b.node(graph.ArgMin, graph.ArgAttr{Axis: 1}, y)
}

// fakeQuant is PyTorch's form: the weight's scale is computed from the weight, then
// quantised and dequantised.
func fakeQuant(b *net, x, ins, outs int) int {
	w := b.random(0.3, outs, ins)
	m := b.node(graph.ReduceMax, graph.ReduceAttr{}, b.node(graph.Abs, nil, w))
	s := b.node(graph.Div, nil, m, b.scalar(127))
	zero := b.add(graph.New(graph.Int8))
	q := b.node(graph.QuantizeLinear, graph.QuantAttr{Out: graph.Int8}, w, s, zero)
	return b.node(graph.Gemm, graph.GemmAttr{Alpha: 1, Beta: 1, TransB: true}, x,
		b.node(graph.DequantizeLinear, graph.QuantAttr{}, q, s, zero), b.random(0.1, outs))
}

func TestPatterns(t *testing.T) {
	for i, c := range patterns {
		t.Run(c.name, func(t *testing.T) {
			b := newNet(uint64(i))
			b.output("y", c.build(b))
			if err := b.g.Validate(); err != nil {
				t.Fatal(err)
			}
			r := rewrite(b.g)
			if err := r.g.Validate(); err != nil {
				t.Fatalf("rewritten graph: %v", err)
			}
			got := ops(r.g)
			for op, n := range got {
				if want := c.left[op]; n != want && !(moving[op] && want == 0) && op != graph.Cast {
					t.Errorf("%d x %s left, want %d; all: %v", n, op, want, got)
				}
			}
			for op, n := range c.left {
				if got[op] != n {
					t.Errorf("%d x %s, want %d", got[op], op, n)
				}
			}
			for _, in := range b.cases(20) {
				sameOutputs(t, floatRun(t, b.g, in), floatRun(t, r.g, in))
			}
		})
	}
}

func sameOutputs(t *testing.T, want, got map[string]Tensor) {
	t.Helper()
	for name, w := range want {
		g := got[name]
		if !sameShape(w.Dims, g.Dims) || w.DType != g.DType {
			t.Fatalf("%s: %s %v, want %s %v", name, g.DType, g.Dims, w.DType, w.Dims)
		}
		for k := range w.Len() {
			if d := math.Abs(w.At(k) - g.At(k)); d > 1e-4*(1+math.Abs(w.At(k))) {
				t.Fatalf("%s[%d] = %v, want %v", name, k, g.At(k), w.At(k))
			}
		}
	}
}

func TestRewritingLeavesTheGraphAlone(t *testing.T) {
	b := newNet(1)
	x := b.input("x", 1, 8)
	b.output("y", b.node(graph.Add, nil, b.node(graph.MatMul, nil, x, b.random(1, 8, 5)), b.random(1, 5)))
	values, nodes := len(b.g.Values), len(b.g.Nodes)
	rewrite(b.g)
	if len(b.g.Values) != values || len(b.g.Nodes) != nodes || b.g.Nodes[0].Op != graph.MatMul {
		t.Error("the caller's graph was changed")
	}
}
