package quant

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// randomNet draws a small network of layers, activations, joins and normalisations.
func randomNet(t *rapid.T) *net {
	b := newNet(rapid.Uint64().Draw(t, "seed"))
	width := rapid.IntRange(4, 24).Draw(t, "inputs")
	x := b.input("x", 1, width)
	live := []int{x}
	for range rapid.IntRange(1, 6).Draw(t, "layers") {
		v := live[rapid.IntRange(max(0, len(live)-2), len(live)-1).Draw(t, "from")]
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1, 2:
			v = b.node(graph.Relu, nil, b.dense(v, rapid.IntRange(4, 32).Draw(t, "width")))
		case 3:
			v = b.node(graph.Tanh, nil, b.dense(v, rapid.IntRange(4, 32).Draw(t, "width")))
		case 4:
			h := b.dense(v, 12)
			v = b.node(graph.Mul, nil, h, b.node(graph.Sigmoid, nil, h))
		case 5:
			v = b.node(graph.Add, nil, v, b.dense(v, b.g.Values[v].Dims[1]))
		case 6:
			h := b.dense(v, 16)
			v = b.node(graph.LayerNormalization, graph.NormAttr{Axis: 1, Epsilon: 1e-5}, h, b.random(1, 16), b.random(1, 16))
		case 7:
			v = b.node(graph.Concat, graph.AxisAttr{Axis: 1}, v, b.node(graph.Sigmoid, nil, b.dense(v, 8)))
		case 8:
			v = b.node(graph.Clip, nil, b.dense(v, 10), b.scalar(-1), b.scalar(0.5))
		case 9:
			v = b.node(graph.LeakyRelu, graph.AlphaAttr{Alpha: 0.1}, b.dense(v, 10))
		}
		live = append(live, v)
	}
	b.output("y", b.dense(live[len(live)-1], 6))
	if rapid.Bool().Draw(t, "hidden output") {
		b.output("hidden", live[len(live)-1])
	}
	return b
}

// bounded inputs are what a policy sees after clipping its observations.
func bounded(cases []map[string]Tensor) []map[string]Tensor {
	for _, c := range cases {
		for _, x := range c {
			for i := range x.F {
				x.F[i] = min(max(x.F[i], -1.5), 1.5)
			}
		}
	}
	return cases
}

// within keeps the cases that take no value of the graph out of its range over calib.
func within(t *rapid.T, g *graph.Graph, calib, cases []map[string]Tensor) (kept []map[string]Tensor) {
	seen, err := calibrate(g, calib)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		one, err := calibrate(g, []map[string]Tensor{c})
		if err != nil {
			t.Fatal(err)
		}
		inside := true
		for v, s := range one.stats {
			inside = inside && s.lo >= marginFew*seen.stats[v].lo && s.hi <= marginFew*seen.stats[v].hi
		}
		if inside {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		t.Skip("no case within the ranges")
	}
	return kept
}

// TestRandomNetworks: what is compiled stays within the error that the report states, on
// other inputs too whose values stay in the calibrated ranges.
func TestRandomNetworks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := randomNet(t)
		prec := rapid.SampledFrom([]Precision{Auto, Int8, Int16, Float32}).Draw(t, "precision")
		cases := bounded(b.cases(160))
		p, rep, err := Compile(b.g, cases, Options{Precision: prec})
		if err != nil {
			t.Fatal(err)
		}
		bound := map[Precision]float64{Auto: 0.0201, Int8: 0.2, Int16: 0.005, Float32: 1e-5}[prec]
		for _, o := range rep.Outputs {
			if o.Relative > bound {
				t.Fatalf("%s: relative error %.3g, want at most %.3g", o.Name, o.Relative, bound)
			}
		}
		for _, l := range rep.Layers {
			if l.Reason == "" || l.Precision == "" {
				t.Fatalf("layer %+v gives no reason", l)
			}
		}
		fresh, err := compare(b.g, p, within(t, b.g, cases, bounded(b.cases(64))))
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range fresh {
			if o.Relative > 2*rep.Outputs[i].Relative+bound {
				t.Fatalf("%s: relative error %.3g on fresh inputs, the report says %.3g", o.Name, o.Relative, rep.Outputs[i].Relative)
			}
		}
	})
}

func TestCompilingTwiceGivesTheSameBytes(t *testing.T) {
	b := newNet(3)
	b.output("y", attention(b, b.input("x", 1, 6, 8), 6, 8, 2))
	cases := b.cases(10)
	var first []byte
	for range 3 {
		p, _, err := Compile(b.g, cases, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := p.Append(nil)
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Fatal("two compilations differ")
		}
		if _, err := program.Decode(got); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnOutlierIsClipped(t *testing.T) {
	s := &stat{}
	x := graph.New(graph.Float32, 60000)
	b := newNet(1)
	for i := range x.F {
		x.F[i] = float32(b.rnd.NormFloat64())
	}
	x.F[0] = 8
	s.add(x)
	if p := choose8(s, 0.9999); squareError(s, p) >= squareError(s, affine8(s.lo, s.hi)) {
		t.Error("the search is no better than the extremes")
	}
	if p := choose8(&stat{}, 0.9999); p.quantise(0) != p.zero {
		t.Error("0 is not exact without samples")
	}
}

// TestZeroIsExact: padding, ReLU and absent features are 0 everywhere.
func TestZeroIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := affine8(rapid.Float64Range(-1e3, 1).Draw(t, "lo"), rapid.Float64Range(-1, 1e3).Draw(t, "hi"))
		if p.real(p.quantise(0)) != 0 {
			t.Fatalf("0 becomes %v with %+v", p.real(p.quantise(0)), p)
		}
	})
}

func TestCompileRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		build func(b *net) []map[string]Tensor
		opt   Options
		want  string
	}{
		"an option out of range": {func(b *net) []map[string]Tensor {
			b.output("y", b.dense(b.input("x", 1, 3), 2))
			return nil
		}, Options{MaxLayerError: 2}, "MaxLayerError"},
		"a case of another shape": {func(b *net) []map[string]Tensor {
			b.output("y", b.dense(b.input("x", 1, 3), 2))
			return []map[string]Tensor{{"x": *graph.New(graph.Float32, 4, 3)}}
		}, Options{}, "one row per case"},
		"a case without an input": {func(b *net) []map[string]Tensor {
			b.output("y", b.dense(b.input("x", 1, 3), 2))
			return []map[string]Tensor{{}}
		}, Options{}, `"x" is missing`},
		"a broken graph": {func(b *net) []map[string]Tensor {
			b.output("y", b.dense(b.input("x", 1, 3), 2))
			b.g.Nodes[0].In[0] = 99
			return nil
		}, Options{}, "input 0 is missing"},
		"an operator without a form, by name": {func(b *net) []map[string]Tensor {
			b.output("y", b.node(graph.Sin, nil, b.input("x", 1, 3)))
			return nil
		}, Options{}, "(Sin): has no compiled form"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newNet(1)
			cases := c.build(b)
			_, _, err := Compile(b.g, cases, c.opt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestWithoutCalibrationLayersStayInFloat(t *testing.T) {
	b := newNet(2)
	b.output("y", b.dense(b.node(graph.Tanh, nil, b.dense(b.input("x", 1, 8), 8)), 3))
	_, rep, err := Compile(b.g, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range rep.Layers {
		if l.Precision != "float32" {
			t.Errorf("%+v", l)
		}
	}
}
