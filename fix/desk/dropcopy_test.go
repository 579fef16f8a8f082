package desk

import (
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
