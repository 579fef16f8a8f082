package engine

import (
	"math/bits"

	"slipstream/fix"
	"slipstream/internal/market"
	"slipstream/policy/schedule"
)

// phase is where a parent stands between acceptance and its end.
type phase uint8

const (
	working   phase = iota
	replacing       // 150=E sent; children are taken down until the new terms hold
	canceling       // 150=6 sent; waits until every child is terminal
	expiring        // end time reached; waits until every child is terminal
	stopping        // shutdown; waits until every child is terminal
	done            // terminal; kept for status and late reports
)

// terms are what a desk may change with a replace.
type terms struct {
	qty        market.Qty
	limit      market.Price // 0 = none
	start, end market.Nanos
	ppm        uint32 // participation: POV target, else cap; 0 = none
	urgency    uint32
	ordType    byte
}

// parent is one order of a desk. open is the sum of leaves of children that are
// not terminal; cum + open <= terms.qty except while a replace takes them down.
type parent struct {
	id    uint64 // OrderID(37), 1-based; index in the slab is id-1
	terms terms
	next  terms // the wanted terms while replacing

	clOrdID  fix.ClOrdID // last accepted
	changeID fix.ClOrdID // ClOrdID of the pending replace or cancel

	phase    phase
	final    fix.OrdStatus // when done
	desk     uint8
	algo     market.Algo
	tactic   market.Tactic
	side     market.Side
	rejects  uint8 // child rejects in a row; slows the next attempt
	inst     market.InstrumentID
	children int32 // head of the list of open children; -1 = none
	nOpen    int32
	replaced bool // at least once

	restarted bool // stopping because the daemon was started again

	cum        market.Qty
	open       market.Qty
	nominal    uint128 // sum of price*qty of fills
	arrivalBid market.Price
	arrivalAsk market.Price

	startVolume market.Qty // the market's traded quantity at the start
	povDue      market.Qty // POV target one slice before povNext: overdue now
	povNext     market.Qty // POV target at the last slice boundary
	sliceNanos  market.Nanos
	sliceIndex  int64
	due         market.Nanos // next time a timer must look at it
	lastAct     market.Nanos // last decision that sent something
	fellBack    bool         // a fallback was logged
	dirty       bool         // an event came before the minimum spacing had passed
	cause       Cause
	curve       schedule.Curve
}

// uint128 sums price*qty without overflow.
type uint128 struct{ hi, lo uint64 }

func (u *uint128) addProduct(p market.Price, q market.Qty) {
	hi, lo := bits.Mul64(uint64(p), uint64(q))
	var carry uint64
	u.lo, carry = bits.Add64(u.lo, lo, 0)
	u.hi, _ = bits.Add64(u.hi, hi, carry)
}

// subProduct takes back what addProduct added.
func (u *uint128) subProduct(p market.Price, q market.Qty) {
	hi, lo := bits.Mul64(uint64(p), uint64(q))
	var borrow uint64
	u.lo, borrow = bits.Sub64(u.lo, lo, 0)
	u.hi, _ = bits.Sub64(u.hi, hi, borrow)
}

// less compares.
func (u *uint128) less(v uint128) bool { return u.hi < v.hi || u.hi == v.hi && u.lo < v.lo }

// minus is u-v, which must not be below 0.
func (u *uint128) minus(v uint128) uint128 {
	lo, borrow := bits.Sub64(u.lo, v.lo, 0)
	hi, _ := bits.Sub64(u.hi, v.hi, borrow)
	return uint128{hi, lo}
}

// over is u/q rounded half up; 0 when q is 0 or the quotient leaves int64.
func (u *uint128) over(q market.Qty) market.Price {
	if q <= 0 || u.hi >= uint64(q) {
		return 0
	}
	lo, carry := bits.Add64(u.lo, uint64(q)/2, 0)
	hi := u.hi + carry
	if hi >= uint64(q) {
		return 0
	}
	quo, _ := bits.Div64(hi, lo, uint64(q))
	return market.Price(quo)
}

// status is OrdStatus(39) by the precedence of FIX 4.4 (reference fix.md 4.3):
// PendingCancel > PendingReplace > Filled > PartiallyFilled > New.
func (p *parent) status() fix.OrdStatus {
	switch {
	case p.phase == done:
		return p.final
	case p.phase == canceling && (p.changeID.N > 0 || p.cum < p.terms.qty): // a mass cancel has no request that a 9 could end
		return fix.StatusPendingCancel
	case p.phase == replacing:
		return fix.StatusPendingReplace
	case p.cum >= p.terms.qty:
		return fix.StatusFilled
	case p.cum > 0:
		return fix.StatusPartiallyFilled
	}
	return fix.StatusNew
}

// leaves is LeavesQty(151): 0 in terminal states, else OrderQty - CumQty.
func (p *parent) leaves() market.Qty {
	if p.phase == done {
		return 0
	}
	return max(0, p.terms.qty-p.cum)
}

// free is what a new child may still take.
func (p *parent) free() market.Qty { return max(0, p.terms.qty-p.cum-p.open) }
