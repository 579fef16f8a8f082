package flow

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

func sideOfStream(k int) market.Side {
	if k < perSide {
		return market.Buy
	}
	return market.Sell
}

// best is a side's touch, the last known one when it is empty.
func (b *reactiveBook) best(side market.Side) uint32 {
	if side == market.Buy {
		return b.now.bid
	}
	return b.now.ask
}

// fire applies the event of a stream.
func (b *reactiveBook) fire(m *exchange.Market, k int) {
	side, s, src := sideOfStream(k), k%perSide, &b.src[k]
	switch s {
	case sImprove:
		spread := b.now.spread(b.tick)
		if spread < 2 {
			return
		}
		d := int(b.improve[b.classOf[min(spread, maxTicks)]].at(src.draw(drawDistance)))
		if d >= spread {
			d = 1 + int(src.below(drawShape, uint64(spread-1)))
		}
		b.enter(m, src, s, side, -d, b.fleeting[s])
	case sJoin:
		b.enter(m, src, s, side, 0, b.fleeting[s])
	case sDeep:
		b.enter(m, src, s, side, int(b.deep.at(src.draw(drawDistance))), b.fleeting[s])
	case sCancelTouch:
		n := b.now.bidTouch
		if side == market.Sell {
			n = b.now.askTch
		}
		ref, qty := m.BackgroundAt(b.id, side, 0, b.pickRank(src, n))
		b.leave(m, src, side, ref, qty)
	case sCancelDeep:
		b.leaveDeep(m, src, side)
	case sHidden:
		b.print(m, src, side)
	case sMarket:
		b.take(m, src, side)
	case sSplit:
		b.take(m, src, side)
		b.spend(side)
	}
}

// pickRank is the place in the queue of the order that goes.
func (b *reactiveBook) pickRank(src *source, n uint32) int {
	return int(b.rank[src.draw(drawOrder)>>54] * float32(n))
}

// size draws a quantity, in lots.
func (b *reactiveBook) size(src *source, s int) uint32 {
	q := b.sizes[s].at(src.draw(drawSize))
	return max((q+b.lot/2)/b.lot, 1) * b.lot
}

// enter places a limit order d ticks behind the best of its side, inside the spread
// when d is negative; it never crosses. fleeting is the share that goes soon.
func (b *reactiveBook) enter(m *exchange.Market, src *source, s int, side market.Side, d int, fleeting uint64) exchange.Reason {
	return b.enterAt(m, src, s, side, int64(b.best(side))-int64(d)*int64(b.tick)*side.Sign(), fleeting)
}

func (b *reactiveBook) enterAt(m *exchange.Market, src *source, s int, side market.Side, price int64, fleeting uint64) exchange.Reason {
	if side == market.Buy && price >= int64(b.now.ask) {
		price = int64(b.now.ask) - int64(b.tick)
	}
	if side == market.Sell && price <= int64(b.now.bid) {
		price = int64(b.now.bid) + int64(b.tick)
	}
	if price < int64(b.tick) || price > math.MaxInt32 {
		return exchange.ReasonNone
	}
	ref, why := m.Limit(b.id, side, uint32(price), b.size(src, s), exchange.Day)
	if why == exchange.ReasonNone && src.draw(drawMark)>>32 < fleeting {
		life := b.lifetimes[src.below(drawOrder, uint64(len(b.lifetimes)))]
		b.timers.set(timer{at: b.at + life, ref: ref, price: uint32(price), kind: timerDelete, side: side})
	}
	return why
}

// leave cancels, shrinks or moves an order.
func (b *reactiveBook) leave(m *exchange.Market, src *source, side market.Side, ref uint64, qty uint32) {
	if ref == 0 {
		return
	}
	shape := src.draw(drawShape) >> 32
	switch {
	case shape < b.partial && qty/2 >= b.lot:
		m.Reduce(ref, qty/2/b.lot*b.lot)
	case shape >= b.partial && shape < b.partial+b.replace:
		d := 0
		if u := src.draw(drawDistance); u&1 == 0 {
			d = int(b.deep.at(u))
		}
		price := int64(b.best(side)) - int64(d)*int64(b.tick)*side.Sign()
		if price >= int64(b.tick) && price <= math.MaxInt32 && (side == market.Buy && price < int64(b.now.ask) || side == market.Sell && price > int64(b.now.bid)) {
			m.Replace(ref, uint32(price), qty)
			return
		}
		m.Delete(ref)
	default:
		m.Delete(ref)
	}
}

// leaveDeep cancels behind the touch: an order at random, the nearer the likelier; the
// best of a few draws that is taken.
func (b *reactiveBook) leaveDeep(m *exchange.Market, src *source, side market.Side) {
	n := b.now.bidDeep
	if side == market.Sell {
		n = b.now.askDeep
	}
	if n == 0 {
		return
	}
	u := src.draw(drawOrder)
	for try := 0; ; try++ {
		left := uint32((u >> 32) * uint64(n) >> 32)
		k := 1
		l := m.Level(b.id, side, k)
		for left >= l.Orders-l.Own && k < m.Levels(b.id, side) {
			left -= l.Orders - l.Own
			k++
			l = m.Level(b.id, side, k)
		}
		d := math.Abs(float64(int64(l.Price)-int64(b.best(side)))) / float64(b.tick)
		if float64(uint32(u))*(1+d/b.p.Cancel.DeepTicks) > 1<<32 && try < 6 {
			u = mix(u)
			continue
		}
		ref, qty := m.BackgroundAt(b.id, side, k, int(left))
		b.leave(m, src, side, ref, qty)
		return
	}
}

// take sends a marketable order: for part of the touch, all of it, or more.
func (b *reactiveBook) take(m *exchange.Market, src *source, side market.Side) {
	opp := side.Opposite()
	touch := uint32(min(b.now.askQty, math.MaxInt32))
	if side == market.Sell {
		touch = uint32(min(b.now.bidQty, math.MaxInt32))
	}
	price := int64(b.best(opp))
	qty := b.size(src, sMarket)
	all := min(touch, 4*max(qty, uint32(b.p.Book.AES)))
	switch shape := src.draw(drawShape) >> 32; {
	case shape < b.takeAll:
		qty = all
	case shape < b.takeAll+b.sweep:
		qty += all
		price += 20 * int64(b.tick) * side.Sign()
	default:
		qty = min(qty, max(touch*3/4/b.lot*b.lot, b.lot))
	}
	price = min(max(price, int64(b.tick)), math.MaxInt32)
	m.Limit(b.id, side, uint32(price), max(qty, b.lot), exchange.IOC)
}

// print trades with interest that is not displayed, inside the spread where there is
// room; displayed orders of ours at that price or better come first.
func (b *reactiveBook) print(m *exchange.Market, src *source, side market.Side) {
	price := b.best(side.Opposite())
	if spread := b.now.spread(b.tick); spread > 1 && b.now.ask > b.now.bid {
		price = b.now.bid + b.tick*uint32(1+src.below(drawDistance, uint64(spread-1)))
	}
	qty := b.size(src, sHidden)
	m.PrintHistorical(b.id, side.Opposite(), price, qty)
	b.push(float64(side.Sign()) * math.Sqrt(float64(qty)/b.p.Book.AES))
}

// gaveWay is what a touch that is gone and leaves a gap brings about: after a trade it may
// come back, a reserve or a quote renewed, the likelier the more a wide spread pays; and
// the redraw of the levels behind it. Real messages, soon.
func (b *reactiveBook) gaveWay(side market.Side, price, gap uint32, traded bool) {
	src, r := &b.redraw, &b.p.Redraw
	theta := r.ThetaCancel
	src.n++
	if traded {
		theta = r.Theta
		if unit(src.draw(drawMark)) < b.p.Flicker.Refill*float64(gap/b.tick) {
			b.later(src, b.refillDelay, timer{kind: timerRefill, side: side, price: price})
		}
	}
	if unit(src.draw(drawKind)) >= theta || r.Messages == 0 {
		return
	}
	n := 1 + src.below(drawSize, uint64(r.Messages))
	at := b.at
	for i := range n {
		id := src.n*16 + i
		one := source{key: b.burst.key, n: id}
		at += market.Nanos(math.Round(1e9 * r.From * math.Exp(unit(one.draw(drawWait))*math.Log(r.To/r.From))))
		v := timer{at: at, ref: id, kind: timerAdd, side: side}
		switch u := unit(one.draw(drawKind)); {
		case u < r.Cancel:
			v.kind = timerCancel
		case u < r.Cancel+r.Follow:
			v.kind, v.side = timerFollow, side.Opposite()
		}
		b.timers.set(v)
	}
}

// later sets a timer whose event draws by src's number, apart from what src itself draws.
func (b *reactiveBook) later(src *source, delays []market.Nanos, v timer) {
	v.ref = src.n | 1<<63
	v.at = b.at + delays[src.below(drawOrder, uint64(len(delays)))]
	b.timers.set(v)
}

// improved is a side's new touch, by ticks better than the one before: the farther, the
// likelier somebody has waited for it. Ours are taken like any other.
func (b *reactiveBook) improved(side market.Side, price, by uint32) {
	src := &b.lure
	src.n++
	taker := 0 // a buyer
	if side == market.Buy {
		taker = 1
	}
	if unit(src.draw(drawKind)) < b.p.Flicker.Snipe*float64(by/b.tick-1)*b.active[taker] {
		b.later(src, b.snipeDelay, timer{kind: timerSnipe, side: side, price: price})
	}
}

// vanish deletes a fleeting order. One that was the touch alone may be back at once, at
// its price or a tick off: a quote that is renewed, not withdrawn.
func (b *reactiveBook) vanish(m *exchange.Market, v *timer) {
	l := m.Level(b.id, v.side, 0)
	if !m.Delete(v.ref) || l.Price != v.price || l.Orders > 1 {
		return
	}
	src, f := &b.renew, &b.p.Flicker
	src.n++
	if unit(src.draw(drawKind)) >= f.Again {
		return
	}
	price := v.price
	if u := unit(src.draw(drawDistance)); u >= f.Same {
		if price += b.tick; u >= (1+f.Same)/2 {
			price -= 2 * b.tick
		}
	}
	b.later(src, b.againDelay, timer{kind: timerReturn, side: v.side, price: price})
}

// ring applies a timer.
func (b *reactiveBook) ring(m *exchange.Market, v *timer) {
	if v.kind == timerDelete {
		b.vanish(m, v)
		return
	}
	if !b.now.trading {
		return
	}
	src := source{key: b.burst.key, n: v.ref}
	switch v.kind {
	case timerCancel:
		k := int(src.below(drawDistance, 3))
		l := m.Level(b.id, v.side, k)
		if n := l.Orders - l.Own; n > 0 {
			ref, qty := m.BackgroundAt(b.id, v.side, k, b.pickRank(&src, n))
			b.leave(m, &src, v.side, ref, qty)
		}
	case timerAdd:
		b.enter(m, &src, sJoin, v.side, int(src.below(drawDistance, 3)), b.fleeting[sJoin])
	case timerFollow:
		if spread := b.now.spread(b.tick); spread > 1 {
			d := min(int(b.improve[b.classOf[min(spread, maxTicks)]].at(src.draw(drawDistance))), spread-1)
			b.enter(m, &src, sImprove, v.side, -d, b.fleeting[sImprove])
		}
	case timerReturn:
		src.key = b.renew.key
		b.enterAt(m, &src, sImprove, v.side, int64(v.price), 1<<32)
	case timerRefill:
		src.key = b.redraw.key
		b.enterAt(m, &src, sImprove, v.side, int64(v.price), 0)
	case timerSnipe:
		if taker := v.side.Opposite(); b.best(v.side) == v.price && m.Level(b.id, v.side, 0).Price == v.price {
			src.key = b.lure.key
			touch := uint32(min(m.Level(b.id, v.side, 0).Qty, math.MaxInt32))
			m.Limit(b.id, taker, v.price, min(touch, 4*max(b.size(&src, sMarket), uint32(b.p.Book.AES))), exchange.IOC)
			b.spend(taker)
		}
	}
}
