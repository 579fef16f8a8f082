package onnx

import (
	"fmt"
	"math"

	"slipstream/policy/graph"
)

// rawNode is a node with its inputs resolved.
type rawNode struct {
	*protoNode
	im   *importer
	full string   // the node's name
	ver  int64    // opset of its domain
	ids  []int    // inputs
	made []string // outputs, trailing unused ones cut
	err  error    // first attribute of a wrong kind
}

// convert appends the normal form of a node.
type convert func(n *rawNode) error

// node imports one node.
func (im *importer) node(p *protoNode, i int) error {
	n := &rawNode{protoNode: p, im: im, full: nodeName(p, i), ver: im.version(p.domain)}
	for _, in := range p.in {
		id := graph.None
		if in != "" {
			id = im.ids[in]
		}
		n.ids = append(n.ids, id)
	}
	for len(n.ids) > 0 && n.ids[len(n.ids)-1] == graph.None {
		n.ids = n.ids[:len(n.ids)-1]
	}
	n.made = p.out
	for len(n.made) > 0 && n.made[len(n.made)-1] == "" {
		n.made = n.made[:len(n.made)-1]
	}
	if len(n.made) == 0 {
		return n.refuse("", "has no outputs")
	}
	for _, a := range p.attrs {
		if a.body {
			return n.refuse("export without control flow (trace, do not script)", "has a sub-graph")
		}
		if a.other != "" {
			return n.refuse("", "attribute %q %s", a.name, a.other)
		}
	}
	c := converts[p.domain][p.op]
	if c == nil {
		return n.refuse("see the operator list in the documentation, or export with standard operators",
			"operator of domain %q is not supported", p.domain)
	}
	if err := c(n); err != nil {
		return err
	}
	return n.err
}

func (im *importer) version(domain string) int64 {
	if v, ok := im.m.opsets[domain]; ok {
		return v
	}
	return math.MaxInt32
}

func (n *rawNode) refuse(hint, format string, args ...any) error {
	return &graph.Error{Node: n.full, Op: graph.Op(n.op), Reason: fmt.Sprintf(format, args...), Hint: hint}
}

// need checks the number of inputs.
func (n *rawNode) need(least, most int) error {
	if len(n.ids) < least || len(n.ids) > most {
		return n.refuse("", "%d inputs, takes %d to %d", len(n.ids), least, most)
	}
	for i := range least {
		if n.ids[i] == graph.None {
			return n.refuse("", "input %d is missing", i)
		}
	}
	return nil
}

// in is input i's value id, None if absent.
func (n *rawNode) in(i int) int {
	if i < len(n.ids) {
		return n.ids[i]
	}
	return graph.None
}

func (n *rawNode) dtype(i int) graph.DType { return n.im.g.Values[n.ids[i]].DType }

// rank is the number of dimensions of input i, -1 if not known.
func (n *rawNode) rank(i int) int {
	if v := &n.im.g.Values[n.ids[i]]; !v.Dynamic {
		return len(v.Dims)
	}
	return -1
}

func (n *rawNode) has(name string) bool { return n.protoNode.attrs[name] != nil }

func (n *rawNode) int(name string, def int64) int64 {
	if a := n.attrs[name]; a != nil {
		return a.i
	}
	return def
}

// axis is an integer attribute that must fit an axis or count.
func (n *rawNode) axis(name string, def int64) int {
	v := n.int(name, def)
	if v < math.MinInt32 || v > math.MaxInt32 {
		n.err = n.refuse("", "attribute %q is %d", name, v)
		return 0
	}
	return int(v)
}

func (n *rawNode) flag(name string, def bool) bool {
	if a := n.attrs[name]; a != nil {
		return a.i != 0
	}
	return def
}

func (n *rawNode) float(name string, def float32) float32 {
	if a := n.attrs[name]; a != nil {
		return a.f
	}
	return def
}

func (n *rawNode) str(name, def string) string {
	if a := n.attrs[name]; a != nil {
		return string(a.s)
	}
	return def
}

func (n *rawNode) ints(name string) []int64 {
	if a := n.attrs[name]; a != nil {
		return a.ints
	}
	return nil
}

func (n *rawNode) floats(name string) []float32 {
	if a := n.attrs[name]; a != nil {
		return a.floats
	}
	return nil
}

func (n *rawNode) strings(name string) []string {
	if a := n.attrs[name]; a != nil {
		return a.strings
	}
	return nil
}

// tensor is a tensor attribute, nil if absent.
func (n *rawNode) tensor(name string) *graph.Tensor {
	if a := n.attrs[name]; a != nil {
		return a.t
	}
	return nil
}

// listConst is a constant int64 vector.
func (n *rawNode) listConst(what string, v []int64) int {
	return n.im.g.AddConst(n.full+"/"+what, graph.Ints(append([]int64{}, v...), len(v)))
}

// alias gives output i the name of an existing value.
func (n *rawNode) alias(i, id int) { n.im.ids[n.made[i]] = id }

// constant makes an output a constant.
func (n *rawNode) constant(i int, t *graph.Tensor) {
	n.alias(i, n.im.g.AddConst(n.made[i], t))
}
