package journal

import "bytes"

// The journal holds what was sent, but not what proves who we are: a Logon stands in it
// with its Password(554), NewPassword(925) and RawData(96) written over. A replay compares
// its own bytes with the same written over. The lengths stay.

// logonMax is the longest Logon that is written over and not left out.
const logonMax = 1024

var (
	logonMark = []byte("\x0135=A\x01")
	secrets   = [...][]byte{[]byte("\x01554="), []byte("\x01925="), []byte("\x0196=")}
)

// hasLogon reports whether b, bytes to the venue, begins with a Logon, as it does on each
// new connection and never else.
func hasLogon(b []byte) bool {
	const head = len("8=FIXT.1.1|9=00000|35=A|")
	return bytes.Contains(b[:min(len(b), head)], logonMark)
}

// blank writes over what must not be kept, in place.
func blank(b []byte) {
	for _, tag := range secrets {
		for at := 0; ; {
			i := bytes.Index(b[at:], tag)
			if i < 0 {
				break
			}
			for at += i + len(tag); at < len(b) && b[at] != '\x01'; at++ {
				b[at] = '*'
			}
		}
	}
}
