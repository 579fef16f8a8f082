package wire

import "bytes"

// SOH ends every field.
const SOH = 0x01

const (
	beginMax   = 16 // longest "8=...<SOH>" looked at; "8=FIXT.1.1<SOH>" has 11
	lengthMax  = 7  // most digits of BodyLength(9), zero padding included
	trailerLen = 7  // "10=nnn<SOH>"
)

var beginPrefix = []byte("8=FIX")

// Frame looks for one message at the start of b.
//
//   - n > 0, FaultNone: b[:n] is a message whose BodyLength(9) and CheckSum(10) are right.
//   - n == 0, FaultNone: the message is not complete; call again with more bytes.
//   - any other fault: drop b[:n], n > 0. What follows starts with "8=FIX", or may
//     once more bytes have come.
//
// No message longer than max bytes is accepted or waited for, so a reader
// needs a buffer of max bytes. A wrong BodyLength costs at most the messages
// that start after the next "8=FIX" of the bytes it claims: none.
func Frame(b []byte, max int) (n int, fault Fault) {
	const k = 5 // len(beginPrefix)
	if len(b) < k {
		if bytes.HasPrefix(beginPrefix, b) {
			return 0, FaultNone
		}
		return resync(b), FaultBeginString
	}
	if b[0] != '8' || b[1] != '=' || b[2] != 'F' || b[3] != 'I' || b[4] != 'X' {
		return resync(b), FaultBeginString
	}
	i := k
	for ; ; i++ {
		if i == beginMax {
			return resync(b), FaultBeginString
		}
		if i == len(b) {
			return 0, FaultNone
		}
		if b[i] == SOH {
			i++
			break
		}
	}
	body, i, fault := frameLength(b, i)
	if fault != FaultNone {
		return resync(b), fault
	}
	if i == 0 {
		return 0, FaultNone
	}
	total := i + body + trailerLen
	if total > max {
		return resync(b), FaultTooLong
	}
	if total > len(b) {
		return 0, FaultNone
	}
	if fault := checkTrailer(b[:total]); fault != FaultNone {
		return resync(b), fault
	}
	return total, FaultNone
}

// Claimed is how many bytes to drop of b, for which Frame gave a fault, by a reader that
// takes BodyLength(9) at its word as QuickFIX does: all the length claims, and on to
// the end of the next CheckSum field. It costs messages that follow a length that is
// too high, and keeps what lies inside a message with a wrong CheckSum from being
// read as a message of its own. 0 = more bytes are needed to tell; else n >= 1.
func Claimed(b []byte, max int) (n int) {
	if len(b) < len(beginPrefix) || !bytes.HasPrefix(b, beginPrefix) {
		return resync(b)
	}
	i := bytes.IndexByte(b[:min(len(b), beginMax)], SOH)
	if i < 0 {
		return resync(b)
	}
	body, next, fault := frameLength(b, i+1)
	if fault != FaultNone || next == 0 || next+body+trailerLen > max {
		return resync(b)
	}
	// The SOH before 10= may be the last byte of the body.
	from := min(next+body-1, len(b))
	if at := bytes.Index(b[from:], trailerTag); at >= 0 {
		if end := bytes.IndexByte(b[from+at+len(trailerTag):], SOH); end >= 0 {
			return from + at + len(trailerTag) + end + 1
		}
	}
	if len(b) >= max {
		return resync(b)
	}
	return 0
}

var trailerTag = []byte("\x0110=")

// frameLength reads 9=digits<SOH> at b[i:]. next is the offset of the field after
// it, 0 when more bytes are needed. length is at most 9999999.
func frameLength(b []byte, i int) (length, next int, fault Fault) {
	if i < len(b) && b[i] != '9' || i+1 < len(b) && b[i+1] != '=' {
		return 0, 0, FaultBodyLength
	}
	start := i + 2
	for i = start; i < len(b); i++ {
		c := b[i]
		if c == SOH && i > start {
			return length, i + 1, FaultNone
		}
		if c-'0' > 9 || i-start == lengthMax {
			return 0, 0, FaultBodyLength
		}
		length = length*10 + int(c-'0')
	}
	return 0, 0, FaultNone
}

// checkTrailer wants m to end in <SOH>10=nnn<SOH> with the right sum.
func checkTrailer(m []byte) Fault {
	at := len(m) - trailerLen
	t := m[at:]
	if m[at-1] != SOH || t[0] != '1' || t[1] != '0' || t[2] != '=' || t[6] != SOH {
		return FaultBodyLength
	}
	a, b, c := t[3]-'0', t[4]-'0', t[5]-'0'
	if a > 2 || b > 9 || c > 9 {
		return FaultCheckSum
	}
	if int(CheckSum(m[:at])) != int(a)*100+int(b)*10+int(c) {
		return FaultCheckSum
	}
	return FaultNone
}

// resync is how many bytes to drop so that b starts with "8=FIX", or with what may
// become it; at least one.
func resync(b []byte) int {
	if i := bytes.Index(b[1:], beginPrefix); i >= 0 {
		return 1 + i
	}
	for k := min(len(beginPrefix)-1, len(b)-1); k > 0; k-- {
		if bytes.HasPrefix(beginPrefix, b[len(b)-k:]) {
			return len(b) - k
		}
	}
	return len(b)
}
