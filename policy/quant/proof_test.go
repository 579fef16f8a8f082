package quant

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"slipstream/policy/graph"
	"slipstream/policy/program"
)

// extremes accumulates a row with each input at whichever end hurts, in order, and gives
// the largest and smallest prefix.
func extremes(row []int32, bias, xmin, xmax int64) (lo, hi int64) {
	for _, sign := range []int64{-1, 1} {
		acc := bias
		lo, hi = min(lo, acc), max(hi, acc)
		for _, w := range row {
			x := xmax
			if sign*int64(w) < 0 {
				x = xmin
			}
			acc += int64(w) * x
			lo, hi = min(lo, acc), max(hi, acc)
		}
	}
	return lo, hi
}

func TestProofsHoldForRandomLayers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ins, outs := rapid.IntRange(1, 40).Draw(t, "ins"), rapid.IntRange(1, 6).Draw(t, "outs")
		wide := rapid.Bool().Draw(t, "wide")
		size := rapid.Float64Range(1e-3, 1e3).Draw(t, "size")
		l := &layer{outs: outs, ins: ins}
		l.w = rapid.SliceOfN(rapid.Float32Range(-1, 1), ins*outs, ins*outs).Draw(t, "w")
		l.b = rapid.SliceOfN(rapid.Float32Range(-1, 1), outs, outs).Draw(t, "b")
		for i := range l.b {
			l.b[i] *= float32(size)
		}
		in, qx := asU8, affine8(rapid.Float64Range(-4, 0).Draw(t, "lo"), rapid.Float64Range(0.01, 4).Draw(t, "hi"))
		if wide {
			in, qx = asI16, symmetric16(rapid.Float64Range(0.01, 4).Draw(t, "abs"))
		}
		w, err := l.integers(in, qx)
		if err != nil {
			t.Fatal(err)
		}
		q := make([]int32, 0, ins*outs)
		for _, v := range w.W8 {
			q = append(q, int32(v))
		}
		for _, v := range w.W16 {
			q = append(q, int32(v))
		}
		if err := w.proof.Check(q, w.Bias); err != nil {
			t.Fatal(err)
		}
		p := w.proof
		for o := range outs {
			row := q[o*ins : (o+1)*ins]
			lo, hi := extremes(row, int64(w.Bias[o]), int64(qx.lo), int64(qx.hi))
			if lo < p.AccMin || hi > p.AccMax || lo < math.MinInt32 || hi > math.MaxInt32 {
				t.Fatalf("output %d reaches [%d, %d], proof says [%d, %d]", o, lo, hi, p.AccMin, p.AccMax)
			}
			if p.Exact24 && (lo <= -1<<24 || hi >= 1<<24) {
				t.Fatalf("output %d reaches [%d, %d], proof says it is exact in float32", o, lo, hi)
			}
			if p.PairSafe && saturates(row) {
				t.Fatal("a pair saturates although the proof says none does")
			}
			if !wide && !p.PairSafe && outs == 1 && !saturates(row) {
				t.Fatal("no pair saturates although the proof says one may")
			}
		}
	})
}

// saturates tries each pair with both inputs at 0 or 255, as vpmaddubsw would add them.
func saturates(row []int32) bool {
	for i := 0; i < len(row); i += 2 {
		for k := range 4 {
			s := int64(k&1)*255*int64(row[i]) + int64(k>>1)*255*int64(at(row, i+1))
			if s > math.MaxInt16 || s < math.MinInt16 {
				return true
			}
		}
	}
	return false
}

func TestOverflowIsRefused(t *testing.T) {
	w := []int32{32767, 32767, 32767}
	_, err := prove(w, []int64{0}, 3, -32768, 32767, true)
	var over *errOverflow
	if !errors.As(err, &over) || over.out != 0 {
		t.Errorf("got %v", err)
	}
	if _, err := prove([]int32{1}, []int64{math.MaxInt32}, 1, 0, 255, false); err == nil {
		t.Error("a bias at the end of int32 with anything added is accepted")
	}
}

func TestAForgedProofIsCaught(t *testing.T) {
	w, bias := []int32{127, 127, -127, 3}, []int32{5}
	p, err := prove(w, []int64{5}, 4, 0, 255, false)
	if err != nil || p.PairSafe || p.Kernel != "u8s8 widened" {
		t.Fatalf("%+v %v", p, err)
	}
	p.PairSafe, p.Kernel = true, "u8s8 pairs"
	if p.Check(w, bias) == nil {
		t.Error("a proof that claims pairs are safe passes")
	}
}

func TestFittedRowsAreAlwaysPairSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ins, outs := rapid.IntRange(1, 70).Draw(t, "ins"), rapid.IntRange(1, 4).Draw(t, "outs")
		l := &layer{outs: outs, ins: ins, b: make([]float32, outs), fit: true}
		l.w = rapid.SliceOfN(rapid.Float32Range(-3, 3), ins*outs, ins*outs).Draw(t, "w")
		w, err := l.integers(asU8, affine8(-1, 2))
		if err != nil {
			t.Fatal(err)
		}
		if !w.proof.PairSafe {
			t.Fatal("a fitted layer is not pair safe")
		}
		for o := range outs {
			row := make([]int32, ins)
			for i := range row {
				row[i] = int32(w.W8[o*ins+i])
				if d := float64(l.w[o*ins+i]) - float64(row[i])*float64(w.M[o]); math.Abs(d) > float64(w.M[o])*0.5001+1e-6 {
					t.Fatalf("weight %v became %v", l.w[o*ins+i], float64(row[i])*float64(w.M[o]))
				}
			}
			if saturates(row) {
				t.Fatal("a pair saturates")
			}
		}
	})
}

// TestReportedProofs takes the proofs of a compiled network to its own weights.
func TestReportedProofs(t *testing.T) {
	for _, prec := range []Precision{Int8, Int16} {
		b := newNet(8)
		x := b.node(graph.Relu, nil, b.dense(b.input("x", 1, 32), 64))
		b.output("y", b.dense(b.node(graph.Relu, nil, b.dense(x, 64)), 8))
		p, rep, err := Compile(b.g, b.cases(30), Options{Precision: prec})
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		for _, in := range p.Instrs {
			d, ok := in.(*program.Dense)
			if !ok {
				continue
			}
			var w []int32
			for _, v := range d.W8 {
				w = append(w, int32(v))
			}
			for _, v := range d.W16 {
				w = append(w, int32(v))
			}
			proof := rep.Layers[k].Proof
			if proof == nil || proof.Check(w, d.Bias) != nil {
				t.Fatalf("%s, layer %d: proof %+v does not hold", prec, k, proof)
			}
			if (proof.Kernel == "s16") != (prec == Int16) {
				t.Errorf("%s, layer %d: kernel %s", prec, k, proof.Kernel)
			}
			k++
		}
		if k != 3 {
			t.Fatalf("%d dense layers", k)
		}
	}
}
