package onnx

import (
	"fmt"

	"slipstream/policy/graph"
)

// decoder turns messages into structs, counting what they hold.
type decoder struct {
	lim   Limits
	room  int // elements left
	nodes int
}

// take spends elements.
func (d *decoder) take(n int) error {
	if n > d.room {
		return fmt.Errorf("%w: more than %d elements in constants and lists", ErrTooLarge, d.lim.Elements)
	}
	d.room -= n
	return nil
}

// model is ModelProto, as far as it matters.
type model struct {
	opsets map[string]int64 // domain "" is ai.onnx
	graph  *protoGraph
}

type protoGraph struct {
	name            string
	nodes           []protoNode
	inits           []namedTensor
	inputs, outputs []port
}

type namedTensor struct {
	name string
	t    *graph.Tensor
}

// port is a ValueInfoProto. hasShape false: the file does not say.
type port struct {
	name     string
	dtype    graph.DType
	dims     []int
	hasShape bool
	open     bool // the last of several dimensions is symbolic
	other    bool // a sequence, map or optional
}

type protoNode struct {
	name, op, domain string
	in, out          []string
	attrs            map[string]*protoAttr
}

// protoAttr is AttributeProto.
type protoAttr struct {
	name    string
	f       float32
	i       int64
	s       []byte
	t       *graph.Tensor
	floats  []float32
	ints    []int64
	strings []string
	body    bool // holds a graph
	other   string
}

func (d *decoder) model(b []byte) (*model, error) {
	m := &model{opsets: map[string]int64{}}
	err := each(b, func(f field) error {
		switch f.num {
		case 7:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			if m.graph != nil {
				return fmt.Errorf("%w: two graphs", ErrMalformed)
			}
			m.graph, err = d.graph(b)
			return err
		case 8:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			return m.opset(b)
		case 25:
			return fmt.Errorf("%w: the model defines functions; inline them with onnx.inliner.inline_local_functions", ErrUnsupported)
		}
		return nil
	})
	if err == nil && m.graph == nil {
		err = fmt.Errorf("%w: no graph", ErrMalformed)
	}
	return m, err
}

func (m *model) opset(b []byte) error {
	var domain string
	var version int64
	err := each(b, func(f field) error {
		switch f.num {
		case 1:
			return f.text(&domain)
		case 2:
			return f.number(&version)
		}
		return nil
	})
	if domain == "ai.onnx" {
		domain = ""
	}
	m.opsets[domain] = version
	return err
}

func (d *decoder) graph(b []byte) (*protoGraph, error) {
	g := &protoGraph{}
	err := each(b, func(f field) error {
		switch f.num {
		case 2:
			return f.text(&g.name)
		case 15:
			return fmt.Errorf("%w: sparse initializer; store it dense", ErrUnsupported)
		case 1, 5, 11, 12:
		default:
			return nil
		}
		b, err := f.bytes()
		if err != nil {
			return err
		}
		switch f.num {
		case 1:
			if d.nodes++; d.nodes > d.lim.Nodes {
				return fmt.Errorf("%w: more than %d nodes", ErrTooLarge, d.lim.Nodes)
			}
			n, err := d.node(b)
			g.nodes = append(g.nodes, n)
			return err
		case 5:
			name, t, err := d.tensor(b)
			g.inits = append(g.inits, namedTensor{name, t})
			return err
		case 11:
			p, err := d.port(b)
			g.inputs = append(g.inputs, p)
			return err
		}
		p, err := d.port(b)
		g.outputs = append(g.outputs, p)
		return err
	})
	return g, err
}

func (d *decoder) node(b []byte) (protoNode, error) {
	n := protoNode{attrs: map[string]*protoAttr{}}
	err := each(b, func(f field) error {
		var s string
		switch f.num {
		case 1:
			if err := f.text(&s); err != nil {
				return err
			}
			n.in = append(n.in, s)
			return d.take(1)
		case 2:
			if err := f.text(&s); err != nil {
				return err
			}
			n.out = append(n.out, s)
			return d.take(1)
		case 3:
			return f.text(&n.name)
		case 4:
			if err := f.text(&n.op); err != nil || plainName(n.op) {
				return err
			}
			op := n.op
			n.op = ""
			return fmt.Errorf("%w: node %q has the operator name %.70q", ErrMalformed, n.name, op)
		case 7:
			return f.text(&n.domain)
		case 5:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			a, err := d.attr(b)
			if err != nil {
				return fmt.Errorf("node %q (%s): attribute %q: %w", n.name, n.op, a.name, err)
			}
			n.attrs[a.name] = a
		}
		return nil
	})
	if n.domain == "ai.onnx" {
		n.domain = ""
	}
	return n, err
}

// plainName: what an operator may be called, so that errors show it as it is.
func plainName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= 64
}

func (d *decoder) attr(b []byte) (*protoAttr, error) {
	a := &protoAttr{}
	err := each(b, func(f field) error {
		switch f.num {
		case 1:
			return f.text(&a.name)
		case 2:
			var v []float32
			if err := d.floats(&f, &v); err != nil || len(v) == 0 {
				return err
			}
			a.f = v[0]
		case 3:
			return f.number(&a.i)
		case 4:
			var err error
			a.s, err = f.bytes()
			return err
		case 5:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			_, a.t, err = d.tensor(b)
			return err
		case 6, 11:
			a.body = true
		case 7:
			return d.floats(&f, &a.floats)
		case 8:
			return d.ints(&f, &a.ints)
		case 9:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			a.strings = append(a.strings, string(b))
			return d.take(1)
		case 21:
			a.other = "refers to a function's attribute"
		case 22, 23:
			a.other = "is a sparse tensor"
		}
		return nil
	})
	return a, err
}

// port reads a ValueInfoProto.
func (d *decoder) port(b []byte) (port, error) {
	p := port{}
	err := each(b, func(f field) error {
		switch f.num {
		case 1:
			return f.text(&p.name)
		case 2:
			b, err := f.bytes()
			if err != nil {
				return err
			}
			return d.valueType(b, &p)
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("value %q: %w", p.name, err)
	}
	return p, err
}

func (d *decoder) valueType(b []byte, p *port) error {
	return each(b, func(f field) error {
		if f.num != 1 {
			p.other = p.other || f.num != 6 // 6 is the denotation
			return nil
		}
		b, err := f.bytes()
		if err != nil {
			return err
		}
		return each(b, func(f field) error {
			switch f.num {
			case 1:
				var v int64
				if err := f.number(&v); err != nil {
					return err
				}
				if v < 0 || v > 255 {
					return fmt.Errorf("%w: element type %d", ErrUnsupported, v)
				}
				p.dtype = graph.DType(v)
			case 2:
				b, err := f.bytes()
				if err != nil {
					return err
				}
				p.hasShape = true
				return d.shape(b, p)
			}
			return nil
		})
	})
}

// shape reads a TensorShapeProto; a symbolic dimension is 1.
func (d *decoder) shape(b []byte, p *port) error {
	return each(b, func(f field) error {
		if f.num != 1 {
			return nil
		}
		b, err := f.bytes()
		if err != nil {
			return err
		}
		dim := int64(1)
		p.open = len(p.dims) > 0
		if err := each(b, func(f field) error {
			if f.num == 1 {
				p.open = false
				return f.number(&dim)
			}
			return nil
		}); err != nil {
			return err
		}
		if dim < 0 || dim > int64(d.lim.Elements) {
			return fmt.Errorf("%w: dimension %d", ErrMalformed, dim)
		}
		if len(p.dims) >= d.lim.Rank {
			return fmt.Errorf("%w: more than %d dimensions", ErrTooLarge, d.lim.Rank)
		}
		p.dims = append(p.dims, int(dim))
		return nil
	})
}
