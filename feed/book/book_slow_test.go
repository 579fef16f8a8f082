package book

import (
	"math/big"
	"sort"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// slowBooks is the plain reference: a map of orders, and priority by arrival.
type slowBooks struct {
	insts   []market.Instrument
	byLoc   map[uint16]int
	orders  map[uint64]*slowOrder
	arrival int
	trust   []Trust
	vol     []*big.Int // shares
	notion  []*big.Int // 1e-9
	last    []market.Price
	marked  map[uint64]bool
	max     int
}

type slowOrder struct {
	ref     uint64
	inst    int
	side    market.Side
	price   market.Price
	qty     int64
	arrival int
}

func newSlow(cfg Config) *slowBooks {
	s := &slowBooks{
		insts: cfg.Instruments, byLoc: map[uint16]int{}, orders: map[uint64]*slowOrder{}, marked: map[uint64]bool{},
		trust: make([]Trust, len(cfg.Instruments)), last: make([]market.Price, len(cfg.Instruments)), max: cfg.MaxOrders,
	}
	for i, l := range cfg.Locates {
		s.byLoc[l] = i
		s.vol = append(s.vol, new(big.Int))
		s.notion = append(s.notion, new(big.Int))
	}
	return s
}

// side gives the orders of a side in price-time priority.
func (s *slowBooks) side(inst int, side market.Side) []*slowOrder {
	var out []*slowOrder
	for _, o := range s.orders {
		if o.inst == inst && o.side == side {
			out = append(out, o)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].price != out[j].price {
			return (out[i].price > out[j].price) == (side == market.Buy)
		}
		return out[i].arrival < out[j].arrival
	})
	return out
}

func (s *slowBooks) depth(inst int, side market.Side) []Level {
	var out []Level
	for _, o := range s.side(inst, side) {
		if n := len(out); n > 0 && out[n-1].Price == o.price {
			out[n-1].Qty += market.Qty(o.qty)
			out[n-1].Orders++
			continue
		}
		out = append(out, Level{o.price, market.Qty(o.qty), 1})
	}
	return out
}

func (s *slowBooks) ahead(ref uint64) (ahead, resting market.Qty) {
	own := s.orders[ref]
	for _, o := range s.side(own.inst, own.side) {
		if o.price == own.price && o.arrival < own.arrival {
			ahead += market.Qty(o.qty)
		}
	}
	return ahead, market.Qty(own.qty)
}

func (s *slowBooks) hash(inst int) uint64 {
	h := NewHash()
	for _, side := range []market.Side{market.Buy, market.Sell} {
		for _, o := range s.side(inst, side) {
			h = h.Order(side, o.ref, o.price, market.Qty(o.qty))
		}
	}
	return uint64(h)
}

func (s *slowBooks) mark(inst int, t Trust) { s.trust[inst] = max(s.trust[inst], t) }

func (s *slowBooks) open(ref uint64, inst int, side market.Side, qty, price uint32) bool {
	if len(s.orders) == s.max {
		s.mark(inst, Stale)
		return false
	}
	s.arrival++
	s.orders[ref] = &slowOrder{ref, inst, side, market.Price(price) * market.ITCHUnit, int64(qty), s.arrival}
	return true
}

func (s *slowBooks) close(ref uint64) {
	delete(s.orders, ref)
	delete(s.marked, ref)
}

func (s *slowBooks) print(inst int, qty int64, px market.Price) {
	s.vol[inst].Add(s.vol[inst], big.NewInt(qty))
	s.notion[inst].Add(s.notion[inst], new(big.Int).Mul(big.NewInt(qty), big.NewInt(int64(px))))
	s.last[inst] = px
}

// apply applies messages with known locates through package itch's structs.
func (s *slowBooks) apply(msg []byte) {
	inst := s.byLoc[itch.Locate(msg)]
	var a itch.AddOrder
	var f itch.AddOrderMPID
	var e itch.OrderExecuted
	var c itch.OrderExecutedWithPrice
	var x itch.OrderCancel
	var d itch.OrderDelete
	var u itch.OrderReplace
	var p itch.Trade
	switch {
	case f.Decode(msg):
		s.add(inst, &f.AddOrder)
	case a.Decode(msg):
		s.add(inst, &a)
	case c.Decode(msg):
		px := market.Price(c.ExecutionPrice) * market.ITCHUnit
		s.take(inst, c.OrderRef, c.ExecutedShares, c.Printable == 'Y', &px)
	case e.Decode(msg):
		s.take(inst, e.OrderRef, e.ExecutedShares, true, nil)
	case x.Decode(msg):
		s.take(inst, x.OrderRef, x.CanceledShares, false, nil)
	case d.Decode(msg):
		if o := s.orders[d.OrderRef]; o == nil || o.inst != inst {
			s.mark(inst, Suspect)
			return
		}
		s.close(d.OrderRef)
	case u.Decode(msg):
		s.replace(inst, &u)
	case p.Decode(msg):
		if p.Stock != s.insts[inst].Symbol || p.Shares == 0 {
			s.mark(inst, Suspect)
			return
		}
		s.print(inst, int64(p.Shares), market.Price(p.Price)*market.ITCHUnit)
	}
}

func (s *slowBooks) add(inst int, a *itch.AddOrder) {
	if s.orders[a.OrderRef] != nil || a.Shares == 0 || a.Stock != s.insts[inst].Symbol || (a.Side != 'B' && a.Side != 'S') {
		s.mark(inst, Suspect)
		return
	}
	side := market.Buy
	if a.Side == 'S' {
		side = market.Sell
	}
	s.open(a.OrderRef, inst, side, a.Shares, a.Price)
}

func (s *slowBooks) take(inst int, ref uint64, d uint32, print bool, px *market.Price) {
	o := s.orders[ref]
	if o == nil || o.inst != inst || d == 0 {
		s.mark(inst, Suspect)
		return
	}
	if px == nil {
		px = &o.price
	}
	if print {
		s.print(inst, int64(d), *px)
	}
	if int64(d) > o.qty {
		s.mark(inst, Suspect)
	}
	if o.qty -= int64(d); o.qty <= 0 {
		s.close(ref)
	}
}

func (s *slowBooks) replace(inst int, u *itch.OrderReplace) {
	o := s.orders[u.OrderRef]
	if o == nil || o.inst != inst || u.Shares == 0 || (u.NewOrderRef != u.OrderRef && s.orders[u.NewOrderRef] != nil) {
		s.mark(inst, Suspect)
		return
	}
	marked := s.marked[u.OrderRef]
	s.close(u.OrderRef)
	if s.open(u.NewOrderRef, inst, o.side, u.Shares, u.Price) && marked {
		s.marked[u.NewOrderRef] = true
	}
}
