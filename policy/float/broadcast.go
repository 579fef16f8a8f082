package float

import "slipstream/policy/graph"

// broadcastDims is numpy's rule: dims are aligned at the end, 1 stretches.
func (c *call) broadcastDims(ts ...*Tensor) ([]int, error) {
	rank := 0
	for _, t := range ts {
		rank = max(rank, t.Rank())
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, t := range ts {
		off := rank - t.Rank()
		for i, d := range t.Dims {
			switch {
			case d == out[off+i] || d == 1:
			case out[off+i] == 1:
				out[off+i] = d
			default:
				return nil, c.bad("dims %v do not broadcast with %v", t.Dims, ts[0].Dims)
			}
		}
	}
	return out, nil
}

// stretch lists, for each element of dims, the index of the element of a tensor of dims
// from that broadcasts to it.
func stretch(from, dims []int) []int {
	strides := make([]int, len(dims))
	off, s := len(dims)-len(from), 1
	for i := len(from) - 1; i >= 0; i-- {
		if from[i] != 1 {
			strides[off+i] = s
		}
		s *= from[i]
	}
	return walk(dims, strides)
}

// walk lists the offsets of all positions of dims under the given strides.
func walk(dims, strides []int) []int {
	idx := make([]int, graph.Count(dims))
	if len(idx) == 0 {
		return idx
	}
	pos := make([]int, len(dims))
	at := 0
	for i := range idx {
		idx[i] = at
		for k := len(dims) - 1; k >= 0; k-- {
			pos[k]++
			at += strides[k]
			if pos[k] < dims[k] {
				break
			}
			at -= strides[k] * dims[k]
			pos[k] = 0
		}
	}
	return idx
}

// strides are the row-major strides of dims.
func strides(dims []int) []int {
	s := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		s[i] = n
		n *= dims[i]
	}
	return s
}

// put copies element j of src to element i of dst, of one type.
func put(dst *Tensor, i int, src *Tensor, j int) {
	switch {
	case dst.DType == graph.String:
		dst.S[i] = src.S[j]
	case dst.DType == graph.Float64:
		dst.D[i] = src.D[j]
	case dst.DType.IsFloat():
		dst.F[i] = src.F[j]
	default:
		dst.I[i] = src.I[j]
	}
}

// pick is a tensor of dims whose element i is t's element idx[i].
func (c *call) pick(t *Tensor, dims []int, idx []int) (*Tensor, error) {
	out, err := c.make(t.DType, dims...)
	if err != nil {
		return nil, err
	}
	for i, j := range idx {
		put(out, i, t, j)
	}
	return out, nil
}

// view is t with other dims of the same count; the data is shared.
func view(t *Tensor, dims []int) *Tensor {
	v := *t
	v.Dims = append([]int{}, dims...)
	return &v
}

// split3 counts the elements before, along and after an axis.
func split3(dims []int, axis int) (outer, n, inner int) {
	return graph.Count(dims[:axis]), dims[axis], graph.Count(dims[axis+1:])
}
