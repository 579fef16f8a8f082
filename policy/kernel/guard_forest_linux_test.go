//go:build linux && amd64 && !purego

package kernel

import (
	"math"
	"testing"
	"unsafe"
)

func TestForestsTouchOnlyTheirBuffers(t *testing.T) {
	needAVX2(t)
	for _, atEnd := range []bool{true, false} {
		for _, inputs := range []int{1, 8, 9, 32, 33, 64} {
			for depth := 0; depth <= 6; depth++ {
				s := ForestSpec{Depth: depth, Roots: []int32{-1, -1, -1}, Values: []float32{1, 2}}
				if depth > 0 {
					s.Roots = []int32{0, 0, 0}
				}
				for i := range inputs {
					s.Inputs = append(s.Inputs, ForestInput{Feature: int32(i), First: 0, Num: int32(7 + i*2)})
				}
				for k := range 7 + 2*inputs {
					s.Thresholds = append(s.Thresholds, float32(k))
				}
				for i := range depth {
					in := inputs - 1
					s.Nodes = append(s.Nodes, ForestNode{Input: uint16(in), Rank: uint16(2*i + 1), True: -1, False: int32(i + 1)})
				}
				if depth > 0 {
					s.Nodes[depth-1].False = -2
				}
				f := NewForest(s, AVX2)
				if f.find == nil || f.add == nil {
					t.Fatal("the assembly does not take the forest")
				}
				a := &f.add.args
				x := guarded(t, 4*inputs, atEnd)
				fx := unsafe.Slice(at[float32](x), inputs)
				for i := range fx {
					fx[i] = 1e9
				}
				groups, size := 32*int(a.groups), 1<<(5+f.add.deep)
				a.features, a.nan = (*int32)(copyOf(t, unsafe.Pointer(a.features), groups, atEnd)), (*int32)(copyOf(t, unsafe.Pointer(a.nan), groups, atEnd))
				a.keys, a.codes = at[int32](guarded(t, groups, atEnd)), at[uint8](guarded(t, 64, atEnd))
				a.bounds = copyOf(t, a.bounds, int(a.stride*a.inputs), atEnd)
				a.nodes, a.leaves = copyOf(t, a.nodes, 3*2*size, atEnd), copyOf(t, a.leaves, 3*4*size, atEnd)
				a.found = at[int32](guarded(t, 12, atEnd))
				f.add.walk(unsafe.Pointer(&x[0]), 0)
				got, want := math.Float32frombits(uint32(*a.found)), float32(1)
				if depth > 0 {
					want = 2
				}
				if sum := f.Sum(unsafe.Pointer(&x[0])); got != want || sum != 3*want {
					t.Errorf("%d inputs, depth %d: leaf %v, sum %v, want %v", inputs, depth, got, sum, want)
				}
			}
		}
	}
}
