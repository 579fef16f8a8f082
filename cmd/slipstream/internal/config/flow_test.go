package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
	"slipstream/internal/testdata"
)

func exampleVenue(t *testing.T, name string) *VenueFile {
	t.Helper()
	c, err := LoadVenue(filepath.Join(testdata.Root(t), "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// open opens the market of c and runs it for a second of its own time.
func open(t *testing.T, c *VenueFile) (exchange.Config, uint64) {
	t.Helper()
	cfg, end, err := c.OpenMarket(time.Date(2026, 3, 10, 14, 30, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	m, err := exchange.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Open(); err != nil {
		t.Fatal(err)
	}
	m.Advance(cfg.Start + market.Second)
	return cfg, m.TapeHash()
}

func TestThePoissonMarketIsSeeded(t *testing.T) {
	c := exampleVenue(t, "venue.toml")
	c.Exchange.Flow = "poisson"
	cfg, hash := open(t, c)
	if _, again := open(t, c); again != hash {
		t.Errorf("the same seed gave %x and %x", hash, again)
	}
	if want := market.Nanos(time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC).UnixNano()); cfg.Start != want {
		t.Errorf("starts at %d, want %d", cfg.Start, want)
	}
	c.Exchange.Seed++
	if _, other := open(t, c); other == hash {
		t.Errorf("another seed gave %x as well", hash)
	}
}

func TestTheQueueReactiveMarketIsSeeded(t *testing.T) {
	c := exampleVenue(t, "venue.toml")
	c.Exchange.Flow = "queue-reactive"
	_, hash := open(t, c)
	if _, again := open(t, c); again != hash {
		t.Errorf("the same seed gave %x and %x", hash, again)
	}
	c.Exchange.Seed++
	if _, other := open(t, c); other == hash {
		t.Errorf("another seed gave %x as well", hash)
	}
}

func TestTheLobsterMarketIsTheDay(t *testing.T) {
	c := exampleVenue(t, "venue-lobster.toml")
	c.Exchange.Lobster = filepath.Join(testdata.Dir(t), "lobster", c.Exchange.Lobster)
	cfg, _ := open(t, c)
	if want := market.Nanos(time.Date(2012, 6, 21, 14, 0, 0, 0, time.UTC).UnixNano()); cfg.Start != want {
		t.Errorf("starts at %d, want %d: 10:00 in New York", cfg.Start, want)
	}
	c.Instruments[0].Symbol = "AAPL"
	if _, _, err := c.OpenMarket(time.Time{}); err == nil || !strings.Contains(err.Error(), "is a day of AMZN") {
		t.Errorf("another symbol: %v", err)
	}
}

func TestPoissonParametersOfAFileThatIsBroken(t *testing.T) {
	c := exampleVenue(t, "venue.toml")
	c.Exchange.Flow, c.Exchange.Params = "poisson", filepath.Join(t.TempDir(), "p.toml")
	if err := os.WriteFile(c.Exchange.Params, []byte("x = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.OpenMarket(time.Time{}); err == nil || !strings.Contains(err.Error(), "exchange.poisson_file: ") {
		t.Errorf("%v", err)
	}
}

// The reactive market is seeded, takes a scenario, and a file that is broken is named.
func TestTheReactiveMarket(t *testing.T) {
	c := exampleVenue(t, "venue.toml")
	_, hash := open(t, c)
	if _, again := open(t, c); again != hash {
		t.Errorf("the same seed gave %x and %x", hash, again)
	}
	c.Exchange.Scenario = "runaway-feed"
	if _, other := open(t, c); other == hash {
		t.Errorf("a scenario gave %x as well", hash)
	}
	c.Exchange.Scenario = "doom"
	if _, _, err := c.OpenMarket(time.Time{}); err == nil || !strings.Contains(err.Error(), "exchange.scenario: ") {
		t.Errorf("an unknown scenario: %v", err)
	}
	c.Exchange.Scenario = ""
	c.Exchange.Reactive = filepath.Join(t.TempDir(), "p.toml")
	if _, _, err := c.OpenMarket(time.Time{}); err == nil || !strings.Contains(err.Error(), "exchange.reactive_file: ") {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(c.Exchange.Reactive, []byte("activity = \"a\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.OpenMarket(time.Time{}); err == nil || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("a file that is broken: %v", err)
	}
}
