package moldudp64

import (
	"bytes"
	"testing"
)

// FuzzDecode: a packet that Decode takes gives exactly Count messages that lie in it
// one after the other, and builds again to the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add(raw(1, 0))
	f.Add(raw(1, EndOfSession))
	f.Add(raw(1, 2, 0, 1, 'x', 0, 0))
	f.Add(raw(1, 3, 0, 1, 'x', 0, 9))
	f.Add(raw(1<<64-1, 1, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:len(b):len(b)]
		p, fault := Decode(b)
		if fault != FaultNone {
			return
		}
		again := p.Header.Append(nil)
		n := 0
		for m, ok := p.Next(); ok; m, ok = p.Next() {
			again = append(again, byte(len(m)>>8), byte(len(m)))
			again = append(again, m...)
			n++
		}
		if n != p.Messages() || !bytes.Equal(again, b) {
			t.Fatalf("%d messages of %d; %x, want %x", n, p.Messages(), again, b)
		}
	})
}

// FuzzRequest: a request that is taken has the bytes it is written with.
func FuzzRequest(f *testing.F) {
	f.Add(raw(1, 1))
	f.Add(raw(1, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Request
		if r.Decode(b) && !bytes.Equal(r.Append(nil), b) {
			t.Fatalf("%x is written as %x", b, r.Append(nil))
		}
	})
}
