package venue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"slipstream/fix"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// decode parses a body written with '|' and decodes it as an ExecutionReport.
func decode(t testing.TB, body string) (ExecReport, wire.Fault) {
	t.Helper()
	m, fault := parse(frame(body))
	if fault != wire.FaultNone {
		t.Fatalf("the test's message is bad: %v", fault)
	}
	var r ExecReport
	fault = DecodeExecReport(m, &r)
	return r, fault
}

func TestDecodeExecReport(t *testing.T) {
	got, fault := decode(t, execReport)
	want := ExecReport{
		ChildID: limitOrder.Child, Known: true, HasCumQty: true, HasLeavesQty: true, ExecType: fix.ExecTrade, OrdStatus: fix.StatusPartiallyFilled,
		Side: market.Buy, LastLiq: 1, Symbol: market.MakeSymbol("AMZN"), VenueOrderID: 987654321, ExecIDHash: hash([]byte("E100200")),
		OrderQty: 500, CumQty: 300, LeavesQty: 200, LastQty: 100, Price: 187_250000000, LastPx: 187_250000000,
		AvgPx: 187_246666666, TransactNanos: testNow - testNow%market.Second + 123_401_000,
		ClOrdID: []byte("S2611030001100000042"), OrderID: []byte("987654321"), ExecID: []byte("E100200"),
	}
	if diff := cmp.Diff(want, got); diff != "" || fault != wire.FaultNone {
		t.Errorf("fault %v, (-want +got):\n%s", fault, diff)
	}
}

// TestAFillIsNeverLost: what is wrong with one field does not hide the fill.
func TestAFillIsNeverLost(t *testing.T) {
	const fill = "150=F|39=1|54=1|55=AMZN|32=100|31=187.25|14=100|151=400|17=E1|"
	for _, c := range []struct {
		name, extra string
		known       bool
		fault       wire.Fault
	}{
		{"ours", "37=1|11=S2611030001100000042|", true, wire.FaultNone},
		{"no ClOrdID", "37=1|", false, wire.FaultNone},
		{"a foreign ClOrdID", "37=1|11=manual-7|", false, wire.FaultNone},
		{"an OrderID that is no number", "37=A-1|11=S2611030001100000042|", true, wire.FaultNone},
		{"a Price out of range", "37=1|11=S2611030001100000042|44=99999999999|", true, wire.FaultFormat},
		{"a malformed AvgPx", "37=1|11=S2611030001100000042|6=x|", true, wire.FaultFormat},
		{"a malformed TransactTime", "37=1|11=S2611030001100000042|60=noon|", true, wire.FaultFormat},
		{"a malformed Price", "37=1|11=S2611030001100000042|44=--|", true, wire.FaultFormat},
		{"an OrdRejReason out of range", "37=1|11=S2611030001100000042|103=70000|", true, wire.FaultFormat},
		{"an unknown liquidity", "37=1|11=S2611030001100000042|851=9|", true, wire.FaultNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, fault := decode(t, "35=8|34=1|"+c.extra+fill)
			if fault != c.fault || r.Known != c.known {
				t.Errorf("fault %v, known %v; want %v, %v", fault, r.Known, c.fault, c.known)
			}
			if r.LastQty != 100 || r.LastPx != 187_250000000 || r.ExecIDHash == 0 || r.ExecType != fix.ExecTrade || r.CumQty != 100 {
				t.Errorf("the fill is lost: %+v", r)
			}
			if !c.known && r.ChildID != 0 {
				t.Errorf("a foreign order has ChildID %d", r.ChildID)
			}
		})
	}
}

func TestDecodeExecReportFields(t *testing.T) {
	r, fault := decode(t, "35=8|34=1|150=8|39=8|54=5|55=LONGSYMBOL|103=3|58=no|19=E0|41=S2611030001100000041|")
	if fault != wire.FaultNone || r.Side != market.Sell || r.Symbol != (market.Symbol{}) || r.OrdRejReason != 3 ||
		string(r.Text) != "no" || string(r.ExecRefID) != "E0" || r.ExecRefHash != hash([]byte("E0")) || r.OrigChildID != limitOrder.Child-1 || r.ExecIDHash != 0 {
		t.Errorf("fault %v, %+v", fault, r)
	}
	for _, body := range []string{"35=8|34=1|39=0|", "35=8|34=1|150=0|"} {
		if _, fault := decode(t, body); fault != wire.FaultMissing {
			t.Errorf("%s: fault %v, want a missing field", body, fault)
		}
	}
}

func TestDecodeRejects(t *testing.T) {
	msg := func(body string) *wire.Message {
		m, fault := parse(frame(body))
		if fault != wire.FaultNone {
			t.Fatal(fault)
		}
		return m
	}
	var cr CancelReject
	fault := DecodeCancelReject(msg("35=9|34=1|37=77|11=S2611030001100000043|41=S2611030001100000042|39=2|434=2|102=0|58=filled|"), &cr)
	want := CancelReject{ChildID: limitOrder.Child + 1, OrigChildID: limitOrder.Child, Known: true, OrdStatus: fix.StatusFilled,
		HasReason: true, ResponseTo: '2', VenueOrderID: 77, Text: []byte("filled")}
	if diff := cmp.Diff(want, cr); diff != "" || fault != wire.FaultNone {
		t.Errorf("OrderCancelReject: fault %v, (-want +got):\n%s", fault, diff)
	}
	if fault := DecodeCancelReject(msg("35=9|34=1|37=77|39=2|"), &cr); fault != wire.FaultMissing {
		t.Errorf("a cancel reject without ClOrdID: %v", fault)
	}

	var rej Reject
	fault = DecodeReject(msg("35=3|34=1|45=17|371=38|372=D|373=6|58=bad|"), &rej)
	if diff := cmp.Diff(Reject{17, 38, 'D', 6, []byte("bad")}, rej); diff != "" || fault != wire.FaultNone {
		t.Errorf("Reject: fault %v, (-want +got):\n%s", fault, diff)
	}
	if fault := DecodeReject(msg("35=3|34=1|58=bad|"), &rej); fault != wire.FaultMissing || rej.Reason != 99 {
		t.Errorf("a reject without RefSeqNum: %v, reason %d", fault, rej.Reason)
	}

	var bus BusinessReject
	fault = DecodeBusinessReject(msg("35=j|34=1|45=18|372=F|379=S2611030001100000042|380=4|58=later|"), &bus)
	if diff := cmp.Diff(BusinessReject{18, limitOrder.Child, true, 'F', 4, []byte("later")}, bus); diff != "" || fault != wire.FaultNone {
		t.Errorf("BusinessMessageReject: fault %v, (-want +got):\n%s", fault, diff)
	}
	if fault := DecodeBusinessReject(msg("35=j|34=1|372=AE|380=4|"), &bus); fault != wire.FaultMissing || bus.RefMsgType != 0 {
		t.Errorf("a business reject without reference: %v", fault)
	}
}

func TestDecodeVenueNotices(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       MassCancelReport
		fault      wire.Fault
	}{
		{"all orders canceled", "35=r|34=1|37=1|530=7|531=7|533=12|", MassCancelReport{Response: '7', Affected: 12}, wire.FaultNone},
		{"refused", "35=r|34=1|37=1|530=7|531=0|532=99|", MassCancelReport{Response: '0', Reason: 99}, wire.FaultNone},
		{"without a response", "35=r|34=1|37=1|530=7|", MassCancelReport{}, wire.FaultMissing},
		{"with a response of two characters", "35=r|34=1|531=12|", MassCancelReport{Response: '1'}, wire.FaultFormat},
	} {
		m, fault := parse(frame(c.body))
		if fault != wire.FaultNone {
			t.Fatal(fault)
		}
		var got MassCancelReport
		if fault := DecodeMassCancelReport(m, &got); fault != c.fault || got != c.want {
			t.Errorf("OrderMassCancelReport %s: %v, %+v; want %v, %+v", c.name, fault, got, c.fault, c.want)
		}
	}
	for _, c := range []struct {
		name, body string
		want       TradingSession
		fault      wire.Fault
	}{
		{"halted", "35=h|34=1|336=DAY|340=1|", TradingSession{Status: SessionHalted}, wire.FaultNone},
		{"open, of one symbol", "35=h|34=1|336=DAY|340=2|55=AMZN|", TradingSession{Status: SessionOpen, HasSymbol: true, Symbol: market.MakeSymbol("AMZN")}, wire.FaultNone},
		{"without a status", "35=h|34=1|336=DAY|", TradingSession{}, wire.FaultMissing},
		{"with a status that is no number", "35=h|34=1|340=x|", TradingSession{}, wire.FaultFormat},
		{"with a status that FIX does not know", "35=h|34=1|340=999|", TradingSession{Status: 255}, wire.FaultNone},
	} {
		m, fault := parse(frame(c.body))
		if fault != wire.FaultNone {
			t.Fatal(fault)
		}
		var got TradingSession
		if fault := DecodeTradingSession(m, &got); fault != c.fault || got != c.want {
			t.Errorf("TradingSessionStatus %s: %v, %+v; want %v, %+v", c.name, fault, got, c.fault, c.want)
		}
	}
}

// TestExecIDHash: no two of 262144 ids collide, and the hash depends on length and every byte.
func TestExecIDHash(t *testing.T) {
	seen := make(map[uint64]int, 1<<18)
	var buf []byte
	for i := range 1 << 18 {
		buf = wire.AppendPadded(append(buf[:0], "20261103-"...), uint64(i), 9)
		h := hash(buf)
		if other, dup := seen[h]; dup {
			t.Fatalf("ids %d and %d collide", i, other)
		}
		seen[h] = i
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "id")
		h := hash(b)
		if h == 0 || hash(append(b, 0)) == h {
			t.Fatalf("hash of %x is %x", b, h)
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if hash(b) == h {
			t.Fatal("a flipped bit does not change the hash")
		}
	})
}

// FuzzDecode: any body decodes without panic, and the same bytes give the same report.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(execReport))
	f.Add([]byte("35=9|34=1|11=S2611030001100000042|39=0|102=x|"))
	f.Add([]byte("35=j|379=|380=99999999999|"))
	f.Add([]byte("35=3|45=-1|"))
	f.Add([]byte("35=r|530=7|531=7|532=1|533=12|"))
	f.Add([]byte("35=h|336=DAY|340=2|55=AMZN|"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var m wire.Message
		wire.Parse(frame(string(body)), &m)
		var r, again ExecReport
		var c CancelReject
		var j Reject
		var b BusinessReject
		fault := DecodeExecReport(&m, &r)
		if DecodeExecReport(&m, &again) != fault || !cmp.Equal(r, again) {
			t.Fatal("two decodes differ")
		}
		DecodeCancelReject(&m, &c)
		DecodeReject(&m, &j)
		DecodeBusinessReject(&m, &b)
		var mass MassCancelReport
		if DecodeMassCancelReport(&m, &mass) == wire.FaultNone && mass.Response == 0 {
			t.Fatal("a mass cancel without a response is whole")
		}
		var ts TradingSession
		if DecodeTradingSession(&m, &ts) == wire.FaultNone && !ts.HasSymbol && ts.Symbol != (market.Symbol{}) {
			t.Fatal("a symbol that was not given")
		}
		if r.Known != (r.ChildID != 0) || c.Known != (c.ChildID != 0) || b.Known != (b.ChildID != 0) {
			t.Fatal("Known and ChildID disagree")
		}
	})
}
