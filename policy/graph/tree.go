package graph

// TreeMode is the test of a branch: x MODE threshold.
type TreeMode uint8

// The tests. A Leaf ends the walk.
const (
	Leaf TreeMode = iota
	BranchLEQ
	BranchLT
	BranchGTE
	BranchGT
	BranchEQ
	BranchNEQ
)

// Aggregate joins the trees' answers per target.
type Aggregate uint8

// The aggregates.
const (
	AggSum Aggregate = iota
	AggAverage
	AggMin
	AggMax
)

// TreeAttr is one form for ONNX's tree operators of every version, XGBoost and LightGBM.
//
// The features are compared as float64(x) against Threshold, which is exact for every
// source: float32 thresholds are widened, LightGBM's double ones were rounded down to
// float32 (the same answer for every float32 input).
//
// The branches form a directed acyclic graph: children come after their parent in
// Nodes; a child may have two parents (sets of categories become chains of BranchEQ).
type TreeAttr struct {
	Nodes     []TreeNode
	Leaves    []LeafWeight
	Roots     []int32 // one per tree
	Features  int     // 1 + the highest feature used
	Targets   int     // outputs, or classes
	Aggregate Aggregate
	Base      []float64 // per target, empty for zeros; added after aggregation
	Post      Post
	Double    bool // sums and the transform in float64, otherwise in float32

	// Classifiers only.
	Labels Labels
	// Binary: two classes and every leaf weighs the same one: the other class's score is
	// derived from it as ONNX Runtime does. AllPositive: no leaf weighs less than zero.
	Binary, AllPositive bool
	// FirstMax takes the class with the highest score also for two classes, as the native
	// tree files mean it; ONNX's own rule for two classes compares with 0 or 0.5.
	FirstMax bool
}

// TreeNode is a branch or a leaf. Missing: NaN goes to True, otherwise it fails every
// test but BranchNEQ.
type TreeNode struct {
	Threshold   float64
	Feature     int32
	True, False int32 // branches: indexes into Nodes
	First, Num  int32 // leaves: their weights are Leaves[First:First+Num]
	Mode        TreeMode
	Missing     bool
}

// LeafWeight adds Weight to Target.
type LeafWeight struct {
	Target int32
	Weight float64
}
