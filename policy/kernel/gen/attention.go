package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of kernel.tileArgs.
const (
	tileX       = 0
	tileW       = 8
	tileY       = 16
	tileRows    = 24
	tileGroups  = 32
	tileBlocks  = 40
	tileXStride = 48 // bytes
	tileYStride = 56 // bytes
	tileShorts  = 64 // results are 16 bits, else 32
	tileM       = 72
)

// tile multiplies rows of 16-bit numbers by a packed matrix, four rows and 16 columns at a
// time: weights [8 columns][pair of inputs][8 dwords].
func tile() {
	TEXT("denseTile", NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc("denseTile multiplies rows of pairs by weights in blocks of 8 columns.")
	a := Load(Param("args"), GP64()).(reg.GPVirtual)
	t := &tileState{args: a, w: GP64(), y: GP64(), blocks: GP64(), step: GP64(), end: GP64()}
	MOVQ(t.at(tileW), t.w)
	MOVQ(t.at(tileY), t.y)
	MOVQ(t.at(tileBlocks), t.blocks)
	MOVQ(t.at(tileGroups), t.end)
	MOVQ(t.end, t.step)
	SHLQ(U8(2), t.end)
	SHLQ(U8(5), t.step)
	t.columns("two", 2, "one")
	t.columns("one", 1, "end")
	Label("end")
	VZEROUPPER()
	RET()
}

type tileState struct {
	args, w, y, blocks reg.GPVirtual
	step, end          reg.GPVirtual // bytes of a block of weights, of a row of x
}

func (t *tileState) at(off int) Mem { return Mem{Base: t.args, Disp: off} }

// columns computes n blocks of columns while enough remain, then goes to next.
func (t *tileState) columns(name string, n int, next string) {
	Label(name)
	CMPQ(t.blocks, U8(uint8(n)))
	JL(LabelRef(next))
	x, y, rows := GP64(), GP64(), GP64()
	MOVQ(t.at(tileX), x)
	MOVQ(t.y, y)
	MOVQ(t.at(tileRows), rows)
	Label(name + "rows")
	acc := t.products(name, n, fourRowsOf(t.args, x, tileXStride, rows))
	to := fourRowsOf(t.args, y, tileYStride, rows)
	CMPQ(t.at(tileShorts), U8(0))
	JNE(LabelRef(name + "shorts"))
	for r := range to {
		for k := range n {
			VMOVDQU(acc[r][k], Mem{Base: to[r], Disp: 32 * k})
		}
	}
	JMP(LabelRef(name + "next"))
	Label(name + "shorts")
	m := YMM()
	VBROADCASTSS(t.at(tileM), m)
	for r := range to {
		for _, v := range acc[r] {
			VCVTDQ2PS(v, v)
			VMULPS(m, v, v)
			VCVTPS2DQ(v, v)
		}
		if n == 1 {
			storeShorts(acc[r][0], Mem{Base: to[r]})
			continue
		}
		VPACKSSDW(acc[r][1], acc[r][0], acc[r][0])
		VPERMQ(U8(0xD8), acc[r][0], acc[r][0])
		VMOVDQU(acc[r][0], Mem{Base: to[r]})
	}
	Label(name + "next")
	for range 4 {
		ADDQ(t.at(tileXStride), x)
		ADDQ(t.at(tileYStride), y)
	}
	SUBQ(U8(4), rows)
	JG(LabelRef(name + "rows"))
	for range n {
		ADDQ(t.step, t.w)
	}
	SUBQ(U8(uint8(n)), t.blocks)
	ADDQ(U8(uint8(16*n)), t.y)
	CMPQ(t.at(tileShorts), U8(0))
	JNE(LabelRef(name))
	ADDQ(U8(uint8(16*n)), t.y)
	JMP(LabelRef(name))
}

// fourRowsOf are pointers to four rows from p on, by a stride in the arguments. Behind the
// last of them it stays the last: such a row is computed and stored again.
func fourRowsOf(args, p reg.GPVirtual, stride int, rows reg.GPVirtual) (r [4]reg.GPVirtual) {
	r[0] = p
	for k := 1; k < 4; k++ {
		r[k] = GP64()
		next := GP64()
		MOVQ(r[k-1], r[k])
		MOVQ(r[k-1], next)
		ADDQ(Mem{Base: args, Disp: stride}, next)
		CMPQ(rows, U8(uint8(k)))
		CMOVQGT(next, r[k])
	}
	return r
}

// products sums the products of four rows with n blocks.
func (t *tileState) products(name string, n int, rows [4]reg.GPVirtual) (acc [4][]reg.VecVirtual) {
	for r := range acc {
		for range n {
			v := YMM()
			VPXOR(v, v, v)
			acc[r] = append(acc[r], v)
		}
	}
	second, i := GP64(), GP64()
	MOVQ(t.w, second)
	ADDQ(t.step, second)
	XORQ(i, i)
	Label(name + "pairs")
	w := make([]reg.VecVirtual, n)
	for k := range w {
		w[k] = YMM()
		VMOVDQU(Mem{Base: []reg.GPVirtual{t.w, second}[k], Index: i, Scale: 8}, w[k])
	}
	for r := range acc {
		x := YMM()
		VPBROADCASTD(Mem{Base: rows[r], Index: i, Scale: 1}, x)
		for k := range w {
			p := x
			if k < n-1 {
				p = YMM()
			}
			VPMADDWD(w[k], x, p)
			VPADDD(p, acc[r][k], acc[r][k])
		}
	}
	ADDQ(U8(4), i)
	CMPQ(i, t.end)
	JL(LabelRef(name + "pairs"))
	return acc
}

// keys transposes dwords, eight by eight.
func keys() {
	TEXT("packKeys", NOSPLIT, "func(k, w *byte, stride, keys, groups int)")
	Pragma("noescape")
	Doc("packKeys writes [8 keys][pair][8 dwords], from 8*keys rows of 8*groups pairs.")
	k, w, stride := Load(Param("k"), GP64()), Load(Param("w"), GP64()), Load(Param("stride"), GP64())
	blocks, groups := Load(Param("keys"), GP64()), Load(Param("groups"), GP64())
	Label("keys")
	at, left := GP64(), GP64()
	MOVQ(k, at)
	MOVQ(groups, left)
	Label("groups")
	row := GP64()
	MOVQ(at, row)
	var v [8]reg.VecVirtual
	for i := range v {
		v[i] = YMM()
		VMOVDQU(Mem{Base: row}, v[i])
		if i < 7 {
			ADDQ(stride, row)
		}
	}
	for i, r := range transpose(v) {
		VMOVDQU(r, Mem{Base: w, Disp: 32 * i})
	}
	ADDQ(U8(32), at)
	ADDQ(U32(256), w)
	DECQ(left)
	JNZ(LabelRef("groups"))
	for range 8 {
		ADDQ(stride, k)
	}
	DECQ(blocks)
	JNZ(LabelRef("keys"))
	VZEROUPPER()
	RET()
}

// transpose turns 8 rows of 8 dwords.
func transpose(v [8]reg.VecVirtual) (out [8]reg.VecVirtual) {
	swap := func(op func(...Op), hi func(...Op), i, j int) {
		t := YMM()
		hi(v[j], v[i], t)
		op(v[j], v[i], v[i])
		v[j] = t
	}
	low32, high32 := func(o ...Op) { VPUNPCKLDQ(o[0], o[1], o[2]) }, func(o ...Op) { VPUNPCKHDQ(o[0], o[1], o[2]) }
	low64, high64 := func(o ...Op) { VPUNPCKLQDQ(o[0], o[1], o[2]) }, func(o ...Op) { VPUNPCKHQDQ(o[0], o[1], o[2]) }
	for i := 0; i < 8; i += 2 {
		swap(low32, high32, i, i+1)
	}
	// v[i] has columns 0 1 4 5, v[i+1] columns 2 3 6 7 of rows i and i+1.
	for _, i := range []int{0, 1, 4, 5} {
		swap(low64, high64, i, i+2)
	}
	// v[0] v[2] v[1] v[3] have columns 0 4, 1 5, 2 6, 3 7 of rows 0 to 3; v[4...] of rows 4 to 7.
	for c, i := range []int{0, 2, 1, 3} {
		out[c], out[c+4] = v[i], YMM()
		VPERM2I128(U8(0x31), v[i+4], v[i], out[c+4])
		VPERM2I128(U8(0x20), v[i+4], v[i], out[c])
	}
	return out
}

// values joins neighbouring rows.
func values() {
	TEXT("packValues", NOSPLIT, "func(v, w *byte, stride, pairs, blocks int)")
	Pragma("noescape")
	Doc("packValues writes [8 columns][pair][8 dwords], from 2*pairs rows of 8*blocks columns.")
	v, w, stride := Load(Param("v"), GP64()), Load(Param("w"), GP64()), Load(Param("stride"), GP64())
	pairs, blocks := Load(Param("pairs"), GP64()), Load(Param("blocks"), GP64())
	Label("columns")
	at, left := GP64(), GP64()
	MOVQ(v, at)
	MOVQ(pairs, left)
	Label("pairs")
	even, odd := YMM(), YMM()
	VPMOVZXWD(Mem{Base: at}, even)
	VPMOVZXWD(Mem{Base: at, Index: stride, Scale: 1}, odd)
	VPSLLD(U8(16), odd, odd)
	VPOR(odd, even, even)
	VMOVDQU(even, Mem{Base: w})
	LEAQ(Mem{Base: at, Index: stride, Scale: 2}, at)
	ADDQ(U8(32), w)
	DECQ(left)
	JNZ(LabelRef("pairs"))
	ADDQ(U8(16), v)
	DECQ(blocks)
	JNZ(LabelRef("columns"))
	VZEROUPPER()
	RET()
}
