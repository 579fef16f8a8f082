package kernel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func needAVX2(t *testing.T) {
	t.Helper()
	if !hasAVX2 {
		t.Skip("no AVX2 in this processor or build")
	}
}

func (s *DenseSpec) xSize() int {
	if len(s.W8) > 0 {
		return 1
	}
	return 2
}

// randomDense is a layer with weights up to magnitude (bytes) that the assembly takes.
func randomDense(r *rand.Rand, in, out, rows int, wide bool, kind Out, magnitude int) DenseSpec {
	s := DenseSpec{In: in, Out: out, Rows: rows, Bias: make([]int32, out), M: make([]float32, out), Kind: kind, Lim: make([]int64, in)}
	for i := range s.Lim {
		s.Lim[i] = 255
		if wide {
			s.Lim[i] = 32768
		}
	}
	unit := 1.0 / 60 / math.Sqrt(float64(in))
	if wide {
		s.W16 = make([]int16, in*out)
		for i := range s.W16 {
			s.W16[i] = int16(r.IntN(257) - 128)
		}
		unit /= 128
	} else {
		s.W8 = make([]int8, in*out)
		for i := range s.W8 {
			switch r.IntN(3) {
			case 0:
				s.W8[i] = int8(magnitude)
			case 1:
				s.W8[i] = int8(-magnitude)
			default:
				s.W8[i] = int8(r.IntN(2*magnitude+1) - magnitude)
			}
		}
	}
	for o := range out {
		s.Bias[o], s.M[o] = int32(r.IntN(4001)-2000), float32(unit*r.Float64())
	}
	size := map[Out]int{OutU8: 1, OutI8: 1, OutI16: 2, OutF32: 4, OutI32: 4}[kind]
	s.XStride, s.YStride = in*s.xSize(), out*size
	switch kind {
	case OutU8:
		s.Zero, s.Lo, s.Hi = 120, 5, 250
	case OutI16:
		s.Lo, s.Hi = -30000, 32767
	}
	return s
}

// differ runs two packed forms on random and extreme inputs and counts runs that differ.
func differ(r *rand.Rand, s *DenseSpec, a, b *Dense) (n int) {
	x := make([]byte, s.Rows*s.XStride+8)
	want, got := make([]byte, s.Rows*s.YStride), make([]byte, s.Rows*s.YStride)
	for run := range 6 {
		for i := range x {
			x[i] = byte(r.IntN(256))
			if run < 3 {
				x[i] = []byte{0, 255, byte(r.IntN(2)) * 255}[run]
			}
		}
		a.Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&want[0]))
		b.Run(unsafe.Pointer(&x[0]), unsafe.Pointer(&got[0]))
		if !bytes.Equal(want, got) {
			n++
		}
	}
	return n
}

// The check that keeps vpmaddubsw away from layers where it saturates is what makes bytes
// exact: without it, the same comparison fails.
func TestASaturatingKernelIsCaught(t *testing.T) {
	needAVX2(t)
	r := rand.New(rand.NewPCG(2, 2))
	caught, layers := 0, 0
	for i := range 100 {
		s := randomDense(r, 2+r.IntN(129), 1+r.IntN(130), 1, false, OutI32, 127)
		honest, portable := NewDense(s, AVX2), NewDense(s, Portable)
		if n := differ(r, &s, portable, honest); n != 0 {
			t.Fatalf("layer %d: %s differs from portable", i, honest.Kernel())
		}
		if honest.Kernel() == "maddubs" {
			continue
		}
		layers++
		mutant := &Dense{spec: s}
		mutant.packAsm(true)
		if differ(r, &s, portable, mutant) > 0 {
			caught++
		}
	}
	if layers < 50 || caught != layers {
		t.Errorf("of %d mutants %d were caught", layers, caught)
	}
	s := randomDense(r, 64, 64, 1, false, OutI32, 64)
	if d := NewDense(s, AVX2); d.Kernel() != "maddubs" {
		t.Errorf("weights up to 64 run as %s", d.Kernel())
	}
}

// A clamp, a zero point and a bound that the assembly could not honour go to portable Go.
func TestWhatTheAssemblyRefuses(t *testing.T) {
	needAVX2(t)
	r := rand.New(rand.NewPCG(3, 3))
	signed := randomDense(r, 8, 8, 1, false, OutI8, 64)
	offset := randomDense(r, 8, 8, 1, false, OutI16, 64)
	offset.Zero = 1
	huge := randomDense(r, 8, 8, 1, false, OutU8, 64)
	huge.M[3] = 1e6
	for name, s := range map[string]DenseSpec{"signed bytes": signed, "a zero point in 16 bits": offset, "a multiplier beyond 32 bits": huge} {
		if d := NewDense(s, AVX2); d.Assembly() || d.Kernel() != "portable" {
			t.Errorf("%s runs as %s", name, d.Kernel())
		}
	}
}

// Requant rounds as math.RoundToEven does, for all sums of 16 bits and several
// multipliers, and clamps before it rounds.
func TestRequantIsRoundHalfToEven(t *testing.T) {
	for _, m := range []float32{0.5, 0.25, 1, 0.0123, 3.7, -0.5, 1e-20, 1e30} {
		for acc := -32768; acc <= 32767; acc++ {
			v := float32(float32(acc) * m)
			want := math.RoundToEven(float64(v)) + 10
			want = max(-100, min(200, want))
			if got := Requant(v, 10, -100, 200); float64(got) != want {
				t.Fatalf("Requant(%v) = %d, want %v", v, got, want)
			}
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	if a, b, c := Requant(nan, 0, -5, 7), Requant(inf, 0, -5, 7), Requant(-inf, 0, -5, 7); a != -5 || b != 7 || c != -5 {
		t.Errorf("NaN, +Inf and -Inf give %d, %d, %d", a, b, c)
	}
}

// The generator and the Go structs agree on where fields are (package gen).
func TestOffsetsOfTheAssembly(t *testing.T) {
	var l Layer
	var c CellArgs
	var n normArgs
	var ti tileArgs
	var fo forestArgs
	var a affineArgs
	for name, o := range map[string][2]uintptr{
		"Layer.x": {unsafe.Offsetof(l.x), 0}, "Layer.y": {unsafe.Offsetof(l.y), 8}, "Layer.w": {unsafe.Offsetof(l.w), 16},
		"Layer.bias": {unsafe.Offsetof(l.bias), 24}, "Layer.m": {unsafe.Offsetof(l.m), 32}, "Layer.groups": {unsafe.Offsetof(l.groups), 40},
		"Layer.out": {unsafe.Offsetof(l.out), 48}, "Layer.rows": {unsafe.Offsetof(l.rows), 56}, "Layer.xStride": {unsafe.Offsetof(l.xStride), 64},
		"Layer.yStride": {unsafe.Offsetof(l.yStride), 72}, "Layer.zero": {unsafe.Offsetof(l.zero), 80}, "Layer.lo": {unsafe.Offsetof(l.lo), 84},
		"Layer.hi": {unsafe.Offsetof(l.hi), 88}, "Layer.kind": {unsafe.Offsetof(l.kind), 92}, "Layer": {unsafe.Sizeof(l), 96},
		"CellArgs.h": {unsafe.Offsetof(c.h), 16}, "CellArgs.c": {unsafe.Offsetof(c.c), 24}, "CellArgs.tab": {unsafe.Offsetof(c.tab), 32},
		"CellArgs.stride": {unsafe.Offsetof(c.stride), 72}, "CellArgs.blocks": {unsafe.Offsetof(c.blocks), 80},
		"CellArgs.shift": {unsafe.Offsetof(c.shift), 88}, "CellArgs.half": {unsafe.Offsetof(c.half), 96},
		"normArgs.gamma": {unsafe.Offsetof(n.gamma), 16}, "normArgs.rows": {unsafe.Offsetof(n.rows), 32}, "normArgs.eps": {unsafe.Offsetof(n.eps), 56},
		"normArgs.yStride": {unsafe.Offsetof(n.yStride), 80}, "normArgs.yBytes": {unsafe.Offsetof(n.yBytes), 96}, "normArgs.flo": {unsafe.Offsetof(n.flo), 104},
		"normArgs.zero": {unsafe.Offsetof(n.zero), 112}, "normArgs.xZero": {unsafe.Offsetof(n.xZero), 116},
		"tileArgs.y": {unsafe.Offsetof(ti.y), 16}, "tileArgs.blocks": {unsafe.Offsetof(ti.blocks), 40}, "tileArgs.yStride": {unsafe.Offsetof(ti.yStride), 56},
		"tileArgs.shorts": {unsafe.Offsetof(ti.shorts), 64}, "tileArgs.m": {unsafe.Offsetof(ti.m), 72},
		"forestArgs.bounds": {unsafe.Offsetof(fo.bounds), 32}, "forestArgs.found": {unsafe.Offsetof(fo.found), 64}, "forestArgs.pivots": {unsafe.Offsetof(fo.pivots), 88},
		"forestArgs.trees": {unsafe.Offsetof(fo.trees), 104}, "forestArgs.sum": {unsafe.Offsetof(fo.sum), 112},
		"affineArgs.zero": {unsafe.Offsetof(a.zero), 24},
	} {
		if o[0] != o[1] {
			t.Errorf("%s is at %d, the assembly reads %d", name, o[0], o[1])
		}
	}
}

func TestUseResolves(t *testing.T) {
	auto, err := Auto.Resolve()
	if err != nil || (auto == AVX2) != hasAVX2 {
		t.Errorf("auto is %v, %v", auto, err)
	}
	if _, err := AVX2.Resolve(); (err == nil) != hasAVX2 {
		t.Errorf("avx2 gives %v", err)
	}
	for _, u := range []Use{Auto, Portable, AVX2} {
		if v, ok := ParseUse(u.String()); !ok || v != u {
			t.Errorf("%v does not survive its name", u)
		}
	}
	if _, ok := ParseUse("sse9"); ok {
		t.Error("an unknown name is accepted")
	}
}
