package wire

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/quickfixgo/quickfix"
)

// TestDecoderAgainstQuickfixgo: on mutants of good messages, what Frame and Parse take
// quickfixgo takes too, with the same values. What they refuse and quickfixgo takes is of the
// listed kinds. Some mutants make quickfixgo v0.9.11 panic; we refuse all of them.
func TestDecoderAgainstQuickfixgo(t *testing.T) {
	good := AppendTrailer([]byte("8=FIX.4.4\x019=125\x0135=8\x0134=7\x0149=VENUE\x0152=20261103-14:30:00.123\x0156=SLIP\x016=187.25\x0111=ID1\x01"+
		"14=100\x0117=E1\x0137=1\x0139=2\x0154=1\x0155=AMZN\x01150=F\x01151=0\x01"), 0)
	n := bytes.Index(good, []byte("\x0110=")) + 1 - (bytes.Index(good, []byte("\x0135=")) + 1)
	good = AppendTrailer([]byte("8=FIX.4.4\x019="+string(AppendUint(nil, uint64(n)))+"\x01"+string(good[bytes.Index(good, []byte("35=8")):len(good)-7])), 0)
	var m Message
	if k, fault := Frame(good, 4096); k != len(good) || fault != FaultNone {
		t.Fatalf("the good message: %d, %v", k, fault)
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	taken, both, panics, lenient := 0, 0, 0, [FaultCount]int{}
	for range 60_000 {
		b := bytes.Clone(good)
		for range 1 + rnd.IntN(2) {
			at := rnd.IntN(len(b))
			switch rnd.IntN(4) {
			case 0:
				b[at] = "\x01=0129AZ.-\xff"[rnd.IntN(11)]
			case 1:
				b = append(b[:at], b[at+1:]...)
			case 2:
				b = append(b[:at], append([]byte{"\x01=019A"[rnd.IntN(6)]}, b[at:]...)...)
			case 3:
				to := rnd.IntN(len(b))
				b[at], b[to] = b[to], b[at]
			}
		}
		if rnd.IntN(2) == 0 { // a right CheckSum lets the mutant reach further
			if at := bytes.LastIndex(b, []byte("\x0110=")); at > 0 {
				b = AppendTrailer(b[:at+1], 0)
			}
		}
		k, fault := Frame(b, 4096)
		ours := k == len(b) && fault == FaultNone
		if ours {
			fault = Parse(b, &m)
			ours = fault == FaultNone
		}
		qf := quickfix.NewMessage()
		err := parseQuickfix(qf, bytes.Clone(b))
		switch {
		case err == errPanic:
			if panics++; ours {
				t.Fatalf("quickfixgo panics on what we take: %q", b)
			}
		case ours && err != nil:
			t.Fatalf("we take what quickfixgo refuses with %v: %q", err, b)
		case ours:
			both++
			for _, f := range m.Fields[3 : m.N-1] {
				got, err := qf.Body.GetBytes(quickfix.Tag(f.Tag))
				if err != nil {
					got, err = qf.Header.GetBytes(quickfix.Tag(f.Tag))
				}
				if err == nil && !bytes.Equal(got, m.Value(f)) && count(&m, f.Tag) == 1 {
					t.Fatalf("field %d is %q for quickfixgo: %q", f.Tag, got, b)
				}
			}
		case err == nil:
			taken++
			lenient[fault]++
		}
	}
	for fault, n := range lenient {
		if n > 0 && lenientWhy[Fault(fault)] == "" {
			t.Errorf("%d mutants that we refuse for %v are taken by quickfixgo: not a listed kind", n, Fault(fault))
		}
		if n > 0 {
			t.Logf("%6d %v: %s", n, Fault(fault), lenientWhy[Fault(fault)])
		}
	}
	t.Logf("%6d kill quickfixgo's parser; we refuse them all", panics)
	if both < 1000 || taken < 1000 {
		t.Errorf("only %d mutants taken by both, %d by quickfixgo alone", both, taken)
	}
}

var errPanic = errors.New("panic")

// parseQuickfix is quickfixgo's parse, with its panics caught.
func parseQuickfix(m *quickfix.Message, b []byte) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return quickfix.ParseMessage(m, bytes.NewBuffer(b))
}

func count(m *Message, tag uint32) (n int) {
	for _, f := range m.Fields[:m.N] {
		if f.Tag == tag {
			n++
		}
	}
	return n
}

// lenientWhy are the kinds of message that quickfixgo's parser takes and we do not.
var lenientWhy = map[Fault]string{
	FaultNone:        "Frame waits for more bytes, or sees some behind the message: quickfixgo's reader judges that, its parser does not",
	FaultCheckSum:    "quickfixgo never compares CheckSum(10)",
	FaultBodyLength:  "quickfixgo sums the fields it found, and reads a BodyLength or CheckSum of any width",
	FaultBeginString: "quickfixgo takes any text in BeginString(8); the session compares it later",
	FaultEmptyValue:  "quickfixgo leaves an empty value to its validator",
	FaultTag:         "quickfixgo reads a tag with leading zeros, a minus, or no digits it minds",
	FaultFieldOrder:  "quickfixgo leaves the order of fields to its validator",
	FaultData:        "quickfixgo knows the length of XmlData alone",
}
