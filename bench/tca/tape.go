package tca

import (
	"sort"

	"slipstream/internal/market"
)

// Trade is one print of the market, own trades included.
type Trade struct {
	Nanos market.Nanos
	Qty   market.Qty
	Price market.Price
}

// Market is the market of one instrument around a parent.
type Market interface {
	// MidBefore is the last two-sided, uncrossed mid strictly before t.
	MidBefore(t market.Nanos) (Mid, bool)
	// MidAt is the last such mid at or before t; not ok as well when the series
	// ends before t, so that a markout past the data is unknown, not zero.
	MidAt(t market.Nanos) (Mid, bool)
	// EachTrade calls fn for the trades in [from, to], in order of time.
	EachTrade(from, to market.Nanos, fn func(Trade))
}

// Tape is a Market held in memory. Append in order of time, then read.
type Tape struct {
	mids   []midPoint
	trades []Trade
	// EndNanos is until when the tape was watched; a quiet market says nothing by
	// itself about where the data ends. The latest Append moves it forward.
	EndNanos market.Nanos
}

type midPoint struct {
	nanos market.Nanos
	mid   Mid
}

// Touch notes the best bid and ask in force from t on. A one-sided, locked or crossed
// touch is no price: the last good mid stays in force.
func (tp *Tape) Touch(t market.Nanos, bid, ask market.Price) {
	tp.Watched(t)
	if bid <= 0 || ask <= bid {
		return
	}
	m := MidOf(bid, ask)
	if n := len(tp.mids); n > 0 {
		if tp.mids[n-1].mid == m {
			return
		}
		if tp.mids[n-1].nanos == t {
			tp.mids[n-1].mid = m
			return
		}
	}
	tp.mids = append(tp.mids, midPoint{t, m})
}

// Trade notes one print.
func (tp *Tape) Trade(t market.Nanos, qty market.Qty, px market.Price) {
	tp.Watched(t)
	tp.trades = append(tp.trades, Trade{t, qty, px})
}

// Watched says that the market was followed until t, changed or not.
func (tp *Tape) Watched(t market.Nanos) {
	if t > tp.EndNanos {
		tp.EndNanos = t
	}
}

// MidBefore implements Market.
func (tp *Tape) MidBefore(t market.Nanos) (Mid, bool) {
	i := sort.Search(len(tp.mids), func(i int) bool { return tp.mids[i].nanos >= t })
	if i == 0 {
		return 0, false
	}
	return tp.mids[i-1].mid, true
}

// MidAt implements Market.
func (tp *Tape) MidAt(t market.Nanos) (Mid, bool) {
	if t > tp.EndNanos {
		return 0, false
	}
	return tp.MidBefore(t + 1)
}

// EachTrade implements Market.
func (tp *Tape) EachTrade(from, to market.Nanos, fn func(Trade)) {
	i := sort.Search(len(tp.trades), func(i int) bool { return tp.trades[i].Nanos >= from })
	for ; i < len(tp.trades) && tp.trades[i].Nanos <= to; i++ {
		fn(tp.trades[i])
	}
}
