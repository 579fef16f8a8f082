package wire

import (
	"encoding/binary"

	"slipstream/fix/wire/vector"
)

const (
	laneMask  = 0x00FF00FF00FF00FF
	laneBytes = 1024 // a 16-bit lane takes 2*255 per word: 128 words fit
)

// CheckSum is the sum of all bytes of b modulo 256, as CheckSum(10) defines it.
func CheckSum(b []byte) uint8 {
	total, n := vector.Sum(b)
	b = b[n:]
	for len(b) > laneBytes {
		total += sumLanes(b[:laneBytes])
		b = b[laneBytes:]
	}
	return uint8(total + sumLanes(b))
}

// sumLanes is the sum of at most laneBytes bytes, eight at a time in four 16-bit lanes.
func sumLanes(b []byte) uint64 {
	var even, odd uint64
	for ; len(b) >= 32; b = b[32:] {
		c := (*[32]byte)(b)
		u, v := binary.LittleEndian.Uint64(c[0:8]), binary.LittleEndian.Uint64(c[8:16])
		w, x := binary.LittleEndian.Uint64(c[16:24]), binary.LittleEndian.Uint64(c[24:32])
		even += u&laneMask + v&laneMask + w&laneMask + x&laneMask
		odd += u>>8&laneMask + v>>8&laneMask + w>>8&laneMask + x>>8&laneMask
	}
	for ; len(b) >= 8; b = b[8:] {
		u := binary.LittleEndian.Uint64(b)
		even += u & laneMask
		odd += u >> 8 & laneMask
	}
	sum := fold(even) + fold(odd)
	for _, c := range b {
		sum += uint64(c)
	}
	return sum
}

func fold(lanes uint64) uint64 {
	return lanes&0xFFFF + lanes>>16&0xFFFF + lanes>>32&0xFFFF + lanes>>48
}

// AppendTrailer appends 10=nnn<SOH> for the message that starts at dst[from].
func AppendTrailer(dst []byte, from int) []byte {
	sum := CheckSum(dst[from:])
	return append(dst, '1', '0', '=', '0'+sum/100, '0'+sum/10%10, '0'+sum%10, SOH)
}
