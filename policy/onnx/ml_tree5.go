package onnx

import (
	"math"

	"slipstream/policy/graph"
)

// tree5 reads TreeEnsemble(5): leaves are apart from nodes and trees start at tree_roots.
type tree5 struct {
	n                    *rawNode
	a                    *graph.TreeAttr
	splits, weights      []float64
	modes, feat          []int64
	yes, no              []int64
	yesLeaf, noLeaf      []int64
	missing, leafTargets []int64
	sets                 [][]float64 // per node of mode 6
}

func treeEnsemble(n *rawNode) error {
	agg, post := n.int("aggregate_function", 1), n.int("post_transform", 0)
	if agg < 0 || agg > 3 || post < 0 || post > 4 {
		return n.refuse("", "aggregate_function %d, post_transform %d", agg, post)
	}
	t := &tree5{n: n, a: &graph.TreeAttr{
		Targets:   n.axis("n_targets", 1),
		Aggregate: []graph.Aggregate{graph.AggAverage, graph.AggSum, graph.AggMin, graph.AggMax}[agg],
		Post:      []graph.Post{graph.PostNone, graph.PostSoftmax, graph.PostLogistic, graph.PostSoftmaxZero, graph.PostProbit}[post],
	}}
	if err := t.read(); err != nil {
		return err
	}
	for _, r := range n.ints("tree_roots") {
		if err := t.plant(r); err != nil {
			return err
		}
	}
	return n.emitTrees(graph.TreeEnsemble, t.a)
}

func (t *tree5) read() error {
	n := t.n
	splits, weights, modes := n.tensor("nodes_splits"), n.tensor("leaf_weights"), n.tensor("nodes_modes")
	if splits == nil || weights == nil || modes == nil || !splits.DType.IsFloat() || !weights.DType.IsFloat() || modes.DType != graph.Uint8 {
		return n.refuse("", "nodes_splits, leaf_weights or nodes_modes are missing or of the wrong type")
	}
	t.a.Double = splits.DType == graph.Float64
	t.splits, t.weights, t.modes = values(splits), values(weights), modes.I
	t.feat, t.yes, t.no = n.ints("nodes_featureids"), n.ints("nodes_truenodeids"), n.ints("nodes_falsenodeids")
	t.yesLeaf, t.noLeaf = n.ints("nodes_trueleafs"), n.ints("nodes_falseleafs")
	t.missing, t.leafTargets = n.ints("nodes_missing_value_tracks_true"), n.ints("leaf_targetids")
	count := len(t.splits)
	for _, l := range []int{len(t.modes), len(t.feat), len(t.yes), len(t.no), len(t.yesLeaf), len(t.noLeaf)} {
		if l != count || count == 0 {
			return n.refuse("", "node lists are empty or differ in length")
		}
	}
	if len(t.missing) != 0 && len(t.missing) != count || len(t.leafTargets) != len(t.weights) {
		return n.refuse("", "node or leaf lists differ in length")
	}
	return t.members()
}

func values(t *graph.Tensor) []float64 {
	v := make([]float64, t.Len())
	for i := range v {
		v[i] = t.At(i)
	}
	return v
}

// members deals the membership values, sets ended by NaN, to the nodes of mode 6 in order.
func (t *tree5) members() error {
	t.sets = make([][]float64, len(t.modes))
	var rest []float64
	if m := t.n.tensor("membership_values"); m != nil {
		rest = values(m)
	}
	for i, m := range t.modes {
		if m != 6 {
			continue
		}
		k := 0
		for k < len(rest) && rest[k] == rest[k] {
			k++
		}
		if k == 0 {
			return t.n.refuse("", "node %d has an empty set of members", i)
		}
		t.sets[i] = rest[:k]
		rest = rest[min(k+1, len(rest)):]
	}
	return nil
}

// fix names a child slot to fill once the child has its place.
type fix struct {
	child int64
	leaf  bool
	nodes []int32 // where to write it
	truth bool
}

// plant writes the tree of a root. A set becomes a chain of equalities that share their
// true child, which therefore comes after the whole chain.
func (t *tree5) plant(root int64) error {
	if root < 0 || root >= int64(len(t.splits)) {
		return t.n.refuse("", "tree root %d of %d nodes", root, len(t.splits))
	}
	t.a.Roots = append(t.a.Roots, int32(len(t.a.Nodes)))
	seen := map[int64]bool{}
	stack := []fix{{child: root}}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		id := int32(len(t.a.Nodes))
		for _, p := range f.nodes {
			if f.truth {
				t.a.Nodes[p].True = id
			} else {
				t.a.Nodes[p].False = id
			}
		}
		if err := t.n.im.budget.Spend(1); err != nil {
			return t.n.refuse("", "%v", err)
		}
		if f.leaf {
			if err := t.leaf(f.child); err != nil {
				return err
			}
			continue
		}
		if f.child < 0 || f.child >= int64(len(t.splits)) || seen[f.child] {
			return t.n.refuse("", "tree node %d does not exist or has two parents", f.child)
		}
		seen[f.child] = true
		yes, no, err := t.branch(f.child)
		if err != nil {
			return err
		}
		stack = append(stack, no, yes)
	}
	return nil
}

func (t *tree5) leaf(i int64) error {
	if i < 0 || i >= int64(len(t.weights)) || t.leafTargets[i] < 0 || t.leafTargets[i] >= int64(t.a.Targets) {
		return t.n.refuse("", "leaf %d does not exist or has no target", i)
	}
	t.a.Nodes = append(t.a.Nodes, graph.TreeNode{Mode: graph.Leaf, First: int32(len(t.a.Leaves)), Num: 1})
	t.a.Leaves = append(t.a.Leaves, graph.LeafWeight{Target: int32(t.leafTargets[i]), Weight: t.weights[i]})
	return nil
}

// branch writes node i and says where its children go.
func (t *tree5) branch(i int64) (yes, no fix, err error) {
	if t.feat[i] < 0 || t.feat[i] >= math.MaxInt32 || t.modes[i] > 6 {
		return yes, no, t.n.refuse("", "tree node %d: feature %d, mode %d", i, t.feat[i], t.modes[i])
	}
	t.a.Features = max(t.a.Features, int(t.feat[i])+1)
	modes := []graph.TreeMode{graph.BranchLEQ, graph.BranchLT, graph.BranchGTE, graph.BranchGT, graph.BranchEQ, graph.BranchNEQ, graph.BranchEQ}
	set := t.sets[i]
	if set == nil {
		set = []float64{t.splits[i]}
	}
	yes = fix{child: t.yes[i], leaf: t.yesLeaf[i] != 0, truth: true}
	for k, v := range set {
		id := int32(len(t.a.Nodes))
		t.a.Nodes = append(t.a.Nodes, graph.TreeNode{Mode: modes[t.modes[i]], Threshold: v, Feature: int32(t.feat[i]),
			False: id + 1, Missing: len(t.missing) > 0 && t.missing[i] != 0})
		yes.nodes = append(yes.nodes, id)
		if k == len(set)-1 {
			no = fix{child: t.no[i], leaf: t.noLeaf[i] != 0, nodes: []int32{id}}
		}
	}
	return yes, no, nil
}
