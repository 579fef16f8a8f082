package quant

import (
	"errors"
	"fmt"
	"math"

	"slipstream/policy/float"
	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// passes brings a graph into the forms that lowering knows.
func passes() []pass {
	var all []pass
	for _, group := range [][]pass{quantPasses, linearPasses, normPasses, blockPasses} {
		all = append(all, group...)
	}
	return all
}

// rewrite applies every pass and folds constants.
func rewrite(g *graph.Graph) *rewriter {
	r := newRewriter(g)
	r.prune()
	r.fold()
	r.apply(passes())
	r.fold()
	r.prune()
	return r
}

// Compile turns a graph into an integer program. calib are inputs as the model will see
// them, one row per case; without any, only what brings its own scales and what is exact
// anyway avoids float32. The Report says what was done to each layer and compares the
// program with the float graph on calib.
func Compile(g *graph.Graph, calib []map[string]Tensor, opt Options) (*program.Program, *Report, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	if err := g.Validate(); err != nil {
		return nil, nil, err
	}
	if err := g.Static(); err != nil {
		return nil, nil, err
	}
	r := rewrite(g)
	var cal *calibration
	if len(calib) > 0 {
		if cal, err = calibrate(r.g, calib); err != nil {
			return nil, nil, err
		}
		if err := cal.exactIntegers(r.g); err != nil {
			return nil, nil, err
		}
	}
	if err := noWrapping(r.g); err != nil {
		return nil, nil, err
	}
	for try := 0; ; try++ {
		p, rep, err := attempt(g, r, cal, calib, opt)
		if err != nil {
			return nil, nil, err
		}
		if rep.within(opt.MaxError) || try == 6 || opt.Precision != Auto {
			return p, rep, nil
		}
		opt.MaxLayerError /= 2
	}
}

// noWrapping refuses arithmetic on integers of 16 bits or fewer, whose wrapping around a
// program does not imitate.
func noWrapping(g *graph.Graph) error {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		switch n.Op {
		case graph.Add, graph.Sub, graph.Mul, graph.Neg, graph.Abs, graph.Sum, graph.Pow, graph.CumSum, graph.MatMul, graph.Gemm, graph.ReduceSum, graph.ReduceProd, graph.ReduceSumSquare:
			d := g.Values[n.Out[0]].DType
			if _, hi := d.Range(); d.IsInt() && d != graph.Bool && hi < 1<<16 {
				return n.Refuse("cast to int32 or float32 first", "arithmetic on %s may wrap around", d)
			}
		}
	}
	return nil
}

// within reports that no float output is further off than that.
func (r *Report) within(bound float64) bool {
	for i := range r.Outputs {
		if r.Outputs[i].Relative > bound {
			return false
		}
	}
	return true
}

// attempt compiles once.
func attempt(g *graph.Graph, r *rewriter, cal *calibration, calib []map[string]Tensor, opt Options) (*program.Program, *Report, error) {
	l := newLowerer(r, nil, opt)
	l.rng = newRanges(l, r, cal, opt)
	l.rng.takeScales()
	l.rng.takeAttention()
	l.rng.takeCells()
	p, err := l.compile()
	if err != nil {
		return nil, nil, err
	}
	rep := &Report{Cases: len(calib), Passes: r.notes, Layers: l.layers, MaxLayerError: opt.MaxLayerError}
	for _, in := range r.g.Inputs {
		if s := l.states[in.Value]; s != nil {
			rep.States = append(rep.States, StatePair{Input: s.inName, Output: s.outName, Elements: graph.Count(l.dims(s.in))})
		}
	}
	if rep.Outputs, err = compare(g, p, calib); err != nil {
		return nil, nil, err
	}
	return p, rep, nil
}

// compile emits everything and builds the program.
func (l *lowerer) compile() (p *program.Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			r, ok := x.(refusal)
			if !ok {
				r.err = fmt.Errorf("quant: internal fault: %v", x)
			}
			p, err = nil, r.err
		}
	}()
	if l.forced == Auto {
		if err := l.findStates(); err != nil {
			return nil, err
		}
	}
	l.placeInputs()
	for _, port := range l.g.Outputs {
		if err := l.output(port); err != nil {
			return nil, err
		}
	}
	l.carryStates()
	p, err = l.b.Build()
	if err != nil {
		return nil, fmt.Errorf("quant: %w", err)
	}
	return p, nil
}

// output names the buffer of a graph output: float32, int32 for integers, the state's form
// for state.
func (l *lowerer) output(port graph.Port) error {
	v := port.Value
	d, t := l.dims(v), l.g.Values[v].DType
	if graph.Count(d) == 0 {
		return &graph.Error{Node: port.Name, Reason: fmt.Sprintf("graph output has dims %v", d), Hint: "drop the empty output"}
	}
	k := asF32
	if !t.IsFloat() {
		k = asI32
	}
	for _, s := range l.states {
		if s.out == v && s.outName == port.Name {
			k = s.k
		}
	}
	b, q := l.get(v, k), l.q(v, k)
	if int(b.N) != graph.Count(d) {
		return fmt.Errorf("quant: output %q has %d elements for dims %v", port.Name, b.N, d)
	}
	if k == asF32 || k == asI32 {
		q.scale = 0
	}
	l.b.Output(port.Name, b, q.scale, q.zero, d...)
	return l.b.Err()
}

// errCases marks cases that the float graph cannot run.
var errCases = errors.New("quant: calibration cases")

// compare runs program and float graph over the cases.
func compare(g *graph.Graph, p *program.Program, cases []map[string]Tensor) ([]Output, error) {
	outs := make([]Output, len(g.Outputs))
	ref, err := float.New(g)
	if err != nil {
		return nil, err
	}
	run, err := newRun(p)
	if err != nil {
		return nil, err
	}
	rows, agree, n := make([]int, len(outs)), make([]int, len(outs)), make([]int, len(outs))
	for i := range outs {
		outs[i].Name = g.Outputs[i].Name
	}
	for c, in := range cases {
		want, err := ref.Run(in)
		if err != nil {
			return nil, fmt.Errorf("%w: %d: %w", errCases, c, err)
		}
		got, err := run.eval(in)
		if err != nil {
			return nil, err
		}
		for i := range outs {
			t := want[outs[i].Name]
			if t.DType == graph.String {
				continue
			}
			outs[i].add(&t, got[outs[i].Name], &n[i])
			r, a := agreement(&t, got[outs[i].Name])
			rows[i], agree[i] = rows[i]+r, agree[i]+a
		}
	}
	for i := range outs {
		outs[i].close(n[i], rows[i], agree[i])
	}
	return outs, nil
}

// add accumulates squares; close takes the roots.
func (o *Output) add(t *graph.Tensor, got []float64, n *int) {
	for k, y := range got {
		w := t.At(k)
		if math.IsNaN(w) || math.IsInf(w, 0) {
			continue
		}
		d := y - w
		o.MaxError = max(o.MaxError, math.Abs(d))
		o.RMSError += d * d
		o.RMS += w * w
		*n++
	}
}

func (o *Output) close(n, rows, agree int) {
	o.Agreement = -1
	if rows > 0 {
		o.Agreement = float64(agree) / float64(rows)
	}
	if n == 0 {
		return
	}
	o.RMSError, o.RMS = math.Sqrt(o.RMSError/float64(n)), math.Sqrt(o.RMS/float64(n))
	if o.RMS > 0 {
		o.Relative = o.RMSError / o.RMS
	}
}

// agreement counts rows (integers: elements) and those where both sides choose the same.
func agreement(t *graph.Tensor, got []float64) (rows, agree int) {
	if !t.DType.IsFloat() {
		for k, y := range got {
			if y == t.At(k) {
				agree++
			}
		}
		return len(got), agree
	}
	w := 1
	if t.Rank() > 0 {
		w = t.Dims[t.Rank()-1]
	}
	if w < 2 {
		return 0, 0
	}
	for r := 0; r+w <= len(got); r += w {
		a, b := 0, 0
		for k := range w {
			if t.At(r+k) > t.At(r+a) {
				a = k
			}
			if got[r+k] > got[r+b] {
				b = k
			}
		}
		rows++
		if a == b {
			agree++
		}
	}
	return rows, agree
}
