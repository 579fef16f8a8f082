package desk

import (
	"path/filepath"
	"strings"
	"testing"
)

// Parts of orders that the cases below vary.
const (
	base   = "11=P1|21=1|54=1|60=20260302-15:00:00.000|"
	amzn   = "55=AMZN|"
	limit  = "40=2|44=223.45|"
	hundr  = "38=100|"
	twap   = "847=1000|"
	acc    = "1=ACC|"
	goodD  = acc + base + amzn + limit + hundr + twap
	goodG  = "41=P0|" + base + amzn + limit + hundr
	goodF  = "41=P0|11=C1|54=1|60=20260302-15:00:00.000|" + amzn
	future = "126=20260302-16:00:00.000|"
)

// formCase is one bad message and the row of the table of answers it belongs to.
type formCase struct{ name, msgType, body string }

var formCases = []formCase{
	{"a required tag is missing", "D", base + limit + hundr + twap},
	{"a tag is not in the dictionary", "D", goodD + "9999=1|"},
	{"a tag number is invalid", "D", goodD + "-1=1|"},
	{"a tag does not belong to the message", "D", goodD + "37=1|"},
	{"a tag has no value", "D", goodD + "58=|"},
	{"a value is not in the enumeration", "D", strings.Replace(goodD, "54=1", "54=Z", 1)},
	{"a value has the wrong format", "D", strings.Replace(goodD, "38=100", "38=abc", 1)},
	{"a header field is in the body", "D", goodD + "97=Y|"},
	{"a tag is there twice", "D", goodD + "58=a|58=b|"},
	{"a group has another count", "D", goodD + "957=2|958=Tactic|959=14|960=taker|"},
	{"a group is out of order", "D", goodD + "957=1|958=Tactic|960=taker|959=14|"},
	{"a MsgType is not in FIX", "ZZ", "58=x|"},
	{"a status request names a ClOrdID too long", "H", "11=" + strings.Repeat("P", 48) + "|54=1|" + amzn},
	{"a mass status request is of a product", "AF", "584=S1|585=3|"},
	{"a mass status request has an unknown symbol", "AF", "584=S1|585=1|55=NOPE|"},
	{"a mass cancel is of a trading session", "q", "11=C1|530=6|60=20260302-15:00:00.000|"},
	{"a mass cancel has an unknown symbol", "q", "11=C1|530=1|55=NOPE|60=20260302-15:00:00.000|"},
	{"a mass cancel has an unsupported side", "q", "11=C1|530=7|54=5|60=20260302-15:00:00.000|"},
	{"a mass cancel has no type", "q", "11=C1|60=20260302-15:00:00.000|"},
	{"a session message of another kind", "r", "37=1|530=7|531=7|"},
	{"a message of FIX that we do not speak, with its fields", "V", "262=1|263=1|264=0|267=2|269=0|269=1|146=1|55=AMZN|"},
	{"a message of FIX that we do not speak, ill formed", "E", "66=L|68=x|"},
	{"a message of FIX 5.0SP2 that we do not speak", "BZ", "1369=1|"},
	{"a message that is user-defined", "U1", "58=x|"},
	{"an ExecutionReport comes from a desk", "8", "37=1|17=1|150=0|39=0|54=1|151=1|14=0|6=0|" + amzn},

	{"a limit order has no price", "D", acc + base + amzn + "40=2|" + hundr + twap},
	{"a price is off the tick", "D", acc + base + amzn + "40=2|44=223.455|" + hundr + twap},
	{"a price is zero", "D", acc + base + amzn + "40=2|44=0|" + hundr + twap},
	{"a price has more decimals than a price has", "D", acc + base + amzn + "40=2|44=1.0000000001|" + hundr + twap},
	{"a market order has a price", "D", acc + base + amzn + "40=1|44=5|" + hundr + twap},
	{"the symbol is unknown", "D", acc + base + "55=NOPE|" + limit + hundr + twap},
	{"the symbol is not printable and long", "D", acc + base + "55=N\tPE" + strings.Repeat("X", 40) + "|" + limit + hundr + twap},
	{"the account is unknown", "D", strings.Replace(goodD, "1=ACC", "1=ELSE", 1)},
	{"the account is missing", "D", strings.Replace(goodD, acc, "", 1)},
	{"the quantity is zero", "D", acc + base + amzn + limit + "38=0|" + twap},
	{"the quantity is a fraction", "D", acc + base + amzn + limit + "38=1.5|" + twap},
	{"the quantity is not a multiple of the lot", "D", acc + base + "55=LOTS|" + limit + "38=150|" + twap},
	{"the quantity is beyond any order", "D", acc + base + amzn + limit + "38=99999999999999999999|" + twap},
	{"the side is sell short", "D", strings.Replace(goodD, "54=1", "54=5", 1)},
	{"the order type is stop", "D", acc + base + amzn + "40=3|" + hundr + twap},
	{"the time in force is immediate or cancel", "D", goodD + "59=3|"},
	{"good till date has no ExpireTime", "D", goodD + "59=6|"},
	{"good till date has an ExpireDate", "D", goodD + "59=6|432=20260302|"},
	{"there is a MinQty", "D", goodD + "110=50|"},
	{"there is a MaxFloor", "D", goodD + "111=50|"},
	{"handling is manual", "D", strings.Replace(goodD, "21=1", "21=3", 1)},
	{"all or none", "D", goodD + "18=1 G|"},
	{"the strategy is unknown", "D", strings.Replace(goodD, "847=1000", "847=1999", 1)},
	{"the strategy is minimise impact", "D", strings.Replace(goodD, "847=1000", "847=3", 1)},
	{"there is no strategy", "D", acc + base + amzn + limit + hundr},
	{"POV has no participation rate", "D", acc + base + amzn + limit + hundr + "847=2|"},
	{"the participation rate is meant in percent", "D", goodD + "849=10|"},
	{"a parameter is unknown", "D", goodD + "957=1|958=Speed|959=14|960=fast|"},
	{"a parameter is unknown in the text", "D", goodD + "848=Speed=fast|"},
	{"the urgency is out of range", "D", strings.Replace(goodD, "847=1000", "847=1001", 1) + "7002=100.001|"},
	{"the tactic is unknown", "D", goodD + "7001=sniper|"},
	{"two transports disagree", "D", goodD + "7001=taker|957=1|958=Tactic|959=14|960=passive|"},
	{"the end is before the start", "D", goodD + "168=20260302-15:30:00|126=20260302-15:20:00|"},
	{"the end has passed", "D", goodD + "126=20260302-14:59:59.999|"},
	{"the start has passed", "D", goodD + "168=20260302-14:58:59.999|" + future},
	{"the order is stale", "D", strings.Replace(goodD, "60=20260302-15:00", "60=20260302-14:58", 1)},
	{"the order comes from the future", "D", strings.Replace(goodD, "60=20260302-15:00", "60=20260302-15:02", 1)},
	{"the ClOrdID is too long", "D", strings.Replace(goodD, "11=P1", "11="+strings.Repeat("P", 48), 1)},

	{"a replace has no price", "G", strings.Replace(goodG, "44=223.45|", "", 1)},
	{"a replace has a bad quantity", "G", strings.Replace(goodG, "38=100", "38=-5", 1)},
	{"a replace names an unknown strategy", "G", goodG + "847=7|"},
	{"a replace is stale", "G", strings.Replace(goodG, "60=20260302-15:00", "60=20260302-14:00", 1)},
	{"a replace has an unknown symbol", "G", strings.Replace(goodG, "AMZN", "NOPE", 1)},
	{"a replace has an OrigClOrdID too long", "G", strings.Replace(goodG, "41=P0", "41="+strings.Repeat("P", 48), 1)},
	{"a cancel has an unknown symbol", "F", strings.Replace(goodF, "AMZN", "NOPE", 1)},
	{"a cancel has an unsupported side", "F", strings.Replace(goodF, "54=1", "54=5", 1)},

	{"the queue is full for an order", "D", strings.Replace(goodD, "11=P1", "11=FULL1", 1)},
	{"the queue is full for a replace", "G", strings.Replace(goodG, "11=P1", "11=FULL2", 1)},
	{"the queue is full for a cancel", "F", strings.Replace(goodF, "11=C1", "11=FULL3", 1)},
	{"the queue is full for a status request", "H", "11=FULL4|54=1|" + amzn},
}

// TestFormErrors sends every kind of bad message over a real session of each version
// and compares the whole answer. A Reject (3), an ExecutionReport (8), an
// OrderCancelReject (9) or a BusinessMessageReject (j): the rule is in the package's
// table of answers.
func TestFormErrors(t *testing.T) {
	g := sharedGateway(t)
	for v, desk := range map[Version]int{FIX44: deskForm, FIX42: deskForm42, FIX50SP2: deskForm50} {
		t.Run(v.String(), func(t *testing.T) {
			p := logon(t, g, deskNames[desk])
			for _, c := range formCases {
				t.Run(c.name, func(t *testing.T) {
					p.t = t
					before := g.Stats()
					seq := p.seq
					if v == FIX50SP2 && c.msgType == "r" {
						c.body += "1369=1|"
					}
					p.send(c.msgType, c.body)
					raw := p.recvRaw()
					if m := parseFields(raw); m.has(45) && m.get(45) != itoa(seq) {
						t.Errorf("RefSeqNum(45)=%s, sent %d", m.get(45), seq)
					}
					checkReport(t, v, string(raw))
					golden(t, filepath.Join("testdata", "TestFormErrors", goldenDir(v), goldenFile(c.name)), "35="+c.msgType+"|"+c.body, normal(raw))
					if after := g.Stats(); after.Commands != before.Commands {
						t.Error("a command was submitted")
					}
				})
			}
			p.t = t
			p.alive("after all the bad messages")
		})
	}
}
