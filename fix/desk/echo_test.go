package desk

import (
	"strings"
	"testing"

	"slipstream/fix"
)

// What a replace leaves out stays in force, and its reports go on saying so; what it says
// anew is never beside the old value in another transport.
func TestAReplaceInheritsWhatItLeavesOut(t *testing.T) {
	const plain = "1=ACC|15=USD|59=6|126=20260302-16:00:00|168=20260302-15:00:00|"
	for _, c := range []struct{ name, d, g, want string }{
		{"a replace of the price alone", plain + "849=0.2|7001=taker|", "", plain + "849=0.2|7001=taker|"},
		{"another end", plain + "849=0.2|", "126=20260302-15:30:00|", "126=20260302-15:30:00|1=ACC|15=USD|59=6|168=20260302-15:00:00|849=0.2|"},
		{"another account", plain, "1=ELSE|", "1=ELSE|15=USD|59=6|126=20260302-16:00:00|168=20260302-15:00:00|"},
		{"the group stays as it was", plain + "957=1|958=Tactic|959=14|960=taker|", "1=ACC|", plain + "Tactic=taker|"},
		{"the text stays as it was", "1=ACC|848=Urgency=1|", "", "1=ACC|848=Urgency=1|"},
		{"a tag instead of the group", plain + "957=1|958=ParticipationRate|959=11|960=0.2|", "849=0.1|", "849=0.1|1=ACC|15=USD|59=6|"},
		{"the group instead of a tag", plain + "849=0.2|", "957=1|958=ParticipationRate|959=11|960=0.1|", "1=ACC|15=USD|59=6|ParticipationRate=0.1|"},
		{"the text instead of a tag", plain + "849=0.2|", "848=EndTime=20260302-15:30:00|", "848=EndTime=20260302-15:30:00|1=ACC|15=USD|59=6|"},
	} {
		k := newKnownOrders(4)
		of := func(s string) *echo { return echoOf(parseFields([]byte(strings.ReplaceAll(s, "|", "\x01")))) }
		k.add(clOrdID("A"), fix.ClOrdID{}, of(c.d), 0)
		k.add(clOrdID("B"), clOrdID("A"), of(c.g), 0)
		e := k.report(&fix.Report{ExecType: fix.ExecReplaced, ClOrdID: clOrdID("B"), OrigClOrdID: clOrdID("A")})
		got := ""
		for _, f := range e.fields {
			got += itoa(f.tag) + "=" + f.value + "|"
		}
		for _, p := range e.params {
			got += p.name + "=" + p.value + "|"
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if e := k.report(&fix.Report{ExecType: fix.ExecPendReplace, ClOrdID: clOrdID("B"), OrigClOrdID: clOrdID("A")}); e != k.byKey[clOrdID("A")].echo {
			t.Errorf("%s: a pending replace shows other terms than those in force", c.name)
		}
	}
}
