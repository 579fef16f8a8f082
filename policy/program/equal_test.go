package program

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"slipstream/policy/kernel"
)

// machines are a program in every executor: the specification first.
func machines(t testing.TB, p *Program) []*Machine {
	t.Helper()
	ms := []*Machine{}
	spec, err := Spec(p)
	if err != nil {
		t.Fatal(err)
	}
	ms = append(ms, spec)
	for _, use := range []kernel.Use{kernel.Portable, kernel.AVX2} {
		if got, err := use.Resolve(); err != nil || got != use {
			continue
		}
		m, err := NewMachine(p, Options{Kernel: use})
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	return ms
}

// agree runs all machines on the same inputs and compares outputs and state in every bit.
func agree(t testing.TB, p *Program, ms []*Machine, inputs func(i int, s Slot, raw []byte)) {
	t.Helper()
	for i := range p.Inputs {
		raw := make([]byte, p.Inputs[i].Buf.Bytes())
		inputs(i, p.Inputs[i], raw)
		for _, m := range ms {
			copy(m.Raw(p.Inputs[i]), raw)
		}
	}
	for _, m := range ms {
		m.Eval()
	}
	for k, m := range ms[1:] {
		for _, s := range append(append([]Slot{}, p.Outputs...), p.States...) {
			want, got := ms[0].Raw(s), m.Raw(s)
			if s.Buf.Type == F32 {
				sameFloats(t, s.Name, ms[0].Floats(s), m.Floats(s))
			} else if !bytes.Equal(want, got) {
				i := 0
				for want[i] == got[i] {
					i++
				}
				t.Fatalf("executor %d, %v: slot %q differs at byte %d: %v, want %v", k+1, m.Kernels(), s.Name, i, got[i:min(i+8, len(got))], want[i:min(i+8, len(want))])
			}
		}
	}
}

func sameFloats(t testing.TB, name string, want, got []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(want[i]) != math.Float32bits(got[i]) && (want[i] == want[i] || got[i] == got[i]) {
			t.Fatalf("slot %q element %d is %v (%x), want %v (%x)", name, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

// rng is a reproducible source with the shapes of numbers that break kernels.
type rng struct{ *rand.Rand }

func newRNG(seed uint64) rng { return rng{rand.New(rand.NewPCG(seed, 17))} }

// style of a run: which values dominate.
func (r rng) byteIn(style int) byte {
	switch style % 4 {
	case 0:
		return 255
	case 1:
		return byte(r.IntN(2)) * 255
	case 2:
		return 0
	}
	return byte(r.IntN(256))
}

func (r rng) weight8(style int) int8 {
	switch style % 5 {
	case 0:
		return 127
	case 1:
		return -128
	case 2:
		return int8(r.IntN(2)*255 - 128)
	case 3:
		return int8(r.IntN(129) - 64)
	}
	return int8(r.IntN(256))
}

func (r rng) fill8(n, style int) []int8 {
	w := make([]int8, n)
	for i := range w {
		w[i] = r.weight8(style)
	}
	return w
}

func (r rng) fill16(n, magnitude int) []int16 {
	w := make([]int16, n)
	for i := range w {
		switch r.IntN(8) {
		case 0:
			w[i] = int16(magnitude)
		case 1:
			w[i] = int16(-magnitude)
		default:
			w[i] = int16(r.IntN(2*magnitude+1) - magnitude)
		}
	}
	return w
}

func (r rng) bias(n int, magnitude int32) []int32 {
	b := make([]int32, n)
	for i := range b {
		b[i] = []int32{0, magnitude, -magnitude, r.Int32N(2*magnitude+1) - magnitude}[r.IntN(4)]
	}
	return b
}

// multipliers bring accumulators of about size scale to results of about size to.
func (r rng) multipliers(n int, scale, to float64) []float32 {
	m := make([]float32, n)
	for i := range m {
		m[i] = float32(to / scale * math.Exp(2*r.NormFloat64()))
		if r.IntN(16) == 0 {
			m[i] = -m[i]
		}
	}
	return m
}

func (r rng) table() []int16 {
	t := make([]int16, 513)
	for i := range t {
		t[i] = int16(r.IntN(32768) - 16384)
	}
	t[r.IntN(513)] = 16383
	return t
}

func randomBytes(r rng, style int) func(int, Slot, []byte) {
	return func(_ int, s Slot, raw []byte) {
		for i := range raw {
			raw[i] = byte(r.IntN(256))
		}
		switch s.Buf.Type {
		case U8:
			for i := range raw {
				raw[i] = r.byteIn(style)
			}
		case F32:
			for i := 0; i < len(raw); i += 4 {
				v := math.Float32bits(float32(r.NormFloat64() * math.Exp(r.NormFloat64())))
				raw[i], raw[i+1], raw[i+2], raw[i+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
			}
		}
	}
}
