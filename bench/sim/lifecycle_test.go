package sim

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/engine"
	"slipstream/fix"
	"slipstream/internal/market"
)

// A parent's life as FIX 4.4 appendix D has it, one table row a case: commands at
// milliseconds after the start, and what the desk is told, in order.
//
// The book stands still: bids from 99.99 down and asks from 100.01 up, 100 to 500
// shares an order, ten orders a level.

type cmdAt struct {
	ms  int64
	cmd fix.Command
}

func newOrder(name string, side market.Side, qty market.Qty, seconds int64, edit ...func(*fix.Command)) fix.Command {
	c := fix.Command{Kind: fix.NewParent, Algo: market.TWAP, Tactic: market.Taker, Side: side, OrdType: '1', OrderQty: qty, ClOrdID: id(name),
		EndNanos: Day + 14*3600*market.Second + market.Nanos(seconds)*market.Second}
	for _, f := range edit {
		f(&c)
	}
	return c
}

func passive(c *fix.Command) { c.Tactic = market.Passive }

func limit(px string) func(*fix.Command) {
	return func(c *fix.Command) {
		var dollars, cents int64
		fmt.Sscanf(px, "%d.%d", &dollars, &cents)
		c.OrdType, c.Price = '2', market.Price(dollars*100+cents)*market.PriceUnit/100
	}
}

func replace(name, orig string, side market.Side, qty market.Qty, edit ...func(*fix.Command)) fix.Command {
	c := fix.Command{Kind: fix.ReplaceParent, Side: side, OrdType: '1', OrderQty: qty, ClOrdID: id(name), OrigClOrdID: id(orig)}
	for _, f := range edit {
		f(&c)
	}
	return c
}

func cancel(name, orig string, side market.Side) fix.Command {
	return fix.Command{Kind: fix.CancelParent, Side: side, ClOrdID: id(name), OrigClOrdID: id(orig)}
}

func statusOf(name, req string) fix.Command {
	return fix.Command{Kind: fix.StatusParent, ClOrdID: id(name), ReqID: id(req)}
}

func mass(kind fix.CommandKind, req string, side market.Side, edit ...func(*fix.Command)) fix.Command {
	c := fix.Command{Kind: kind, Side: side, Instrument: market.NoInstrument, ReqID: id(req)}
	if kind == fix.MassCancel {
		c.ClOrdID, c.ReqID = c.ReqID, fix.ClOrdID{}
	}
	for _, f := range edit {
		f(&c)
	}
	return c
}

func ofDesk1(c *fix.Command) { c.Desk = 1 }

// line is a report as a line of text.
func line(r *fix.Report) string {
	if r.Kind == fix.CancelReject {
		return fmt.Sprintf("9 39=%c 11=%s 41=%s 434=%c %s", r.OrdStatus, r.ClOrdID, r.OrigClOrdID, r.ResponseTo, r.Reason)
	}
	if r.Kind == fix.MassCancelReport {
		return fmt.Sprintf("r 11=%s 533=%d ending=%d", r.ClOrdID, r.Count, r.Left)
	}
	s := fmt.Sprintf("8 150=%c 39=%c 11=%s", r.ExecType, r.OrdStatus, r.ClOrdID)
	if r.OrigClOrdID.N > 0 {
		s += " 41=" + r.OrigClOrdID.String()
	}
	s += fmt.Sprintf(" 38=%d 14=%d 151=%d", r.OrderQty, r.CumQty, r.LeavesQty)
	if r.LastQty > 0 {
		s += fmt.Sprintf(" 32=%d 31=%d.%02d", r.LastQty, r.LastPx/market.PriceUnit, r.LastPx%market.PriceUnit*100/market.PriceUnit)
	}
	if r.ExecType == fix.ExecStatus && r.ResponseTo != 0 {
		s += fmt.Sprintf(" to %c %s %d/%d", r.ResponseTo, r.ReqID, r.Left, r.Count)
	}
	if r.Reason != fix.ReasonNone {
		s += " " + r.Reason.String()
	}
	return s
}

func stillDay(t testing.TB) Config {
	t.Helper()
	cfg := Standard(1, 1, nil)
	f := newNoise(1, 1, cfg.Exchange.Start)
	f.at = 1 << 62
	cfg.Exchange.Flow = f
	cfg.LossPpm, cfg.DupPpm, cfg.ReorderPpm, cfg.SplitPpm, cfg.Jitter = 0, 0, 0, 0, 0
	cfg.VenueLatency = 20 * market.Millisecond
	return cfg
}

func TestParentLife(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*Config)
		cmds  []cmdAt
		want  string
	}{
		{
			name: "A.1.a: an order that fills is new, partially filled, filled",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 200, 2)}},
			want: `
8 150=0 39=0 11=a 38=200 14=0 151=200
8 150=F 39=1 11=a 38=200 14=57 151=143 32=57 31=100.01
8 150=F 39=1 11=a 38=200 14=114 151=86 32=57 31=100.01
8 150=F 39=1 11=a 38=200 14=171 151=29 32=57 31=100.01
8 150=F 39=2 11=a 38=200 14=200 151=0 32=29 31=100.01`,
		},
		{
			name: "a second order with the same ClOrdID is rejected with the status of the first",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 100, 9, passive)}, {200, newOrder("a", market.Sell, 500, 9)}},
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=8 39=0 11=a 38=500 14=0 151=100 duplicate ClOrdID
8 150=4 39=4 11=a 38=100 14=0 151=0 daemon shutting down`,
			setup: shutdownAt(400),
		},
		{
			name: "F.1.b: the same ClOrdID with PossResend is answered with the state",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 100, 9, passive)}, {200, newOrder("a", market.Sell, 100, 9, passive, func(c *fix.Command) { c.PossResend = true })}},
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=I 39=0 11=a 38=100 14=0 151=100
8 150=4 39=4 11=a 38=100 14=0 151=0 daemon shutting down`,
			setup: shutdownAt(400),
		},
		{
			name: "a cancel is pending until every child is terminal",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 900, 9, passive)}, {300, cancel("b", "a", market.Buy)}},
			want: `
8 150=0 39=0 11=a 38=900 14=0 151=900
8 150=6 39=6 11=b 41=a 38=900 14=0 151=900
8 150=4 39=4 11=b 41=a 38=900 14=0 151=0 requested by the desk`,
		},
		{
			name: "a cancel of an unknown order is refused as unknown",
			cmds: []cmdAt{{100, cancel("b", "nope", market.Buy)}},
			want: `
9 39=8 11=b 41=nope 434=1 unknown order`,
		},
		{
			name: "a second change is refused while one is pending",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 900, 9, passive)}, {300, cancel("b", "a", market.Buy)}, {305, cancel("c", "a", market.Buy)}, {306, replace("d", "a", market.Buy, 100)}},
			want: `
8 150=0 39=0 11=a 38=900 14=0 151=900
8 150=6 39=6 11=b 41=a 38=900 14=0 151=900
9 39=6 11=c 41=a 434=1 a change is already pending
9 39=6 11=d 41=a 434=2 a change is already pending
8 150=4 39=4 11=b 41=a 38=900 14=0 151=0 requested by the desk`,
		},
		{
			name: "a cancel of a filled order is too late",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 100, 1)}, {1500, cancel("b", "a", market.Buy)}},
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=F 39=1 11=a 38=100 14=28 151=72 32=28 31=100.01
8 150=F 39=1 11=a 38=100 14=57 151=43 32=29 31=100.01
8 150=F 39=1 11=a 38=100 14=85 151=15 32=28 31=100.01
8 150=F 39=2 11=a 38=100 14=100 151=0 32=15 31=100.01
9 39=2 11=b 41=a 434=1 too late to cancel`,
		},
		{
			name: "B.1.c: an order that fills while the cancel is pending ends as filled",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 4, 9, func(c *fix.Command) { c.Algo, c.UrgencyMilli = market.IS, 1_000_000 })}, {110, cancel("b", "a", market.Buy)}},
			want: `
8 150=0 39=0 11=a 38=4 14=0 151=4
8 150=6 39=6 11=b 41=a 38=4 14=0 151=4
8 150=F 39=6 11=a 38=4 14=4 151=0 32=4 31=100.01
9 39=2 11=b 41=a 434=1 too late to cancel`,
		},
		{
			name: "a replace that raises the quantity is pending, then replaced",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 80, 2)}, {200, replace("b", "a", market.Buy, 120)}},
			want: `
8 150=0 39=0 11=a 38=80 14=0 151=80
8 150=F 39=1 11=a 38=80 14=22 151=58 32=22 31=100.01
8 150=E 39=E 11=b 41=a 38=80 14=22 151=58
8 150=5 39=1 11=b 41=a 38=120 14=22 151=98
8 150=F 39=1 11=b 38=120 14=34 151=86 32=12 31=100.01
8 150=F 39=1 11=b 38=120 14=68 151=52 32=34 31=100.01
8 150=F 39=1 11=b 38=120 14=102 151=18 32=34 31=100.01
8 150=F 39=2 11=b 38=120 14=120 151=0 32=18 31=100.01`,
		},
		{
			name: "C.3.b: a replace to what is done already completes the order",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 80, 2)}, {700, replace("b", "a", market.Buy, 10)}},
			want: `
8 150=0 39=0 11=a 38=80 14=0 151=80
8 150=F 39=1 11=a 38=80 14=22 151=58 32=22 31=100.01
8 150=F 39=1 11=a 38=80 14=45 151=35 32=23 31=100.01
8 150=E 39=E 11=b 41=a 38=80 14=45 151=35
8 150=5 39=2 11=b 41=a 38=45 14=45 151=0`,
		},
		{
			name: "a replace below what is open takes children down first",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 4000, 4, passive)}, {300, replace("b", "a", market.Buy, 400)}, {900, cancel("c", "b", market.Buy)}},
			want: `
8 150=0 39=0 11=a 38=4000 14=0 151=4000
8 150=E 39=E 11=b 41=a 38=4000 14=0 151=4000
8 150=5 39=0 11=b 41=a 38=400 14=0 151=400
8 150=6 39=6 11=c 41=b 38=400 14=0 151=400
8 150=4 39=4 11=c 41=b 38=400 14=0 151=0 requested by the desk`,
		},
		{
			name: "symbol, side and algorithm cannot be changed",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 100, 9, passive)}, {300, replace("b", "a", market.Sell, 50)},
				{301, replace("c", "a", market.Buy, 50, func(c *fix.Command) { c.Algo = market.POV })}, {302, cancel("d", "a", market.Buy)}},
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
9 39=0 11=b 41=a 434=2 change not allowed
9 39=0 11=c 41=a 434=2 change not allowed
8 150=6 39=6 11=d 41=a 38=100 14=0 151=100
8 150=4 39=4 11=d 41=a 38=100 14=0 151=0 requested by the desk`,
		},
		{
			name: "an order that its limit keeps from trading expires at its end",
			cmds: []cmdAt{{100, newOrder("a", market.Buy, 100, 1, limit("99.50"))}},
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=C 39=C 11=a 38=100 14=0 151=0 end time reached`,
		},
		{
			name: "each bad term has its reason",
			cmds: []cmdAt{
				{100, newOrder("a", market.Buy, 0, 9)},
				{101, newOrder("b", market.Buy, 100, 9, func(c *fix.Command) { c.Instrument = 9 })},
				{102, newOrder("c", market.Buy, 100, 9, func(c *fix.Command) { c.OrdType, c.Price = '2', 1 })},
				{103, newOrder("d", market.Buy, 100, 9, func(c *fix.Command) { c.Algo = 99 })},
				{104, newOrder("e", market.Buy, 100, 0)},
				{105, newOrder("f", market.Buy, 100, 9, func(c *fix.Command) { c.StartNanos = c.EndNanos })},
				{106, newOrder("g", market.Buy, 200_000, 9)},
				{107, newOrder("h", market.Buy, 100, 9, func(c *fix.Command) { c.Algo = market.POV })},
			},
			want: `
8 150=8 39=8 11=a 38=0 14=0 151=0 bad OrderQty
8 150=8 39=8 11=b 38=100 14=0 151=0 unknown symbol
8 150=8 39=8 11=c 38=100 14=0 151=0 bad Price
8 150=8 39=8 11=d 38=100 14=0 151=0 unsupported order characteristic
8 150=8 39=8 11=e 38=100 14=0 151=0 too late to enter
8 150=8 39=8 11=f 38=100 14=0 151=0 bad start or end time
8 150=8 39=8 11=g 38=200000 14=0 151=0 exceeds a risk limit
8 150=8 39=8 11=h 38=100 14=0 151=0 unsupported order characteristic`,
		},
		{
			name: "the kill switch takes children back, refuses new orders, and lifts again",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 60, 3, passive)}, {300, fix.Command{Kind: fix.Kill}}, {400, newOrder("b", market.Buy, 100, 2)},
				{500, fix.Command{Kind: fix.Rearm}}, {600, newOrder("c", market.Buy, 10, 1)}, {1900, cancel("d", "a", market.Sell)}},
			want: `
8 150=0 39=0 11=a 38=60 14=0 151=60
8 150=8 39=8 11=b 38=100 14=0 151=0 kill switch is on
8 150=0 39=0 11=c 38=10 14=0 151=10
8 150=F 39=1 11=c 38=10 14=2 151=8 32=2 31=100.01
8 150=F 39=1 11=c 38=10 14=5 151=5 32=3 31=100.01
8 150=F 39=1 11=c 38=10 14=8 151=2 32=3 31=100.01
8 150=F 39=1 11=a 38=60 14=17 151=43 32=17 31=99.99
8 150=F 39=2 11=c 38=10 14=10 151=0 32=2 31=100.01
8 150=F 39=1 11=a 38=60 14=34 151=26 32=17 31=99.99
8 150=6 39=6 11=d 41=a 38=60 14=34 151=26
8 150=4 39=4 11=d 41=a 38=60 14=34 151=0 requested by the desk`,
		},
		{
			name: "a status request is answered by any name of the order, also when it has ended",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 100, 9, passive)}, {200, replace("b", "a", market.Sell, 80)},
				{300, statusOf("a", "q1")}, {301, statusOf("b", "q2")}, {302, statusOf("nope", "q3")}, {303, cancel("c", "b", market.Sell)}, {304, statusOf("c", "q4")}, {600, statusOf("a", "q5")}},
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=E 39=E 11=b 41=a 38=100 14=0 151=100
8 150=5 39=0 11=b 41=a 38=80 14=0 151=80
8 150=I 39=0 11=b 38=80 14=0 151=80 to H q1 0/0
8 150=I 39=0 11=b 38=80 14=0 151=80 to H q2 0/0
8 150=I 39=8 11=nope 38=0 14=0 151=0 to H q3 0/0 unknown order
8 150=6 39=6 11=c 41=b 38=80 14=0 151=80
8 150=I 39=6 11=b 38=80 14=0 151=80 to H q4 0/0
8 150=4 39=4 11=c 41=b 38=80 14=0 151=0 requested by the desk
8 150=I 39=4 11=c 38=80 14=0 151=0 to H q5 0/0`,
		},
		{
			name: "a mass status request tells of each open order of the desk, and of that desk alone",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 100, 9, passive)}, {101, newOrder("b", market.Buy, 100, 9, passive)},
				{102, newOrder("x", market.Buy, 100, 9, passive, ofDesk1)},
				{200, mass(fix.MassStatus, "q1", 0)}, {201, mass(fix.MassStatus, "q2", market.Buy)},
				{202, mass(fix.MassStatus, "q3", 0, func(c *fix.Command) { c.Desk = 7 })}},
			setup: shutdownAt(400),
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=0 39=0 11=b 38=100 14=0 151=100
8 150=0 39=0 11=x 38=100 14=0 151=100
8 150=I 39=0 11=a 38=100 14=0 151=100 to A q1 1/2
8 150=I 39=0 11=b 38=100 14=0 151=100 to A q1 0/2
8 150=I 39=0 11=b 38=100 14=0 151=100 to A q2 0/1
8 150=I 39=8 11= 38=0 14=0 151=0 to A q3 0/0 unknown order
8 150=4 39=4 11=a 38=100 14=0 151=0 daemon shutting down
8 150=4 39=4 11=b 38=100 14=0 151=0 daemon shutting down
8 150=4 39=4 11=x 38=100 14=0 151=0 daemon shutting down`,
		},
		{
			name: "a mass cancel takes every order of the desk through its own cancel",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 4000, 9, passive)}, {101, newOrder("b", market.Buy, 100, 9, passive)},
				{102, newOrder("c", market.Buy, 100, 9, passive)}, {103, newOrder("x", market.Buy, 100, 9, passive, ofDesk1)},
				{300, replace("a2", "a", market.Sell, 40)}, {301, cancel("c2", "c", market.Buy)},
				{302, mass(fix.MassCancel, "m", 0)}, {303, cancel("b2", "b", market.Buy)},
				{400, mass(fix.MassCancel, "n", 0)}, {401, newOrder("d", market.Buy, 100, 9, passive)}},
			setup: shutdownAt(500),
			want: `
8 150=0 39=0 11=a 38=4000 14=0 151=4000
8 150=0 39=0 11=b 38=100 14=0 151=100
8 150=0 39=0 11=c 38=100 14=0 151=100
8 150=0 39=0 11=x 38=100 14=0 151=100
8 150=E 39=E 11=a2 41=a 38=4000 14=0 151=4000
8 150=6 39=6 11=c2 41=c 38=100 14=0 151=100
r 11=m 533=2 ending=1
9 39=0 11=a2 41=a 434=2 requested by the desk
8 150=6 39=6 11=a 38=4000 14=0 151=4000
8 150=6 39=6 11=b 38=100 14=0 151=100
9 39=6 11=b2 41=b 434=1 a change is already pending
8 150=4 39=4 11=a 38=4000 14=0 151=0 requested by the desk
8 150=4 39=4 11=c2 41=c 38=100 14=0 151=0 requested by the desk
8 150=4 39=4 11=b 38=100 14=0 151=0 requested by the desk
r 11=n 533=0 ending=0
8 150=0 39=0 11=d 38=100 14=0 151=100
8 150=4 39=4 11=x 38=100 14=0 151=0 daemon shutting down
8 150=4 39=4 11=d 38=100 14=0 151=0 daemon shutting down`,
		},
		{
			name: "a mass cancel of one symbol or side leaves the others",
			cmds: []cmdAt{{100, newOrder("a", market.Sell, 100, 9, passive)}, {101, newOrder("b", market.Buy, 100, 9, passive)},
				{300, mass(fix.MassCancel, "m", market.Sell)}, {301, mass(fix.MassCancel, "n", 0, func(c *fix.Command) { c.Instrument = 5 })}},
			setup: shutdownAt(500),
			want: `
8 150=0 39=0 11=a 38=100 14=0 151=100
8 150=0 39=0 11=b 38=100 14=0 151=100
r 11=m 533=1 ending=0
8 150=6 39=6 11=a 38=100 14=0 151=100
r 11=n 533=0 ending=0
8 150=4 39=4 11=a 38=100 14=0 151=0 requested by the desk
8 150=4 39=4 11=b 38=100 14=0 151=0 daemon shutting down`,
		},
		{
			name:  "shutdown cancels every parent, unsolicited, and logs out",
			cmds:  []cmdAt{{100, newOrder("a", market.Sell, 60, 9, passive)}, {101, newOrder("b", market.Buy, 60, 9, passive)}},
			setup: shutdownAt(300),
			want: `
8 150=0 39=0 11=a 38=60 14=0 151=60
8 150=0 39=0 11=b 38=60 14=0 151=60
8 150=4 39=4 11=a 38=60 14=0 151=0 daemon shutting down
8 150=4 39=4 11=b 38=60 14=0 151=0 daemon shutting down`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := stillDay(t)
			for _, k := range c.cmds {
				cfg.Commands = append(cfg.Commands, Command{cfg.Exchange.Start + market.Nanos(k.ms)*market.Millisecond, k.cmd})
			}
			if c.setup != nil {
				c.setup(&cfg)
			}
			w := run(t, cfg, 5)
			var got []string
			for i := range w.Reports {
				got = append(got, line(&w.Reports[i]))
			}
			if want := strings.TrimSpace(c.want); strings.Join(got, "\n") != want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
			checkDesk(t, w)
			checkEnd(t, w)
		})
	}
}

func shutdownAt(ms int64) func(*Config) {
	return func(c *Config) {
		c.Commands = append(c.Commands, Command{c.Exchange.Start + market.Nanos(ms)*market.Millisecond, fix.Command{Kind: fix.Shutdown}})
	}
}

// TestPostureStopsNewOrders: each way of not knowing stops new orders, and what
// ends it lets them go on.
func TestPostureStopsNewOrders(t *testing.T) {
	ms := func(n int64) market.Nanos { return Day + 14*3600*market.Second + market.Nanos(n)*market.Millisecond }
	for _, c := range []struct {
		name       string
		disturb    func(w *World, step func(engine.Input))
		want       engine.Posture
		lift       func(w *World, step func(engine.Input))
		staysAfter bool // the posture is latched
	}{
		{
			name:    "a partial write to the venue",
			disturb: func(w *World, step func(engine.Input)) { step(engine.Input{Kind: engine.InVenueBlocked}) },
			want:    engine.PostureBlocked,
			lift:    func(w *World, step func(engine.Input)) { step(engine.Input{Kind: engine.InVenueDrained}) },
		},
		{
			name:    "a full journal",
			disturb: func(w *World, step func(engine.Input)) { step(engine.Input{Kind: engine.InJournalFull}) },
			want:    engine.PostureJournal,
			lift:    func(w *World, step func(engine.Input)) { step(engine.Input{Kind: engine.InJournalOK}) },
		},
		{
			name: "the kill switch",
			disturb: func(w *World, step func(engine.Input)) {
				step(engine.Input{Kind: engine.InCommand, Command: &fix.Command{Kind: fix.Kill}})
			},
			want: engine.PostureKill,
			lift: func(w *World, step func(engine.Input)) {
				step(engine.Input{Kind: engine.InCommand, Command: &fix.Command{Kind: fix.Rearm}})
			},
		},
		{
			name: "messages lost on both lines and at the retransmission server",
			disturb: func(w *World, step func(engine.Input)) {
				w.published++
				w.Market.Limit(0, market.Buy, 90_00_00, 100, 0)
				w.published++
			},
			want:       engine.PostureFeed,
			staysAfter: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := stillDay(t)
			cfg.RecoveryLossPpm = 1_000_000
			cfg.Engine.Arbiter.RequestTries = 5
			sent := map[bool]int{}
			disturbed := false
			cfg.OnEffects = func(in *engine.Input, fx *engine.Effects) { sent[disturbed] += fx.NewOrders }
			cfg.Commands = []Command{{ms(100), newOrder("a", market.Buy, 3000, 60, func(c *fix.Command) { c.EndNanos = ms(60_000) })}}
			w, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Market.Open(); err != nil {
				t.Fatal(err)
			}
			w.publish()
			w.push(event{at: ms(0) + 1, kind: evHeartbeat})
			w.push(event{at: ms(1), kind: evConnect})
			w.push(event{at: ms(100), kind: evCommand, cmd: &cfg.Commands[0].Cmd})
			w.timer = ms(1)
			w.until(ms(3000))
			if sent[false] == 0 {
				t.Fatal("no order left before the disturbance: the test tests nothing")
			}
			w.until(ms(3500))
			disturbed = true
			c.disturb(w, w.step)
			w.until(ms(3550)) // what was in flight lands
			sent[true] = 0
			w.until(ms(6000))
			if c.staysAfter {
				if sent[true] != 0 {
					t.Fatalf("%d new orders left with lost messages", sent[true])
				}
				if s := w.Engine.Stats(); s.Feed.Lost == 0 {
					t.Fatalf("no message was given up: %+v", s.Feed)
				}
				return
			}
			if p := w.Engine.Stats().Posture; p != c.want || sent[true] != 0 {
				t.Fatalf("posture %s with %d new orders, want %s with none", p, sent[true], c.want)
			}
			c.lift(w, w.step)
			w.until(ms(9000))
			if p := w.Engine.Stats().Posture; p != 0 || sent[true] == 0 {
				t.Fatalf("posture %s with %d new orders after it was lifted", p, sent[true])
			}
		})
	}
}
