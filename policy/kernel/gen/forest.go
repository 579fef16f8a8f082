package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of kernel.forestArgs.
const (
	forestX        = 0
	forestFeatures = 8
	forestNaN      = 16
	forestKeys     = 24
	forestBounds   = 32
	forestCodes    = 40
	forestNodes    = 48
	forestLeaves   = 56
	forestFound    = 64
	forestGroups   = 72
	forestInputs   = 80
	forestPivots   = 88
	forestStride   = 96
	forestTrees    = 104
	forestSum      = 112
)

// forest ranks the inputs, then tests every node of a tree at once: the codes of the inputs
// are tables for vpshufb, the tests become the bits of a mask, and the way down is bt, adc.
func forest() {
	TEXT("forestWalk", NOSPLIT, "func(args *byte, wide, deep, sum int)")
	Pragma("noescape")
	Doc("forestWalk ranks the inputs and finds the leaves of all trees, or sums them: wide beyond 32 inputs, deep with 6 levels instead of 5.")
	a := Load(Param("args"), GP64())
	field := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: a, Disp: off}, r)
		return r
	}
	forestOrder(field)
	forestRank(field)
	wide, deep, sum := GP64(), GP64(), GP64()
	Load(Param("wide"), wide)
	Load(Param("deep"), deep)
	Load(Param("sum"), sum)
	codes, nodes, leaves, found, trees := field(forestCodes), field(forestNodes), field(forestLeaves), field(forestFound), field(forestTrees)
	tab := make([]reg.VecVirtual, 4)
	for i := range tab {
		tab[i] = YMM()
		VBROADCASTI128(Mem{Base: codes, Disp: 16 * i}, tab[i])
	}
	acc := XMM()
	VPCMPEQD(acc, acc, acc)
	VPSLLD(U8(31), acc, acc) // -0: adding it changes nothing
	TESTQ(deep, deep)
	JNZ(LabelRef("deep"))
	TESTQ(wide, wide)
	JNZ(LabelRef("wide5"))
	forestTree("narrow5", tab[:2], 5, nodes, leaves, found, trees, sum, acc)
	forestTree("wide5", tab, 5, nodes, leaves, found, trees, sum, acc)
	Label("deep")
	TESTQ(wide, wide)
	JNZ(LabelRef("wide6"))
	forestTree("narrow6", tab[:2], 6, nodes, leaves, found, trees, sum, acc)
	forestTree("wide6", tab, 6, nodes, leaves, found, trees, sum, acc)
	Label("done")
	VMOVSS(acc, Mem{Base: a, Disp: forestSum})
	VZEROUPPER()
	RET()
}

// forestOrder writes the keys of the inputs: integers that order as the floats do.
func forestOrder(field func(int) reg.GPVirtual) {
	x, features, nan, keys, groups := field(forestX), field(forestFeatures), field(forestNaN), field(forestKeys), field(forestGroups)
	zero := YMM()
	VPXOR(zero, zero, zero)
	Label("order")
	at, mask, v, bad, k := YMM(), YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: features}, at)
	VPCMPEQD(mask, mask, mask)
	VPXOR(v, v, v)
	VPGATHERDD(mask, Mem{Base: x, Index: at, Scale: 4}, v)
	VADDPS(zero, v, v)
	VCMPPS(U8(3), v, v, bad) // unordered
	VPSRAD(U8(31), v, k)
	VPSRLD(U8(1), k, k)
	VPXOR(k, v, v)
	VBLENDVPS(bad, Mem{Base: nan}, v, v)
	VMOVDQU(v, Mem{Base: keys})
	ADDQ(U8(32), features)
	ADDQ(U8(32), nan)
	ADDQ(U8(32), keys)
	DECQ(groups)
	JNZ(LabelRef("order"))
}

// forestRank counts the bounds below each key: among the last bounds of each eight, then
// within the eight that remains.
func forestRank(field func(int) reg.GPVirtual) {
	keys, bounds, codes, n := field(forestKeys), field(forestBounds), field(forestCodes), field(forestInputs)
	pivots, stride := field(forestPivots), field(forestStride)
	rest := GP64() // bytes of pivots
	MOVQ(pivots, rest)
	SHLQ(U8(5), rest)
	Label("rank")
	k, c := YMM(), YMM()
	at, left, block, code, bits := GP64(), GP64(), GP64(), GP64(), GP64()
	VPBROADCASTD(Mem{Base: keys}, k)
	MOVQ(bounds, at)
	MOVQ(pivots, left)
	XORQ(block, block)
	Label("pivot")
	VPCMPGTD(Mem{Base: at}, k, c)
	VMOVMSKPS(c, bits.As32())
	POPCNTL(bits.As32(), bits.As32())
	ADDQ(bits, block)
	ADDQ(U8(32), at)
	DECQ(left)
	JNZ(LabelRef("pivot"))
	MOVQ(block, code)
	SHLQ(U8(5), code)
	VPCMPGTD(Mem{Base: at, Index: code, Scale: 1}, k, c)
	VMOVMSKPS(c, bits.As32())
	POPCNTL(bits.As32(), bits.As32())
	LEAQ(Mem{Base: bits, Index: block, Scale: 8}, code)
	MOVB(code.As8(), Mem{Base: codes})
	ADDQ(U8(4), keys)
	INCQ(codes)
	ADDQ(stride, bounds)
	DECQ(n)
	JNZ(LabelRef("rank"))
}

// forestTree walks the trees with levels branches on each way. A node is a byte that
// names its input and, 1<<levels further, a byte that its code must not exceed.
func forestTree(name string, tab []reg.VecVirtual, levels int, nodes, leaves, found, trees, sum reg.GPVirtual, acc reg.VecVirtual) {
	size := 1 << levels
	Label(name)
	mask, at := GP64(), GP64()
	for half := 0; half < size; half += 32 {
		ranks := Mem{Base: nodes, Disp: size + half}
		v, m := forestCodesOf(tab, Mem{Base: nodes, Disp: half})
		VPMAXUB(ranks, v, m)
		VPCMPEQB(ranks, m, m)
		if half == 0 {
			VPMOVMSKB(m, mask.As32())
		} else {
			VPMOVMSKB(m, at.As32())
			SHLQ(U8(32), at)
			ORQ(at, mask)
		}
	}
	MOVL(U32(1), at.As32())
	for range levels {
		BTQ(at, mask)
		ADCQ(at, at)
	}
	leaf := Mem{Base: leaves, Index: at, Scale: 4, Disp: -4 * size}
	TESTQ(sum, sum)
	JZ(LabelRef(name + "find"))
	VADDSS(leaf, acc, acc)
	JMP(LabelRef(name + "next"))
	Label(name + "find")
	MOVL(leaf, at.As32())
	MOVL(at.As32(), Mem{Base: found})
	ADDQ(U8(4), found)
	Label(name + "next")
	ADDQ(U32(uint32(2*size)), nodes)
	ADDQ(U32(uint32(4*size)), leaves)
	DECQ(trees)
	JNZ(LabelRef(name))
	JMP(LabelRef("done"))
}

// forestCodesOf looks up the codes of the 32 inputs named at m: bits 0 to 3 within a table,
// bits 4 and 5 choose it. It also gives a free register.
func forestCodesOf(tab []reg.VecVirtual, m Mem) (v, free reg.VecVirtual) {
	s, bit := YMM(), YMM()
	VMOVDQU(m, s)
	pick := func(lo, hi reg.VecVirtual) reg.VecVirtual {
		a, b := YMM(), YMM()
		VPSHUFB(s, lo, a)
		VPSHUFB(s, hi, b)
		VPBLENDVB(bit, b, a, a)
		return a
	}
	VPSLLW(U8(3), s, bit)
	v = pick(tab[0], tab[1])
	if len(tab) == 4 {
		w := pick(tab[2], tab[3])
		VPSLLW(U8(2), s, bit)
		VPBLENDVB(bit, w, v, v)
	}
	return v, bit
}
