package graph

// Attr is the typed parameters of a node.
type Attr interface{ attr() }

// AlphaAttr parameterises the activations that have one or two numbers.
type AlphaAttr struct{ Alpha, Beta float32 }

// GeluAttr chooses the tanh approximation over the exact form with erf.
type GeluAttr struct{ Tanh bool }

// IsInfAttr says which infinities count.
type IsInfAttr struct{ Negative, Positive bool }

// ModAttr: Fmod takes the sign of the dividend, otherwise that of the divisor.
type ModAttr struct{ Fmod bool }

// GemmAttr: y = Alpha * op(a) * op(b) + Beta * c.
type GemmAttr struct {
	Alpha, Beta    float32
	TransA, TransB bool
}

// QuantAttr: Axis matters where the scale has more than one element; Block is 0 except
// for blocked quantisation along Axis. Out is QuantizeLinear's element type.
type QuantAttr struct {
	Axis  int
	Block int
	Out   DType
}

// NormAttr: Axis is the first normalised axis of LayerNormalization and RMSNormalization.
type NormAttr struct {
	Axis    int
	Epsilon float32
}

// SoftmaxAttr: Coerce2D is the meaning before opset 13, softmax over everything from Axis
// on; it is false where that is the same as along Axis.
type SoftmaxAttr struct {
	Axis     int
	Coerce2D bool
}

// AttentionAttr is ONNX's Attention(23). Heads are 0 for 4-D inputs; Scale 0 means
// 1/sqrt(head size).
type AttentionAttr struct {
	QHeads, KVHeads int
	Scale, Softcap  float32
	Causal          bool
	QKOutput        int // which intermediate output 3 shows, 0 to 3
}

// Direction of a recurrent layer.
type Direction uint8

// The directions; Bidirectional stacks forward then reverse.
const (
	Forward Direction = iota
	Reverse
	Bidirectional
)

// Activation of a recurrent gate: one of Relu, Tanh, Sigmoid, Softsign, Softplus, Elu,
// LeakyRelu, ThresholdedRelu, HardSigmoid, Affine, ScaledTanh, with parameters filled in.
type Activation struct {
	Kind        Op
	Alpha, Beta float32
}

// Affine and ScaledTanh exist only as recurrent activations.
const (
	Affine     Op = "Affine"
	ScaledTanh Op = "ScaledTanh"
)

// RecurrentAttr parameterises LSTM, GRU and RNN.
type RecurrentAttr struct {
	Hidden            int
	Direction         Direction
	Activations       []Activation // per direction: LSTM 3 (f g h), GRU 2 (f g), RNN 1
	Clip              float32      // 0: none
	InputForget       bool         // LSTM: f = 1 - i
	LinearBeforeReset bool         // GRU
	BatchFirst        bool         // layout 1
}

// Directions is 1 or 2.
func (a *RecurrentAttr) Directions() int {
	if a.Direction == Bidirectional {
		return 2
	}
	return 1
}

// ArgAttr parameterises ArgMax and ArgMin.
type ArgAttr struct {
	Axis       int
	KeepDims   bool
	SelectLast bool // ties: the last index, otherwise the first
}

// CastAttr names the target type; floats go to integers toward zero.
type CastAttr struct{ To DType }

// AxisAttr is one axis, negative ones counted from the end only where the rank is unknown.
type AxisAttr struct{ Axis int }

// FillAttr is the one element that ConstantOfShape repeats.
type FillAttr struct{ Value *Tensor }

// CumSumAttr parameterises CumSum.
type CumSumAttr struct{ Exclusive, Reverse bool }

// ReshapeAttr: with AllowZero a 0 in the shape is a 0, otherwise it copies the input's.
type ReshapeAttr struct{ AllowZero bool }

// ShapeAttr bounds the slice of the shape, as ONNX's start and end; HasEnd false: to the last.
type ShapeAttr struct {
	Start, End int
	HasEnd     bool
}

// SplitAttr: without sizes, Parts pieces, the last one smaller where it does not divide.
type SplitAttr struct{ Axis, Parts int }

// TopKAttr parameterises TopK.
type TopKAttr struct {
	Axis            int
	Largest, Sorted bool
}

// TransposeAttr: Perm nil reverses the axes.
type TransposeAttr struct{ Perm []int }

// ReduceAttr: NoopEmpty makes absent or empty axes mean no reduction instead of all.
type ReduceAttr struct{ KeepDims, NoopEmpty bool }

func (AlphaAttr) attr()         {}
func (GeluAttr) attr()          {}
func (IsInfAttr) attr()         {}
func (ModAttr) attr()           {}
func (GemmAttr) attr()          {}
func (QuantAttr) attr()         {}
func (NormAttr) attr()          {}
func (SoftmaxAttr) attr()       {}
func (AttentionAttr) attr()     {}
func (*RecurrentAttr) attr()    {}
func (ArgAttr) attr()           {}
func (CastAttr) attr()          {}
func (AxisAttr) attr()          {}
func (FillAttr) attr()          {}
func (CumSumAttr) attr()        {}
func (ReshapeAttr) attr()       {}
func (ShapeAttr) attr()         {}
func (SplitAttr) attr()         {}
func (TopKAttr) attr()          {}
func (TransposeAttr) attr()     {}
func (ReduceAttr) attr()        {}
func (*TreeAttr) attr()         {}
func (*SVMAttr) attr()          {}
func (*LinearAttr) attr()       {}
func (ScalerAttr) attr()        {}
func (NormalizerAttr) attr()    {}
func (ImputerAttr) attr()       {}
func (*LabelEncoderAttr) attr() {}
