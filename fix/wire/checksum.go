package wire

import "encoding/binary"

const (
	laneMask  = 0x00FF00FF00FF00FF
	laneWords = 128 // a 16-bit lane takes 2*255 per word: 128 words fit
)

// CheckSum is the sum of all bytes of b modulo 256, as CheckSum(10) defines it.
// It adds eight bytes at a time in four 16-bit lanes.
func CheckSum(b []byte) uint8 {
	var total uint64
	for len(b) >= 8 {
		chunk := b
		if len(chunk) > laneWords*8 {
			chunk = b[:laneWords*8]
		}
		var lanes uint64
		for len(chunk) >= 8 {
			w := binary.LittleEndian.Uint64(chunk)
			lanes += w&laneMask + (w>>8)&laneMask
			chunk = chunk[8:]
			b = b[8:]
		}
		total += lanes&0xFFFF + lanes>>16&0xFFFF + lanes>>32&0xFFFF + lanes>>48
	}
	for _, c := range b {
		total += uint64(c)
	}
	return uint8(total)
}

// AppendTrailer appends 10=nnn<SOH> for the message that starts at dst[from].
func AppendTrailer(dst []byte, from int) []byte {
	sum := CheckSum(dst[from:])
	return append(dst, '1', '0', '=', '0'+sum/100, '0'+sum/10%10, '0'+sum%10, SOH)
}
