package graph

// Post is the last step of an ai.onnx.ml model.
type Post uint8

// The post transforms. PostSoftmaxZero leaves zero scores at zero. PostExp is exp, which
// count regressions of tree files use.
const (
	PostNone Post = iota
	PostSoftmax
	PostLogistic
	PostSoftmaxZero
	PostProbit
	PostExp
)

// Labels are the classes of a classifier: exactly one slice is used.
type Labels struct {
	Ints    []int64
	Strings []string
}

// Len is the number of classes.
func (l *Labels) Len() int { return max(len(l.Ints), len(l.Strings)) }

// LinearAttr: scores = x * Coef^T + Intercept; Coef is [Targets][features], row-major.
type LinearAttr struct {
	Targets   int
	Coef      []float32
	Intercept []float32 // empty or Targets
	Post      Post
	Labels    Labels // classifier only
}

// Kernel of a support vector machine.
type Kernel uint8

// The kernels: u.v; (Gamma u.v + Coef0)^Degree; exp(-Gamma |u-v|^2); tanh(Gamma u.v + Coef0).
const (
	KernelLinear Kernel = iota
	KernelPoly
	KernelRBF
	KernelSigmoid
)

// SVMAttr holds a support vector machine.
//
// Regressor: y = sum_i Coef[i] K(x, Vector[i]) + Rho[0]; with OneClass, 1 if y > 0 else -1.
// A regressor without vectors is linear: Coef are its weights.
// Classifier: one decision per pair of classes as libsvm orders them; ProbA and ProbB,
// one per pair, give Platt's probabilities when present. Without vectors Coef is
// [classes][features] and Rho is one offset for all.
type SVMAttr struct {
	Kernel               Kernel
	Gamma, Coef0, Degree float32
	Features             int       // length of a vector
	Vectors              []float32 // [vectors][Features]
	Coef                 []float32 // classifier: [classes-1][vectors]
	Rho                  []float32
	ProbA, ProbB         []float32
	PerClass             []int // vectors of each class, classifier
	OneClass             bool
	Post                 Post
	Labels               Labels
}

// ScalerAttr: (x - Offset) * Scale; each of length 1 or the number of features.
type ScalerAttr struct{ Offset, Scale []float32 }

// NormKind is what Normalizer divides a row by.
type NormKind uint8

// The norms.
const (
	NormMax NormKind = iota
	NormL1
	NormL2
)

// NormalizerAttr chooses the norm.
type NormalizerAttr struct{ Norm NormKind }

// ImputerAttr replaces elements equal to Replaced (NaN matches NaN). Values has length 1
// or the number of features. Integers has the same for integer inputs.
type ImputerAttr struct {
	Replaced         float32
	Values           []float32
	IntegersReplaced int64
	Integers         []int64
}

// LabelEncoderAttr maps Keys[i] to Values[i], everything else to Default[0]. NaN matches NaN.
type LabelEncoderAttr struct{ Keys, Values, Default *Tensor }
