package risk

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"slipstream/internal/market"
)

// Random days go on over restarts in TestGateEqualsTheSlowGateOnRandomDays; here is what
// cannot go on, and what the run before leaves in force.
func TestATakeOverThatDoesNotFitIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"fewer instruments", func(c *Config) { c.Instruments = c.Instruments[:2] }, "3 instruments, this one 2"},
		{"less room for orders than are open", func(c *Config) { c.Global.MaxOpenOrders = 1 }, "2 orders are open, MaxOpenOrders is 1"},
		{"less room for parents than are open", func(c *Config) { c.Global.MaxParents = 1 }, "2 parents are open, MaxParents is 1"},
	} {
		f := newFixture(t)
		f.send(1, 100)
		f.send(2, 100)
		cfg := testConfig()
		c.edit(cfg)
		if err := mustGate(t, cfg).TakeOver(f.g); !errors.Is(err, ErrTakeOver) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	f := newFixture(t)
	if err := f.g.TakeOver(f.g); !errors.Is(err, ErrTakeOver) {
		t.Errorf("a gate that is not new: %v", err)
	}
}

func TestWhatTheRunBeforeLatchedStays(t *testing.T) {
	f := newFixture(t)
	f.g.Kill()
	f.g.FilledUnknown(aaa, market.Sell, 70)
	f.messages(7, f.now)
	g := mustGate(t, testConfig())
	if err := g.TakeOver(f.g); err != nil {
		t.Fatal(err)
	}
	if filled, _, _ := g.Position(aaa); filled != -70 || !g.Killed() || g.Halted() != HaltUnknownFill {
		t.Errorf("position %d, killed %v, halted: %v", filled, g.Killed(), g.Halted())
	}
	g.Rearm()
	g.ClearHalt()
	if d := g.Check(f.now, &f.order, &f.ref); d != DenyCancelReserve {
		t.Errorf("seven of ten messages were sent, three are for cancels: %v", d)
	}
}

// TestEveryFieldIsTakenOverOrNot: a field that is new must be one or the other. Children and
// parents are copied whole.
func TestEveryFieldIsTakenOverOrNot(t *testing.T) {
	for _, c := range []struct {
		of         any
		taken, own string
	}{
		{Gate{}, "latch reason rate instruments byChild children freeChild lastChild byParent parents freeParent", "reserve parentLimits"},
		{instrument{}, "position openBuys openSells", "limits set tick lot"},
		{rate{}, "log head sent", "window"},
	} {
		names := " " + c.taken + " " + c.own + " "
		for i := range reflect.TypeOf(c.of).NumField() {
			if f := reflect.TypeOf(c.of).Field(i); !strings.Contains(names, " "+f.Name+" ") {
				t.Errorf("%T.%s: does TakeOver copy it? Say so here", c.of, f.Name)
			}
		}
	}
}
