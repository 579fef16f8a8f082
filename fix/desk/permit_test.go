package desk

import (
	"strings"
	"testing"

	"slipstream/fix"
	"slipstream/internal/market"
)

// Sessions of TestADeskDoesWhatItMay, in this order.
const (
	mayLittle = iota
	mayCancel
	mayCancel42
	mayFew
	mayRead
	mayRead42
	mayRead50
	mayWork
	mayFew42
	mayFew50
	mayDay
	mayDay42
	mayDay50
	mayCount
)

var mayNames = [mayCount]string{"LITTLE", "CANCEL", "CANCEL42", "FEW", "READ", "READ42", "READ50", "WORK", "FEW42", "FEW50", "DAY", "DAY42", "DAY50"}

// openMay opens a gateway whose desks are all limited in some way.
func openMay(t *testing.T) (*Gateway, *commands) {
	t.Helper()
	got := &commands{byID: map[string]fix.Command{}}
	cfg := testConfig()
	for _, name := range mayNames {
		cfg.Sessions = append(cfg.Sessions, Session{SenderCompID: "GATE", TargetCompID: name})
	}
	cfg.Sessions[mayLittle].Limits = Limits{
		Symbols: []string{"AMZN"}, Sides: []market.Side{market.Buy}, Algos: []market.Algo{market.TWAP, market.VWAP},
		MaxOrderQty: 1000, MaxOrderNotional: 100_000 * int64(market.PriceUnit),
	}
	cfg.Sessions[mayCancel].Limits.CancelOnly = true
	cfg.Sessions[mayCancel42].Limits.CancelOnly = true
	for _, i := range [...]int{mayFew, mayFew42, mayFew50} {
		cfg.Sessions[i].Limits.MaxOrdersPerSecond = 3
	}
	for _, i := range [...]int{mayDay, mayDay42, mayDay50} {
		cfg.Sessions[i].Limits.MaxOrdersPerDay, cfg.Sessions[i].Limits.MaxNotionalPerDay = 4, 200_000*int64(market.PriceUnit)
	}
	for _, i := range [...]int{mayCancel42, mayRead42, mayFew42, mayDay42} {
		cfg.Sessions[i].Version = FIX42
	}
	for _, i := range [...]int{mayRead50, mayFew50, mayDay50} {
		cfg.Sessions[i].Version = FIX50SP2
	}
	for _, i := range [...]int{mayRead, mayRead42, mayRead50} {
		cfg.Sessions[i].DropCopy = true
	}
	cfg.Sessions[mayRead50].CopyOf = []string{"WORK"}
	cfg.Submit = got.submit
	return openGateway(t, cfg), got
}

const (
	littleD = "11=L1|21=1|54=1|60=20260302-15:00:00.000|55=AMZN|40=2|44=100.00|38=1000|847=1000|"
	littleG = "11=L2|41=L1|21=1|54=1|60=20260302-15:00:00.000|55=AMZN|40=2|44=100.00|38=1000|"
)

func TestADeskDoesWhatItMay(t *testing.T) {
	t.Parallel()
	g, got := openMay(t)
	cases := []struct {
		name    string
		desk    int
		msgType string
		body    string
		want    string // tags of the answer; "" = submitted
	}{
		{"what is within every limit", mayLittle, "D", littleD, ""},
		{"another symbol", mayLittle, "D", strings.Replace(littleD, "AMZN", "LOTS", 1), "35=8|150=8|39=8|103=0|58=not authorized: Symbol(55)=LOTS"},
		{"another side", mayLittle, "D", strings.Replace(littleD, "54=1", "54=2", 1), "35=8|150=8|103=0|58=not authorized: Side(54)=2"},
		{"another algorithm", mayLittle, "D", strings.Replace(littleD, "847=1000", "847=1001", 1), "35=8|150=8|103=0|58=not authorized: the algorithm IS"},
		{"a share too many", mayLittle, "D", strings.Replace(littleD, "38=1000", "38=1001", 1), "35=8|150=8|103=3|58=exceeds a risk limit: OrderQty(38) is above the desk's 1000"},
		{"a cent too dear", mayLittle, "D", strings.Replace(littleD, "44=100.00", "44=100.01", 1), "35=8|150=8|103=3|58=exceeds a risk limit: the order's value is above the desk's 100000.00"},
		{"an order that cannot be valued", mayLittle, "D", strings.Replace(littleD, "40=2|44=100.00|", "40=1|", 1), "35=8|150=8|103=3|58=exceeds a risk limit: the desk's limit of value needs a Price(44)"},
		{"a replace within every limit", mayLittle, "G", littleG, ""},
		{"a replace beyond one", mayLittle, "G", strings.Replace(littleG, "38=1000", "38=1001", 1), "35=9|434=2|102=99|58=exceeds a risk limit: OrderQty(38) is above the desk's 1000"},
		{"a replace of another symbol", mayLittle, "G", strings.Replace(littleG, "AMZN", "LOTS", 1), "35=9|434=2|102=2|58=not authorized: Symbol(55)=LOTS"},
		{"a cancel of another symbol lowers the risk", mayLittle, "F", "11=L3|41=L1|54=1|60=20260302-15:00:00.000|55=LOTS|", ""},

		{"an order of a session that may only cancel", mayCancel, "D", littleD, "35=j|372=D|379=L1|380=6|58=not authorized, nothing was done"},
		{"a replace of a session that may only cancel", mayCancel, "G", littleG, "35=j|372=G|379=L2|380=6"},
		{"a cancel of a session that may only cancel", mayCancel, "F", "11=L4|41=L1|54=1|60=20260302-15:00:00.000|55=AMZN|", ""},
		{"a mass cancel of a session that may only cancel", mayCancel, "q", "11=L5|530=7|60=20260302-15:00:00.000|", ""},
		{"an order of a FIX 4.2 session that may only cancel", mayCancel42, "D", littleD, "35=8|20=0|150=8|39=8|103=0|58=not authorized: this session may only cancel"},
		{"a replace of a FIX 4.2 session that may only cancel", mayCancel42, "G", littleG, "35=9|434=2|102=2|58=not authorized: this session may only cancel"},

		{"an order on a drop copy", mayRead, "D", littleD, "35=j|372=D|379=L1|380=6|58=not authorized, nothing was done"},
		{"a replace on a drop copy", mayRead, "G", littleG, "35=j|372=G|380=6"},
		{"a cancel on a drop copy", mayRead, "F", "11=L7|41=L1|54=1|60=20260302-15:00:00.000|55=AMZN|", "35=j|372=F|380=6"},
		{"a mass cancel on a drop copy", mayRead, "q", "11=L8|530=7|60=20260302-15:00:00.000|", "35=j|372=q|380=6"},
		{"a status request on a drop copy", mayRead, "H", "11=L1|54=1|55=AMZN|", "35=j|372=H|380=6"},
		{"an order on a drop copy of FIX 4.2", mayRead42, "D", littleD, "35=j|372=D|379=L1|380=3"},
		{"an order on a drop copy of FIX 5.0SP2", mayRead50, "D", littleD, "35=j|372=D|379=L1|380=6"},
	}
	type mayCase = struct {
		name    string
		desk    int
		msgType string
		body    string
		want    string
	}
	for desk, cxl := range map[int]string{mayFew: "99", mayFew42: "2", mayFew50: "99"} {
		cases = append(cases, []mayCase{
			{"the first order of a second", desk, "D", strings.Replace(littleD, "L1", "F1", 1), ""},
			{"the second", desk, "G", strings.Replace(littleG, "L2", "F2", 1), ""},
			{"the third", desk, "D", strings.Replace(littleD, "L1", "F3", 1), ""},
			{"one too many", desk, "D", strings.Replace(littleD, "L1", "F4", 1),
				"35=8|150=8|39=8|11=F4|103=3|58=too many orders a second: max_orders_per_second is 3: send slower"},
			{"a replace too many", desk, "G", strings.Replace(littleG, "L2", "F5", 1), "35=9|434=2|11=F5|102=" + cxl},
			{"a cancel is never one too many", desk, "F", "11=F6|41=F1|54=1|60=20260302-15:00:00.000|55=AMZN|", ""},
		}...)
	}
	for desk, cxl := range map[int]string{mayDay: "99", mayDay42: "2", mayDay50: "99"} {
		cases = append(cases, []mayCase{
			{"half of the day's value", desk, "D", strings.Replace(littleD, "L1", "V1", 1), ""},
			{"a replace adds what it adds", desk, "G", "11=V2|41=V1|" + strings.Replace(littleD[6:], "38=1000", "38=1500", 1), ""},
			{"no price, no value", desk, "D", strings.Replace(littleD, "40=2|44=100.00|", "40=1|", 1),
				"35=8|150=8|103=3|58=exceeds a risk limit: max_notional_per_day_usd needs a Price(44)"},
			{"a share beyond the day's value", desk, "D", strings.Replace(littleD, "38=1000", "38=501", 1),
				"35=8|150=8|39=8|103=3|58=exceeds a risk limit: max_notional_per_day_usd is 200000.00, of which 50000.00 is left: more from midnight UTC, or when the daemon's operator raises it"},
			{"a replace beyond the day's value", desk, "G", "11=V4|41=V2|" + strings.Replace(littleD[6:], "38=1000", "38=2001", 1),
				"35=9|434=2|11=V4|41=V2|102=" + cxl},
			{"a smaller one", desk, "D", strings.Replace(strings.Replace(littleD, "L1", "V3", 1), "38=1000", "38=1", 1), ""},
			{"the last of the day", desk, "G", "11=V5|41=V3|" + strings.Replace(littleD[6:], "38=1000", "38=1", 1), ""},
			{"one too many", desk, "D", strings.Replace(strings.Replace(littleD, "L1", "V6", 1), "38=1000", "38=1", 1),
				"35=8|150=8|39=8|103=3|11=V6|58=exceeds a risk limit: max_orders_per_day is 4, and as many were sent: more from midnight UTC, or when the daemon's operator raises it"},
			{"a replace too many", desk, "G", "11=V7|41=V5|" + strings.Replace(littleD[6:], "38=1000", "38=1", 1), "35=9|434=2|11=V7|102=" + cxl},
			{"a cancel is never one too many", desk, "F", "11=V8|41=V5|54=1|60=20260302-15:00:00.000|55=AMZN|", ""},
		}...)
	}
	peers, outer := map[int]*peer{}, t
	for _, c := range cases {
		t.Run(mayNames[c.desk]+"/"+c.name, func(t *testing.T) {
			p := peers[c.desk]
			if p == nil {
				p = logon(outer, g, mayNames[c.desk])
				peers[c.desk] = p
			}
			p.t = t
			before := g.Stats()
			p.send(c.msgType, c.body)
			if c.want == "" {
				p.alive("a message that is allowed")
				if g.Stats().Commands != before.Commands+1 {
					t.Error("nothing was submitted")
				}
				return
			}
			raw := show(p.recvRaw())
			for _, tag := range strings.Split(c.want, "|") {
				if !strings.Contains(raw, "|"+tag+"|") {
					t.Errorf("%s is missing in %s", tag, raw)
				}
			}
			if g.Stats().Commands != before.Commands {
				t.Error("a command was submitted")
			}
			checkReport(t, p.version, strings.ReplaceAll(raw, "|", "\x01"))
		})
	}
	if _, submitted := got.get("L7"); submitted {
		t.Error("a drop copy canceled an order")
	}
}

func TestTheRateIsOfAnySecond(t *testing.T) {
	l := newRateLog(2)
	for _, c := range []struct {
		at   market.Nanos
		want bool
	}{{1, true}, {2, true}, {3, false}, {market.Second, false}, {market.Second + 1, true}, {market.Second + 1, false}, {market.Second + 2, true}, {2 * market.Second, false}} {
		if l.take(c.at) != c.want {
			t.Errorf("at %d: %v", c.at, !c.want)
		}
	}
	none := newRateLog(0)
	if first, second := none.take(1), none.take(1); !first || !second {
		t.Error("no limit refuses")
	}
}

func TestAValueBeyondInt64IsAboveEveryLimit(t *testing.T) {
	if !above(1<<60, 1<<40, 1<<62) || above(1<<30, 1<<30, 1<<60) || !above(1<<30, 1<<30+1, 1<<60) {
		t.Error("the product is not exact")
	}
}
