package quant

import (
	"math"
	"strings"
	"testing"

	"slipstream/policy/graph"
)

// formulas is a small graph per operator.
var formulas = makeFormulas()

func unaryOf(op graph.Op, attr graph.Attr) func(b *net) int {
	return func(b *net) int { return b.node(op, attr, b.input("x", 2, 5)) }
}

func positiveOf(op graph.Op) func(b *net) int {
	return func(b *net) int {
		x := b.node(graph.Add, nil, b.node(graph.Abs, nil, b.input("x", 2, 5)), b.scalar(0.5))
		return b.node(op, nil, x)
	}
}

func binaryOf(op graph.Op, attr graph.Attr) func(b *net) int {
	return func(b *net) int { return b.node(op, attr, b.input("x", 2, 3, 4), b.input("y", 3, 1)) }
}

func reduceOf(op graph.Op) func(b *net) int {
	return func(b *net) int {
		x := b.node(graph.Add, nil, b.node(graph.Abs, nil, b.input("x", 2, 3, 4)), b.scalar(0.5))
		return b.node(op, graph.ReduceAttr{KeepDims: true}, x, b.ints(0, 2))
	}
}

func logical(b *net, name string) int {
	return b.node(graph.Greater, nil, b.input(name, 2, 5), b.scalar(0))
}

func makeFormulas() map[string]func(b *net) int {
	m := map[string]func(b *net) int{}
	for _, op := range []graph.Op{graph.Abs, graph.Ceil, graph.Erf, graph.Exp, graph.Floor, graph.HardSwish, graph.Mish, graph.Neg,
		graph.Relu, graph.Round, graph.Sigmoid, graph.Sign, graph.Softplus, graph.Softsign, graph.Tanh, graph.IsNaN} {
		m[string(op)] = unaryOf(op, nil)
	}
	for _, op := range []graph.Op{graph.Log, graph.Reciprocal, graph.Sqrt} {
		m[string(op)] = positiveOf(op)
	}
	for op, a := range map[graph.Op]graph.Attr{graph.Celu: graph.AlphaAttr{Alpha: 1.5}, graph.Elu: graph.AlphaAttr{Alpha: 0.7},
		graph.HardSigmoid: graph.AlphaAttr{Alpha: 0.2, Beta: 0.5}, graph.LeakyRelu: graph.AlphaAttr{Alpha: 0.1},
		graph.Selu: graph.AlphaAttr{Alpha: 1.67, Beta: 1.05}, graph.Swish: graph.AlphaAttr{Alpha: 1.2}, graph.ThresholdedRelu: graph.AlphaAttr{Alpha: 0.5},
		graph.Gelu: graph.GeluAttr{}, graph.IsInf: graph.IsInfAttr{Negative: true, Positive: true}, graph.Binarizer: graph.AlphaAttr{Alpha: 0.3},
		graph.Softmax: graph.SoftmaxAttr{Axis: 1}, graph.LogSoftmax: graph.SoftmaxAttr{Axis: 0}, graph.Hardmax: graph.SoftmaxAttr{Axis: 0},
		graph.Normalizer: graph.NormalizerAttr{Norm: graph.NormL2}, graph.TopK: nil} {
		if a != nil {
			m[string(op)] = unaryOf(op, a)
		}
	}
	m["Gelu by tanh"] = unaryOf(graph.Gelu, graph.GeluAttr{Tanh: true})
	m["Softmax of old"] = func(b *net) int {
		return b.node(graph.Softmax, graph.SoftmaxAttr{Axis: 1, Coerce2D: true}, b.input("x", 2, 3, 4))
	}
	for _, op := range []graph.Op{graph.Add, graph.Div, graph.Equal, graph.Greater, graph.GreaterOrEqual, graph.Less, graph.LessOrEqual,
		graph.Max, graph.Mean, graph.Min, graph.Mul, graph.PRelu, graph.Sub, graph.Sum} {
		m[string(op)] = binaryOf(op, nil)
	}
	m["Pow"] = func(b *net) int {
		return b.node(graph.Pow, nil, b.node(graph.Abs, nil, b.input("x", 2, 5)), b.floats(0.5, 1, 2, 3, 1.5))
	}
	m["Mod"] = func(b *net) int {
		return b.node(graph.Mod, graph.ModAttr{Fmod: true}, b.input("x", 2, 5), b.floats(0.5, 1, 2, 3, 1.5))
	}
	for _, op := range []graph.Op{graph.And, graph.Or, graph.Xor} {
		m[string(op)] = func(b *net) int { return b.node(op, nil, logical(b, "x"), logical(b, "y")) }
	}
	m["Not"] = func(b *net) int { return b.node(graph.Not, nil, logical(b, "x")) }
	m["Where"] = func(b *net) int {
		return b.node(graph.Where, nil, logical(b, "c"), b.input("x", 2, 5), b.input("y", 5))
	}
	m["Clip with constant bounds"] = func(b *net) int { return b.node(graph.Clip, nil, b.input("x", 2, 5), b.scalar(-0.5), b.scalar(0.7)) }
	m["Clip with computed bounds"] = func(b *net) int { return b.node(graph.Clip, nil, b.input("x", 2, 5), graph.None, b.input("m", 1)) }
	for _, op := range []graph.Op{graph.ReduceL1, graph.ReduceL2, graph.ReduceLogSum, graph.ReduceLogSumExp, graph.ReduceMax, graph.ReduceMean,
		graph.ReduceMin, graph.ReduceProd, graph.ReduceSum, graph.ReduceSumSquare} {
		m[string(op)] = reduceOf(op)
	}
	for name, a := range map[string]graph.ArgAttr{"ArgMax": {Axis: 1}, "ArgMax of rows": {Axis: 0, KeepDims: true}, "ArgMax, last": {Axis: 1, SelectLast: true}} {
		m[name] = func(b *net) int { return b.node(graph.ArgMax, a, b.input("x", 2, 5)) }
	}
	m["ArgMin"] = func(b *net) int { return b.node(graph.ArgMin, graph.ArgAttr{Axis: 1}, b.input("x", 2, 5)) }
	shapes(m)
	linear(m)
	return m
}

func shapes(m map[string]func(b *net) int) {
	m["Concat along the last axis"] = func(b *net) int {
		return b.node(graph.Concat, graph.AxisAttr{Axis: 1}, b.input("x", 2, 3), b.floatsOf(2, 1), b.input("y", 2, 2))
	}
	m["Split and Concat"] = func(b *net) int {
		p := b.nodes(2, graph.Split, graph.SplitAttr{Axis: 1}, b.input("x", 2, 5), b.ints(2, 3))
		return b.node(graph.Concat, graph.AxisAttr{Axis: 1}, p[1], p[0])
	}
	m["Slice backwards"] = func(b *net) int {
		return b.node(graph.Slice, nil, b.input("x", 2, 5), b.ints(4), b.ints(-100), b.ints(1), b.ints(-2))
	}
	m["Transpose"] = func(b *net) int {
		return b.node(graph.Transpose, graph.TransposeAttr{Perm: []int{2, 0, 1}}, b.input("x", 2, 3, 4))
	}
	m["Expand and Tile"] = func(b *net) int {
		return b.node(graph.Tile, nil, b.node(graph.Expand, nil, b.input("x", 3, 1), b.ints(2, 3, 2)), b.ints(1, 1, 2))
	}
	m["Gather by constant"] = func(b *net) int {
		return b.node(graph.Gather, graph.AxisAttr{Axis: 1}, b.input("x", 2, 5), b.ints(4, 0, -2))
	}
	m["Gather from a table"] = func(b *net) int {
		i := b.node(graph.Cast, graph.CastAttr{To: graph.Int64}, b.node(graph.Clip, nil, b.input("x", 4), b.scalar(-2), b.scalar(2)))
		return b.node(graph.Gather, graph.AxisAttr{Axis: 0}, b.random(1, 3, 2), i)
	}
	m["GatherElements"] = func(b *net) int {
		return b.node(graph.GatherElements, graph.AxisAttr{Axis: 1}, b.input("x", 2, 3), b.add(graph.Ints([]int64{1, 0, 2, 2}, 2, 2)))
	}
	m["ArrayFeatureExtractor"] = func(b *net) int { return b.node(graph.ArrayFeatureExtractor, nil, b.input("x", 2, 5), b.ints(3, 1)) }
	m["FeatureVectorizer"] = func(b *net) int { return b.node(graph.FeatureVectorizer, nil, b.input("x", 1, 3), b.input("y", 1, 2)) }
	m["CumSum"] = func(b *net) int {
		return b.node(graph.CumSum, graph.CumSumAttr{Exclusive: true, Reverse: true}, b.input("x", 3, 4), b.ints(0))
	}
	m["TopK"] = func(b *net) int {
		return b.nodes(2, graph.TopK, graph.TopKAttr{Axis: 1, Largest: true, Sorted: true}, b.input("x", 2, 5, 2), b.ints(3))[0]
	}
	m["TopK positions"] = func(b *net) int {
		return b.nodes(2, graph.TopK, graph.TopKAttr{Axis: 1, Sorted: true}, b.input("x", 2, 5), b.ints(2))[1]
	}
	m["Cast to bool and back"] = func(b *net) int {
		c := b.node(graph.Cast, graph.CastAttr{To: graph.Bool}, b.node(graph.Relu, nil, b.input("x", 5)))
		return b.node(graph.Cast, graph.CastAttr{To: graph.Float32}, c)
	}
	m["integer division"] = func(b *net) int {
		i := b.node(graph.Cast, graph.CastAttr{To: graph.Int64}, b.node(graph.Mul, nil, b.input("x", 5), b.scalar(20)))
		return b.node(graph.Div, nil, i, b.ints(3))
	}
	m["Scaler, Imputer, LabelEncoder"] = func(b *net) int {
		x := b.node(graph.Imputer, graph.ImputerAttr{Replaced: float32(math.NaN()), Values: []float32{1, 2, 3}}, b.input("x", 1, 3))
		x = b.node(graph.Scaler, graph.ScalerAttr{Offset: []float32{1, 2, 3}, Scale: []float32{2, 1, 0.5}}, x)
		k := b.node(graph.Sign, nil, x)
		return b.node(graph.LabelEncoder, &graph.LabelEncoderAttr{Keys: graph.Floats([]float32{-1, 1}, 2), Values: graph.Floats([]float32{7, 9}, 2),
			Default: graph.Floats([]float32{3}, 1)}, k)
	}
}

func (b *net) floatsOf(dims ...int) int { return b.random(1, dims...) }

func linear(m map[string]func(b *net) int) {
	m["MatMul of computed matrices"] = func(b *net) int { return b.node(graph.MatMul, nil, b.input("x", 2, 3, 4), b.input("y", 4, 5)) }
	m["MatMul of vectors"] = func(b *net) int { return b.node(graph.MatMul, nil, b.input("x", 4), b.input("y", 4, 5)) }
	m["MatMul with a batch of matrices"] = func(b *net) int { return b.node(graph.MatMul, nil, b.input("x", 1, 3, 4), b.random(1, 2, 4, 5)) }
	m["Gemm of computed matrices"] = func(b *net) int {
		return b.node(graph.Gemm, graph.GemmAttr{Alpha: 0.5, Beta: 2, TransA: true, TransB: true}, b.input("x", 4, 2), b.input("w", 3, 4), b.input("c", 3))
	}
	m["Gemm with a computed bias"] = func(b *net) int {
		return b.node(graph.Gemm, graph.GemmAttr{Alpha: 1, Beta: 1}, b.input("x", 2, 4), b.random(1, 4, 3), b.input("c", 2, 3))
	}
	m["LayerNormalization"] = func(b *net) int {
		return b.node(graph.LayerNormalization, graph.NormAttr{Axis: 1, Epsilon: 1e-5}, b.dense(b.input("x", 2, 6), 8), b.random(1, 8), b.random(1, 8))
	}
	m["RMSNormalization"] = func(b *net) int {
		return b.node(graph.RMSNormalization, graph.NormAttr{Axis: 1, Epsilon: 1e-5}, b.dense(b.input("x", 2, 6), 8), b.random(1, 8))
	}
	m["layer normalisation as a chain, then a layer"] = func(b *net) int { return b.dense(layerNorm(b, b.dense(b.input("x", 2, 6), 8), 8), 4) }
	m["attention from primitives"] = func(b *net) int { return attention(b, b.input("x", 1, 6, 8), 6, 8, 2) }
	m["Attention with shared key heads, mask and cap"] = func(b *net) int {
		return b.node(graph.Attention, graph.AttentionAttr{Softcap: 2}, b.input("q", 2, 4, 3, 8), b.input("k", 2, 2, 5, 8), b.input("v", 2, 2, 5, 6), b.input("m", 3, 5))
	}
	m["Attention, causal, three dimensions"] = func(b *net) int {
		return b.node(graph.Attention, graph.AttentionAttr{QHeads: 2, KVHeads: 2, Causal: true}, b.input("q", 1, 4, 8), b.input("k", 1, 4, 8), b.input("v", 1, 4, 8))
	}
	m["k-means"] = func(b *net) int { return kmeans(b, b.input("x", 1, 4), 4, 3) }
	m["swish layers"] = func(b *net) int {
		h := b.dense(b.input("x", 1, 8), 16)
		return b.dense(b.node(graph.Mul, nil, h, b.node(graph.Sigmoid, nil, h)), 4)
	}
	m["gelu from erf between layers"] = func(b *net) int {
		h := b.dense(b.input("x", 1, 8), 16)
		e := b.node(graph.Add, nil, b.node(graph.Erf, nil, b.node(graph.Div, nil, h, b.scalar(math.Sqrt2))), b.scalar(1))
		return b.dense(b.node(graph.Mul, nil, b.node(graph.Mul, nil, h, e), b.scalar(0.5)), 4)
	}
	m["a residual block"] = func(b *net) int {
		x := b.node(graph.Relu, nil, b.dense(b.input("x", 1, 8), 16))
		return b.dense(b.node(graph.Add, nil, x, b.dense(b.node(graph.Relu, nil, b.dense(x, 16)), 16)), 4)
	}
	m["gated layers"] = func(b *net) int {
		x := b.input("x", 1, 8)
		return b.dense(b.node(graph.Mul, nil, b.dense(x, 16), b.node(graph.Sigmoid, nil, b.dense(x, 16))), 4)
	}
	m["a table for what has no float32 instruction"] = func(b *net) int { return b.node(graph.Sin, nil, b.dense(b.input("x", 1, 8), 6)) }
	m["fake quantisation of weights"] = func(b *net) int { return fakeQuant(b, b.input("x", 1, 8), 8, 5) }
	m["squares without axes"] = func(b *net) int {
		return b.node(graph.ReduceSumSquare, graph.ReduceAttr{NoopEmpty: true}, b.input("x", 2, 3))
	}
	m["a clip whose bounds cross"] = func(b *net) int { return b.node(graph.Clip, nil, b.input("x", 2, 5), b.scalar(2), b.scalar(1)) }
	m["a table with undefined ends"] = func(b *net) int {
		return b.node(graph.Acos, nil, b.node(graph.Tanh, nil, b.dense(b.input("x", 1, 8), 6)))
	}
	m["MatMulInteger with a zero point per column"] = func(b *net) int {
		x := b.g.AddValue("x", graph.Uint8, 2, 4)
		b.g.Inputs = append(b.g.Inputs, graph.Port{Name: "x", Value: x})
		w, z := graph.New(graph.Int8, 4, 3), graph.New(graph.Int8, 3)
		for i := range w.I {
			w.I[i], z.I[i%3] = int64(i*37%255-127), int64(i%3)
		}
		return b.node(graph.MatMulInteger, nil, x, b.add(w), graph.None, b.add(z))
	}
	m["parts of one layer, each computed alone"] = func(b *net) int {
		p := b.nodes(3, graph.Split, graph.SplitAttr{Axis: 1, Parts: 3}, b.dense(b.input("x", 2, 6), 12))
		q := b.node(graph.Slice, nil, p[1], b.ints(3), b.ints(-100), b.ints(1), b.ints(-1))
		return b.dense(b.node(graph.Add, nil, b.node(graph.Mul, nil, p[0], q), p[2]), 3)
	}
	m["a part of a layer beside the whole"] = func(b *net) int {
		d := b.dense(b.input("x", 2, 6), 8)
		half := b.node(graph.Slice, nil, d, b.ints(0), b.ints(4), b.ints(1))
		return b.node(graph.Concat, graph.AxisAttr{Axis: 1}, b.node(graph.Tanh, nil, d), half)
	}
	m["reductions over the first, the middle and apart"] = func(b *net) int {
		x := b.input("x", 2, 3, 4)
		s := b.node(graph.ReduceSum, graph.ReduceAttr{KeepDims: true}, x, b.ints(1))
		s = b.node(graph.Add, nil, s, b.node(graph.ReduceMax, graph.ReduceAttr{KeepDims: true}, x, b.ints(0)))
		return b.node(graph.Add, nil, s, b.node(graph.ReduceL2, graph.ReduceAttr{KeepDims: true}, x, b.ints(0, 2)))
	}
	m["a dequantised constant added to a layer"] = func(b *net) int {
		q := graph.New(graph.Int8, 16)
		for i := range q.I {
			q.I[i] = int64(i*13%255 - 127)
		}
		c := b.node(graph.DequantizeLinear, graph.QuantAttr{}, b.add(q), b.scalar(0.01))
		return b.dense(b.node(graph.Mul, nil, b.node(graph.Tanh, nil, b.dense(b.input("x", 1, 8), 16)), c), 4)
	}
	m["quantisation per axis and to 16 bits"] = func(b *net) int {
		s, z := b.floats(0.1, 0.2, 0.3), graph.New(graph.Int16, 3)
		zero := b.add(z)
		q := b.node(graph.QuantizeLinear, graph.QuantAttr{Axis: 1, Out: graph.Int16}, b.input("x", 2, 3), s, zero)
		return b.node(graph.DequantizeLinear, graph.QuantAttr{Axis: 1}, q, s, zero)
	}
	m["dynamic quantisation"] = func(b *net) int {
		o := b.nodes(3, graph.DynamicQuantizeLinear, nil, b.input("x", 2, 6))
		w := graph.New(graph.Int8, 6, 4)
		for i := range w.I {
			w.I[i] = int64(i*37%255 - 127)
		}
		y := b.node(graph.MatMulInteger, nil, o[0], b.add(w), o[2])
		return b.node(graph.Mul, nil, b.node(graph.Cast, graph.CastAttr{To: graph.Float32}, y), o[1])
	}
}

// TestEveryFormulaCompiles compares float32 escapes with the float graph to rounding, and
// what the compiler chooses itself within the stated error.
func TestEveryFormulaCompiles(t *testing.T) {
	for name, build := range formulas {
		t.Run(name, func(t *testing.T) {
			b := newNet(99)
			b.output("y", build(b))
			if err := b.g.Validate(); err != nil {
				t.Fatal(err)
			}
			cases := b.cases(40)
			p, rep, err := Compile(b.g, cases, Options{Precision: Float32})
			if err != nil {
				t.Fatal(err)
			}
			if o := rep.Outputs[0]; o.MaxError > 2e-5*(1+o.RMS) && !strings.HasPrefix(name, "a table") {
				logReport(t, rep)
				t.Errorf("float32: max error %.3g of rms %.3g", o.MaxError, o.RMS)
			}
			_ = p
			_, rep, err = Compile(b.g, cases, Options{})
			if err != nil {
				t.Fatal(err)
			}
			o := rep.Outputs[0]
			if o.Relative > 0.02 || b.g.Values[b.g.Outputs[0].Value].DType.IsInt() && o.Agreement < 0.97 {
				logReport(t, rep)
				t.Errorf("chosen: relative error %.3g, agreement %.3g", o.Relative, o.Agreement)
			}
		})
	}
}
