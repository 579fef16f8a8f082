package risk

import (
	"math/bits"

	"slipstream/internal/market"
)

// collar is a usable reference and the distance an order may go from it. Both are
// doubled, so that a mid of half a tick stays an integer. The zero collar is "no
// reference": it holds nothing.
type collar struct {
	mid2   int64 // Bid + Ask
	width2 int64 // twice the collar, rounded down
}

// collar makes the collar of a reference, if that is usable (C12, C36): trusted,
// two-sided, uncrossed and not locked (a single order book never locks), no wider
// than allowed, fresh, and not from the future.
func (in *instrument) collar(now market.Nanos, ref *Reference) (collar, bool) {
	if ref == nil || !ref.Trusted || ref.Bid <= 0 || ref.Ask <= ref.Bid || ref.Ask > MaxPrice {
		return collar{}, false
	}
	l := &in.limits
	mid2 := int64(ref.Bid) + int64(ref.Ask)
	spread2 := 2 * (int64(ref.Ask) - int64(ref.Bid))
	if spread2 > max(bps(mid2, l.MaxSpreadBps), ticks2(in.tick, l.MaxSpreadTicks)) {
		return collar{}, false
	}
	if ref.Nanos > now || uint64(now)-uint64(ref.Nanos) > uint64(l.ReferenceMaxAge) {
		return collar{}, false
	}
	return collar{mid2, max(bps(mid2, l.CollarBps), ticks2(in.tick, l.CollarTicks))}, true
}

// holds reports whether a limit price keeps to the collar (C10); a market order
// (price 0) has no bound and never does.
func (c collar) holds(s market.Side, p market.Price) bool {
	if p <= 0 || p > MaxPrice {
		return false
	}
	if s == market.Buy {
		return 2*int64(p) <= c.mid2+c.width2
	}
	return 2*int64(p) >= c.mid2-c.width2
}

// value is the price an order is valued at (C07): a buy at its limit, a sell at the
// higher of limit and mid, rounded up (it may trade above its limit), a market order
// at the highest price within the collar. Without a reference, the limit.
func (c collar) value(s market.Side, p market.Price) market.Price {
	switch {
	case p == 0:
		return market.Price((c.mid2 + c.width2) / 2)
	case s == market.Sell:
		return max(p, market.Price((c.mid2+1)/2))
	}
	return p
}

// bps is floor(v x n / 10,000) for 0 <= v <= 2^61, n <= 10,000, without overflow.
func bps(v int64, n uint32) int64 {
	return v/10_000*int64(n) + v%10_000*int64(n)/10_000
}

// ticks2 is twice n ticks, at most 2^62, which is beyond twice any price.
func ticks2(tick market.Price, n uint32) int64 {
	const most = 1 << 62
	hi, lo := bits.Mul64(2*uint64(tick), uint64(n))
	if hi != 0 || lo > most {
		return most
	}
	return int64(lo)
}
