package tables

import (
	"strings"
	"testing"

	"slipstream/fix/session"
	"slipstream/fix/wire"
)

func message(version, body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	b := append([]byte("8="+version+"\x019="), wire.AppendUint(nil, uint64(len(body)))...)
	return wire.AppendTrailer(append(append(b, 1), body...), 0)
}

// The reasons of SessionRejectReason(373), FIX session test case 14 and fix.md 4.5.
func TestCheck(t *testing.T) {
	const head = "35=D|34=2|49=TW|52=20261103-14:30:00|56=ISLD|"
	const order = "11=a|21=1|55=X|54=1|60=20261103-14:30:00|40=2|44=1.5|38=100|"
	const ok = session.DictionaryOK
	for _, c := range []struct {
		name, body string
		reason     int
		tag        uint32
	}{
		{"a good order", head + order, ok, 0},
		{"a type that is none", "35=*|34=2|49=TW|52=20261103-14:30:00|56=ISLD|", 11, 0},
		{"a type whose fields are not listed", "35=6|34=2|49=TW|52=20261103-14:30:00|56=ISLD|23=x|", ok, 0},
		{"no OrdType", head + "11=a|21=1|55=X|54=1|60=20261103-14:30:00|", 1, 40},
		{"a tag of no field", head + order + "1999=1|", 0, 1999},
		{"a tag out of bounds", head + order + "500000=1|", 0, 500000},
		{"a tag of another message", head + order + "7=1|", 2, 7},
		{"a value that is not in the list", head + strings.Replace(order, "54=1", "54=z", 1), 5, 54},
		{"one of several values that is not in the list", head + order + "18=1 ~|", 5, 18},
		{"several values", head + order + "18=1 6|", ok, 0},
		{"a quantity with a plus", head + strings.Replace(order, "38=100", "38=+1", 1), 6, 38},
		{"a price of a point alone", head + strings.Replace(order, "44=1.5", "44=.", 1), 6, 44},
		{"a time without a clock", head + order + "126=20261103|", 6, 126},
		{"a date that is none", head + order + "432=20261332|", 6, 432},
		{"a flag that is neither Y nor N", head + order + "114=X|", 6, 114},
		{"a header field in the body", head + order + "50=x|", 14, 50},
		{"a tag twice", head + order + "11=b|", 13, 11},
		{"a count that is too high", head + order + "386=2|336=1|", 16, 386},
		{"a count that is too low", head + order + "386=1|336=1|336=2|", 16, 386},
		{"a count of nothing", head + order + "386=0|", ok, 0},
		{"a count that is no number", head + order + "386=x|336=1|", 6, 386},
		{"a group", head + order + "386=2|336=1|336=2|", ok, 0},
	} {
		for _, d := range []*session.Dictionary{FIX42(), FIX44(), FIX50SP2()} {
			var m wire.Message
			if fault := wire.Parse(message("FIX.4.4", c.body), &m); fault != wire.FaultNone {
				t.Fatal(c.name, fault)
			}
			reason, tag, given := d.Check(&m)
			if reason != c.reason || tag != c.tag || given != (c.tag != 0) {
				t.Errorf("%s, %s: reason %d, tag %d; want %d, %d", d.Version(), c.name, reason, tag, c.reason, c.tag)
			}
			if n := testing.AllocsPerRun(10, func() { d.Check(&m) }); n != 0 {
				t.Errorf("%s: Check allocates %v times", c.name, n)
			}
		}
	}
}

// A table that is wrong is refused with its line.
func TestParseDictionary(t *testing.T) {
	for _, text := range []string{
		"", "version", "nonsense 1", "tags x", "tags 1-9999", "field 1", "field 1 q", "message D 453(448",
		"message D 448)", "message D 0", "version X\nheader 8! 49!",
	} {
		if _, err := session.ParseDictionary(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// FuzzCheck: no message makes Check panic.
func FuzzCheck(f *testing.F) {
	f.Add(message("FIX.4.4", "35=D|34=2|49=TW|52=20261103-14:30:00|56=ISLD|11=a|386=2|336=1|"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m wire.Message
		if len(raw) > wire.MaxMessage || wire.Parse(raw, &m) != wire.FaultNone {
			return
		}
		for _, d := range []*session.Dictionary{FIX42(), FIX44(), FIX50SP2()} {
			if reason, _, _ := d.Check(&m); reason < session.DictionaryOK || reason > 16 {
				t.Errorf("reason %d", reason)
			}
		}
	})
}
