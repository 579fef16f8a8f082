package program

// TreeInput ranks one feature: with t its ascending distinct thresholds
// Thresholds[First:First+Num] and x the feature,
//
//	rank = count(t < x) + count(t <= x)
//
// so that rank is 2i+1 where x equals t[i], and x <= t[i] is rank <= 2i+1, x < t[i] is
// rank <= 2i: float comparison, exactly, on small integers. NaN ranks 65535 and fails
// every test, or with NaNLow 0 and passes every one; a feature whose nodes want both has
// two inputs.
type TreeInput struct {
	Feature, First, Num int32
	NaNLow              bool
}

// TreeNode goes to True where rank[Input] <= Rank, else to False. A child >= 0 is a node
// with a higher index than its parent, a negative one the leaf ^child.
type TreeNode struct {
	Input, Rank uint16
	True, False int32
}

// Aggregate joins the answers of trees per target.
type Aggregate uint8

// The aggregates. A target that no leaf reached is 0 before Base.
const (
	AggSum Aggregate = iota
	AggAverage
	AggMin
	AggMax
)

// Trees walks every tree and aggregates per target in the order of Roots, and within a
// leaf in the order of its weights: first = the value, then acc+v, min(acc,v) or
// max(acc,v); AggAverage divides the sum by len(Roots); then Base is added. Everything in
// float32, values converted first, or with Double in float64, converted at the end.
// Leaf l weighs LeafValue[k] to target LeafTarget[k], k in [LeafFirst[l], LeafFirst[l+1]).
type Trees struct {
	X          Buf // F32, the features
	Y          Buf // F32, the targets
	Thresholds []float32
	Inputs     []TreeInput
	Nodes      []TreeNode
	Roots      []int32 // as children
	LeafFirst  []int32
	LeafTarget []int32
	LeafValue  []float64
	Base       []float64 // empty or one per target
	Aggregate  Aggregate
	Double     bool
}

// Kernel of an SVM.
type Kernel uint8

// The kernels, with d the sum in order of features: linear dot; (Gamma*dot+Coef0)^Degree;
// exp(-Gamma*|u-v|^2); tanh(Gamma*dot+Coef0).
const (
	KernelLinear Kernel = iota
	KernelPoly
	KernelRBF
	KernelSigmoid
)

// SVM: Y[o] = Rho[o] + sum_v Coef[o][v] * K(X, Vector[v]), in float32. The sum over
// features is in ascending order from 0. The sum over vectors has eight lanes, lane l
// taking v = l, l+8, ... in order from 0, joined as ((0+4)+(2+6)) + ((1+5)+(3+7)).
// Degree is a whole number from 1 to 16 and means repeated multiplication.
type SVM struct {
	X                    Buf // F32
	Y                    Buf // F32, len(Rho)
	Kernel               Kernel
	Gamma, Coef0, Degree float32
	Vectors              []float32 // [vectors][X.N]
	Coef                 []float32 // [Y.N][vectors]
	Rho                  []float32
}

func (*Trees) Op() Op { return OpTrees }
func (*SVM) Op() Op   { return OpSVM }
