package engine

import (
	"strings"
	"testing"

	"slipstream/fix/session"
)

func TestEveryFaultOfAConfigurationIsReportedAtOnce(t *testing.T) {
	c := testConfig()
	c.Instruments = nil
	c.MaxParents, c.MaxChildren, c.MaxFills, c.SliceNanos, c.MinSpacingNanos, c.IntervalNanos, c.HorizonNanos = 0, -1, 1<<30, 1, 0, 0, 0
	_, err := New(c, new(session.State))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"instrument", "MaxParents", "MaxChildren", "MaxFills", "SliceNanos", "MinSpacingNanos", "IntervalNanos", "HorizonNanos"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
}
