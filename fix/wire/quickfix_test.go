package wire

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"slipstream/internal/testdata"
)

// verdicts counts what two decoders made of messages.
type verdicts struct {
	both, panics int
	lenient      [FaultCount]int // we refuse, quickfixgo takes
}

// judge holds one message against quickfixgo: what Frame and Parse take it takes too, with the
// same values; what it alone takes is of a listed kind.
func (v *verdicts) judge(t *testing.T, b []byte) {
	t.Helper()
	var m Message
	k, fault := Frame(b, 4096)
	ours := k == len(b) && k > 0 && fault == FaultNone
	if ours {
		fault = Parse(b, &m)
		ours = fault == FaultNone
	}
	qf := quickfix.NewMessage()
	err := parseQuickfix(qf, bytes.Clone(b))
	switch {
	case err == errPanic:
		if v.panics++; ours {
			t.Fatalf("quickfixgo panics on what we take: %q", b)
		}
	case ours && err != nil:
		if !stricter(&m) {
			t.Fatalf("we take what quickfixgo refuses with %v: %q", err, b)
		}
	case ours:
		v.both++
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
		if v.lenient[fault]++; lenientWhy[fault] == "" {
			t.Fatalf("quickfixgo takes what we refuse for %v, not a listed kind: %q", fault, b)
		}
	}
}

// stricter says that m is of the kind that we take and quickfixgo's parser does not: a data
// field, which it does not know but for XmlData, whose value holds SOH.
func stricter(m *Message) bool {
	for _, f := range m.Fields[:m.N] {
		if bytes.IndexByte(m.Value(f), SOH) >= 0 {
			return true
		}
	}
	return false
}

// TestDecoderAgainstQuickfixgo: mutants of a good message. Some make quickfixgo v0.9.11 panic; we
// refuse all of them. docs/fix-conformance.md lists the differences by the texts of lenientWhy.
func TestDecoderAgainstQuickfixgo(t *testing.T) {
	good := frame("35=8|34=7|49=VENUE|52=20261103-14:30:00.123|56=SLIP|6=187.25|11=ID1|14=100|17=E1|37=1|39=2|54=1|55=AMZN|150=F|151=0|")
	var v verdicts
	rnd := rand.New(rand.NewPCG(3, 3))
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
		v.judge(t, b)
	}
	listed, err := os.ReadFile(filepath.Join(testdata.Root(t), "docs", "fix-conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for fault, n := range v.lenient {
		why := lenientWhy[Fault(fault)]
		if why != "" && n == 0 && Fault(fault) < FaultTooLong {
			t.Errorf("a listed kind does not happen any more: %s", why)
		}
		if !strings.Contains(string(listed), why) {
			t.Errorf("docs/fix-conformance.md does not list: %s", why)
		}
		if n > 0 {
			t.Logf("%6d %v: %s", n, Fault(fault), why)
		}
		taken += n
	}
	t.Logf("%6d kill quickfixgo's parser; we refuse them all", v.panics)
	if v.both < 1000 || taken < 1000 {
		t.Errorf("only %d mutants taken by both, %d by quickfixgo alone", v.both, taken)
	}
}

// FuzzDecoderAgainstQuickfixgo: the same on any bytes, given a right length and sum if wanted.
func FuzzDecoderAgainstQuickfixgo(f *testing.F) {
	f.Add([]byte(execReport), true)
	f.Add(frame(execReport), false)
	f.Add([]byte("35=n|34=1|212=999999999|213=<a/>|"), true)
	f.Add([]byte("35=n|34=1|212=4|213=<a/>|"), true)
	f.Add([]byte("35=B|34=1|95=3|96=a\x01b|"), true)
	f.Add([]byte("35=B|354=9|355=short|"), true)
	f.Add([]byte("35=0|34=|"), true)
	f.Add([]byte("8=FIX.4.4\x019=99999999999999999999\x0135=0\x0110=000\x01"), false)
	f.Fuzz(func(t *testing.T, b []byte, reframe bool) {
		if reframe {
			b = frame(string(b))
		}
		new(verdicts).judge(t, b)
	})
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
	FaultTooMany:     "quickfixgo has no bound of fields; ours is 256",
	FaultTooLong:     "quickfixgo has no bound of length; ours is the reader's, at most 65535",
}
