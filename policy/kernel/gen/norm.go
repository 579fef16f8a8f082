package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of kernel.normArgs.
const (
	normX       = 0
	normY       = 8
	normGamma   = 16
	normBeta    = 24
	normRows    = 32
	normBlocks  = 40
	normN       = 48
	normEps     = 56
	normMean    = 64 // 1, or 0 for RMS
	normXStride = 72 // bytes
	normYStride = 80 // bytes
	normXBytes  = 88 // x is bytes, else 16 bits
	normYBytes  = 96
	normLo      = 104
	normHi      = 108
	normZero    = 112
	normXZero   = 116 // in both words
)

// norm normalises whole rows: their exact sums, then the elements.
func norm() {
	TEXT("normRows", NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc("normRows normalises rows of 8*blocks elements.")
	a := Load(Param("args"), GP64())
	at := func(off int) Mem { return Mem{Base: a, Disp: off} }
	load := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(at(off), r)
		return r
	}
	x, y, rows := load(normX), load(normY), load(normRows)
	lo, hi, zero, n32, ones, xZero := YMM(), YMM(), YMM(), YMM(), XMM(), XMM()
	VBROADCASTSS(at(normLo), lo)
	VBROADCASTSS(at(normHi), hi)
	VPBROADCASTD(at(normZero), zero)
	VPBROADCASTD(at(normN), n32)
	VPBROADCASTD(at(normXZero), xZero)
	VPCMPEQW(ones, ones, ones)
	VPSRLW(U8(15), ones, ones)
	// fetch brings 8 elements at i as words, less the zero point.
	fetch := func(name string, i reg.Register, v Op) {
		CMPQ(at(normXBytes), U8(0))
		JNE(LabelRef(name + "bytes"))
		VMOVDQU(Mem{Base: x, Index: i, Scale: 2}, v)
		JMP(LabelRef(name + "have"))
		Label(name + "bytes")
		VPMOVZXBW(Mem{Base: x, Index: i, Scale: 1}, v)
		Label(name + "have")
		VPSUBW(xZero, v, v)
	}
	Label("row")
	n, i := load(normBlocks), GP64()
	XORQ(i, i)
	s, ss := XMM(), YMM()
	VPXOR(s, s, s)
	VPXOR(ss, ss, ss)
	Label("sums")
	v, t := XMM(), YMM()
	fetch("sum", i, v)
	VPMADDWD(ones, v, t.AsX())
	VPADDD(t.AsX(), s, s)
	VPMADDWD(v, v, v) // up to 1<<31: without a sign
	VPMOVZXDQ(v, t)
	VPADDQ(t, ss, ss)
	ADDQ(U8(8), i)
	DECQ(n)
	JNZ(LabelRef("sums"))
	high := XMM()
	VEXTRACTI128(U8(1), ss, high)
	VPADDQ(high, ss.AsX(), ss.AsX())
	VPSHUFD(U8(0x4E), ss.AsX(), high)
	VPADDQ(high, ss.AsX(), ss.AsX())
	VPSHUFD(U8(0x4E), s, high)
	VPADDD(high, s, s)
	VPSHUFD(U8(0xB1), s, high)
	VPADDD(high, s, s)
	sum, square, scaled := GP64(), GP64(), GP64()
	VMOVD(s, sum.As32())
	MOVLQSX(sum.As32(), sum)
	IMULQ(at(normMean), sum)
	VMOVQ(ss.AsX(), scaled)
	IMULQ(at(normN), scaled)
	MOVQ(sum, square)
	IMULQ(square, square)
	SUBQ(square, scaled)
	d, one, scale, sums := XMM(), XMM(), YMM(), YMM()
	VPXOR(d, d, d)
	VCVTSI2SDQ(scaled, d, d)
	VADDSD(at(normEps), d, d)
	VSQRTSD(d, d, d)
	bits := GP64()
	MOVQ(U64(0x3FF0000000000000), bits)
	VMOVQ(bits, one)
	VDIVSD(d, one, d)
	VCVTSD2SS(d, d, scale.AsX())
	VBROADCASTSS(scale.AsX(), scale)
	VMOVD(sum.As32(), sums.AsX())
	VPBROADCASTD(sums.AsX(), sums)
	gamma, beta := load(normGamma), load(normBeta)
	MOVQ(at(normBlocks), n)
	XORQ(i, i)
	Label("elements")
	e := YMM()
	fetch("element", i, e.AsX())
	VPMOVSXWD(e.AsX(), e)
	VPMULLD(n32, e, e)
	VPSUBD(sums, e, e)
	VCVTDQ2PS(e, e)
	VMULPS(scale, e, e)
	VMULPS(Mem{Base: gamma, Index: i, Scale: 4}, e, e)
	VADDPS(Mem{Base: beta, Index: i, Scale: 4}, e, e)
	VMAXPS(lo, e, e)
	VMINPS(hi, e, e)
	VCVTPS2DQ(e, e)
	VPADDD(zero, e, e)
	CMPQ(at(normYBytes), U8(0))
	JNE(LabelRef("bytes"))
	storeShorts(e, Mem{Base: y, Index: i, Scale: 2})
	JMP(LabelRef("stored"))
	Label("bytes")
	storeBytes(e, Mem{Base: y, Index: i, Scale: 1})
	Label("stored")
	ADDQ(U8(8), i)
	DECQ(n)
	JNZ(LabelRef("elements"))
	ADDQ(at(normXStride), x)
	ADDQ(at(normYStride), y)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// storeBytes stores 8 dwords that fit unsigned bytes.
func storeBytes(v reg.VecVirtual, to Mem) {
	t := XMM()
	VEXTRACTI128(U8(1), v, t)
	VPACKSSDW(t, v.AsX(), t)
	VPACKUSWB(t, t, t)
	VMOVQ(t, to)
}

// dequantize turns integers into floats.
func dequantize() {
	TEXT("dequantize", NOSPLIT, "func(x *byte, y *float32, blocks int, wide int, zero int32, m float32)")
	Pragma("noescape")
	Doc("dequantize is (x-zero)*m of 8 elements per block: bytes, or with wide 16 bits.")
	x, y, n, wide := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("blocks"), GP64()), Load(Param("wide"), GP64())
	zero, m := YMM(), YMM()
	param := func(name string, r reg.VecVirtual) {
		p, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(p.Addr, r)
	}
	param("zero", zero)
	param("m", m)
	v := YMM()
	TESTQ(wide, wide)
	JZ(LabelRef("bytes"))
	Label("wide")
	VPMOVSXWD(Mem{Base: x}, v)
	VPSUBD(zero, v, v)
	VCVTDQ2PS(v, v)
	VMULPS(m, v, v)
	VMOVUPS(v, Mem{Base: y})
	ADDQ(U8(16), x)
	ADDQ(U8(32), y)
	DECQ(n)
	JNZ(LabelRef("wide"))
	VZEROUPPER()
	RET()
	Label("bytes")
	VPMOVZXBD(Mem{Base: x}, v)
	VPSUBD(zero, v, v)
	VCVTDQ2PS(v, v)
	VMULPS(m, v, v)
	VMOVUPS(v, Mem{Base: y})
	ADDQ(U8(8), x)
	ADDQ(U8(32), y)
	DECQ(n)
	JNZ(LabelRef("bytes"))
	VZEROUPPER()
	RET()
}

// columns adds rows, 8 columns per block, one per lane: each sum is in the order of rows.
func columns() {
	TEXT("sumColumns", NOSPLIT, "func(x, y *float32, rows, stride, blocks int, divisor float32)")
	Pragma("noescape")
	Doc("sumColumns adds rows stride bytes apart, 8 columns per block, and divides.")
	x, y, rows, stride := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	blocks, d := Load(Param("blocks"), GP64()), YMM()
	p, err := Param("divisor").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(p.Addr, d)
	Label("block")
	at, n, acc := GP64(), GP64(), YMM()
	MOVQ(x, at)
	MOVQ(rows, n)
	VMOVUPS(Mem{Base: at}, acc)
	JMP(LabelRef("next"))
	Label("add")
	ADDQ(stride, at)
	VADDPS(Mem{Base: at}, acc, acc)
	Label("next")
	DECQ(n)
	JNZ(LabelRef("add"))
	VDIVPS(d, acc, acc)
	VMOVUPS(acc, Mem{Base: y})
	ADDQ(U8(32), x)
	ADDQ(U8(32), y)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// affine16 is Requant and AddQ of 16-bit operands.
func affine16() {
	TEXT("affine16", NOSPLIT, "func(x, z, y *int16, blocks int, args *byte)")
	Pragma("noescape")
	Doc("affine16 rounds (x-xZero)*xm, plus (z-zZero)*zm unless z is nil, 8 elements per block.")
	x, z, y := Load(Param("x"), GP64()), Load(Param("z"), GP64()), Load(Param("y"), GP64())
	blocks, a := Load(Param("blocks"), GP64()), Load(Param("args"), GP64())
	xz, xm, zz, zm, lo, hi, zero := YMM(), YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	for i, r := range []reg.VecVirtual{xz, xm, zz, zm, lo, hi, zero} {
		VPBROADCASTD(Mem{Base: a, Disp: 4 * i}, r)
	}
	Label("block")
	v, w := YMM(), YMM()
	VPMOVSXWD(Mem{Base: x}, v)
	VPSUBD(xz, v, v)
	VCVTDQ2PS(v, v)
	VMULPS(xm, v, v)
	TESTQ(z, z)
	JZ(LabelRef("round"))
	VPMOVSXWD(Mem{Base: z}, w)
	VPSUBD(zz, w, w)
	VCVTDQ2PS(w, w)
	VMULPS(zm, w, w)
	VADDPS(w, v, v)
	ADDQ(U8(16), z)
	Label("round")
	VMAXPS(lo, v, v)
	VMINPS(hi, v, v)
	VCVTPS2DQ(v, v)
	VPADDD(zero, v, v)
	storeShorts(v, Mem{Base: y})
	ADDQ(U8(16), x)
	ADDQ(U8(16), y)
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}
