package quant

import (
	"slipstream/policy/float"
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// indexes runs a moving node on the positions of its inputs' elements, counted through
// from the first input in xs to the last, and gives the positions that end up in v.
func (l *lowerer) indexes(n *graph.Node, xs []int, v int) ([]int32, bool) {
	in := make([]*graph.Tensor, len(n.In))
	next := int64(0)
	for k, x := range n.In {
		switch {
		case x == graph.None:
		case k < len(xs):
			t := graph.New(graph.Int64, l.dims(x)...)
			for i := range t.I {
				t.I[i] = next
				next++
			}
			in[k] = t
		default:
			if in[k] = l.value(x); in[k] == nil {
				return nil, false
			}
		}
	}
	out, err := float.Eval(n, in, float.NewBudget())
	if err != nil {
		return nil, false
	}
	for k, o := range n.Out {
		if o != v {
			continue
		}
		idx := make([]int32, out[k].Len())
		for i := range idx {
			idx[i] = int32(out[k].At(i))
		}
		return idx, true
	}
	return nil, false
}

// emitConcat joins values in one form; each part is brought to the result's quantisation.
func (l *lowerer) emitConcat(n *graph.Node, v int, k kind) program.Buf {
	idx, ok := l.indexes(n, n.In, v)
	if !ok {
		refuse(n, "", "inputs cannot be joined")
	}
	var parts []program.Buf
	for _, x := range n.In {
		if graph.Count(l.dims(x)) == 0 {
			continue
		}
		parts = append(parts, l.as(x, v, k))
	}
	b := parts[0]
	if len(parts) > 1 {
		b = l.b.Concat(parts...)
	}
	return l.move(b, compose(origin{root: v}, idx, int(b.N)))
}

// as is x in form k with the quantisation of v.
func (l *lowerer) as(x, v int, k kind) program.Buf {
	b := l.get(x, k)
	qx, qv := l.q(x, k), l.q(v, k)
	if k == asF32 || k == asI32 || qx.scale == qv.scale && qx.zero == qv.zero {
		return b
	}
	return l.b.Requant(b, qx.zero, ratio(qx.scale, qv.scale), qv.rng(k))
}

// spread is x in float32 broadcast to dims: one element, or all of them.
func (l *lowerer) spread(x int, dims []int) program.Buf {
	b := l.get(x, asF32)
	xd := l.dims(x)
	if b.N == 1 || sameShape(xd, dims) || int(b.N) == graph.Count(dims) {
		return b
	}
	return l.b.Gather(b, stretch(xd, dims))
}

// stretch lists for each element of the broadcast dims the element of x it shows.
func stretch(xd, dims []int) []int32 {
	idx := make([]int32, graph.Count(dims))
	pos := make([]int, len(dims))
	for i := range idx {
		at := 0
		for a := range xd {
			p := pos[len(dims)-len(xd)+a]
			if xd[a] == 1 {
				p = 0
			}
			at = at*xd[a] + p
		}
		idx[i] = int32(at)
		for a := len(dims) - 1; a >= 0; a-- {
			if pos[a]++; pos[a] < dims[a] {
				break
			}
			pos[a] = 0
		}
	}
	return idx
}
