package desk

import "bytes"

const soh = 0x01

// isHarmful reports whether a whole message would end the process inside quickfixgo
// v0.9.11, or would make it read what is not there: XmlDataLen(212) slices by an
// unchecked length, an empty MsgSeqNum(34) or second BodyLength(9) indexes an empty
// slice, a tag beyond int wraps around to any other tag, CheckSum(10) ends its parse
// wherever it stands, and its framing looks for "9=" anywhere and miscounts a
// BodyLength of one digit.
func isHarmful(msg []byte) bool {
	const (
		tagDigitsMax = 9
		shortest     = len("8=FIX.4.4|9=10|35=0|34=1||10=000|")
	)
	if len(msg) < shortest {
		return true
	}
	for at := 0; at < len(msg); {
		end := at + bytes.IndexByte(msg[at:], soh)
		eq := bytes.IndexByte(msg[at:end], '=')
		if eq <= 0 || eq > tagDigitsMax {
			return true
		}
		tag, ok := tagNumber(msg[at : at+eq])
		value := msg[at+eq+1 : end]
		switch {
		case !ok, tag == tagXmlDataLen, tag == tagXmlData:
			return true
		case (tag == tagMsgSeqNum || tag == tagBodyLength) && len(value) == 0:
			return true
		case tag == tagCheckSum && end+1 != len(msg):
			return true
		case at == 0 && bytes.IndexByte(value, '=') >= 0:
			return true
		}
		at = end + 1
	}
	return false
}

// tagNumber reads a tag as quickfixgo does: leading zeros and a minus sign pass.
// Such tags are answered by Reject(3), so they are not the guard's to drop.
func tagNumber(b []byte) (n int, ok bool) {
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	if neg {
		n = -n
	}
	return n, len(b) > 0
}
