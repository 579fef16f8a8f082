package desk

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// exec builds an ExecutionReport of P1, a buy of 100 AMZN at 10 at most; override
// fields with "tag=value|..." .
func exec8(override string) []byte {
	order := []string{"6", "11", "14", "17", "19", "31", "32", "37", "38", "39", "54", "55", "60", "150", "151"}
	v := map[string]string{"6": "0", "11": "P1", "14": "0", "17": "E1", "37": "7", "38": "100", "39": "0",
		"54": "1", "55": "AMZN", "60": "20260302-15:00:00.000", "150": "0", "151": "100"}
	header := ""
	for _, f := range strings.Split(strings.Trim(override, "|"), "|") {
		if tag, value, ok := strings.Cut(f, "="); ok {
			if tag == "43" || tag == "97" {
				header += f + "|"
				continue
			}
			v[tag] = value
		}
	}
	inner := "35=8|34=2|49=A|52=20260302-15:00:00.000|56=B|" + header
	for _, tag := range order {
		if v[tag] != "" {
			inner += tag + "=" + v[tag] + "|"
		}
	}
	inner = strings.ReplaceAll(inner, "|", "\x01")
	msg := fmt.Sprintf("8=FIX.4.4\x019=%d\x01%s", len(inner), inner)
	return fmt.Appendf(nil, "%s10=%03d\x01", msg, wire.CheckSum([]byte(msg)))
}

const (
	isNew  = "17=E1|"
	half   = "17=E2|150=F|39=1|32=50|31=9.99|14=50|151=50|6=9.99|"
	rest   = "17=E3|150=F|39=2|32=50|31=10|14=100|151=0|6=9.995|"
	cancel = "17=E4|150=4|39=4|14=50|151=0|6=9.99|"
)

func TestLedgerFindsEveryBreach(t *testing.T) {
	for _, c := range []struct {
		name   string
		msgs   []string
		breach string // "" = none
	}{
		{"a clean fill", []string{isNew, half, rest}, ""},
		{"a clean cancel", []string{isNew, half, cancel}, ""},
		{"a copy with PossDup", []string{isNew, half, half + "43=Y|", rest}, ""},
		{"a copy with PossResend", []string{isNew, half, half + "97=Y|", rest}, ""},
		{"a refusal of a duplicate after the end", []string{isNew, half, rest, "17=E5|150=8|39=2|14=100|151=0|6=9.995|"}, ""},
		{"a status after the end", []string{isNew, half, rest, "17=E5|150=I|39=2|14=100|151=0|6=9.995|"}, ""},
		{"a bust of a filled order, and the cancel of its balance", []string{isNew, half, rest, "17=E5|19=E3|150=H|39=1|32=50|31=10|14=50|151=50|6=9.99|",
			"17=E6|150=4|39=4|14=50|151=0|6=9.99|"}, ""},
		{"a correction, then its bust", []string{isNew, half, "17=E5|19=E2|150=G|39=1|32=40|31=9.98|14=40|151=60|6=9.98|",
			"17=E6|19=E5|150=H|39=0|32=40|31=9.98|14=0|151=100|6=0|", "17=E7|150=4|39=4|14=0|151=0|6=0|"}, ""},
		{"an average that is cut rather than rounded", []string{isNew, half, strings.Replace(rest, "9.995", "9.994999999", 1)}, ""},

		{"a bust of a trade that there was not", []string{isNew, half, "17=E5|19=E9|150=H|39=1|32=50|31=9.99|14=50|151=50|6=9.99|"}, "ExecRefID \"E9\" names no trade"},
		{"a bust of more than the trade had", []string{isNew, half, "17=E5|19=E2|150=H|39=0|32=60|31=9.99|14=0|151=100|6=0|"}, "the bust of E2 takes back 60"},
		{"a bust that lowers nothing", []string{isNew, half, "17=E5|19=E2|150=H|39=1|32=50|31=9.99|14=50|151=50|6=9.99|"}, "CumQty 50 after 0"},
		{"a copy without a flag", []string{isNew, half, half}, "ExecID E2 came twice"},
		{"CumQty falls", []string{isNew, half, "17=E5|150=D|39=1|14=40|151=60|6=9.99|"}, "CumQty 40 after 50"},
		{"CumQty skips a fill", []string{isNew, rest}, "CumQty 100 after 0 with LastQty 50"},
		{"CumQty grows without a trade", []string{isNew, "17=E2|150=D|39=1|14=50|151=50|6=0|"}, "CumQty 50 after 0"},
		{"a trade of nothing", []string{isNew, "17=E2|150=F|39=0|32=0|31=9|14=0|151=100|"}, "a trade of 0 shares"},
		{"overfill", []string{isNew, half, "17=E3|150=F|39=2|32=60|31=9.99|14=110|151=0|6=9.99|"}, "CumQty 110 is above OrderQty 100"},
		{"LeavesQty of a working order", []string{isNew, strings.Replace(half, "151=50", "151=51", 1)}, "LeavesQty 51, want 50"},
		{"LeavesQty of a finished order", []string{isNew, half, strings.Replace(cancel, "151=0", "151=50", 1)}, "LeavesQty 50, want 0"},
		{"filled too early", []string{isNew, strings.Replace(strings.Replace(half, "39=1", "39=2", 1), "151=50", "151=0", 1)}, "filled with CumQty 50 of 100"},
		{"a report after the end", []string{isNew, half, cancel, "17=E5|150=F|39=4|32=1|31=9.99|14=51|151=0|6=9.99|"}, "after the order had ended as canceled"},
		{"a fill beyond the limit", []string{isNew, strings.ReplaceAll(half, "9.99", "10.01")}, "beyond the limit"},
		{"a wrong average", []string{isNew, strings.Replace(half, "|6=9.99", "|6=9.98", 1)}, "AvgPx 9980000000, the fills average 9990000000"},
		{"OrderID changes", []string{isNew, half + "37=8|"}, "OrderID changed from 7 to 8"},
		{"another symbol", []string{isNew + "55=MSFT|"}, "Symbol is MSFT"},
		{"a required field is missing", []string{isNew + "60=|"}, "lacks a required field"},
		{"an order nobody sent", []string{"11=P9|"}, `ClOrdID "P9", which was never sent`},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := NewLedger()
			st := Step{Kind: New, ClOrdID: "P1", Symbol: "AMZN", Side: market.Buy, Qty: 100, OrdType: Limit, Price: 10 * market.PriceUnit}
			l.Expect(st)
			l.Sent(1, st)
			for _, m := range c.msgs {
				l.Receive(2, exec8(m))
			}
			if c.breach == "" {
				if len(l.violations) != 0 || !l.Done() {
					t.Errorf("violations %q, done %v", l.violations, l.Done())
				}
				return
			}
			if got := strings.Join(l.violations, "; "); !strings.Contains(got, c.breach) {
				t.Errorf("violations %q, want one with %q", got, c.breach)
			}
		})
	}
}

func TestLedgerTakesRejectsOfTheSession(t *testing.T) {
	l := NewLedger()
	st := Step{Kind: New, ClOrdID: "P1", Symbol: "AMZN", Side: market.Buy, Qty: 100, OrdType: Market}
	l.Expect(st)
	l.Sent(1, st)
	l.Numbered(5, "P1")
	inner := "35=3\x0134=2\x0149=A\x0152=20260302-15:00:00\x0156=B\x0145=5\x0158=Invalid tag\x01373=0\x01"
	l.Receive(2, []byte(fmt.Sprintf("8=FIX.4.4\x019=%d\x01%s10=000\x01", len(inner), inner)))
	if p := l.parents[0]; !l.Done() || p.Status != "8" || p.Text != "Invalid tag" || l.rejects != 1 {
		t.Errorf("done %v, %+v", l.Done(), p)
	}
}
