package onnx

import (
	"fmt"
	"io"

	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// Read imports a model.
func Read(r io.Reader, limits Limits) (*graph.Graph, error) {
	lim := limits.filled()
	b, err := slurp(r, lim.FileBytes)
	if err != nil {
		return nil, err
	}
	d := &decoder{lim: lim, room: lim.Elements}
	m, err := d.model(b)
	if err != nil {
		return nil, err
	}
	if v, ok := m.opsets[""]; ok && v < 7 {
		return nil, fmt.Errorf("%w: opset %d; convert with onnx.version_converter to 13 or later", ErrUnsupported, v)
	}
	im := &importer{
		m: m, d: d, g: &graph.Graph{Name: m.graph.name}, ids: map[string]int{}, room: lim.Elements,
		budget: &float.Budget{Elements: lim.Elements, Work: lim.Work},
	}
	if err := im.run(); err != nil {
		return nil, err
	}
	if err := im.g.Validate(); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return im.g, nil
}

// ReadTensor reads a TensorProto file, as ONNX's own tests store inputs and outputs.
func ReadTensor(r io.Reader, limits Limits) (string, *graph.Tensor, error) {
	lim := limits.filled()
	b, err := slurp(r, lim.FileBytes)
	if err != nil {
		return "", nil, err
	}
	return (&decoder{lim: lim, room: lim.Elements}).tensor(b)
}

// importer builds the graph.
type importer struct {
	m      *model
	d      *decoder
	g      *graph.Graph
	ids    map[string]int // value name to id
	budget *float.Budget
	room   int // elements that folding may still keep
}

func (im *importer) run() error {
	p := im.m.graph
	for _, t := range p.inits {
		if t.name == "" {
			return fmt.Errorf("%w: initializer without a name", ErrMalformed)
		}
		im.ids[t.name] = im.g.AddConst(t.name, t.t)
	}
	for _, in := range p.inputs {
		if err := im.input(in); err != nil {
			return err
		}
	}
	order, err := im.order()
	if err != nil {
		return err
	}
	for _, i := range order {
		if err := im.node(&p.nodes[i], i); err != nil {
			return err
		}
	}
	for _, out := range p.outputs {
		id, ok := im.ids[out.name]
		if !ok {
			return fmt.Errorf("%w: graph output %q", ErrMissing, out.name)
		}
		im.g.Outputs = append(im.g.Outputs, graph.Port{Name: out.name, Value: id})
	}
	if len(p.outputs) == 0 {
		return fmt.Errorf("%w: the graph has no outputs", ErrMalformed)
	}
	prune(im.g)
	return nil
}

// input adds a graph input unless an initializer gives it a value.
func (im *importer) input(in port) error {
	if _, ok := im.ids[in.name]; ok && im.g.Const(im.ids[in.name]) != nil {
		return nil
	}
	if in.other || !in.dtype.Known() {
		return fmt.Errorf("%w: input %q is not a tensor of a known type; export with tensor inputs", ErrUnsupported, in.name)
	}
	if in.open {
		in.dims[len(in.dims)-1] = im.width(in.name)
	}
	if graph.Count(in.dims) > im.d.lim.Elements {
		return fmt.Errorf("%w: input %q has dims %v", ErrTooLarge, in.name, in.dims)
	}
	id := im.g.AddValue(in.name, in.dtype, in.dims...)
	im.g.Values[id].Dynamic = !in.hasShape
	im.ids[in.name] = id
	im.g.Inputs = append(im.g.Inputs, graph.Port{Name: in.name, Value: id})
	return nil
}

// order sorts the nodes so that each comes after what it reads, keeping the file's order
// where it can.
func (im *importer) order() ([]int, error) {
	nodes := im.m.graph.nodes
	maker := map[string]int{}
	for i := range nodes {
		for _, o := range nodes[i].out {
			if o == "" {
				continue
			}
			if _, ok := maker[o]; ok {
				return nil, fmt.Errorf("%w: %s makes %q, which another node makes too", ErrMalformed, describe(&nodes[i], i), o)
			}
			if _, ok := im.ids[o]; ok {
				return nil, fmt.Errorf("%w: %s makes %q, which is an input", ErrMalformed, describe(&nodes[i], i), o)
			}
			maker[o] = i
		}
	}
	wait, readers := make([]int, len(nodes)), make([][]int, len(nodes))
	for i := range nodes {
		for _, in := range nodes[i].in {
			if in == "" {
				continue
			}
			if k, ok := maker[in]; ok {
				wait[i]++
				readers[k] = append(readers[k], i)
			} else if _, ok := im.ids[in]; !ok {
				return nil, fmt.Errorf("%w: %s reads %q", ErrMissing, describe(&nodes[i], i), in)
			}
		}
	}
	return settle(nodes, wait, readers)
}

func settle(nodes []protoNode, wait []int, readers [][]int) ([]int, error) {
	var order []int
	done := make([]bool, len(nodes))
	ready := func(i int) bool { return wait[i] == 0 && !done[i] }
	var push func(i int)
	var stack []int
	push = func(i int) {
		done[i] = true
		order = append(order, i)
		for _, r := range readers[i] {
			if wait[r]--; wait[r] == 0 {
				stack = append(stack, r)
			}
		}
	}
	for i := range nodes {
		if ready(i) {
			push(i)
		}
		// Nodes that came too early in the file follow as soon as they can.
		for len(stack) > 0 {
			k := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if k <= i && ready(k) {
				push(k)
			}
		}
	}
	for i := range nodes {
		if !done[i] {
			return nil, fmt.Errorf("%w: through %s", ErrCycle, describe(&nodes[i], i))
		}
	}
	return order, nil
}

func describe(n *protoNode, i int) string {
	return fmt.Sprintf("node %q (%s)", nodeName(n, i), n.op)
}

// nodeName is the file's name, or one made of the operator and the position.
func nodeName(n *protoNode, i int) string {
	if n.name != "" {
		return n.name
	}
	return fmt.Sprintf("%s_%d", n.op, i)
}
