package float

import (
	"math"

	"slipstream/policy/graph"
)

// second says how a binary model's only score becomes two.
type second int8

// Nothing is added; the other is 1 - s; the other is -s. PostLogistic makes either the
// logistics of -s and s.
const (
	secondNone second = iota
	secondComplement
	secondNegative
)

// finish applies a post transform to one row of scores as ONNX Runtime does.
func finish(s []float64, post graph.Post, add second) []float64 {
	if len(s) == 1 && add != secondNone {
		v := s[0]
		switch {
		case post == graph.PostProbit:
			return []float64{probit(v)}
		case post == graph.PostLogistic:
			return []float64{sigmoid(-v), sigmoid(v)}
		case add == secondComplement:
			return []float64{1 - v, v}
		}
		return []float64{-v, v}
	}
	out := append([]float64{}, s...)
	switch post {
	case graph.PostLogistic:
		each(out, sigmoid)
	case graph.PostProbit:
		each(out, probit)
	case graph.PostExp:
		each(out, math.Exp)
	case graph.PostSoftmax:
		softRow(graph.Softmax, out)
	case graph.PostSoftmaxZero:
		softmaxZero(out)
	}
	return out
}

func each(s []float64, f func(float64) float64) {
	for i, v := range s {
		s[i] = f(v)
	}
}

// probit is ONNX Runtime's closed form, not the exact inverse of the normal distribution,
// and rounds to float32 at each step as it does: near one half and at the ends the
// rounding is most of the answer.
func probit(v float64) float64 {
	const a = float32(0.147)
	root := func(v float32) float32 { return float32(math.Sqrt(float64(v))) }
	x := float32(2*float32(v)) - 1
	l := float32(math.Log(float64(float32((1 - x) * (1 + x)))))
	u := float32(2/float64(float32(3.14159)*a) + 0.5*float64(l))
	r := root(root(float32(u*u)-float32(1/a*l)) - u)
	if x < 0 {
		r = -r
	}
	return float64(float32(1.41421356) * r)
}

// softmaxZero leaves zeros out of the exponentials.
func softmaxZero(s []float64) {
	hi, sum := math.Inf(-1), 0.0
	for _, v := range s {
		hi = math.Max(hi, v)
	}
	for i, v := range s {
		if math.Abs(v) > 1e-7 {
			s[i] = math.Exp(v - hi)
			sum += s[i]
		} else {
			s[i] = v * math.Exp(-hi)
		}
	}
	for i := range s {
		s[i] /= sum
	}
}

// best is the first index of the highest score.
func best(s []float64) int {
	k := 0
	for i, v := range s {
		if v > s[k] {
			k = i
		}
	}
	return k
}

// rows views an input as samples by features; one dimension is one sample.
func (c *call) rows(t *Tensor) (n, width int, err error) {
	if t.DType == graph.String {
		return 0, 0, c.bad("input is a string tensor")
	}
	switch t.Rank() {
	case 0:
		return 1, 1, nil
	case 1:
		return 1, t.Dims[0], nil
	}
	return t.Dims[0], graph.Count(t.Dims[1:]), nil
}

// labelled collects a classifier's outputs.
type labelled struct {
	labels *Tensor
	scores [][]float64
}

func newLabelled(l *graph.Labels, n int) *labelled {
	if len(l.Strings) > 0 {
		return &labelled{labels: graph.New(graph.String, n), scores: make([][]float64, n)}
	}
	return &labelled{labels: graph.New(graph.Int64, n), scores: make([][]float64, n)}
}

// label stores class k; a binary model without labels of its own says 0 or 1.
func (r *labelled) label(i, k int, l *graph.Labels) {
	switch {
	case k < len(l.Strings):
		r.labels.S[i] = l.Strings[k]
	case k < len(l.Ints):
		r.labels.I[i] = l.Ints[k]
	case r.labels.DType == graph.String:
		r.labels.S[i] = string(rune('0' + k))
	default:
		r.labels.I[i] = int64(k)
	}
}

func (c *call) labelled(r *labelled, d graph.DType, width int) ([]*Tensor, error) {
	if len(r.scores) > 0 {
		width = len(r.scores[0])
	}
	out, err := c.make(d, len(r.scores), width)
	if err != nil {
		return nil, err
	}
	for i, s := range r.scores {
		for k, v := range s {
			set(out, i*width+k, v)
		}
	}
	return []*Tensor{r.labels, out}, nil
}
