package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseFaults(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       Fault
	}{
		{"a whole execution report", execReport, FaultNone},
		{"a repeated tag is a group, not a fault", "35=8|453=2|448=A|448=B|", FaultNone},
		{"a data field may hold SOH and '='", "35=B|354=5|355=a\x01b=c|58=x|", FaultNone},
		{"a data field shorter than its length", "35=B|354=9|355=abc|58=x|", FaultData},
		{"a length field without its data field", "35=B|354=1|58=x|", FaultData},
		{"MsgType is not the third field", "34=1|35=8|", FaultFieldOrder},
		{"BodyLength twice", "35=8|9=5|", FaultFieldOrder},
		{"CheckSum inside the body", "35=8|10=123|58=x|", FaultFieldOrder},
		{"two SOH in a row", "35=8|58=x||34=1|", FaultEmptyValue},
		{"a tag without a value", "35=8|58=|34=1|", FaultEmptyValue},
		{"a tag of letters", "35=8|ab=1|", FaultTag},
		{"a tag with a leading zero", "35=8|058=1|", FaultTag},
		{"tag zero", "35=8|0=1|", FaultTag},
		{"a tag of seven digits", "35=8|1234567=1|", FaultTag},
		{"no '=' in a field", "35=8|58|", FaultTag},
		{"too many fields", "35=8|" + strings.Repeat("58=x|", MaxFields), FaultTooMany},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m Message
			raw := frame(c.body)
			if n, fault := Frame(raw, 8192); n != len(raw) || fault != FaultNone {
				t.Fatalf("Frame: %d of %d, %v", n, len(raw), fault)
			}
			if got := Parse(raw, &m); got != c.want {
				t.Errorf("fault is %v, want %v", got, c.want)
			}
		})
	}
}

func TestFrameFaults(t *testing.T) {
	good := frame("35=0|34=1|")
	edit := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	for _, c := range []struct {
		name string
		in   []byte
		n    int
		want Fault
	}{
		{"a whole message", good, len(good), FaultNone},
		{"nothing yet", nil, 0, FaultNone},
		{"the last byte is missing", good[:len(good)-1], 0, FaultNone},
		{"only the start", []byte("8=FI"), 0, FaultNone},
		{"noise, then a message", append([]byte("noise"), good...), 5, FaultBeginString},
		{"noise that ends like a start", []byte("noise8=F"), 5, FaultBeginString},
		{"BeginString without end", []byte("8=FIX.4.4.4.4.4.4.4"), 19, FaultBeginString},
		{"BodyLength too small", edit("9=10", "9=09"), len(good), FaultBodyLength},
		{"BodyLength is no number", edit("9=10", "9=1x"), len(good), FaultBodyLength},
		{"BodyLength empty", edit("9=10", "9="), len(good) - 2, FaultBodyLength},
		{"BodyLength with eight digits", edit("9=10", "9=00000010"), len(good) + 6, FaultBodyLength},
		{"BodyLength above the limit", edit("9=10", "9=9999"), len(good) + 2, FaultTooLong},
		{"the second field is not BodyLength", edit("9=10", "7=10"), len(good), FaultBodyLength},
		{"a wrong CheckSum", edit("34=1", "34=2"), len(good), FaultCheckSum},
		{"a CheckSum above 255", append(bytes.Clone(good[:len(good)-4]), "999\x01"...), len(good), FaultCheckSum},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, fault := Frame(c.in, 4096)
			if n != c.n || fault != c.want {
				t.Errorf("got %d, %v; want %d, %v", n, fault, c.n, c.want)
			}
		})
	}
}

func TestMessageAccessors(t *testing.T) {
	var m Message
	if fault := Parse(frame("35=8|34=77|43=Y|58=hello|58=again|"), &m); fault != FaultNone {
		t.Fatal(fault)
	}
	seq, ok := m.MsgSeqNum()
	text, has := m.Get(TagText)
	_, no := m.Get(TagAccount)
	_, isNumber, missing := m.GetUint(TagText)
	if seq != 77 || !ok || !m.PossDup() || string(text) != "hello" || !has || no || isNumber || missing ||
		m.Type1() != '8' || string(m.Type()) != "8" {
		t.Errorf("accessors disagree with the message: %q", m.Raw)
	}
	var empty Message
	if empty.Type() != nil || empty.Type1() != 0 || empty.PossDup() {
		t.Error("an empty message has a type")
	}
}

func TestFaultNames(t *testing.T) {
	seen := map[string]bool{}
	for f := FaultNone; f < FaultCount; f++ {
		if s := f.String(); s == "" || seen[s] {
			t.Errorf("fault %d has no name of its own", f)
		} else {
			seen[s] = true
		}
	}
	if FaultCount.String() != "unknown fault" {
		t.Error("a number out of range has a name")
	}
	for f, want := range map[Fault]int{FaultTag: 0, FaultMissing: 1, FaultEmptyValue: 4, FaultFormat: 6, FaultFieldOrder: 14, FaultTooMany: 99} {
		if got := f.RejectReason(); got != want {
			t.Errorf("%v is SessionRejectReason %d, want %d", f, got, want)
		}
	}
}

func TestCodecNoAllocs(t *testing.T) {
	raw := frame(execReport)
	var m Message
	var c Clock
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		if n, fault := Frame(raw, 4096); n != len(raw) || fault != FaultNone {
			t.Fatal(fault)
		}
		if fault := Parse(raw, &m); fault != FaultNone {
			t.Fatal(fault)
		}
		v, _ := m.Get(TagTransactTime)
		at, ok := ParseTime(v)
		v, _ = m.Get(TagLastPx)
		px, ok2 := ParsePrice(v)
		if !ok || !ok2 {
			t.Fatal("bad time or price")
		}
		dst = AppendPrice(c.Append(AppendUintField(dst[:0], TagMsgSeqNum, 7), at, Nanos), px)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
