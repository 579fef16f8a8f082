package desk

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"slipstream/fix"
	"slipstream/internal/market"
)

func nanosAt(h, m, s int) market.Nanos {
	return market.Nanos(time.Date(2026, 3, 2, h, m, s, 0, time.UTC).UnixNano())
}

func TestMessagesBecomeCommands(t *testing.T) {
	g := sharedGateway(t)
	const transact = "60=20260302-14:59:59|"
	cases := []struct {
		name, msgType, body string
		want                fix.Command
	}{
		{"a TWAP limit order", "D", "11=N1|54=1|55=AMZN|38=100|40=2|44=223.45|847=1000|" + transact, fix.Command{
			Kind: fix.NewParent, Algo: market.TWAP, Side: market.Buy, OrdType: '2', OrderQty: 100,
			Price: 223_450_000_000, ClOrdID: clOrdID("N1")}},
		{"quantities and prices with needless decimals", "D",
			"11=N2|54=2|55=LOTS|38=00300.000|40=2|44=0223.4500|847=1|" + transact, fix.Command{
				Kind: fix.NewParent, Algo: market.VWAP, Side: market.Sell, OrdType: '2', OrderQty: 300, Instrument: 1,
				Price: 223_450_000_000, ClOrdID: clOrdID("N2")}},
		{"a POV market order by tags, with what is ignored", "D",
			"11=N3|54=1|55=AMZN|38=7|40=1|44=0|847=2|849=0.125|7001=taker|168=20260302-15:00:00.000|" +
				"126=20260302-15:30:00.000000|59=6|18=1|21=2|1=X|15=USD|100=XNAS|453=1|448=ME|58=hello|114=N|" + transact,
			fix.Command{
				Kind: fix.NewParent, Algo: market.POV, Tactic: market.Taker, HasTactic: true, Side: market.Buy, OrdType: '1',
				OrderQty: 7, ParticipationPpm: 125_000, StartNanos: nanosAt(15, 0, 0), EndNanos: nanosAt(15, 30, 0),
				ClOrdID: clOrdID("N3")}},
		{"an IS order by the strategy group", "D",
			"11=N4|54=1|55=AMZN|38=7|40=1|847=1001|957=5|958=Tactic|959=14|960=passive|958=Urgency|959=6|960=2.5|" +
				"958=ParticipationRate|959=11|960=0.2|958=StartTime|959=19|960=20260302-15:01:00|" +
				"958=EndTime|959=19|960=20260302-15:02:00.000000000|" + transact,
			fix.Command{
				Kind: fix.NewParent, Algo: market.IS, HasTactic: true, Side: market.Buy, OrdType: '1', OrderQty: 7,
				ParticipationPpm: 200_000, UrgencyMilli: 2_500, StartNanos: nanosAt(15, 1, 0),
				EndNanos: nanosAt(15, 2, 0), ClOrdID: clOrdID("N4")}},
		{"an IS order by text and tags that agree", "D",
			"11=N5|54=1|55=AMZN|38=7|40=1|847=1001|848=Urgency=1.50; Tactic=taker|7002=1.5|" + transact, fix.Command{
				Kind: fix.NewParent, Algo: market.IS, Tactic: market.Taker, HasTactic: true, Side: market.Buy, OrdType: '1',
				OrderQty: 7, UrgencyMilli: 1_500, ClOrdID: clOrdID("N5")}},
		{"a replace that repeats no parameter", "G",
			"11=R1|41=N1|54=1|55=AMZN|38=50|40=2|44=223.50|" + transact, fix.Command{
				Kind: fix.ReplaceParent, Side: market.Buy, OrdType: '2', OrderQty: 50, Price: 223_500_000_000,
				ClOrdID: clOrdID("R1"), OrigClOrdID: clOrdID("N1")}},
		{"a replace of an order that has started long ago", "G",
			"11=R2|41=N3|54=1|55=AMZN|38=50|40=1|168=20260302-10:00:00|126=20260302-16:00:00|" + transact, fix.Command{
				Kind: fix.ReplaceParent, Side: market.Buy, OrdType: '1', OrderQty: 50,
				StartNanos: nanosAt(10, 0, 0), EndNanos: nanosAt(16, 0, 0),
				ClOrdID: clOrdID("R2"), OrigClOrdID: clOrdID("N3")}},
		{"a cancel, however old", "F", "11=C1|41=N1|54=1|55=AMZN|60=20260302-10:00:00|", fix.Command{
			Kind: fix.CancelParent, Side: market.Buy, ClOrdID: clOrdID("C1"), OrigClOrdID: clOrdID("N1"),
			TransactNanos: nanosAt(10, 0, 0)}},
		{"a status request", "H", "11=N1|54=1|55=AMZN|790=S1|", fix.Command{
			Kind: fix.StatusParent, Side: market.Buy, ClOrdID: clOrdID("N1"), ReqID: clOrdID("S1")}},
		{"a mass status request", "AF", "584=S2|585=7|", fix.Command{
			Kind: fix.MassStatus, Instrument: market.NoInstrument, ReqID: clOrdID("S2")}},
		{"a mass status request of a symbol", "AF", "584=S3|585=1|55=LOTS|", fix.Command{
			Kind: fix.MassStatus, Instrument: 1, ReqID: clOrdID("S3")}},
		{"a mass cancel", "q", "11=M1|530=7|" + transact, fix.Command{
			Kind: fix.MassCancel, Instrument: market.NoInstrument, ClOrdID: clOrdID("M1")}},
		{"a mass cancel of one side of a symbol", "q", "11=M2|530=1|55=AMZN|54=2|" + transact, fix.Command{
			Kind: fix.MassCancel, Side: market.Sell, ClOrdID: clOrdID("M2")}},
	}
	for v, desk := range map[Version]int{FIX44: deskCommands, FIX42: deskCommands42, FIX50SP2: deskCommands50} {
		t.Run(v.String(), func(t *testing.T) {
			p := logon(t, g, deskNames[desk])
			for _, c := range cases {
				if v == FIX42 && (c.msgType == "AF" || c.msgType == "q") {
					continue // FIX 4.2 has neither
				}
				t.Run(c.name, func(t *testing.T) {
					p.t = t
					body := c.body
					if v == FIX42 { // which requires HandlInst(21) and has no parties
						body = strings.Replace(strings.Replace(body, "453=1|448=ME|", "", 1), "790=S1|", "", 1)
						if (c.msgType == "D" || c.msgType == "G") && !strings.Contains(body, "|21=") {
							body = "21=1|" + body
						}
						c.want.ReqID = fix.ClOrdID{}
					}
					c.want.SeqNum, c.want.Desk = uint32(p.seq), uint8(desk)
					p.send(c.msgType, body)
					p.alive("the order is processed") // the session handles messages in order
					got, ok := shared.got.get(c.want.ClOrdID.String())
					if !ok {
						t.Fatal("no command was submitted")
					}
					if c.want.TransactNanos == 0 && c.want.Kind <= fix.CancelParent {
						c.want.TransactNanos = nanosAt(14, 59, 59)
					}
					if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(fix.Command{})); diff != "" {
						t.Errorf("want - got +\n%s", diff)
					}
				})
			}
		})
	}
}

// A DontKnowTrade is an alert, and has no answer.
func TestDontKnowTradeIsAnAlert(t *testing.T) {
	g := sharedGateway(t)
	for _, desk := range [...]int{deskCommands, deskCommands42, deskCommands50} {
		p := logon(t, g, deskNames[desk])
		before := g.Stats().DontKnows
		p.send("Q", "37=7|17=E"+deskNames[desk]+"|127=C|54=1|58=too many|"+amzn)
		p.send("1", "112=AFTER|")
		if m := p.recv(); m.get(tagMsgType) != "0" {
			t.Errorf("answered by %v", m)
		}
		if got := g.Stats().DontKnows; got != before+1 {
			t.Errorf("%d counted, want %d", got, before+1)
		}
		if !shared.logs.contains("alert " + g.desks[desk].id.String() + " the desk does not know a trade: OrderID(37)=7 ExecID(17)=E" + deskNames[desk] + " DKReason(127)=C too many") {
			t.Error("the log has no alert")
		}
		p.conn.Close()
	}
}

func TestPossResendIsMarkedForTheEngine(t *testing.T) {
	g := sharedGateway(t)
	p := logon(t, g, deskNames[deskCommands])
	body := "11=X1|54=1|55=AMZN|38=100|40=1|847=1000|60=20260302-15:00:00|"
	p.write(encode("D", p.header()+"97=Y|", body))
	p.seq++
	// A message recovered by the session layer after a gap: in sequence, PossDup=Y.
	sent := time.Now().UTC().Add(-time.Second).Format("20060102-15:04:05.000")
	p.write(encode("D", p.header()+"43=Y|122="+sent+"|", strings.Replace(body, "X1", "X2", 1)))
	p.seq++
	p.send("D", strings.Replace(body, "X1", "X3", 1))
	p.alive("after three orders")
	for id, want := range map[string]bool{"X1": true, "X2": true, "X3": false} {
		if cmd, ok := shared.got.get(id); !ok || cmd.PossResend != want {
			t.Errorf("%s: submitted %v, PossResend %v, want %v", id, ok, cmd.PossResend, want)
		}
	}
}

func TestRejectionOfALiveOrdersClOrdIDKeepsItsStatus(t *testing.T) {
	g := testGateway()
	r := sampleReport()
	g.desks[0].known.report(&r)
	m := parseFields([]byte(strings.ReplaceAll("35=D|"+goodD, "|", "\x01")))
	raw := show([]byte(g.rejected(dialect{FIX44, true}, 0, m, refuse(fix.ReasonBadQty, "0"), "G-1").String()))
	for _, want := range []string{"|150=8|", "|39=1|", "|37=7|", "|103=13|"} {
		if !strings.Contains(raw, want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
	m = parseFields([]byte(strings.ReplaceAll("35=G|41=P1|"+goodG[6:], "|", "\x01")))
	raw = show([]byte(g.cancelRejected(FIX44, 0, m, refuse(fix.ReasonBadQty, "0")).String()))
	for _, want := range []string{"|39=1|", "|37=7|", "|102=99|", "|434=2|"} {
		if !strings.Contains(raw, want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
}
