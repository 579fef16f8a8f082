package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func float(v float32) reg.VecVirtual { return word(math.Float32bits(v)) }

func quantize() {
	TEXT("quantize", NOSPLIT, "func(x *float32, y *int16, blocks int, args *byte)")
	Pragma("noescape")
	Doc("quantize divides, clamps, rounds and offsets 8 floats per block to 16 bits.")
	x, y, n, a := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("blocks"), GP64()), Load(Param("args"), GP64())
	scale, lo, hi, zero := YMM(), YMM(), YMM(), YMM()
	for i, r := range []reg.VecVirtual{scale, lo, hi, zero} {
		VPBROADCASTD(Mem{Base: a, Disp: 4 * i}, r)
	}
	Label("block")
	v := YMM()
	VMOVUPS(Mem{Base: x}, v)
	VDIVPS(scale, v, v)
	VMAXPS(lo, v, v)
	VMINPS(hi, v, v)
	VCVTPS2DQ(v, v)
	VPADDD(zero, v, v)
	storeShorts(v, Mem{Base: y})
	ADDQ(U8(32), x)
	ADDQ(U8(16), y)
	DECQ(n)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// softmax turns rows of scores into weights: first the exponentials of all rows, then their
// sums and quotients, so that neither waits for a row's whole way.
func softmax() {
	TEXT("softmaxRows", NOSPLIT, "func(s *int32, w *int16, tab *uint32, rows, blocks int, m float32)")
	Pragma("noescape")
	Doc("softmaxRows turns rows of 8*blocks scores, which it overwrites, into 16-bit weights.")
	s, w, tab := Load(Param("s"), GP64()), Load(Param("w"), GP64()), Load(Param("tab"), GP64())
	rows, blocks := Load(Param("rows"), GP64()), Load(Param("blocks"), GP64())
	m := YMM()
	mp, err := Param("m").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(mp.Addr, m)
	c := newInterp()
	lo, hi, top32767 := float(-65535), float(0), word(32767)
	zero := YMM()
	VPXOR(zero, zero, zero)
	first, left := GP64(), GP64()
	MOVQ(s, first)
	MOVQ(rows, left)
	Label("row")
	at, n := GP64(), GP64()
	top, sum := YMM(), YMM()
	VMOVDQU(Mem{Base: s}, top)
	MOVQ(s, at)
	MOVQ(blocks, n)
	Label("max")
	VPMAXSD(Mem{Base: at}, top, top)
	ADDQ(U8(32), at)
	DECQ(n)
	JNZ(LabelRef("max"))
	t := YMM()
	VPERMQ(U8(0x4E), top, t)
	VPMAXSD(t, top, top)
	VPSHUFD(U8(0x4E), top, t)
	VPMAXSD(t, top, top)
	VPSHUFD(U8(0xB1), top, t)
	VPMAXSD(t, top, top)
	MOVQ(blocks, n)
	Label("exp")
	v := YMM()
	VMOVDQU(Mem{Base: s}, v)
	VPSUBD(top, v, v)
	VCVTDQ2PS(v, v)
	VMULPS(m, v, v)
	VMAXPS(lo, v, v)
	VMINPS(hi, v, v)
	VCVTPS2DQ(v, v)
	VPADDD(top32767, v, v)
	c.look(tab, v)
	VPMAXSD(zero, v, v)
	VMOVDQU(v, Mem{Base: s})
	ADDQ(U8(32), s)
	DECQ(n)
	JNZ(LabelRef("exp"))
	DECQ(left)
	JNZ(LabelRef("row"))
	MOVQ(first, s)
	one := float(32767)
	Label("share")
	VPXOR(sum, sum, sum)
	MOVQ(s, at)
	MOVQ(blocks, n)
	Label("sum")
	VPADDD(Mem{Base: at}, sum, sum)
	ADDQ(U8(32), at)
	DECQ(n)
	JNZ(LabelRef("sum"))
	VPERMQ(U8(0x4E), sum, t)
	VPADDD(t, sum, sum)
	VPSHUFD(U8(0x4E), sum, t)
	VPADDD(t, sum, sum)
	VPSHUFD(U8(0xB1), sum, t)
	VPADDD(t, sum, sum)
	VCVTDQ2PS(sum, sum)
	VDIVPS(sum, one, sum)
	MOVQ(blocks, n)
	Label("scale")
	VMOVDQU(Mem{Base: s}, v)
	VCVTDQ2PS(v, v)
	VMULPS(sum, v, v)
	VCVTPS2DQ(v, v)
	storeShorts(v, Mem{Base: w})
	ADDQ(U8(32), s)
	ADDQ(U8(16), w)
	DECQ(n)
	JNZ(LabelRef("scale"))
	DECQ(rows)
	JNZ(LabelRef("share"))
	VZEROUPPER()
	RET()
}

// distances are the kernel arguments of an SVM's vectors: 32 vectors at a time, one per
// lane, so that the sum over features is in their order.
func distances() {
	TEXT("distances", NOSPLIT, "func(x, vectors, y *float32, features, blocks, rbf int, gamma float32)")
	Pragma("noescape")
	Doc("distances computes, for 32 vectors per block, the dot products with x, or with rbf exp(gamma*|x-v|^2).")
	x, v, y := Load(Param("x"), GP64()), Load(Param("vectors"), GP64()), Load(Param("y"), GP64())
	features, blocks, rbf := Load(Param("features"), GP64()), Load(Param("blocks"), GP64()), Load(Param("rbf"), GP64())
	gamma := YMM()
	gp, err := Param("gamma").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(gp.Addr, gamma)
	e := newExp()
	Label("block")
	at, n := GP64(), GP64()
	acc := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	for _, a := range acc {
		VXORPS(a, a, a)
	}
	MOVQ(x, at)
	MOVQ(features, n)
	TESTQ(rbf, rbf)
	JZ(LabelRef("dot"))
	Label("square")
	f := YMM()
	VBROADCASTSS(Mem{Base: at}, f)
	for i, a := range acc {
		t := YMM()
		VSUBPS(Mem{Base: v, Disp: 32 * i}, f, t)
		VMULPS(t, t, t)
		VADDPS(t, a, a)
	}
	ADDQ(U8(4), at)
	ADDQ(U32(128), v)
	DECQ(n)
	JNZ(LabelRef("square"))
	for _, a := range acc {
		VMULPS(gamma, a, a)
		e.exp(a)
	}
	JMP(LabelRef("store"))
	Label("dot")
	VBROADCASTSS(Mem{Base: at}, f)
	for i, a := range acc {
		t := YMM()
		VMULPS(Mem{Base: v, Disp: 32 * i}, f, t)
		VADDPS(t, a, a)
	}
	ADDQ(U8(4), at)
	ADDQ(U32(128), v)
	DECQ(n)
	JNZ(LabelRef("dot"))
	Label("store")
	for i, a := range acc {
		VMOVUPS(a, Mem{Base: y, Disp: 32 * i})
	}
	ADDQ(U32(128), y)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// expConsts lies in memory: the vectors need the registers.
type expConsts struct{ base Mem }

func newExp() *expConsts {
	g := GLOBL("expConsts", RODATA|NOPTR)
	list := []uint32{}
	for _, f := range []float32{-104, 89, 1.44269504088896341, 0.693359375, -2.12194440e-4,
		1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1} {
		list = append(list, math.Float32bits(f))
	}
	list = append(list, 127)
	for i, v := range list {
		for k := range 8 {
			DATA(32*i+4*k, U32(v))
		}
	}
	return &expConsts{g}
}

func (c *expConsts) at(i int) Mem { return c.base.Offset(32 * i) }

// exp is program.Exp32 of 8 floats. The constants come first in max and min, so that NaN
// stays.
func (c *expConsts) exp(x reg.VecVirtual) {
	n, p, t := YMM(), YMM(), YMM()
	VMOVUPS(c.at(0), t)
	VMAXPS(x, t, x)
	VMOVUPS(c.at(1), t)
	VMINPS(x, t, x)
	VMULPS(c.at(2), x, n)
	VROUNDPS(U8(0), n, n)
	VMULPS(c.at(3), n, t)
	VSUBPS(t, x, x)
	VMULPS(c.at(4), n, t)
	VSUBPS(t, x, x)
	VMOVUPS(c.at(5), p)
	for i := 6; i <= 10; i++ {
		VMULPS(x, p, p)
		VADDPS(c.at(i), p, p)
	}
	VMULPS(x, x, t)
	VMULPS(t, p, p)
	VADDPS(x, p, p)
	VADDPS(c.at(11), p, p)
	VCVTPS2DQ(n, n)
	VPSRAD(U8(1), n, t)
	VPSUBD(t, n, n)
	VPADDD(c.at(12), t, t)
	VPADDD(c.at(12), n, n)
	VPSLLD(U8(23), t, t)
	VPSLLD(U8(23), n, n)
	VMULPS(t, p, p)
	VMULPS(n, p, x)
}

func laneDot() {
	TEXT("laneDot", NOSPLIT, "func(a, b *float32, blocks int) float32")
	Pragma("noescape")
	Doc("laneDot is sum a*b in eight lanes, joined as ((0+4)+(2+6)) + ((1+5)+(3+7)).")
	a, b, n := Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("blocks"), GP64())
	acc, t := YMM(), YMM()
	VXORPS(acc, acc, acc)
	Label("loop")
	VMOVUPS(Mem{Base: a}, t)
	VMULPS(Mem{Base: b}, t, t)
	VADDPS(t, acc, acc)
	ADDQ(U8(32), a)
	ADDQ(U8(32), b)
	DECQ(n)
	JNZ(LabelRef("loop"))
	lo, hi := acc.AsX(), XMM()
	VEXTRACTF128(U8(1), acc, hi)
	VADDPS(hi, lo, lo)
	VMOVHLPS(lo, lo, hi)
	VADDPS(hi, lo, lo)
	VMOVSHDUP(lo, hi)
	VADDSS(hi, lo, lo)
	Store(lo, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// denseF computes 32 outputs per block, one per lane, so that each sum is in the order of
// the inputs.
func denseF() {
	TEXT("denseF", NOSPLIT, "func(x, w, bias, y *float32, in, blocks int)")
	Pragma("noescape")
	Doc("denseF adds the products of x and 32 rows of weights per block to their biases.")
	x, w, bias, y := Load(Param("x"), GP64()), Load(Param("w"), GP64()), Load(Param("bias"), GP64()), Load(Param("y"), GP64())
	in, blocks := Load(Param("in"), GP64()), Load(Param("blocks"), GP64())
	Label("block")
	at, n, f := GP64(), GP64(), YMM()
	acc := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	for i, a := range acc {
		VMOVUPS(Mem{Base: bias, Disp: 32 * i}, a)
	}
	MOVQ(x, at)
	MOVQ(in, n)
	Label("input")
	VBROADCASTSS(Mem{Base: at}, f)
	for i, a := range acc {
		t := YMM()
		VMULPS(Mem{Base: w, Disp: 32 * i}, f, t)
		VADDPS(t, a, a)
	}
	ADDQ(U8(4), at)
	ADDQ(U32(128), w)
	DECQ(n)
	JNZ(LabelRef("input"))
	for i, a := range acc {
		VMOVUPS(a, Mem{Base: y, Disp: 32 * i})
	}
	ADDQ(U32(128), bias)
	ADDQ(U32(128), y)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}
