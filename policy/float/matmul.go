package float

import "slipstream/policy/graph"

// product is numpy's matmul on two views with given accessors.
type product struct {
	dims    []int // of the result
	m, k, n int
	a, b    []int // offsets of the matrices of each batch
}

// plan works out batches and checks dims.
func (c *call) plan(a, b *Tensor) (*product, error) {
	da, db := a.Dims, b.Dims
	if len(da) == 0 || len(db) == 0 {
		return nil, c.bad("a scalar input")
	}
	rowOnly, colOnly := len(da) == 1, len(db) == 1
	if rowOnly {
		da = []int{1, da[0]}
	}
	if colOnly {
		db = []int{db[0], 1}
	}
	p := &product{m: da[len(da)-2], k: da[len(da)-1], n: db[len(db)-1]}
	if db[len(db)-2] != p.k {
		return nil, c.bad("dims %v do not multiply with %v", a.Dims, b.Dims)
	}
	batch, err := c.broadcastDims(&Tensor{Dims: da[:len(da)-2]}, &Tensor{Dims: db[:len(db)-2]})
	if err != nil {
		return nil, err
	}
	if err := c.b.room(batch); err != nil {
		return nil, err
	}
	p.a, p.b = stretch(da[:len(da)-2], batch), stretch(db[:len(db)-2], batch)
	p.dims = append([]int{}, batch...)
	if !rowOnly {
		p.dims = append(p.dims, p.m)
	}
	if !colOnly {
		p.dims = append(p.dims, p.n)
	}
	return p, c.b.Spend(graph.Count(batch), p.m, p.n, p.k)
}

// sums computes the products of two arrays.
func sums[T int64 | float64](p *product, a, b []T) []T {
	out := make([]T, len(p.a)*p.m*p.n)
	for q := range p.a {
		ma, mb, mo := a[p.a[q]*p.m*p.k:], b[p.b[q]*p.k*p.n:], out[q*p.m*p.n:]
		for i := range p.m {
			row := mo[i*p.n : (i+1)*p.n]
			for k := range p.k {
				v := ma[i*p.k+k]
				for j := range row {
					row[j] += v * mb[k*p.n+j]
				}
			}
		}
	}
	return out
}

func matMul(c *call) ([]*Tensor, error) {
	a, b := c.in[0], c.in[1]
	if a.DType != b.DType || a.DType == graph.String {
		return nil, c.bad("inputs are %s and %s, want one type of number", a.DType, b.DType)
	}
	p, err := c.plan(a, b)
	if err != nil {
		return nil, err
	}
	out, err := c.make(a.DType, p.dims...)
	if err != nil {
		return nil, err
	}
	if a.DType.IsInt() {
		for i, v := range sums(p, a.I, b.I) {
			out.I[i] = Wrap(v, a.DType)
		}
		return one(out, nil)
	}
	for i, v := range sums(p, reals(a), reals(b)) {
		set(out, i, v)
	}
	return one(out, nil)
}

func gemm(c *call) ([]*Tensor, error) {
	at := c.n.Attr.(graph.GemmAttr)
	a, err := c.matrix(c.in[0], at.TransA)
	if err != nil {
		return nil, err
	}
	b, err := c.matrix(c.in[1], at.TransB)
	if err != nil {
		return nil, err
	}
	bias := c.arg(2)
	if a.DType != b.DType || bias != nil && bias.DType != a.DType || a.DType == graph.String {
		return nil, c.bad("inputs are not of one type of number")
	}
	p, err := c.plan(a, b)
	if err != nil {
		return nil, err
	}
	out, err := c.make(a.DType, p.dims...)
	if err != nil {
		return nil, err
	}
	acc := sums(p, reals(a), reals(b))
	for i := range acc {
		acc[i] *= float64(at.Alpha)
	}
	if bias != nil {
		d, err := c.broadcastDims(out, bias)
		if err != nil || graph.Count(d) != out.Len() || len(d) != 2 {
			return nil, c.bad("bias dims %v do not broadcast to %v", bias.Dims, out.Dims)
		}
		for i, j := range stretch(bias.Dims, out.Dims) {
			acc[i] += float64(at.Beta) * bias.At(j)
		}
	}
	for i, v := range acc {
		set(out, i, v)
	}
	return one(out, nil)
}

// matrix checks the rank and transposes if asked.
func (c *call) matrix(t *Tensor, trans bool) (*Tensor, error) {
	if t.Rank() != 2 {
		return nil, c.bad("dims %v, want a matrix", t.Dims)
	}
	if !trans {
		return t, nil
	}
	m, n := t.Dims[0], t.Dims[1]
	return c.pick(t, []int{n, m}, walk([]int{n, m}, []int{1, n}))
}
