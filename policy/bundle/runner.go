package bundle

import (
	"encoding/binary"
	"math"

	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

// Runner runs a program buffer by buffer, in little-endian bytes: what golden vectors and
// tools need. The hot path is Decider.
type Runner struct {
	p      *program.Program
	m      *program.Machine
	use    kernel.Use
	fed    []program.Slot
	states []program.Slot
}

// NewRunner makes a Runner of a checked program.
func NewRunner(p *program.Program, k kernel.Use) (*Runner, error) {
	use, err := k.Resolve()
	if err != nil {
		return nil, err
	}
	m, err := program.NewMachine(p, program.Options{Kernel: use})
	if err != nil {
		return nil, err
	}
	return &Runner{p: p, m: m, use: use, fed: FedInputs(p), states: StateSlots(p)}, nil
}

// Kernel is the name of the kernel that runs.
func (r *Runner) Kernel() string { return r.use.String() }

// Kernels names, per instruction, what runs it.
func (r *Runner) Kernels() []string { return r.m.Kernels() }

// Reset puts the state back to the program's initial one.
func (r *Runner) Reset() { r.m.Load(r.p.Init[:r.p.State]) }

// Eval runs the program once.
func (r *Runner) Eval() { r.m.Eval() }

// Put writes a slot.
func (r *Runner) Put(s program.Slot, le []byte) { copy(r.m.Raw(s), le) }

// Get copies a slot out.
func (r *Runner) Get(s program.Slot) []byte { return append([]byte{}, r.m.Raw(s)...) }

// Decide feeds a policy its features, in the order of its own schema, evaluates, and
// returns the head's index, -1 if the outputs name no action.
func (r *Runner) Decide(b *Bundle, features []int32) (int, error) {
	switch {
	case !b.IsPolicy():
		return 0, refuse("schema", ErrSchema, "it is a bare model without features")
	case len(features) != len(b.Schema.Features):
		return 0, refuse("schema", ErrSchema, "%d features, the policy takes %d", len(features), len(b.Schema.Features))
	}
	r.eval(b.inputs(features))
	return b.choose(r), nil
}

// start sets the state of a vector.
func (r *Runner) start(v *Vector) {
	if v.Start != Continue {
		r.Reset()
	}
	for i := range v.StateIn {
		r.Put(r.states[i], v.StateIn[i])
	}
}

// eval writes the fed inputs and runs.
func (r *Runner) eval(inputs [][]byte) {
	for i := range inputs {
		r.Put(r.fed[i], inputs[i])
	}
	r.Eval()
}

func (r *Runner) read(slots []program.Slot) [][]byte {
	out := make([][]byte, len(slots))
	for i := range slots {
		out[i] = r.Get(slots[i])
	}
	return out
}

func bits(v float32) uint32 { return math.Float32bits(v) }

// element is element i of a buffer's bytes, as a number that orders as the element does.
func element(b []byte, t program.DType, i int) float64 {
	switch t {
	case program.U8:
		return float64(b[i])
	case program.I8:
		return float64(int8(b[i]))
	case program.I16:
		return float64(int16(binary.LittleEndian.Uint16(b[2*i:])))
	case program.I32:
		return float64(int32(binary.LittleEndian.Uint32(b[4*i:])))
	}
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
}

// index is the head's action for what the program left in out, -1 if that is none: a
// label outside of the menu, or nothing but NaN.
func (h *Head) index(b []byte, out program.Buf) int {
	switch h.Kind {
	case Label:
		if v := element(b, out.Type, 0); v >= 0 && v < float64(len(h.Actions)) {
			return int(v)
		}
		return -1
	case Bins:
		v := element(b, out.Type, 0)
		if v != v {
			return -1
		}
		n := 0
		for _, e := range h.Edges {
			if v >= float64(e) {
				n++
			}
		}
		return n
	}
	best, at := 0.0, -1
	for i := range int(out.N) {
		if v := element(b, out.Type, i); at < 0 && v == v || v > best {
			best, at = v, i
		}
	}
	return at
}

// choose is the head's index for what the program has just computed.
func (b *Bundle) choose(r *Runner) int {
	out, _ := b.Program.Output(b.Head.Output) // there: Check
	return b.Head.index(r.m.Raw(out), out.Buf)
}
