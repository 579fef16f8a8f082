package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of kernel.Layer; a test compares them with unsafe.Offsetof.
const (
	layerX       = 0
	layerY       = 8
	layerW       = 16
	layerBias    = 24
	layerM       = 32
	layerGroups  = 40
	layerOut     = 48
	layerRows    = 56
	layerXStride = 64
	layerYStride = 72
	layerZero    = 80
	layerLo      = 84
	layerHi      = 88
	layerKind    = 92
	layerSize    = 96
)

// Bits of Layer.kind.
const (
	kindWide  = 1 // weights s16; x s16, or with kindBytes u8
	kindBytes = 8
	kindTable = 16 // no layer at all: out bytes of x through the 256 bytes at w
	outU8     = 0 << 1
	outI16    = 1 << 1
	outF32    = 2 << 1
	outI32    = 3 << 1
	outMask   = 3 << 1
)

// denseState are the registers shared by the blocks of denseChain.
type denseState struct {
	layer, x, y, w, bias, m, rem reg.GPVirtual
	kind                         reg.GPVirtual
	ones, order                  reg.VecVirtual
	local                        Mem
}

// dense writes denseChain: for each layer, for each row, outputs in blocks of 64, then
// 32, then 8. Weights lie [block][group][output][4 bytes], so that one broadcast of 4
// bytes of x meets 8 outputs per register and nothing is added across lanes.
func dense() {
	order := GLOBL("packOrder", RODATA|NOPTR)
	for i, v := range []uint32{0, 4, 1, 5, 2, 6, 3, 7} {
		DATA(4*i, U32(v))
	}
	TEXT("denseChain", NOSPLIT, "func(layers *byte, n int)")
	Pragma("noescape")
	Doc("denseChain runs n dense layers one after the other.")
	s := &denseState{
		layer: Load(Param("layers"), GP64()).(reg.GPVirtual),
		x:     GP64(), y: GP64(), w: GP64(), bias: GP64(), m: GP64(), rem: GP64(), kind: GP64(),
		ones: YMM(), order: YMM(), local: AllocLocal(32),
	}
	n := Load(Param("n"), GP64())
	VPCMPEQW(s.ones, s.ones, s.ones)
	VPSRLW(U8(15), s.ones, s.ones)
	VMOVDQU(order, s.order)

	Label("layer")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	rows, xrow, yrow := GP64(), GP64(), GP64()
	field := func(off int) Mem { return Mem{Base: s.layer, Disp: off} }
	MOVQ(field(layerRows), rows)
	MOVQ(field(layerX), xrow)
	MOVQ(field(layerY), yrow)
	MOVL(field(layerKind), s.kind.As32())
	TESTL(U32(kindTable), s.kind.As32())
	JNZ(LabelRef("table"))
	Label("row")
	MOVQ(field(layerW), s.w)
	MOVQ(field(layerBias), s.bias)
	MOVQ(field(layerM), s.m)
	MOVQ(field(layerOut), s.rem)
	MOVQ(yrow, s.y)
	s.blocks(8, "b64", xrow, "b32")
	s.blocks(4, "b32", xrow, "b8")
	s.blocks(1, "b8", xrow, "rowEnd")
	Label("table")
	MOVQ(field(layerW), s.w)
	MOVQ(field(layerOut), s.rem)
	s.table(xrow, yrow, "next")
	Label("rowEnd")
	ADDQ(field(layerXStride), xrow)
	ADDQ(field(layerYStride), yrow)
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("next")
	ADDQ(U8(layerSize), s.layer)
	DECQ(n)
	JMP(LabelRef("layer"))
	Label("done")
	VZEROUPPER()
	RET()
}

// table maps bytes, 32 at a time: adding 0x70 with saturation to x-16k leaves the bytes
// with high half k below 0x80, where vpshufb picks from row k of the table, and gives 0
// for all others. What remains goes one by one. y may be x.
func (s *denseState) table(x, y reg.GPVirtual, next string) {
	bias, sixteen := word(0x70707070), word(0x10101010)
	Label("table32")
	CMPQ(s.rem, U8(32))
	JL(LabelRef("table1"))
	v, sum, t, row := YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: x}, v)
	for k := range 16 {
		VBROADCASTI128(Mem{Base: s.w, Disp: 16 * k}, row)
		VPADDUSB(bias, v, t)
		VPSHUFB(t, row, t)
		if k == 0 {
			VMOVDQA(t, sum)
		} else {
			VPOR(t, sum, sum)
		}
		VPSUBB(sixteen, v, v)
	}
	VMOVDQU(sum, Mem{Base: y})
	ADDQ(U8(32), x)
	ADDQ(U8(32), y)
	SUBQ(U8(32), s.rem)
	JMP(LabelRef("table32"))
	Label("table1")
	TESTQ(s.rem, s.rem)
	JZ(LabelRef(next))
	b := GP64()
	MOVBQZX(Mem{Base: x}, b)
	MOVBQZX(Mem{Base: s.w, Index: b, Scale: 1}, b)
	MOVB(b.As8(), Mem{Base: y})
	INCQ(x)
	INCQ(y)
	DECQ(s.rem)
	JMP(LabelRef("table1"))
}

// blocks computes blocks of 8*accs outputs while enough remain, then goes to next. The
// last size also does the rest below 8.
func (s *denseState) blocks(accs int, name string, xrow reg.Register, next string) {
	Label(name)
	CMPQ(s.rem, U32(uint32(8*accs)))
	if accs > 1 {
		JL(LabelRef(next))
	} else {
		TESTQ(s.rem, s.rem)
		JLE(LabelRef(next))
	}
	acc := make([]reg.VecVirtual, accs)
	for i := range acc {
		acc[i] = YMM()
		VMOVDQU(Mem{Base: s.bias, Disp: 32 * i}, acc[i])
	}
	groups, x := GP64(), s.x
	MOVQ(Mem{Base: s.layer, Disp: layerGroups}, groups)
	MOVQ(xrow, x)
	TESTL(U32(kindWide), s.kind.As32())
	JNZ(LabelRef(name + "wide"))
	s.loop(name+"narrow", acc, groups, 4, func(acc, v reg.VecVirtual, w Mem) {
		t := YMM()
		VPMADDUBSW(w, v, t)
		VPMADDWD(t, s.ones, t)
		VPADDD(t, acc, acc)
	})
	JMP(LabelRef(name + "out"))
	Label(name + "wide")
	madd := func(acc, v reg.VecVirtual, w Mem) {
		t := YMM()
		VPMADDWD(w, v, t)
		VPADDD(t, acc, acc)
	}
	TESTL(U32(kindBytes), s.kind.As32())
	JNZ(LabelRef(name + "bytes"))
	s.loop(name+"wideLoop", acc, groups, 4, madd)
	JMP(LabelRef(name + "out"))
	Label(name + "bytes")
	s.loop(name+"bytesLoop", acc, groups, 2, madd)
	Label(name + "out")
	s.requant(name, acc)
	ADDQ(U32(uint32(32*accs)), s.bias)
	ADDQ(U32(uint32(32*accs)), s.m)
	SUBQ(U32(uint32(8*accs)), s.rem)
	JMP(LabelRef(name))
}

// loop goes through the groups of x: step bytes, broadcast, 2 bytes widened to words.
func (s *denseState) loop(name string, acc []reg.VecVirtual, groups reg.Register, step uint8, mac func(acc, v reg.VecVirtual, w Mem)) {
	Label(name)
	v := YMM()
	if step == 2 {
		VPBROADCASTW(Mem{Base: s.x}, v.AsX())
		VPMOVZXBW(v.AsX(), v)
	} else {
		VPBROADCASTD(Mem{Base: s.x}, v)
	}
	for i := range acc {
		mac(acc[i], v, Mem{Base: s.w, Disp: 32 * i})
	}
	ADDQ(U8(step), s.x)
	ADDQ(U32(uint32(32*len(acc))), s.w)
	DECQ(groups)
	JNZ(LabelRef(name))
}

// requant turns accumulators into outputs of the layer's kind and stores them.
func (s *denseState) requant(name string, acc []reg.VecVirtual) {
	kind := GP32()
	MOVL(s.kind.As32(), kind)
	ANDL(U8(outMask), kind)
	CMPL(kind, U8(outI32))
	JE(LabelRef(name + "I32"))
	for i, a := range acc {
		VCVTDQ2PS(a, a)
		VMULPS(Mem{Base: s.m, Disp: 32 * i}, a, a)
	}
	CMPL(kind, U8(outF32))
	JE(LabelRef(name + "I32"))
	for _, a := range acc {
		VCVTPS2DQ(a, a)
	}
	CMPL(kind, U8(outI16))
	JE(LabelRef(name + "I16"))
	s.bytes(name, acc)
	JMP(LabelRef(name + "next"))
	Label(name + "I16")
	s.shorts(name, acc)
	JMP(LabelRef(name + "next"))
	Label(name + "I32")
	if len(acc) == 1 {
		s.store(name+"w4", acc[0], 4)
	} else {
		for i, a := range acc {
			VMOVDQU(a, Mem{Base: s.y, Disp: 32 * i})
		}
		ADDQ(U32(uint32(32*len(acc))), s.y)
	}
	Label(name + "next")
}

// bytes packs to u8: saturating to 16 bits, adding the zero point, saturating to 8, then
// the layer's clamp. 32 outputs lie in four registers; a lone one is packed with itself.
func (s *denseState) bytes(name string, acc []reg.VecVirtual) {
	zero, lo, hi := YMM(), YMM(), YMM()
	VPBROADCASTD(Mem{Base: s.layer, Disp: layerZero}, zero)
	VPBROADCASTD(Mem{Base: s.layer, Disp: layerLo}, lo)
	VPBROADCASTD(Mem{Base: s.layer, Disp: layerHi}, hi)
	if len(acc) == 1 {
		a := acc[0]
		VPACKSSDW(a, a, a)
		VPADDSW(zero, a, a)
		VPACKUSWB(a, a, a)
		VPERMD(a, s.order, a)
		// Elements 0 to 3 in dword 0 and 4 to 7 in dword 4 come to dwords 0 and 1.
		VPMAXUB(lo, a, a)
		VPMINUB(hi, a, a)
		s.store(name+"w1", a, 1)
		return
	}
	for i := 0; i < len(acc); i += 4 {
		p, q := acc[i], acc[i+2]
		VPACKSSDW(acc[i+1], p, p)
		VPACKSSDW(acc[i+3], q, q)
		VPADDSW(zero, p, p)
		VPADDSW(zero, q, q)
		VPACKUSWB(q, p, p)
		VPERMD(p, s.order, p)
		VPMAXUB(lo, p, p)
		VPMINUB(hi, p, p)
		VMOVDQU(p, Mem{Base: s.y, Disp: 8 * i})
	}
	ADDQ(U32(uint32(8*len(acc))), s.y)
}

// shorts packs to s16, zero point 0.
func (s *denseState) shorts(name string, acc []reg.VecVirtual) {
	lo, hi := YMM(), YMM()
	VPBROADCASTD(Mem{Base: s.layer, Disp: layerLo}, lo)
	VPBROADCASTD(Mem{Base: s.layer, Disp: layerHi}, hi)
	if len(acc) == 1 {
		a := acc[0]
		VPACKSSDW(a, a, a)
		VPERMQ(U8(0xD8), a, a)
		VPMAXSW(lo, a, a)
		VPMINSW(hi, a, a)
		s.store(name+"w2", a, 2)
		return
	}
	for i := 0; i < len(acc); i += 2 {
		a := acc[i]
		VPACKSSDW(acc[i+1], a, a)
		VPERMQ(U8(0xD8), a, a)
		VPMAXSW(lo, a, a)
		VPMINSW(hi, a, a)
		VMOVDQU(a, Mem{Base: s.y, Disp: 16 * i})
	}
	ADDQ(U32(uint32(16*len(acc))), s.y)
}

// store writes 8 outputs of size bytes from the low end of v, or what remains of them.
func (s *denseState) store(name string, v reg.VecVirtual, size int) {
	CMPQ(s.rem, U8(8))
	JL(LabelRef(name + "part"))
	switch size {
	case 1:
		VMOVQ(v.AsX(), Mem{Base: s.y})
	case 2:
		VMOVDQU(v.AsX(), Mem{Base: s.y})
	case 4:
		VMOVDQU(v, Mem{Base: s.y})
	}
	ADDQ(U8(uint8(8*size)), s.y)
	JMP(LabelRef(name + "end"))
	Label(name + "part")
	VMOVDQU(v, s.local)
	from, left, b := GP64(), GP64(), GP32()
	LEAQ(s.local, from)
	MOVQ(s.rem, left)
	if size > 1 {
		SHLQ(U8(uint8(size/2)), left)
	}
	Label(name + "byte")
	MOVB(Mem{Base: from}, b.As8())
	MOVB(b.As8(), Mem{Base: s.y})
	INCQ(from)
	INCQ(s.y)
	DECQ(left)
	JNZ(LabelRef(name + "byte"))
	Label(name + "end")
}
