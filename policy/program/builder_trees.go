package program

import (
	"math"
	"slices"
	"sort"
)

// TreeMode is the test of a float branch: x MODE threshold.
type TreeMode uint8

// The tests.
const (
	TreeLEQ TreeMode = iota
	TreeLT
	TreeGTE
	TreeGT
	TreeEQ
	TreeNEQ
)

// FloatNode is a branch as model files have it. The float32 feature is compared in
// float64. NaN goes to True with Missing, otherwise it fails every test but TreeNEQ. A
// child >= 0 is a node behind this one, a negative one the leaf ^child.
type FloatNode struct {
	Threshold   float64
	Feature     int32
	True, False int32
	Mode        TreeMode
	Missing     bool
}

// Trees adds a forest given by float nodes: it ranks the thresholds and rewrites every
// test as rank <= r. in carries Roots, the leaves, Base, Aggregate and Double.
func (b *Builder) Trees(x Buf, targets int, nodes []FloatNode, in Trees) Buf {
	if err := in.compile(nodes, int(x.N)); err != "" {
		return b.failf("trees: %s", err)
	}
	in.X, in.Y = x, b.Scratch(F32, targets)
	b.Emit(&in)
	return in.Y
}

// below is the largest float32 not above T; exact if it is T itself.
func below(threshold float64) (t float32, exact bool) {
	t = float32(threshold)
	if float64(t) > threshold {
		t = math.Nextafter32(t, float32(math.Inf(-1)))
	}
	return t, float64(t) == threshold
}

// test is x <= t (inclusive) or x < t, with NaN passing or failing.
type test struct {
	t         float32
	inclusive bool
	nanLow    bool // NaN passes
}

// tests rewrites a branch as one test, or as two for an equality: x <= t, then x < t.
// With swap the branch is true where the (one) test fails. For float32 x and t the
// largest float32 below an inexact T, x <= T and x < T are both x <= t.
func (n *FloatNode) tests() (list []test, swap bool) {
	t, exact := below(n.Threshold)
	switch n.Mode {
	case TreeLEQ:
		return []test{{t, true, n.Missing}}, false
	case TreeLT:
		return []test{{t, !exact, n.Missing}}, false
	case TreeGT:
		return []test{{t, true, !n.Missing}}, true
	case TreeGTE:
		return []test{{t, !exact, !n.Missing}}, true
	}
	missing := n.Missing && n.Mode == TreeEQ // NaN != t is true anyway
	if !exact {                              // no float32 equals T: x < -Inf never holds
		return []test{{float32(math.Inf(-1)), false, missing}}, n.Mode == TreeNEQ
	}
	return []test{{t, true, missing}, {t, false, false}}, false
}

// children are those of test j of a branch that goes to yes or no; next is the place of
// the second test.
func (n *FloatNode) children(j, tests int, swap bool, yes, no, next int32) (pass, miss int32) {
	switch {
	case tests == 1 && swap:
		return no, yes
	case tests == 1:
		return yes, no
	}
	if n.Mode == TreeNEQ {
		yes, no = no, yes
	}
	if j == 0 { // above t: not equal
		return next, no
	}
	return no, yes
}

// rankKey names a ranked input: nodes that let NaN pass and nodes that do not look at
// different ranks of the same feature.
type rankKey struct {
	feature int32
	nanLow  bool
}

// treeCompiler turns float nodes into ranked ones.
type treeCompiler struct {
	nodes  []FloatNode
	sets   map[rankKey][]float32 // ascending, distinct
	inputs map[rankKey]int
	at     []int32 // where each node begins: an equality takes two places
}

// compile fills Thresholds, Inputs and Nodes. It returns what is wrong, or "".
func (t *Trees) compile(nodes []FloatNode, features int) string {
	c := &treeCompiler{nodes: nodes, sets: map[rankKey][]float32{}, inputs: map[rankKey]int{}, at: make([]int32, len(nodes)+1)}
	if fault := c.collect(features); fault != "" {
		return fault
	}
	c.rank(t)
	if len(t.Inputs) > 1<<16 {
		return "too many features"
	}
	t.Nodes = nil
	for i := range nodes {
		c.emit(t, i)
	}
	t.Roots = slices.Clone(t.Roots)
	for i, r := range t.Roots {
		if int(r) >= len(nodes) {
			return "a root is out of range"
		}
		t.Roots[i] = c.child(r)
	}
	return ""
}

// collect gathers the thresholds of every input and the places of the nodes.
func (c *treeCompiler) collect(features int) string {
	for i := range c.nodes {
		n := &c.nodes[i]
		switch {
		case n.Feature < 0 || int(n.Feature) >= features:
			return "a feature is out of range"
		case n.Threshold != n.Threshold:
			return "a threshold is not a number"
		case n.Mode > TreeNEQ:
			return "a test is unknown"
		case int(n.True) >= len(c.nodes) || int(n.False) >= len(c.nodes):
			return "a child is out of range"
		}
		list, _ := n.tests()
		for _, ts := range list {
			k := rankKey{n.Feature, ts.nanLow}
			c.sets[k] = append(c.sets[k], ts.t)
		}
		c.at[i+1] = c.at[i] + int32(len(list))
	}
	return ""
}

// rank orders inputs and thresholds.
func (c *treeCompiler) rank(t *Trees) {
	keys := make([]rankKey, 0, len(c.sets))
	for k := range c.sets {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		return a.feature < b.feature || a.feature == b.feature && !a.nanLow && b.nanLow
	})
	t.Thresholds, t.Inputs = nil, nil
	for _, k := range keys {
		s := c.sets[k]
		slices.Sort(s)
		s = slices.CompactFunc(s, func(a, b float32) bool { return a == b }) // the zeros are one
		c.sets[k], c.inputs[k] = s, len(t.Inputs)
		t.Inputs = append(t.Inputs, TreeInput{k.feature, int32(len(t.Thresholds)), int32(len(s)), k.nanLow})
		t.Thresholds = append(t.Thresholds, s...)
	}
}

// child is where a node begins; leaves stay.
func (c *treeCompiler) child(i int32) int32 {
	if i < 0 {
		return i
	}
	return c.at[i]
}

// emit appends the ranked tests of node i.
func (c *treeCompiler) emit(t *Trees, i int) {
	n := &c.nodes[i]
	yes, no := c.child(n.True), c.child(n.False)
	list, swap := n.tests()
	for j, one := range list {
		k := rankKey{n.Feature, one.nanLow}
		pos, _ := slices.BinarySearch(c.sets[k], one.t)
		node := TreeNode{Input: uint16(c.inputs[k]), Rank: uint16(2 * pos)}
		if one.inclusive {
			node.Rank++
		}
		node.True, node.False = n.children(j, len(list), swap, yes, no, c.at[i]+1)
		t.Nodes = append(t.Nodes, node)
	}
}
