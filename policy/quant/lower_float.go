package quant

import (
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// unaries are the float32 instructions of one operand.
var unaries = map[graph.Op]program.Unary{
	graph.Abs: program.Abs, graph.Neg: program.Neg, graph.Sqrt: program.Sqrt, graph.Reciprocal: program.Reciprocal,
	graph.Floor: program.Floor, graph.Ceil: program.Ceil, graph.Round: program.Round, graph.Sign: program.Sign,
	graph.Not: program.Not, graph.IsNaN: program.IsNaN, graph.Relu: program.Relu, graph.LeakyRelu: program.LeakyRelu,
	graph.ThresholdedRelu: program.ThresholdedRelu, graph.HardSigmoid: program.HardSigmoid, graph.HardSwish: program.HardSwish,
	graph.Softsign: program.Softsign, graph.Exp: program.Exp, graph.Log: program.Log, graph.Sigmoid: program.Sigmoid,
	graph.Tanh: program.Tanh, graph.Softplus: program.Softplus, graph.Elu: program.Elu, graph.Celu: program.Celu,
	graph.Selu: program.Selu, graph.Swish: program.Swish, graph.Mish: program.Mish, graph.Erf: program.Erf, graph.Gelu: program.Gelu,
	graph.Clip: program.Clip, graph.Binarizer: program.Sign,
}

var binaries = map[graph.Op]program.Binary{
	graph.Add: program.Add, graph.Sub: program.Sub, graph.Mul: program.Mul, graph.Div: program.Div, graph.Max: program.Max,
	graph.Min: program.Min, graph.Pow: program.Pow, graph.Mod: program.Mod, graph.PRelu: program.PRelu, graph.Less: program.Less,
	graph.LessOrEqual: program.LessOrEqual, graph.Greater: program.Greater, graph.GreaterOrEqual: program.GreaterOrEqual,
	graph.Equal: program.Equal, graph.And: program.And, graph.Or: program.Or, graph.Xor: program.Xor,
	graph.Sum: program.Add, graph.Mean: program.Add,
}

var reductions = map[graph.Op]program.Reduce{
	graph.ReduceSum: program.ReduceSum, graph.ReduceMean: program.ReduceMean, graph.ReduceMax: program.ReduceMax,
	graph.ReduceMin: program.ReduceMin, graph.ReduceProd: program.ReduceProd, graph.ReduceL1: program.ReduceL1,
	graph.ReduceL2: program.ReduceL2, graph.ReduceSumSquare: program.ReduceSumSquare, graph.ReduceLogSum: program.ReduceLogSum,
	graph.ReduceLogSumExp: program.ReduceLogSumExp,
}

// emitF makes v in float32: from the integers where a layer gives those, otherwise by
// float32 instructions.
func (l *lowerer) emitF(n *graph.Node, v int) program.Buf {
	if b, ok := l.fromIntegers(n, v); ok {
		return b
	}
	if f := floatForms[n.Op]; f != nil {
		b := f(l, n, v)
		if !quiet[n.Op] && !l.floaty(v) {
			l.report(n, choice{p: Float32, e8: -1, e16: -1, reason: l.floatReason(n, v)}, nil, qparams{}, qparams{})
		}
		return b
	}
	if root := l.point(v); root != v && l.rng.stat(l.rng.of(root).root) != nil {
		l.report(n, choice{p: Int16, e8: -1, e16: -1, reason: "no float32 instruction: interpolated table over the calibrated range"}, nil, qparams{}, qparams{})
		return l.tableF(v, root)
	}
	refuse(n, "compute it outside the model, or calibrate so that it can be tabulated", "has no compiled form")
	return program.Buf{}
}

// quiet operators report themselves.
var quiet = map[graph.Op]bool{graph.Gemm: true, graph.TreeEnsemble: true, graph.TreeEnsembleClassifier: true,
	graph.SVMRegressor: true, graph.SVMClassifier: true, graph.QuantizeLinear: true, graph.DequantizeLinear: true, graph.Concat: true, graph.Cast: true}

func (l *lowerer) floatReason(n *graph.Node, v int) string {
	if c, ok := l.chosen[v]; ok && c.p == Float32 {
		return c.reason
	}
	if c, ok := l.chosen[n.Out[0]]; ok {
		return "inputs of the layer in float32: " + c.reason
	}
	return "float32 escape, summed in a fixed order"
}

// fromIntegers: values that are made as integers anyway are not made again in float32.
func (l *lowerer) fromIntegers(n *graph.Node, v int) (program.Buf, bool) {
	for _, k := range []kind{asI32, asI16} {
		if b, ok := l.have[place{v, k}]; ok {
			return l.convert(v, b, k, asF32), true
		}
	}
	switch n.Op {
	case graph.LSTM, graph.GRU, graph.RNN, graph.LayerNormalization, graph.RMSNormalization, graph.Attention:
	case graph.Add, graph.Sub, graph.Mul:
		if l.point(v) != v {
			return l.pointFromIntegers(n, v)
		}
	case graph.DequantizeLinear:
		if _, ok := l.perTensor(n, n.In[0]); ok {
			return l.convert(v, l.get(v, asU8), asU8, asF32), true
		}
		return program.Buf{}, false
	case graph.QuantizeLinear:
		if _, ok := l.perTensor(n, v); ok {
			return l.convert(v, l.get(v, asU8), asU8, asF32), true
		}
		return program.Buf{}, false
	default:
		return l.pointFromIntegers(n, v)
	}
	if !l.rng.known(v, asI16) {
		return program.Buf{}, false
	}
	b, ok := l.emitQ(n, v, asI16)
	if !ok {
		return b, false
	}
	l.have[place{v, asI16}] = b
	return l.convert(v, b, asI16, asF32), true
}

// pointFromIntegers: in a measurement a table is measured, not the float32 instruction.
func (l *lowerer) pointFromIntegers(n *graph.Node, v int) (program.Buf, bool) {
	root := l.point(v)
	if l.forced == Auto || l.forced == Float32 || root == v {
		return program.Buf{}, false
	}
	if l.forced == Int16 {
		return l.convert(v, l.table16(v, root, n, choice{}), asI16, asF32), true
	}
	qx := l.q(root, asU8)
	table := make([]float32, 256)
	for i, y := range l.bytes(v, root, qx) {
		table[i] = float32(finite(y, l.q(v, asI16)))
	}
	return l.b.LUT8F(l.get(root, asU8), table), true
}

// floatForms emit float32 instructions for a node and give output v's buffer; the other
// outputs are stored.
var floatForms map[graph.Op]func(l *lowerer, n *graph.Node, v int) program.Buf

func init() {
	floatForms = map[graph.Op]func(l *lowerer, n *graph.Node, v int) program.Buf{
		graph.Gemm: floatGemm, graph.MatMul: floatMatMul, graph.Concat: func(l *lowerer, n *graph.Node, v int) program.Buf { return l.emitConcat(n, v, asF32) },
		graph.FeatureVectorizer: func(l *lowerer, n *graph.Node, v int) program.Buf { return l.emitConcat(n, v, asF32) },
		graph.Softmax:           floatSoftmax, graph.LogSoftmax: floatSoftmax, graph.Where: floatWhere, graph.Cast: floatCast,
		graph.LayerNormalization: floatNorm, graph.RMSNormalization: floatNorm, graph.Attention: floatAttention,
		graph.QuantizeLinear: floatQuantize, graph.DequantizeLinear: floatDequantize, graph.ArgMax: floatArg, graph.ArgMin: floatArg,
		graph.LSTM: floatCell, graph.GRU: floatCell, graph.RNN: floatCell,
		graph.TreeEnsemble: floatTrees, graph.TreeEnsembleClassifier: floatTreeClassifier,
		graph.SVMRegressor: floatSVM, graph.SVMClassifier: floatSVMClassifier, graph.LinearRegressor: floatLinear, graph.LinearClassifier: floatLinearClassifier,
		graph.Normalizer: floatNormalizer, graph.Imputer: floatImputer, graph.Gather: floatGather, graph.CumSum: floatCumSum,
		graph.Hardmax: floatHardmax, graph.LabelEncoder: floatLabels, graph.TopK: floatTopK, graph.IsInf: floatIsInf,
		graph.DynamicQuantizeLinear: floatDynamicQuantize, graph.BatchNormalization: floatBatchNorm,
	}
	for op := range unaries {
		floatForms[op] = floatUnary
	}
	for op := range binaries {
		floatForms[op] = floatBinary
	}
	for op := range reductions {
		floatForms[op] = floatReduce
	}
}

func floatNorm(l *lowerer, n *graph.Node, v int) program.Buf {
	a, d := n.Attr.(graph.NormAttr), l.dims(v)
	w := graph.Count(d[wrapAxis(a.Axis, len(d)):])
	gamma, beta := l.normParams(n, w)
	x := l.get(n.In[0], asF32)
	return l.b.Norm(x, int(x.N)/w, gamma, beta, float64(a.Epsilon), n.Op == graph.RMSNormalization)
}

// normParams are scale and bias spread over the normalised elements.
func (l *lowerer) normParams(n *graph.Node, w int) (gamma, beta []float32) {
	if len(n.Out) > 1 {
		refuse(n, "drop the outputs for mean and deviation", "only the normalised output has a compiled form")
	}
	spread := func(v int) []float32 {
		t := l.value(v)
		if t == nil || t.Len() == 0 || w%t.Len() != 0 {
			refuse(n, "export with constant scale and bias", "scale or bias is computed or does not fit")
		}
		f := make([]float32, w)
		for i := range f {
			f[i] = float32(t.At(i % t.Len()))
		}
		return f
	}
	gamma, beta = spread(n.In[1]), make([]float32, w)
	if n.Input(2) != graph.None {
		beta = spread(n.In[2])
	}
	return gamma, beta
}

func floatBatchNorm(l *lowerer, n *graph.Node, v int) program.Buf {
	refuse(n, "export in inference mode with constant statistics", "batch normalisation with computed statistics has no compiled form")
	return program.Buf{}
}
