package program

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// base is a small good program that cases of the table spoil.
func base() *Program {
	return &Program{
		Arena: 256, State: 64, Init: make([]byte, 128),
		Inputs:  []Slot{{Name: "x", Buf: Buf{128, 8, U8}, Dims: []int32{8}}},
		Outputs: []Slot{{Name: "y", Buf: Buf{192, 2, U8}, Dims: []int32{2}}},
		States:  []Slot{{Name: "s", Buf: Buf{0, 4, I16}, Dims: []int32{4}}},
		Instrs: []Instr{&Dense{X: Buf{128, 8, U8}, Y: Buf{192, 2, U8}, Rows: 1, In: 8, Out: 2,
			W8: make([]int8, 16), Bias: make([]int32, 2), M: []float32{1, 1}, Hi: 255}},
	}
}

func TestCheckRefuses(t *testing.T) {
	if err := base().Check(); err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	dense := func(p *Program) *Dense { return p.Instrs[0].(*Dense) }
	for _, c := range []struct {
		what  string
		spoil func(p *Program)
		want  error
		words string
	}{
		{"an arena too large", func(p *Program) { p.Arena = MaxArena + 1 }, ErrLimit, "arena"},
		{"a negative arena", func(p *Program) { p.Arena = -1 }, ErrLimit, "arena"},
		{"more state than contents", func(p *Program) { p.State = 129 }, ErrInvalid, "state"},
		{"contents beyond the arena", func(p *Program) { p.Init = make([]byte, 300) }, ErrInvalid, "contents"},
		{"an input outside the arena", func(p *Program) { p.Inputs[0].Buf.Off = 250 }, ErrInvalid, `"x"`},
		{"a buffer whose end overflows", func(p *Program) { p.Inputs[0].Buf.N = math.MaxInt32 }, ErrInvalid, `"x"`},
		{"an input over constants", func(p *Program) { p.Inputs[0].Buf.Off = 64 }, ErrInvalid, "constants"},
		{"two inputs over one another", func(p *Program) {
			p.Inputs = append(p.Inputs, Slot{Name: "z", Buf: Buf{130, 8, U8}, Dims: []int32{8}})
		}, ErrInvalid, "overlap"},
		{"a name used twice", func(p *Program) { p.Inputs = append(p.Inputs, p.Inputs[0]) }, ErrInvalid, "twice"},
		{"dimensions that do not multiply up", func(p *Program) { p.Inputs[0].Dims = []int32{3, 3} }, ErrInvalid, "dimensions"},
		{"dimensions whose product overflows", func(p *Program) { p.Inputs[0].Dims = []int32{1 << 30, 1 << 30, 1 << 30} }, ErrInvalid, "dimensions"},
		{"a state outside the state", func(p *Program) { p.States[0].Buf.Off = 62 }, ErrInvalid, "outside the state"},
		{"a scale that is not a number", func(p *Program) { p.Inputs[0].Scale = nan }, ErrInvalid, "scale"},
		{"an unknown element type", func(p *Program) { p.Inputs[0].Buf.Type = 9 }, ErrInvalid, `"x"`},
		{"a missing instruction", func(p *Program) { p.Instrs[0] = nil }, ErrInvalid, "missing"},
		{"an output never computed", func(p *Program) { p.Outputs[0].Buf.Off = 220 }, ErrInvalid, "never computed"},
		{"a result over constants", func(p *Program) { dense(p).Y.Off = 100 }, ErrInvalid, "constants"},
		{"a result over its operand", func(p *Program) { dense(p).Y.Off = 130 }, ErrInvalid, "overlaps"},
		{"an operand outside the arena", func(p *Program) { dense(p).X.Off = 249 }, ErrInvalid, "inside the arena"},
		{"an operand nobody wrote", func(p *Program) { dense(p).X.Off = 200 }, ErrInvalid, "nothing has written"},
		{"an operand of the wrong type", func(p *Program) { dense(p).X.Type = I8 }, ErrInvalid, "x is s8"},
		{"missing weights", func(p *Program) { dense(p).W8 = dense(p).W8[:15] }, ErrInvalid, "weights"},
		{"weights of the wrong width", func(p *Program) { dense(p).W8, dense(p).W16 = nil, make([]int16, 16) }, ErrInvalid, "weights"},
		{"missing biases", func(p *Program) { dense(p).Bias = nil }, ErrInvalid, "biases"},
		{"a multiplier that is not a number", func(p *Program) { dense(p).M[1] = nan }, ErrInvalid, "multiplier"},
		{"sizes that are negative", func(p *Program) { dense(p).Rows, dense(p).In = -1, -8 }, ErrInvalid, "size"},
		{"sizes whose product overflows", func(p *Program) { dense(p).Rows, dense(p).In = math.MaxInt32, math.MaxInt32 }, ErrInvalid, "size"},
		{"a clamp outside the type", func(p *Program) { dense(p).Hi = 256 }, ErrInvalid, "clamps"},
		{"a clamp upside down", func(p *Program) { dense(p).Lo, dense(p).Hi = 9, 8 }, ErrInvalid, "clamps"},
		{"a zero point outside the type", func(p *Program) { dense(p).Zero = -1 }, ErrInvalid, "clamps"},
		{"an accumulator that can overflow", func(p *Program) { dense(p).Bias[1], dense(p).W8[15] = math.MaxInt32-254, 1 }, ErrInvalid, "accumulator of output 1"},
		{"a bias at the end of its range", func(p *Program) { dense(p).Bias[0] = math.MinInt32 }, ErrInvalid, "accumulator of output 0"},
		{"an index out of range", func(p *Program) { p.Instrs[0] = &Gather{X: Buf{128, 8, U8}, Y: Buf{192, 2, U8}, Index: []int32{0, 8}} }, ErrInvalid, "index 1"},
		{"a table too short", func(p *Program) {
			p.Instrs[0] = &LUT16{X: Buf{0, 4, I16}, Y: Buf{192, 4, I16}, Table: make([]int16, 512)}
		}, ErrInvalid, "513"},
		{"a table with a jump", func(p *Program) {
			t := make([]int16, 513)
			t[1], t[2] = -32768, 32767
			p.Instrs[0] = &LUT16{X: Buf{0, 4, I16}, Y: Buf{192, 4, I16}, Table: t}
		}, ErrInvalid, "jumps"},
		{"a tree with a loop", func(p *Program) {
			p.Init = make([]byte, 128)
			p.Instrs[0] = &Trees{X: Buf{128, 2, F32}, Y: Buf{192, 1, F32}, Inputs: []TreeInput{{0, 0, 1, false}}, Thresholds: []float32{1},
				Nodes: []TreeNode{{0, 1, 0, ^0}}, Roots: []int32{0}, LeafFirst: []int32{0, 0}}
		}, ErrInvalid, "children"},
		{"thresholds that do not ascend", func(p *Program) {
			p.Instrs[0] = &Trees{X: Buf{128, 2, F32}, Y: Buf{192, 1, F32}, Inputs: []TreeInput{{0, 0, 2, false}}, Thresholds: []float32{1, 1}}
		}, ErrInvalid, "ascend"},
		{"a step too many", func(p *Program) {
			for range 400 {
				p.Instrs = append(p.Instrs, &hugeWork{})
			}
		}, ErrLimit, "steps"},
	} {
		p := base()
		c.spoil(p)
		err := p.Check()
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %v with %q", c.what, err, c.want, c.words)
		}
		if _, err2 := NewMachine(p, Options{}); err == nil || err2 == nil || err2.Error() != err.Error() {
			t.Errorf("%s: NewMachine says %v", c.what, err2)
		}
	}
}

// hugeWork is a copy that claims to cost a lot.
type hugeWork struct{ Copy }

func (*hugeWork) check(*checker) {}
func (*hugeWork) work() uint64   { return 1 << 22 }

// A bound known from the producer proves what the type alone could not.
func TestBoundsAreCarriedToProofs(t *testing.T) {
	build := func(limit int32) error {
		b := NewBuilder()
		x := b.Requant(b.Input("x", I16, 1, 0, 64), 0, 1, Symmetric16(limit))
		w := Weights{W16: make([]int16, 64), Bias: []int32{0}, M: []float32{1}}
		for i := range w.W16 {
			w.W16[i] = 8191
		}
		b.Output("y", b.Dense(b.Concat(x.Slice(0, 32), b.Gather(x, make([]int32, 32))), 1, w, Full(F32, 0)), 0, 0)
		_, err := b.Build()
		return err
	}
	if err := build(4095); err != nil {
		t.Errorf("13-bit weights and activations: %v", err)
	}
	if err := build(32767); !errors.Is(err, ErrInvalid) {
		t.Errorf("13-bit weights and 16-bit activations: %v", err)
	}
}

func TestBuilderKeepsItsFirstError(t *testing.T) {
	for what, spoil := range map[string]func(b *Builder, x Buf){
		"rows that do not divide": func(b *Builder, x Buf) {
			b.Dense(x, 3, Weights{Bias: make([]int32, 1), M: make([]float32, 1)}, Full(U8, 0))
		},
		"weights that do not fit": func(b *Builder, x Buf) {
			b.Dense(x, 1, Weights{W8: make([]int8, 7), Bias: make([]int32, 1), M: make([]float32, 1)}, Full(U8, 0))
		},
		"a constant out of range":   func(b *Builder, _ Buf) { b.Const(U8, 256) },
		"a scratch of nothing":      func(b *Builder, _ Buf) { b.Scratch(F32, 0) },
		"a scratch too large":       func(b *Builder, _ Buf) { b.Scratch(F32, MaxArena) },
		"concatenation of types":    func(b *Builder, x Buf) { b.Concat(x, b.Scratch(F32, 1)) },
		"a permutation with a hole": func(b *Builder, x Buf) { b.Transpose(x, []int{2, 4}, []int{0, 0}) },
		"a slice out of range":      func(b *Builder, x Buf) { b.Copy(x.Slice(4, 9), b.Scratch(U8, 5)) },
		"a tree over no feature":    func(b *Builder, _ Buf) { b.Trees(b.Scratch(F32, 1), 1, []FloatNode{{Feature: 1}}, Trees{}) },
		"a tree with a wild child": func(b *Builder, _ Buf) {
			b.Trees(b.Scratch(F32, 1), 1, []FloatNode{{True: 7, False: -1}}, Trees{LeafFirst: []int32{0, 0}})
		},
		"an output with false dimensions": func(b *Builder, x Buf) { b.Output("z", x, 0, 0, 3, 3) },
	} {
		b := NewBuilder()
		x := b.Input("x", U8, 1, 0, 8)
		spoil(b, x)
		b.Output("y", b.Requant(x, 0, 1, Full(U8, 0)), 1, 0)
		if _, err := b.Build(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := b.Build(); err == nil {
			t.Errorf("%s: a second Build succeeds", what)
		}
	}
}
