package engine

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"slipstream/fix/session"
	"slipstream/internal/market"
)

// TestEveryFieldIsTakenOverOrNot: a field that is new must be one or the other.
func TestEveryFieldIsTakenOverOrNot(t *testing.T) {
	const (
		own   = "the new run's own"
		taken = "taken over"
	)
	for _, c := range []struct {
		of     any
		fields map[string]string
	}{
		{Engine{}, map[string]string{
			"cfg": own, "now": own, "posture": taken, "policy": own, "learned": own, "rule": own, "learnedRule": own,
			"arb": own, "books": own, "sess": own, "enc": own, "gate": taken,
			"parents": taken, "parentInst": taken, "active": taken, "nextDue": own, "clOrdIDs": taken, "children": taken, "execIDs": taken,
			"inst": taken, "sentLog": taken, "chunk": own, "serial": own, "lastFeed": own, "unsure": own, "recovering": own,
			"nextOverdue": own, "askAt": own, "downAt": taken, "linkUp": own, "toldDown": own, "closing": own, "stopping": own, "loggedOut": own,
			"ended": own, "takenOver": own, "strays": taken, "fx": own, "stats": taken, "view": own, "want": own, "er": own, "lostReport": own,
		}},
		{instState{}, map[string]string{"flow": own, "touched": own, "traded": own, "trust": own, "shut": taken}},
		{childTable{}, map[string]string{"slab": taken, "name": taken, "free": taken, "head": taken, "n": taken, "mask": own, "last": own}},
		{execTable{}, map[string]string{"slots": taken, "mask": own, "n": taken, "max": own, "fills": taken}},
	} {
		typ := reflect.TypeOf(c.of)
		for i := range typ.NumField() {
			if f := typ.Field(i); c.fields[f.Name] == "" {
				t.Errorf("%s.%s: does TakeOver copy it? Say so here", typ.Name(), f.Name)
			}
		}
		if typ.NumField() != len(c.fields) {
			t.Errorf("%s has %d fields, %d are named here", typ.Name(), typ.NumField(), len(c.fields))
		}
	}
}

func TestATakeOverThatDoesNotFitIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"another tick", func(c *Config) { c.Instruments[0].Tick *= 2 }, "instrument 0 was AAAA"},
		{"another instrument in its place", func(c *Config) { c.Instruments[0].Symbol = market.MakeSymbol("BBBB") }, "instrument 0 was AAAA"},
		{"another venue", func(c *Config) { c.Session.TargetCompID = "ELSE"; c.Venue.TargetCompID = "ELSE" }, "SLIP to VENUE"},
		{"another day", func(c *Config) { c.Date += market.Day }, "of another day"},
		{"fewer parents", func(c *Config) { c.MaxParents = 1 }, "do not fit MaxParents 1"},
		{"another number of children", func(c *Config) { c.MaxChildren = 128 }, "MaxChildren was 64 and is 128"},
		{"fewer fills", func(c *Config) { c.MaxFills = 1 }, "do not fit MaxFills 1"},
		{"no room at the gate", func(c *Config) { c.Risk.Global.MaxParents = 1 }, "MaxParents is 1"},
	} {
		old := deskEngine(t)
		old.order("a")
		old.order("b")
		old.execIDs.insert(7)
		old.execIDs.insert(8)
		cfg := testConfig()
		c.edit(&cfg)
		cfg.Risk.Instruments = cfg.Instruments
		st := new(session.State)
		if _, err := New(testConfig(), st); err != nil { // old's epoch is used
			t.Fatal(err)
		}
		e, err := New(cfg, st)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.TakeOver(old); !errors.Is(err, ErrTakeOver) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	old := newEngine(t)
	if err := newEngine(t).TakeOver(old); !errors.Is(err, ErrTakeOver) || !strings.Contains(err.Error(), "ClOrdIDs would come twice") {
		t.Errorf("the same run counter: %v", err)
	}
	old.Step(&Input{Kind: InTimer, Now: day})
	if err := old.TakeOver(newEngine(t)); !errors.Is(err, ErrTakeOver) {
		t.Errorf("an engine that has begun: %v", err)
	}
}
