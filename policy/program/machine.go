package program

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"slipstream/policy/kernel"
)

// Options choose how a Machine computes; its results are the same for all.
type Options struct {
	Kernel kernel.Use // Auto: the best that the processor has
}

// Machine runs one program. It owns an arena; it belongs to one goroutine.
type Machine struct {
	p     *Program
	mem   *memory
	steps []step
	notes []string
}

// step is one or more instructions, prepared.
type step interface{ run() }

// State is what survives between evaluations, for one parent order: NewState makes it,
// EvalState advances it. Copying its bytes is a snapshot.
type State []byte

// The errors of a machine's convenience methods.
var (
	ErrEndian = errors.New("program: this machine is big-endian")
	ErrLength = errors.New("program: wrong number of elements")
)

// NewMachine checks p, packs its weights and allocates everything that evaluating needs.
func NewMachine(p *Program, o Options) (*Machine, error) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, ErrEndian
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	use, err := o.Kernel.Resolve()
	if err != nil {
		return nil, err
	}
	m := &Machine{p: p, mem: newMemory(p)}
	m.prepare(use)
	m.Eval() // lets temporaries grow
	copy(m.mem.arena, p.Init)
	return m, nil
}

// Program is what the machine runs.
func (m *Machine) Program() *Program { return m.p }

// Kernels names, per instruction, what runs it: "spec" is the plain form.
func (m *Machine) Kernels() []string { return append([]string{}, m.notes...) }

// Floats is the memory of an F32 slot: inputs are written there before Eval, outputs read
// there after it. It stays valid as long as the machine. Nil for other types.
func (m *Machine) Floats(s Slot) []float32 {
	if s.Buf.Type != F32 || !m.inside(s.Buf) {
		return nil
	}
	return m.mem.f32(s.Buf)
}

// Ints is the memory of an I32 slot, as Floats.
func (m *Machine) Ints(s Slot) []int32 {
	if s.Buf.Type != I32 || !m.inside(s.Buf) {
		return nil
	}
	return m.mem.i32(s.Buf)
}

// Raw is the memory of any slot as bytes, as Floats.
func (m *Machine) Raw(s Slot) []byte {
	if !m.inside(s.Buf) {
		return nil
	}
	return m.mem.bytes(s.Buf)
}

func (m *Machine) inside(b Buf) bool {
	return b.Off >= 0 && b.N >= 0 && int64(b.Off)+int64(b.Bytes()) <= int64(m.p.Arena) && (b.Type.Size() > 0 && int(b.Off)%b.Type.Size() == 0)
}

// Eval runs every instruction once over the machine's own state.
func (m *Machine) Eval() {
	for _, s := range m.steps {
		s.run()
	}
}

// NewState is a state as at reset.
func (m *Machine) NewState() State { return append(State{}, m.p.Init[:m.p.State]...) }

// Reset puts a state back to the beginning; a state of another program is refused.
func (m *Machine) Reset(s State) bool {
	if len(s) != int(m.p.State) {
		return false
	}
	copy(s, m.p.Init)
	return true
}

// EvalState runs the program on s and leaves the advanced state in s. Inputs that lie in
// the state are overwritten by s; a state of another program is refused, unrun.
func (m *Machine) EvalState(s State) bool {
	if len(s) != int(m.p.State) {
		return false
	}
	copy(m.mem.arena, s)
	m.Eval()
	copy(s, m.mem.arena)
	return true
}

// Load puts s in the arena, for callers who set inputs in the state before Eval.
func (m *Machine) Load(s State) bool {
	return len(s) == int(m.p.State) && copy(m.mem.arena, s) == len(s)
}

// Save copies the arena's state to s.
func (m *Machine) Save(s State) bool {
	return len(s) == int(m.p.State) && copy(s, m.mem.arena) == len(s)
}

// Set writes real numbers to a slot: F32 as they are, integers as
// clamp(RNE(v/Scale) + Zero), with Scale 0 as whole numbers.
func (m *Machine) Set(s Slot, values []float32) error {
	if !m.inside(s.Buf) || len(values) != int(s.Buf.N) {
		return fmt.Errorf("%w: %d for slot %q of %d", ErrLength, len(values), s.Name, s.Buf.N)
	}
	lo, hi := s.Buf.Type.Range()
	for i, v := range values {
		switch {
		case s.Buf.Type == F32:
			m.mem.f32(s.Buf)[i] = v
		case s.Scale == 0:
			m.mem.put(s.Buf, i, int32(max(float64(lo), min(float64(hi), math.RoundToEven(nonNaN(v))))))
		default:
			m.mem.put(s.Buf, i, int32(max(float64(lo), min(float64(hi), math.RoundToEven(nonNaN(v/s.Scale))+float64(s.Zero)))))
		}
	}
	return nil
}

func nonNaN(v float32) float64 {
	if v != v {
		return 0
	}
	return float64(v)
}

// Get reads a slot as real numbers into dst, which it returns; dst must have the slot's length.
func (m *Machine) Get(s Slot, dst []float32) error {
	if !m.inside(s.Buf) || len(dst) != int(s.Buf.N) {
		return fmt.Errorf("%w: %d for slot %q of %d", ErrLength, len(dst), s.Name, s.Buf.N)
	}
	for i := range dst {
		switch {
		case s.Buf.Type == F32:
			dst[i] = m.mem.f32(s.Buf)[i]
		case s.Scale == 0:
			dst[i] = float32(m.mem.get(s.Buf, i))
		default:
			dst[i] = float32(float32(int64(m.mem.get(s.Buf, i))-int64(s.Zero)) * s.Scale)
		}
	}
	return nil
}

// Spec runs a program by the plain loops that define it, without kernels: the reference
// that a Machine must equal in every bit. It has the same convenience methods.
func Spec(p *Program) (*Machine, error) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, ErrEndian
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	m := &Machine{p: p, mem: newMemory(p)}
	for _, in := range p.Instrs {
		m.plain(in)
	}
	return m, nil
}

// plain adds an instruction in its normative form.
func (m *Machine) plain(in Instr) {
	m.steps = append(m.steps, specStep{in, m.mem})
	m.notes = append(m.notes, "spec")
}

type specStep struct {
	in Instr
	m  *memory
}

func (s specStep) run() { s.in.run(s.m) }
