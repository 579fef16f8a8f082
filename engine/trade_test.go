package engine

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/internal/market"
)

// venueSays is one ExecutionReport of the venue about the child at hand; only what a case
// is about is given.
type venueSays struct {
	id, ref     uint64 // ExecID(17), ExecRefID(19); 0 = missing
	exec        fix.ExecType
	status      fix.OrdStatus
	cum, leaves market.Qty
	qty         market.Qty // LastQty(32)
	px, avg     int64      // LastPx(31), AvgPx(6), cents
	unknown     bool       // of another order than ours
}

func (v *venueSays) report(c *child, symbol market.Symbol) venue.ExecReport {
	r := venue.ExecReport{
		ChildID: c.id, Known: true, ExecType: v.exec, OrdStatus: v.status, ExecIDHash: v.id, ExecRefHash: v.ref,
		CumQty: v.cum, HasCumQty: true, LeavesQty: v.leaves, HasLeavesQty: true, LastQty: v.qty, LastPx: cents(v.px), AvgPx: cents(v.avg),
		Symbol: symbol, Side: market.Buy,
	}
	if v.unknown {
		r.ChildID += 1 << 40
	}
	return r
}

// told is what the desk heard, one line for each report after the order's acceptance; an
// ExecRef is written as the number of the report that it names.
func told(e *Engine) string {
	var lines []string
	first := e.fx.Reports[0].Serial
	for i := range e.fx.Reports[1:] {
		r := &e.fx.Reports[i+1]
		line := fmt.Sprintf("%d: 150=%c 39=%c 14=%d 151=%d 6=%d", r.Serial-first, r.ExecType, r.OrdStatus, r.CumQty, r.LeavesQty, r.AvgPx/cents(1))
		if r.LastQty != 0 {
			line += fmt.Sprintf(" 32=%d 31=%d", r.LastQty, r.LastPx/cents(1))
		}
		if r.ExecRef != 0 {
			line += fmt.Sprintf(" 19=%d", r.ExecRef-first)
		}
		if r.Reason != fix.ReasonNone {
			line += " " + r.Reason.String()
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

const (
	fNew, fTrade, fBust, fFix = fix.ExecNew, fix.ExecTrade, fix.ExecBust, fix.ExecCorrect
	part, filled, canceled    = fix.StatusPartiallyFilled, fix.StatusFilled, fix.StatusCanceled
)

// TestTradesTakenBack gives a parent of 100 with one child of 100 trades, busts and
// corrections. Child, parent, gate and desk must agree after each.
func TestTradesTakenBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		venue   []venueSays
		told    string
		cum     market.Qty // of the parent, and the position
		open    market.Qty
		posture Posture
	}{
		{
			name: "a bust of the only trade leaves the order as new",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, cum: 0, leaves: 100, qty: 30, px: 9999},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue`,
			open: 100,
		},
		{
			name: "a bust of one trade of two leaves the price of the other",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9990},
				{id: 2, exec: fTrade, status: part, cum: 50, leaves: 50, qty: 20, px: 10000},
				{id: 3, ref: 1, exec: fBust, status: part, cum: 20, leaves: 80},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9990 32=30 31=9990
2: 150=F 39=1 14=50 151=50 6=9994 32=20 31=10000
3: 150=H 39=1 14=20 151=80 6=10000 32=30 31=9990 19=1 changed by the venue`,
			cum: 20, open: 80,
		},
		{
			name: "a bust that comes twice counts once, by its ExecID and by the trade it names",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30},
				{id: 3, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue`,
			open: 100,
		},
		{
			name: "a trade that is reported again after its bust is not booked again",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30},
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue`,
			open: 100,
		},
		{
			name: "a correction of quantity and price, then its bust, named by either report",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fFix, status: part, cum: 20, leaves: 80, qty: 20, px: 9995},
				{id: 3, ref: 2, exec: fFix, status: part, cum: 25, leaves: 75, qty: 25, px: 9995},
				{id: 4, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 25},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=G 39=1 14=20 151=80 6=9995 32=20 31=9995 19=1 changed by the venue
3: 150=G 39=1 14=25 151=75 6=9995 32=25 31=9995 19=2 changed by the venue
4: 150=H 39=0 14=0 151=100 6=0 32=25 31=9995 19=3 changed by the venue`,
			open: 100,
		},
		{
			name: "a correction of the price alone may leave the quantity out",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fFix, status: part, cum: 30, leaves: 70, px: 9990},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=G 39=1 14=30 151=70 6=9990 32=30 31=9990 19=1 changed by the venue`,
			cum: 30, open: 70,
		},
		{
			name: "a correction to a price beyond the order's limit stops everything",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fFix, status: part, cum: 30, leaves: 70, qty: 30, px: 10002},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=G 39=1 14=30 151=70 6=10002 32=30 31=10002 19=1 changed by the venue`,
			cum: 30, open: 70, posture: PostureUnknown,
		},
		{
			name: "a bust after the venue canceled the rest: the child stays ended",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, exec: fix.ExecCanceled, status: canceled, cum: 30},
				{id: 3, ref: 1, exec: fBust, status: canceled},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue`,
		},
		{
			name: "a bust that the venue does not put back into the order",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 70, qty: 30},
				{id: 3, exec: fTrade, status: part, cum: 10, leaves: 60, qty: 10, px: 9999},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue
3: 150=F 39=1 14=10 151=90 6=9999 32=10 31=9999`,
			cum: 10, open: 60,
		},
		{
			name: "a filled order loses a trade: it is open for a moment, and its balance is canceled",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, exec: fTrade, status: filled, cum: 100, qty: 70, px: 9999},
				{id: 3, ref: 1, exec: fBust, status: canceled, cum: 70, qty: 30},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=F 39=2 14=100 151=0 6=9999 32=70 31=9999
3: 150=H 39=1 14=70 151=30 6=9999 32=30 31=9999 19=1 changed by the venue
4: 150=4 39=4 14=70 151=0 6=9999 changed by the venue`,
			cum: 70,
		},
		{
			name: "a filled order loses both of its trades",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, exec: fTrade, status: filled, cum: 100, qty: 70, px: 9999},
				{id: 3, ref: 2, exec: fBust, status: canceled, cum: 30, qty: 70},
				{id: 4, ref: 1, exec: fBust, status: canceled, qty: 30},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=F 39=2 14=100 151=0 6=9999 32=70 31=9999
3: 150=H 39=1 14=30 151=70 6=9999 32=70 31=9999 19=2 changed by the venue
4: 150=4 39=4 14=30 151=0 6=9999 changed by the venue
5: 150=H 39=4 14=0 151=0 6=0 32=30 31=9999 19=1 changed by the venue`,
		},
		{
			name: "a filled order whose price is corrected stays filled",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: filled, cum: 100, qty: 100, px: 9999},
				{id: 2, ref: 1, exec: fFix, status: filled, cum: 100, qty: 100, px: 9998},
			},
			told: `
1: 150=F 39=2 14=100 151=0 6=9999 32=100 31=9999
2: 150=G 39=2 14=100 151=0 6=9998 32=100 31=9998 19=1 changed by the venue`,
			cum: 100,
		},
		{
			name: "a fill of a finished order is put back to work by the venue: nobody answers for it",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: filled, cum: 100, qty: 100, px: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 100},
			},
			told: `
1: 150=F 39=2 14=100 151=0 6=9999 32=100 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=100 31=9999 19=1 changed by the venue
3: 150=4 39=4 14=0 151=0 6=0 changed by the venue`,
			posture: PostureUnknown,
		},
		{
			name: "trades that a report did not tell are a fill of their own",
			venue: []venueSays{
				{id: 2, exec: fTrade, status: part, cum: 50, leaves: 50, qty: 20, px: 10000, avg: 9994},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9990 32=30 31=9990
2: 150=F 39=1 14=50 151=50 6=9994 32=20 31=10000`,
			cum: 50, open: 50,
		},
		{
			name: "a bust of a trade that was told by CumQty alone",
			venue: []venueSays{
				{id: 2, exec: fTrade, status: part, cum: 50, leaves: 50, qty: 20, px: 10000, avg: 9994},
				{id: 3, ref: 1, exec: fBust, status: part, cum: 20, leaves: 80, qty: 30, px: 9990},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9990 32=30 31=9990
2: 150=F 39=1 14=50 151=50 6=9994 32=20 31=10000
3: 150=H 39=1 14=20 151=80 6=10000 32=30 31=9990 19=1 changed by the venue`,
			cum: 20, open: 80,
		},
		{
			name: "a bust of one of two trades that were told by CumQty alone lowers that fill",
			venue: []venueSays{
				{id: 3, exec: fTrade, status: part, cum: 50, leaves: 50, qty: 20, px: 10000, avg: 9994},
				{id: 4, ref: 1, exec: fBust, status: part, cum: 40, leaves: 60, qty: 10, px: 9990},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9990 32=30 31=9990
2: 150=F 39=1 14=50 151=50 6=9994 32=20 31=10000
3: 150=G 39=1 14=40 151=60 6=9995 32=20 31=9990 19=1 changed by the venue`,
			cum: 40, open: 60,
		},
		{
			name: "a bust of a trade of which a status answer had told a part",
			venue: []venueSays{
				{exec: fix.ExecStatus, status: part, cum: 10, leaves: 90, avg: 9999},
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999, avg: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30},
			},
			told: `
1: 150=F 39=1 14=10 151=90 6=9999 32=10 31=9999
2: 150=F 39=1 14=30 151=70 6=9999 32=20 31=9999
3: 150=H 39=1 14=10 151=90 6=9999 32=20 31=9999 19=2 changed by the venue
4: 150=H 39=0 14=0 151=100 6=0 32=10 31=9999 19=1 changed by the venue`,
			open: 100,
		},
		{
			name: "a bust of a trade that a status answer had told in full, and the trade once more",
			venue: []venueSays{
				{exec: fix.ExecStatus, status: part, cum: 30, leaves: 70, avg: 9999},
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999, avg: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 30},
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999, avg: 9999},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue`,
			open: 100,
		},
		{
			name: "a bust whose CumQty tells of a trade besides",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999, avg: 9999},
				{id: 3, ref: 1, exec: fBust, status: part, cum: 20, leaves: 80, qty: 30, avg: 9998},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue
3: 150=F 39=1 14=20 151=80 6=9998 32=20 31=9998`,
			cum: 20, open: 80,
		},
		{
			name: "a bust of an unknown trade of a known order: the newest fills go, and a person must look",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, exec: fTrade, status: part, cum: 50, leaves: 50, qty: 20, px: 9999},
				{id: 4, ref: 3, exec: fBust, status: part, cum: 25, leaves: 75, qty: 25},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=F 39=1 14=50 151=50 6=9999 32=20 31=9999
3: 150=H 39=1 14=30 151=70 6=9999 32=20 31=9999 19=2 changed by the venue
4: 150=G 39=1 14=25 151=75 6=9999 32=25 31=9999 19=1 changed by the venue`,
			cum: 25, open: 75, posture: PostureUnknown,
		},
		{
			name: "a bust under the name of another order than the trade's",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 9, exec: fBust, status: fix.StatusNew, qty: 30, unknown: true},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999`,
			cum: 30, open: 70, posture: PostureUnknown,
		},
		{
			name: "a bust that names the trade, under a ClOrdID that is not ours",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, qty: 30, unknown: true},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=H 39=0 14=0 151=100 6=0 32=30 31=9999 19=1 changed by the venue`,
			open: 100,
		},
		{
			name: "a correction to less than a status answer had told before the trade",
			venue: []venueSays{
				{exec: fix.ExecStatus, status: part, cum: 20, leaves: 80, avg: 9999},
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999, avg: 9999},
				{id: 2, ref: 1, exec: fFix, status: part, cum: 5, leaves: 95, qty: 5, px: 9999},
			},
			told: `
1: 150=F 39=1 14=20 151=80 6=9999 32=20 31=9999
2: 150=F 39=1 14=30 151=70 6=9999 32=10 31=9999
3: 150=H 39=1 14=20 151=80 6=9999 32=10 31=9999 19=2 changed by the venue
4: 150=G 39=1 14=5 151=95 6=9999 32=5 31=9999 19=1 changed by the venue`,
			cum: 5, open: 95,
		},
		{
			name: "an ExecID that the venue gives to two trades of an order loses none",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 1, exec: fTrade, status: part, cum: 60, leaves: 40, qty: 30, px: 9999},
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 1, exec: fTrade, status: filled, cum: 100, qty: 40, px: 9999},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=F 39=1 14=60 151=40 6=9999 32=30 31=9999
3: 150=F 39=2 14=100 151=0 6=9999 32=40 31=9999`,
			cum: 100,
		},
		{
			name: "a bust of an ended order whose CumQty tells of another bust: a person must look",
			venue: []venueSays{
				{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999},
				{id: 2, exec: fix.ExecCanceled, status: canceled, cum: 30},
				{id: 3, exec: fTrade, status: canceled, cum: 50, qty: 20, px: 9999},
				{id: 4, ref: 3, exec: fBust, status: canceled, qty: 20},
			},
			told: `
1: 150=F 39=1 14=30 151=70 6=9999 32=30 31=9999
2: 150=F 39=1 14=50 151=50 6=9999 32=20 31=9999
3: 150=H 39=1 14=30 151=70 6=9999 32=20 31=9999 19=2 changed by the venue`,
			cum: 30, posture: PostureUnknown,
		},
		{
			name: "a late fill of an order whose end was reported counts",
			venue: []venueSays{
				{id: 1, exec: fix.ExecCanceled, status: canceled},
				{id: 2, exec: fTrade, status: canceled, cum: 40, qty: 40, px: 9999},
			},
			told: `
1: 150=F 39=1 14=40 151=60 6=9999 32=40 31=9999`,
			cum: 40,
		},
		{
			name: "a late fill of an order that the venue had denied is suspect",
			venue: []venueSays{
				{exec: fix.ExecStatus, status: fix.StatusRejected},
				{id: 2, exec: fTrade, status: filled, cum: 100, qty: 100, px: 9999},
			},
			told: `
1: 150=F 39=2 14=100 151=0 6=9999 32=100 31=9999`,
			cum: 100, posture: PostureUnknown,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := deskEngine(t)
			p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
			k, _ := e.child100(p)
			for i := range c.venue {
				r := c.venue[i].report(k, e.cfg.Instruments[0].Symbol)
				e.onExecReport(&r)
				if c.posture == 0 {
					if err := e.Audit(); err != nil {
						t.Fatalf("after report %d: %v", i+1, err)
					}
				}
			}
			if e.unsure == 0 {
				e.askStatus()
			}
			if got := told(e); got != strings.TrimSpace(c.told) {
				t.Errorf("the desk heard\n%s\nwant\n%s", got, strings.TrimSpace(c.told))
			}
			if p.cum != c.cum || p.open != c.open || e.posture != c.posture {
				t.Errorf("cum %d, open %d, posture %s; want %d, %d, %s", p.cum, p.open, e.posture, c.cum, c.open, c.posture)
			}
			if position, _, _ := e.Exposure(0); position != c.cum {
				t.Errorf("position %d at the gate, want %d", position, c.cum)
			}
		})
	}
}

// TestABustReopensAnOrder: the venue puts a busted trade back into an order that had
// ended. It counts as open until it is canceled, so the parent cannot be overfilled.
func TestABustReopensAnOrder(t *testing.T) {
	e := deskEngine(t)
	logOn(t, e)
	p := e.order("a", func(c *fix.Command) { c.OrderQty, c.StartNanos = 300, e.now+market.Second })
	c, i := e.child100(p)
	say := func(v venueSays) {
		r := v.report(c, e.cfg.Instruments[0].Symbol)
		e.onExecReport(&r)
		if err := e.Audit(); err != nil {
			t.Fatal(err)
		}
	}
	say(venueSays{id: 1, exec: fTrade, status: filled, cum: 100, qty: 100, px: 9999})
	if c.state != childClosed || p.open != 0 {
		t.Fatalf("state %d, open %d after the fill", c.state, p.open)
	}
	n := e.children.n
	say(venueSays{id: 2, ref: 1, exec: fBust, status: fix.StatusNew, leaves: 100, qty: 100})
	if c.state != childPendingCancel || p.open != 100 || p.cum != 0 || e.children.n != n-1 || e.posture&PostureUnknown != 0 {
		t.Fatalf("state %d, open %d, cum %d, %d slots free of %d, posture %s: want it open and being canceled", c.state, p.open, p.cum, e.children.n, n, e.posture)
	}
	say(venueSays{id: 3, exec: fTrade, status: fix.StatusPendingCancel, cum: 40, leaves: 60, qty: 40, px: 9999})
	say(venueSays{id: 4, exec: fix.ExecCanceled, status: canceled, cum: 40})
	if c.state != childClosed || p.open != 0 || p.cum != 40 || e.children.n != n {
		t.Errorf("state %d, open %d, cum %d, %d slots free after its end", c.state, p.open, p.cum, e.children.n)
	}
	if got := e.children.find(c.id); got != i {
		t.Errorf("found at %d, is at %d", got, i)
	}
}

// TestALostBustIsAskedForTwice: an answer to a status request that counts less than we do
// may be an old one; only when it is said again are the fills taken back.
func TestALostBustIsAskedForTwice(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []market.Qty
		cum     market.Qty
		posture Posture
	}{
		{"an old answer, then the present one", []market.Qty{10, 30}, 30, 0},
		{"the same answer twice", []market.Qty{10, 10}, 10, PostureUnknown},
		{"two answers that differ, then the present one", []market.Qty{10, 20, 30}, 30, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := deskEngine(t)
			p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
			k, _ := e.child100(p)
			r := (&venueSays{id: 1, exec: fTrade, status: part, cum: 30, leaves: 70, qty: 30, px: 9999}).report(k, e.cfg.Instruments[0].Symbol)
			e.onExecReport(&r)
			e.needStatus(k)
			for n, cum := range c.answers {
				if !k.ask {
					t.Fatalf("not asked again before answer %d", n+1)
				}
				r := (&venueSays{exec: fix.ExecStatus, status: part, cum: cum, leaves: 100 - cum}).report(k, e.cfg.Instruments[0].Symbol)
				e.onExecReport(&r)
			}
			if k.ask || p.cum != c.cum || e.posture != c.posture {
				t.Errorf("asked %v, cum %d, posture %s; want cum %d, posture %s", k.ask, p.cum, e.posture, c.cum, c.posture)
			}
			if err := e.Audit(); err != nil && c.posture == 0 {
				t.Error(err)
			}
		})
	}
}

// TestAnOrderThatFillsWhileItIsCanceled: the cancel of its own is refused (B.1.c); a mass
// cancel has none, so the fill itself must say that the order has ended.
func TestAnOrderThatFillsWhileItIsCanceled(t *testing.T) {
	for _, c := range []struct {
		name   string
		cancel fix.Command
		fill   fix.OrdStatus
		last   fix.ReportKind
	}{
		{"by its own cancel", fix.Command{Kind: fix.CancelParent, ClOrdID: clOrdID("c"), OrigClOrdID: clOrdID("a"), Side: market.Buy}, fix.StatusPendingCancel, fix.CancelReject},
		{"by a mass cancel", fix.Command{Kind: fix.MassCancel, ClOrdID: clOrdID("m"), Instrument: market.NoInstrument}, filled, fix.ExecReport},
	} {
		e := deskEngine(t)
		p := e.order("a", func(c *fix.Command) { c.StartNanos = e.now + market.Second })
		k, _ := e.child100(p)
		e.onCommand(&c.cancel)
		r := (&venueSays{id: 1, exec: fTrade, status: filled, cum: 100, qty: 100, px: 9999}).report(k, e.cfg.Instruments[0].Symbol)
		e.onExecReport(&r)
		var trade fix.Report
		for i := range e.fx.Reports {
			if e.fx.Reports[i].ExecType == fTrade {
				trade = e.fx.Reports[i]
			}
		}
		if end := e.lastReport(); trade.OrdStatus != c.fill || trade.LeavesQty != 0 || end.Kind != c.last || end.OrdStatus != filled || p.phase != done {
			t.Errorf("%s: the fill says 39=%c, the last report is of kind %d with 39=%c", c.name, trade.OrdStatus, end.Kind, end.OrdStatus)
		}
	}
}
