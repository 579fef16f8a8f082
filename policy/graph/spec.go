package graph

import (
	"math"
	"reflect"
)

// spec is what a node of an operator must look like.
type spec struct {
	inMin, inMax, outMax int
	attr                 Attr // nil: none
}

func (s *spec) takes(a Attr) bool {
	if s.attr == nil || a == nil {
		return s.attr == nil && a == nil
	}
	v := reflect.ValueOf(a)
	return reflect.TypeOf(a) == reflect.TypeOf(s.attr) && (v.Kind() != reflect.Pointer || !v.IsNil())
}

const many = math.MaxInt

var specs = makeSpecs()

// Known reports whether op is in this package's set.
func (op Op) Known() bool { _, ok := specs[op]; return ok }

// Ops is the set of operators, in no particular order.
func Ops() []Op {
	all := make([]Op, 0, len(specs))
	for op := range specs {
		all = append(all, op)
	}
	return all
}

func makeSpecs() map[Op]spec {
	m := make(map[Op]spec, 128)
	set := func(s spec, ops ...Op) {
		for _, op := range ops {
			m[op] = s
		}
	}
	set(spec{1, 1, 1, nil}, Abs, Acos, Acosh, Asin, Asinh, Atan, Atanh, Ceil, Cos, Cosh, Erf, Exp, Floor,
		HardSwish, Log, Mish, Neg, Not, Reciprocal, Relu, Round, Sigmoid, Sign, Sin, Sinh, Softplus,
		Softsign, Sqrt, Tan, Tanh, IsNaN, Size)
	set(spec{1, 1, 1, AlphaAttr{}}, Celu, Elu, HardSigmoid, LeakyRelu, Selu, Swish, ThresholdedRelu, Binarizer)
	set(spec{1, 1, 1, GeluAttr{}}, Gelu)
	set(spec{1, 1, 1, IsInfAttr{}}, IsInf)
	set(spec{2, 2, 1, nil}, Add, And, Div, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Mul, Or, Pow,
		PRelu, Sub, Xor, MatMul, Expand, Tile, ArrayFeatureExtractor)
	set(spec{2, 2, 1, ModAttr{}}, Mod)
	set(spec{1, many, 1, nil}, Max, Mean, Min, Sum, FeatureVectorizer)
	set(spec{3, 3, 1, nil}, Where, Range)
	set(spec{1, 3, 1, nil}, Clip)
	set(spec{2, 3, 1, GemmAttr{}}, Gemm)
	set(spec{2, 4, 1, nil}, MatMulInteger)
	set(spec{8, 8, 1, nil}, QLinearMatMul)
	set(spec{2, 3, 1, QuantAttr{}}, QuantizeLinear, DequantizeLinear)
	set(spec{1, 1, 3, nil}, DynamicQuantizeLinear)
	set(spec{5, 5, 1, NormAttr{}}, BatchNormalization)
	set(spec{2, 3, 3, NormAttr{}}, LayerNormalization)
	set(spec{2, 2, 1, NormAttr{}}, RMSNormalization)
	set(spec{3, 7, 4, AttentionAttr{}}, Attention)
	set(spec{1, 1, 1, SoftmaxAttr{}}, Softmax, LogSoftmax, Hardmax)
	set(spec{3, 8, 3, (*RecurrentAttr)(nil)}, LSTM)
	set(spec{3, 6, 2, (*RecurrentAttr)(nil)}, GRU, RNN)
	set(spec{1, 1, 1, ArgAttr{}}, ArgMax, ArgMin)
	set(spec{1, 1, 1, CastAttr{}}, Cast)
	set(spec{1, many, 1, AxisAttr{}}, Concat)
	set(spec{1, 1, 1, FillAttr{}}, ConstantOfShape)
	set(spec{2, 2, 1, CumSumAttr{}}, CumSum)
	set(spec{1, 1, 1, AxisAttr{}}, Flatten)
	set(spec{2, 2, 1, AxisAttr{}}, Gather, GatherElements)
	set(spec{2, 2, 1, ReshapeAttr{}}, Reshape)
	set(spec{1, 1, 1, ShapeAttr{}}, Shape)
	set(spec{3, 5, 1, nil}, Slice)
	set(spec{1, 2, many, SplitAttr{}}, Split)
	set(spec{1, 2, 1, nil}, Squeeze)
	set(spec{2, 2, 1, nil}, Unsqueeze)
	set(spec{2, 2, 2, TopKAttr{}}, TopK)
	set(spec{1, 1, 1, TransposeAttr{}}, Transpose)
	set(spec{1, 2, 1, ReduceAttr{}}, ReduceL1, ReduceL2, ReduceLogSum, ReduceLogSumExp, ReduceMax,
		ReduceMean, ReduceMin, ReduceProd, ReduceSum, ReduceSumSquare)
	set(spec{1, 1, 1, (*TreeAttr)(nil)}, TreeEnsemble)
	set(spec{1, 1, 2, (*TreeAttr)(nil)}, TreeEnsembleClassifier)
	set(spec{1, 1, 1, (*SVMAttr)(nil)}, SVMRegressor)
	set(spec{1, 1, 2, (*SVMAttr)(nil)}, SVMClassifier)
	set(spec{1, 1, 1, (*LinearAttr)(nil)}, LinearRegressor)
	set(spec{1, 1, 2, (*LinearAttr)(nil)}, LinearClassifier)
	set(spec{1, 1, 1, ScalerAttr{}}, Scaler)
	set(spec{1, 1, 1, NormalizerAttr{}}, Normalizer)
	set(spec{1, 1, 1, ImputerAttr{}}, Imputer)
	set(spec{1, 1, 1, (*LabelEncoderAttr)(nil)}, LabelEncoder)
	return m
}
