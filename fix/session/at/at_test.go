package at

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/session/tables"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// epoch is when the runs begin: nothing here reads the machine's clock.
var epoch = time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC)

// versions are what the session speaks.
var versions = []struct {
	name, begin, appl string
	dictionary        func() *session.Dictionary
}{
	{"fix42", "FIX.4.2", "", tables.FIX42},
	{"fix44", "FIX.4.4", "", tables.FIX44},
	{"fix50sp2", "FIXT.1.1", "9", tables.FIX50SP2},
}

// suites are the sets of definitions, each with the settings it is written for, and
// how many it has in each version.
var suites = []struct {
	name  string
	set   func(*session.Config)
	count [3]int
}{
	{"server", func(c *session.Config) { c.ResetOnLogon = true }, [3]int{58, 59, 60}},
	{"nextexpectedseqnum", func(c *session.Config) { c.NextExpected = true }, [3]int{0, 4, 4}},
	{"resendreqchunksize", func(c *session.Config) { c.ResetOnLogon, c.ResendChunk = true, 5 }, [3]int{2, 2, 2}},
	{"lastseqnumprocessed", func(c *session.Config) { c.ResetOnLogon, c.LastProcessed = true, true }, [3]int{1, 1, 1}},
}

// TestAcceptance: every definition passes against our session.
func TestAcceptance(t *testing.T) {
	for _, suite := range suites {
		for i, v := range versions {
			if suite.count[i] == 0 {
				continue
			}
			paths, err := Definitions(suite.name, v.name)
			if err != nil {
				t.Fatal(err)
			}
			if len(paths) != suite.count[i] {
				t.Errorf("%s/%s has %d definitions, want %d", suite.name, v.name, len(paths), suite.count[i])
			}
			passed := 0
			for _, path := range paths {
				ok := t.Run(suite.name+"/"+v.name+"/"+filepath.Base(path), func(t *testing.T) {
					cfg := session.Default()
					cfg.Role, cfg.BeginString, cfg.ApplVerID = session.Acceptor, v.begin, v.appl
					cfg.SenderCompID, cfg.TargetCompID = "ISLD", "TW"
					cfg.TimePrecision = wire.Millis
					cfg.Dictionary = v.dictionary()
					cfg.Store, cfg.ResendAgeNanos = session.NewMemory(64, 1<<16), market.Nanos(time.Hour)
					cfg.EarlyBytes = 64 << 10
					cfg.AcceptReset, cfg.TrustLength = true, true
					suite.set(&cfg)
					run(t, path, cfg)
				})
				if ok {
					passed++
				}
			}
			fmt.Printf("acceptance %-20s %-9s %d of %d\n", suite.name, v.name, passed, len(paths))
		}
	}
}

func run(t *testing.T, path string, cfg session.Config) {
	t.Helper()
	d, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewPure(cfg, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(d, h); err != nil {
		t.Error(err)
	}
}
