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
		dict := dictionaryFor(t, v)
		for _, c := range cases {
			t.Run(v.String()+"/"+c.name, func(t *testing.T) {
				g := testGateway()
				g.cfg.LastMkt = "XNAS"
				if v == FIX42 && c.r.Kind == fix.MassCancelReport {
					t.Skip("FIX 4.2 has no mass requests")
				}
				d := g.message(v, &c.r, &echo{strategy: true})
				if d.Message == nil {
					t.Fatal("no message")
				}
				d.Header.SetString(8, v.BeginString()).SetString(34, "2").SetString(49, "GATE").
					SetString(52, "20260302-15:00:00.000").SetString(56, "DESK")
				raw := d.String()
				dict.check(t, raw)
				golden(t, filepath.Join("testdata", "TestReports", goldenDir(v), goldenFile(c.name)), c.name, show([]byte(raw)))
			})
		}
	}
}

func TestReportsEchoWhatTheOrderCarried(t *testing.T) {
	g := testGateway()
	m := parseFields([]byte(strings.ReplaceAll(
		acc+"59=0|15=USD|848=Urgency=1.5|847=1000|849=0.1|7001=taker|957=1|958=Tactic|959=14|960=taker|", "|", "\x01")))
	g.desks[0].known.add(clOrdID("P1"), echoOf(m))
	g.desks[0].known.add(clOrdID("P1"), echoOf(parseFields([]byte("1=DUPLICATE\x01"))))
	r := sampleReport()
	r.ClOrdID, r.OrigClOrdID = clOrdID("C1"), clOrdID("P1") // a cancel of P1
	raw := show([]byte(g.execReport(FIX44, &r, g.desks[0].known.report(&r)).String()))
	for _, want := range []string{
		"|1=ACC|", "|15=USD|", "|59=0|", "|848=Urgency=1.5|", "|849=0.1|", "|7001=taker|",
		"|957=1|958=Tactic|959=14|960=taker|", "|847=1000|", "|41=P1|",
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
	if parent, status := g.desks[0].known.find("P1"); parent != 7 || status != fix.StatusPartiallyFilled {
		t.Errorf("P1 is known as %d, %c", parent, status)
	}
}

// A QuickFIX desk with the standard's dictionary answers an unknown tag or value by a
// Reject, and loses the report.
func TestTheStrategyIsNamedWhereTheDesksDictionaryHasIt(t *testing.T) {
	with, without := "847=1000|", "59=0|"
	for _, c := range []struct {
		name     string
		v        Version
		algo     market.Algo
		d, g     string // what the order carried, and its replace; "" = none
		expected bool
	}{
		{"a standard value", FIX44, market.VWAP, without, "", true},
		{"a standard value, 5.0SP2", FIX50SP2, market.POV, without, "", true},
		{"no such tag in 4.2", FIX42, market.VWAP, without, "", false},
		{"a value of ours, of the default algorithm", FIX44, market.TWAP, without, "", false},
		{"a value of ours, 5.0SP2", FIX50SP2, market.TWAP, without, "", false},
		{"a desk of 4.2 that uses the tag", FIX42, market.TWAP, with, "", true},
		{"a value of ours that the desk uses", FIX44, market.TWAP, with, "", true},
		{"a replace that leaves it out", FIX44, market.TWAP, with, without, true},
		{"a replace of an order without it", FIX42, market.TWAP, without, without, false},
	} {
		k := newKnownOrders(8)
		fieldsOf := func(s string) fields { return parseFields([]byte(strings.ReplaceAll(s, "|", "\x01"))) }
		k.add(clOrdID("P1"), echoOf(fieldsOf(c.d)))
		r := sampleReport()
		r.Algo = c.algo
		if c.g != "" {
			k.add(clOrdID("P2"), echoOf(fieldsOf(c.g)))
			r.ExecType, r.ClOrdID, r.OrigClOrdID = fix.ExecReplaced, clOrdID("P2"), clOrdID("P1")
			k.report(&r)
			r.ExecType, r.OrigClOrdID = fix.ExecTrade, fix.ClOrdID{}
		}
		raw := show([]byte(testGateway().execReport(c.v, &r, k.report(&r)).String()))
		if got := strings.Contains(raw, "|847="); got != c.expected {
			t.Errorf("%s: 847 is there: %v, want %v: %s", c.name, got, c.expected, raw)
		}
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
