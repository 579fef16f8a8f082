package exchange

import (
	"fmt"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// edges names what a request that was just applied to p was a case of, for the long
// comparison to prove that it met them all.
func (p *pair) edges(q *Request, why Reason, from uint64, seen map[string]int) {
	var letters []byte
	for seq := from + 1; seq <= p.fast.tape.Sequence(); seq++ {
		if msg, ok := p.fast.tape.Message(seq); ok {
			letters = append(letters, itch.Type(msg))
		}
	}
	n := map[byte]int{}
	for _, l := range letters {
		n[l]++
	}
	who := "own"
	if q.Owner == 0 {
		who = "background"
	}
	mark := func(format string, args ...any) { seen[fmt.Sprintf(format, args...)]++ }
	rested, trades := n['A']+n['F'] > 0, n['E']
	opposite := p.slow.ask
	if q.Side == market.Sell {
		opposite = p.slow.bid
	}
	selfMatch := false
	for _, e := range p.fast.Execs() {
		if e.Reason == ReasonSelfMatch {
			selfMatch = true
		}
	}
	rule := q.SelfMatch
	if rule == SelfMatchDefault {
		rule = p.fast.cfg.SelfMatch
	}
	switch {
	case q.Kind == KindNew && why == ReasonNone:
		kind := typeName(q)
		switch {
		case selfMatch:
			mark("%s meets its owner's order, rule %d", kind, rule)
		case rested && trades == 0:
			mark("%s %s rests", who, kind)
		case rested:
			mark("%s %s trades and rests", who, kind)
		case trades == 0:
			mark("%s %s does nothing", who, kind)
		default:
			mark("%s %s trades", who, kind)
		}
		if opposite == 0 {
			mark("%s into an empty side", kind)
		}
		if trades > 1 && levelsOf(p.fast.Execs()) > 1 {
			mark("%s through more than one level", kind)
		}
		if q.TIF != Day && q.Owner != 0 && !selfMatch {
			last := p.fast.Execs()[len(p.fast.Execs())-1]
			switch {
			case last.Kind == ExecCanceled && last.CumQty > 0:
				mark("%s takes partial depth", kind)
			case last.Reason == ReasonFOK && opposite != 0 && (q.Type == OrdMarket || crossesPrice(q, opposite)):
				mark("%s finds partial depth and does nothing", kind)
			}
		}
		if q.PostOnly && opposite != 0 && q.Price == opposite-market.Price(q.Side.Sign())*p.cfg.Instruments[q.Instrument].Tick {
			mark("post-only one tick behind the touch")
		}
		if q.Qty == 1_000_000 {
			mark("the maximum quantity")
		}
		if q.Type == OrdLimit && q.Price == p.fast.cfg.MaxPrice {
			mark("the maximum price")
		}
	case q.Kind == KindNew:
		mark("new: %s", why)
		if why == ReasonPostOnly && q.Price == opposite {
			mark("post-only at the touch")
		}
		if q.Qty == 0 {
			mark("quantity zero")
		}
		if q.Qty == 1_000_001 {
			mark("one over the maximum quantity")
		}
	case q.Kind == KindReplace && why == ReasonNone:
		switch {
		case selfMatch:
			mark("%s replace meets its owner's order", who)
		case n['X'] == 1:
			mark("%s replace keeps priority", who)
		case n['U'] == 1:
			mark("%s replace gives up priority", who)
		case n['D'] == 1 && trades > 0 && rested:
			mark("%s replace trades and rests", who)
		case n['D'] == 1 && trades > 0:
			mark("%s replace trades whole", who)
		case n['D'] == 1:
			mark("%s replace to what is executed", who)
		}
	case q.Kind == KindReplace:
		mark("replace: %s", why)
	case q.Kind == KindCancel && why == ReasonNone && q.Owner != 0:
		if p.fast.Execs()[0].CumQty > 0 {
			mark("cancel of an order that traded in part")
		} else {
			mark("cancel of a whole order")
		}
	}
}

func crossesPrice(q *Request, opposite market.Price) bool {
	return q.Side == market.Buy && q.Price >= opposite || q.Side == market.Sell && q.Price <= opposite
}

func typeName(q *Request) string {
	name := [...]string{"limit", "market"}[q.Type] + [...]string{"", " IOC", " FOK"}[q.TIF]
	if q.PostOnly {
		name = "post-only"
	}
	return name
}

// levelsOf is how many prices execs traded at.
func levelsOf(execs []Exec) int {
	px := map[market.Price]bool{}
	for _, e := range execs {
		if e.Kind == ExecTrade {
			px[e.LastPx] = true
		}
	}
	return len(px)
}

// wantEdges is every case that the long comparison must meet.
func wantEdges() (want []string) {
	add := func(format string, args ...any) { want = append(want, fmt.Sprintf(format, args...)) }
	for _, who := range []string{"own", "background"} {
		for _, kind := range []string{"limit", "post-only"} {
			add("%s %s rests", who, kind)
		}
		add("%s limit trades", who)
		add("%s limit trades and rests", who)
		for _, kind := range []string{"limit IOC", "limit FOK", "market", "market IOC", "market FOK"} {
			add("%s %s trades", who, kind)
			add("%s %s does nothing", who, kind)
		}
		for _, how := range []string{"keeps priority", "gives up priority", "trades and rests", "trades whole"} {
			add("%s replace %s", who, how)
		}
	}
	for _, kind := range []string{"limit", "limit IOC", "limit FOK", "market", "market IOC", "market FOK"} {
		add("%s into an empty side", kind)
		add("%s through more than one level", kind)
		for rule := CancelResting; rule <= CancelBothMatched; rule++ {
			// A fill-or-kill that would be stopped is not started.
			if kind != "limit FOK" && kind != "market FOK" || rule == CancelResting {
				add("%s meets its owner's order, rule %d", kind, rule)
			}
		}
	}
	add("limit IOC takes partial depth")
	add("market IOC takes partial depth")
	add("limit FOK finds partial depth and does nothing")
	add("market FOK finds partial depth and does nothing")
	add("post-only into an empty side")
	add("post-only at the touch")
	add("post-only one tick behind the touch")
	add("the maximum quantity")
	add("the maximum price")
	add("quantity zero")
	add("one over the maximum quantity")
	add("own replace to what is executed")
	add("own replace meets its owner's order")
	add("cancel of a whole order")
	add("cancel of an order that traded in part")
	for _, r := range []Reason{ReasonHalted, ReasonUnknownSymbol, ReasonBadSide, ReasonBadQty, ReasonBadPrice, ReasonUnsupported, ReasonPostOnly, ReasonDuplicate} {
		add("new: %s", r)
	}
	for _, r := range []Reason{ReasonHalted, ReasonBadSide, ReasonBadQty, ReasonBadPrice, ReasonUnsupported, ReasonPostOnly, ReasonDuplicate, ReasonUnknownOrder, ReasonTooLate} {
		add("replace: %s", r)
	}
	return want
}
