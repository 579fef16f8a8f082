package engine

import (
	"testing"

	"slipstream/fix"
	"slipstream/fix/venue"
	"slipstream/internal/market"
)

// FuzzReports lets the venue report anything about two children of one parent, in any
// order: trades, busts and corrections of trades that were and were not, replaces,
// restatements, ends. Whatever it says, nothing panics, what the desk was told adds up to
// the parent's CumQty, and, while nothing is latched, engine and gate agree.
func FuzzReports(f *testing.F) {
	f.Add([]byte{0, 'F', '1', 30, 70, 30, 99, 1, 0, 0, 'H', '0', 0, 100, 30, 99, 2, 1})
	f.Add([]byte{0, 'F', '2', 100, 0, 100, 99, 1, 0, 0, 'H', '1', 60, 40, 40, 99, 2, 1, 0, 'F', '2', 100, 0, 40, 99, 3, 0})
	f.Add([]byte{1, 'F', '1', 50, 50, 20, 100, 2, 0, 1, 'H', '1', 20, 80, 30, 99, 3, 1, 1, 'G', '1', 25, 75, 25, 98, 4, 2})
	f.Add([]byte{0, 'I', '1', 30, 70, 0, 0, 0, 0, 0, 'I', '1', 10, 90, 0, 0, 0, 0, 0, 'I', '1', 10, 90, 0, 0, 0, 0})
	f.Add([]byte{2, 'D', '0', 0, 40, 0, 98, 1, 0, 4, '4', '4', 0, 0, 0, 0, 2, 0, 0, 'F', '4', 40, 0, 40, 99, 3, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		e := deskEngine(t)
		p := e.order("a", func(c *fix.Command) { c.OrderQty, c.StartNanos = 200, e.now+market.Second })
		k, i := e.child100(p)
		other, _ := e.child100(p)
		repl := e.replacing100(k, i)
		for ; len(b) >= 9; b = b[9:] {
			id := k.id
			switch b[0] % 4 {
			case 1:
				id = other.id
			case 2:
				id = repl
			case 3:
				id = 1 << 40
			}
			r := venue.ExecReport{
				ChildID: id, Known: true, ExecType: fix.ExecType(b[1]), OrdStatus: fix.OrdStatus(b[2]),
				CumQty: market.Qty(b[3]), HasCumQty: b[0]&16 == 0, LeavesQty: market.Qty(b[4]), HasLeavesQty: b[0]&32 == 0,
				LastQty: market.Qty(b[5]), LastPx: cents(int64(b[6]) + 9900), AvgPx: cents(int64(b[6]) + 9900), Price: cents(int64(b[6]) + 9900),
				ExecIDHash: uint64(b[7]), ExecRefHash: uint64(b[8]), OrderQty: market.Qty(b[4]) + market.Qty(b[3]),
				Symbol: e.cfg.Instruments[0].Symbol, Side: market.Buy,
			}
			if b[0]&64 != 0 {
				r.OrderQty = 0
			}
			e.onExecReport(&r)
			if e.posture&PostureUnknown == 0 {
				if err := e.Audit(); err != nil {
					t.Fatal(err)
				}
			}
			if got := toldSum(t, e); got != p.cum {
				t.Fatalf("the desk was told of %d shares, the parent has %d", got, p.cum)
			}
			if p.cum < 0 || p.open < 0 || k.cum < 0 || other.cum < 0 {
				t.Fatalf("cum %d, open %d, children's %d and %d", p.cum, p.open, k.cum, other.cum)
			}
			if len(e.fx.Reports) > cap(e.fx.Reports)-64 {
				return
			}
		}
	})
}

// toldSum adds up what the desk was told of each trade, by the last report about it.
func toldSum(t *testing.T, e *Engine) (sum market.Qty) {
	trades := map[uint64]market.Qty{}
	for i := range e.fx.Reports {
		r := &e.fx.Reports[i]
		switch r.ExecType {
		case fix.ExecTrade:
			trades[r.Serial] = r.LastQty
		case fix.ExecBust, fix.ExecCorrect:
			was, known := trades[r.ExecRef]
			if !known || r.ExecType == fix.ExecBust && was != r.LastQty {
				t.Fatalf("report %d takes %d back from trade %d, which has %d", r.Serial, r.LastQty, r.ExecRef, was)
			}
			delete(trades, r.ExecRef)
			trades[r.Serial] = r.LastQty
			if r.ExecType == fix.ExecBust {
				delete(trades, r.Serial)
			}
		}
	}
	for _, q := range trades {
		sum += q
	}
	return sum
}
