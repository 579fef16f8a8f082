package quant

import (
	"slipstream/policy/graph"
)

// Attention, softmax and argmax: what a policy head and a transformer block look like
// once exported.
var blockPasses = []pass{
	{"softmax dropped before argmax", softmaxBeforeArg},
	{"what is equal for all classes dropped before argmin", constBeforeArg},
	{"product, softmax, product becomes attention", attentionBlock},
	{"scaling moved behind a transposition", scaleAfterMove},
	{"scaling of queries or keys joins the attention's", scaleIntoAttention},
	{"attention's heads laid out by position", attentionRows},
}

// softmaxBeforeArg: softmax and its logarithm keep the order, so argmax does not need them.
func softmaxBeforeArg(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.ArgMax && n.Op != graph.ArgMin {
		return nil
	}
	s := r.made(n.In[0], graph.Softmax, graph.LogSoftmax)
	if s == nil {
		return nil
	}
	a, b := n.Attr.(graph.ArgAttr), s.Attr.(graph.SoftmaxAttr)
	rank := len(r.dims(n.In[0]))
	if wrapAxis(a.Axis, rank) != wrapAxis(b.Axis, rank) || b.Coerce2D {
		return nil
	}
	c := *n
	c.In = []int{s.In[0]}
	return []graph.Node{c}
}

// constBeforeArg: a sum with something that has one element along the axis leaves the
// position of the extreme where it is. K-means adds |x|^2 that way.
func constBeforeArg(r *rewriter, n *graph.Node) []graph.Node {
	if n.Op != graph.ArgMax && n.Op != graph.ArgMin {
		return nil
	}
	s := r.made(n.In[0], graph.Add)
	if s == nil {
		return nil
	}
	rank := len(r.dims(s.Out[0]))
	axis := wrapAxis(n.Attr.(graph.ArgAttr).Axis, rank)
	flat := func(v int) bool {
		d := r.dims(v)
		k := axis - (rank - len(d))
		return k < 0 || d[k] == 1
	}
	c := *n
	if _, keep, ok := either(s, flat); ok && sameShape(r.dims(keep), r.dims(s.Out[0])) {
		c.In = []int{keep}
		return []graph.Node{c}
	}
	// (flat + y) + c: the same one sum further in.
	in, other, ok := either(s, func(v int) bool {
		m := r.made(v, graph.Add)
		if m == nil {
			return false
		}
		_, _, ok := either(m, flat)
		return ok
	})
	if !ok {
		return nil
	}
	_, keep, _ := either(r.node(in), flat)
	if !sameShape(r.dims(keep), r.dims(s.Out[0])) {
		return nil
	}
	y := r.like(s.Out[0], ".arg", r.dims(s.Out[0])...)
	c.In = []int{y}
	return []graph.Node{{Op: graph.Add, Name: n.Name + ".sum", In: []int{keep, other}, Out: []int{y}}, c}
}

func wrapAxis(axis, rank int) int {
	if axis < 0 {
		return axis + rank
	}
	return axis
}

func sameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
