package wire

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at a time: the first byte in memory is the lowest of the word.
const (
	sohWord  = 0x0101010101010101
	eqWord   = 0x3D3D3D3D3D3D3D3D
	zeroWord = 0x3030303030303030
	highBits = 0x8080808080808080
)

// zeroByte has the high bit of every zero byte of w set; above the first zero
// byte others may be set too, so only the lowest bit means something.
func zeroByte(w uint64) uint64 { return (w - sohWord) &^ w & highBits }

// Word is the first eight bytes of b, with zeros for what is missing.
func Word(b []byte) uint64 {
	n := len(b)
	switch {
	case n >= 8:
		return binary.LittleEndian.Uint64(b)
	case n >= 4: // two loads that overlap
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4)&31)
	case n > 0: // the first, the middle and the last byte, which may be the same
		return uint64(b[0]) | uint64(b[n>>1])<<(8*(n>>1)&31) | uint64(b[n-1])<<(8*(n-1)&31)
	}
	return 0
}

// indexSOH is the offset of the first SOH in b[i:], -1 if none.
func indexSOH(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if z := zeroByte(binary.LittleEndian.Uint64(b[i:]) ^ sohWord); z != 0 {
			return i + bits.TrailingZeros64(z)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == SOH {
			return i
		}
	}
	return -1
}

// readTag reads "digits=" from the first bytes of w: 1 to 6 digits, no leading zero.
// digits is 0 when that is not what is there.
func readTag(w uint64) (tag uint32, digits int) {
	k := bits.TrailingZeros64(zeroByte(w^eqWord)) &^ 7 // bits before '='; 64 if none
	if k == 0 || k > 48 || w&0xFF == '0' {
		return 0, 0
	}
	// The digits move to the top, zeros fill the front.
	tag, ok := Digits8(w<<(64-k) | zeroWord>>k)
	if !ok {
		return 0, 0
	}
	return tag, k >> 3
}

// Digits8 reads eight decimal digits; ok is false if a byte of w is none.
func Digits8(w uint64) (v uint32, ok bool) {
	x := w ^ zeroWord
	ok = (x+0x7676767676767676|x)&highBits == 0
	x = x*10 + x>>8 // pairs, in every other byte
	const mask = 0x000000FF000000FF
	x = (x&mask)*(100+1000000<<32) + (x>>16&mask)*(1+10000<<32)
	return uint32(x >> 32), ok
}
