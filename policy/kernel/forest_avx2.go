package kernel

import (
	"math"
	"slices"
	"unsafe"
)

// forestArgs are a packed forest as the assembly reads it (gen/forest.go has the offsets).
type forestArgs struct {
	x        unsafe.Pointer
	features *int32 // [groups of 8]
	nan      *int32 // [groups of 8]: what NaN counts as
	keys     *int32 // [groups of 8]
	bounds   unsafe.Pointer
	codes    *uint8         // [64]
	nodes    unsafe.Pointer // [tree][inputs of the nodes, then their codes]
	leaves   unsafe.Pointer // [tree][1<<levels], dwords
	found    *int32         // [tree]
	groups   int64
	inputs   int64
	pivots   int64 // registers of pivots per input
	stride   int64 // bytes of bounds per input
	trees    int64
	sum      float32
}

// vectorForest is a forest whose tests fit bytes: the code of an input is the number of its
// bounds below it, and a test holds where the code does not exceed the node's. All tests
// of a tree are then one or two vector compares.
type vectorForest struct {
	args       forestArgs
	wide, deep int
}

// The limits of the vector form.
const (
	vectorInputs = 64
	vectorBounds = 255
	vectorLevels = 6
)

const infinityKey = 0x7F800000

// bound is the largest key of which rank <= r holds, for a number.
func (f *Forest) bound(in *ForestInput, r uint16) int32 {
	if int(r) >= 2*int(in.Num) {
		return infinityKey
	}
	return f.keys[int(in.First)+int(r)/2] - 1 + int32(r&1)
}

// vector packs the forest with words for leaves; nil if it does not fit.
func (f *Forest) vector(word func(leaf int32) uint32) *vectorForest {
	s := &f.s
	if len(s.Inputs) == 0 || len(s.Inputs) > vectorInputs || s.Depth > vectorLevels || len(s.Roots) == 0 || len(s.Roots)<<vectorLevels > completeMax {
		return nil
	}
	bounds := make([][]int32, len(s.Inputs))
	for _, n := range s.Nodes {
		bounds[n.Input] = append(bounds[n.Input], f.bound(&s.Inputs[n.Input], n.Rank))
	}
	most := 0
	for i := range bounds {
		slices.Sort(bounds[i])
		bounds[i] = slices.Compact(bounds[i])
		most = max(most, len(bounds[i]))
	}
	if most > vectorBounds {
		return nil
	}
	v := &vectorForest{}
	v.packInputs(s, bounds, (most+7)/8)
	levels := 5
	if s.Depth > 5 {
		levels, v.deep = 6, 1
	}
	if len(s.Inputs) > 32 {
		v.wide = 1
	}
	size := 1 << levels
	a := &v.args
	nodes, leaves := aligned(len(s.Roots)*2*size), aligned(len(s.Roots)*4*size)
	a.nodes, a.leaves, a.found, a.trees = unsafe.Pointer(&nodes[0]), unsafe.Pointer(&leaves[0]), &f.found[0], int64(len(s.Roots))
	for t, root := range s.Roots {
		p := &vectorTree{f, bounds, nodes[t*2*size:][:2*size], unsafe.Slice((*uint32)(unsafe.Pointer(&leaves[t*4*size])), size), word}
		p.fill(1, root)
	}
	return v
}

// packInputs lays out what ranks the inputs: per input the last bound of each eight, padded
// to eights, then the bounds, with an eight that no key passes behind them.
func (v *vectorForest) packInputs(s *ForestSpec, bounds [][]int32, eights int) {
	a, n := &v.args, roundUp(len(s.Inputs), 8)
	pivots := max(1, (eights+7)/8)
	each := 8*pivots + 8*(eights+1)
	all := aligned(4 * each * len(s.Inputs))
	features, nan := make([]int32, n), make([]int32, n)
	for i := range s.Inputs {
		features[i], nan[i] = s.Inputs[i].Feature, math.MaxInt32
		if s.Inputs[i].NaNLow {
			nan[i] = math.MinInt32
		}
		b := unsafe.Slice((*int32)(unsafe.Pointer(&all[4*each*i])), each)
		for k := range b {
			b[k] = math.MaxInt32
		}
		copy(b[8*pivots:], bounds[i])
		for k := range eights {
			b[k] = b[8*pivots+8*k+7]
		}
	}
	a.features, a.nan, a.keys, a.codes = &features[0], &nan[0], &make([]int32, n)[0], &make([]uint8, vectorInputs)[0]
	a.bounds, a.groups, a.inputs, a.pivots, a.stride = unsafe.Pointer(&all[0]), int64(n/8), int64(len(s.Inputs)), int64(pivots), int64(4*each)
}

// vectorTree is where a tree goes. Node i has children 2i+1 (its test holds) and 2i.
type vectorTree struct {
	f      *Forest
	bounds [][]int32
	nodes  []byte
	leaves []uint32
	word   func(leaf int32) uint32
}

// fill places node or leaf at as number i; below a leaf every way leads to it.
func (p *vectorTree) fill(i int, at int32) {
	size := len(p.leaves)
	if i >= size {
		p.leaves[i-size] = p.word(^at)
		return
	}
	yes, no := at, at
	p.nodes[size+i] = 255
	if at >= 0 {
		n := &p.f.s.Nodes[at]
		pos, _ := slices.BinarySearch(p.bounds[n.Input], p.f.bound(&p.f.s.Inputs[n.Input], n.Rank))
		p.nodes[i], p.nodes[size+i] = uint8(n.Input), uint8(pos)
		yes, no = n.True, n.False
	}
	p.fill(2*i, no)
	p.fill(2*i+1, yes)
}

func (v *vectorForest) walk(x unsafe.Pointer, sum int) {
	v.args.x = x
	forestWalk((*byte)(unsafe.Pointer(&v.args)), v.wide, v.deep, sum)
}
