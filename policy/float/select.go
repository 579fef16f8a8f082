package float

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"slipstream/policy/graph"
)

func concat(c *call) ([]*Tensor, error) {
	first := c.in[0]
	axis, err := c.axis(c.n.Attr.(graph.AxisAttr).Axis, first.Rank())
	if err != nil {
		return nil, err
	}
	dims := append([]int{}, first.Dims...)
	dims[axis] = 0
	for _, t := range c.in {
		if t.Rank() != len(dims) || t.DType != first.DType {
			return nil, c.bad("inputs %s %v and %s %v", first.DType, first.Dims, t.DType, t.Dims)
		}
		for i, d := range t.Dims {
			if i != axis && d != dims[i] {
				return nil, c.bad("inputs of dims %v and %v", first.Dims, t.Dims)
			}
		}
		dims[axis] += t.Dims[axis]
	}
	out, err := c.make(first.DType, dims...)
	if err != nil {
		return nil, err
	}
	outer, n, inner := split3(dims, axis)
	at := 0
	for _, t := range c.in {
		w := t.Dims[axis] * inner
		for o := range outer {
			for i := range w {
				put(out, (o*n+at)*inner+i, t, o*w+i)
			}
		}
		at += t.Dims[axis]
	}
	return one(out, nil)
}

func split(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.SplitAttr)
	axis, err := c.axis(at.Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	sizes, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	if c.arg(1) == nil && at.Parts == len(c.n.Out) {
		sizes = evenly(x.Dims[axis], at.Parts)
	}
	if len(sizes) != len(c.n.Out) {
		return nil, c.bad("%d pieces for %d outputs", len(sizes), len(c.n.Out))
	}
	outer, n, inner := split3(x.Dims, axis)
	outs, from := make([]*Tensor, len(sizes)), 0
	for k, s := range sizes {
		if s < 0 || s > n-from {
			return nil, c.bad("pieces %v of %d", sizes, n)
		}
		dims := append([]int{}, x.Dims...)
		dims[axis] = s
		if outs[k], err = c.make(x.DType, dims...); err != nil {
			return nil, err
		}
		for o := range outer {
			for i := range s * inner {
				put(outs[k], o*s*inner+i, x, (o*n+from)*inner+i)
			}
		}
		from += s
	}
	if from != n {
		return nil, c.bad("pieces %v of %d", sizes, n)
	}
	return outs, nil
}

// evenly cuts n into parts, the last smaller if it must be.
func evenly(n, parts int) []int {
	if parts <= 0 {
		return nil
	}
	each, sizes := (n+parts-1)/parts, make([]int, parts)
	for i := range sizes {
		sizes[i] = min(each, n)
		n -= sizes[i]
	}
	return sizes
}

func slice(c *call) ([]*Tensor, error) {
	x := c.in[0]
	var arg [4][]int
	for i := range arg {
		var err error
		if arg[i], err = c.ints(1 + i); err != nil {
			return nil, err
		}
	}
	starts, ends, axes, steps := arg[0], arg[1], arg[2], arg[3]
	if len(ends) != len(starts) || axes != nil && len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, c.bad("starts, ends, axes and steps differ in length")
	}
	if axes == nil && len(starts) > x.Rank() {
		return nil, c.bad("%d starts for %d dimensions", len(starts), x.Rank())
	}
	dims, st, base := append([]int{}, x.Dims...), strides(x.Dims), 0
	seen := make([]bool, x.Rank())
	for i := range starts {
		a, step := i, 1
		if axes != nil {
			var err error
			if a, err = c.axis(axes[i], x.Rank()); err != nil {
				return nil, err
			}
		}
		if steps != nil {
			step = steps[i]
		}
		if step == 0 || seen[a] {
			return nil, c.bad("step 0 or axis %d twice", a)
		}
		seen[a] = true
		from, n := bounds(starts[i], ends[i], step, x.Dims[a])
		if n > 0 {
			base += from * st[a]
			st[a] *= step
		}
		dims[a] = n
	}
	idx := walk(dims, st)
	for i := range idx {
		idx[i] += base
	}
	return one(c.pick(x, dims, idx))
}

// bounds is where a slice of n elements starts and how many it has.
func bounds(start, end, step, n int) (from, count int) {
	lo, hi := 0, n // the range start and end are clamped to
	if step < 0 {
		lo, hi = -1, n-1
	}
	fix := func(v int) int {
		if v < 0 {
			v = max(v+n, lo)
		}
		return min(max(v, lo), hi)
	}
	if step > 0 {
		from = fix(start)
		if d := fix(end) - from; d > 0 {
			return from, 1 + (d-1)/step
		}
		return 0, 0
	}
	from = fix(start)
	e := end
	if e < 0 {
		e = max(e+n, -1)
	}
	if d := from - min(e, hi); d > 0 && step > math.MinInt {
		return from, 1 + (d-1)/-step
	}
	return 0, 0
}

// index resolves a gather index.
func (c *call) index(v int64, n int) (int, error) {
	if v < int64(-n) || v >= int64(n) {
		return 0, c.bad("index %d of %d", v, n)
	}
	if v < 0 {
		v += int64(n)
	}
	return int(v), nil
}

func gather(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.in[1]
	axis, err := c.axis(c.n.Attr.(graph.AxisAttr).Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	if !at.DType.IsInt() {
		return nil, c.bad("indices are %s, want integers", at.DType)
	}
	outer, n, inner := split3(x.Dims, axis)
	dims := append(append(append([]int{}, x.Dims[:axis]...), at.Dims...), x.Dims[axis+1:]...)
	if err := c.b.room(dims); err != nil {
		return nil, err
	}
	idx := make([]int, 0, graph.Count(dims))
	for o := range outer {
		for _, v := range at.I {
			k, err := c.index(v, n)
			if err != nil {
				return nil, err
			}
			for i := range inner {
				idx = append(idx, (o*n+k)*inner+i)
			}
		}
	}
	return one(c.pick(x, dims, idx))
}

func gatherElements(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.in[1]
	axis, err := c.axis(c.n.Attr.(graph.AxisAttr).Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	if at.Rank() != x.Rank() || !at.DType.IsInt() {
		return nil, c.bad("indices are %s %v for dims %v", at.DType, at.Dims, x.Dims)
	}
	st := strides(x.Dims)
	along := st[axis]
	for i, d := range at.Dims {
		if i != axis && d > x.Dims[i] {
			return nil, c.bad("indices have dims %v for %v", at.Dims, x.Dims)
		}
	}
	st[axis] = 0
	idx := walk(at.Dims, st)
	for i, v := range at.I {
		k, err := c.index(v, x.Dims[axis])
		if err != nil {
			return nil, err
		}
		idx[i] += k * along
	}
	return one(c.pick(x, at.Dims, idx))
}

// arrayFeatureExtractor gathers along the last axis.
func arrayFeatureExtractor(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.in[1]
	if x.Rank() == 0 || !at.DType.IsInt() || at.Len() == 0 {
		return nil, c.bad("want an array and a list of indices")
	}
	dims := append([]int{}, x.Dims...)
	if x.Rank() == 1 {
		dims = []int{1, x.Dims[0]}
	}
	w := dims[len(dims)-1]
	rows := x.Len() / max(w, 1)
	dims[len(dims)-1] = at.Len()
	if err := c.b.room(dims); err != nil {
		return nil, err
	}
	idx := make([]int, 0, rows*at.Len())
	for r := range rows {
		for _, v := range at.I {
			k, err := c.index(v, w)
			if err != nil {
				return nil, err
			}
			idx = append(idx, r*w+k)
		}
	}
	return one(c.pick(x, dims, idx))
}

func topK(c *call) ([]*Tensor, error) {
	x, at := c.in[0], c.n.Attr.(graph.TopKAttr)
	axis, err := c.axis(at.Axis, x.Rank())
	if err != nil {
		return nil, err
	}
	ks, err := c.ints(1)
	if err != nil {
		return nil, err
	}
	outer, n, inner := split3(x.Dims, axis)
	if len(ks) != 1 || ks[0] < 0 || ks[0] > n || x.DType == graph.String {
		return nil, c.bad("k %v of %d", ks, n)
	}
	k := ks[0]
	dims := append([]int{}, x.Dims...)
	dims[axis] = k
	val, err := c.make(x.DType, dims...)
	if err != nil {
		return nil, err
	}
	at64 := graph.New(graph.Int64, dims...)
	better := graph.Less
	if at.Largest {
		better = graph.Greater
	}
	ord := make([]int, n)
	for o := range outer {
		for in := range inner {
			for i := range ord {
				ord[i] = i
			}
			pos := func(i int) int { return (o*n+i)*inner + in }
			sort.SliceStable(ord, func(a, b int) bool { return compare(better, x, pos(ord[a]), x, pos(ord[b])) })
			for i := range k {
				put(val, (o*k+i)*inner+in, x, pos(ord[i]))
				at64.I[(o*k+i)*inner+in] = int64(ord[i])
			}
		}
	}
	return []*Tensor{val, at64}, nil
}

func cast(c *call) ([]*Tensor, error) {
	x, to := c.in[0], c.n.Attr.(graph.CastAttr).To
	if !to.Known() {
		return nil, c.bad("target is %s", to)
	}
	out, err := c.make(to, x.Dims...)
	if err != nil {
		return nil, err
	}
	for i := range x.Len() {
		switch {
		case x.DType == to:
			put(out, i, x, i)
		case to == graph.String:
			out.S[i] = format(x, i)
		case x.DType == graph.String:
			v, err := strconv.ParseFloat(x.S[i], 64)
			if err != nil {
				return nil, c.bad("%q is not a number", x.S[i])
			}
			set(out, i, v)
		case x.DType.IsInt() && to.IsInt() && to != graph.Bool:
			out.I[i] = Wrap(x.I[i], to)
		default:
			set(out, i, x.At(i))
		}
	}
	return one(out, nil)
}

// format writes a number as Python does, which is what ONNX's own tests expect.
func format(x *Tensor, i int) string {
	if x.DType == graph.Bool {
		return []string{"False", "True"}[x.I[i]&1]
	}
	if x.DType.IsInt() {
		return strconv.FormatInt(x.I[i], 10)
	}
	bits, v := 32, x.At(i)
	if x.DType == graph.Float64 {
		bits = 64
	}
	switch {
	case v != v:
		return "nan"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(v, 'g', -1, bits)), "+")
	}
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(v, 'e', -1, bits)
	}
	s := strconv.FormatFloat(v, 'f', -1, bits)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
