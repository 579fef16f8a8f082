package float

import (
	"errors"
	"fmt"

	"slipstream/policy/graph"
)

// call is one evaluation of one node.
type call struct {
	n  *graph.Node
	in []*Tensor // nil: absent
	b  *Budget
}

// kernel computes a node's outputs; it may return fewer than the node has.
type kernel func(c *call) ([]*Tensor, error)

// Eval runs one node: in has its inputs by position, nil where absent, and the result
// its outputs by position. Absent outputs may be nil.
func Eval(n *graph.Node, in []*Tensor, b *Budget) (out []*Tensor, err error) {
	k := kernels[n.Op]
	if k == nil {
		return nil, n.Refuse("", "has no reference implementation")
	}
	for i, v := range n.In {
		if v != graph.None && (i >= len(in) || in[i] == nil) {
			return nil, n.Refuse("", "input %d has no value", i)
		}
	}
	// The kernels check their shapes; this turns what they overlooked into an error too.
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, n.Refuse("", "%s %v", internalFault, r)
		}
	}()
	out, err = k(&call{n: n, in: in, b: b})
	if err != nil {
		var named *graph.Error
		if errors.As(err, &named) {
			return nil, err
		}
		return nil, fmt.Errorf("node %q (%s): %w", n.Name, n.Op, err)
	}
	for i, v := range n.Out {
		if v != graph.None && (i >= len(out) || out[i] == nil) {
			return nil, n.Refuse("drop the output when exporting", "output %d is not supported", i)
		}
	}
	return out, nil
}

// internalFault opens the message of an error that a kernel should have given itself;
// tests fail on it.
const internalFault = "reference implementation failed:"

// arg is input i, nil if absent.
func (c *call) arg(i int) *Tensor {
	if i < len(c.in) {
		return c.in[i]
	}
	return nil
}

func (c *call) bad(format string, args ...any) error {
	return c.n.Refuse("", format, args...)
}

// make is a zero tensor within the budget.
func (c *call) make(d graph.DType, dims ...int) (*Tensor, error) {
	for _, v := range dims {
		if v < 0 {
			return nil, c.bad("output would have dims %v", dims)
		}
	}
	if err := c.b.room(dims); err != nil {
		return nil, err
	}
	return graph.New(d, dims...), nil
}

// axis normalises an axis of a tensor of the given rank.
func (c *call) axis(a, rank int) (int, error) {
	if a < -rank || a >= rank {
		return 0, c.bad("axis %d of %d dimensions", a, rank)
	}
	if a < 0 {
		a += rank
	}
	return a, nil
}

// ints is the content of an integer tensor input; absent gives nil.
func (c *call) ints(i int) ([]int, error) {
	t := c.arg(i)
	if t == nil {
		return nil, nil
	}
	if !t.DType.IsInt() {
		return nil, c.bad("input %d is %s, want integers", i, t.DType)
	}
	v := make([]int, len(t.I))
	for k := range v {
		v[k] = int(t.I[k])
	}
	return v, nil
}

func one(t *Tensor, err error) ([]*Tensor, error) {
	if err != nil {
		return nil, err
	}
	return []*Tensor{t}, nil
}
