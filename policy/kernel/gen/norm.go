package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// normRow applies a row's normalisation.
func normRow() {
	TEXT("normRow", NOSPLIT, "func(x, y *int16, gamma, beta *float32, blocks int, args *byte)")
	Pragma("noescape")
	Doc("normRow scales, rounds and offsets 8 elements per block.")
	x, y, gamma, beta := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("gamma"), GP64()), Load(Param("beta"), GP64())
	blocks, a := Load(Param("blocks"), GP64()), Load(Param("args"), GP64())
	n, sum, scale, lo, hi, zero := YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	for i, r := range []reg.VecVirtual{n, sum, scale, lo, hi, zero} {
		VPBROADCASTD(Mem{Base: a, Disp: 4 * i}, r)
	}
	Label("block")
	v := YMM()
	VPMOVSXWD(Mem{Base: x}, v)
	VPMULLD(n, v, v)
	VPSUBD(sum, v, v)
	VCVTDQ2PS(v, v)
	VMULPS(scale, v, v)
	VMULPS(Mem{Base: gamma}, v, v)
	VADDPS(Mem{Base: beta}, v, v)
	VMAXPS(lo, v, v)
	VMINPS(hi, v, v)
	VCVTPS2DQ(v, v)
	VPADDD(zero, v, v)
	storeShorts(v, Mem{Base: y})
	ADDQ(U8(16), x)
	ADDQ(U8(16), y)
	ADDQ(U8(32), gamma)
	ADDQ(U8(32), beta)
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
