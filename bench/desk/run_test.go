package desk

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
	gateway "slipstream/fix/desk"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// daemon is the engine behind a real gateway: it fills, replaces, cancels and
// rejects by the ClOrdID's first letter.
type daemon struct {
	gate   *gateway.Gateway
	in     chan fix.Command
	done   sync.WaitGroup
	serial uint64
	orders map[fix.ClOrdID]*fix.Report
}

func startDaemon(t *testing.T, desk string) *daemon {
	t.Helper()
	d := &daemon{in: make(chan fix.Command, 64), orders: map[fix.ClOrdID]*fix.Report{}}
	cfg := gateway.DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	cfg.Sessions = []gateway.Session{{SenderCompID: "SLIP", TargetCompID: desk, Password: "pw"}}
	cfg.Instruments = []market.Instrument{{Symbol: market.MakeSymbol("AMZN"), Tick: market.PriceUnit / 100, Lot: 1}}
	cfg.Submit = func(c *fix.Command) bool {
		select {
		case d.in <- *c:
			return true
		default:
			return false
		}
	}
	var err error
	if d.gate, err = gateway.Open(cfg); err != nil {
		t.Fatal(err)
	}
	d.done.Go(func() {
		for c := range d.in {
			d.handle(&c)
		}
	})
	t.Cleanup(func() {
		if err := d.gate.Close(); err != nil {
			t.Error(err)
		}
		close(d.in)
		d.done.Wait()
	})
	return d
}

func (d *daemon) say(r *fix.Report, ty fix.ExecType, st fix.OrdStatus, edit func(*fix.Report)) {
	d.serial++
	r.Kind, r.ExecType, r.OrdStatus, r.Serial = fix.ExecReport, ty, st, d.serial
	r.LastQty, r.LastPx = 0, 0
	r.LeavesQty = r.OrderQty - r.CumQty
	if edit != nil {
		edit(r)
	}
	if r.OrdStatus.Terminal() {
		r.LeavesQty = 0
	}
	d.gate.Deliver(r)
}

func (d *daemon) fill(r *fix.Report, q market.Qty, px market.Price) {
	sum := int64(r.AvgPx)*int64(r.CumQty) + int64(px)*int64(q)
	r.CumQty += q
	r.AvgPx = market.Price((sum + int64(r.CumQty)/2) / int64(r.CumQty))
	st := fix.StatusPartiallyFilled
	if r.CumQty == r.OrderQty {
		st = fix.StatusFilled
	}
	d.say(r, fix.ExecTrade, st, func(r *fix.Report) { r.LastQty, r.LastPx, r.LastLiq = q, px, 1 })
}

func (d *daemon) handle(c *fix.Command) {
	r := d.orders[c.OrigClOrdID]
	switch c.Kind {
	case fix.NewParent:
		r = &fix.Report{
			ClOrdID: c.ClOrdID, Desk: c.Desk, Side: c.Side, OrdType: c.OrdType, Algo: c.Algo, Price: c.Price,
			OrderQty: c.OrderQty, ParentID: uint64(len(d.orders) + 1), Nanos: market.Nanos(time.Now().UnixNano()),
		}
		d.orders[c.ClOrdID] = r
		if c.ClOrdID.B[0] == 'R' {
			d.say(r, fix.ExecRejected, fix.StatusRejected, func(r *fix.Report) { r.Reason = fix.ReasonExceedsLimit })
			return
		}
		d.say(r, fix.ExecNew, fix.StatusNew, nil)
		d.fill(r, 100, 10*market.PriceUnit)
		if c.ClOrdID.B[0] == 'F' {
			d.fill(r, r.OrderQty-100, 10*market.PriceUnit+1)
		}
	case fix.ReplaceParent:
		d.orders[c.ClOrdID] = r
		r.OrderQty, r.ClOrdID, r.OrigClOrdID = c.OrderQty, c.ClOrdID, c.OrigClOrdID
		d.say(r, fix.ExecReplaced, fix.StatusPartiallyFilled, nil)
		r.OrigClOrdID = fix.ClOrdID{}
	case fix.CancelParent:
		if r.OrdStatus.Terminal() {
			d.gate.Deliver(&fix.Report{Kind: fix.CancelReject, Desk: c.Desk, Reason: fix.ReasonTooLateToCancel,
				OrdStatus: r.OrdStatus, ParentID: r.ParentID, ResponseTo: '1', ClOrdID: c.ClOrdID, OrigClOrdID: c.OrigClOrdID})
			return
		}
		r.OrigClOrdID, r.ClOrdID = c.OrigClOrdID, c.ClOrdID
		d.say(r, fix.ExecPendingCancel, fix.StatusPendingCancel, nil)
		d.say(r, fix.ExecCanceled, fix.StatusCanceled, func(r *fix.Report) { r.Reason = fix.ReasonByDesk })
	}
}

func runConfig(d *daemon, desk string) Config {
	cfg := DefaultConfig()
	cfg.Addr = d.gate.Addr().String()
	cfg.SenderCompID, cfg.TargetCompID, cfg.Username, cfg.Password = desk, "SLIP", "me", "pw"
	cfg.Bound = 8 * time.Second
	return cfg
}

func TestRunPlaysAScriptToItsEnd(t *testing.T) {
	d := startDaemon(t, "PLAY")
	script, err := Parse([]byte(`
[[step]]
kind = "new"
cl_ord_id = "F1"
symbol = "AMZN"
side = "buy"
qty_shares = 300
ord_type = "limit"
price_decimal = "10.01"
algo = "is"
tactic = "taker"
urgency_milli = 1500
participation_ppm = 125000
start_after_ms = 10
end_after_ms = 60000

[[step]]
kind = "new"
cl_ord_id = "P2"
symbol = "AMZN"
side = "sell"
qty_shares = 500
ord_type = "market"
algo = "is"

[[step]]
kind = "new"
cl_ord_id = "R3"
symbol = "AMZN"
side = "buy"
qty_shares = 5
ord_type = "market"
algo = "vwap"

[[step]]
at_ms = 20
kind = "replace"
cl_ord_id = "P2b"
orig_cl_ord_id = "P2"
qty_shares = 400
ord_type = "market"

[[step]]
at_ms = 40
kind = "cancel"
cl_ord_id = "P2c"
orig_cl_ord_id = "P2b"

[[step]]
at_ms = 40
kind = "cancel"
cl_ord_id = "F1c"
orig_cl_ord_id = "F1"

[[step]]
kind = "new"
cl_ord_id = "X4"
symbol = "NOPE"
side = "buy"
qty_shares = 5
ord_type = "market"
algo = "vwap"

[[step]]
kind = "new"
cl_ord_id = "X5"
symbol = "AMZN"
side = "buy"
qty_shares = 5
ord_type = "limit"
algo = "vwap"
`))
	if err != nil {
		t.Fatal(err)
	}
	cfg := runConfig(d, "PLAY")
	cfg.ParamGroup = true
	res, err := Run(context.Background(), cfg, script)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Complete || len(res.Violations) != 0 {
		t.Errorf("complete %v, violations %q", res.Complete, res.Violations)
	}
	type end struct {
		status        string
		qty, cum      market.Qty
		avg           market.Price
		fills, refuse int
	}
	want := map[string]end{
		"F1": {"2", 300, 300, 10*market.PriceUnit + 1, 2, 1}, // (100*0 + 200*1)/300 rounds to 1
		"P2": {"4", 400, 100, 10 * market.PriceUnit, 1, 0},
		"R3": {"8", 5, 0, 0, 0, 0},
		"X4": {"8", 5, 0, 0, 0, 0},
		"X5": {"8", 5, 0, 0, 0, 0},
	}
	for _, p := range res.Parents {
		got := end{p.Status, p.Qty, p.CumQty, p.AvgPx, len(p.Fills), p.Refused}
		if got != want[p.ClOrdID] {
			t.Errorf("%s: %+v, want %+v", p.ClOrdID, got, want[p.ClOrdID])
		}
	}
	if p := res.Parents[1]; p.Replaces != 1 || p.Cancels != 1 || p.Current != "P2b" {
		t.Errorf("P2: %+v", p)
	}
	for _, part := range []string{"957=3|958=Tactic|959=14|960=taker|958=Urgency|959=6|960=1.50|958=ParticipationRate|959=11|960=0.125|"} {
		if !strings.Contains(res.Messages[0].Text, part) {
			t.Errorf("%s is missing in %s", part, res.Messages[0].Text)
		}
	}
	b, err := json.Marshal(res)
	if err != nil || !strings.Contains(string(b), `"px_e9":10000000001`) {
		t.Errorf("JSON: %v, %s", err, b)
	}
}

func TestRunEndsAtItsBound(t *testing.T) {
	d := startDaemon(t, "BOUND")
	cfg := runConfig(d, "BOUND")
	cfg.Bound = 300 * time.Millisecond
	res, err := Run(context.Background(), cfg, &Script{Steps: []Step{
		{Kind: New, ClOrdID: "P1", Symbol: "AMZN", Side: market.Buy, Qty: 200, OrdType: Market, Algo: market.TWAP},
		{Kind: Cancel, ClOrdID: "C1", Orig: "P1", At: time.Hour},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Complete || res.Parents[0].CumQty != 100 || res.Parents[0].LeavesQty != 100 {
		t.Errorf("complete %v, %+v", res.Complete, res.Parents[0])
	}
}

func TestRunWithoutADaemonSaysSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := DefaultConfig()
	cfg.Addr, cfg.SenderCompID, cfg.TargetCompID = l.Addr().String(), "NOBODY", "SLIP"
	cfg.LogonWait = 50 * time.Millisecond
	script := &Script{Steps: []Step{{Kind: New, ClOrdID: "P1", Symbol: "AMZN", Side: market.Buy, Qty: 1, OrdType: Market}}}
	if _, err := Run(context.Background(), cfg, script); !errors.Is(err, ErrNoLogon) {
		t.Errorf("error %v", err)
	}
	if _, err := Run(context.Background(), Config{}, &Script{}); err == nil || !strings.Contains(err.Error(), "no steps") {
		t.Errorf("an empty configuration gives %v", err)
	}
}

// A daemon that was away asks for what it missed: an old order must not come to
// life, a cancel must.
func TestOldOrdersAreNotResent(t *testing.T) {
	now := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	cfg := DefaultConfig()
	cfg.Now = func() time.Time { return now }
	step := Step{Kind: New, ClOrdID: "P1", Symbol: "AMZN", Side: market.Buy, Qty: 1, OrdType: Market}
	script := &Script{Steps: []Step{step}}
	for _, c := range []struct {
		name string
		kind Kind
		age  time.Duration
		want error
	}{
		{"a young order", New, cfg.ResendAge, nil},
		{"an old order", New, cfg.ResendAge + time.Millisecond, quickfix.ErrDoNotSend},
		{"an old replace", Replace, time.Hour, quickfix.ErrDoNotSend},
		{"an old cancel", Cancel, time.Hour, nil},
	} {
		cl := &client{cfg: cfg, script: script, ledger: NewLedger(), changed: make(chan struct{}, 1)}
		cl.ledger.Expect(step)
		cl.ledger.Sent(0, step)
		st := step
		st.Kind = c.kind
		m := cl.message(st, now.Add(-c.age))
		m.Header.SetBool(wire.TagPossDupFlag, true)
		if got := cl.ToApp(m, quickfix.SessionID{}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if c.want != nil && (cl.result.NotResent != 1 || !cl.ledger.parents[0].IsTerminal()) {
			t.Errorf("%s: not counted, or the parent stays open", c.name)
		}
	}
}
