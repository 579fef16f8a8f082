package quant

import (
	"math"
	"testing"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// recurrentNet is one layer over steps with state in and out.
func recurrentNet(b *net, op graph.Op, a *graph.RecurrentAttr, steps, batch, ins int, peepholes bool) {
	a.Hidden = 6
	per := map[graph.Op]int{graph.LSTM: 3, graph.GRU: 2, graph.RNN: 1}[op]
	if a.Activations == nil {
		for range a.Directions() {
			a.Activations = append(a.Activations, []graph.Activation{{Kind: graph.Sigmoid}, {Kind: graph.Tanh}, {Kind: graph.Tanh}}[:per]...)
			if op == graph.RNN {
				a.Activations[len(a.Activations)-1].Kind = graph.Tanh
			}
		}
	}
	d, gh := a.Directions(), gateRows[op]*a.Hidden
	xd, sd := []int{steps, batch, ins}, []int{d, batch, a.Hidden}
	if a.BatchFirst {
		xd, sd = []int{batch, steps, ins}, []int{batch, d, a.Hidden}
	}
	in := []int{b.input("x", xd...), b.random(0.6, d, gh, ins), b.random(0.5, d, gh, a.Hidden), b.random(0.2, d, 2*gh), graph.None, b.input("h", sd...)}
	if op == graph.LSTM {
		in = append(in, b.input("c", sd...))
		if peepholes {
			in = append(in, b.random(0.3, d, 3*a.Hidden))
		}
	}
	outs := map[graph.Op]int{graph.LSTM: 3, graph.GRU: 2, graph.RNN: 2}[op]
	for i, v := range b.nodes(outs, op, a, in...) {
		b.output([]string{"y", "h1", "c1"}[i], v)
	}
}

// reachable turns normal states into ones that a cell can be in.
func reachable(cases []map[string]Tensor) []map[string]Tensor {
	for _, c := range cases {
		for i := range c["h"].F {
			c["h"].F[i] = float32(math.Tanh(float64(c["h"].F[i])))
		}
	}
	return cases
}

func TestCells(t *testing.T) {
	relu := []graph.Activation{{Kind: graph.Relu}}
	for _, c := range []struct {
		name         string
		op           graph.Op
		at           graph.RecurrentAttr
		steps, batch int
		peep         bool
		float        bool // no integer form
	}{
		{"an LSTM step", graph.LSTM, graph.RecurrentAttr{}, 1, 1, false, false},
		{"a GRU step as PyTorch exports it", graph.GRU, graph.RecurrentAttr{LinearBeforeReset: true}, 1, 1, false, false},
		{"a GRU step that resets first", graph.GRU, graph.RecurrentAttr{}, 1, 1, false, false},
		{"an RNN step", graph.RNN, graph.RecurrentAttr{}, 1, 1, false, false},
		{"an LSTM over four steps both ways in a batch", graph.LSTM, graph.RecurrentAttr{Direction: graph.Bidirectional}, 4, 2, false, false},
		{"a GRU backwards, batch first", graph.GRU, graph.RecurrentAttr{Direction: graph.Reverse, BatchFirst: true}, 3, 2, false, false},
		{"an LSTM whose gates are clipped", graph.LSTM, graph.RecurrentAttr{Clip: 0.8}, 2, 1, false, false},
		{"an LSTM with peepholes", graph.LSTM, graph.RecurrentAttr{}, 2, 1, true, true},
		{"an LSTM with coupled gates", graph.LSTM, graph.RecurrentAttr{InputForget: true}, 2, 1, false, true},
		{"an RNN with an unbounded activation", graph.RNN, graph.RecurrentAttr{Activations: relu}, 2, 1, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, prec := range []Precision{Auto, Int8, Int16, Float32} {
				b := newNet(5)
				at := c.at
				recurrentNet(b, c.op, &at, c.steps, c.batch, 4, c.peep)
				cases := reachable(b.cases(40))
				p, rep, err := Compile(b.g, cases, Options{Precision: prec})
				if err != nil {
					t.Fatal(err)
				}
				bound := map[Precision]float64{Auto: 0.02, Int8: 0.05, Int16: 0.002, Float32: 1e-5}[prec]
				if c.float {
					bound = 1e-5
				}
				for _, o := range rep.Outputs {
					if o.Relative > bound {
						t.Errorf("%s, %s: relative error %.3g, want at most %.3g", prec, o.Name, o.Relative, bound)
					}
				}
				has := false
				for _, i := range p.Instrs {
					o := i.Op()
					has = has || o == program.OpLSTM || o == program.OpGRU || o == program.OpRNN
				}
				if has == (c.float || prec == Float32) {
					t.Errorf("%s: integer cell is %v", prec, has)
				}
				if len(rep.States) == 0 {
					t.Errorf("%s: states %v", prec, rep.States)
				}
			}
		})
	}
}

// TestStateIsCarried steps a program on a State and the float graph by hand.
func TestStateIsCarried(t *testing.T) {
	for _, prec := range []Precision{Int16, Float32} {
		b := newNet(5)
		recurrentNet(b, graph.LSTM, &graph.RecurrentAttr{}, 1, 1, 4, false)
		cases := reachable(b.cases(40))
		p, rep, err := Compile(b.g, cases, Options{Precision: prec})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.States) != 2 || len(rep.States) != 2 || rep.States[0] != (StatePair{"h", "h1", 6}) || rep.States[1] != (StatePair{"c", "c1", 6}) {
			t.Fatalf("states %v", rep.States)
		}
		m, err := program.Spec(p)
		if err != nil {
			t.Fatal(err)
		}
		st, other := m.NewState(), m.NewState()
		h, c := graph.New(graph.Float32, 1, 1, 6), graph.New(graph.Float32, 1, 1, 6)
		x, _ := p.Input("x")
		y, _ := p.Output("y")
		got := make([]float32, 6)
		for step, in := range cases {
			if err := m.Set(x, in["x"].F); err != nil {
				t.Fatal(err)
			}
			m.EvalState(st)
			if err := m.Get(y, got); err != nil {
				t.Fatal(err)
			}
			out := floatRun(t, b.g, map[string]Tensor{"x": in["x"], "h": *h, "c": *c})
			h1, c1 := out["h1"], out["c1"]
			h, c = &h1, &c1
			for k, w := range out["y"].F {
				if math.Abs(float64(got[k]-w)) > 0.003 {
					t.Fatalf("%s: step %d, y[%d] is %v, want %v", prec, step, k, got[k], w)
				}
			}
			m.EvalState(other) // another parent's state in between
		}
		if string(st) == string(m.NewState()) || string(st) == string(other) && len(cases) < 2 {
			t.Error("the state did not advance")
		}
	}
}

func TestStatesByOption(t *testing.T) {
	b := newNet(3)
	x, s := b.input("x", 1, 4), b.input("s", 1, 4)
	b.output("next", b.node(graph.Add, nil, x, b.node(graph.Mul, nil, s, b.scalar(0.5))))
	p, rep, err := Compile(b.g, b.cases(5), Options{States: map[string]string{"s": "next"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.States) != 1 || len(p.States) != 1 {
		t.Fatalf("states %v", rep.States)
	}
	m, err := program.Spec(p)
	if err != nil {
		t.Fatal(err)
	}
	st := m.NewState()
	in, _ := p.Input("x")
	out, _ := p.Output("next")
	for _, want := range []float32{1, 1.5, 1.75} {
		if err := m.Set(in, []float32{1, 1, 1, 1}); err != nil {
			t.Fatal(err)
		}
		m.EvalState(st)
		if got := m.Floats(out)[0]; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if _, _, err := Compile(b.g, nil, Options{States: map[string]string{"s": "nothing"}}); err == nil {
		t.Error("a pair with no such output compiles")
	}
}

// TestStatesMayExchangePlaces: both next values are the other's old one.
func TestStatesMayExchangePlaces(t *testing.T) {
	b := newNet(3)
	p, q := b.input("p", 2), b.input("q", 2)
	b.output("p1", q)
	b.output("q1", p)
	prog, _, err := Compile(b.g, nil, Options{States: map[string]string{"p": "p1", "q": "q1"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := program.Spec(prog)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range prog.States {
		if err := m.Set(s, []float32{float32(i), float32(i)}); err != nil {
			t.Fatal(err)
		}
	}
	st := m.NewState()
	m.Save(st)
	m.EvalState(st)
	m.Load(st)
	if m.Floats(prog.States[0])[0] != 1 || m.Floats(prog.States[1])[0] != 0 {
		t.Errorf("after the exchange: %v %v", m.Floats(prog.States[0]), m.Floats(prog.States[1]))
	}
}
