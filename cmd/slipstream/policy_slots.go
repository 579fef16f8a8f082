package main

import (
	"encoding/binary"
	"fmt"
	"math"

	"slipstream/policy/bundle"
	"slipstream/policy/graph"
	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

// A slot of a program as a tensor: floats are floats, integers that count (scale 0) are
// integers, quantised numbers are floats, real = (q - zero) * scale.

// slotPort is what a case must give for a slot.
func slotPort(s *program.Slot) port {
	p := port{Name: s.Name, DType: graph.Float32}
	if s.Buf.Type != program.F32 && s.Scale == 0 {
		p.DType = graph.Int64
	}
	for _, d := range s.Dims {
		p.Dims = append(p.Dims, int(d))
	}
	return p
}

// encodeSlot is a tensor as the slot's bytes, little-endian.
func encodeSlot(s *program.Slot, t *graph.Tensor) ([]byte, error) {
	if t.Len() != int(s.Buf.N) {
		return nil, fmt.Errorf("%q has dims %v, %d elements; the program takes %v", s.Name, t.Dims, t.Len(), s.Dims)
	}
	b := make([]byte, 0, s.Buf.Bytes())
	for i := range t.Len() {
		if s.Buf.Type == program.F32 {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(t.F[i]))
			continue
		}
		q, err := quantised(s, t, i)
		if err != nil {
			return nil, err
		}
		switch s.Buf.Type.Size() {
		case 1:
			b = append(b, byte(q))
		case 2:
			b = binary.LittleEndian.AppendUint16(b, uint16(q))
		default:
			b = binary.LittleEndian.AppendUint32(b, uint32(q))
		}
	}
	return b, nil
}

// quantised is element i as the slot's integer: counted ones must fit, others are cut.
func quantised(s *program.Slot, t *graph.Tensor, i int) (int32, error) {
	lo, hi := s.Buf.Type.Range()
	if s.Scale == 0 {
		if v := t.I[i]; v < int64(lo) || v > int64(hi) {
			return 0, fmt.Errorf("%q element %d is %d, which is no %s", s.Name, i, v, s.Buf.Type)
		}
		return int32(t.I[i]), nil
	}
	v := float64(float32(t.F[i] / s.Scale))
	if math.IsNaN(v) {
		return lo, nil
	}
	v = math.RoundToEven(min(max(v, math.MinInt32/2), math.MaxInt32/2)) + float64(s.Zero)
	return int32(min(max(v, float64(lo)), float64(hi))), nil
}

// decodeSlot is the slot's bytes as a tensor.
func decodeSlot(s *program.Slot, b []byte) graph.Tensor {
	p := slotPort(s)
	t := graph.New(p.DType, p.Dims...)
	for i := range t.Len() {
		switch s.Buf.Type {
		case program.F32:
			t.F[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
			continue
		case program.U8:
			put(t, s, i, int32(b[i]))
		case program.I8:
			put(t, s, i, int32(int8(b[i])))
		case program.I16:
			put(t, s, i, int32(int16(binary.LittleEndian.Uint16(b[2*i:]))))
		default:
			put(t, s, i, int32(binary.LittleEndian.Uint32(b[4*i:])))
		}
	}
	return *t
}

func put(t *graph.Tensor, s *program.Slot, i int, q int32) {
	if s.Scale == 0 {
		t.I[i] = int64(q)
	} else {
		t.F[i] = float32(float32(int64(q)-int64(s.Zero)) * s.Scale)
	}
}

// compiled runs a bundle's program on cases.
type compiled struct {
	b      *bundle.Bundle
	run    *bundle.Runner
	fed    []program.Slot
	states []program.Slot
	ports  []port
	inputs map[string]program.Slot
	state  map[string]bool // inputs that a case may leave out
}

func newCompiled(b *bundle.Bundle, k kernel.Use) (*compiled, error) {
	run, err := bundle.NewRunner(b.Program, k)
	if err != nil {
		return nil, err
	}
	c := &compiled{b: b, run: run, fed: bundle.FedInputs(b.Program), states: bundle.StateSlots(b.Program),
		inputs: map[string]program.Slot{}, state: map[string]bool{}}
	for _, s := range c.fed {
		c.add(s)
	}
	for _, s := range append(append([]program.Slot{}, c.states...), b.Program.Inputs...) {
		if _, ok := c.inputs[s.Name]; !ok {
			c.add(s)
			c.state[s.Name] = true
		}
	}
	return c, nil
}

func (c *compiled) add(s program.Slot) {
	c.ports = append(c.ports, slotPort(&s))
	c.inputs[s.Name] = s
}

func (c *compiled) reset() { c.run.Reset() }

// feed writes case i of a file into the program.
func (c *compiled) feed(f *caseFile, i int) error {
	in, err := f.tensors(i, c.ports, c.state)
	if err != nil {
		return err
	}
	for name, t := range in {
		s := c.inputs[name]
		raw, err := encodeSlot(&s, &t)
		if err != nil {
			return fmt.Errorf("case %d: %w", i, err)
		}
		c.run.Put(s, raw)
	}
	return nil
}

// evalCase runs case i.
func (c *compiled) evalCase(f *caseFile, i int) (*evalCase, error) {
	var answer evalCase
	if f.Format == "features" {
		a, err := c.run.Decide(c.b, f.Features[i])
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		answer.Action = c.b.Head.Actions[a]
	} else {
		if err := c.feed(f, i); err != nil {
			return nil, err
		}
		c.run.Eval()
	}
	for j := range c.b.Program.Outputs {
		s := &c.b.Program.Outputs[j]
		answer.Out = append(answer.Out, namedTensor{s.Name, decodeSlot(s, c.run.Get(*s))})
	}
	return &answer, nil
}
