package config

import (
	"crypto/tls"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"slipstream/bench/exchange"
	"slipstream/engine"
	"slipstream/engine/loop"
	"slipstream/fix"
	"slipstream/fix/desk"
	"slipstream/fix/session"
	"slipstream/internal/market"
	"slipstream/internal/testcert"
	"slipstream/internal/testdata"
	"slipstream/policy/schedule"
	"slipstream/risk"
)

func example(t *testing.T) *Daemon {
	t.Helper()
	c, err := LoadDaemon(filepath.Join(testdata.Root(t), "examples", "daemon.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The packages accept what the example says: their own Validate finds nothing.
func TestTheExampleIsValidForEveryPackage(t *testing.T) {
	c := example(t)
	gate := c.RiskConfig()
	if err := gate.Validate(); err != nil {
		t.Error(err)
	}
	if _, err := risk.New(&gate); err != nil {
		t.Error(err)
	}
	session := c.Venue.SessionConfig()
	if err := session.Validate(); err != nil {
		t.Error(err)
	}
	want := risk.Limits{
		MaxOrderQty: 2000, MaxOrderNotional: 500_000 * int64(market.PriceUnit), CollarBps: 100, MaxSpreadBps: 100,
		ReferenceMaxAge: 30 * market.Second, MaxLong: 200_000, MaxShort: 200_000,
	}
	if gate.Limits[0] != want {
		t.Errorf("limits %+v, want %+v", gate.Limits[0], want)
	}
	if g := gate.Global; g.MaxMessages != 200 || g.Window != market.Second || g.CancelReserve != 50 || g.MaxOpenOrders != 512 || g.MaxParents != 64 {
		t.Errorf("global %+v", g)
	}
	if p := gate.Parent; p.MaxParentQty != 100_000 || p.MaxParentNotional != 25_000_000*int64(market.PriceUnit) {
		t.Errorf("parent %+v", p)
	}
	if in := gate.Instruments[0]; in.ID != 0 || in.Symbol.String() != "AMZN" || in.Tick != market.PriceUnit/100 || in.Lot != 1 {
		t.Errorf("instrument %+v", in)
	}
	if e := c.Venue.EncoderConfig(); e.Account != "EXAMPLE" || e.SenderCompID != "SLIPSTREAM" || e.TargetCompID != "VENUE" {
		t.Errorf("encoder %+v", e)
	}
}

// What [venue] says of the session is what the session, the encoder and the loop are given.
func TestTheVenuesSession(t *testing.T) {
	a := testcert.New(t)
	cert, key := a.Issue("slipstream.test")
	winter := market.Nanos(time.Date(2026, 1, 12, 14, 30, 0, 0, time.UTC).UnixNano())
	summer := market.Nanos(time.Date(2026, 7, 13, 14, 30, 0, 0, time.UTC).UnixNano())
	for _, c := range []struct {
		name  string
		keys  string
		start market.Nanos
		check func(e *engine.Config, l *loop.Config) bool
	}{
		{"FIX 4.2", "version = \"FIX.4.2\"", winter, func(e *engine.Config, _ *loop.Config) bool {
			return e.Session.BeginString == "FIX.4.2" && e.Session.ApplVerID == "" && e.Venue.BeginString == "FIX.4.2"
		}},
		{"FIX 5.0SP2", "version = \"FIX.5.0SP2\"", winter, func(e *engine.Config, _ *loop.Config) bool {
			return e.Session.BeginString == "FIXT.1.1" && e.Session.ApplVerID == "9" && e.Venue.BeginString == "FIXT.1.1"
		}},
		{"nothing", "", winter, func(e *engine.Config, l *loop.Config) bool {
			return e.Session.BeginString == "FIX.4.4" && !e.Session.ResetOnLogon && !e.Session.AcceptReset && !e.Session.Schedule.On &&
				!e.CancelsOnDisconnect && l.VenueTLS == nil && len(l.VenueMore) == 0
		}},
		{"our reset", "reset_on_logon = \"ours\"", winter, func(e *engine.Config, _ *loop.Config) bool {
			return e.Session.ResetOnLogon && !e.Session.AcceptReset
		}},
		{"the venue's reset", "reset_on_logon = \"venue\"", winter, func(e *engine.Config, _ *loop.Config) bool {
			return !e.Session.ResetOnLogon && e.Session.AcceptReset
		}},
		{"cancel on disconnect", "cancel_on_disconnect = true\ncancel_after_ms = 1500", winter, func(e *engine.Config, _ *loop.Config) bool {
			return e.CancelsOnDisconnect && e.CancelAfterNanos == 1500*market.Millisecond
		}},
		{"alternates", "alternates = \"127.0.0.1:9002  127.0.0.2:9001\"", winter, func(_ *engine.Config, l *loop.Config) bool {
			return slices.Equal(l.VenueMore, []string{"127.0.0.1:9002", "127.0.0.2:9001"})
		}},
		{"a day in winter", "[venue.schedule]\nstart = \"08:00:00\"\nend = \"17:30:00\"\ndays = \"mon fri\"", winter, func(e *engine.Config, _ *loop.Config) bool {
			return e.Session.Schedule == session.Schedule{On: true, StartS: 8 * 3600, EndS: 17*3600 + 1800, Days: 1 | 16, OffsetS: -5 * 3600}
		}},
		{"a day in summer", "[venue.schedule]\nstart = \"08:00:00\"\nend = \"17:30:00\"\nreset = \"agreed\"", summer, func(e *engine.Config, _ *loop.Config) bool {
			return e.Session.Schedule == session.Schedule{On: true, StartS: 8 * 3600, EndS: 17*3600 + 1800, OffsetS: -4 * 3600, ResetNumbers: true}
		}},
		{"a week", "[venue.schedule]\ntimezone = \"UTC\"\nstart = \"22:00:00\"\nend = \"21:00:00\"\nstart_day = \"sun\"\nend_day = \"fri\"\nreset = \"flag\"", winter,
			func(e *engine.Config, _ *loop.Config) bool {
				return e.Session.Schedule == session.Schedule{On: true, Weekly: true, StartS: 22 * 3600, EndS: 21 * 3600, StartDay: session.Sunday, EndDay: session.Friday,
					ResetNumbers: true, SayReset: true}
			}},
		{"TLS", "[venue.tls]\nca_file = \"" + a.File + "\"\ncert_file = \"" + cert + "\"\nkey_file = \"" + key + "\"\nserver_name = \"venue.test\"", winter,
			func(_ *engine.Config, l *loop.Config) bool {
				return l.VenueTLS != nil && l.VenueTLS.RootCAs.Equal(a.Pool()) && len(l.VenueTLS.Certificates) == 1 && l.VenueTLS.ServerName == "venue.test" &&
					l.VenueTLS.MinVersion == tls.VersionTLS12
			}},
		{"TLS of the host's authorities", "[venue.tls]", winter, func(_ *engine.Config, l *loop.Config) bool {
			return l.VenueTLS != nil && l.VenueTLS.RootCAs == nil && len(l.VenueTLS.Certificates) == 0
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := LoadDaemon(write(t, venue1(c.keys)))
			if err != nil {
				t.Fatal(err)
			}
			e, err := d.EngineConfig(c.start)
			if err != nil {
				t.Fatal(err)
			}
			l, err := d.LoopConfig()
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(e.Session.Validate(), e.Venue.Validate()); err != nil {
				t.Error(err)
			}
			if !c.check(&e, &l) {
				t.Errorf("session %+v, encoder %+v, loop %+v", e.Session, e.Venue, l)
			}
		})
	}
}

// Every number that the configuration allows is one that the gate allows, at both ends.
func TestRangesAreThoseOfTheGate(t *testing.T) {
	for _, high := range []bool{false, true} {
		pick := func(lo, hi int64) int64 {
			if high {
				return hi
			}
			return lo
		}
		money := USD(pick(10_000_000, 9_000_000_000*int64(market.PriceUnit)))
		c := &Daemon{
			Risk: &Risk{
				MaxMessages: pick(2, 1<<20), Window: pick(1, 86_400_000), CancelReserve: pick(1, 1<<20-1), MaxOpenOrders: pick(1, 1<<16),
				MaxParents: pick(1, 1<<16), MaxParentQty: pick(1, 1<<40), MaxParentNotional: money,
			},
			Instruments: []Instrument{{Symbol: "X", Tick: 10_000_000, Lot: 1, Limits: &Limits{
				MaxOrderQty: pick(1, 1<<40), MaxOrderNotional: money, Collar: pick(1, 5000), CollarTicks: pick(0, 1_000_000),
				MaxSpread: pick(1, 10_000), MaxSpreadTicks: pick(0, 1_000_000), ReferenceMaxAge: pick(1, 86_400_000), MaxLong: pick(1, 1<<40), MaxShort: pick(0, 1<<40),
			}}},
		}
		gate := c.RiskConfig()
		if err := gate.Validate(); err != nil {
			t.Errorf("high ends %v: %v", high, err)
		}
	}
}

func TestWithoutLimitsTheGateGetsNone(t *testing.T) {
	c := example(t)
	c.Risk, c.Instruments[0].Limits = nil, nil
	gate := c.RiskConfig()
	if gate.Global != (risk.Global{}) || gate.Parent != (risk.ParentLimits{}) || gate.Limits[0] != (risk.Limits{}) {
		t.Errorf("%+v", gate)
	}
}

func TestMidnightIsTheExchanges(t *testing.T) {
	at := time.Date(2026, 3, 10, 2, 0, 0, 0, time.UTC) // still the 9th in New York, at UTC-4
	for zone, want := range map[string]time.Time{
		"UTC":              time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC),
		"America/New_York": time.Date(2026, 3, 9, 4, 0, 0, 0, time.UTC),
	} {
		got, err := (&Feed{Timezone: zone}).Midnight(at)
		if err != nil || got != market.Nanos(want.UnixNano()) {
			t.Errorf("%s: %d (%v), want %d", zone, got, err, want.UnixNano())
		}
	}
}

func TestVolumeCurve(t *testing.T) {
	e := example(t).Engine
	if p, err := e.Profile(0); p != nil || err != nil {
		t.Errorf("flat is %v (%v)", p, err)
	}
	e.VolumeCurve = "u_shape"
	p, err := e.Profile(0)
	if err != nil || p == nil {
		t.Fatal(err)
	}
	// Over the whole day a U shape is ahead of a straight line in the first quarter.
	curve := schedule.Volume(p, market.Nanos(e.Open), market.Nanos(e.Close))
	if curve[16] <= schedule.Linear()[16] {
		t.Errorf("after a quarter of the day %d of 1<<31", curve[16])
	}
}

// The core, the loop, the gateway and the exchange accept what the examples say.
func TestTheExamplesAreValidForTheCoreAndItsEdges(t *testing.T) {
	c := example(t)
	start := market.Nanos(time.Date(2026, 3, 10, 14, 30, 0, 5, time.UTC).UnixNano())
	cfg, err := c.EngineConfig(start)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.New(cfg, &session.State{}); err != nil {
		t.Error(err)
	}
	if want := market.Nanos(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC).UnixNano()); cfg.Date != want {
		t.Errorf("date %d, want %d", cfg.Date, want)
	}
	if cfg.Arbiter.Session.String() != "SLIPSTREAM" || cfg.Arbiter.GapWaitNanos != 20*market.Millisecond || cfg.Arbiter.RequestTries != 50 || cfg.SliceNanos != 5*market.Second {
		t.Errorf("%+v", cfg)
	}
	c.Feed.Recovery = ""
	if cfg, err := c.EngineConfig(start); err != nil || cfg.Arbiter.RequestTries != 0 {
		t.Errorf("without a retransmission server %d requests are tried (%v)", cfg.Arbiter.RequestTries, err)
	}
	live, err := c.LoopConfig()
	if err != nil || live.VenueAddr != "127.0.0.1:9001" || live.Commands != 1024 || live.BackoffMin != 500*market.Millisecond {
		t.Errorf("%+v (%v)", live, err)
	}
	c.Venue.Address = "localhost:9001"
	if _, err := c.LoopConfig(); err == nil {
		t.Error("a name was taken for an address")
	}
	gateway, err := c.DeskConfig()
	if err != nil {
		t.Fatal(err)
	}
	gateway.Submit = func(*fix.Command) bool { return true }
	if err := gateway.Validate(); err != nil {
		t.Error(err)
	}
}

func TestTheExampleExchangeIsValid(t *testing.T) {
	c, err := LoadVenue(filepath.Join(testdata.Root(t), "examples", "venue.toml"))
	if err != nil {
		t.Fatal(err)
	}
	live, err := c.LiveConfig(c.MarketConfig(0, nil))
	if err != nil {
		t.Fatal(err)
	}
	if live.Lines[1].Group.String() != "239.192.0.2:26401" || live.Lines[0].Faults.LossPpm != 2000 || live.Market.Start != 10*3600*market.Second || live.Market.SelfMatch != exchange.CancelResting {
		t.Errorf("%+v", live)
	}
}

// A default algorithm is one that the desk's gateway knows.
func TestDefaultAlgo(t *testing.T) {
	for name, want := range map[string]market.Algo{"none": market.NoAlgo, "TWAP": market.TWAP, "VWAP": market.VWAP, "POV": market.POV, "IS": market.IS} {
		c := &Daemon{Desk: Desk{Algo: name}}
		if got, err := c.DeskConfig(); err != nil || got.DefaultAlgo != want {
			t.Errorf("%s is %v (%v)", name, got.DefaultAlgo, err)
		}
	}
}

// What a session's words say reaches the gateway, which accepts it.
func TestTheSessionsOfTheGateway(t *testing.T) {
	c, err := LoadDaemon(write(t, small+`
[[instruments]]
symbol = "AAPL"

[desk]
max_messages_per_second = 50

[[desk.sessions]]
version = "FIX.4.2"
target_comp_id = "OLD"
accounts = "A1 A2"
symbols = "AAPL"
side = "sell"
algos = "TWAP IS"
max_order_qty = 500
max_order_notional_usd = "1000.50"
max_orders_per_second = 7
max_orders_per_day = 1000
max_notional_per_day_usd = "2000000"
max_open_parents = 4
cancel_only = true
echo_all = true

[[desk.sessions]]
version = "FIX.5.0SP2"
target_comp_id = "COPY"
drop_copy = true
copy_of = "OLD DESK1"
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.DeskConfig()
	if err != nil {
		t.Fatal(err)
	}
	got.Submit = func(*fix.Command) bool { return true }
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	want := []desk.Session{
		{SenderCompID: "SLIPSTREAM", TargetCompID: "DESK1", Limits: desk.Limits{MaxOrdersPerSecond: 100}},
		{SenderCompID: "SLIPSTREAM", TargetCompID: "OLD", Version: desk.FIX42, Accounts: []string{"A1", "A2"}, EchoAll: true, Limits: desk.Limits{
			Symbols: []string{"AAPL"}, Sides: []market.Side{market.Sell}, Algos: []market.Algo{market.TWAP, market.IS},
			MaxOrderQty: 500, MaxOrderNotional: 1_000_500_000_000, MaxOrdersPerSecond: 7, MaxOrdersPerDay: 1000, MaxNotionalPerDay: 2_000_000_000_000_000, CancelOnly: true,
		}},
		{SenderCompID: "SLIPSTREAM", TargetCompID: "COPY", Version: desk.FIX50SP2, DropCopy: true, CopyOf: []string{"OLD", "DESK1"},
			Limits: desk.Limits{MaxOrdersPerSecond: 100}},
	}
	if diff := cmp.Diff(want, got.Sessions, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
	if ec, err := c.EngineConfig(1_800_000_000_000_000_000); err != nil || !slices.Equal(ec.MaxOpen, []int{0, 4, 0}) {
		t.Errorf("open orders: %v (%v)", ec.MaxOpen, err)
	}
	if got.Zone.String() != "America/New_York" {
		t.Errorf("zone %v", got.Zone)
	}
	if got.Guard.MessagesPerSecond != 50 {
		t.Errorf("%d messages a second", got.Guard.MessagesPerSecond)
	}
}
