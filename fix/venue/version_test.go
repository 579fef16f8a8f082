package venue

import (
	"strings"
	"testing"

	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/fix/session/tables"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Every message the encoder writes is good in each version's dictionary.
func TestEncodedMessagesInEachVersion(t *testing.T) {
	for _, v := range []struct {
		begin string
		dict  *session.Dictionary
	}{{"FIX.4.2", tables.FIX42()}, {"FIX.4.4", tables.FIX44()}, {"FIXT.1.1", tables.FIX50SP2()}} {
		e := newTestEncoder(t, Config{Account: "DESK1", BeginString: v.begin})
		child := ChildIDBase(testEpoch) + 7
		symbol := market.MakeSymbol("AMZN")
		for _, raw := range [][]byte{
			e.AppendNew(nil, 1, testNow, &limitOrder),
			e.AppendReplace(nil, 2, testNow, &Replace{Child: child + 1, Orig: child, Symbol: symbol, Side: market.Buy, Qty: 10, Price: 187_250000000}),
			e.AppendCancel(nil, 3, testNow, &Cancel{Child: child + 1, Orig: child, Symbol: symbol, Side: market.Sell, Qty: 10}),
			e.AppendStatus(nil, 4, testNow, &Status{Child: child, Symbol: symbol, Side: market.Buy}),
			e.AppendBusinessReject(nil, 5, testNow, 17, []byte("B"), RejectUnsupported),
		} {
			var m wire.Message
			if n, fault := wire.Frame(raw, 4096); n != len(raw) || fault != wire.FaultNone {
				t.Fatalf("%s: %v", v.begin, fault)
			}
			if fault := wire.Parse(raw, &m); fault != wire.FaultNone || !strings.HasPrefix(string(raw), "8="+v.begin+"\x01") {
				t.Fatalf("%s: %v", v.begin, fault)
			}
			if reason, tag, _ := v.dict.Check(&m); reason != session.DictionaryOK {
				t.Errorf("%s: reason %d, tag %d: %q", v.begin, reason, tag, raw)
			}
		}
	}
}

// FIX 4.2 says fills, busts and replaces otherwise; they are read as 4.4 says them.
func TestDecodeFIX42(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		exec         fix.ExecType
		status       fix.OrdStatus
	}{
		{"a part fill", "20=0|150=1|39=1|14=100|", 'F', '1'},
		{"a fill", "20=0|150=2|39=2|14=500|", 'F', '2'},
		{"a bust", "20=1|150=1|39=0|14=0|19=E1|", 'H', '0'},
		{"a correction", "20=2|150=1|39=1|14=50|19=E1|", 'G', '1'},
		{"a status", "20=3|150=1|39=1|14=100|", 'I', '1'},
		{"a replace of an order without fills", "20=0|150=5|39=5|14=0|", '5', '0'},
		{"a replace of an order with fills", "20=0|150=5|39=5|14=100|", '5', '1'},
		{"a fill of a replaced order", "20=0|150=1|39=1|14=100|", 'F', '1'},
		{"a correction of a fill that leaves the order filled", "20=2|150=2|39=2|14=500|19=E1|", 'G', '2'},
		{"a bust that reopens a filled order", "20=1|150=2|39=1|14=400|19=E1|", 'H', '1'},
		{"done for the day", "20=0|150=3|39=3|14=0|", '3', '3'},
		{"a restatement", "20=0|150=D|39=0|14=0|378=3|", 'D', '0'},
		{"a new order", "20=0|150=0|39=0|14=0|", '0', '0'},
	} {
		var r ExecReport
		m, fault := parse(frame("35=8|34=2|49=VENUE|52=20261103-14:30:00.123|56=SLIP|37=1|17=E2|11=S2611030001100000042|" + c.fields))
		if fault != wire.FaultNone {
			t.Fatal(fault)
		}
		if fault := DecodeExecReport(m, &r); fault != wire.FaultNone || r.ExecType != c.exec || r.OrdStatus != c.status {
			t.Errorf("%s: %c/%c, %v; want %c/%c", c.name, r.ExecType, r.OrdStatus, fault, c.exec, c.status)
		}
	}
}
