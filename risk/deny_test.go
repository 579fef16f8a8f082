package risk

import (
	"strings"
	"testing"
)

func TestControlsAreWholeAndInTheOrderOfTheirBits(t *testing.T) {
	names := map[string]bool{}
	for i, c := range Controls() {
		if c.Bit != 1<<i || c.Name == "" || c.Ref == "" || c.Rule == "" || c.On == "" || names[c.Name] {
			t.Errorf("control %d: %+v", i, c)
		}
		names[c.Name] = true
		if c.Bit.String() != c.Name {
			t.Errorf("%q prints as %q", c.Name, c.Bit)
		}
	}
}

// Journals and alerts hold these; a change breaks them.
func TestNamesAndBitsAreStable(t *testing.T) {
	const want = "malformed|no-limits|killed|halted|lot|tick|order-qty|order-notional|reference|collar|" +
		"unknown-parent|parent-terms|parent-qty|parent-price|parent-window|message-rate|cancel-reserve|" +
		"max-long|max-short|unknown-child|pending-replace|duplicate|open-orders|parent-max-qty|" +
		"parent-max-notional|parent-table"
	if got := Deny(1<<DenyBits - 1).String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	cases := []struct {
		d    Deny
		want string
	}{
		{0, "allow"},
		{DenyCollar | DenyKilled, "killed|collar"},
		{DenyBits << 40, "unknown:0x1a0000000000"},
		{1<<63 | DenyLot, "lot|unknown:0x8000000000000000"},
	}
	for _, c := range cases {
		if c.d.String() != c.want {
			t.Errorf("%d prints as %q, want %q", uint64(c.d), c.d, c.want)
		}
	}
}

func TestWordsOfKindsAndHalts(t *testing.T) {
	for k := NoKind; k <= KindStatus+1; k++ {
		if known := k > NoKind && k <= KindStatus; (k.String() != "no-kind") != known {
			t.Errorf("kind %d prints as %q", k, k)
		}
	}
	for r := NotHalted; r <= haltReasons; r++ {
		if (r.String() == "unknown reason") != (r == haltReasons) || strings.TrimSpace(r.String()) == "" {
			t.Errorf("reason %d prints as %q", r, r)
		}
	}
}
