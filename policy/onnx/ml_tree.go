package onnx

import (
	"math"

	"slipstream/policy/graph"
)

var treeModes = map[string]graph.TreeMode{"LEAF": graph.Leaf, "BRANCH_LEQ": graph.BranchLEQ, "BRANCH_LT": graph.BranchLT,
	"BRANCH_GTE": graph.BranchGTE, "BRANCH_GT": graph.BranchGT, "BRANCH_EQ": graph.BranchEQ, "BRANCH_NEQ": graph.BranchNEQ}

var aggregates = map[string]graph.Aggregate{"SUM": graph.AggSum, "AVERAGE": graph.AggAverage, "MIN": graph.AggMin, "MAX": graph.AggMax}

// nodeKey names a node of an ensemble of versions 1 and 3.
type nodeKey struct{ tree, node int64 }

// reals is a float attribute, or its double form, and whether it is that.
func (n *rawNode) reals(name string) (v []float64, double bool) {
	if t := n.tensor(name + "_as_tensor"); t != nil && t.DType.IsFloat() {
		v = make([]float64, t.Len())
		for i := range v {
			v[i] = t.At(i)
		}
		return v, t.DType == graph.Float64
	}
	for _, f := range n.floats(name) {
		v = append(v, float64(f))
	}
	return v, false
}

func treeRegressor(n *rawNode) error {
	a := &graph.TreeAttr{Targets: n.axis("n_targets", 1)}
	agg, ok := aggregates[n.str("aggregate_function", "SUM")]
	if !ok {
		return n.refuse("", "aggregate_function %q", n.str("aggregate_function", ""))
	}
	a.Aggregate = agg
	if err := n.flatTrees(a, "target"); err != nil {
		return err
	}
	return n.emitTrees(graph.TreeEnsemble, a)
}

func treeClassifier(n *rawNode) error {
	a := &graph.TreeAttr{Labels: n.labels()}
	if err := n.checkLabels(a.Labels, 1); err != nil {
		return err
	}
	a.Targets = a.Labels.Len()
	if err := n.flatTrees(a, "class"); err != nil {
		return err
	}
	n.binary(a)
	return n.emitTrees(graph.TreeEnsembleClassifier, a)
}

// binary brings ONNX Runtime's rules for one and two classes, which the standard leaves
// open, to the normal form. Where it answers 0 and 1 instead of the labels of two classes
// that both have scores, the labels are given; and two base values are both added.
func (n *rawNode) binary(a *graph.TreeAttr) {
	a.AllPositive = true
	var seen [2]bool
	for _, l := range a.Leaves {
		seen[min(l.Target, 1)] = true
		a.AllPositive = a.AllPositive && l.Weight >= 0
	}
	switch one := seen[0] != seen[1]; {
	case a.Targets == 1: // the answer is whether the score is positive
		a.Labels, a.Post = graph.Labels{}, single(a.Post)
	case a.Targets > 2:
	case one && len(a.Base) == 2:
		a.Binary = true
	case one && seen[0]:
		a.Binary = true
		if len(a.Base) == 1 { // a tree of one leaf: it is added last, like a base value
			a.Roots = append(a.Roots, int32(len(a.Nodes)))
			a.Nodes = append(a.Nodes, graph.TreeNode{First: int32(len(a.Leaves)), Num: 1})
			a.Leaves = append(a.Leaves, graph.LeafWeight{Weight: a.Base[0]})
			a.Base = nil
		}
	case one: // the first class has no score, and the only base value would be its own
		if len(a.Base) == 1 {
			a.Base = nil
		}
	default:
		a.AllPositive = false // the limit is 0 all the same
		if len(a.Base) == 1 {
			a.Base = []float64{a.Base[0], 0}
		}
	}
}

// single is the post transform of a single score: ONNX Runtime leaves it as it is but for
// PROBIT.
func single(p graph.Post) graph.Post {
	if p == graph.PostProbit {
		return p
	}
	return graph.PostNone
}

// emitTrees appends the node; versions 1 and 3 show float32 whatever they compute in.
func (n *rawNode) emitTrees(op graph.Op, a *graph.TreeAttr) error {
	if err := n.need(1, 1); err != nil {
		return err
	}
	if op == graph.TreeEnsemble && a.Targets == 1 {
		a.Post = single(a.Post)
	}
	return n.emit(op, a, n.ids...)
}

// flatTrees reads the attributes of versions 1 and 3; leaf weights are target_* or class_*.
func (n *rawNode) flatTrees(a *graph.TreeAttr, leaf string) error {
	post, err := n.post()
	if err != nil {
		return err
	}
	a.Post = post
	values, d1 := n.reals("nodes_values")
	weights, d2 := n.reals(leaf + "_weights")
	base, d3 := n.reals("base_values")
	a.Base, a.Double = base, d1 || d2 || d3
	if k := len(a.Base); k != 0 && k != a.Targets && (k != 1 || a.Targets != 2 || leaf != "class") {
		return n.refuse("", "%d base values for %d targets", k, a.Targets)
	}
	trees, ids, feat := n.ints("nodes_treeids"), n.ints("nodes_nodeids"), n.ints("nodes_featureids")
	yes, no, modes := n.ints("nodes_truenodeids"), n.ints("nodes_falsenodeids"), n.strings("nodes_modes")
	missing := n.ints("nodes_missing_value_tracks_true")
	count := len(ids)
	for _, l := range []int{len(trees), len(feat), len(yes), len(no), len(modes), len(values)} {
		if l != count || count == 0 {
			return n.refuse("", "node lists are empty or differ in length")
		}
	}
	if len(missing) != 0 && len(missing) != count {
		return n.refuse("", "node lists differ in length")
	}
	f := &forest{n: n, a: a, at: map[nodeKey]int{}}
	for i := range ids {
		k := nodeKey{trees[i], ids[i]}
		if _, ok := f.at[k]; ok {
			return n.refuse("", "tree %d has node %d twice", k.tree, k.node)
		}
		f.at[k] = i
		mode, ok := treeModes[modes[i]]
		if !ok {
			return n.refuse("", "node mode %q", modes[i])
		}
		if feat[i] < 0 || feat[i] > math.MaxInt32 {
			return n.refuse("", "feature %d", feat[i])
		}
		f.nodes = append(f.nodes, rawTreeNode{key: k, mode: mode, feature: int32(feat[i]), value: values[i],
			yes: nodeKey{k.tree, yes[i]}, no: nodeKey{k.tree, no[i]}, missing: len(missing) > 0 && missing[i] != 0})
	}
	if err := f.weigh(n.ints(leaf+"_treeids"), n.ints(leaf+"_nodeids"), n.ints(leaf+"_ids"), weights); err != nil {
		return err
	}
	return f.grow()
}

// rawTreeNode is a node as the file has it.
type rawTreeNode struct {
	key, yes, no nodeKey
	value        float64
	feature      int32
	mode         graph.TreeMode
	missing      bool
	leaves       []graph.LeafWeight
}

// forest turns raw nodes into the normal form.
type forest struct {
	n     *rawNode
	a     *graph.TreeAttr
	nodes []rawTreeNode
	at    map[nodeKey]int
}

// weigh attaches the weights to their leaves.
func (f *forest) weigh(trees, nodes, ids []int64, w []float64) error {
	if len(trees) != len(w) || len(nodes) != len(w) || len(ids) != len(w) {
		return f.n.refuse("", "weight lists differ in length")
	}
	for i := range w {
		k, ok := f.at[nodeKey{trees[i], nodes[i]}]
		if !ok {
			return f.n.refuse("", "weight for node %d of tree %d, which does not exist", nodes[i], trees[i])
		}
		if ids[i] < 0 || ids[i] >= int64(f.a.Targets) {
			return f.n.refuse("", "weight for target %d of %d", ids[i], f.a.Targets)
		}
		f.nodes[k].leaves = append(f.nodes[k].leaves, graph.LeafWeight{Target: int32(ids[i]), Weight: w[i]})
	}
	return nil
}

// grow finds the roots, the nodes that no other names, and writes the trees parents first.
func (f *forest) grow() error {
	child := make([]bool, len(f.nodes))
	for i := range f.nodes {
		if f.nodes[i].mode == graph.Leaf {
			continue
		}
		for _, k := range []nodeKey{f.nodes[i].yes, f.nodes[i].no} {
			c, ok := f.at[k]
			if !ok || c == i {
				return f.n.refuse("", "node %d of tree %d has the child %d", f.nodes[i].key.node, k.tree, k.node)
			}
			if child[c] {
				return f.n.refuse("", "node %d of tree %d has two parents", k.node, k.tree)
			}
			child[c] = true
		}
	}
	for i := range f.nodes {
		if !child[i] {
			f.a.Roots = append(f.a.Roots, int32(len(f.a.Nodes)))
			f.plant(i)
		}
	}
	if len(f.a.Nodes) != len(f.nodes) {
		return f.n.refuse("", "%d of %d tree nodes lie on a cycle", len(f.nodes)-len(f.a.Nodes), len(f.nodes))
	}
	return nil
}

// plant writes one tree in pre-order, the true branch first. Every node has one parent, so
// it ends.
func (f *forest) plant(root int) {
	type todo struct{ node, parent int }
	stack := []todo{{root, graph.None}}
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		r, id := &f.nodes[t.node], int32(len(f.a.Nodes))
		if t.parent >= 0 {
			p := &f.a.Nodes[t.parent]
			if p.True == 0 {
				p.True = id
			} else {
				p.False = id
			}
		}
		out := graph.TreeNode{Mode: r.mode, Threshold: r.value, Feature: r.feature, Missing: r.missing}
		if r.mode == graph.Leaf {
			out = graph.TreeNode{Mode: graph.Leaf, First: int32(len(f.a.Leaves)), Num: int32(len(r.leaves))}
			f.a.Leaves = append(f.a.Leaves, r.leaves...)
		} else {
			f.a.Features = max(f.a.Features, int(r.feature)+1)
			stack = append(stack, todo{f.at[r.no], int(id)}, todo{f.at[r.yes], int(id)})
		}
		f.a.Nodes = append(f.a.Nodes, out)
	}
}
