package at

import (
	"path/filepath"
	"time"

	"slipstream/fix/session"
	"slipstream/fix/session/tables"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Version is a FIX version that the session speaks.
type Version struct {
	Name       string // of its folder of definitions
	begin      string
	appl       string
	dictionary func() *session.Dictionary
}

// Versions are all of them.
var Versions = []Version{
	{"fix42", "FIX.4.2", "", tables.FIX42},
	{"fix44", "FIX.4.4", "", tables.FIX44},
	{"fix50sp2", "FIXT.1.1", "9", tables.FIX50SP2},
}

// Suite is a folder of definitions with the settings it is written for.
type Suite struct {
	Name string
	Not  string // a version that has none, as it lacks the field
	set  func(*session.Config)
}

// Suites are all folders of quickfixgo's definitions.
var Suites = []Suite{
	{"server", "", func(c *session.Config) { c.ResetOnLogon = true }},
	{"nextexpectedseqnum", "fix42", func(c *session.Config) { c.NextExpected = true }},
	{"resendreqchunksize", "", func(c *session.Config) { c.ResetOnLogon, c.ResendChunk = true, 5 }},
	{"lastseqnumprocessed", "", func(c *session.Config) { c.ResetOnLogon, c.LastProcessed = true, true }},
}

// Result is what became of one definition.
type Result struct {
	Definition string
	Err        error // nil = passed; it names the line
}

// Play runs every definition of the suite and version against our session (Pure).
func (s Suite) Play(v Version) ([]Result, error) {
	if s.Not == v.Name {
		return nil, nil
	}
	paths, err := Definitions(s.Name, v.Name)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(paths))
	for i, path := range paths {
		results[i] = Result{filepath.Base(path), s.play(v, path)}
	}
	return results, nil
}

// epoch is when the runs begin: nothing here reads the machine's clock.
var epoch = time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC)

func (s Suite) play(v Version, path string) error {
	d, err := Load(path)
	if err != nil {
		return err
	}
	cfg := session.Default()
	cfg.Role, cfg.BeginString, cfg.ApplVerID = session.Acceptor, v.begin, v.appl
	cfg.SenderCompID, cfg.TargetCompID = "ISLD", "TW"
	cfg.TimePrecision = wire.Millis
	cfg.Dictionary = v.dictionary()
	cfg.Store, cfg.ResendAgeNanos = session.NewMemory(64, 1<<16), market.Nanos(time.Hour)
	cfg.EarlyBytes = 64 << 10
	cfg.AcceptReset, cfg.TrustLength = true, true
	s.set(&cfg)
	h, err := NewPure(cfg, epoch)
	if err != nil {
		return err
	}
	return Run(d, h)
}
