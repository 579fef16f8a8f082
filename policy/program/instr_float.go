package program

// Unary is a function of one float32.
type Unary uint8

// The unary functions. Alpha and Beta as ONNX names them; Selu's gamma is Beta; Clip is
// to [Alpha, Beta] with NaN kept; Affine is Alpha*x + Beta; ThresholdedRelu is x > Alpha ?
// x : 0. Round is half to even. Not is 1 for 0, else 0; booleans are 0 and 1.
const (
	Abs Unary = iota
	Neg
	Sqrt
	Reciprocal
	Floor
	Ceil
	Round
	Sign
	Not
	IsNaN
	Relu
	LeakyRelu
	ThresholdedRelu
	Clip
	Affine
	HardSigmoid
	HardSwish
	Softsign
	Exp
	Log
	Sigmoid
	Tanh
	Softplus
	Elu
	Celu
	Selu
	Swish // x * sigmoid(Alpha*x)
	Mish
	Erf
	Gelu
	GeluTanh
	unaryEnd
)

// UnaryF: Y[i] = F(X[i]). X and Y may be the same buffer.
type UnaryF struct {
	X, Y        Buf // F32
	F           Unary
	Alpha, Beta float32
}

// Binary is a function of two float32.
type Binary uint8

// The binary functions. Comparisons and logic give 0 or 1 and take nonzero as true.
// Max and Min give NaN if either is NaN. Pow is exp(b log a) in float64, with whole b
// of magnitude up to 64 by repeated multiplication. Mod takes the sign of the divisor,
// Fmod that of the dividend. PRelu is a < 0 ? a*b : a.
const (
	Add Binary = iota
	Sub
	Mul
	Div
	Max
	Min
	Pow
	Mod
	Fmod
	PRelu
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	Equal
	And
	Or
	Xor
	binaryEnd
)

// BinaryF: Y[i] = F(A[i], B[i]); either of A and B may have one element instead of Y's
// number. A, and B, may be the same buffer as Y if they have Y's length.
type BinaryF struct {
	A, B, Y Buf // F32
	F       Binary
}

// SelectF: Y[i] = C[i] != 0 ? A[i] : B[i]. Each of C, A and B has Y's length or one element.
type SelectF struct{ C, A, B, Y Buf }

// Reduce is a reduction.
type Reduce uint8

// The reductions, from the first element on in order, in float32. Mean is the sum divided by
// the number, L2 the root of the sum of squares, LogSumExp max + log(sum exp(x-max)).
const (
	ReduceSum Reduce = iota
	ReduceMean
	ReduceMax
	ReduceMin
	ReduceProd
	ReduceL1
	ReduceL2
	ReduceSumSquare
	ReduceLogSum
	ReduceLogSumExp
	reduceEnd
)

// ReduceF reduces the middle axis of X [Outer][N][Inner] to Y [Outer][Inner].
type ReduceF struct {
	X, Y            Buf // F32
	Outer, N, Inner int32
	F               Reduce
}

// SoftmaxF over each of Rows rows of N: exp(x-max) / sum, the sum in order; with Log
// (x-max) - log(sum). X and Y may be the same buffer.
type SoftmaxF struct {
	X, Y    Buf // F32
	Rows, N int32
	Log     bool
}

// NormF normalises each of Rows rows of N: mean and mean square of differences in
// float64 in order, R = 1/sqrt(var+Eps) in float64,
//
//	Y = float32(float32((float64(x)-mean) * R) * Gamma[j]) + Beta[j]
//
// the last product and sum in float32. With RMS the mean is 0. X and Y may be the same buffer.
type NormF struct {
	X, Y        Buf // F32
	Rows, N     int32
	RMS         bool
	Eps         float64
	Gamma, Beta []float32 // N; Beta may be empty
}

// DenseF: Y[r][o] = ((Bias[o] + X[r][0]*W[o][0]) + X[r][1]*W[o][1]) + ..., every product and
// sum rounded to float32.
type DenseF struct {
	X, Y          Buf // F32
	Rows, In, Out int32
	W             []float32 // [Out][In]
	Bias          []float32 // Out
}

// MatMulF: Y[b][i][j] = sum_k A[b][i][k] * B[b][k][j], from 0 in order of k.
type MatMulF struct {
	A, B, Y        Buf // F32
	Batch, M, K, N int32
}

// TruncF: Y[i] = X[i] toward zero, saturated; NaN gives 0.
type TruncF struct {
	X Buf // F32
	Y Buf // I32
}

func (*UnaryF) Op() Op   { return OpUnaryF }
func (*BinaryF) Op() Op  { return OpBinaryF }
func (*SelectF) Op() Op  { return OpSelectF }
func (*ReduceF) Op() Op  { return OpReduceF }
func (*SoftmaxF) Op() Op { return OpSoftmaxF }
func (*NormF) Op() Op    { return OpNormF }
func (*DenseF) Op() Op   { return OpDenseF }
func (*MatMulF) Op() Op  { return OpMatMulF }
func (*TruncF) Op() Op   { return OpTruncF }
