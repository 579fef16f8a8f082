package program

import (
	"bytes"
	"errors"
	"testing"

	"slipstream/policy/kernel"
)

func TestEvalAllocatesNothing(t *testing.T) {
	for _, m := range models(t) {
		for _, mc := range machines(t, m.p)[1:] {
			st := mc.NewState()
			if n := testing.AllocsPerRun(20, func() { mc.EvalState(st) }); n != 0 {
				t.Errorf("%s %v: %v allocations", m.name, mc.Kernels(), n)
			}
		}
	}
	for i, p := range corpus(t) {
		for _, mc := range machines(t, p)[1:] {
			if n := testing.AllocsPerRun(20, mc.Eval); n != 0 {
				t.Errorf("program %d: %v allocations", i, n)
			}
		}
	}
}

func TestModelsAgree(t *testing.T) {
	r := newRNG(40)
	for _, m := range models(t) {
		ms := machines(t, m.p)
		for range 5 {
			agree(t, m.p, ms, randomBytes(r, 3))
		}
	}
}

func TestStatesAreIndependent(t *testing.T) {
	p, _ := lstmModel(t, newRNG(41), 4, 8)
	m, err := NewMachine(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	step := func(s State, v float32) []byte {
		if err := m.Set(p.Inputs[0], []float32{v, -v, v / 2, 1}); err != nil {
			t.Fatal(err)
		}
		if !m.EvalState(s) {
			t.Fatal("the state is refused")
		}
		return append([]byte{}, m.Raw(p.Outputs[0])...)
	}
	a, b := m.NewState(), m.NewState()
	var as [][]byte
	for i := range 5 {
		as = append(as, step(a, float32(i)/4))
		step(b, -1) // another order, between
	}
	snapshot := append(State{}, a...)
	after := step(a, 0.3)
	if got := step(snapshot, 0.3); !bytes.Equal(got, after) {
		t.Error("a snapshot continues differently")
	}
	if !m.Reset(a) || !bytes.Equal(a, m.NewState()) {
		t.Error("reset is not a new state")
	}
	for i, want := range as {
		if got := step(a, float32(i)/4); !bytes.Equal(got, want) {
			t.Errorf("step %d differs after a reset", i)
		}
	}
	short := a[:len(a)-1]
	if m.EvalState(short) || m.Reset(short) || m.Load(short) || m.Save(short) {
		t.Error("a state of the wrong length is accepted")
	}
	if !m.Load(a) || !m.Save(b) || !bytes.Equal(a, b) {
		t.Error("a loaded state is not saved")
	}
}

func TestSetAndGetConvert(t *testing.T) {
	b := NewBuilder()
	x := b.Input("x", U8, 0.5, 10, 2, 2)
	b.Output("y", b.Requant(x, 10, 1, Full(I8, 0)), 0.5, 0, 4)
	b.Output("n", b.Arg(x, 1, false, false), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMachine(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	slot, ok := p.Input("x")
	if !ok || m.Set(slot, []float32{1, -2.3, 1e9, -1e9}) != nil {
		t.Fatal("the input is refused")
	}
	m.Eval()
	y, _ := p.Output("y")
	got := make([]float32, 4)
	if err := m.Get(y, got); err != nil || got[0] != 1 || got[1] != -2.5 || got[2] != 63.5 || got[3] != -5 {
		t.Errorf("%v, %v", got, err)
	}
	n, _ := p.Output("n")
	if m.Ints(n)[0] != 2 || m.Floats(n) != nil || m.Ints(y) != nil {
		t.Error("the index or its views are wrong")
	}
	if err := m.Set(slot, got[:3]); !errors.Is(err, ErrLength) {
		t.Errorf("three of four numbers: %v", err)
	}
	if err := m.Get(y, got[:3]); !errors.Is(err, ErrLength) {
		t.Errorf("three of four numbers: %v", err)
	}
	far := Slot{Buf: Buf{Off: p.Arena, N: 4, Type: U8}}
	if m.Raw(far) != nil || m.Floats(Slot{Buf: Buf{Off: -4, N: 1, Type: F32}}) != nil {
		t.Error("a slot outside the arena has memory")
	}
	if _, ok := p.Input("z"); ok {
		t.Error("an input that is not there is found")
	}
}

func TestKernelOverride(t *testing.T) {
	p := mlpModel(t, newRNG(42), 64, false)
	m, err := NewMachine(p, Options{Kernel: kernel.Portable})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range m.Kernels() {
		if k != "portable" {
			t.Errorf("a forced portable machine runs %s", k)
		}
	}
	_, err = NewMachine(p, Options{Kernel: kernel.AVX2})
	if _, e := kernel.AVX2.Resolve(); !errors.Is(err, e) {
		t.Errorf("forced AVX2: %v, want %v", err, e)
	}
	if m.Program() != p {
		t.Error("the machine runs another program")
	}
}
