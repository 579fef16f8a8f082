package quant

import (
	"fmt"
	"math"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// kind is a form in which a value may lie in the arena. A value has at most one buffer
// per kind, with the quantisation that ranges says.
type kind uint8

const (
	asF32 kind = iota
	asU8
	asI16
	asI32 // labels and positions
)

func (k kind) dtype() program.DType {
	return [...]program.DType{asF32: program.F32, asU8: program.U8, asI16: program.I16, asI32: program.I32}[k]
}

type place struct {
	v int
	k kind
}

// lowerer turns the rewritten graph into instructions, on demand from the outputs: get
// asks for a value in a form, emit makes it.
type lowerer struct {
	*rewriter
	b      *program.Builder
	rng    *ranges
	opt    Options
	have   map[place]program.Buf
	moves  map[int]origin
	points map[int]int
	easy   map[int]bool
	// chosen is the precision per value that a layer makes. forced, in measurements, is that
	// of every layer.
	chosen map[int]choice
	forced Precision
	fit    bool // the forced int8 keeps pairs safe
	layers []Layer
	shown  map[int]bool // values whose layer is in the report
	states map[int]*state
	depth  int
}

type choice struct {
	p       Precision
	fit     bool    // int8 weights that keep vpmaddubsw's pairs safe
	e8, e16 float64 // -1: not measured
	reason  string
}

// refusal is how lowering gives up; compile turns it into an error.
type refusal struct{ err error }

func refuse(n *graph.Node, hint, format string, args ...any) {
	panic(refusal{n.Refuse(hint, format, args...)})
}

func newLowerer(r *rewriter, rng *ranges, opt Options) *lowerer {
	return &lowerer{rewriter: r, b: program.NewBuilder(), rng: rng, opt: opt, have: map[place]program.Buf{}, moves: map[int]origin{},
		points: map[int]int{}, easy: map[int]bool{}, chosen: map[int]choice{}, shown: map[int]bool{}, states: map[int]*state{}}
}

// depthMax bounds the recursion over a chain of values; models are far below it.
const depthMax = 100_000

// get is the buffer of v in form k.
func (l *lowerer) get(v int, k kind) program.Buf {
	if b, ok := l.have[place{v, k}]; ok {
		return b
	}
	if l.depth++; l.depth > depthMax {
		panic(refusal{fmt.Errorf("quant: the graph is more than %d operators deep", depthMax)})
	}
	b := l.emit(v, k)
	l.depth--
	l.have[place{v, k}] = b
	return b
}

// q is the quantisation of v in form k.
func (l *lowerer) q(v int, k kind) qparams {
	switch k {
	case asU8:
		return l.rng.must8(v)
	case asI16:
		return l.rng.must16(v)
	}
	return qparams{scale: 1}
}

func (l *lowerer) emit(v int, k kind) program.Buf {
	if t := l.value(v); t != nil { // also behind DequantizeLinear
		return l.constant(v, t, k)
	}
	if o := l.origin(v); o.root != v {
		if b, ok := l.columnsOf(o, v, k); ok {
			return b
		}
		return l.move(l.get(o.root, k), o)
	}
	n := l.node(v)
	if n == nil {
		return l.convertAny(v, k, asF32)
	}
	switch k {
	case asU8, asI16:
		if b, ok := l.emitQ(n, v, k); ok {
			return b
		}
		return l.convert(v, l.get(v, asF32), asF32, k)
	case asI32:
		if n.Op == graph.ArgMax || n.Op == graph.ArgMin {
			l.emitArg(n)
			return l.have[place{v, asI32}]
		}
		return l.convertAny(v, k, asF32)
	}
	return l.emitF(n, v)
}

// convertAny makes form k of v out of form from.
func (l *lowerer) convertAny(v int, k, from kind) program.Buf {
	if k == from {
		panic(refusal{fmt.Errorf("quant: %q is made by nothing", l.g.Values[v].Name)})
	}
	return l.convert(v, l.get(v, from), from, k)
}

// convert changes the form of v's buffer.
func (l *lowerer) convert(v int, b program.Buf, from, to kind) program.Buf {
	if from == to {
		return b
	}
	qf, qt := l.q(v, from), l.q(v, to)
	switch {
	case to == asI32 && from == asF32:
		return l.b.Trunc(b)
	case to == asF32:
		return l.b.Dequantize(b, qf.scale, qf.zero)
	case from == asF32:
		return l.b.Quantize(b, qt.scale, qt.rng(to))
	}
	return l.b.Requant(b, qf.zero, ratio(qf.scale, qt.scale), qt.rng(to))
}

// rng is the program's form of a quantisation.
func (p qparams) rng(k kind) program.Range {
	return program.Range{Type: k.dtype(), Zero: p.zero, Lo: p.lo, Hi: p.hi}
}

func ratio(a, b float32) float32 { return float32(float64(a) / float64(b)) }

func (l *lowerer) constant(v int, t *graph.Tensor, k kind) program.Buf {
	if t.Len() == 0 || t.DType == graph.String {
		panic(refusal{fmt.Errorf("quant: constant %q (%s %v) has no compiled form", l.g.Values[v].Name, t.DType, t.Dims)})
	}
	if k == asF32 {
		f := make([]float32, t.Len())
		for i := range f {
			f[i] = float32(t.At(i))
		}
		return l.b.ConstF(f...)
	}
	q := make([]int32, t.Len())
	for i := range q {
		if k == asI32 {
			q[i] = int32(min(max(t.At(i), math.MinInt32), math.MaxInt32))
		} else {
			q[i] = l.q(v, k).quantise(t.At(i))
		}
	}
	return l.b.Const(k.dtype(), q...)
}

// origin says where the elements of a value that only moves others come from: element i
// is root's element idx[i]; idx nil is the identity.
type origin struct {
	root int
	idx  []int32
}

func (o origin) at(i int) int32 {
	if o.idx == nil {
		return int32(i)
	}
	return o.idx[i]
}

// moving: operators whose output elements are elements of input 0, the rest constant.
var moving = map[graph.Op]bool{
	graph.Reshape: true, graph.Squeeze: true, graph.Unsqueeze: true, graph.Flatten: true, graph.Transpose: true, graph.Slice: true,
	graph.Split: true, graph.Expand: true, graph.Tile: true, graph.Gather: true, graph.GatherElements: true, graph.ArrayFeatureExtractor: true,
}

func (l *lowerer) origin(v int) origin {
	if o, ok := l.moves[v]; ok {
		return o
	}
	o := l.findOrigin(v)
	l.moves[v] = o
	return o
}

func (l *lowerer) findOrigin(v int) origin {
	self := origin{root: v}
	n := l.node(v)
	if n == nil || len(n.In) == 0 || graph.Count(l.dims(v)) == 0 {
		return self
	}
	x := n.In[0]
	if n.Op == graph.Cast && exactCast(l.g.Values[x].DType, l.g.Values[v].DType) {
		return l.origin(x)
	}
	if !moving[n.Op] || l.g.Const(x) != nil {
		return self
	}
	idx, ok := l.indexes(n, []int{x}, v)
	if !ok {
		return self
	}
	o := l.origin(x)
	return compose(o, idx, graph.Count(l.dims(o.root)))
}

// exactCast: every number of the one is the same number in the other, as far as the arena
// holds it.
func exactCast(from, to graph.DType) bool {
	if from == graph.String || to == graph.String {
		return false
	}
	if to.IsFloat() {
		return to == graph.Float32 || to == graph.Float64 || from == to
	}
	return from == to || from == graph.Bool || from.IsInt() && (to == graph.Int64 || to == graph.Int32 && from != graph.Int64 && from != graph.Uint32 && from != graph.Uint64)
}

// compose looks through a move of a move of a root of n elements; all of them in order is
// the identity.
func compose(o origin, idx []int32, n int) origin {
	same := len(idx) == n
	out := make([]int32, len(idx))
	for i, k := range idx {
		out[i] = o.at(int(k))
		same = same && out[i] == int32(i)
	}
	if same {
		return origin{root: o.root}
	}
	return origin{root: o.root, idx: out}
}

// move makes the moved form: the same buffer, a part of it, or a gather.
func (l *lowerer) move(b program.Buf, o origin) program.Buf {
	if o.idx == nil {
		return b
	}
	first, run := o.idx[0], true
	for i, x := range o.idx {
		run = run && x == first+int32(i)
	}
	if run {
		return b.Slice(int(first), int(first)+len(o.idx))
	}
	return l.b.Gather(b, o.idx)
}
