package wire

import (
	"bytes"
	"strings"
	"testing"
)

// execReport is a typical fill, 26 fields.
const execReport = "35=8|34=1234|49=VENUE|52=20261103-14:30:00.123456|56=SLIP|37=987654321|17=E100200|" +
	"11=S2611030000100000042|150=F|39=1|55=AMZN|54=1|38=500|44=187.25|59=0|32=100|31=187.25|14=300|151=200|" +
	"6=187.2466666667|851=1|60=20261103-14:30:00.123401|"

// FuzzParse: Frame and Parse accept what the slow reference accepts, with the same
// fields; on anything else they give a fault or ask for more, and drop at least a byte.
func FuzzParse(f *testing.F) {
	f.Add(frame(execReport), false)
	f.Add(frame("35=0|34=1|49=A|56=B|52=20260101-00:00:00|"), true)
	f.Add(frame("35=B|95=4|96=a\x01=b|58=x|"), true)
	f.Add(frame("35=B|354=9|355=short|"), false)
	f.Add(frame("35=D|58=|"), false)
	f.Add(frame("35=D||58=x|"), false)
	f.Add(frame("35=D|058=x|"), false)
	f.Add(frame("35=D|10=000|58=x|"), false)
	f.Add(frame("34=1|35=D|"), false)
	f.Add([]byte("8=FIX.4.4\x019=5\x0135=0\x0110=000\x018=FIX.4.4\x01"), false)
	f.Add([]byte("8=FIX.4.4\x019=999999999\x0135=0\x01"), false)
	f.Add([]byte("junk8=FI"), false)
	f.Fuzz(func(t *testing.T, b []byte, reframe bool) {
		if reframe { // give the body a right length and sum, so that Parse is reached
			b = frame(string(b))
		}
		const max = MaxMessage
		var m Message
		n, fault := Frame(b, max)
		switch {
		case fault != FaultNone && (n < 1 || n > len(b)):
			t.Fatalf("fault %v drops %d of %d bytes", fault, n, len(b))
		case fault != FaultNone:
			if rest := b[n:]; len(rest) > 0 && !bytes.HasPrefix(rest, beginPrefix) && !bytes.HasPrefix(beginPrefix, rest) {
				t.Fatalf("after fault %v the stream continues with %q", fault, rest)
			}
		case n > 0:
			fault = Parse(b[:n], &m)
			compare(t, b[:n], &m, fault)
		}
		if n != len(b) || fault != FaultNone {
			if _, ok := slowParse(string(b)); ok {
				t.Fatalf("the reference accepts %q; Frame gives %d of %d, fault %v", b, n, len(b), fault)
			}
		}
		Parse(b, &m) // any bytes: no panic
		for _, f := range m.Fields[:m.N] {
			if len(m.Value(f)) == 0 {
				t.Fatalf("empty value for tag %d", f.Tag)
			}
		}
	})
}

func compare(t *testing.T, b []byte, m *Message, fault Fault) {
	want, ok := slowParse(string(b))
	if ok != (fault == FaultNone) {
		t.Fatalf("fault %v, but the reference says %v: %q", fault, ok, b)
	}
	if !ok {
		return
	}
	if m.N != len(want) {
		t.Fatalf("%d fields, want %d", m.N, len(want))
	}
	for i, f := range m.Fields[:m.N] {
		if int(f.Tag) != want[i].tag || string(m.Value(f)) != want[i].value {
			t.Fatalf("field %d is %d=%q, want %d=%q", i, f.Tag, m.Value(f), want[i].tag, want[i].value)
		}
	}
}

// TestFrameAnyCut: a stream of messages and noise gives the same messages however it is cut.
func TestFrameAnyCut(t *testing.T) {
	one, two := frame(execReport), frame("35=0|34=2|49=A|52=20260101-00:00:00|56=B|")
	bad := bytes.Clone(one)
	bad[30] ^= 1
	long := []byte("8=FIX.4.4\x019=9000\x0135=0\x01")
	stream := bytes.Join([][]byte{one, []byte("noise 8=FI"), two, bad, one, long, two}, nil)
	want := string(one) + string(two) + string(one) + string(two)
	for size := 1; size <= len(stream); size++ {
		var got strings.Builder
		var buf []byte
		for rest := stream; len(rest) > 0; {
			k := min(size, len(rest))
			buf, rest = append(buf, rest[:k]...), rest[k:]
			for {
				n, fault := Frame(buf, 4096)
				if fault == FaultNone {
					got.Write(buf[:n])
				}
				if n == 0 {
					break
				}
				buf = buf[n:]
			}
		}
		if got.String() != want {
			t.Fatalf("cut every %d bytes: messages differ", size)
		}
	}
}
