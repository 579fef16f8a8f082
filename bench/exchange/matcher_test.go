package exchange

import (
	"fmt"
	"strings"
	"testing"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// script runs requests written as text against a fresh matcher of testConfig and
// gives what it did as text: one word per Exec, and the tape's messages.
//
//	new OWNER buy|sell QTY PRICE [ioc|fok|post|mkt|smpin|smpboth...]
//	cancel OWNER N       N: the N-th request made the order (its ClientRef)
//	replace OWNER N QTY PRICE [post]
//	halt, resume
type script struct {
	t *testing.T
	m *Matcher
	n uint64
}

func newScript(t *testing.T, cfg Config) *script {
	return &script{t: t, m: NewMatcher(cfg, NewTape(1<<12))}
}

func (s *script) do(line string) string {
	s.t.Helper()
	var q Request
	s.n++
	q.ClientRef = s.n
	f := strings.Fields(line)
	scan := func(from int, args ...any) int {
		n, err := fmt.Sscan(strings.Join(f[from:from+len(args)], " "), args...)
		if err != nil || n != len(args) {
			s.t.Fatalf("script %q: %v", line, err)
		}
		return from + len(args)
	}
	var px float64
	at := len(f)
	switch f[0] {
	case "new":
		q.Kind = KindNew
		var side string
		at = scan(1, &q.Owner, &side, &q.Qty, &px)
		q.Side = map[string]market.Side{"buy": market.Buy, "sell": market.Sell}[side]
	case "cancel":
		q.Kind = KindCancel
		at = scan(1, &q.Owner, &q.OrigClientRef)
	case "replace":
		q.Kind = KindReplace
		at = scan(1, &q.Owner, &q.OrigClientRef, &q.Qty, &px)
	case "halt":
		q.Kind = KindHalt
	case "resume":
		q.Kind = KindResume
	default:
		s.t.Fatalf("script %q", line)
	}
	q.Price = market.Price(px*1e4+0.5) * market.ITCHUnit
	for _, opt := range f[at:] {
		switch opt {
		case "ioc":
			q.TIF = IOC
		case "fok":
			q.TIF = FOK
		case "post":
			q.PostOnly = true
		case "mkt":
			q.Type, q.Price = OrdMarket, 0
		case "smprest":
			q.SelfMatch = CancelResting
		case "smpin":
			q.SelfMatch = CancelIncoming
		case "smpboth":
			q.SelfMatch = CancelBothMatched
		default:
			s.t.Fatalf("script %q: %q", line, opt)
		}
	}
	return s.run(&q)
}

var execNames = [...]string{"", "accepted", "rejected", "trade", "canceled", "replaced", "cancel-rejected", "status"}

func (s *script) run(q *Request) string {
	from := s.m.tape.Sequence()
	s.m.ClearExecs()
	s.m.Do(q)
	var out []string
	for _, e := range s.m.Execs() {
		w := fmt.Sprintf("%s#%d", execNames[e.Kind], e.ClientRef)
		switch {
		case e.Kind == ExecTrade:
			w += fmt.Sprintf(" %d@%s", e.LastQty, px(e.LastPx))
		case e.Reason != ReasonNone:
			w += " " + e.Reason.String()
		}
		out = append(out, w)
	}
	var tape strings.Builder
	for seq := from + 1; seq <= s.m.tape.Sequence(); seq++ {
		msg, _ := s.m.tape.Message(seq)
		tape.WriteByte(itch.Type(msg))
	}
	return strings.Join(out, ", ") + " | " + tape.String()
}

func px(p market.Price) string { return fmt.Sprintf("%.2f", float64(p)/1e9) }

// book is the resting orders of the first instrument in priority order.
func (s *script) book() string {
	var parts []string
	for _, side := range [...]market.Side{market.Buy, market.Sell} {
		s.m.EachOrder(0, side, func(ref uint64, price, qty, owner uint32) {
			client := uint64(0)
			if i := s.m.own.byRef.get(ref); i >= 0 {
				client = s.m.own.recs[i].clientRef
			}
			parts = append(parts, fmt.Sprintf("%c%d#%d@%s", "?bs"[side], qty, client, px(priceOf(price))))
		})
	}
	return strings.Join(parts, " ")
}

func TestMatcherRules(t *testing.T) {
	type step struct{ do, want string }
	cases := []struct {
		name  string
		steps []step
		book  string
	}{
		{"a lower quantity at the same price keeps time priority and is published as X", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 buy 100 10.00", "accepted#2 | A"},
			{"replace 1 1 60 10.00", "replaced#3 | X"},
			{"new 3 sell 60 10.00 ioc", "accepted#4, trade#3 60@10.00, trade#4 60@10.00 | E"},
		}, "b100#2@10.00"},
		{"a higher quantity at the same price loses time priority", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 buy 100 10.00", "accepted#2 | A"},
			{"replace 1 1 101 10.00", "replaced#3 | U"},
			{"new 3 sell 50 10.00 ioc", "accepted#4, trade#2 50@10.00, trade#4 50@10.00 | E"},
		}, "b50#2@10.00 b101#3@10.00"},
		{"the same quantity at the same price loses time priority", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 buy 100 10.00", "accepted#2 | A"},
			{"replace 1 1 100 10.00", "replaced#3 | U"},
		}, "b100#2@10.00 b100#3@10.00"},
		{"another price and back loses time priority", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 buy 100 10.00", "accepted#2 | A"},
			{"replace 1 1 100 10.01", "replaced#3 | U"},
			{"replace 1 3 50 10.00", "replaced#4 | U"},
		}, "b100#2@10.00 b50#4@10.00"},
		{"a replace that crosses trades and its rest rests under the new reference", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 sell 40 10.02", "accepted#2 | A"},
			{"replace 1 1 100 10.02", "replaced#3, trade#2 40@10.02, trade#3 40@10.02 | DEA"},
		}, "b60#3@10.02"},
		{"a replace to the executed quantity cancels the order", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 sell 40 10.00", "accepted#2, trade#1 40@10.00, trade#2 40@10.00 | E"},
			{"replace 1 1 40 10.00", "canceled#3 replaced to at most the executed quantity | D"},
		}, ""},
		{"a replace below the executed quantity cancels the order", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 sell 40 10.00", "accepted#2, trade#1 40@10.00, trade#2 40@10.00 | E"},
			{"replace 1 1 10 10.05", "canceled#3 replaced to at most the executed quantity | D"},
		}, ""},
		{"a replace to just above the executed quantity leaves one share", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 sell 40 10.00", "accepted#2, trade#1 40@10.00, trade#2 40@10.00 | E"},
			{"replace 1 1 41 10.00", "replaced#3 | X"},
		}, "b1#3@10.00"},
		{"a post-only replace that would trade is rejected and the order stays", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 sell 40 10.02", "accepted#2 | A"},
			{"replace 1 1 100 10.02 post", "cancel-rejected#3 post-only order would trade | "},
		}, "b100#1@10.00 s40#2@10.02"},
		{"an IOC takes partial depth up to its limit and cancels the rest", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 1 sell 30 10.01", "accepted#2 | A"},
			{"new 1 sell 30 10.02", "accepted#3 | A"},
			{"new 2 buy 100 10.01 ioc", "accepted#4, trade#1 30@10.00, trade#4 30@10.00, trade#2 30@10.01, trade#4 30@10.01, canceled#4 immediate-or-cancel remainder | EE"},
		}, "s30#3@10.02"},
		{"a FOK over the depth within its limit trades nothing", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 1 sell 30 10.01", "accepted#2 | A"},
			{"new 1 sell 30 10.02", "accepted#3 | A"},
			{"new 2 buy 61 10.01 fok", "accepted#4, canceled#4 fill-or-kill not fillable | "},
		}, "s30#1@10.00 s30#2@10.01 s30#3@10.02"},
		{"a FOK of exactly the depth within its limit fills", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 1 sell 30 10.01", "accepted#2 | A"},
			{"new 2 buy 60 10.01 fok", "accepted#3, trade#1 30@10.00, trade#3 30@10.00, trade#2 30@10.01, trade#3 30@10.01 | EE"},
		}, ""},
		{"a FOK does not count its owner's orders and leaves them when it fails", []step{
			{"new 2 sell 30 10.00", "accepted#1 | A"},
			{"new 1 sell 30 10.00", "accepted#2 | A"},
			{"new 2 buy 60 10.00 fok", "accepted#3, canceled#3 fill-or-kill not fillable | "},
			{"new 2 buy 30 10.00 fok", "accepted#4, canceled#1 self-match prevention, trade#2 30@10.00, trade#4 30@10.00 | DE"},
		}, ""},
		{"a FOK that cancels itself at its owner's order needs the depth before it", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 2 sell 30 10.00", "accepted#2 | A"},
			{"new 1 sell 30 10.00", "accepted#3 | A"},
			{"new 2 buy 31 10.00 fok smpin", "accepted#4, canceled#4 fill-or-kill not fillable | "},
			{"new 2 buy 30 10.00 fok smpin", "accepted#5, trade#1 30@10.00, trade#5 30@10.00 | E"},
		}, "s30#2@10.00 s30#3@10.00"},
		{"post-only one tick behind the touch rests, at the touch is rejected", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 2 buy 30 9.99 post", "accepted#2 | A"},
			{"new 2 buy 30 10.00 post", "rejected#3 post-only order would trade | "},
		}, "b30#2@9.99 s30#1@10.00"},
		{"post-only into an empty side rests", []step{
			{"new 2 buy 30 10.00 post", "accepted#1 | A"},
		}, "b30#1@10.00"},
		{"a post-only IOC has no meaning", []step{
			{"new 2 buy 30 10.00 post ioc", "rejected#1 unsupported order characteristic | "},
		}, ""},
		{"by default a self-match cancels the resting order and matching goes on", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 2 sell 30 10.00", "accepted#2 | A"},
			{"new 1 buy 50 10.00", "accepted#3, canceled#1 self-match prevention, trade#2 30@10.00, trade#3 30@10.00 | DEA"},
		}, "b20#3@10.00"},
		{"cancel-incoming keeps the resting order and cancels the rest of the incoming one", []step{
			{"new 2 sell 30 9.99", "accepted#1 | A"},
			{"new 1 sell 30 10.00", "accepted#2 | A"},
			{"new 1 buy 50 10.00 smpin", "accepted#3, trade#1 30@9.99, trade#3 30@9.99, canceled#3 self-match prevention | E"},
		}, "s30#2@10.00"},
		{"cancel-both cancels both", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 1 sell 30 10.00", "accepted#2 | A"},
			{"new 1 buy 50 10.00 smpboth", "accepted#3, canceled#1 self-match prevention, canceled#3 self-match prevention | D"},
		}, "s30#2@10.00"},
		{"a replace into its owner's order prevents the match by the order's rule", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 1 buy 50 9.99 smpin", "accepted#2 | A"},
			{"replace 1 2 50 10.00", "replaced#3, canceled#3 self-match prevention | D"},
		}, "s30#1@10.00"},
		{"the background never matches itself away: owner 0 trades with owner 0", []step{
			{"new 0 sell 30 10.00", " | A"},
			{"new 0 buy 50 10.00", " | EA"},
		}, "b20#0@10.00"},
		{"a market order takes what is there and cancels the rest", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 2 buy 50 0 mkt", "accepted#2, trade#1 30@10.00, trade#2 30@10.00, canceled#2 no liquidity | E"},
		}, ""},
		{"a market order into an empty book is accepted and canceled", []step{
			{"new 2 buy 50 0 mkt", "accepted#1, canceled#1 no liquidity | "},
		}, ""},
		{"a FOK market order over the book trades nothing", []step{
			{"new 1 sell 30 10.00", "accepted#1 | A"},
			{"new 2 buy 31 0 mkt fok", "accepted#2, canceled#2 fill-or-kill not fillable | "},
		}, "s30#1@10.00"},
		{"an IOC into an empty book is accepted and canceled", []step{
			{"new 2 buy 50 10.00 ioc", "accepted#1, canceled#1 immediate-or-cancel remainder | "},
		}, ""},
		{"a FOK into an empty book is accepted and canceled", []step{
			{"new 2 buy 50 10.00 fok", "accepted#1, canceled#1 fill-or-kill not fillable | "},
			{"new 2 buy 50 0 mkt fok", "accepted#2, canceled#2 fill-or-kill not fillable | "},
		}, ""},
		{"an order that traded in part keeps its place, and still does when it shrinks", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 buy 100 10.00", "accepted#2 | A"},
			{"new 3 sell 40 10.00", "accepted#3, trade#1 40@10.00, trade#3 40@10.00 | E"},
			{"replace 1 1 90 10.00", "replaced#4 | X"},
			{"new 3 sell 60 10.00", "accepted#5, trade#4 50@10.00, trade#5 50@10.00, trade#2 10@10.00, trade#5 10@10.00 | EE"},
		}, "b90#2@10.00"},
		{"an order that traded in part and grows goes to the end", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 buy 100 10.00", "accepted#2 | A"},
			{"new 3 sell 40 10.00", "accepted#3, trade#1 40@10.00, trade#3 40@10.00 | E"},
			{"replace 1 1 110 10.00", "replaced#4 | U"},
			{"new 3 sell 60 10.00", "accepted#5, trade#2 60@10.00, trade#5 60@10.00 | E"},
		}, "b40#2@10.00 b70#4@10.00"},
		{"a replace that crosses and is filled leaves nothing", []step{
			{"new 1 buy 100 10.00", "accepted#1 | A"},
			{"new 2 sell 150 10.02", "accepted#2 | A"},
			{"replace 1 1 100 10.05", "replaced#3, trade#2 100@10.02, trade#3 100@10.02 | DE"},
		}, "s50#2@10.02"},
		{"a post-only replace that does not cross moves and queues last", []step{
			{"new 2 buy 10 10.01", "accepted#1 | A"},
			{"new 1 buy 100 10.00", "accepted#2 | A"},
			{"replace 1 2 100 10.01 post", "replaced#3 | U"},
		}, "b10#1@10.01 b100#3@10.01"},
		{"the maximum quantity trades against many orders and the rest of it rests", []step{
			{"new 1 sell 1000000 10.00", "accepted#1 | A"},
			{"new 2 buy 1000000 10.00", "accepted#2, trade#1 1000000@10.00, trade#2 1000000@10.00 | E"},
			{"new 1 sell 1 10.00", "accepted#3 | A"},
			{"new 2 buy 1000000 10.00", "accepted#4, trade#3 1@10.00, trade#4 1@10.00 | EA"},
		}, "b999999#4@10.00"},
		{"zero and negative quantities and one over the maximum are rejected, the maximum rests", []step{
			{"new 1 buy 0 10.00", "rejected#1 bad quantity | "},
			{"new 1 buy -1 10.00", "rejected#2 bad quantity | "},
			{"new 1 buy 1000001 10.00", "rejected#3 bad quantity | "},
			{"new 1 buy 1000000 10.00", "accepted#4 | A"},
		}, "b1000000#4@10.00"},
		{"prices off the tick, at zero and over the maximum are rejected, the maximum rests", []step{
			{"new 1 sell 1 10.005", "rejected#1 bad price | "},
			{"new 1 sell 1 0", "rejected#2 bad price | "},
			{"new 1 sell 1 200000.00", "rejected#3 bad price | "},
			{"new 1 sell 1 199999.99", "accepted#4 | A"},
		}, "s1#4@199999.99"},
		{"the background may quote between ticks", []step{
			{"new 0 sell 1 10.005", " | A"},
		}, "s1#0@10.01"},
		{"a cancel twice, of another's order and of an unknown one", []step{
			{"new 1 buy 10 10.00", "accepted#1 | A"},
			{"cancel 2 1", "cancel-rejected#2 unknown order | "},
			{"cancel 1 1", "canceled#3 requested | D"},
			{"cancel 1 1", "cancel-rejected#4 order already finished | "},
			{"cancel 1 99", "cancel-rejected#5 unknown order | "},
		}, ""},
		{"an order is found by its current ClientRef alone", []step{
			{"new 1 buy 10 10.00", "accepted#1 | A"},
			{"replace 1 1 20 10.00", "replaced#2 | U"},
			{"cancel 1 1", "cancel-rejected#3 unknown order | "},
			{"cancel 1 2", "canceled#4 requested | D"},
		}, ""},
		{"in a halt cancels pass, orders and replaces do not, and nothing trades", []step{
			{"new 1 buy 10 10.00", "accepted#1 | A"},
			{"new 1 buy 10 9.99", "accepted#2 | A"},
			{"halt", " | H"},
			{"new 2 sell 10 10.00", "rejected#4 trading halted | "},
			{"new 0 sell 10 10.00", " | "},
			{"replace 1 1 5 10.00", "cancel-rejected#6 trading halted | "},
			{"cancel 1 2", "canceled#7 requested | D"},
			{"resume", " | H"},
			{"new 2 sell 10 10.00", "accepted#9, trade#1 10@10.00, trade#9 10@10.00 | E"},
		}, ""},
		{"the best price trades first, then the earliest order", []step{
			{"new 1 sell 10 10.01", "accepted#1 | A"},
			{"new 1 sell 10 10.00", "accepted#2 | A"},
			{"new 1 sell 10 10.00", "accepted#3 | A"},
			{"new 2 buy 25 10.01", "accepted#4, trade#2 10@10.00, trade#4 10@10.00, trade#3 10@10.00, trade#4 10@10.00, trade#1 5@10.01, trade#4 5@10.01 | EEE"},
		}, "s5#1@10.01"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, testConfig())
			for _, st := range c.steps {
				if got := s.do(st.do); got != st.want {
					t.Errorf("%s\n got %s\nwant %s", st.do, got, st.want)
				}
			}
			if got := s.book(); got != c.book {
				t.Errorf("book\n got %s\nwant %s", got, c.book)
			}
		})
	}
}

func TestWhatDoesNotFitIsRejected(t *testing.T) {
	cfg := testConfig()
	cfg.MaxOrders, cfg.MaxLevels, cfg.MaxOwn = 3, 2, 4
	s := newScript(t, cfg)
	steps := []struct{ do, want string }{
		{"new 1 buy 10 10.00", "accepted#1 | A"},
		{"new 1 buy 10 9.99", "accepted#2 | A"},
		{"new 1 buy 10 9.98", "rejected#3 order table full | "},                        // no level left
		{"replace 1 2 10 9.98", "replaced#4 | U"},                                      // alone on its level: that is enough
		{"new 1 buy 10 10.00", "accepted#5 | A"},                                       // a known level
		{"replace 1 5 10 9.97", "cancel-rejected#6 order table full | "},               // not alone
		{"new 2 buy 10 10.00", "rejected#7 order table full | "},                       // no order left
		{"new 2 sell 5 10.00", "rejected#8 order table full | "},                       // might have to rest
		{"new 2 sell 5 10.00 ioc", "accepted#9, trade#1 5@10.00, trade#9 5@10.00 | E"}, // cannot
		{"cancel 1 1", "canceled#10 requested | D"},
		{"new 0 buy 10 10.00", " | A"},
		{"new 2 buy 10 10.00 ioc", "accepted#12, canceled#12 immediate-or-cancel remainder | "},
	}
	for _, st := range steps {
		if got := s.do(st.do); got != st.want {
			t.Errorf("%s\n got %s\nwant %s", st.do, got, st.want)
		}
	}
	if s.m.Counters().Rejects != 4 {
		t.Errorf("%d rejects counted, want 4", s.m.Counters().Rejects)
	}
}

func TestOwnRecordsAreReusedOldestFirst(t *testing.T) {
	cfg := testConfig()
	cfg.MaxOwn = 2
	s := newScript(t, cfg)
	s.do("new 1 buy 10 10.00")
	for i := 0; i < 10; i++ {
		s.do("new 1 buy 1 9.00 ioc")
		if got, want := s.m.Execs()[1].Status, StatusCanceled; got != want {
			t.Fatalf("round %d: status %d, want %d", i, got, want)
		}
	}
	s.do("new 1 buy 10 10.00")
	if got, want := s.do("new 1 buy 10 10.00 ioc"), "rejected#13 order table full | "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := s.do("cancel 1 1"), "canceled#14 requested | D"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestExecOfAFillTellsTheOrder(t *testing.T) {
	s := newScript(t, testConfig())
	s.do("new 0 buy 100 9.98")
	s.do("new 1 sell 100 10.00")
	s.do("new 1 sell 100 10.01")
	s.do("new 2 buy 150 10.01 ioc")
	e := s.m.Execs()[len(s.m.Execs())-1]
	if e.Status != StatusFilled || e.CumQty != 150 || e.LeavesQty != 0 || e.Liquidity != LiquidityRemoved || e.MatchNumber != 2 {
		t.Errorf("%+v", e)
	}
	// (100*10.00 + 50*10.01) / 150 = 10.003333...
	if e.AvgPx != 10_003_333_333 || e.Bid != 9_980_000_000 || e.Ask != 10_000_000_000 {
		t.Errorf("AvgPx %d Bid %d Ask %d", e.AvgPx, e.Bid, e.Ask)
	}
}

func TestNonsenseIsRefusedNotObeyed(t *testing.T) {
	s := newScript(t, testConfig())
	for _, q := range []Request{
		{Kind: 99, Owner: 1}, {Kind: NoRequest, Owner: 1}, {Kind: KindNew, Owner: 1, Instrument: 65535},
		{Kind: KindNew, Owner: 1, Side: 9, Qty: 1, Price: market.PriceUnit, ClientRef: 1},
		{Kind: KindNew, Owner: 1, Side: 1, Qty: 1, Price: market.PriceUnit, ClientRef: 1, Type: 9},
		{Kind: KindNew, Owner: 1, Side: 1, Qty: 1, Price: market.PriceUnit, ClientRef: 1, TIF: 9},
		{Kind: KindNew, Owner: 1, Side: 1, Qty: 1, Price: market.PriceUnit, ClientRef: 1, SelfMatch: 9},
		{Kind: KindNew, Owner: 1, Side: 1, Qty: -1 << 63, Price: -1 << 63, ClientRef: 1},
		{Kind: KindCancel, Owner: 1, OrderID: 1<<64 - 1}, {Kind: KindReplace, Owner: 1}, {Kind: KindStatus, Owner: 1},
		{Kind: KindHalt, Instrument: 65535}, {Kind: KindCancel}, {Kind: KindReplace, OrderID: 5}, {Kind: KindStatus},
	} {
		s.m.ClearExecs()
		ref, why := s.m.Do(&q)
		if why == ReasonNone || ref != 0 {
			t.Errorf("%+v was obeyed", q)
		}
		if q.Owner != 0 && (len(s.m.Execs()) != 1 || s.m.Execs()[0].Reason != why) {
			t.Errorf("%+v: execs %+v", q, s.m.Execs())
		}
	}
}
