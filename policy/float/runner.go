package float

import (
	"fmt"

	"slipstream/policy/graph"
)

// Tensor is graph.Tensor.
type Tensor = graph.Tensor

// Runner runs one graph.
type Runner struct {
	g    *graph.Graph
	last []int // by value: the last node that reads it, len(Nodes) if the graph shows it
}

// New checks the graph.
func New(g *graph.Graph) (*Runner, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	for i := range g.Nodes {
		if kernels[g.Nodes[i].Op] == nil {
			return nil, g.Nodes[i].Refuse("", "has no reference implementation")
		}
	}
	r := &Runner{g: g, last: make([]int, len(g.Values))}
	for i := range g.Nodes {
		for _, v := range g.Nodes[i].In {
			if v != graph.None {
				r.last[v] = i
			}
		}
	}
	for _, p := range g.Outputs {
		r.last[p.Value] = len(g.Nodes)
	}
	return r, nil
}

// Run evaluates the graph. Every graph input must be there under its name with the
// graph's element type and rank; a dimension may differ from the graph's (a batch of rows
// where the model had a symbolic one) as long as the operators accept it.
func (r *Runner) Run(inputs map[string]Tensor) (map[string]Tensor, error) {
	return r.RunBudget(inputs, NewBudget())
}

// RunBudget is Run within a given budget.
func (r *Runner) RunBudget(inputs map[string]Tensor, b *Budget) (map[string]Tensor, error) {
	vals, err := r.values(inputs, b, false)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Tensor, len(r.g.Outputs))
	for _, p := range r.g.Outputs {
		out[p.Name] = *vals[p.Value]
	}
	return out, nil
}

// Trace evaluates the graph and returns every value by id, nil where nothing was made.
func (r *Runner) Trace(inputs map[string]Tensor) ([]*Tensor, error) {
	return r.values(inputs, NewBudget(), true)
}

// maxHeld bounds what all values that are alive may have, in elements of the largest one.
const maxHeld = 4

// values runs the nodes; unless all is to be kept, a value goes after its last reader.
func (r *Runner) values(inputs map[string]Tensor, b *Budget, keep bool) ([]*Tensor, error) {
	held := 0
	vals := make([]*Tensor, len(r.g.Values))
	for i := range r.g.Values {
		vals[i] = r.g.Values[i].Const
	}
	for _, p := range r.g.Inputs {
		t, ok := inputs[p.Name]
		if !ok {
			return nil, fmt.Errorf("float: input %q is missing", p.Name)
		}
		if err := checkInput(&t, &r.g.Values[p.Value]); err != nil {
			return nil, fmt.Errorf("float: input %q: %w", p.Name, err)
		}
		vals[p.Value] = &t
		held += t.Len()
	}
	for i := range r.g.Nodes {
		n := &r.g.Nodes[i]
		in := make([]*Tensor, len(n.In))
		for k, v := range n.In {
			if v != graph.None {
				in[k] = vals[v]
			}
		}
		outs, err := Eval(n, in, b)
		if err != nil {
			return nil, err
		}
		for k, v := range n.Out {
			if v != graph.None && (keep || r.last[v] > i) {
				vals[v] = outs[k]
				held += outs[k].Len()
			}
		}
		if held/maxHeld > b.Elements {
			return nil, fmt.Errorf("node %q (%s): all values together: %w", n.Name, n.Op, ErrTooLarge)
		}
		for k, v := range n.In {
			if keep || v == graph.None || r.last[v] != i || in[k] == nil || vals[v] == nil || r.g.Values[v].Const != nil {
				continue
			}
			held -= vals[v].Len()
			vals[v] = nil
		}
	}
	return vals, nil
}

func checkInput(t *Tensor, v *graph.Value) error {
	if t.DType != v.DType {
		return fmt.Errorf("is %s, the model wants %s", t.DType, v.DType)
	}
	if !v.Dynamic && len(t.Dims) != len(v.Dims) {
		return fmt.Errorf("has dims %v, the model wants %v", t.Dims, v.Dims)
	}
	return Check(t)
}
