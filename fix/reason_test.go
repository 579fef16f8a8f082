package fix

import "testing"

func TestEveryReasonHasATextOfItsOwn(t *testing.T) {
	seen := map[string]Reason{}
	for r := ReasonNone + 1; r < ReasonCount; r++ {
		if before, twice := seen[r.String()]; r.String() == "" || twice {
			t.Errorf("reason %d has the text %q, as has %d", r, r, before)
		}
		seen[r.String()] = r
	}
	if ReasonCount.String() != "unknown reason" {
		t.Error("a number beyond the last reason has a text")
	}
}
