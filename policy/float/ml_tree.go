package float

import (
	"math"

	"slipstream/policy/graph"
)

// leaf walks a tree for the row of x at offset base.
func leaf(a *graph.TreeAttr, root int32, x *Tensor, base int) *graph.TreeNode {
	n := &a.Nodes[root]
	for n.Mode != graph.Leaf {
		v := x.At(base + int(n.Feature))
		if branch(n.Mode, v, n.Threshold) || n.Missing && v != v {
			n = &a.Nodes[n.True]
		} else {
			n = &a.Nodes[n.False]
		}
	}
	return n
}

func branch(m graph.TreeMode, v, t float64) bool {
	switch m {
	case graph.BranchLEQ:
		return v <= t
	case graph.BranchLT:
		return v < t
	case graph.BranchGTE:
		return v >= t
	case graph.BranchGT:
		return v > t
	case graph.BranchEQ:
		return v == t
	}
	return v != t
}

// sum gives the aggregated score of each target and whether any leaf spoke for it.
func (a *rounded) sum(x *Tensor, base int) (score []float64, spoke []bool) {
	score, spoke = make([]float64, a.Targets), make([]bool, a.Targets)
	for _, r := range a.Roots {
		n := leaf(a.TreeAttr, r, x, base)
		for _, w := range a.Leaves[n.First : n.First+n.Num] {
			t := w.Target
			switch {
			case a.Aggregate == graph.AggMin && spoke[t]:
				score[t] = math.Min(score[t], w.Weight)
			case a.Aggregate == graph.AggMax && spoke[t]:
				score[t] = math.Max(score[t], w.Weight)
			default:
				score[t] = a.round(score[t] + w.Weight)
			}
			spoke[t] = true
		}
	}
	return score, spoke
}

// trees checks the input and sums every row.
func (c *call) trees() (a *rounded, scores [][]float64, spoke [][]bool, err error) {
	x := c.in[0]
	a = &rounded{c.n.Attr.(*graph.TreeAttr)}
	n, w, err := c.rows(x)
	if err != nil {
		return nil, nil, nil, err
	}
	if a.Features > w {
		return nil, nil, nil, c.bad("trees use feature %d, the input has %d", a.Features-1, w)
	}
	if err := c.b.Spend(max(n, 1), len(a.Roots)+1, 64); err != nil {
		return nil, nil, nil, err
	}
	if err := c.b.room([]int{n, a.Targets}); err != nil {
		return nil, nil, nil, err
	}
	scores, spoke = make([][]float64, n), make([][]bool, n)
	for i := range scores {
		scores[i], spoke[i] = a.sum(x, i*w)
	}
	return a, scores, spoke, nil
}

// rounded is a tree ensemble with its precision.
type rounded struct{ *graph.TreeAttr }

func (a *rounded) round(v float64) float64 {
	if a.Double {
		return v
	}
	return float64(float32(v))
}

// dtype is that of the output: float64 only where the input is too.
func (a *rounded) dtype(in graph.DType) graph.DType {
	if a.Double && in == graph.Float64 {
		return graph.Float64
	}
	return graph.Float32
}

func (a *rounded) base(k int) float64 {
	if len(a.Base) == 0 {
		return 0
	}
	return a.Base[k]
}

func treeEnsemble(c *call) ([]*Tensor, error) {
	a, scores, _, err := c.trees()
	if err != nil {
		return nil, err
	}
	out, err := c.make(a.dtype(c.in[0].DType), len(scores), a.Targets)
	if err != nil {
		return nil, err
	}
	for i, s := range scores {
		for t := range s {
			if a.Aggregate == graph.AggAverage {
				s[t] = a.round(s[t] / float64(max(len(a.Roots), 1)))
			}
			s[t] = a.round(s[t] + a.base(t))
		}
		for t, v := range finish(s, a.Post, secondNone) {
			set(out, i*a.Targets+t, v)
		}
	}
	return one(out, nil)
}

// treeClassifier follows ONNX Runtime in the two-class cases, which the standard leaves open.
func treeClassifier(c *call) ([]*Tensor, error) {
	a, scores, spoke, err := c.trees()
	if err != nil {
		return nil, err
	}
	res := newLabelled(&a.Labels, len(scores))
	for i, s := range scores {
		k, shown := a.classify(s, spoke[i])
		res.label(i, k, &a.Labels)
		res.scores[i] = shown
	}
	return c.labelled(res, graph.Float32, a.Targets)
}

func (a *rounded) classify(s []float64, spoke []bool) (int, []float64) {
	if !a.FirstMax && a.Binary {
		return a.classifyBinary(s[0] + s[1])
	}
	for k := range s {
		s[k] = a.round(s[k] + a.base(k))
	}
	shown := finish(s, a.Post, secondNone)
	switch {
	case a.Targets == 1: // one score, two classes
		return above(s[0], 0), shown
	case a.FirstMax:
		return best(s), shown
	case a.Targets != 2:
		return a.loudest(s, spoke), shown
	case spoke[1]:
		return above(s[1], a.limit()), shown
	}
	return above(s[0], a.limit()), shown
}

// limit is the score above which the second of two classes is chosen.
func (a *rounded) limit() float64 {
	if a.AllPositive {
		return 0.5
	}
	return 0
}

func above(v, limit float64) int {
	if v > limit {
		return 1
	}
	return 0
}

// loudest is the first class with the highest score among those that a leaf or a base
// value spoke for; a class without either does not win with its zero.
func (a *rounded) loudest(s []float64, spoke []bool) int {
	if len(a.Base) > 0 {
		return best(s)
	}
	k := -1
	for i, v := range s {
		if spoke[i] && (k < 0 || v > s[k]) {
			k = i
		}
	}
	return max(k, 0)
}

// classifyBinary has one score for both classes.
func (a *rounded) classifyBinary(v float64) (int, []float64) {
	if len(a.Base) == 2 {
		v = a.round(v + a.Base[1])
		return above(v, a.limit()), finish([]float64{-v, v}, a.Post, secondNone)
	}
	add := secondNegative
	if a.AllPositive {
		add = secondComplement
	}
	v = a.round(v)
	return above(v, a.limit()), finish([]float64{v}, a.Post, add)
}
