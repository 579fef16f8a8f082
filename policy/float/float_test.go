package float

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"slipstream/policy/graph"
)

func TestEveryOperatorHasAKernel(t *testing.T) {
	for _, op := range graph.Ops() {
		if kernels[op] == nil {
			t.Errorf("%s has no kernel", op)
		}
	}
	for op := range kernels {
		if !op.Known() {
			t.Errorf("kernel for %s, which package graph does not have", op)
		}
	}
}

// addOne is y = x + 1 over [1, 2].
func addOne() *graph.Graph {
	g := &graph.Graph{}
	x := g.AddValue("x", graph.Float32, 1, 2)
	c := g.AddConst("one", graph.Floats([]float32{1}, 1))
	y := g.AddValue("y", graph.Float32, 1, 2)
	g.Nodes = []graph.Node{{Op: graph.Add, Name: "add", In: []int{x, c}, Out: []int{y}}}
	g.Inputs, g.Outputs = []graph.Port{{Name: "x", Value: x}}, []graph.Port{{Name: "y", Value: y}}
	return g
}

func TestRunnerTakesOtherBatchesAndRefusesTheRest(t *testing.T) {
	r, err := New(addOne())
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Run(map[string]Tensor{"x": *graph.Floats([]float32{1, 2, 3, 4}, 2, 2)})
	if err != nil || out["y"].F[3] != 5 {
		t.Errorf("a batch of two: %v %v", out, err)
	}
	for name, c := range map[string]struct {
		in   map[string]Tensor
		want string
	}{
		"no input":                     {nil, `input "x" is missing`},
		"another type":                 {map[string]Tensor{"x": *graph.Ints([]int64{1, 2}, 1, 2)}, "is int64, the model wants float32"},
		"another rank":                 {map[string]Tensor{"x": *graph.Floats([]float32{1, 2}, 2)}, "dims [2]"},
		"fewer elements than dims say": {map[string]Tensor{"x": *graph.Floats([]float32{1}, 1, 2)}, "the data has 1"},
		"negative dims":                {map[string]Tensor{"x": {DType: graph.Float32, Dims: []int{-1, 2}}}, "negative"},
	} {
		if _, err := r.Run(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := New(&graph.Graph{Nodes: []graph.Node{{Op: "Conv"}}}); err == nil {
		t.Error("New took a graph that is not valid")
	}
}

func TestTraceShowsEveryValue(t *testing.T) {
	r, err := New(addOne())
	if err != nil {
		t.Fatal(err)
	}
	vals, err := r.Trace(map[string]Tensor{"x": *graph.Floats([]float32{1, 2}, 1, 2)})
	if err != nil || len(vals) != 3 || vals[2].F[1] != 3 {
		t.Errorf("%v %v", vals, err)
	}
}

func TestBudgetStopsWork(t *testing.T) {
	r, err := New(addOne())
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]Tensor{"x": *graph.Floats([]float32{1, 2}, 1, 2)}
	if _, err := r.RunBudget(in, &Budget{Elements: 1, Work: 100}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge", err)
	}
	if _, err := r.RunBudget(in, &Budget{Elements: 100, Work: 1}); !errors.Is(err, ErrTooLong) {
		t.Errorf("%v, want ErrTooLong", err)
	}
}

// A kernel that fails inside gives an error that names the node, not a panic.
func TestKernelFaultsAreErrors(t *testing.T) {
	n := &graph.Node{Op: graph.Concat, Name: "c", In: []int{0}, Out: []int{1}} // attribute missing
	_, err := Eval(n, []*Tensor{graph.Floats([]float32{1}, 1)}, NewBudget())
	if err == nil || !strings.Contains(err.Error(), `node "c" (Concat)`) || !strings.Contains(err.Error(), internalFault) {
		t.Errorf("%v", err)
	}
	if _, err := Eval(n, nil, NewBudget()); err == nil || !strings.Contains(err.Error(), "input 0 has no value") {
		t.Errorf("%v", err)
	}
}

// Every half decodes and rounds to itself; what lies between goes to the even neighbour.
func TestHalfPrecision(t *testing.T) {
	for b := range 1 << 16 {
		v := HalfBits(uint16(b))
		if r := RoundHalf(v); r != v && v == v {
			t.Fatalf("%#x is %v, rounds to %v", b, v, r)
		}
	}
	for in, want := range map[float32]float32{
		1 + 1.0/2048: 1, 1 + 3.0/2048: 1 + 2.0/1024, 65519: 65504, 65520: float32(math.Inf(1)),
		0x1p-25: 0, 0x1.8p-24: 0x1p-23, -0x1.000002p-25: -0x1p-24,
	} {
		if got := RoundHalf(in); got != want {
			t.Errorf("%v rounds to %v, want %v", in, got, want)
		}
	}
	for in, want := range map[float32]float32{1 + 1.0/256: 1, 1 + 3.0/256: 1 + 1.0/64, -3: -3} {
		if got := RoundBrain(in); got != want {
			t.Errorf("bfloat16: %v rounds to %v, want %v", in, got, want)
		}
	}
}

func TestConversionsSaturateAndWrap(t *testing.T) {
	for _, c := range []struct {
		v    float64
		d    graph.DType
		want int64
	}{
		{1.9, graph.Int32, 1}, {-1.9, graph.Int32, -1}, {math.NaN(), graph.Int64, 0}, {math.Inf(1), graph.Int64, math.MaxInt64},
		{math.Inf(-1), graph.Int64, math.MinInt64}, {0.1, graph.Bool, 1}, {1 << 63, graph.Uint64, math.MinInt64}, {300, graph.Uint8, 44},
	} {
		if got := truncate(c.v, c.d); got != c.want {
			t.Errorf("%v to %s: %d, want %d", c.v, c.d, got, c.want)
		}
	}
	for _, c := range []struct {
		v    float32
		zero int64
		d    graph.DType
		want int64
	}{{2.5, 0, graph.Int8, 2}, {3.5, 0, graph.Int8, 4}, {-2.5, 10, graph.Uint8, 8}, {1e30, 0, graph.Int8, 127}, {float32(math.NaN()), 3, graph.Int8, 3}} {
		if got := requantize(c.v, c.zero, c.d); got != c.want {
			t.Errorf("%v + %d to %s: %d, want %d", c.v, c.zero, c.d, got, c.want)
		}
	}
}

// fan is n copies of x + 1, each shown or each fed to the next.
func fan(n int, chain bool) *graph.Graph {
	g := &graph.Graph{}
	x := g.AddValue("x", graph.Float32, 1, 2)
	c := g.AddConst("one", graph.Floats([]float32{1}, 1))
	g.Inputs = []graph.Port{{Name: "x", Value: x}}
	for i := range n {
		y := g.AddValue("y", graph.Float32, 1, 2)
		g.Nodes = append(g.Nodes, graph.Node{Op: graph.Add, Name: "add", In: []int{x, c}, Out: []int{y}})
		if chain {
			x = y
		}
		if !chain || i == n-1 {
			g.Outputs = append(g.Outputs, graph.Port{Name: fmt.Sprint("y", i), Value: y})
		}
	}
	return g
}

func TestValuesTogetherAreBounded(t *testing.T) {
	run := func(g *graph.Graph) error {
		r, err := New(g)
		if err != nil {
			t.Fatal(err)
		}
		out, err := r.RunBudget(map[string]Tensor{"x": *graph.Floats([]float32{1, 2}, 1, 2)}, &Budget{Elements: 4, Work: 1 << 20})
		if y := out[fmt.Sprint("y", len(g.Nodes)-1)]; err == nil && len(y.F) != 2 {
			t.Errorf("answer %v", out)
		}
		return err
	}
	if err := run(fan(100, true)); err != nil {
		t.Errorf("a chain, of which two values live at a time: %v", err)
	}
	if err := run(fan(100, false)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a hundred values that all live: %v, want %v", err, ErrTooLarge)
	}
	if err := run(fan(5, false)); err != nil {
		t.Errorf("five values: %v", err)
	}
}
