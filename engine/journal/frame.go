package journal

import "hash/crc32"

// A record in a file is a frame: length (4 bytes), CRC32C of the record (4),
// CRC32C of these eight bytes (4), record. The third word tells a damaged length
// from a file that simply ends: without it a flipped bit in a length could pass
// for a torn tail and hide the rest of the day.
const frameSize = 12

func appendFrame(dst, body []byte) []byte {
	at := len(dst)
	dst = le.AppendUint32(dst, uint32(len(body)))
	dst = le.AppendUint32(dst, crc32.Checksum(body, castagnoli))
	dst = le.AppendUint32(dst, crc32.Checksum(dst[at:at+8], castagnoli))
	return append(dst, body...)
}

// frameHead judges the first frameSize bytes of a frame.
func frameHead(b []byte) (length int, crc uint32, ok bool) {
	length = int(le.Uint32(b))
	ok = le.Uint32(b[8:]) == crc32.Checksum(b[:8], castagnoli) &&
		length >= headSize && length <= maxBody
	return length, le.Uint32(b[4:]), ok
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
