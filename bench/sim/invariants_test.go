package sim

import (
	"fmt"
	"testing"

	"slipstream/engine"
	"slipstream/feed/book"
	"slipstream/fix"
	"slipstream/internal/market"
)

// checkDesk replays the reports as a desk sees them and fails on the first one
// that breaks conservation or FIX 4.4's rules of a parent's life.
func checkDesk(t testing.TB, w *World) {
	t.Helper()
	type order struct {
		cum      market.Qty
		status   fix.OrdStatus
		notional float64
	}
	type trade struct {
		parent uint64
		qty    market.Qty
		px     market.Price
	}
	trades := map[uint64]trade{} // by the serial of the last report about it
	parents := map[uint64]*order{}
	serials := map[uint64]bool{}
	bad := func(r *fix.Report, format string, args ...any) {
		t.Helper()
		t.Fatalf("seed %d: parent %d, ExecType %c, OrdStatus %c: %s", w.cfg.Seed, r.ParentID, r.ExecType, r.OrdStatus, fmt.Sprintf(format, args...))
	}
	for i := range w.Reports {
		r := &w.Reports[i]
		if serials[r.Serial] {
			bad(r, "ExecID serial %d is used twice", r.Serial)
		}
		serials[r.Serial] = true
		if r.Kind != fix.ExecReport || r.ParentID == 0 || (r.ExecType == fix.ExecRejected) {
			continue
		}
		p := parents[r.ParentID]
		if p == nil {
			p = &order{}
			parents[r.ParentID] = p
		}
		changes := r.ExecType == fix.ExecBust || r.ExecType == fix.ExecCorrect
		if p.status.Terminal() && r.ExecType != fix.ExecStatus && !changes {
			bad(r, "a report after the terminal %c", p.status)
		}
		if changes {
			was, known := trades[r.ExecRef]
			if !known || was.parent != r.ParentID {
				bad(r, "ExecRef %d names no trade of the order", r.ExecRef)
			}
			if r.ExecType == fix.ExecBust && (r.LastQty != was.qty || r.LastPx != was.px) {
				bad(r, "%d at %d are taken back, the trade had %d at %d", r.LastQty, r.LastPx, was.qty, was.px)
			}
			delete(trades, r.ExecRef)
			p.cum -= was.qty
			p.notional -= float64(was.qty) * float64(was.px)
		}
		if r.ExecType == fix.ExecTrade || r.ExecType == fix.ExecCorrect {
			p.cum += r.LastQty
			p.notional += float64(r.LastQty) * float64(r.LastPx)
			if r.LastQty <= 0 || r.LastPx <= 0 {
				bad(r, "LastQty %d at LastPx %d", r.LastQty, r.LastPx)
			}
			trades[r.Serial] = trade{r.ParentID, r.LastQty, r.LastPx}
		}
		if r.CumQty != p.cum {
			bad(r, "CumQty %d, but the fills sum to %d", r.CumQty, p.cum)
		}
		if r.CumQty > r.OrderQty {
			bad(r, "CumQty %d is above OrderQty %d", r.CumQty, r.OrderQty)
		}
		want := r.OrderQty - r.CumQty
		if r.OrdStatus.Terminal() {
			want = 0
		}
		if r.LeavesQty != want {
			bad(r, "LeavesQty %d, want %d", r.LeavesQty, want)
		}
		if p.cum > 0 {
			if avg := p.notional / float64(p.cum); avg-float64(r.AvgPx) > 1 || float64(r.AvgPx)-avg > 1 {
				bad(r, "AvgPx %d, but the fills average %.1f", r.AvgPx, avg)
			}
		}
		p.status = r.OrdStatus
	}
}

// checkEnd holds what must be true when a World has settled.
func checkEnd(t testing.TB, w *World) {
	t.Helper()
	s := w.Engine.Stats()
	switch {
	case s.Overfill != 0:
		t.Fatalf("seed %d: overfill %d", w.cfg.Seed, s.Overfill)
	case s.UnknownReports != 0:
		t.Fatalf("seed %d: %d reports for unknown orders", w.cfg.Seed, s.UnknownReports)
	case s.ReportsLost != 0 || s.EventsDropped != 0:
		t.Fatalf("seed %d: %d reports and %d events lost", w.cfg.Seed, s.ReportsLost, s.EventsDropped)
	case w.Peer.Duplicates != 0:
		t.Fatalf("seed %d: %d orders reached the venue twice", w.cfg.Seed, w.Peer.Duplicates)
	}
	checkBooks(t, w)
	checkVenueFills(t, w)
}

// checkBooks: the daemon's books equal the exchange's, order by order.
func checkBooks(t testing.TB, w *World) {
	t.Helper()
	for i := range w.cfg.Exchange.Instruments {
		id := market.InstrumentID(i)
		for _, side := range []market.Side{market.Buy, market.Sell} {
			want := exchangeOrders(w, id, side)
			got := daemonOrders(w.Engine, id, side)
			if len(want) != len(got) {
				t.Fatalf("seed %d: %s %s: the daemon has %d orders, the exchange %d", w.cfg.Seed, w.cfg.Exchange.Instruments[i].Symbol, side, len(got), len(want))
			}
			for k := range want {
				if want[k] != got[k] {
					t.Fatalf("seed %d: %s %s order %d: the daemon has %v, the exchange %v", w.cfg.Seed, w.cfg.Exchange.Instruments[i].Symbol, side, k, got[k], want[k])
				}
			}
		}
	}
}

type bookOrder struct {
	ref   uint64
	price market.Price
	qty   market.Qty
}

func daemonOrders(e *engine.Engine, id market.InstrumentID, side market.Side) (out []bookOrder) {
	e.Books().Each(id, side, func(o book.Order) bool {
		out = append(out, bookOrder{o.Ref, o.Price, o.Qty})
		return true
	})
	return out
}

func exchangeOrders(w *World, id market.InstrumentID, side market.Side) (out []bookOrder) {
	w.Market.EachOrder(id, side, func(ref uint64, price, qty, _ uint32) {
		out = append(out, bookOrder{ref, market.Price(price) * market.ITCHUnit, market.Qty(qty)})
	})
	return out
}

// checkVenueFills: what the desk was told equals what the exchange traded for us.
func checkVenueFills(t testing.TB, w *World) {
	t.Helper()
	told := market.Qty(0)
	for _, p := range toldOf(w) {
		told += p.CumQty
	}
	if told != w.Traded {
		t.Fatalf("seed %d: the desk was told of %d shares, the exchange traded %d for us", w.cfg.Seed, told, w.Traded)
	}
}

// toldOf is the last report of each parent.
func toldOf(w *World) map[uint64]*fix.Report {
	out := map[uint64]*fix.Report{}
	for i := range w.Reports {
		if r := &w.Reports[i]; r.Kind == fix.ExecReport && r.ParentID != 0 && r.ExecType != fix.ExecRejected {
			out[r.ParentID] = r
		}
	}
	return out
}
