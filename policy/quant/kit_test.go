package quant

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// net builds graphs for tests. Shapes of node outputs come from the float runner.
type net struct {
	g   *graph.Graph
	rnd *rand.Rand
	seq int
}

func newNet(seed uint64) *net {
	return &net{g: &graph.Graph{Name: "test"}, rnd: rand.New(rand.NewPCG(seed, 7))}
}

func (b *net) input(name string, dims ...int) int {
	v := b.g.AddValue(name, graph.Float32, dims...)
	b.g.Inputs = append(b.g.Inputs, graph.Port{Name: name, Value: v})
	return v
}

func (b *net) output(name string, v int) {
	b.g.Outputs = append(b.g.Outputs, graph.Port{Name: name, Value: v})
}

// random is a normal constant of the given deviation.
func (b *net) random(dev float64, dims ...int) int {
	t := graph.New(graph.Float32, dims...)
	for i := range t.F {
		t.F[i] = float32(b.rnd.NormFloat64() * dev)
	}
	return b.add(t)
}

func (b *net) add(t *graph.Tensor) int {
	b.seq++
	return b.g.AddConst(fmt.Sprint("c", b.seq), t)
}

func (b *net) floats(v ...float32) int { return b.add(graph.Floats(v, len(v))) }
func (b *net) scalar(v float32) int    { return b.add(graph.Floats([]float32{v})) }
func (b *net) ints(v ...int64) int     { return b.add(graph.Ints(v, len(v))) }

// node adds an operator with outs outputs and returns the first.
func (b *net) node(op graph.Op, attr graph.Attr, in ...int) int {
	return b.nodes(1, op, attr, in...)[0]
}

func (b *net) nodes(outs int, op graph.Op, attr graph.Attr, in ...int) []int {
	b.seq++
	n := graph.Node{Op: op, Name: fmt.Sprint(op, b.seq), In: in, Attr: attr, Out: make([]int, outs)}
	for i := range n.Out {
		n.Out[i] = i // any id: Eval only asks whether it is there
	}
	ins := make([]*graph.Tensor, len(in))
	for i, v := range in {
		if v == graph.None {
			continue
		}
		if ins[i] = b.g.Const(v); ins[i] == nil {
			ins[i] = graph.New(b.g.Values[v].DType, b.g.Values[v].Dims...)
		}
	}
	ts, err := float.Eval(&n, ins, float.NewBudget())
	if err != nil {
		panic(err)
	}
	for i := range n.Out {
		n.Out[i] = b.g.AddValue(fmt.Sprint(op, b.seq, "_", i), ts[i].DType, ts[i].Dims...)
	}
	b.g.Nodes = append(b.g.Nodes, n)
	return n.Out
}

// dense is a plain layer with normal weights.
func (b *net) dense(x, outs int) int {
	ins := b.g.Values[x].Dims[1]
	return b.node(graph.Gemm, graph.GemmAttr{Alpha: 1, Beta: 1, TransB: true}, x,
		b.random(1/math.Sqrt(float64(ins)), outs, ins), b.random(0.1, outs))
}

// cases are normal inputs.
func (b *net) cases(n int) []map[string]Tensor {
	out := make([]map[string]Tensor, n)
	for i := range out {
		out[i] = map[string]Tensor{}
		for _, p := range b.g.Inputs {
			t := graph.New(b.g.Values[p.Value].DType, b.g.Values[p.Value].Dims...)
			for k := range t.F {
				t.F[k] = float32(b.rnd.NormFloat64())
			}
			for k := range t.I {
				t.I[k] = int64(b.rnd.IntN(256))
			}
			out[i][p.Name] = *t
		}
	}
	return out
}

func floatRun(t testing.TB, g *graph.Graph, in map[string]Tensor) map[string]Tensor {
	t.Helper()
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Run(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ops(g *graph.Graph) map[graph.Op]int {
	m := map[graph.Op]int{}
	for i := range g.Nodes {
		m[g.Nodes[i].Op]++
	}
	return m
}
