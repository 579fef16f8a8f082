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

// compile fills Thresholds, Inputs and Nodes. It returns what is wrong, or "".
func (t *Trees) compile(nodes []FloatNode, features int) string {
	type key struct {
		feature int32
		nanLow  bool
	}
	sets := map[key][]float32{}
	for i := range nodes {
		n := &nodes[i]
		switch {
		case n.Feature < 0 || int(n.Feature) >= features:
			return "a feature is out of range"
		case n.Threshold != n.Threshold:
			return "a threshold is not a number"
		case n.Mode > TreeNEQ:
			return "a test is unknown"
		}
		list, _ := n.tests()
		for _, ts := range list {
			k := key{n.Feature, ts.nanLow}
			sets[k] = append(sets[k], ts.t)
		}
	}
	keys := make([]key, 0, len(sets))
	for k := range sets {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, c := keys[i], keys[j]
		return a.feature < c.feature || a.feature == c.feature && !a.nanLow && c.nanLow
	})
	inputs := map[key]int{}
	t.Thresholds, t.Inputs, t.Nodes = nil, nil, nil
	for _, k := range keys {
		s := sets[k]
		slices.Sort(s)
		s = slices.CompactFunc(s, func(a, c float32) bool { return a == c })
		inputs[k] = len(t.Inputs)
		t.Inputs = append(t.Inputs, TreeInput{k.feature, int32(len(t.Thresholds)), int32(len(s)), k.nanLow})
		t.Thresholds = append(t.Thresholds, s...)
		sets[k] = s
	}
	if len(t.Inputs) > 1<<16 {
		return "too many features"
	}
	// at[i] is where node i begins: an equality takes two places.
	at := make([]int32, len(nodes)+1)
	for i := range nodes {
		list, _ := nodes[i].tests()
		at[i+1] = at[i] + int32(len(list))
	}
	bad := false
	child := func(c int32) int32 {
		if c < 0 {
			return c
		}
		if int(c) >= len(nodes) {
			bad = true
			return 0
		}
		return at[c]
	}
	for i := range nodes {
		n := &nodes[i]
		yes, no := child(n.True), child(n.False)
		list, swap := n.tests()
		for j, one := range list {
			k := key{n.Feature, one.nanLow}
			pos, _ := slices.BinarySearch(sets[k], one.t)
			node := TreeNode{Input: uint16(inputs[k]), Rank: uint16(2 * pos)}
			if one.inclusive {
				node.Rank++
			}
			node.True, node.False = n.children(j, len(list), swap, yes, no, at[i]+1)
			t.Nodes = append(t.Nodes, node)
		}
	}
	t.Roots = slices.Clone(t.Roots)
	for i, r := range t.Roots {
		t.Roots[i] = child(r)
	}
	if bad {
		return "a child is out of range"
	}
	return ""
}
