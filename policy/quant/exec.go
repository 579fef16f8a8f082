package quant

import (
	"fmt"

	"slipstream/policy/program"
)

// run evaluates a program by its normative form, so that what the report says does not
// depend on a kernel.
type run struct {
	p *program.Program
	m *program.Machine
}

func newRun(p *program.Program) (*run, error) {
	m, err := program.Spec(p)
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	return &run{p, m}, nil
}

// eval sets every input, state included, and reads every output.
func (r *run) eval(in map[string]Tensor) (map[string][]float64, error) {
	for _, s := range r.p.Inputs {
		t, ok := in[s.Name]
		if !ok {
			return nil, fmt.Errorf("quant: input %q is missing", s.Name)
		}
		v := make([]float32, t.Len())
		for i := range v {
			v[i] = float32(t.At(i))
		}
		if err := r.m.Set(s, v); err != nil {
			return nil, err
		}
	}
	r.m.Eval()
	out := make(map[string][]float64, len(r.p.Outputs))
	for _, s := range r.p.Outputs {
		v := make([]float64, s.Buf.N)
		if ints := r.m.Ints(s); ints != nil {
			for i, x := range ints {
				v[i] = float64(x)
			}
			out[s.Name] = v
			continue
		}
		f := make([]float32, s.Buf.N)
		if err := r.m.Get(s, f); err != nil {
			return nil, err
		}
		for i, x := range f {
			v[i] = float64(x)
		}
		out[s.Name] = v
	}
	return out, nil
}
