package float

import (
	"math"

	"slipstream/policy/graph"
)

// params maps each element of x to its element of scale and zero point: one for all, one
// per index along the axis, or one per block along it.
func (c *call) params(x, scale, zero *Tensor) ([]int, error) {
	a := c.n.Attr.(graph.QuantAttr)
	if zero != nil && zero.Len() != scale.Len() {
		return nil, c.bad("scale has dims %v, zero point %v", scale.Dims, zero.Dims)
	}
	idx := make([]int, x.Len())
	if scale.Len() == 1 {
		return idx, nil
	}
	axis, err := c.axis(a.Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	block, want := 1, []int{x.Dims[axis]}
	if a.Block > 0 {
		block, want = a.Block, append([]int{}, x.Dims...)
		want[axis] = (x.Dims[axis] + block - 1) / block
	}
	if scale.Rank() != len(want) || scale.Len() != graph.Count(want) {
		return nil, c.bad("scale has dims %v, input %v wants %v", scale.Dims, x.Dims, want)
	}
	_, n, inner := split3(x.Dims, axis)
	for i := range idx {
		k := i / inner % n
		if a.Block > 0 {
			o, in := i/(inner*n), i%inner
			idx[i] = (o*want[axis]+k/block)*inner + in
		} else {
			idx[i] = k
		}
	}
	return idx, nil
}

// quantizeLinear divides in float32 and rounds half to even, as the definition says.
func quantizeLinear(c *call) ([]*Tensor, error) {
	x, scale, zero := c.in[0], c.in[1], c.arg(2)
	if x.DType == graph.String || !scale.DType.IsFloat() {
		return nil, c.bad("inputs are %s and %s", x.DType, scale.DType)
	}
	idx, err := c.params(x, scale, zero)
	if err != nil {
		return nil, err
	}
	d := c.n.Attr.(graph.QuantAttr).Out
	if zero != nil {
		d = zero.DType
	}
	if !d.IsInt() || d == graph.Bool {
		return nil, c.bad("quantised type is %s, want an integer", d)
	}
	out, err := c.make(d, x.Dims...)
	if err != nil {
		return nil, err
	}
	for i, j := range idx {
		z := int64(0)
		if zero != nil {
			z = zero.I[j]
		}
		out.I[i] = requantize(float32(x.At(i))/float32(scale.At(j)), z, d)
	}
	return one(out, nil)
}

// requantize rounds half to even, adds the zero point and saturates.
func requantize(v float32, zero int64, d graph.DType) int64 {
	r := math.RoundToEven(float64(v))
	if r != r {
		r = 0
	}
	return saturate(int64(clamp(r, -(1<<40), 1<<40))+zero, d)
}

func dequantizeLinear(c *call) ([]*Tensor, error) {
	x, scale, zero := c.in[0], c.in[1], c.arg(2)
	if !x.DType.IsInt() || !scale.DType.IsFloat() || zero != nil && zero.DType != x.DType {
		return nil, c.bad("inputs are %s and %s, want integers and a float scale", x.DType, scale.DType)
	}
	idx, err := c.params(x, scale, zero)
	if err != nil {
		return nil, err
	}
	d := scale.DType
	if o := c.n.Attr.(graph.QuantAttr).Out; o.IsFloat() {
		d = o
	}
	out, err := c.make(d, x.Dims...)
	if err != nil {
		return nil, err
	}
	for i, j := range idx {
		v := x.I[i]
		if zero != nil {
			v -= zero.I[j]
		}
		set(out, i, float64(float32(v))*scale.At(j))
	}
	return one(out, nil)
}

// dynamicQuantizeLinear works in float32 step by step as ONNX defines it.
func dynamicQuantizeLinear(c *call) ([]*Tensor, error) {
	x := c.in[0]
	if x.DType != graph.Float32 {
		return nil, c.bad("input is %s, want float32", x.DType)
	}
	lo, hi := float32(0), float32(0)
	for _, v := range x.F {
		lo, hi = min(lo, v), max(hi, v)
	}
	out, err := c.make(graph.Uint8, x.Dims...)
	if err != nil {
		return nil, err
	}
	scale := (hi - lo) / 255
	zero := int64(0)
	if scale != 0 {
		zero = requantize(float32(clamp(float64(-lo/scale), 0, 255)), 0, graph.Uint8)
		for i, v := range x.F {
			out.I[i] = requantize(v/scale, zero, graph.Uint8)
		}
	}
	z := graph.New(graph.Uint8)
	z.I[0] = zero
	return []*Tensor{out, graph.Floats([]float32{scale}), z}, nil
}

// centred is an integer tensor less its zero point: one, or one per row (for the left
// matrix) or per column (for the right one).
func (c *call) centred(t, zero *Tensor, right bool) ([]int64, error) {
	if !t.DType.IsInt() || zero != nil && zero.DType != t.DType {
		return nil, c.bad("input is %s, want integers and a zero point of the same type", t.DType)
	}
	v := append([]int64{}, t.I...)
	if zero == nil {
		return v, nil
	}
	at, err := c.perLine(t, zero, right)
	if err != nil {
		return nil, err
	}
	for i := range v {
		v[i] -= zero.I[at(i)]
	}
	return v, nil
}

// perLine indexes a parameter of the left matrix's rows or the right one's columns.
func (c *call) perLine(t, p *Tensor, right bool) (func(i int) int, error) {
	if p.Len() == 1 {
		return func(int) int { return 0 }, nil
	}
	if t.Rank() == 0 {
		return nil, c.bad("parameter dims %v for a scalar", p.Dims)
	}
	cols := t.Dims[t.Rank()-1]
	rows := t.Len() / max(cols, 1)
	if right && p.Len() == cols {
		return func(i int) int { return i % cols }, nil
	}
	if !right && t.Rank() > 1 && (p.Len() == t.Dims[t.Rank()-2] || p.Len() == rows) {
		n := p.Len()
		return func(i int) int { return i / cols % n }, nil
	}
	if right && t.Rank() > 2 && p.Len() == t.Len()/max(t.Dims[t.Rank()-2], 1) {
		k := t.Dims[t.Rank()-2]
		return func(i int) int { return i/(cols*k)*cols + i%cols }, nil
	}
	return nil, c.bad("parameter dims %v do not fit %v", p.Dims, t.Dims)
}

func matMulInteger(c *call) ([]*Tensor, error) {
	p, err := c.plan(c.in[0], c.in[1])
	if err != nil {
		return nil, err
	}
	a, err := c.centred(c.in[0], c.arg(2), false)
	if err != nil {
		return nil, err
	}
	b, err := c.centred(c.in[1], c.arg(3), true)
	if err != nil {
		return nil, err
	}
	out, err := c.make(graph.Int32, p.dims...)
	if err != nil {
		return nil, err
	}
	for i, v := range sums(p, a, b) {
		out.I[i] = Wrap(v, graph.Int32)
	}
	return one(out, nil)
}

// qlinearMatMul: integer sums, then one float32 multiplier per element.
func qlinearMatMul(c *call) ([]*Tensor, error) {
	a, sa, b, sb, sy, zy := c.in[0], c.in[1], c.in[3], c.in[4], c.in[6], c.in[7]
	p, err := c.plan(a, b)
	if err != nil {
		return nil, err
	}
	va, err := c.centred(a, c.in[2], false)
	if err != nil {
		return nil, err
	}
	vb, err := c.centred(b, c.in[5], true)
	if err != nil {
		return nil, err
	}
	if !sa.DType.IsFloat() || !sb.DType.IsFloat() || !sy.DType.IsFloat() || !zy.DType.IsInt() || zy.Len() != sy.Len() {
		return nil, c.bad("scales must be floats and zero points integers")
	}
	out, err := c.make(zy.DType, p.dims...)
	if err != nil {
		return nil, err
	}
	m := &Tensor{Dims: []int{len(p.a), p.m, p.n}}
	la, err := c.perLine(m, sa, false)
	if err != nil {
		return nil, err
	}
	lb, err := c.perLine(m, sb, true)
	if err != nil {
		return nil, err
	}
	ly, err := c.perLine(m, sy, false)
	if err != nil {
		return nil, err
	}
	for i, v := range sums(p, va, vb) {
		mul := float32(sa.At(la(i))) * float32(sb.At(lb(i))) / float32(sy.At(ly(i)))
		out.I[i] = requantize(float32(v)*mul, zy.I[ly(i)], zy.DType)
	}
	return one(out, nil)
}
