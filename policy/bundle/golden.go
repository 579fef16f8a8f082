package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

// MaxVectors bounds the golden vectors of a bundle.
const MaxVectors = 1 << 14

// Start says what state a vector starts from.
type Start uint8

// The starts. Continue keeps the state of the vector before; the first must not.
const (
	Continue Start = iota
	Fresh          // the program's initial state
	Given          // StateIn
	startEnd
)

// Vector is one evaluation with exact bits. Buffers are little-endian, whatever the
// machine. Order: FedInputs, the program's outputs, StateSlots.
type Vector struct {
	Start    Start
	Features []int32  // of a policy
	Inputs   [][]byte // per FedInputs; of a policy, what Norms make of Features, others zero
	StateIn  [][]byte // per StateSlots if Start is Given
	Outputs  [][]byte // per output
	States   [][]byte // per StateSlots, after the evaluation
	Action   int32    // index chosen by the head; -1: none, or a bare model
}

// Complete fills v.Outputs, v.States and v.Action (and v.Inputs of a policy from its
// Features) for each vector, running them in order on the portable kernel.
func (b *Bundle) Complete(vs []Vector) error {
	x, err := NewRunner(b.Program, kernel.Portable)
	if err != nil {
		return because(err, "program", ErrProgram, "cannot run")
	}
	for i := range vs {
		v := &vs[i]
		v.Action = -1
		if b.IsPolicy() {
			if len(v.Features) != len(b.Schema.Features) {
				return refuse("golden", ErrFormat, "vector %d has %d features of %d", i, len(v.Features), len(b.Schema.Features))
			}
			v.Inputs = b.inputs(v.Features)
		}
		if err := b.fits(i, v, x.fed, x.states, false); err != nil {
			return err
		}
		x.start(v)
		x.eval(v.Inputs)
		v.Outputs, v.States = x.read(b.Program.Outputs), x.read(x.states)
		if b.IsPolicy() {
			v.Action = int32(b.choose(x))
		}
	}
	return nil
}

// inputs are all program inputs of a policy: normalised features, zeros elsewhere.
func (b *Bundle) inputs(features []int32) [][]byte {
	fed := FedInputs(b.Program)
	in := make([][]byte, len(fed))
	for i := range fed {
		s := &fed[i]
		in[i] = make([]byte, s.Buf.Bytes())
		if s.Name == b.Schema.Input {
			for k, x := range features {
				binary.LittleEndian.PutUint32(in[i][4*k:], bits(b.Norms[k].Apply(x)))
			}
		}
	}
	return in
}

// checkGolden checks shapes and the work that running them takes.
func (b *Bundle) checkGolden() error {
	if len(b.Golden) < 1 || len(b.Golden) > MaxVectors {
		return refuse("golden", ErrFormat, "%d vectors, want 1 to %d", len(b.Golden), MaxVectors)
	}
	fed, states := FedInputs(b.Program), StateSlots(b.Program)
	for i := range b.Golden {
		if err := b.fits(i, &b.Golden[i], fed, states, true); err != nil {
			return err
		}
	}
	return nil
}

// fits checks a vector's shape; results too if complete.
func (b *Bundle) fits(i int, v *Vector, fed, states []program.Slot, complete bool) error {
	switch {
	case v.Start >= startEnd || i == 0 && v.Start == Continue:
		return refuse("golden", ErrFormat, "vector %d has start %d", i, v.Start)
	case len(v.Features) != len(b.Schema.Features):
		return refuse("golden", ErrFormat, "vector %d has %d features of %d", i, len(v.Features), len(b.Schema.Features))
	case !sized(v.Inputs, fed):
		return refuse("golden", ErrFormat, "the inputs of vector %d do not fit the program's", i)
	case v.Start == Given && !sized(v.StateIn, states) || v.Start != Given && len(v.StateIn) != 0:
		return refuse("golden", ErrFormat, "the state of vector %d does not fit the program's", i)
	case complete && (!sized(v.Outputs, b.Program.Outputs) || !sized(v.States, states)):
		return refuse("golden", ErrFormat, "the outputs of vector %d do not fit the program's", i)
	case complete && (v.Action < -1 || int(v.Action) >= b.menu()):
		return refuse("golden", ErrFormat, "vector %d has action %d", i, v.Action)
	}
	return nil
}

// menu is the number of actions, 0 in a bare model.
func (b *Bundle) menu() int {
	if b.Head == nil {
		return 0
	}
	return len(b.Head.Actions)
}

func sized(got [][]byte, slots []program.Slot) bool {
	if len(got) != len(slots) {
		return false
	}
	for i := range slots {
		if len(got[i]) != slots[i].Buf.Bytes() {
			return false
		}
	}
	return true
}

// prove runs the golden vectors on one kernel and returns that kernel's name, or
// the first difference.
func (b *Bundle) prove(k kernel.Use) (name string, err error) {
	x, err := NewRunner(b.Program, k)
	if err != nil {
		return "", because(err, "program", ErrProgram, "cannot run on kernel %s", k)
	}
	name = x.Kernel()
	for i := range b.Golden {
		v := &b.Golden[i]
		if b.IsPolicy() {
			for j, in := range b.inputs(v.Features) {
				if at := differs(in, v.Inputs[j]); at >= 0 {
					return "", refuse("golden", ErrGolden, "vector %d: normalised input %q differs from byte %d on", i, x.fed[j].Name, at)
				}
			}
		}
		x.start(v)
		x.eval(v.Inputs)
		if err := same(i, "output", name, b.Program.Outputs, x.read(b.Program.Outputs), v.Outputs); err != nil {
			return "", err
		}
		if err := same(i, "state", name, x.states, x.read(x.states), v.States); err != nil {
			return "", err
		}
		if b.IsPolicy() {
			if a := b.choose(x); a != int(v.Action) {
				return "", refuse("golden", ErrGolden, "vector %d on kernel %s: action %d, want %d", i, name, a, v.Action)
			}
		}
	}
	return name, nil
}

func same(i int, what string, kernel string, slots []program.Slot, got, want [][]byte) error {
	for j := range slots {
		if at := differs(got[j], want[j]); at >= 0 {
			size := slots[j].Buf.Type.Size()
			e := at / size
			return refuse("golden", ErrGolden, "vector %d on kernel %s: %s %q element %d is %x, want %x (%s, little-endian)",
				i, kernel, what, slots[j].Name, e, got[j][e*size:(e+1)*size], want[j][e*size:(e+1)*size], slots[j].Buf.Type)
		}
	}
	return nil
}

// differs is the first byte at which a and b, of equal length, differ; -1 if none.
func differs(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// appendGolden writes the section: a count, then the vectors. All lengths follow from
// the program and the schema.
func appendGolden(dst []byte, vs []Vector) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(vs)))
	for i := range vs {
		v := &vs[i]
		dst = append(dst, byte(v.Start))
		for _, x := range v.Features {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(x))
		}
		for _, group := range [][][]byte{v.Inputs, v.StateIn, v.Outputs, v.States} {
			dst = append(dst, slices.Concat(group...)...)
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Action))
	}
	return dst
}

// decodeGolden reads the section. Buffers alias src.
func (b *Bundle) decodeGolden(src []byte) error {
	if len(src) < 4 {
		return refuse("golden", ErrFormat, "%d bytes", len(src))
	}
	n := binary.LittleEndian.Uint32(src)
	c := cut{src[4:], false}
	fed, states := FedInputs(b.Program), StateSlots(b.Program)
	if n > MaxVectors {
		return refuse("golden", ErrLimit, "%d vectors, at most %d", n, MaxVectors)
	}
	for range n {
		var v Vector
		if one := c.take(1); one != nil {
			v.Start = Start(one[0])
		}
		if raw := c.take(4 * len(b.Schema.Features)); len(raw) > 0 {
			v.Features = make([]int32, len(b.Schema.Features))
			for i := range v.Features {
				v.Features[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
			}
		}
		v.Inputs = c.group(fed)
		if v.Start == Given {
			v.StateIn = c.group(states)
		}
		v.Outputs, v.States = c.group(b.Program.Outputs), c.group(states)
		if raw := c.take(4); raw != nil {
			v.Action = int32(binary.LittleEndian.Uint32(raw))
		}
		if c.short {
			return refuse("golden", ErrFormat, "it says %d vectors and ends in number %d", n, len(b.Golden))
		}
		b.Golden = append(b.Golden, v)
	}
	if len(c.b) != 0 {
		return refuse("golden", ErrFormat, "%d bytes after its %d vectors", len(c.b), n)
	}
	return nil
}

// cut takes pieces off the front of a buffer.
type cut struct {
	b     []byte
	short bool
}

func (c *cut) take(n int) []byte {
	if c.short || n > len(c.b) {
		c.short = true
		return nil
	}
	p := c.b[:n:n]
	c.b = c.b[n:]
	return p
}

func (c *cut) group(slots []program.Slot) [][]byte {
	g := make([][]byte, len(slots))
	for i := range slots {
		g[i] = c.take(slots[i].Buf.Bytes())
	}
	return g
}

func (s Start) String() string {
	switch s {
	case Continue:
		return "continue"
	case Fresh:
		return "fresh"
	case Given:
		return "given"
	}
	return fmt.Sprintf("start %d", uint8(s))
}
