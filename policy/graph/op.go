package graph

// Op is an operator, spelled as ONNX spells it.
type Op string

// Element by element, one input, no attribute.
const (
	Abs        Op = "Abs"
	Acos       Op = "Acos"
	Acosh      Op = "Acosh"
	Asin       Op = "Asin"
	Asinh      Op = "Asinh"
	Atan       Op = "Atan"
	Atanh      Op = "Atanh"
	Ceil       Op = "Ceil"
	Cos        Op = "Cos"
	Cosh       Op = "Cosh"
	Erf        Op = "Erf"
	Exp        Op = "Exp"
	Floor      Op = "Floor"
	HardSwish  Op = "HardSwish"
	Log        Op = "Log"
	Mish       Op = "Mish"
	Neg        Op = "Neg"
	Not        Op = "Not"
	Reciprocal Op = "Reciprocal"
	Relu       Op = "Relu"
	Round      Op = "Round" // half to even
	Sigmoid    Op = "Sigmoid"
	Sign       Op = "Sign"
	Sin        Op = "Sin"
	Sinh       Op = "Sinh"
	Softplus   Op = "Softplus"
	Softsign   Op = "Softsign"
	Sqrt       Op = "Sqrt"
	Tan        Op = "Tan"
	Tanh       Op = "Tanh"
	IsNaN      Op = "IsNaN"
)

// Element by element, one input, parameters in AlphaAttr (the operator's own defaults
// are already filled in).
const (
	Celu            Op = "Celu"        // Alpha
	Elu             Op = "Elu"         // Alpha
	HardSigmoid     Op = "HardSigmoid" // Alpha, Beta
	LeakyRelu       Op = "LeakyRelu"   // Alpha
	Selu            Op = "Selu"        // Alpha, Beta is gamma
	Swish           Op = "Swish"       // Alpha: x * sigmoid(Alpha x)
	ThresholdedRelu Op = "ThresholdedRelu"
	Gelu            Op = "Gelu"  // GeluAttr
	IsInf           Op = "IsInf" // IsInfAttr
)

// Element by element with broadcasting. Min, Max, Sum and Mean take one or more inputs.
const (
	Add            Op = "Add"
	And            Op = "And"
	Div            Op = "Div" // integers: toward zero
	Equal          Op = "Equal"
	Greater        Op = "Greater"
	GreaterOrEqual Op = "GreaterOrEqual"
	Less           Op = "Less"
	LessOrEqual    Op = "LessOrEqual"
	Max            Op = "Max"
	Mean           Op = "Mean"
	Min            Op = "Min"
	Mod            Op = "Mod" // ModAttr
	Mul            Op = "Mul"
	Or             Op = "Or"
	Pow            Op = "Pow" // type of the first input
	PRelu          Op = "PRelu"
	Sub            Op = "Sub"
	Sum            Op = "Sum"
	Where          Op = "Where" // condition, x, y
	Xor            Op = "Xor"
	Clip           Op = "Clip" // x, min or None, max or None: scalars
)

// Linear algebra and quantisation.
const (
	Gemm                  Op = "Gemm"   // GemmAttr; a, b, c or None
	MatMul                Op = "MatMul" // as numpy's matmul
	MatMulInteger         Op = "MatMulInteger"
	QLinearMatMul         Op = "QLinearMatMul"
	QuantizeLinear        Op = "QuantizeLinear"   // QuantAttr; x, scale, zero or None
	DequantizeLinear      Op = "DequantizeLinear" // QuantAttr; x, scale, zero or None
	DynamicQuantizeLinear Op = "DynamicQuantizeLinear"
)

// Normalisation, attention and recurrent cells.
const (
	BatchNormalization Op = "BatchNormalization" // NormAttr; x, scale, bias, mean, variance
	LayerNormalization Op = "LayerNormalization" // NormAttr; x, scale, bias or None
	RMSNormalization   Op = "RMSNormalization"   // NormAttr; x, scale
	Attention          Op = "Attention"          // AttentionAttr; q, k, v, mask, past key, past value, valid key counts
	Softmax            Op = "Softmax"            // SoftmaxAttr
	LogSoftmax         Op = "LogSoftmax"         // SoftmaxAttr
	Hardmax            Op = "Hardmax"            // SoftmaxAttr
	// x, w, r, b, sequence_lens, initial_h, and for LSTM initial_c and peepholes p.
	LSTM Op = "LSTM" // RecurrentAttr; y, y_h, y_c; gates i o f c
	GRU  Op = "GRU"  // RecurrentAttr; y, y_h; gates z r h
	RNN  Op = "RNN"  // RecurrentAttr; y, y_h
)

// Shapes and selection. Shape, axes and size inputs are int64, constant unless the
// node's output is Dynamic.
const (
	ArgMax          Op = "ArgMax"          // ArgAttr
	ArgMin          Op = "ArgMin"          // ArgAttr
	Cast            Op = "Cast"            // CastAttr
	Concat          Op = "Concat"          // AxisAttr
	ConstantOfShape Op = "ConstantOfShape" // FillAttr
	CumSum          Op = "CumSum"          // CumSumAttr; x, axis
	Expand          Op = "Expand"          // x, shape
	Flatten         Op = "Flatten"         // AxisAttr; only where the shape is Dynamic
	Gather          Op = "Gather"          // AxisAttr; x, indices
	GatherElements  Op = "GatherElements"  // AxisAttr; x, indices
	Range           Op = "Range"           // start, limit, delta
	Reshape         Op = "Reshape"         // ReshapeAttr; x, shape
	Shape           Op = "Shape"           // ShapeAttr; only where the shape is Dynamic
	Size            Op = "Size"
	Slice           Op = "Slice"     // x, starts, ends, axes or None, steps or None
	Split           Op = "Split"     // SplitAttr; x, sizes or None
	Squeeze         Op = "Squeeze"   // x, axes or None
	Tile            Op = "Tile"      // x, repeats
	TopK            Op = "TopK"      // TopKAttr; x, k
	Transpose       Op = "Transpose" // TransposeAttr
	Unsqueeze       Op = "Unsqueeze" // x, axes
)

// Reductions: x, axes or None. ReduceAttr.
const (
	ReduceL1        Op = "ReduceL1"
	ReduceL2        Op = "ReduceL2"
	ReduceLogSum    Op = "ReduceLogSum"
	ReduceLogSumExp Op = "ReduceLogSumExp"
	ReduceMax       Op = "ReduceMax"
	ReduceMean      Op = "ReduceMean"
	ReduceMin       Op = "ReduceMin"
	ReduceProd      Op = "ReduceProd"
	ReduceSum       Op = "ReduceSum"
	ReduceSumSquare Op = "ReduceSumSquare"
)

// ai.onnx.ml and native tree files. Rows are samples.
const (
	// TreeEnsemble is a regression: one output [N, Targets]. TreeAttr.
	TreeEnsemble Op = "TreeEnsemble"
	// TreeEnsembleClassifier has labels [N] and scores [N, classes]. TreeAttr with Labels.
	TreeEnsembleClassifier Op = "TreeEnsembleClassifier"
	SVMRegressor           Op = "SVMRegressor"     // SVMAttr
	SVMClassifier          Op = "SVMClassifier"    // SVMAttr; labels, scores
	LinearRegressor        Op = "LinearRegressor"  // LinearAttr
	LinearClassifier       Op = "LinearClassifier" // LinearAttr; labels, scores
	Scaler                 Op = "Scaler"           // ScalerAttr
	Normalizer             Op = "Normalizer"       // NormalizerAttr
	Imputer                Op = "Imputer"          // ImputerAttr
	LabelEncoder           Op = "LabelEncoder"     // LabelEncoderAttr
	Binarizer              Op = "Binarizer"        // AlphaAttr: Alpha is the threshold
	ArrayFeatureExtractor  Op = "ArrayFeatureExtractor"
	FeatureVectorizer      Op = "FeatureVectorizer"
)
