package quant

import (
	"fmt"
	"sort"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// state is a graph input that carries the value of a graph output to the next evaluation.
type state struct {
	in, out         int
	inName, outName string
	k               kind
	buf             program.Buf
}

// findStates pairs the state inputs and outputs of recurrent layers, and those that the
// options name.
func (l *lowerer) findStates() error {
	if !l.opt.NoStates {
		for i := range l.g.Nodes {
			n := &l.g.Nodes[i]
			c := l.unpack(n)
			if c == nil {
				continue
			}
			hOuts := []int{c.yh}
			if c.steps == 1 {
				hOuts = append(hOuts, c.y)
			}
			l.pairCell(c, c.h0, hOuts)
			if n.Op == graph.LSTM {
				l.pairCell(c, c.c0, []int{c.yc})
			}
		}
	}
	names := make([]string, 0, len(l.opt.States))
	for in := range l.opt.States {
		names = append(names, in)
	}
	sort.Strings(names)
	for _, in := range names {
		i, o := port(l.g.Inputs, in), port(l.g.Outputs, l.opt.States[in])
		if i == graph.None || o == graph.None {
			return fmt.Errorf("quant: state %q -> %q: no such input or output", in, l.opt.States[in])
		}
		if !sameShape(l.dims(i), l.dims(o)) || !l.floats(i) || !l.floats(o) {
			return fmt.Errorf("quant: state %q and %q differ in dims or type, or are not float32", in, l.opt.States[in])
		}
		if l.states[i] == nil {
			l.states[i] = &state{in: i, out: o, inName: in, outName: l.opt.States[in], k: asF32}
		}
	}
	return nil
}

func port(ports []graph.Port, name string) int {
	for _, p := range ports {
		if p.Name == name {
			return p.Value
		}
	}
	return graph.None
}

// pairCell pairs a graph input that is a cell's initial state with the graph output that is
// its final one; both may be reshaped on the way.
func (l *lowerer) pairCell(c *cell, v int, outs []int) {
	if v == graph.None || l.value(v) != nil {
		return
	}
	in := l.origin(v)
	if in.idx != nil || l.states[in.root] != nil {
		return
	}
	for _, p := range l.g.Inputs {
		if p.Value != in.root {
			continue
		}
		if q := l.showing(outs, graph.Count(l.dims(in.root))); q != nil {
			l.states[in.root] = &state{in: in.root, out: q.Value, inName: p.Name, outName: q.Name, k: l.stateKind(c, in.root)}
			return
		}
	}
}

// showing is the graph output that shows one of the values whole, the first that any does.
func (l *lowerer) showing(vals []int, elements int) *graph.Port {
	for _, v := range vals {
		for i := range l.g.Outputs {
			q := &l.g.Outputs[i]
			if o := l.origin(q.Value); v != graph.None && o.idx == nil && o.root == v && graph.Count(l.dims(q.Value)) == elements {
				return q
			}
		}
	}
	return nil
}

// stateKind is 16 bits where the cell works on integers.
func (l *lowerer) stateKind(c *cell, root int) kind {
	if !c.fits() || !l.rng.known(c.x, asU8) || !l.rng.known(c.x, asI16) {
		return asF32
	}
	if _, ok := l.rng.fixed16[root]; !ok {
		return asF32
	}
	if c.h0 != graph.None && l.value(c.h0) == nil && l.q16Of(c.h0) != l.rng.h16(c) {
		return asF32
	}
	if l.choose(key(c.n), c.n).p == Float32 {
		return asF32
	}
	return asI16
}

// placeInputs allocates the graph inputs: state where it is carried, float32 otherwise.
func (l *lowerer) placeInputs() {
	for _, p := range l.g.Inputs {
		d := l.dims(p.Value)
		if graph.Count(d) == 0 || l.g.Values[p.Value].DType == graph.String {
			panic(refusal{&graph.Error{Node: p.Name, Reason: fmt.Sprintf("graph input is %s %v", l.g.Values[p.Value].DType, d), Hint: "give a numeric input of fixed size"}})
		}
		s := l.states[p.Value]
		switch {
		case s == nil:
			l.have[place{p.Value, asF32}] = l.b.Input(p.Name, program.F32, 0, 0, d...)
			continue
		case s.k == asF32:
			s.buf = l.b.StateF(p.Name, d, make([]float32, graph.Count(d))...)
			l.b.InputAt(p.Name, s.buf, 0, 0, d...)
		default:
			q := l.q(p.Value, s.k)
			s.buf = l.b.State(p.Name, s.k.dtype(), q.scale, q.zero, d, make([]int32, graph.Count(d))...)
			l.b.InputAt(p.Name, s.buf, q.scale, q.zero, d...)
		}
		l.have[place{p.Value, s.k}] = s.buf
	}
}

// carryStates copies the next values into the state where the layer did not do so. What
// comes from another state is taken first, so that states may exchange places.
func (l *lowerer) carryStates() {
	var moves []program.Copy
	for _, p := range l.g.Inputs {
		s := l.states[p.Value]
		if s == nil {
			continue
		}
		b := l.as(s.out, s.in, s.k)
		if b == s.buf {
			continue
		}
		for _, o := range l.states {
			if o != s && o.buf == b {
				b = l.b.Concat(b)
				break
			}
		}
		moves = append(moves, program.Copy{X: b, Y: s.buf})
	}
	for i := range moves {
		l.b.Emit(&moves[i])
	}
}
