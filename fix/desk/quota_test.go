package desk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/fix"
	"slipstream/internal/market"
)

// A day is the exchange's, and a clock that is set back gives no second one.
func TestTheDayOfALimitIsTheExchanges(t *testing.T) {
	zone := time.FixedZone("EST", -5*3600)
	q := quota{orders: 1, zone: zone}
	for _, c := range []struct {
		at   time.Time
		want bool
	}{
		{time.Date(2026, 3, 3, 4, 59, 0, 0, time.UTC), true}, // still the 2nd
		{time.Date(2026, 3, 3, 4, 59, 30, 0, time.UTC), false},
		{time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC), true},
		{time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), false},
		{time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC), true},
	} {
		if _, r := q.take(c.at, 0, 1, 0); (r == nil) != c.want {
			t.Errorf("%v: taken %v, want %v", c.at, r == nil, c.want)
		}
	}
}

// What was counted is counted after a restart; a line that a crash tore costs at most
// what it said, and a file that says nothing is named.
func TestTheDaysCountSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.day")
	now := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	open := func() *quota {
		t.Helper()
		f, used, err := openTally(path, true)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.f.Close() })
		return &quota{orders: 4, value: 1000 * int64(market.PriceUnit), zone: time.UTC, file: f, used: used}
	}
	for n := range 3 {
		if _, r := open().take(now, market.PriceUnit, 100, 0); r != nil {
			t.Fatalf("order %d: %s", n+1, r.text)
		}
	}
	q := open()
	if want := (tally{"2026-03-02", 3, 300 * int64(market.PriceUnit)}); q.used != want {
		t.Errorf("counted %+v, want %+v", q.used, want)
	}
	b, err := os.ReadFile(path)
	if err != nil || len(b) != 2*tallyBytes || strings.Count(string(b), "\n") != 2 {
		t.Fatalf("%q, %v", b, err)
	}
	for _, c := range []struct {
		name string
		text string
		want int64 // orders; -1 = refused
	}{
		{"as it is", string(b), 3},
		{"the newer line torn", strings.Repeat("\x00", tallyBytes) + string(b[tallyBytes:]), 2},
		{"the older line torn", string(b[:tallyBytes+40]), 3},
		{"the very first line torn", string(b[:30]), 0},
		{"a digit changed", strings.Replace(string(b), "orders=0000000003", "orders=0000000000", 1), 2},
		{"both damaged", strings.ReplaceAll(string(b), "orders=00", "orders=10"), -1},
	} {
		// turns 1, 2, 3: the first line was written last
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, used, err := openTally(path, false)
		if err != nil {
			if c.want >= 0 || !strings.Contains(err.Error(), "remove the file") {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if used.orders != c.want {
			t.Errorf("%s: %d orders, want %d", c.name, used.orders, c.want)
		}
		f.f.Close()
	}
	q.file.f.Close()
	if _, r := q.take(now, market.PriceUnit, 1, 0); r == nil || r.reason != fix.ReasonNotReady || q.used.orders != 3 {
		t.Errorf("a count that cannot be stored: %+v, %+v", r, q.used)
	}
}

// The gateway opens the count of a desk that has such a limit, and closes it.
func TestTheGatewayKeepsTheDaysCount(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.StoreDir = t.TempDir()
	cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: "A", Limits: Limits{MaxOrdersPerDay: 2}}, {SenderCompID: "GATE", TargetCompID: "B"}}
	cfg.Submit = func(*fix.Command) bool { return true }
	for n := 1; n <= 3; n++ {
		g, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		p := logon(t, g, "A")
		p.send("D", strings.Replace(littleD, "L1", "R"+itoa(n), 1))
		if n < 3 {
			p.alive("an order within the day's limit")
		} else if m := p.recv(); m.get(tagOrdRejReason) != "3" || !strings.Contains(m.get(tagText), "max_orders_per_day is 2") {
			t.Errorf("the third order, after two restarts: %v", m)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
	if files, err := filepath.Glob(filepath.Join(cfg.StoreDir, "*.day")); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}
