package float

import (
	"math"

	"slipstream/policy/graph"
)

// linearScores is x * Coef^T + Intercept, row by row.
func (c *call) linearScores() ([][]float64, error) {
	a, x := c.n.Attr.(*graph.LinearAttr), c.in[0]
	n, w, err := c.rows(x)
	if err != nil {
		return nil, err
	}
	if a.Targets <= 0 || len(a.Coef) != a.Targets*w || len(a.Intercept) != 0 && len(a.Intercept) != a.Targets {
		return nil, c.bad("%d coefficients and %d intercepts for %d features and %d targets", len(a.Coef), len(a.Intercept), w, a.Targets)
	}
	if err := c.b.Spend(n, a.Targets, w); err != nil {
		return nil, err
	}
	if err := c.b.room([]int{n, a.Targets}); err != nil {
		return nil, err
	}
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, a.Targets)
		for t := range rows[i] {
			s := 0.0
			for k := range w {
				s += x.At(i*w+k) * float64(a.Coef[t*w+k])
			}
			if len(a.Intercept) > 0 {
				s += float64(a.Intercept[t])
			}
			rows[i][t] = s
		}
	}
	return rows, nil
}

func linearRegressor(c *call) ([]*Tensor, error) {
	rows, err := c.linearScores()
	if err != nil {
		return nil, err
	}
	a := c.n.Attr.(*graph.LinearAttr)
	out, err := c.make(graph.Float32, len(rows), a.Targets)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		for t, v := range finish(r, a.Post, secondNone) {
			set(out, i*a.Targets+t, v)
		}
	}
	return one(out, nil)
}

func linearClassifier(c *call) ([]*Tensor, error) {
	rows, err := c.linearScores()
	if err != nil {
		return nil, err
	}
	a := c.n.Attr.(*graph.LinearAttr)
	res := newLabelled(&a.Labels, len(rows))
	for i, r := range rows {
		k, add := best(r), secondNone
		if a.Targets == 1 {
			k = 0
			if r[0] > 0 {
				k = 1
			}
			if a.Labels.Len() == 2 {
				add = secondComplement
				if a.Post == graph.PostLogistic {
					add = secondNegative // [sigmoid(-s), sigmoid(s)]
				}
			}
			res.binary(i, k, &a.Labels)
		} else {
			res.label(i, k, &a.Labels)
		}
		res.scores[i] = finish(r, a.Post, add)
	}
	return c.labelled(res, graph.Float32, max(a.Targets, a.Labels.Len()))
}

// binary stores the class of a one-score model: its labels only if there are two.
func (r *labelled) binary(i, k int, l *graph.Labels) {
	if l.Len() == 2 {
		r.label(i, k, l)
	} else {
		r.label(i, k, &graph.Labels{})
	}
}

// perFeature picks parameter k of a list of one or one per feature.
func perFeature[T any](v []T, k int) T {
	if len(v) == 1 {
		return v[0]
	}
	return v[k]
}

// lastDim is the number of features of an input for element-wise ml operators.
func lastDim(t *Tensor) int {
	if t.Rank() == 0 {
		return 1
	}
	return t.Dims[t.Rank()-1]
}

func scaler(c *call) ([]*Tensor, error) {
	a, x := c.n.Attr.(graph.ScalerAttr), c.in[0]
	w := lastDim(x)
	if x.DType == graph.String || len(a.Offset) != 1 && len(a.Offset) != w || len(a.Scale) != 1 && len(a.Scale) != w {
		return nil, c.bad("%d offsets and %d scales for %d features", len(a.Offset), len(a.Scale), w)
	}
	out, err := c.make(graph.Float32, x.Dims...)
	if err != nil {
		return nil, err
	}
	for i := range out.F {
		out.F[i] = (float32(x.At(i)) - perFeature(a.Offset, i%w)) * perFeature(a.Scale, i%w)
	}
	return one(out, nil)
}

// normalizer divides each row by its norm; a row of norm 0 stays.
func normalizer(c *call) ([]*Tensor, error) {
	x, kind := c.in[0], c.n.Attr.(graph.NormalizerAttr).Norm
	if _, _, err := c.rows(x); err != nil {
		return nil, err
	}
	out, err := c.make(graph.Float32, x.Dims...)
	if err != nil {
		return nil, err
	}
	w := lastDim(x)
	for r := 0; r+w <= x.Len() && w > 0; r += w {
		norm := 0.0
		if kind == graph.NormMax {
			norm = math.Inf(-1)
		}
		for i := r; i < r+w; i++ {
			v := x.At(i)
			switch kind {
			case graph.NormL1:
				norm += math.Abs(v)
			case graph.NormL2:
				norm += v * v
			default:
				norm = math.Max(norm, v)
			}
		}
		if kind == graph.NormL2 {
			norm = math.Sqrt(norm)
		}
		if norm == 0 {
			norm = 1
		}
		for i := r; i < r+w; i++ {
			set(out, i, x.At(i)/norm)
		}
	}
	return one(out, nil)
}

func imputer(c *call) ([]*Tensor, error) {
	a, x := c.n.Attr.(graph.ImputerAttr), c.in[0]
	w := lastDim(x)
	out, err := c.make(x.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	if x.DType.IsInt() {
		if len(a.Integers) != 1 && len(a.Integers) != w {
			return nil, c.bad("%d values for %d features", len(a.Integers), w)
		}
		for i, v := range x.I {
			if v == a.IntegersReplaced {
				v = perFeature(a.Integers, i%w)
			}
			out.I[i] = v
		}
		return one(out, nil)
	}
	if x.DType == graph.String || len(a.Values) != 1 && len(a.Values) != w {
		return nil, c.bad("%d values for %d features of %s", len(a.Values), w, x.DType)
	}
	for i := range x.Len() {
		v := x.At(i)
		if v == float64(a.Replaced) || v != v && a.Replaced != a.Replaced {
			v = float64(perFeature(a.Values, i%w))
		}
		set(out, i, v)
	}
	return one(out, nil)
}

func labelEncoder(c *call) ([]*Tensor, error) {
	a, x := c.n.Attr.(*graph.LabelEncoderAttr), c.in[0]
	if x.DType != a.Keys.DType {
		return nil, c.bad("input is %s, keys are %s", x.DType, a.Keys.DType)
	}
	out, err := c.make(a.Values.DType, x.Dims...)
	if err != nil {
		return nil, err
	}
	if err := c.b.Spend(x.Len(), a.Keys.Len()); err != nil {
		return nil, err
	}
	for i := range x.Len() {
		put(out, i, a.Default, 0)
		for k := range a.Keys.Len() {
			nan := x.DType.IsFloat() && x.At(i) != x.At(i) && a.Keys.At(k) != a.Keys.At(k)
			if nan || compare(graph.Equal, x, i, a.Keys, k) {
				put(out, i, a.Values, k)
				break
			}
		}
	}
	return one(out, nil)
}

// featureVectorizer joins the inputs' features as float32.
func featureVectorizer(c *call) ([]*Tensor, error) {
	n0, total := -1, 0
	for _, t := range c.in {
		n, w, err := c.rows(t)
		if err != nil {
			return nil, err
		}
		if n0 >= 0 && n != n0 {
			return nil, c.bad("inputs of %d and %d rows", n0, n)
		}
		n0, total = n, total+w
	}
	out, err := c.make(graph.Float32, n0, total)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, t := range c.in {
		n, w, _ := c.rows(t)
		for r := range n {
			for k := range w {
				set(out, r*total+at+k, t.At(r*w+k))
			}
		}
		at += w
	}
	return one(out, nil)
}
