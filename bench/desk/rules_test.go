package desk

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"slipstream/bench/sim"
	"slipstream/fix"
)

// Parts of the messages below; '@' makes ClOrdIDs the scenario's own.
const (
	buy   = "|55=AAAA|54=1"
	sell  = "|55=AAAA|54=2"
	taker = "|40=1|847=1000|7001=taker"
	rests = "|40=1|847=1000" // passive is the default
	mkt   = "|40=1"
)

// The rules of a parent's life (FIX 4.4 appendix D; the answers to bad requests), one
// scenario a row. Each is played by a desk of each version, against a whole engine, and
// the whole conversation is golden text. The desks read by the standard's dictionaries
// with every check on and must refuse nothing.
var parentRules = []struct {
	name  string
	steps []step
	setup func(*sim.Config)
}{
	{name: "A.1.a an order is new, filled in parts, filled", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=200" + buy + taker + "|126=+2000|1=ACC|15=USD|59=0"},
	}},
	{name: "a second order of the same ClOrdID is refused with the first one's state", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 200, msg: "35=D|11=@a|38=500" + sell + taker + "|126=+9000"},
		{ms: 300, msg: "35=F|41=@a|11=@b" + sell},
	}},
	{name: "F.1.b a possible resend of a known order is answered by its state", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 200, msg: "35=D|97=Y|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 300, msg: "35=F|41=@a|11=@b" + sell},
		{ms: 400, msg: "35=D|97=Y|11=@a|38=100" + sell + rests + "|126=+9000"},
	}},
	{name: "a possible resend of an unknown order is a new order", steps: []step{
		{ms: 100, msg: "35=D|97=Y|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 200, msg: "35=F|97=Y|41=@a|11=@b" + sell},
	}},
	{name: "a cancel is pending until every child is terminal", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=900" + buy + rests + "|126=+9000"},
		{ms: 300, msg: "35=F|41=@a|11=@b" + buy},
	}},
	{name: "B.1.f a cancel or replace of an unknown order", steps: []step{
		{ms: 100, msg: "35=F|41=@nope|11=@b" + buy},
		{ms: 101, msg: "35=G|41=@nope|11=@c|38=10" + buy + mkt},
	}},
	{name: "one change is pending at a time", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=900" + buy + rests + "|126=+9000"},
		{ms: 300, msg: "35=G|41=@a|11=@b|38=10" + buy + mkt},
		{ms: 301, msg: "35=G|41=@a|11=@c|38=20" + buy + mkt},
		{ms: 302, msg: "35=F|41=@a|11=@d" + buy},
		{ms: 400, msg: "35=F|41=@b|11=@e" + buy},
		{ms: 401, msg: "35=F|41=@b|11=@f" + buy},
		{ms: 402, msg: "35=G|41=@b|11=@g|38=20" + buy + mkt},
	}},
	{name: "a change of an order that is filled is too late", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=40" + buy + taker + "|126=+900"},
		{ms: 1500, msg: "35=F|41=@a|11=@b" + buy},
		{ms: 1501, msg: "35=G|41=@a|11=@c|38=80" + buy + mkt},                      // C.1.c
		{ms: 1502, msg: "35=G|41=@a|11=@d|38=40" + buy + "|40=2|44=101|126=+9000"}, // C.2.a
	}},
	{name: "B.1.b fills while a cancel is pending", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=4000" + buy + taker + "|126=+4000"},
		{ms: 110, msg: "35=F|41=@a|11=@b" + buy},
	}},
	{name: "B.1.c an order that fills while its cancel is pending", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=4" + buy + taker + "|126=+150"},
		{ms: 145, msg: "35=F|41=@a|11=@b" + buy},
	}},
	{name: "a replace that raises the quantity of a partly filled order", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=80" + buy + taker + "|126=+2000"},
		{ms: 200, msg: "35=G|41=@a|11=@b|38=120" + buy + mkt},
	}},
	{name: "a replace lowers the quantity, not below what is filled", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=80" + buy + taker + "|126=+2000"},
		{ms: 200, msg: "35=G|41=@a|11=@b|38=60" + buy + mkt},
	}},
	{name: "C.3.b a replace to less than is filled completes the order", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=80" + buy + taker + "|126=+2000"},
		{ms: 700, msg: "35=G|41=@a|11=@b|38=10" + buy + mkt},
		{ms: 800, msg: "35=F|41=@b|11=@c" + buy},
	}},
	{name: "C.3.a a fill that crosses a replace is of the old terms", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=400" + buy + taker + "|126=+4000"},
		{ms: 110, msg: "35=G|41=@a|11=@b|38=50" + buy + mkt},
		{ms: 600, msg: "35=F|41=@b|11=@c" + buy},
	}},
	{name: "a replace below what is open takes children down first", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=4000" + buy + rests + "|126=+4000"},
		{ms: 300, msg: "35=G|41=@a|11=@b|38=400" + buy + mkt},
		{ms: 900, msg: "35=F|41=@b|11=@c" + buy},
	}},
	{name: "price, window, participation and urgency change", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=400" + sell + "|40=2|44=100.00|847=1001|849=0.2|7002=1.5|126=+9000"},
		{ms: 300, msg: "35=G|41=@a|11=@b|38=400" + sell + "|40=2|44=99.99"},
		{ms: 400, msg: "35=G|41=@b|11=@c|38=400" + sell + "|40=1|126=+8000"},
		{ms: 500, msg: "35=G|41=@c|11=@d|38=400" + sell + "|40=1|847=1001|849=0.1|7002=2.5"},
		{ms: 600, msg: "35=F|41=@d|11=@e" + sell},
	}},
	{name: "a window that is not one, or has passed, is no change", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=400" + sell + rests + "|126=+9000"},
		{ms: 300, msg: "35=G|41=@a|11=@b|38=400" + sell + mkt + "|126=+200"},
		{ms: 301, msg: "35=G|41=@a|11=@c|38=400" + sell + mkt + "|168=+500|126=+400"},
		{ms: 302, msg: "35=G|41=@a|11=@d|38=400" + sell + mkt + "|168=+1000"},
		{ms: 400, msg: "35=F|41=@a|11=@e" + sell},
	}},
	{name: "symbol, side, algorithm and tactic are fixed", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + buy + rests + "|126=+9000"},
		{ms: 300, msg: "35=G|41=@a|11=@b|38=50" + sell + mkt},
		{ms: 301, msg: "35=G|41=@a|11=@c|38=50" + buy + "|40=1|847=1"},
		{ms: 302, msg: "35=G|41=@a|11=@d|38=50" + buy + "|40=1|7001=taker"},
		{ms: 303, msg: "35=G|41=@a|11=@e|38=50" + buy + "|40=1|847=1000|7001=passive"},
		{ms: 400, msg: "35=G|41=@e|11=@f|38=40" + buy + "|40=1|7002=2"},
		{ms: 401, msg: "35=F|41=@e|11=@g" + sell},
		{ms: 402, msg: "35=F|41=@e|11=@h" + buy},
	}},
	{name: "the chain of names ends with the last accepted one", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + buy + rests + "|126=+9000"},
		{ms: 300, msg: "35=G|41=@a|11=@b|38=90" + buy + mkt},
		{ms: 400, msg: "35=G|41=@a|11=@c|38=80" + buy + mkt},
		{ms: 401, msg: "35=F|41=@a|11=@d" + buy},
		{ms: 402, msg: "35=G|41=@b|11=@a|38=80" + buy + mkt},
		{ms: 403, msg: "35=F|41=@b|11=@b" + buy},
		{ms: 404, msg: "35=G|41=@b|11=@e|38=70" + buy + mkt},
		{ms: 500, msg: "35=F|41=@e|11=@f" + buy},
		{ms: 600, msg: "35=F|41=@f|11=@g" + buy},
	}},
	{name: "an order whose time ends expires, also by 59=6", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + buy + "|40=2|44=99.50|847=1000|59=6|126=+1000"},
		{ms: 1500, msg: "35=F|41=@a|11=@b" + buy},
	}},
	{name: "a shutdown cancels unasked", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=60" + sell + rests + "|126=+9000"},
		{ms: 101, msg: "35=D|11=@b|38=4000" + buy + rests + "|126=+4000"},
		{ms: 300, msg: "35=G|41=@b|11=@c|38=10" + buy + mkt},
		{ms: 301, cmd: fix.Shutdown},
		{ms: 302, msg: "35=D|11=@d|38=60" + sell + rests + "|126=+9000"},
	}},
	{name: "the kill switch refuses, and lifts again", steps: []step{
		{ms: 100, cmd: fix.Kill},
		{ms: 200, msg: "35=D|11=@a|38=60" + sell + rests + "|126=+9000"},
		{ms: 300, cmd: fix.Rearm},
		{ms: 400, msg: "35=D|11=@b|38=60" + sell + rests + "|126=+9000"},
		{ms: 500, msg: "35=F|41=@b|11=@c" + sell},
	}},
	{name: "a status request by any name of the order", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 200, msg: "35=G|41=@a|11=@b|38=80" + sell + mkt},
		{ms: 300, msg: "35=H|11=@a" + sell},
		{ms: 301, msg: "35=H|11=@b|37=1" + sell},
		{ms: 302, msg: "35=H|11=@nope" + sell},
		{ms: 303, msg: "35=F|41=@b|11=@c" + sell},
		{ms: 304, msg: "35=H|11=@c" + sell},
		{ms: 600, msg: "35=H|11=@a" + sell},
	}},
	{name: "a status request by OrderID alone", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 300, msg: "35=H|37=1|790=@r1" + sell},
		{ms: 301, msg: "35=H|37=2|790=@r2" + sell},
		{ms: 302, msg: "35=H|37=NONE|790=@r3" + sell},
		{ms: 400, msg: "35=F|41=@a|11=@b" + sell},
	}},
	{name: "a mass status of all, of a symbol, of a side, of nothing, of a kind that there is not", steps: []step{
		{ms: 50, msg: "35=AF|584=@q0|585=7"},
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 101, msg: "35=D|11=@b|38=100" + buy + rests + "|126=+9000"},
		{ms: 1200, msg: "35=AF|584=@q1|585=7"},
		{ms: 1300, msg: "35=AF|584=@q2|585=1|55=AAAA"},
		{ms: 1400, msg: "35=AF|584=@q3|585=7|54=1"},
		{ms: 2500, msg: "35=AF|584=@q4|585=3"},
		{ms: 2501, msg: "35=AF|584=@q5|585=1|55=NOPE"},
		{ms: 2600, msg: "35=F|41=@a|11=@a2" + sell},
		{ms: 2601, msg: "35=F|41=@b|11=@b2" + buy},
	}},
	{name: "a mass cancel takes every order through its own cancel", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=4000" + sell + rests + "|126=+4000"},
		{ms: 101, msg: "35=D|11=@b|38=100" + buy + rests + "|126=+9000"},
		{ms: 102, msg: "35=D|11=@c|38=100" + buy + rests + "|126=+9000"},
		{ms: 300, msg: "35=G|41=@a|11=@a2|38=40" + sell + mkt},
		{ms: 301, msg: "35=F|41=@c|11=@c2" + buy},
		{ms: 302, msg: "35=q|11=@m|530=7"},
		{ms: 303, msg: "35=F|41=@b|11=@b2" + buy},
		{ms: 400, msg: "35=q|11=@n|530=7"},
	}},
	{name: "a mass cancel of a symbol, of a side, of a kind that there is not", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+4000"},
		{ms: 101, msg: "35=D|11=@b|38=100" + buy + rests + "|126=+4000"},
		{ms: 102, msg: "35=D|11=@c|38=100" + buy + rests + "|126=+4000"},
		{ms: 200, msg: "35=q|11=@m|530=6"},
		{ms: 201, msg: "35=q|11=@n|530=1|55=NOPE"},
		{ms: 300, msg: "35=q|11=@o|530=7|54=2"},
		{ms: 400, msg: "35=q|11=@p|530=1|55=AAAA"},
	}},
	{name: "a trade that the desk does not know is an alert", steps: []step{
		{ms: 100, msg: "35=Q|37=1|17=7|127=A" + buy},
		{ms: 101, msg: "35=Q|37=1|17=7|127=B" + buy},
		{ms: 102, msg: "35=Q|37=1|17=7|127=C" + buy},
		{ms: 103, msg: "35=Q|37=1|17=7|127=D" + buy},
		{ms: 104, msg: "35=Q|37=1|17=7|127=E" + buy},
		{ms: 105, msg: "35=Q|37=1|17=7|127=Z|58=odd" + buy},
	}},
	{name: "as many orders open as the desk may have", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + rests + "|126=+9000"},
		{ms: 101, msg: "35=D|11=@b|38=100" + sell + rests + "|126=+9000"},
		{ms: 102, msg: "35=F|41=@a|11=@c" + sell},
		{ms: 300, msg: "35=D|11=@d|38=100" + sell + rests + "|126=+9000"},
		{ms: 400, msg: "35=F|41=@d|11=@e" + sell},
	}, setup: func(c *sim.Config) { c.Engine.MaxOpen = []int{1, 1, 1} }},
	{name: "beyond the limits of risk", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100001" + sell + rests + "|126=+9000"},
		{ms: 101, msg: "35=D|11=@b|38=100" + sell + rests + "|126=+9000"},
		{ms: 102, msg: "35=G|41=@b|11=@c|38=100001" + sell + mkt},
		{ms: 300, msg: "35=F|41=@b|11=@d" + sell},
	}},
	{name: "parameters by each transport, and by two that disagree", steps: []step{
		{ms: 100, msg: "35=D|11=@a|38=100" + sell + "|40=1|847=1001|849=0.1|7001=passive|7002=2.5|168=+100|126=+9000"},
		{ms: 101, msg: "35=D|11=@b|38=100" + sell + "|40=1|847=1001|848=ParticipationRate=0.1;Tactic=passive;Urgency=2.5"},
		{ms: 102, msg: "35=D|11=@c|38=100" + sell + "|40=1|847=1001|957=2|958=Tactic|959=14|960=passive|958=Urgency|959=6|960=2.5"},
		{ms: 103, msg: "35=D|11=@d|38=100" + sell + "|40=1|847=1001|7002=2.5|848=Urgency=2.50|957=1|958=Urgency|959=6|960=2.500"},
		{ms: 104, msg: "35=D|11=@e|38=100" + sell + "|40=1|847=1001|7002=2.5|848=Urgency=2.501"},
		{ms: 105, msg: "35=D|11=@f|38=100" + sell + "|40=1|847=1001|7002=2.5|957=1|958=Urgency|959=6|960=2"},
		{ms: 106, msg: "35=D|11=@g|38=100" + sell + "|40=1|847=1001|848=Tactic=taker|957=1|958=Tactic|959=14|960=passive"},
		{ms: 300, msg: "35=F|41=@a|11=@a2" + sell},
		{ms: 301, msg: "35=F|41=@b|11=@b2" + sell},
		{ms: 302, msg: "35=F|41=@c|11=@c2" + sell},
		{ms: 303, msg: "35=F|41=@d|11=@d2" + sell},
	}},
}

func TestTheRulesOfAParentsLife(t *testing.T) {
	f := openFloor(t)
	for k, d := range f.desks {
		for i, c := range parentRules {
			t.Run(d.version.String()+"/"+c.name, func(t *testing.T) {
				got := f.play(t, k, "s"+strconv.Itoa(i)+"-", c.steps, c.setup)
				name := strings.NewReplacer(" ", "-", ",", "", "'", "", ".", "").Replace(c.name) + ".txt"
				golden(t, filepath.Join("testdata", "TestTheRulesOfAParentsLife", d.version.String(), name), got)
			})
		}
	}
}
