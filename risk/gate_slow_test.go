package risk

import (
	"math/big"

	"slipstream/internal/market"
)

// slowGate is the gate written for clarity: it keeps the whole history, recounts
// everything for each question, and computes in arbitrary precision.
type slowGate struct {
	cfg            *Config
	killed, halted bool
	sent           []market.Nanos
	ids            []uint64
	children       []*slowChild
	parents        []*slowParent
	filled         map[market.InstrumentID]int64 // fills, adjustments included
}

type slowChild struct {
	id, pend     uint64
	qty, pendQty int64
	sent         int64
	px, pendPx   market.Price
	cum          int64
	order        Order
	parent       *slowParent
	closed       bool
}

type slowParent struct {
	id     uint32
	terms  ParentTerms
	closed bool
	cum    int64
}

func (c *slowChild) leaves() int64 {
	if c.closed {
		return 0
	}
	return max(c.qty-c.cum, c.pendQty-c.cum, 0)
}

func (g *slowGate) find(id uint64) *slowChild {
	for _, c := range g.children {
		if !c.closed && id != 0 && (c.id == id || c.pend == id) {
			return c
		}
	}
	return nil
}

// known is the parent if the gate still counts it: open, or with live children.
func (g *slowGate) known(id uint32) *slowParent {
	for _, p := range g.parents {
		if p.id == id && (!p.closed || g.openOf(func(c *slowChild) bool { return c.parent == p }) > 0) {
			return p
		}
	}
	return nil
}

func (g *slowGate) openOf(of func(*slowChild) bool) (n int) {
	for _, c := range g.children {
		if !c.closed && of(c) {
			n++
		}
	}
	return n
}

func (g *slowGate) leavesOf(of func(*slowChild) bool) (sum int64) {
	for _, c := range g.children {
		if !c.closed && of(c) {
			sum += c.leaves()
		}
	}
	return sum
}

func (g *slowGate) all(*slowChild) bool { return true }

// within is how many messages were sent in the window before now.
func (g *slowGate) within(now market.Nanos) (n int) {
	for _, t := range g.sent {
		if t > now || now-t < g.cfg.Global.Window {
			n++
		}
	}
	return n
}

func rat(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// mid is the mid and the collar, if the reference is usable.
func (g *slowGate) mid(now market.Nanos, id market.InstrumentID, ref *Reference) (mid, width *big.Rat, ok bool) {
	l, tick := g.cfg.Limits[id], int64(g.cfg.Instruments[id].Tick)
	if ref == nil || !ref.Trusted || ref.Bid <= 0 || ref.Ask <= 0 || ref.Bid >= ref.Ask {
		return nil, nil, false
	}
	if ref.Nanos > now || now-ref.Nanos > l.ReferenceMaxAge {
		return nil, nil, false
	}
	mid = rat(int64(ref.Bid))
	mid.Add(mid, rat(int64(ref.Ask))).Quo(mid, rat(2))
	widest := func(bps, ticks uint32) *big.Rat {
		a := new(big.Rat).Mul(mid, big.NewRat(int64(bps), 10_000))
		b := rat(int64(ticks) * tick)
		if a.Cmp(b) > 0 {
			return a
		}
		return b
	}
	if rat(int64(ref.Ask-ref.Bid)).Cmp(widest(l.MaxSpreadBps, l.MaxSpreadTicks)) > 0 {
		return nil, nil, false
	}
	return mid, widest(l.CollarBps, l.CollarTicks), true
}

func ceil(r *big.Rat) *big.Int {
	n := new(big.Int).Add(r.Num(), r.Denom())
	n.Sub(n, big.NewInt(1))
	return n.Div(n, r.Denom())
}

// worth is qty at the price an order is valued at.
func (g *slowGate) worth(s market.Side, qty market.Qty, px market.Price, mid, width *big.Rat) *big.Int {
	v := big.NewInt(int64(px))
	if mid != nil {
		if px == 0 {
			top := new(big.Rat).Add(mid, width)
			v = new(big.Int).Quo(top.Num(), top.Denom())
		} else if m := ceil(mid); s == market.Sell && m.Cmp(v) > 0 {
			v = m
		}
	}
	return v.Mul(v, big.NewInt(int64(qty)))
}

func (g *slowGate) check(now market.Nanos, o *Order, ref *Reference) (d Deny) {
	deny := func(bit Deny, when bool) {
		if when {
			d |= bit
		}
	}
	gl := g.cfg.Global
	used := g.within(now)
	deny(DenyMessageRate, used >= gl.MaxMessages)
	if o.Kind == KindCancel {
		return d
	}
	open := g.openOf(g.all)
	if o.Kind == KindNew {
		open++
	}
	deny(DenyCancelReserve, gl.MaxMessages-used-1 < max(open, gl.CancelReserve))
	if o.Kind == KindStatus {
		return d
	}
	deny(DenyKilled, g.killed)
	deny(DenyHalted, g.halted)
	deny(DenyMalformed, o.Side != market.Buy && o.Side != market.Sell)
	for _, id := range g.ids {
		deny(DenyDuplicate, o.Child <= id)
	}
	deny(DenyDuplicate, o.Child == 0)

	add := max(int64(o.Qty), 0)
	if o.Kind == KindNew {
		deny(DenyOpenOrders, open > gl.MaxOpenOrders)
	} else if c := g.find(o.OrigChild); c == nil {
		deny(DenyUnknownChild, true)
	} else {
		deny(DenyUnknownChild, c.id != o.OrigChild)
		deny(DenyPendingReplace, c.pend != 0)
		deny(DenyParentTerms, c.order.Instrument != o.Instrument || c.order.Side != o.Side || c.parent.id != o.Parent)
		deny(DenyLot, int64(o.Qty) <= c.cum)
		add = max(add-c.qty, 0)
	}

	if p := g.known(o.Parent); p == nil || p.closed {
		deny(DenyUnknownParent, true)
	} else {
		t := p.terms
		deny(DenyParentTerms, t.Instrument != o.Instrument || t.Side != o.Side)
		deny(DenyParentQty, p.cum+g.leavesOf(func(c *slowChild) bool { return c.parent == p })+add > int64(t.Qty))
		deny(DenyParentPrice, t.Price != 0 && (o.Price == 0 || int64(o.Price)*t.Side.Sign() > int64(t.Price)*t.Side.Sign()))
		deny(DenyParentWindow, now < t.StartNanos || now > t.EndNanos)
	}

	if int(o.Instrument) >= len(g.cfg.Limits) || g.cfg.Limits[o.Instrument] == (Limits{}) {
		return d | DenyNoLimits
	}
	l, in := g.cfg.Limits[o.Instrument], g.cfg.Instruments[o.Instrument]
	deny(DenyLot, o.Qty < 1 || o.Qty%in.Lot != 0)
	deny(DenyTick, o.Price < 0 || o.Price > MaxPrice || o.Price%in.Tick != 0)
	deny(DenyOrderQty, o.Qty > l.MaxOrderQty)
	mid, width, usable := g.mid(now, o.Instrument, ref)
	deny(DenyReference, !usable)
	if usable && o.Price == 0 {
		deny(DenyCollar, !l.AllowMarket)
	} else if usable {
		off := new(big.Rat).Sub(rat(int64(o.Price)), mid)
		if o.Side != market.Buy {
			off.Neg(off)
		}
		deny(DenyCollar, off.Cmp(width) > 0)
	}
	deny(DenyOrderNotional, o.Qty < 0 || g.worth(o.Side, o.Qty, o.Price, mid, width).Cmp(big.NewInt(l.MaxOrderNotional)) > 0)
	pos := g.filled[o.Instrument]
	side := func(s market.Side) int64 {
		return g.leavesOf(func(c *slowChild) bool { return c.order.Instrument == o.Instrument && c.order.Side == s })
	}
	if o.Side == market.Buy {
		deny(DenyMaxLong, pos+side(market.Buy)+add > int64(l.MaxLong))
	} else {
		deny(DenyMaxShort, pos-side(market.Sell)-add < -int64(l.MaxShort))
	}
	return d
}

func (g *slowGate) checkParent(now market.Nanos, t *ParentTerms, ref *Reference) (d Deny) {
	deny := func(bit Deny, when bool) {
		if when {
			d |= bit
		}
	}
	deny(DenyKilled, g.killed)
	deny(DenyHalted, g.halted)
	deny(DenyMalformed, (t.Side != market.Buy && t.Side != market.Sell) || t.EndNanos <= t.StartNanos)
	deny(DenyParentWindow, now >= t.EndNanos)
	if int(t.Instrument) >= len(g.cfg.Limits) || g.cfg.Limits[t.Instrument] == (Limits{}) {
		return d | DenyNoLimits
	}
	in := g.cfg.Instruments[t.Instrument]
	deny(DenyLot, t.Qty < 1 || t.Qty%in.Lot != 0)
	deny(DenyTick, t.Price < 0 || t.Price > MaxPrice || t.Price%in.Tick != 0)
	deny(DenyParentMaxQty, t.Qty > g.cfg.Parent.MaxParentQty)
	mid, width, usable := g.mid(now, t.Instrument, ref)
	deny(DenyReference, t.Price == 0 && !usable)
	deny(DenyParentNotional, t.Qty < 0 || g.worth(t.Side, t.Qty, t.Price, mid, width).Cmp(big.NewInt(g.cfg.Parent.MaxParentNotional)) > 0)
	return d
}

func (g *slowGate) onSent(now market.Nanos, o *Order) {
	g.sent = append(g.sent, now)
	g.ids = append(g.ids, o.Child)
	switch o.Kind {
	case KindNew:
		g.children = append(g.children, &slowChild{id: o.Child, qty: int64(o.Qty), sent: int64(o.Qty), px: o.Price, order: *o, parent: g.known(o.Parent)})
	case KindReplace:
		c := g.find(o.OrigChild)
		c.pend, c.pendQty, c.pendPx = o.Child, int64(o.Qty), o.Price
	}
}

func (g *slowGate) onFill(id uint64, qty market.Qty, px market.Price) bool {
	c := g.find(id)
	if c == nil {
		g.halted = true
		return false
	}
	s := c.order.Side.Sign()
	worse := func(limit market.Price) bool { return limit != 0 && int64(px)*s > int64(limit)*s }
	if int64(qty) > c.leaves() || (worse(c.px) && (c.pend == 0 || worse(c.pendPx))) {
		g.halted = true
	}
	c.cum += int64(qty)
	c.parent.cum += int64(qty)
	g.filled[c.order.Instrument] += int64(qty) * s
	return true
}

func (g *slowGate) onReplaced(orig, id uint64) bool {
	c := g.find(orig)
	if c == nil || id == 0 || c.pend != id {
		g.halted = true
		return false
	}
	c.id, c.qty, c.sent, c.px = c.pend, c.pendQty, c.pendQty, c.pendPx
	c.pend, c.pendQty = 0, 0
	return true
}

func (g *slowGate) onReplaceRejected(orig, id uint64) bool {
	c := g.find(orig)
	if c == nil || id == 0 || c.pend != id {
		return false
	}
	c.pend, c.pendQty = 0, 0
	return true
}

// onBusted takes back what a trade of the order, open or ended, was counted as.
func (g *slowGate) onBusted(c *slowChild, qty int64) {
	g.filled[c.order.Instrument] -= qty * c.order.Side.Sign()
	c.cum -= qty
	c.parent.cum -= qty
}

// onRestated lowers an order or takes that back; never below what is filled.
func (g *slowGate) onRestated(id uint64, qty int64) {
	if c := g.find(id); c != nil {
		c.qty = min(max(qty, c.cum), max(c.sent, c.qty))
	}
}

func (g *slowGate) onClosed(id uint64) bool {
	c := g.find(id)
	if c != nil {
		c.closed = true
	}
	return c != nil
}
