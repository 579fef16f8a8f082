package desk

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/fix"
	"slipstream/internal/market"
)

// testGateway is a Gateway without sockets, for what only maps messages.
func testGateway() *Gateway {
	cfg := testConfig()
	g := &Gateway{cfg: cfg, execPrefix: "G-", desks: make([]deskSession, 1), instruments: map[string]market.Instrument{}}
	for _, in := range cfg.Instruments {
		g.instruments[in.Symbol.String()] = in
	}
	g.desks[0].known = newKnownOrders(8)
	return g
}

func clOrdID(s string) fix.ClOrdID {
	id, ok := fix.MakeClOrdID(s)
	if s != "" && !ok {
		panic(s)
	}
	return id
}

// sampleReport is a partial fill of a limit TWAP.
func sampleReport() fix.Report {
	return fix.Report{
		Kind: fix.ExecReport, ExecType: fix.ExecTrade, OrdStatus: fix.StatusPartiallyFilled,
		OrdType: '2', LastLiq: '1', Algo: market.TWAP, Side: market.Buy, Serial: 42, ParentID: 7,
		OrderQty: 1000, CumQty: 300, LeavesQty: 700, LastQty: 100,
		Price: 223_450_000_000, LastPx: 223_440_000_000, AvgPx: 223_441_666_667,
		Nanos:   market.Nanos(time.Date(2026, 3, 2, 15, 0, 1, 234_567_891, time.UTC).UnixNano()),
		ClOrdID: clOrdID("P1"),
	}
}

func TestReportsBecomeWholeMessages(t *testing.T) {
	edit := func(f func(*fix.Report)) fix.Report {
		r := sampleReport()
		f(&r)
		return r
	}
	end := func(ty fix.ExecType, st fix.OrdStatus, why fix.Reason, orig string) fix.Report {
		return edit(func(r *fix.Report) {
			r.ExecType, r.OrdStatus, r.Reason, r.LeavesQty, r.LastLiq = ty, st, why, 0, 0
			if orig != "" {
				r.ClOrdID, r.OrigClOrdID = clOrdID("C1"), clOrdID(orig)
			}
		})
	}
	cases := []struct {
		name string
		r    fix.Report
	}{
		{"a new order", edit(func(r *fix.Report) {
			r.ExecType, r.OrdStatus, r.CumQty, r.LeavesQty, r.AvgPx = fix.ExecNew, fix.StatusNew, 0, 1000, 0
		})},
		{"a new market order", edit(func(r *fix.Report) {
			r.ExecType, r.OrdStatus, r.OrdType, r.Price = fix.ExecNew, fix.StatusNew, '1', 0
			r.CumQty, r.LeavesQty, r.AvgPx, r.Algo, r.Side = 0, 1000, 0, market.POV, market.Sell
		})},
		{"a fill that added liquidity", sampleReport()},
		{"the last fill, of liquidity unknown", edit(func(r *fix.Report) {
			r.OrdStatus, r.CumQty, r.LeavesQty, r.LastQty, r.LastLiq = fix.StatusFilled, 1000, 0, 700, 0
		})},
		{"a fill while a cancel is pending", edit(func(r *fix.Report) { r.OrdStatus = fix.StatusPendingCancel })},
		{"a rejected order, over a limit", edit(func(r *fix.Report) {
			r.ExecType, r.OrdStatus, r.Reason = fix.ExecRejected, fix.StatusRejected, fix.ReasonExceedsLimit
			r.CumQty, r.LeavesQty, r.AvgPx = 0, 0, 0
		})},
		{"a duplicate ClOrdID with the live order's status", edit(func(r *fix.Report) {
			r.ExecType, r.OrdStatus, r.Reason = fix.ExecRejected, fix.StatusPartiallyFilled, fix.ReasonDuplicateClOrdID
		})},
		{"a pending cancel", edit(func(r *fix.Report) {
			r.ExecType, r.OrdStatus = fix.ExecPendingCancel, fix.StatusPendingCancel
			r.ClOrdID, r.OrigClOrdID = clOrdID("C1"), clOrdID("P1")
		})},
		{"a cancel the desk asked for", end(fix.ExecCanceled, fix.StatusCanceled, fix.ReasonByDesk, "P1")},
		{"an unsolicited cancel by the venue", end(fix.ExecCanceled, fix.StatusCanceled, fix.ReasonVenueReject, "")},
		{"an unsolicited cancel at shutdown", end(fix.ExecCanceled, fix.StatusCanceled, fix.ReasonShutdown, "")},
		{"an order that ended with its time", end(fix.ExecExpired, fix.StatusExpired, fix.ReasonEndOfParent, "")},
		{"an order done for the day", end(fix.ExecDone, fix.StatusDoneForDay, fix.ReasonEndOfParent, "")},
		{"a replaced order", edit(func(r *fix.Report) {
			r.ExecType, r.ClOrdID, r.OrigClOrdID = fix.ExecReplaced, clOrdID("P2"), clOrdID("P1")
		})},
		{"a restated order", edit(func(r *fix.Report) { r.ExecType, r.Reason = fix.ExecRestated, fix.ReasonDenied })},
		{"a busted trade", edit(func(r *fix.Report) {
			r.ExecType, r.LastLiq, r.ExecRef, r.Reason = fix.ExecBust, 0, 41, fix.ReasonVenueRestated
		})},
		{"a corrected trade", edit(func(r *fix.Report) {
			r.ExecType, r.ExecRef, r.Reason = fix.ExecCorrect, 41, fix.ReasonVenueRestated
		})},
		{"an order that the venue restated", edit(func(r *fix.Report) { r.ExecType, r.Reason = fix.ExecRestated, fix.ReasonVenueRestated })},
		{"a replaced order that has not traded", edit(func(r *fix.Report) {
			r.ExecType, r.ClOrdID, r.OrigClOrdID, r.Replaced = fix.ExecReplaced, clOrdID("P2"), clOrdID("P1"), true
			r.OrdStatus, r.CumQty, r.LeavesQty, r.AvgPx = fix.StatusNew, 0, 1000, 0
		})},
		{"a status", edit(func(r *fix.Report) { r.ExecType = fix.ExecStatus })},
		{"a status that was asked for", edit(func(r *fix.Report) { r.ExecType, r.ResponseTo, r.ReqID = fix.ExecStatus, 'H', clOrdID("S1") })},
		{"a status of an unknown order", fix.Report{
			Kind: fix.ExecReport, ExecType: fix.ExecStatus, OrdStatus: fix.StatusRejected, Reason: fix.ReasonUnknownOrder, ResponseTo: 'H',
			Serial: 42, Side: market.Sell, ClOrdID: clOrdID("P9"), ReqID: clOrdID("S1"), Nanos: sampleReport().Nanos,
		}},
		{"the first of two statuses", edit(func(r *fix.Report) {
			r.ExecType, r.ResponseTo, r.ReqID, r.Count, r.Left = fix.ExecStatus, 'A', clOrdID("S1"), 2, 1
		})},
		{"the last of two statuses", edit(func(r *fix.Report) {
			r.ExecType, r.ResponseTo, r.ReqID, r.Count = fix.ExecStatus, 'A', clOrdID("S1"), 2
		})},
		{"a mass status of nothing", fix.Report{
			Kind: fix.ExecReport, ExecType: fix.ExecStatus, OrdStatus: fix.StatusRejected, Reason: fix.ReasonUnknownOrder, ResponseTo: 'A',
			Serial: 42, Instrument: market.NoInstrument, ReqID: clOrdID("S1"), Nanos: sampleReport().Nanos,
		}},
		{"a mass cancel of all", fix.Report{
			Kind: fix.MassCancelReport, Serial: 42, Instrument: market.NoInstrument, Count: 3, Left: 1, ClOrdID: clOrdID("M1"), Nanos: sampleReport().Nanos,
		}},
		{"a mass cancel of one side of a symbol", fix.Report{
			Kind: fix.MassCancelReport, Serial: 42, Side: market.Sell, ClOrdID: clOrdID("M1"), Nanos: sampleReport().Nanos,
		}},
		{"a cancel of an unknown order", fix.Report{
			Kind: fix.CancelReject, OrdStatus: fix.StatusNew, Reason: fix.ReasonUnknownOrder, ResponseTo: '1',
			ParentID: 7, ClOrdID: clOrdID("C1"), OrigClOrdID: clOrdID("P9"), Nanos: sampleReport().Nanos,
		}},
		{"a cancel that is too late", fix.Report{
			Kind: fix.CancelReject, OrdStatus: fix.StatusFilled, Reason: fix.ReasonTooLateToCancel, ResponseTo: '1',
			ParentID: 7, ClOrdID: clOrdID("C1"), OrigClOrdID: clOrdID("P1"), Nanos: sampleReport().Nanos,
		}},
		{"a replace while a change is pending", fix.Report{
			Kind: fix.CancelReject, OrdStatus: fix.StatusPendingReplace, Reason: fix.ReasonPending, ResponseTo: '2',
			ParentID: 7, ClOrdID: clOrdID("P3"), OrigClOrdID: clOrdID("P1"), Nanos: sampleReport().Nanos,
		}},
		{"a replace that is not allowed", fix.Report{
			Kind: fix.CancelReject, OrdStatus: fix.StatusNew, Reason: fix.ReasonNotAllowed, ResponseTo: '2',
			ParentID: 7, ClOrdID: clOrdID("P3"), OrigClOrdID: clOrdID("P1"), Nanos: sampleReport().Nanos,
		}},
		{"a business reject", fix.Report{
			Kind: fix.BusinessReject, Reason: fix.ReasonNotReady, ResponseTo: '2', ClOrdID: clOrdID("P3"),
		}},
		{"a business reject that names the message", fix.Report{
			Kind: fix.BusinessReject, Reason: fix.ReasonNotAuthorized, ClOrdID: clOrdID("P3"), RefSeqNum: 17,
		}},
	}
	for v := range versionCount {
		own, stock := dictionaryFor(t, v), stockFor(t, v)
		for _, c := range cases {
			t.Run(v.String()+"/"+c.name, func(t *testing.T) {
				g := testGateway()
				g.cfg.LastMkt = "XNAS"
				if v == FIX42 && c.r.Kind == fix.MassCancelReport {
					t.Skip("FIX 4.2 has no mass requests")
				}
				d := g.message(dialect{Version: v}, &c.r, &echo{})
				if d.Message == nil {
					t.Fatal("no message")
				}
				d.Header.SetString(8, v.BeginString()).SetString(34, "2").SetString(49, "GATE").
					SetString(52, "20260302-15:00:00.000").SetString(56, "DESK")
				raw := d.String()
				own.check(t, raw)
				stock.check(t, raw)
				golden(t, filepath.Join("testdata", "TestReports", goldenDir(v), goldenFile(c.name)), c.name, show([]byte(raw)))
			})
		}
	}
}

// A desk that reads by the standard's dictionary answers an unknown tag or value by a
// Reject, and loses the report: what its version does not have comes back on request only.
func TestReportsEchoWhatTheOrderCarriedAndTheDialectHas(t *testing.T) {
	carried := "1=ACC|15=USD|59=6|100=XNAS|126=20260302-16:00:00|168=20260302-15:00:00|848=Urgency=1.5|849=0.1|7001=taker|7002=1.5|" +
		"847=1001|957=1|958=Tactic|959=14|960=taker|"
	all := strings.Split("1=ACC 15=USD 59=6 100=XNAS 126=20260302-16:00:00 168=20260302-15:00:00 848=Urgency=1.5 849=0.1 7001=taker 7002=1.5 "+
		"957=1|958=Tactic|959=14|960=taker 847=1001 847=1", " ")
	const common = "1=ACC 15=USD 59=6 126=20260302-16:00:00 168=20260302-15:00:00"
	for _, c := range []struct {
		name string
		v    dialect
		algo market.Algo
		want string
	}{
		{"4.2, which has no strategies", dialect{Version: FIX42}, market.VWAP, common},
		{"4.4, a strategy of its own", dialect{Version: FIX44}, market.VWAP, common + " 848=Urgency=1.5 849=0.1 847=1"},
		{"4.4, a strategy of ours", dialect{Version: FIX44}, market.IS, common + " 848=Urgency=1.5 849=0.1"},
		{"5.0SP2, a strategy of its own", dialect{Version: FIX50SP2}, market.VWAP, common + " 848=Urgency=1.5 849=0.1 957=1|958=Tactic|959=14|960=taker 847=1"},
		{"5.0SP2, a strategy of ours", dialect{Version: FIX50SP2}, market.IS, common + " 848=Urgency=1.5 849=0.1 957=1|958=Tactic|959=14|960=taker"},
		{"4.2 on request", dialect{FIX42, true}, market.IS, strings.Join(all[:12], " ")},
		{"4.4 on request", dialect{FIX44, true}, market.IS, strings.Join(all[:12], " ")},
		{"5.0SP2 on request", dialect{FIX50SP2, true}, market.IS, strings.Join(all[:12], " ")},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := testGateway()
			k := g.desks[0].known
			k.add(clOrdID("P1"), fix.ClOrdID{}, echoOf(parseFields([]byte(strings.ReplaceAll(carried, "|", "\x01")))), 0)
			k.add(clOrdID("P1"), fix.ClOrdID{}, echoOf(parseFields([]byte("1=DUPLICATE\x01"))), 0)
			r := sampleReport()
			r.Algo, r.ClOrdID, r.OrigClOrdID = c.algo, clOrdID("C1"), clOrdID("P1") // a cancel of P1
			d := g.execReport(c.v, &r, k.report(&r))
			d.Header.SetString(8, c.v.BeginString()).SetString(34, "2").SetString(49, "GATE").
				SetString(52, "20260302-15:00:00.000").SetString(56, "DESK")
			raw := d.String()
			for _, tag := range all {
				if want := strings.Contains(" "+c.want+" ", " "+tag+" "); strings.Contains(show([]byte(raw)), "|"+tag+"|") != want {
					t.Errorf("%s is there: %v, in %s", tag, !want, show([]byte(raw)))
				}
			}
			dictionaryFor(t, c.v.Version).check(t, raw)
			if !c.v.extended {
				stockFor(t, c.v.Version).check(t, raw)
			}
			if parent, status := k.find("P1"); parent != 7 || status != fix.StatusPartiallyFilled {
				t.Errorf("P1 is known as %d, %c", parent, status)
			}
		})
	}
}

func TestKnownOrdersForgetTheOldestFirst(t *testing.T) {
	k := newKnownOrders(2)
	for _, id := range []string{"A", "B", "C"} {
		k.report(&fix.Report{ClOrdID: clOrdID(id), ParentID: 1, OrdStatus: fix.StatusNew})
	}
	for id, want := range map[string]uint64{"A": 0, "B": 1, "C": 1} {
		if got, _ := k.find(id); got != want {
			t.Errorf("%s: OrderID %d, want %d", id, got, want)
		}
	}
	if len(k.byKey) != 2 {
		t.Errorf("%d entries, bound 2", len(k.byKey))
	}
}
