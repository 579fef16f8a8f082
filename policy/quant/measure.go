package quant

import (
	"fmt"
	"math"

	"slipstream/policy/graph"
)

// measureCases bounds how many calibration cases a layer is tried on.
const measureCases = 128

// choose decides the precision of the layer that makes v, once.
func (l *lowerer) choose(v int, n *graph.Node) choice {
	if l.forced != Auto {
		return choice{p: l.forced, fit: l.fit, e8: -1, e16: -1}
	}
	if c, ok := l.chosen[v]; ok {
		return c
	}
	c := l.decide(v, n)
	l.chosen[v] = c
	return c
}

func (l *lowerer) decide(v int, n *graph.Node) choice {
	c := choice{e8: -1, e16: -1}
	if n.Op == graph.Gemm && l.modelScales(n) {
		c.p, c.reason = Int8, "scales taken from the model"
		return c
	}
	ins := l.operands(v, n)
	for _, x := range ins {
		if !l.rng.known(x, asU8) || !l.rng.known(x, asI16) {
			c.p, c.reason = Float32, fmt.Sprintf("no calibrated range for %q", l.g.Values[x].Name)
			return c
		}
	}
	has8 := n.Op != graph.Attention
	if !has8 || l.rng.cal == nil || l.opt.Precision != Auto {
		c.p, c.reason = l.opt.Precision, "as the options say"
		switch {
		case c.p == Auto && has8:
			c.p, c.reason = Int8, "no calibration to measure with"
			return c
		case c.p == Auto && l.rng.cal == nil, c.p == Int8 && !has8:
			c.p, c.reason = Int16, "has no int8 form"
			return c
		case c.p != Auto:
			return c
		}
	}
	if n.Op == graph.Gemm {
		if c.e8 = l.measure(v, n, Int8, true); c.e8 <= l.opt.MaxLayerError {
			c.p, c.fit, c.reason = Int8, true, fmt.Sprintf("int8 with pairs kept safe adds %.2g %%, within %.2g %%", 100*c.e8, 100*l.opt.MaxLayerError)
			return c
		}
	}
	if has8 {
		if c.e8 = l.measure(v, n, Int8, false); c.e8 <= l.opt.MaxLayerError {
			c.p, c.reason = Int8, fmt.Sprintf("int8 adds %.2g %%, within %.2g %%", 100*c.e8, 100*l.opt.MaxLayerError)
			return c
		}
	}
	c.e16 = l.measure(v, n, Int16, false)
	switch {
	case c.e16 <= l.opt.MaxLayerError16 && has8:
		c.p, c.reason = Int16, fmt.Sprintf("int8 would add %.2g %%, above %.2g %%; 16 bits add %.2g %%", 100*c.e8, 100*l.opt.MaxLayerError, 100*c.e16)
	case c.e16 <= l.opt.MaxLayerError16:
		c.p, c.reason = Int16, fmt.Sprintf("16 bits add %.2g %%", 100*c.e16)
	default:
		c.p, c.reason = Float32, fmt.Sprintf("16 bits would add %.2g %%, above %.2g %%", 100*c.e16, 100*l.opt.MaxLayerError16)
	}
	return c
}

// modelScales: the input and the weights of a dense layer come with scales of their own.
func (l *lowerer) modelScales(n *graph.Node) bool {
	d := l.denseLayer(n)
	if d == nil || d.own == nil {
		return false
	}
	_, ok := l.rng.fixed8[l.rng.of(n.In[0]).root]
	return ok
}

// operands are the computed inputs of the layer that makes v.
func (l *lowerer) operands(v int, n *graph.Node) []int {
	nodes, outs := l.layerNodes(v, n)
	_ = outs
	made := map[int]bool{}
	for _, m := range nodes {
		for _, o := range m.Out {
			made[o] = true
		}
	}
	var ins []int
	seen := map[int]bool{graph.None: true}
	for _, m := range nodes {
		for _, x := range m.In {
			if !seen[x] && !made[x] && l.g.Const(x) == nil {
				ins = append(ins, x)
			}
			seen[x] = true
		}
	}
	return ins
}

// layerNodes are the nodes that make v from the layer's operands, with the constants'
// DequantizeLinear, and the outputs to judge.
func (l *lowerer) layerNodes(v int, n *graph.Node) (nodes []*graph.Node, outs []int) {
	core := []*graph.Node{n}
	outs = []int{v}
	if root := l.point(v); root != v {
		core = l.between(v, root)
	} else if len(n.Out) > 1 {
		outs = nil
		for _, o := range n.Out {
			if o != graph.None && l.floats(o) {
				outs = append(outs, o)
			}
		}
	}
	have := map[*graph.Node]bool{}
	for _, m := range core {
		for _, x := range m.In {
			if x == graph.None || l.g.Const(x) != nil || l.value(x) == nil {
				continue
			}
			if dq := l.node(x); dq != nil && !have[dq] {
				nodes, have[dq] = append(nodes, dq), true
			}
		}
	}
	return append(nodes, core...), outs
}

// measure compiles the layer alone in one precision and compares it with the float graph
// on the calibration cases, given the float graph's inputs: rms of the difference over rms.
func (l *lowerer) measure(v int, n *graph.Node, p Precision, fit bool) float64 {
	nodes, outs := l.layerNodes(v, n)
	g := &graph.Graph{Name: n.Name, Values: l.g.Values}
	for _, m := range nodes {
		g.Nodes = append(g.Nodes, *m)
	}
	for _, x := range l.operands(v, n) {
		g.Inputs = append(g.Inputs, graph.Port{Name: fmt.Sprint("v", x), Value: x})
	}
	for _, o := range outs {
		g.Outputs = append(g.Outputs, graph.Port{Name: fmt.Sprint("v", o), Value: o})
	}
	sub := newLowerer(&rewriter{g: g}, l.rng, l.opt)
	sub.index()
	sub.forced, sub.fit = p, fit
	prog, err := sub.compile()
	if err != nil {
		return math.Inf(1)
	}
	run, err := newRun(prog)
	if err != nil {
		return math.Inf(1)
	}
	e2, r2 := 0.0, 0.0
	for i, t := range l.rng.cal.trace {
		if i == measureCases {
			break
		}
		in := map[string]Tensor{}
		for _, port := range g.Inputs {
			in[port.Name] = *t[port.Value]
		}
		got, err := run.eval(in)
		if err != nil {
			return math.Inf(1)
		}
		for _, port := range g.Outputs {
			for k, y := range got[port.Name] {
				want := t[port.Value].At(k)
				if math.IsNaN(want) || math.IsInf(want, 0) {
					continue
				}
				e2 += (y - want) * (y - want)
				r2 += want * want
			}
		}
	}
	if r2 == 0 {
		if e2 == 0 {
			return 0
		}
		return 1
	}
	return math.Sqrt(e2 / r2)
}
