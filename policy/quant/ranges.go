package quant

import (
	"fmt"
	"math"

	"slipstream/policy/graph"
)

// ranges gives every value of the whole graph one quantisation per form. Values that only
// move others share theirs.
type ranges struct {
	of      func(v int) origin
	r       *rewriter
	cal     *calibration // nil: no calibration
	opt     Options
	fixed8  map[int]qparams // by root: QDQ scales, cell outputs
	fixed16 map[int]qparams
	lim16   map[int]int32 // by root: narrower clamp that a consumer needs
	carry   map[int]int32 // by LSTM: fraction bits of c
	memo8   map[int]qparams
	memo16  map[int]qparams
}

func newRanges(l *lowerer, r *rewriter, cal *calibration, opt Options) *ranges {
	return &ranges{of: l.origin, r: r, cal: cal, opt: opt, fixed8: map[int]qparams{}, fixed16: map[int]qparams{},
		lim16: map[int]int32{}, carry: map[int]int32{}, memo8: map[int]qparams{}, memo16: map[int]qparams{}}
}

// stat is what is known of a root's values: the calibration's, or a constant's own.
func (g *ranges) stat(root int) *stat {
	if t := g.r.value(root); t != nil {
		s := &stat{}
		s.add(t)
		return s
	}
	if g.cal == nil || g.cal.stats[root].n == 0 {
		return nil
	}
	return g.cal.stats[root]
}

// known reports that v can be quantised to form k.
func (g *ranges) known(v int, k kind) bool {
	root := g.of(v).root
	fixed := g.fixed8
	if k == asI16 {
		fixed = g.fixed16
	}
	_, ok := fixed[root]
	return ok || g.stat(root) != nil
}

func (g *ranges) must8(v int) qparams {
	root := g.of(v).root
	if p, ok := g.fixed8[root]; ok {
		return p
	}
	if p, ok := g.memo8[root]; ok {
		return p
	}
	s := g.stat(root)
	if s == nil {
		panic(refusal{fmt.Errorf("quant: %q has no calibrated range", g.r.g.Values[v].Name)})
	}
	p := choose8(s, g.opt.Percentile)
	g.memo8[root] = p
	return p
}

func (g *ranges) must16(v int) qparams {
	root := g.of(v).root
	if p, ok := g.fixed16[root]; ok {
		return p
	}
	if p, ok := g.memo16[root]; ok {
		return p
	}
	absMax := 0.0
	if p, ok := g.fixed8[root]; ok {
		absMax = math.Max(math.Abs(p.real(p.lo)), math.Abs(p.real(p.hi))) / headroom16
	} else if s := g.stat(root); s != nil {
		absMax = s.absMax()
	} else {
		panic(refusal{fmt.Errorf("quant: %q has no calibrated range", g.r.g.Values[v].Name)})
	}
	p := symmetric16(absMax)
	if lim, ok := g.lim16[root]; ok {
		p = qparams{scale: float32(max(absMax*headroom16/float64(lim), tiny)), lo: -lim, hi: lim}
	}
	g.memo16[root] = p
	return p
}

// narrow asks that |q| of v's 16-bit form never exceeds lim.
func (g *ranges) narrow(v int, lim int32) {
	root := g.of(v).root
	if old, ok := g.lim16[root]; !ok || lim < old {
		g.lim16[root] = lim
		delete(g.memo16, root)
	}
}

// carryBits is the number of fraction bits of an LSTM's c.
func (g *ranges) carryBits(c *cell) int32 {
	if b, ok := g.carry[key(c.n)]; ok {
		return b
	}
	return 12
}

// perTensor reads the constant parameters of a Q or DQ node whose integers are bytes. The
// byte in the arena is unsigned: shift is 128 for int8.
func (r *rewriter) perTensor(n *graph.Node, q int) (p qparams, ok bool) {
	d := r.g.Values[q].DType
	if d != graph.Int8 && d != graph.Uint8 || n.Attr.(graph.QuantAttr).Block != 0 {
		return p, false
	}
	s, isConst := r.scalar(n.In[1])
	if !isConst || !(s > 0) || math.IsInf(s, 0) || float32(s) == 0 {
		return p, false
	}
	p = qparams{scale: float32(s), lo: 0, hi: 255}
	if n.Input(2) != graph.None {
		z, isConst := r.scalar(n.In[2])
		if !isConst {
			return p, false
		}
		p.zero = int32(z)
	}
	if d == graph.Int8 {
		p.zero += 128
	}
	return p, true
}

// takeScales fixes what QuantizeLinear and DequantizeLinear say.
func (g *ranges) takeScales() {
	for i := range g.r.g.Nodes {
		n := &g.r.g.Nodes[i]
		switch n.Op {
		case graph.QuantizeLinear:
			if _, ok := g.r.perTensor(n, n.Out[0]); ok {
				g.fixed8[n.Out[0]] = plainByte(g.r.g.Values[n.Out[0]].DType)
			}
		case graph.DequantizeLinear:
			if g.r.g.Const(n.In[0]) != nil {
				continue
			}
			if p, ok := g.r.perTensor(n, n.In[0]); ok {
				g.fixed8[n.Out[0]] = p
			}
		}
	}
	for _, p := range g.r.g.Inputs {
		if d := g.r.g.Values[p.Value].DType; d == graph.Uint8 || d == graph.Int8 {
			g.fixed8[p.Value] = plainByte(d)
		}
	}
}

// plainByte is an integer tensor as bytes: real values are the integers themselves.
func plainByte(d graph.DType) qparams {
	p := qparams{scale: 1, lo: 0, hi: 255}
	if d == graph.Int8 {
		p.zero = 128
	}
	return p
}
