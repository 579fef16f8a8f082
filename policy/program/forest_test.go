package program

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// rankedForest emits trees whose ranks, thresholds and shape are random in the whole range
// that the checker allows. values are where the thresholds come from.
func rankedForest(t testing.TB, r rng, trees, depth, features, inputs int, values []float32) *Program {
	t.Helper()
	in := &Trees{LeafFirst: []int32{0}, Aggregate: Aggregate(r.IntN(2)), Double: r.IntN(6) == 0}
	for range inputs {
		var list []float32
		for _, v := range values {
			if v == v && r.IntN(8) > 0 {
				list = append(list, v)
			}
		}
		slices.Sort(list)
		list = slices.CompactFunc(list, func(a, b float32) bool { return a == b })
		in.Inputs = append(in.Inputs, TreeInput{r.Int32N(int32(features)), int32(len(in.Thresholds)), int32(len(list)), r.IntN(2) == 0})
		in.Thresholds = append(in.Thresholds, list...)
	}
	var grow func(left int) int32
	grow = func(left int) int32 {
		if left == 0 || r.IntN(12) == 0 && left < depth {
			in.LeafTarget = append(in.LeafTarget, 0)
			in.LeafValue = append(in.LeafValue, r.NormFloat64())
			if r.IntN(9) == 0 {
				in.LeafValue[len(in.LeafValue)-1] = math.Copysign(0, -1)
			}
			in.LeafFirst = append(in.LeafFirst, int32(len(in.LeafValue)))
			return ^int32(len(in.LeafFirst) - 2)
		}
		i, input := len(in.Nodes), r.IntN(inputs)
		rank := r.IntN(2*int(in.Inputs[input].Num) + 1)
		if r.IntN(20) == 0 {
			rank = r.IntN(65535)
		}
		in.Nodes = append(in.Nodes, TreeNode{Input: uint16(input), Rank: uint16(rank)})
		yes := grow(left - 1)
		no := grow(left - 1)
		in.Nodes[i].True, in.Nodes[i].False = yes, no
		return int32(i)
	}
	for range trees {
		in.Roots = append(in.Roots, grow(depth))
	}
	b := NewBuilder()
	in.X, in.Y = b.Input("x", F32, 0, 0, features), b.Scratch(F32, 1)
	b.Emit(in)
	b.Output("y", in.Y, 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// nearby gives values, their neighbours, and what no threshold is.
func nearby(r rng, values []float32) func(int, Slot, []byte) {
	return func(_ int, _ Slot, raw []byte) {
		for i := 0; i+4 <= len(raw); i += 4 {
			v := values[r.IntN(len(values))]
			switch r.IntN(6) {
			case 0:
				v = math.Nextafter32(v, float32(math.Inf(1)))
			case 1:
				v = math.Nextafter32(v, float32(math.Inf(-1)))
			case 2:
				v = special[r.IntN(len(special))]
			}
			binary.LittleEndian.PutUint32(raw[i:], math.Float32bits(v))
		}
	}
}

func forestValues(r rng, n int) []float32 {
	values := append([]float32{}, special...)
	for range n {
		v := float32(r.NormFloat64())
		values = append(values, v, math.Nextafter32(v, 9))
	}
	return values
}

// Depths, inputs and thresholds on both sides of what the vector form takes.
func TestForestsAgree(t *testing.T) {
	r := newRNG(21)
	vector := 0
	for i := range 160 {
		values := forestValues(r, []int{0, 1, 3, 20, 70, 200}[i%6])
		inputs := []int{1, 2, 15, 16, 17, 31, 32, 33, 48, 64, 65, 90}[r.IntN(12)]
		trees := 1 + r.IntN(12)
		if i%16 == 0 {
			trees = 300
		}
		p := rankedForest(t, r, trees, i%8, 1+r.IntN(40), inputs, values)
		ms := machines(t, p)
		if slices.Contains(ms[len(ms)-1].Kernels(), "avx2") {
			vector++
		}
		for range 60 {
			agree(t, p, ms, nearby(r, values))
		}
	}
	t.Log(vector, "of 160 in vectors")
}

func FuzzForest(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(5), uint8(32), uint8(10))
	f.Add(uint64(2), uint8(9), uint8(6), uint8(64), uint8(120))
	f.Fuzz(func(t *testing.T, seed uint64, trees, depth, inputs, thresholds uint8) {
		r := newRNG(seed)
		values := forestValues(r, int(thresholds))
		p := rankedForest(t, r, int(trees)%20+1, int(depth)%8, 1+r.IntN(40), int(inputs)%70+1, values)
		ms := machines(t, p)
		for range 4 {
			agree(t, p, ms, nearby(r, values))
		}
	})
}
