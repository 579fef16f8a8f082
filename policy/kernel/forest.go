package kernel

import (
	"math"
	"unsafe"
)

// ForestInput ranks one feature, as program.TreeInput.
type ForestInput struct {
	Feature, First, Num int32
	NaNLow              bool
}

// ForestNode is a branch, as program.TreeNode.
type ForestNode struct {
	Input, Rank uint16
	True, False int32
}

// ForestSpec is the walk of program.Trees; leaves are numbers.
type ForestSpec struct {
	Thresholds []float32
	Inputs     []ForestInput
	Nodes      []ForestNode
	Roots      []int32
	Depth      int       // of the deepest tree, in nodes
	Values     []float32 // of the leaves, for Sum; may be empty
}

// completeMax bounds the nodes of the complete form, which costs 2^depth per tree.
const completeMax = 1 << 18

// Forest is a packed set of trees. Trees that are small enough are made complete, so
// that the walk is a fixed number of steps without a branch on data: node i has children
// 2i (its test holds) and 2i+1.
type Forest struct {
	s     ForestSpec
	keys  []int32  // thresholds in an order-preserving integer form
	ranks []uint16 // one per input
	// complete form
	depth  int
	nodes  []uint32 // input | rank<<16, [tree][1<<depth], from 1
	leaves []int32  // [tree][1<<depth]
	found  []int32  // the leaf of each tree
	// AVX2 form, nil if it does not fit: with numbers of leaves, and with their values
	find, add *vectorForest
}

// NewForest packs a forest for use (resolved).
func NewForest(s ForestSpec, use Use) *Forest {
	f := &Forest{s: s, keys: make([]int32, len(s.Thresholds)), ranks: make([]uint16, max(len(s.Inputs), 1)), found: make([]int32, len(s.Roots)), depth: -1}
	for i, t := range s.Thresholds {
		f.keys[i] = key(t)
	}
	if use == AVX2 {
		f.find = f.vector(func(leaf int32) uint32 { return uint32(leaf) })
		if f.find != nil && len(s.Values) > 0 {
			f.add = f.vector(func(leaf int32) uint32 { return math.Float32bits(s.Values[leaf]) })
		}
	}
	if f.find == nil && s.Depth <= 12 && len(s.Roots)<<s.Depth <= completeMax {
		f.complete()
	}
	return f
}

// key orders as float32 does, the zeros equal.
func key(x float32) int32 {
	k := int32(math.Float32bits(x + 0))
	return k ^ int32(uint32(k>>31)>>1)
}

func (f *Forest) complete() {
	f.depth = f.s.Depth
	size := 1 << f.depth
	f.nodes, f.leaves = make([]uint32, len(f.s.Roots)*size), make([]int32, len(f.s.Roots)*size)
	for t, root := range f.s.Roots {
		f.fill(t*size, 1, root)
	}
}

// fill places node or leaf at as number i of a tree; below a leaf every way leads to it.
func (f *Forest) fill(tree, i int, at int32) {
	size := 1 << f.depth
	if i >= size {
		f.leaves[tree+i-size] = ^at
		return
	}
	yes, no := at, at
	f.nodes[tree+i] = 65535 << 16
	if at >= 0 {
		n := &f.s.Nodes[at]
		f.nodes[tree+i] = uint32(n.Input) | uint32(n.Rank)<<16
		yes, no = n.True, n.False
	}
	f.fill(tree, 2*i, yes)
	f.fill(tree, 2*i+1, no)
}

// Kernel names the implementation.
func (f *Forest) Kernel() string {
	if f.find != nil {
		return AVX2.String()
	}
	return Portable.String()
}

// Sum adds the values of the leaves of the trees, of which there is one at least, in order.
func (f *Forest) Sum(x unsafe.Pointer) float32 {
	if f.add != nil {
		f.add.walk(x, 1)
		return f.add.args.sum
	}
	found := f.Walk(x)
	acc := f.s.Values[found[0]]
	for _, l := range found[1:] {
		acc = float32(acc + f.s.Values[l])
	}
	return acc
}

// Walk ranks the features at x and gives the leaf of each tree, valid until the next call.
func (f *Forest) Walk(x unsafe.Pointer) []int32 {
	if f.find != nil {
		f.find.walk(x, 0)
		return f.found
	}
	for i := range f.s.Inputs {
		f.ranks[i] = f.rank(&f.s.Inputs[i], *(*float32)(unsafe.Add(x, 4*int(f.s.Inputs[i].Feature))))
	}
	if f.depth < 0 {
		for t, root := range f.s.Roots {
			f.found[t] = f.follow(root)
		}
		return f.found
	}
	size := 1 << f.depth
	t := 0
	for ; t+4 <= len(f.found); t += 4 {
		f.four(t*size, f.found[t:t+4:t+4])
	}
	for ; t < len(f.found); t++ {
		f.found[t] = f.one(t * size)
	}
	return f.found
}

// rank is count(t < x) + count(t <= x), by a search without branches on data.
func (f *Forest) rank(in *ForestInput, x float32) uint16 {
	if x != x {
		if in.NaNLow {
			return 0
		}
		return 65535
	}
	n := int(in.Num)
	if n == 0 {
		return 0
	}
	k := key(x)
	base := unsafe.Pointer(&f.keys[in.First])
	for n > 1 {
		half := n >> 1
		next := unsafe.Add(base, 4*half)
		if *(*int32)(unsafe.Add(next, -4)) < k {
			base = next
		}
		n -= half
	}
	v := *(*int32)(base)
	at := int(uintptr(base)-uintptr(unsafe.Pointer(&f.keys[in.First]))) >> 1 // 2 per threshold passed
	if v < k {
		at++
	}
	if v <= k {
		at++
	}
	return uint16(at)
}

// below is 1 if the rank lies above the node's, else 0.
func below(ranks unsafe.Pointer, n uint32) int {
	return int(uint32(n>>16-uint32(*(*uint16)(unsafe.Add(ranks, 2*int(n&0xFFFF))))) >> 31)
}

// four walks four trees in step: their loads overlap.
func (f *Forest) four(tree int, out []int32) {
	size, ranks := 1<<f.depth, unsafe.Pointer(&f.ranks[0])
	p0 := unsafe.Pointer(&f.nodes[tree])
	p1, p2, p3 := unsafe.Add(p0, 4*size), unsafe.Add(p0, 8*size), unsafe.Add(p0, 12*size)
	a, b, c, d := 1, 1, 1, 1
	for range f.depth {
		a = 2*a + below(ranks, *(*uint32)(unsafe.Add(p0, 4*a)))
		b = 2*b + below(ranks, *(*uint32)(unsafe.Add(p1, 4*b)))
		c = 2*c + below(ranks, *(*uint32)(unsafe.Add(p2, 4*c)))
		d = 2*d + below(ranks, *(*uint32)(unsafe.Add(p3, 4*d)))
	}
	l := f.leaves[tree : tree+4*size]
	out[0], out[1], out[2], out[3] = l[a-size], l[b], l[c+size], l[d+2*size]
}

func (f *Forest) one(tree int) int32 {
	size, ranks := 1<<f.depth, unsafe.Pointer(&f.ranks[0])
	a := 1
	for range f.depth {
		a = 2*a + below(ranks, f.nodes[tree+a])
	}
	return f.leaves[tree+a-size]
}

// follow walks a tree that is too deep for the complete form.
func (f *Forest) follow(at int32) int32 {
	for at >= 0 {
		if n := &f.s.Nodes[at]; f.ranks[n.Input] <= n.Rank {
			at = n.True
		} else {
			at = n.False
		}
	}
	return ^at
}
