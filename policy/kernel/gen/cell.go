package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// word broadcasts a constant to a register.
func word(v uint32) reg.VecVirtual {
	g, y := GP32(), YMM()
	MOVL(U32(v), g)
	VMOVD(g, y.AsX())
	VPBROADCASTD(y.AsX(), y)
	return y
}

// interp looks up 8 dwords of 16-bit values: with u = v+32768 the entry u>>7 holds base and
// difference in 16 bits each, and the result is (base*128 + difference*(u&127) + 64) >> 7.
type interp struct{ bias, low7, one128, round reg.VecVirtual }

func newInterp() *interp {
	return &interp{word(32768), word(127), word(128), word(64)}
}

func (c *interp) look(tab reg.Register, v reg.VecVirtual) {
	f, k, e, mask := YMM(), YMM(), YMM(), YMM()
	VPADDD(c.bias, v, k)
	VPAND(c.low7, k, f)
	VPSRLD(U8(7), k, k)
	VPCMPEQD(mask, mask, mask)
	VPXOR(e, e, e)
	VPGATHERDD(mask, Mem{Base: tab, Index: k, Scale: 4}, e)
	VPSLLD(U8(16), f, f)
	VPOR(c.one128, f, f)
	VPMADDWD(f, e, v)
	VPADDD(c.round, v, v)
	VPSRAD(U8(7), v, v)
}

func lut16() {
	TEXT("lut16", NOSPLIT, "func(x, y *int16, tab *uint32, blocks int)")
	Pragma("noescape")
	Doc("lut16 interpolates 8 elements per block.")
	x, y, tab := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("tab"), GP64())
	n := Load(Param("blocks"), GP64())
	c := newInterp()
	Label("loop")
	v := YMM()
	VPMOVSXWD(Mem{Base: x}, v)
	c.look(tab, v)
	storeShorts(v, Mem{Base: y})
	ADDQ(U8(16), x)
	ADDQ(U8(16), y)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// storeShorts saturates 8 dwords to 16 bits and stores them.
func storeShorts(v reg.VecVirtual, to Mem) {
	t := YMM()
	VPACKSSDW(v, v, t)
	VPERMQ(U8(0xD8), t, t)
	VMOVDQU(t.AsX(), to)
}

// preact rounds 8 floats to the 16 bits of a table's input; NaN gives the lowest.
type preact struct{ lo, hi reg.VecVirtual }

func newPreact() *preact { return &preact{word(0xC7000000), word(0x46FFFE00)} }

func (p *preact) round(v reg.VecVirtual) {
	VMAXPS(p.lo, v, v)
	VMINPS(p.hi, v, v)
	VCVTPS2DQ(v, v)
}

// mul15 is (a*b + 16384) >> 15 of 16-bit values in dwords; b's upper halves are cleared.
func mul15(low16, half reg.VecVirtual, a, b, to reg.VecVirtual) {
	t := YMM()
	VPAND(low16, b, t)
	VPMADDWD(t, a, to)
	VPADDD(half, to, to)
	VPSRAD(U8(15), to, to)
}

// saturate keeps dwords within 16 bits.
func saturate(v reg.VecVirtual) {
	VPACKSSDW(v, v, v)
	VPMOVSXWD2(v)
}

// VPMOVSXWD2 widens what an in-lane pack of a register with itself left: words 0-3 hold
// elements 0-3, words 8-11 hold elements 4-7.
func VPMOVSXWD2(v reg.VecVirtual) {
	VPERMQ(U8(0xD8), v, v)
	VPMOVSXWD(v.AsX(), v)
}

// Offsets of kernel.CellArgs.
const (
	cellPX     = 0
	cellPH     = 8
	cellH      = 16
	cellC      = 24
	cellTab    = 32 // five pointers
	cellStride = 72 // bytes between gates in PX and PH
	cellBlocks = 80
	cellShift  = 88
	cellHalf   = 96
)

func lstm() {
	TEXT("lstmCell", NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc("lstmCell activates the gates of 8 units per block and advances h and c.")
	a := Load(Param("args"), GP64())
	px, ph, h, cc, stride, n := GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	at := func(off int) Mem { return Mem{Base: a, Disp: off} }
	MOVQ(at(cellPX), px)
	MOVQ(at(cellPH), ph)
	MOVQ(at(cellH), h)
	MOVQ(at(cellC), cc)
	MOVQ(at(cellStride), stride)
	MOVQ(at(cellBlocks), n)
	stride3 := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	tab := GP64()
	c, p := newInterp(), newPreact()
	low16, half15 := word(0xFFFF), word(1<<14)
	half, shift := YMM(), XMM()
	VPBROADCASTD(at(cellHalf), half)
	VMOVQ(at(cellShift), shift)
	Label("block")
	gate := func(k int) reg.VecVirtual {
		v := YMM()
		ofs := func(base reg.Register) Mem {
			switch k {
			case 0:
				return Mem{Base: base}
			case 3:
				return Mem{Base: base, Index: stride3, Scale: 1}
			}
			return Mem{Base: base, Index: stride, Scale: uint8(k)}
		}
		VMOVUPS(ofs(px), v)
		VADDPS(ofs(ph), v, v)
		p.round(v)
		MOVQ(at(cellTab+8*k), tab)
		c.look(tab, v)
		return v
	}
	i := gate(0)
	g := gate(3)
	mul15(low16, half15, i, g, i) // i*g
	VPADDD(half, i, i)
	VPSRAD(shift, i, i)
	f, old := gate(2), YMM()
	VPMOVSXWD(Mem{Base: cc}, old)
	mul15(low16, half15, f, old, f)
	VPADDD(f, i, i)
	saturate(i)
	storeShorts(i, Mem{Base: cc})
	MOVQ(at(cellTab+32), tab)
	c.look(tab, i)
	o := gate(1)
	mul15(low16, half15, o, i, o)
	storeShorts(o, Mem{Base: h})
	ADDQ(U8(32), px)
	ADDQ(U8(32), ph)
	ADDQ(U8(16), h)
	ADDQ(U8(16), cc)
	DECQ(n)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

func gru() {
	TEXT("gruCell", NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc("gruCell activates the gates of 8 units per block (linear before reset) and advances h.")
	a := Load(Param("args"), GP64())
	px, ph, h, stride, n := GP64(), GP64(), GP64(), GP64(), GP64()
	at := func(off int) Mem { return Mem{Base: a, Disp: off} }
	MOVQ(at(cellPX), px)
	MOVQ(at(cellPH), ph)
	MOVQ(at(cellH), h)
	MOVQ(at(cellStride), stride)
	MOVQ(at(cellBlocks), n)
	tab := GP64()
	c, p := newInterp(), newPreact()
	low16, half15, scale := word(0xFFFF), word(1<<14), word(0x38000000) // 2^-15
	Label("block")
	ofs := func(base reg.Register, k uint8) Mem {
		if k == 0 {
			return Mem{Base: base}
		}
		return Mem{Base: base, Index: stride, Scale: k}
	}
	gate := func(k uint8) reg.VecVirtual {
		v := YMM()
		VMOVUPS(ofs(px, k), v)
		VADDPS(ofs(ph, k), v, v)
		p.round(v)
		MOVQ(at(cellTab+8*int(k)), tab)
		c.look(tab, v)
		return v
	}
	r := gate(1)
	VCVTDQ2PS(r, r)
	VMULPS(scale, r, r)
	VMULPS(ofs(ph, 2), r, r)
	VADDPS(ofs(px, 2), r, r)
	p.round(r)
	MOVQ(at(cellTab+16), tab)
	c.look(tab, r) // r is the candidate now
	z := gate(0)
	old, zn := YMM(), YMM()
	VPMOVSXWD(Mem{Base: h}, old)
	mul15(low16, half15, z, r, zn)
	mul15(low16, half15, z, old, z)
	VPSUBD(zn, r, r)
	VPADDD(z, r, r)
	storeShorts(r, Mem{Base: h})
	ADDQ(U8(32), px)
	ADDQ(U8(32), ph)
	ADDQ(U8(16), h)
	DECQ(n)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}
