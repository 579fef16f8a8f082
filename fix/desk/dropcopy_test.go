package desk

import (
	"net"
	"strings"
	"testing"

	"slipstream/fix"
)

// Copies carry the same ExecID in each version, say whose they are, and come to
// whoever follows that desk; numbers are each session's own.
func TestCopiesOfReportsReachWhoFollows(t *testing.T) {
	t.Parallel()
	g, _ := openMay(t)
	work, read, read42, read50 := logon(t, g, "WORK"), logon(t, g, "READ"), logon(t, g, "READ42"), logon(t, g, "READ50")

	fill := sampleReport()
	fill.Desk = mayWork
	g.Deliver(&fill)
	want := map[*peer]string{
		work:   "35=8|34=2|17=42|150=F|39=1|851=1",
		read:   "35=8|34=2|17=42|150=F|39=1|851=1|797=Y|115=WORK",
		read42: "35=8|34=2|17=42|150=1|39=1|20=0|115=WORK",
		read50: "35=8|34=2|17=42|150=F|39=1|851=1|797=Y|115=WORK",
	}
	for p, tags := range want {
		expect(t, p, tags)
	}

	reject := fix.Report{Kind: fix.CancelReject, Desk: mayWork, Reason: fix.ReasonUnknownOrder, ResponseTo: '1',
		ClOrdID: clOrdID("C1"), OrigClOrdID: clOrdID("P9"), Nanos: fill.Nanos}
	g.Deliver(&reject)
	for _, p := range []*peer{work, read, read42, read50} {
		raw := expect(t, p, "35=9|11=C1|41=P9|102=1")
		if strings.Contains(raw, "|797=") {
			t.Errorf("CopyMsgIndicator on a 9: %s", raw)
		}
	}

	// The gateway's own refusal has one ExecID for all.
	work.send("D", "11=B1|21=1|54=1|60=20260302-15:00:00.000|55=NOPE|40=1|38=1|847=1000|")
	execID := parseFields([]byte(strings.ReplaceAll(expect(t, work, "35=8|150=8|103=1"), "|", "\x01"))).get(tagExecID)
	for _, p := range []*peer{read, read42, read50} {
		expect(t, p, "35=8|150=8|103=1|17="+execID)
	}

	// What is not of a followed desk, and what is neither 8 nor 9, does not come.
	other := fill
	other.Desk, other.Serial = mayFew, 77
	g.Deliver(&other)
	business := fix.Report{Kind: fix.BusinessReject, Desk: mayWork, Reason: fix.ReasonNotReady, ClOrdID: clOrdID("P1")}
	g.Deliver(&business)
	expect(t, read, "35=8|17=77|115=FEW")
	expect(t, read42, "35=8|17=77|115=FEW")
	read50.alive("after a report of a desk that it does not follow") // it would have come before the answer
	if m := read50; m.seq != 3 {
		t.Errorf("next number %d", m.seq)
	}
	if st := g.Stats(); st.Copied != 3+3+3+2 {
		t.Errorf("%d copies counted", st.Copied)
	}
}

// expect reads one message and wants each of the tags in it.
func expect(t *testing.T, p *peer, tags string) string {
	t.Helper()
	raw := p.recvRaw()
	checkReport(t, p.version, string(raw))
	text := show(raw)
	for _, tag := range strings.Split(tags, "|") {
		if !strings.Contains(text, "|"+tag+"|") {
			t.Errorf("%s: %s is missing in %s", p.name, tag, text)
		}
	}
	return text
}

// A drop copy that reads nothing is closed; the desk it follows
// gets every report meanwhile, and the copy gets all of them when it comes back.
func TestASlowDropCopyStallsNobody(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: "BUSY"}, {SenderCompID: "GATE", TargetCompID: "SLOWCOPY", DropCopy: true}}
	cfg.Submit = func(*fix.Command) bool { return true }
	g := openGateway(t, cfg)
	busy, slow := logon(t, g, "BUSY"), dial(t, g, "SLOWCOPY")
	if err := slow.conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	slow.send("A", slow.logonBody())
	slow.recvRaw()
	wait(t, "the copy to be up", func() bool { return g.IsLoggedOn(1) })

	const reports = 3 * outboxMax / 2 // more than what may wait for any session
	go func() {
		for n := range uint64(reports) {
			r := sampleReport()
			r.Serial = n + 1
			g.Deliver(&r)
		}
	}()
	for n := 1; n <= reports; n++ {
		if m := busy.recv(); m.get(tagExecID) != itoa(n) {
			t.Fatalf("report %d of the desk is %v", n, m)
		}
	}
	wait(t, "the copy to be closed", func() bool { return !g.IsLoggedOn(1) })
	wait(t, "the copies to be stored", func() bool { return g.Stats().Copied == reports })
	if g.Stats().Guard.SlowReaders == 0 {
		t.Error("the slow reader was not counted")
	}

	back := dial(t, g, "SLOWCOPY") // reads now, and asks for what it has not seen
	back.seq = slow.seq
	back.send("A", "98=0|108=60|")
	for m := back.recv(); m.get(tagMsgType) != "A"; m = back.recv() {
		t.Logf("before the Logon: %v", m)
	}
	back.send("2", "7=2|16=0|")
	for n := 1; n <= reports; n++ {
		if m := back.recv(); m.get(tagExecID) != itoa(n) || m.get(tagPossDupFlag) != "Y" {
			t.Fatalf("copy %d is %v", n, m)
		}
	}
}
