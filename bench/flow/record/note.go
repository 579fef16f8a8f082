package record

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

func sideOf(b byte) market.Side {
	if b == itch.Sell {
		return market.Sell
	}
	return market.Buy
}

// note makes an event of a message.
func (r *Recorder) note(b []byte) {
	at := itch.Timestamp(b)
	switch itch.Type(b) {
	case itch.TypeAddOrder, itch.TypeAddOrderMPID:
		r.add(b, at)
	case itch.TypeOrderCancel:
		var x itch.OrderCancel
		if x.Decode(b) {
			r.less(Cancel, x.OrderRef, x.CanceledShares, at)
		}
	case itch.TypeOrderDelete:
		r.less(Delete, itch.OrderRef(b), 1<<32-1, at)
	case itch.TypeOrderExecuted:
		var x itch.OrderExecuted
		if x.Decode(b) {
			r.less(Execute, x.OrderRef, x.ExecutedShares, at)
		}
	case itch.TypeOrderExecutedWithPrice:
		var x itch.OrderExecutedWithPrice
		if x.Decode(b) {
			r.less(Execute, x.OrderRef, x.ExecutedShares, at)
		}
	case itch.TypeTrade:
		var x itch.Trade
		if x.Decode(b) {
			e := r.place(Hidden, sideOf(x.Side), x.Price, at)
			e.Size = x.Shares
			e.Age = -1
			r.put(e)
		}
	case itch.TypeCrossTrade:
		var x itch.CrossTrade
		if x.Decode(b) {
			r.put(Event{Nanos: at, Kind: Cross, Age: -1, Price: x.CrossPrice, Size: uint32(min(x.Shares, 1<<32-1)), Distance: NoDistance, Before: r.touch()})
		}
	case itch.TypeTradingAction:
		e := Event{Nanos: at, Kind: Halt, Age: -1, Distance: NoDistance, Before: r.touch(), Price: Halted}
		var h itch.TradingAction
		switch h.Decode(b); h.TradingState {
		case itch.StateTrading:
			e.Price = Resumed
		case itch.StateQuoteOnly:
			e.Price = Quoting
		}
		r.put(e)
	}
}

// silently follows a synthetic message: orders change, no event is made.
func (r *Recorder) silently(b []byte) {
	switch itch.Type(b) {
	case itch.TypeAddOrder, itch.TypeAddOrderMPID:
		var a itch.AddOrderMPID
		if itch.Type(b) == itch.TypeAddOrder && a.AddOrder.Decode(b) || a.Decode(b) {
			r.orders[a.OrderRef] = born{price: a.Price, open: a.Shares, side: sideOf(a.Side), standIn: true}
		}
	case itch.TypeOrderCancel:
		var x itch.OrderCancel
		if o, ok := r.orders[itch.OrderRef(b)]; ok && x.Decode(b) {
			o.open -= min(o.open, x.CanceledShares)
			r.orders[x.OrderRef] = o
		}
	case itch.TypeOrderDelete:
		delete(r.orders, itch.OrderRef(b))
	}
}

func (r *Recorder) add(b []byte, at uint64) {
	var a itch.AddOrderMPID
	if itch.Type(b) == itch.TypeAddOrder && a.AddOrder.Decode(b) || a.Decode(b) {
		r.enter(a.OrderRef, sideOf(a.Side), a.Price, a.Shares, at)
	}
}

// enter notes a new order.
func (r *Recorder) enter(ref uint64, side market.Side, price, qty uint32, at uint64) {
	e := r.place(Add, side, price, at)
	e.Ref, e.Size, e.Rest = ref, qty, qty
	r.orders[ref] = born{price: price, open: qty, side: side, seen: r.put(e), nanos: at}
}

// less notes what takes qty off an order.
func (r *Recorder) less(kind Kind, ref uint64, qty uint32, at uint64) {
	o, ok := r.orders[ref]
	if !ok {
		return
	}
	qty = min(qty, o.open)
	o.open -= qty
	if o.open == 0 {
		delete(r.orders, ref)
	} else {
		r.orders[ref] = o
	}
	if kind == Cancel && o.standIn {
		kind = Delete // of an order the record knows nothing of, out of several that stand for
	}
	e := r.place(kind, o.side, o.price, at)
	e.Ref, e.Size, e.Rest, e.Age = ref, qty, o.open, -1
	if o.seen {
		e.Age = int64(at - o.nanos)
	}
	r.put(e)
}

// place finds a price among the levels before the event.
func (r *Recorder) place(kind Kind, side market.Side, price uint32, at uint64) Event {
	e := Event{Nanos: at, Kind: kind, Side: side, Price: price, Before: r.touch(), Distance: NoDistance}
	levels := r.bids
	if side == market.Sell {
		levels = r.asks
	}
	e.Level = int16(len(levels) + 1)
	for k := range levels {
		p := price4(levels[k].Price)
		if k == 0 {
			e.Distance = int32(int64(p)-int64(price)) * int32(side.Sign()) / int32(r.day.Tick)
		}
		if p == price || (p < price) == (side == market.Buy) {
			e.Level = int16(k + 1)
			if k == 0 && p != price {
				e.Level = 0
			}
			break
		}
	}
	return e
}

// put makes e the event of the row, or adds it to one of the same row; false when it
// lies outside the window.
func (r *Recorder) put(e Event) bool {
	if int(e.Level) > r.day.Levels {
		return false
	}
	if r.open {
		// A cancel of an order that the record does not know may be made of several.
		if e.Kind == r.pend.Kind || e.Kind.isCancel() && r.pend.Kind.isCancel() {
			r.pend.Size += e.Size
		}
		return true
	}
	if e.Kind == Execute || e.Kind == Hidden {
		if t := &r.trade; t.n == 0 || t.nanos != e.Nanos || t.side != e.Side {
			t.n, t.nanos, t.side = t.n+1, e.Nanos, e.Side
		}
		e.Trade = r.trade.n
	}
	r.pend, r.open = e, true
	return true
}
