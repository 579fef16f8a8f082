package bundle

import (
	"math"
	"testing"

	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

func TestHostMustHaveEveryFeatureAndAction(t *testing.T) {
	engine := Engine()
	change := func(f func(h *Host)) Host {
		h := Engine()
		f(&h)
		return h
	}
	raw := write(t, tinyPolicy(t), nil)
	if _, err := read(raw, Limits{Host: &engine}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		host          Host
		section, text string
	}{
		"another version": {change(func(h *Host) { h.Schema.Version++ }), "schema", "features of version 1, this build computes version 2"},
		"a feature less":  {change(func(h *Host) { h.Schema.Features = h.Schema.Features[:2] }), "schema", `feature 0 is "behind_ppm"`},
		"another unit":    {change(func(h *Host) { h.Schema.Features[2].Unit = "bp" }), "schema", "computes it in bp"},
		"an action less":  {change(func(h *Host) { h.Actions = h.Actions[:2] }), "head", `"cross-1"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(raw, Limits{Host: &c.host})
			wantRefusal(t, err, c.section, ErrSchema, c.text)
			_, err = NewDecider(tinyPolicy(t), c.host, kernel.Auto)
			wantRefusal(t, err, c.section, ErrSchema, c.text)
		})
	}
	_, err := read(write(t, tinyModel(t), nil), Limits{Host: &engine})
	wantRefusal(t, err, "schema", ErrSchema, "bare model")
	_, err = NewDecider(tinyModel(t), engine, kernel.Auto)
	wantRefusal(t, err, "schema", ErrSchema, "bare model")
}

// The decider gives the golden vectors' actions from the host's features, in the host's
// order, with the state apart.
func TestDecideFollowsTheGoldenVectors(t *testing.T) {
	b := tinyPolicy(t)
	for _, k := range []kernel.Use{kernel.Auto, kernel.Portable} {
		d, err := NewDecider(b, Engine(), k)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := b.Schema.Columns(EngineSchema())
		if err != nil {
			t.Fatal(err)
		}
		mine, other := d.NewState(), d.NewState()
		features := make([]int32, len(EngineSchema().Features))
		for i, v := range b.Golden {
			if v.Start == Fresh {
				d.Reset(mine)
			}
			for k, c := range columns {
				features[c] = v.Features[k]
			}
			action, ok := d.Decide(features, mine)
			if !ok || EngineActions()[action] != b.Head.Actions[v.Action] {
				t.Errorf("vector %d: action %d, %t; want %s", i, action, ok, b.Head.Actions[v.Action])
			}
			if string(mine[:4]) != string(v.States[0]) {
				t.Errorf("vector %d: state %x, want %x", i, mine[:4], v.States[0])
			}
			d.Decide(features, other) // another parent between
		}
		var untouched [4]byte
		d.Reset(mine)
		features[columns[0]] = 500_001
		if _, ok := d.Decide(features, mine); ok || string(mine[:4]) != string(untouched[:]) {
			t.Errorf("outside of the range of training: taken, state %x", mine[:4])
		}
		features[columns[0]] = 500_000
		if _, ok := d.Decide(features, mine); !ok {
			t.Error("at the edge of the range of training: refused")
		}
		if _, ok := d.Decide(features[:2], mine); ok {
			t.Error("taken with too few features")
		}
		if n := testing.AllocsPerRun(200, func() { d.Decide(features, mine) }); n != 0 {
			t.Errorf("%v allocations per decision", n)
		}
	}
}

func TestHeads(t *testing.T) {
	nan := float32(math.NaN())
	argmax := &Head{Kind: Argmax}
	bins := &Head{Kind: Bins, Edges: []float32{-1, 0, 2.5}}
	label := &Head{Kind: Label, Actions: []string{"a", "b", "c"}}
	f32 := func(v ...float32) ([]byte, program.Buf) {
		return le(v...), program.Buf{N: int32(len(v)), Type: program.F32}
	}
	for name, c := range map[string]struct {
		head *Head
		in   []float32
		want int
	}{
		"the largest":                  {argmax, []float32{1, 3, 2}, 1},
		"of equals the first":          {argmax, []float32{1, 3, 3}, 1},
		"NaN loses":                    {argmax, []float32{nan, -5, nan}, 1},
		"minus infinity is a number":   {argmax, []float32{nan, float32(math.Inf(-1))}, 1},
		"nothing but NaN is no action": {argmax, []float32{nan, nan}, -1},
		"below every edge":             {bins, []float32{-1.5}, 0},
		"at an edge is above it":       {bins, []float32{-1}, 1},
		"between":                      {bins, []float32{1}, 2},
		"above every edge":             {bins, []float32{2.5}, 3},
		"NaN is in no bin":             {bins, []float32{nan}, -1},
	} {
		if got := c.head.index(f32(c.in...)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for v, want := range map[int32]int{0: 0, 2: 2, 3: -1, -1: -1, math.MaxInt32: -1, math.MinInt32: -1} {
		b := []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}
		if got := label.index(b, program.Buf{N: 1, Type: program.I32}); got != want {
			t.Errorf("label %d: %d, want %d", v, got, want)
		}
	}
	for _, c := range []struct {
		t    program.DType
		b    []byte
		want int
	}{{program.U8, []byte{1, 255}, 1}, {program.I8, []byte{1, 255}, 0}, {program.I16, []byte{0, 128, 255, 127}, 1}, {program.I32, []byte{0, 0, 0, 128, 1, 0, 0, 0}, 1}} {
		if got := argmax.index(c.b, program.Buf{N: 2, Type: c.t}); got != c.want {
			t.Errorf("argmax of %s: %d, want %d", c.t, got, c.want)
		}
	}
}

func TestNormalisation(t *testing.T) {
	n := Norm{Offset: 100, Scale: 0.5, Clip: 10, Min: 0, Max: 200}
	for x, want := range map[int32]float32{100: 0, 101: 0.5, 120: 10, 1000: 10, -1000: -10, math.MaxInt32: 10, math.MinInt32: -10} {
		if got := n.Apply(x); got != want {
			t.Errorf("%d gives %v, want %v", x, got, want)
		}
	}
	huge := Norm{Scale: math.MaxFloat32, Clip: 3}
	if got := huge.Apply(math.MaxInt32); got != 3 {
		t.Errorf("an overflow gives %v, want the clip", got)
	}
}

func TestSchemaHashIsFixed(t *testing.T) {
	s := EngineSchema()
	before := s.Hash()
	s.Input = "anything"
	if s.Hash() != before {
		t.Error("the name of a program's input is part of the hash")
	}
	s.Features[3].Unit = "ticks"
	if s.Hash() == before {
		t.Error("a unit is not part of the hash")
	}
}
