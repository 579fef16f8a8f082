// Command codec writes the AVX2 kernels of fix/wire/vector: asm_amd64.s and its Go stubs. Run it
// by fix/wire/vector/generate.sh.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	sum()
	index()
	Generate()
}

// sum adds bytes, 32 at a time.
func sum() {
	TEXT("sumBlocks", NOSPLIT, "func(b *byte, blocks int) uint64")
	Pragma("noescape")
	Doc("sumBlocks is the sum of the bytes of blocks of 32, at least one.")
	b, n := Load(Param("b"), GP64()), Load(Param("blocks"), GP64())
	zero, total, v := YMM(), YMM(), YMM()
	VPXOR(zero, zero, zero)
	VPXOR(total, total, total)
	Label("sumLoop")
	VPSADBW(Mem{Base: b}, zero, v)
	VPADDQ(v, total, total)
	ADDQ(U8(32), b)
	DECQ(n)
	JNZ(LabelRef("sumLoop"))
	high := XMM()
	VEXTRACTI128(U8(1), total, high)
	VPADDQ(high, total.AsX(), total.AsX())
	VPSHUFD(U8(0xEE), total.AsX(), high)
	VPADDQ(high, total.AsX(), total.AsX())
	out := GP64()
	VMOVQ(total.AsX(), out)
	VZEROUPPER()
	Store(out, ReturnIndex(0))
	RET()
}

// fieldsMax is the most fields indexed: a block may have 64 more, and the last group of
// four is filled up.
const fieldsMax = 188

// index finds the fields of a message in three passes: where they end (a mask of SOH for
// every 64 bytes), what their tags are (four fields at a time), and whether one of the tags
// is special.
func index() {
	TEXT("indexBlocks", NOSPLIT, "func(raw *byte, body int, fields, special *byte) int")
	Pragma("noescape")
	Doc("indexBlocks indexes the fields of raw[:body], body >= 64, and gives their number. seven bytes",
		"after body must be readable. 0 = a field is wrong, or its tag special, or they are too many;",
		"fields, which has room for 256, holds anything then.")
	raw, body := Load(Param("raw"), GP64()), Load(Param("body"), GP64())
	fields := Load(Param("fields"), GP64())
	nexts := AllocLocal(2 * (1 + fieldsMax + 64 + 7))
	next := func(i reg.Register) Mem { return nexts.Offset(2).Idx(i, 2) } // where the field after i starts

	ones, none, minus, sixtyFour, bad, negative := YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	VMOVDQU(constant("soh", 0x0101010101010101), ones)
	VMOVDQU(constant("sixtyFour", 64), sixtyFour)
	VPXOR(none, none, none)
	VPCMPEQB(minus, minus, minus)
	VPXOR(bad, bad, bad)
	VPXOR(negative, negative, negative)
	base, start, i := GP64(), GP64(), GP64()
	XORQ(base, base)
	XORQ(start, start)
	XORQ(i, i)
	MOVW(U16(0), nexts)
	Label("block")
	CMPQ(i, U32(fieldsMax))
	JA(LabelRef("fail"))
	from, shift := GP64(), GP64()
	LEAQ(Mem{Base: body, Disp: -64}, from)
	CMPQ(from, base)
	CMOVQGT(base, from) // the last block may begin in the one before
	MOVQ(base, shift)
	SUBQ(from, shift)
	lo, hi := YMM(), YMM()
	VPCMPEQB(Mem{Base: raw, Index: from, Scale: 1}, ones, lo)
	VPCMPEQB(Mem{Base: raw, Index: from, Scale: 1, Disp: 32}, ones, hi)
	mask, high := GP64(), GP64()
	VPMOVMSKB(lo, mask.As32())
	VPMOVMSKB(hi, high.As32())
	SHLQ(U8(32), high)
	ORQ(high, mask)
	SHRXQ(shift, mask, mask)
	TESTQ(mask, mask)
	JZ(LabelRef("blockDone"))
	Label("field")
	w := GP64()
	MOVQ(Mem{Base: raw, Index: start, Scale: 1}, w)
	MOVQ(w, Mem{Base: fields, Index: i, Scale: 8})
	TZCNTQ(mask, start)
	LEAQ(Mem{Base: base, Index: start, Scale: 1, Disp: 1}, start)
	MOVW(start.As16(), next(i))
	INCQ(i)
	BLSRQ(mask, mask)
	JNZ(LabelRef("field"))
	Label("blockDone")
	ADDQ(U8(64), base)
	CMPQ(base, body)
	JLT(LabelRef("block"))

	CMPQ(start, body)
	JNE(LabelRef("fail"))
	// Three good fields fill the last group up.
	good := GP64()
	MOVQ(U64('1'|'='<<8|'1'<<16), good)
	for k := range 3 {
		MOVQ(good, Mem{Base: fields, Index: i, Scale: 8, Disp: 8 * k})
		ADDQ(U8(4), start) // "1=1" and SOH
		MOVW(start.As16(), next(i).Offset(2*k))
	}

	g := GP64()
	XORQ(g, g)
	Label("group")
	words, t, tag, n := YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: fields, Index: g, Scale: 8}, words)
	VPCMPEQB(constant("equals", 0x3D3D3D3D3D3D3D3D), words, t)
	VPSUBQ(t, none, n)
	VPAND(n, t, t)
	VPADDQ(minus, t, t) // the bytes before '='
	VPXOR(constant("zeros", 0x3030303030303030), words, tag)
	VPAND(t, tag, tag)
	VPAND(t, ones, n)
	VPSADBW(none, n, n) // how many they are
	VPSUBUSB(constant("nines", 0x0909090909090909), tag, t)
	VPOR(t, bad, bad) // a byte that is no digit
	VPCMPEQB(none, tag, t)
	VPAND(constant("first", 0xFF), t, t)
	VPOR(t, bad, bad) // a zero in front, or nothing
	VPSLLQ(U8(3), n, t)
	VPSUBQ(t, sixtyFour, t)
	VPSLLVQ(t, tag, tag) // the digits to the top, zeros before them
	VPAND(constant("long", 0xFFFF), tag, t)
	VPOR(t, bad, bad) // more than six digits
	VPMADDUBSW(constant("tens", 0x010A010A010A010A), tag, tag)
	VPMADDWD(constant("hundreds", 0x0001006400010064), tag, tag)
	VPMULUDQ(constant("tenThousands", 10000), tag, t)
	VPSRLQ(U8(32), tag, tag)
	VPADDQ(t, tag, tag)
	length, value := YMM(), YMM()
	VPMOVZXWQ(nexts.Idx(g, 2), value) // where the field starts
	VPMOVZXWQ(next(g), length)
	VPADDQ(n, value, value)
	VPSUBQ(minus, value, value) // behind the '='
	VPSUBQ(value, length, length)
	VPADDQ(minus, length, length) // without SOH
	VPADDQ(minus, length, t)
	VPOR(t, negative, negative) // no value
	VPSLLQ(U8(32), value, value)
	VPSLLQ(U8(48), length, length)
	VPOR(value, tag, tag)
	VPOR(length, tag, tag)
	VMOVDQU(tag, Mem{Base: fields, Index: g, Scale: 8})
	ADDQ(U8(4), g)
	CMPQ(g, i)
	JLT(LabelRef("group"))
	VPTEST(bad, bad)
	JNZ(LabelRef("fail"))
	signs := GP32()
	VMOVMSKPD(negative, signs)
	TESTL(signs, signs)
	JNZ(LabelRef("fail"))
	VZEROUPPER()

	special := Load(Param("special"), GP64())
	marked := GP32()
	XORL(marked, marked)
	MOVQ(U32(3), g)
	CMPQ(i, U8(4))
	JLT(LabelRef("fail"))
	Label("tag")
	v := GP64()
	MOVL(Mem{Base: fields, Index: g, Scale: 8}, v.As32())
	ANDL(U32(1023), v.As32())
	ORB(Mem{Base: special, Index: v, Scale: 1}, marked.As8())
	INCQ(g)
	CMPQ(g, i)
	JLT(LabelRef("tag"))
	TESTL(marked, marked)
	JNZ(LabelRef("fail"))
	Store(i, ReturnIndex(0))
	RET()
	Label("fail")
	VZEROUPPER()
	XORQ(i, i)
	Store(i, ReturnIndex(0))
	RET()
}

// constant is a word in all lanes of a vector in memory.
func constant(name string, v uint64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for lane := range 4 {
		DATA(8*lane, U64(v))
	}
	return m
}
