package bundle

import (
	"encoding/binary"

	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

// Decider runs a policy: the host's integers in, an action of the host's menu out. It
// belongs to one goroutine and does not allocate after NewDecider. Episode state is the
// caller's, one State per parent.
type Decider struct {
	m       *program.Machine
	b       *Bundle
	norms   []Norm
	columns []int  // of the host's features
	actions []int  // of the host's menu
	in      []byte // in the machine's memory
	out     []byte
	zero    [][]byte    // inputs that no feature fills
	buf     program.Buf // of out
}

// NewDecider prepares b, which Read gave, for a host.
func NewDecider(b *Bundle, host Host, k kernel.Use) (*Decider, error) {
	if !b.IsPolicy() {
		return nil, refuse("schema", ErrSchema, "it is a bare model without features")
	}
	columns, err := b.Schema.Columns(host.Schema)
	if err != nil {
		return nil, err
	}
	actions, err := b.Head.Columns(host.Actions)
	if err != nil {
		return nil, err
	}
	m, err := program.NewMachine(b.Program, program.Options{Kernel: k})
	if err != nil {
		return nil, because(err, "program", ErrProgram, "cannot run on kernel %s", k)
	}
	in, _ := b.Program.Input(b.Schema.Input) // there and of the right size: Check
	out, _ := b.Program.Output(b.Head.Output)
	d := &Decider{m: m, b: b, norms: b.Norms, columns: columns, actions: actions, in: m.Raw(in), out: m.Raw(out), buf: out.Buf}
	for _, s := range FedInputs(b.Program) {
		if s.Name != b.Schema.Input {
			d.zero = append(d.zero, m.Raw(s))
		}
	}
	return d, nil
}

// State is the memory of one episode.
type State = program.State

// NewState is the program's initial state; empty if it has none.
func (d *Decider) NewState() State { return d.m.NewState() }

// Reset puts s, which NewState gave, back to the initial state.
func (d *Decider) Reset(s State) { d.m.Reset(s) }

// Decide chooses an action of the host's menu for features in the host's order, and
// moves s on. ok is false, and s as it was, where a feature lies outside of the range
// of training or is missing, or s is of another policy; ok is also false where the
// outputs name no action.
func (d *Decider) Decide(features []int32, s State) (action int, ok bool) {
	for i, c := range d.columns {
		if c >= len(features) || !d.norms[i].Trained(features[c]) {
			return 0, false
		}
		binary.LittleEndian.PutUint32(d.in[4*i:], bits(d.norms[i].Apply(features[c])))
	}
	for _, b := range d.zero {
		clear(b)
	}
	if !d.m.EvalState(s) {
		return 0, false
	}
	a := d.b.Head.index(d.out, d.buf)
	if a < 0 {
		return 0, false
	}
	return d.actions[a], true
}
