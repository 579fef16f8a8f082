package desk

import (
	"math/bits"
	"sync"

	"slipstream/fix"
	"slipstream/internal/market"
)

// Limits are what one desk may do. The zero value is no limit at all; the risk gate's
// own limits hold as well.
type Limits struct {
	Symbols     []string      // allowed; none = all
	Sides       []market.Side // allowed; none = both
	Algos       []market.Algo // allowed; none = all
	MaxOrderQty market.Qty    // OrderQty(38) of one order, shares; 0 = no limit
	// MaxOrderNotional is OrderQty * Price of one order, in 1e-9 of the currency unit;
	// 0 = no limit. With it an order without a price is refused: the gateway knows no
	// market to value it at.
	MaxOrderNotional   int64
	MaxOrdersPerSecond int // D and G in any second, 0 to 100,000; 0 = no limit
	// MaxOrdersPerDay bounds the D and G of one day, and MaxNotionalPerDay their
	// value: OrderQty * Price of a D, and what a G adds to its order's. 0 = no limit.
	MaxOrdersPerDay   int64
	MaxNotionalPerDay int64
	CancelOnly        bool // no D, no G
}

// massesPerSecond bounds the mass status requests of a desk: one may ask for thousands
// of reports.
const massesPerSecond = 4

// permit holds one desk's limits in the form that is quick to ask.
type permit struct {
	Limits
	symbols map[string]bool
	rate    rateLog
	masses  rateLog
}

func newPermit(l Limits) permit {
	p := permit{Limits: l, rate: newRateLog(l.MaxOrdersPerSecond), masses: newRateLog(massesPerSecond)}
	if len(l.Symbols) > 0 {
		p.symbols = make(map[string]bool, len(l.Symbols))
		for _, s := range l.Symbols {
			p.symbols[s] = true
		}
	}
	return p
}

// judge holds a D or G against the desk's limits.
func (p *permit) judge(m fields, c *fix.Command) *refusal {
	switch {
	case p.symbols != nil && !p.symbols[m.get(tagSymbol)]:
		return refuse(fix.ReasonNotAuthorized, "Symbol(55)=%s", printable(m.get(tagSymbol)))
	case !allowed(p.Sides, c.Side):
		return refuse(fix.ReasonNotAuthorized, "Side(54)=%s", m.get(tagSide))
	case c.Algo != market.NoAlgo && !allowed(p.Algos, c.Algo):
		return refuse(fix.ReasonNotAuthorized, "the algorithm %v", c.Algo)
	case p.MaxOrderQty > 0 && c.OrderQty > p.MaxOrderQty:
		return refuse(fix.ReasonExceedsLimit, "OrderQty(38) is above the desk's %d", p.MaxOrderQty)
	case p.MaxOrderNotional > 0 && c.Price == 0:
		return refuse(fix.ReasonExceedsLimit, "the desk's limit of value needs a Price(44)")
	case p.MaxOrderNotional > 0 && above(c.Price, c.OrderQty, p.MaxOrderNotional):
		return refuse(fix.ReasonExceedsLimit, "the order's value is above the desk's %s", formatPrice(market.Price(p.MaxOrderNotional)))
	}
	return nil
}

func allowed[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return len(list) == 0
}

// above reports whether px*qty > most, without overflow; neither is negative.
func above(px market.Price, qty market.Qty, most int64) bool {
	hi, lo := bits.Mul64(uint64(px), uint64(qty))
	return hi > 0 || lo > uint64(most)
}

// rateLog is an exact sliding log: the times of the last messages that passed. A
// desk's session is one goroutine, but a session that ends may overlap with the next.
type rateLog struct {
	mu   *sync.Mutex
	at   []market.Nanos // ring; at[next] is the oldest
	next int
}

func newRateLog(perSecond int) rateLog {
	return rateLog{mu: new(sync.Mutex), at: make([]market.Nanos, perSecond)}
}

// take notes one message at now, or says no. A log of size 0 never does.
func (l *rateLog) take(now market.Nanos) bool {
	if len(l.at) == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.at[l.next]; old != 0 && now-old < market.Second {
		return false
	}
	l.at[l.next] = now
	l.next = (l.next + 1) % len(l.at)
	return true
}
