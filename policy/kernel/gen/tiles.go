package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tilesState is a dense layer of several rows, four rows and 16 outputs at a time, over
// the weights as dense lays them out. Its outputs are a multiple of 32.
type tilesState struct {
	layer                  reg.GPVirtual
	w, stride              reg.GPVirtual // of 16 outputs; bytes from group to group
	column                 reg.GPVirtual // 4 times the first output
	ones                   reg.VecVirtual
	rem, pairs, block, out Mem // what remains; the block's weights; where its column goes
}

func (t *tilesState) at(off int) Mem { return Mem{Base: t.layer, Disp: off} }

func tiles() {
	TEXT("denseTiles", NOSPLIT, "func(layer *byte)")
	Pragma("noescape")
	Doc("denseTiles runs one dense layer of rows, whose outputs are a multiple of 32.")
	t := &tilesState{layer: Load(Param("layer"), GP64()).(reg.GPVirtual), w: GP64(), stride: GP64(), column: GP64(), ones: YMM(),
		rem: AllocLocal(8), pairs: AllocLocal(8), block: AllocLocal(8), out: AllocLocal(8)}
	VPCMPEQW(t.ones, t.ones, t.ones)
	VPSRLW(U8(15), t.ones, t.ones)
	copyQ := func(from, to Mem) {
		r := GP64()
		MOVQ(from, r)
		MOVQ(r, to)
	}
	copyQ(t.at(layerOut), t.rem)
	copyQ(t.at(layerW), t.block)
	copyQ(t.at(layerY), t.out)
	XORQ(t.column, t.column)
	Label("block")
	n, pairs := GP64(), GP64()
	MOVQ(U32(256), t.stride)
	MOVQ(U32(4), pairs)
	CMPQ(t.rem, U8(64))
	JGE(LabelRef("sized"))
	MOVQ(U32(128), t.stride)
	MOVQ(U32(2), pairs)
	Label("sized")
	MOVQ(pairs, t.pairs)
	MOVQ(t.block, t.w)
	Label("pair")
	x, y, rows := GP64(), GP64(), GP64()
	MOVQ(t.at(layerX), x)
	MOVQ(t.out, y)
	MOVQ(t.at(layerRows), rows)
	Label("rows")
	acc := t.products(x, rows)
	t.store(acc, fourRowsOf(t.layer, y, layerYStride, rows))
	for range 4 {
		ADDQ(t.at(layerXStride), x)
		ADDQ(t.at(layerYStride), y)
	}
	SUBQ(U8(4), rows)
	JG(LabelRef("rows"))
	ADDQ(U8(64), t.w)
	ADDQ(U8(64), t.column)
	t.nextColumn()
	DECQ(t.pairs)
	JNZ(LabelRef("pair"))
	MOVQ(t.at(layerGroups), n)
	IMULQ(t.stride, n)
	ADDQ(n, t.block)
	SHRQ(U8(2), t.stride)
	SUBQ(t.stride, t.rem)
	JG(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// nextColumn moves out by 16 results.
func (t *tilesState) nextColumn() {
	size, kind := GP64(), GP32()
	MOVL(t.at(layerKind), kind)
	ANDL(U8(outMask), kind)
	MOVQ(U32(16), size)
	TESTL(kind, kind)
	JZ(LabelRef("moved"))
	MOVQ(U32(32), size)
	CMPL(kind, U8(outI16))
	JE(LabelRef("moved"))
	MOVQ(U32(64), size)
	Label("moved")
	ADDQ(size, t.out)
}

// products starts from the biases and adds the products of four rows.
func (t *tilesState) products(x, rows reg.GPVirtual) (acc [4][2]reg.VecVirtual) {
	bias := GP64()
	MOVQ(t.at(layerBias), bias)
	for r := range acc {
		for k := range acc[r] {
			acc[r][k] = YMM()
			if r == 0 {
				VMOVDQU(Mem{Base: bias, Index: t.column, Scale: 1, Disp: 32 * k}, acc[r][k])
			} else {
				VMOVDQA(acc[0][k], acc[r][k])
			}
		}
	}
	from := fourRowsOf(t.layer, x, layerXStride, rows)
	w, i, left := GP64(), GP64(), GP64()
	MOVQ(t.w, w)
	XORQ(i, i)
	MOVQ(t.at(layerGroups), left)
	loop := func(name string, step uint8, fetch func(m Mem, v reg.VecVirtual), mac func(acc, v, w reg.VecVirtual)) {
		Label(name)
		a, b := YMM(), YMM()
		VMOVDQU(Mem{Base: w}, a)
		VMOVDQU(Mem{Base: w, Disp: 32}, b)
		for r := range acc {
			v := YMM()
			fetch(Mem{Base: from[r], Index: i, Scale: 1}, v)
			mac(acc[r][0], v, a)
			mac(acc[r][1], v, b)
		}
		ADDQ(U8(step), i)
		ADDQ(t.stride, w)
		DECQ(left)
		JNZ(LabelRef(name))
	}
	dword := func(m Mem, v reg.VecVirtual) { VPBROADCASTD(m, v) }
	words := func(acc, v, w reg.VecVirtual) {
		p := YMM()
		VPMADDWD(w, v, p)
		VPADDD(p, acc, acc)
	}
	TESTL(U32(kindWide), t.at(layerKind))
	JNZ(LabelRef("wide"))
	loop("narrowLoop", 4, dword, func(acc, v, w reg.VecVirtual) {
		p := YMM()
		VPMADDUBSW(w, v, p)
		VPMADDWD(t.ones, p, p)
		VPADDD(p, acc, acc)
	})
	JMP(LabelRef("summed"))
	Label("wide")
	TESTL(U32(kindBytes), t.at(layerKind))
	JNZ(LabelRef("bytes"))
	loop("wideLoop", 4, dword, words)
	JMP(LabelRef("summed"))
	Label("bytes")
	loop("bytesLoop", 2, func(m Mem, v reg.VecVirtual) {
		VPBROADCASTW(m, v.AsX())
		VPMOVZXBW(v.AsX(), v)
	}, words)
	Label("summed")
	return acc
}

// store turns accumulators into outputs of the layer's kind.
func (t *tilesState) store(acc [4][2]reg.VecVirtual, to [4]reg.GPVirtual) {
	m := GP64()
	MOVQ(t.at(layerM), m)
	for k := range 2 {
		scale := YMM()
		VMOVUPS(Mem{Base: m, Index: t.column, Scale: 1, Disp: 32 * k}, scale)
		for r := range acc {
			VCVTDQ2PS(acc[r][k], acc[r][k])
			VMULPS(scale, acc[r][k], acc[r][k])
		}
	}
	kind := GP32()
	MOVL(t.at(layerKind), kind)
	ANDL(U8(outMask), kind)
	CMPL(kind, U8(outF32))
	JE(LabelRef("floats"))
	lo, hi, zero := YMM(), YMM(), YMM()
	VPBROADCASTD(t.at(layerLo), lo)
	VPBROADCASTD(t.at(layerHi), hi)
	VPBROADCASTD(t.at(layerZero), zero)
	for r := range acc {
		a, b := acc[r][0], acc[r][1]
		VCVTPS2DQ(a, a)
		VCVTPS2DQ(b, b)
		VPACKSSDW(b, a, a)
		VPERMQ(U8(0xD8), a, a)
	}
	TESTL(kind, kind)
	JZ(LabelRef("toBytes"))
	for r := range acc {
		v := acc[r][0]
		VPMAXSW(lo, v, v)
		VPMINSW(hi, v, v)
		VMOVDQU(v, Mem{Base: to[r]})
	}
	JMP(LabelRef("stored"))
	Label("toBytes")
	for r := range acc {
		v := acc[r][0]
		VPADDSW(zero, v, v)
		VPACKUSWB(v, v, v)
		VPERMQ(U8(0x08), v, v)
		VPMAXUB(lo, v, v)
		VPMINUB(hi, v, v)
		VMOVDQU(v.AsX(), Mem{Base: to[r]})
	}
	JMP(LabelRef("stored"))
	Label("floats")
	for r := range acc {
		VMOVUPS(acc[r][0], Mem{Base: to[r]})
		VMOVUPS(acc[r][1], Mem{Base: to[r], Disp: 32})
	}
	Label("stored")
}
