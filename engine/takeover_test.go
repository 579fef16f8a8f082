package engine

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"slipstream/fix"
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

// TestABustOfAnOrderOfTheRunBefore: the venue takes back a trade that the run before was told,
// of an order that is open and of one that has ended; told again by the same ExecID it stays away.
func TestABustOfAnOrderOfTheRunBefore(t *testing.T) {
	for _, ended := range []bool{false, true} {
		st := new(session.State)
		old, err := New(testConfig(), st)
		if err != nil {
			t.Fatal(err)
		}
		old.now, old.posture = day+50_000*market.Second, 0
		p := old.order("a", func(c *fix.Command) { c.StartNanos = old.now + market.Second })
		c, _ := old.child100(p)
		symbol := old.cfg.Instruments[0].Symbol
		trade := venueSays{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999}
		says := []venueSays{trade}
		if ended {
			says = append(says, venueSays{id: 2, exec: fix.ExecCanceled, status: canceled, cum: 30})
		}
		for i := range says {
			r := says[i].report(c, symbol)
			old.onExecReport(&r)
		}
		serial := old.execIDs.fills[0].serial
		e, err := New(testConfig(), st)
		if err == nil {
			err = e.TakeOver(old)
		}
		if err != nil {
			t.Fatal(err)
		}
		e.now, e.takenOver = old.now, false
		bust := venueSays{id: 3, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30}
		if ended {
			bust.status, bust.leaves = canceled, 0
		}
		for i, v := range []venueSays{bust, bust, trade} {
			r := v.report(c, symbol)
			e.onExecReport(&r)
			if err := e.Audit(); err != nil {
				t.Fatalf("ended %v, report %d: %v", ended, i+1, err)
			}
		}
		q := &e.parents[0]
		position, _, _ := e.Exposure(0)
		if len(e.fx.Reports) != 1 || q.cum != 0 || position != 0 || old.parents[0].cum != 30 {
			t.Fatalf("ended %v: %d reports, cum %d, position %d; in the run before cum %d", ended, len(e.fx.Reports), q.cum, position, old.parents[0].cum)
		}
		if r := e.lastReport(); r.ExecType != fBust || r.ExecRef != serial || r.Serial <= serial || r.CumQty != 0 || r.LastQty != 30 {
			t.Errorf("ended %v: the desk heard %+v, want a bust of report %d", ended, r, serial)
		}
	}
}
