package quant

import (
	"fmt"
	"math"
)

// Proof is what was shown about a dense layer's arithmetic for every possible input, by
// summing extremes per output. Check repeats it from the layer's integers.
type Proof struct {
	Inputs, Outputs int
	XMin, XMax      int64 // what an input element can be
	// AccMin and AccMax bound every prefix of the accumulation, bias included, in any order.
	AccMin, AccMax int64
	// Exact24: |acc| < 2^24, so that float32(acc) is exact. Otherwise it is rounded once,
	// half to even, which every machine does alike.
	Exact24 bool
	// PairSafe: with u8 inputs no sum of two adjacent products leaves int16, so vpmaddubsw
	// never saturates. Otherwise the kernel must widen to 16 bits first.
	PairSafe bool
	Kernel   string // "u8s8 pairs", "u8s8 widened", "s16"
}

// errOverflow says that no int32 accumulator can be proved.
type errOverflow struct {
	out      int
	min, max int64
}

func (e *errOverflow) Error() string {
	return fmt.Sprintf("quant: accumulator of output %d may reach [%d, %d], outside int32", e.out, e.min, e.max)
}

// prove bounds a layer with inputs in [xmin, xmax].
func prove(w []int32, bias []int64, ins int, xmin, xmax int64, wide bool) (*Proof, error) {
	p := &Proof{Inputs: ins, Outputs: len(bias), XMin: xmin, XMax: xmax, PairSafe: !wide}
	for o, b := range bias {
		lo, hi := min(b, 0), max(b, 0)
		for _, v := range w[o*ins : (o+1)*ins] {
			a, c := int64(v)*xmin, int64(v)*xmax
			lo, hi = lo+min(a, c, 0), hi+max(a, c, 0)
		}
		p.AccMin, p.AccMax = min(p.AccMin, lo), max(p.AccMax, hi)
		if lo < math.MinInt32 || hi > math.MaxInt32 {
			return nil, &errOverflow{o, lo, hi}
		}
		if !wide {
			p.PairSafe = p.PairSafe && pairsFit(w[o*ins:(o+1)*ins], xmax)
		}
	}
	p.Exact24 = p.AccMin > -1<<24 && p.AccMax < 1<<24
	switch {
	case wide:
		p.Kernel = "s16"
	case p.PairSafe:
		p.Kernel = "u8s8 pairs"
	default:
		p.Kernel = "u8s8 widened"
	}
	return p, nil
}

// pairsFit: for inputs 0..xmax the sum of each pair of products is within int16.
func pairsFit(row []int32, xmax int64) bool {
	for i := 0; i < len(row); i += 2 {
		if !pairFits(row[i], at(row, i+1), xmax) {
			return false
		}
	}
	return true
}

func pairFits(a, b int32, xmax int64) bool {
	hi := xmax * int64(max(a, 0)+max(b, 0))
	lo := xmax * int64(min(a, 0)+min(b, 0))
	return hi <= math.MaxInt16 && lo >= math.MinInt16
}

func at(row []int32, i int) int32 {
	if i < len(row) {
		return row[i]
	}
	return 0
}

// Check repeats the proof from integers: it holds for the layer's weights and bias.
func (p *Proof) Check(w []int32, bias []int32) error {
	b := make([]int64, len(bias))
	for i, v := range bias {
		b[i] = int64(v)
	}
	again, err := prove(w, b, p.Inputs, p.XMin, p.XMax, p.Kernel == "s16")
	if err != nil {
		return err
	}
	if again.AccMin != p.AccMin || again.AccMax != p.AccMax || again.Exact24 != p.Exact24 || again.Kernel != p.Kernel {
		return fmt.Errorf("quant: proof says [%d, %d] %s, the layer [%d, %d] %s", p.AccMin, p.AccMax, p.Kernel, again.AccMin, again.AccMax, again.Kernel)
	}
	return nil
}
