package flow

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// QueueUnit is the size of every order of QueueReactive, in shares: one average event.
const QueueUnit = 100

// QueueConfig chooses a QueueReactive flow.
type QueueConfig struct {
	Seed   uint64
	Params *QueueParams // nil: DefaultQueueParams
}

// QueueReactive is the published queue-reactive model: each of three queues on either
// side of a reference price lives by rates of its own size. When the mid moves, by
// whoever's order, the reference price follows with probability theta, and the book is
// then drawn anew with probability theta_reinit; all of that in real messages.
//
// It is an anchor with published results, no model of today's market: its cancels are
// uniform, so that passive orders fill too well, and its volatility is too low.
type QueueReactive struct {
	cfg   QueueConfig
	p     QueueParams
	rates [queueDepth][3][]float64 // by queue, kind and size
	law   [queueDepth][]float64    // cumulative invariant law
	m     *exchange.Market
	books []queueBook
	next  int
}

const (
	qLimit = iota
	qCancel
	qMarket
	queueKinds
	queueStreams = 2 * queueDepth * queueKinds
)

// queueBook is the flow's state on one instrument.
type queueBook struct {
	id      market.InstrumentID
	tick    uint32
	ref     uint32 // price of the bid queue 1; the ask queue 1 is a tick above
	mid2    int64  // bid + ask, in ticks
	src     [queueStreams]source
	moves   source // one draw number per move of the mid
	left    [queueStreams]float64
	rate    [queueStreams]float64
	at      market.Nanos
	event   market.Nanos
	which   int
	version uint32
}

// NewQueueReactive makes a flow; its books start with Market.Open.
func NewQueueReactive(cfg QueueConfig) (*QueueReactive, error) {
	f := &QueueReactive{cfg: cfg, next: -1, p: DefaultQueueParams()}
	if cfg.Params != nil {
		f.p = *cfg.Params
	}
	if err := f.p.Validate(); err != nil {
		return nil, err
	}
	activity := f.p.Activity
	if activity == 0 {
		activity = 1
	}
	for i := range f.rates {
		q := &f.p.Queues[i]
		for k, list := range [queueKinds][]float64{q.Limit, q.Cancel, q.Market} {
			for n := range f.p.Largest + 1 {
				r := f.p.at(list, n) * activity
				if k == qLimit && n == f.p.Largest || k != qLimit && n == 0 {
					r = 0
				}
				f.rates[i][k] = append(f.rates[i][k], r)
			}
		}
		f.law[i] = invariant(&f.rates[i], f.p.Largest)
	}
	return f, nil
}

// invariant is the cumulative stationary law of a queue: detailed balance of births
// and deaths.
func invariant(rates *[3][]float64, largest int) []float64 {
	pi := make([]float64, largest+1)
	pi[0] = 1
	sum := 1.0
	for n := 1; n <= largest; n++ {
		pi[n] = pi[n-1] * rates[qLimit][n-1] / (rates[qCancel][n] + rates[qMarket][n])
		sum += pi[n]
	}
	acc := 0.0
	for n := range pi {
		acc += pi[n] / sum
		pi[n] = acc
	}
	return pi
}

// Fingerprint implements exchange.Flow.
func (f *QueueReactive) Fingerprint() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%+v", f.p)
	return fmt.Sprintf("queue-reactive/1 seed=%d parameters=%016x", f.cfg.Seed, h.Sum64())
}

// Reference is the reference price of an instrument, half a tick off the grid.
func (f *QueueReactive) Reference(id market.InstrumentID) market.Price {
	b := &f.books[id]
	return (market.Price(b.ref) + market.Price(b.tick)/2) * market.ITCHUnit
}

// Open implements exchange.Flow: both sides are drawn from the invariant law.
func (f *QueueReactive) Open(m *exchange.Market) error {
	cfg := m.Config()
	f.m = m
	f.books = make([]queueBook, len(cfg.Instruments))
	for i := range f.books {
		in := &cfg.Instruments[i]
		b := &f.books[i]
		*b = queueBook{id: in.ID, tick: uint32(in.Tick / market.ITCHUnit), at: cfg.Start}
		b.ref = uint32(math.Floor(f.p.Reference*1e4/float64(b.tick)+1e-9)) * b.tick
		if b.ref <= 2*queueDepth*b.tick {
			return errors.New("flow: the reference price is too near zero")
		}
		for k := range b.src {
			b.src[k] = newSource(mix(f.cfg.Seed)^0x9a3c, uint64(i)<<8|uint64(k))
			b.left[k] = exponential(b.src[k].draw(drawWait))
		}
		b.moves = newSource(mix(f.cfg.Seed)^0x9a3c, uint64(i)<<8|queueStreams)
		f.redraw(m, b)
		// As in the published program the first event is compared with a mid at the
		// reference price, whatever was drawn.
		b.mid2 = int64(2*b.ref/b.tick) + 1
		b.version = m.Version(b.id)
		f.schedule(m, b)
	}
	f.pick()
	return nil
}

// Next implements exchange.Flow; it first takes notice of what others did.
func (f *QueueReactive) Next() (market.Nanos, bool) {
	if f.next < 0 {
		return 0, false
	}
	for i := range f.books {
		b := &f.books[i]
		if b.version != f.m.Version(b.id) {
			f.follow(f.m, b)
			b.advance(f.m.Now())
			f.schedule(f.m, b)
			f.pick()
		}
	}
	return f.books[f.next].event, true
}

func (f *QueueReactive) pick() {
	f.next = 0
	for i := range f.books {
		if f.books[i].event < f.books[f.next].event {
			f.next = i
		}
	}
}

// Apply implements exchange.Flow.
func (f *QueueReactive) Apply(m *exchange.Market) {
	b := &f.books[f.next]
	k := b.which
	b.advance(b.event)
	if k >= 0 {
		f.fire(m, b, k)
		b.src[k].n++
		b.left[k] = exponential(b.src[k].draw(drawWait))
		f.follow(m, b)
	}
	f.schedule(m, b)
	f.pick()
}

func (b *queueBook) advance(t market.Nanos) {
	dt := float64(t-b.at) / 1e9
	if dt <= 0 {
		return
	}
	for k := range b.left {
		b.left[k] = max(b.left[k]-float64(b.rate[k]*dt), 0)
	}
	b.at = t
}

// price of queue i, 0 nearest the reference price.
func (b *queueBook) price(side market.Side, i int) uint32 {
	if side == market.Buy {
		return b.ref - uint32(i)*b.tick
	}
	return b.ref + uint32(i+1)*b.tick
}

// queues are the sizes of a side's queues in units.
func (b *queueBook) queues(m *exchange.Market, side market.Side) (q [queueDepth]int) {
	for k := range m.Levels(b.id, side) {
		l := m.Level(b.id, side, k)
		d := int64(l.Price) - int64(b.price(side, 0))
		if side == market.Buy {
			d = -d
		}
		if i := d / int64(b.tick); d >= 0 && i < queueDepth {
			q[i] = int((l.Qty + QueueUnit - 1) / QueueUnit)
		}
	}
	return q
}

func (f *QueueReactive) schedule(m *exchange.Market, b *queueBook) {
	b.which, b.event = -1, b.at+market.Day
	if m.State(b.id) != 'T' {
		b.rate = [queueStreams]float64{}
		return
	}
	first := math.MaxFloat64
	for s, side := range [...]market.Side{market.Buy, market.Sell} {
		q := b.queues(m, side)
		for i, n := range q {
			n = min(n, f.p.Largest)
			for kind := range queueKinds {
				k := (s*queueDepth+i)*queueKinds + kind
				r := f.rates[i][kind][n]
				b.rate[k] = r
				if float64(r*first) > b.left[k] {
					first, b.which = b.left[k]/r, k
				}
			}
		}
	}
	if b.which >= 0 {
		b.event = b.at + market.Nanos(min(math.Ceil(first*1e9), float64(market.Day)))
	}
}

// fire applies an event of one queue. What would leave a side without any order does
// not happen.
func (f *QueueReactive) fire(m *exchange.Market, b *queueBook, k int) {
	side := market.Buy
	if k >= queueStreams/2 {
		side = market.Sell
	}
	i, kind := k/queueKinds%queueDepth, k%queueKinds
	price := b.price(side, i)
	if kind == qLimit {
		m.Limit(b.id, side, price, QueueUnit, exchange.Day)
		return
	}
	q := b.queues(m, side)
	if q[0]+q[1]+q[2] <= 1 {
		return
	}
	if kind == qMarket && m.Level(b.id, side, 0).Price == price {
		m.Limit(b.id, side.Opposite(), price, QueueUnit, exchange.IOC)
		return
	}
	f.drop(m, b, side, price, b.src[k].draw(drawOrder))
}

// drop cancels one background order at a price, each with the same chance.
func (f *QueueReactive) drop(m *exchange.Market, b *queueBook, side market.Side, price uint32, u uint64) bool {
	for k := range m.Levels(b.id, side) {
		l := m.Level(b.id, side, k)
		if l.Price != price {
			continue
		}
		n := l.Orders - l.Own
		if n == 0 {
			return false
		}
		ref, _ := m.BackgroundAt(b.id, side, k, int((u>>32)*uint64(n)>>32))
		return m.Delete(ref)
	}
	return false
}

// follow compares the mid with what it was: the reference price may follow.
func (f *QueueReactive) follow(m *exchange.Market, b *queueBook) {
	b.version = m.Version(b.id)
	bid, ask := m.Touch(b.id)
	if bid.Price == 0 || ask.Price == 0 || m.State(b.id) != 'T' {
		return
	}
	mid2 := int64(bid.Price+ask.Price) / int64(b.tick)
	was := b.mid2
	if b.mid2 = mid2; mid2 == was {
		return
	}
	// An order that fills the gap again moves the mid, and no reference price: only a
	// mid that moves away from an empty first queue does (Huang et al., section 3.1).
	up := mid2 > was
	empty := market.Sell
	if !up {
		empty = market.Buy
	}
	if b.queues(m, empty)[0] != 0 {
		return
	}
	b.moves.n++
	if unit(b.moves.draw(drawKind)) >= f.p.Theta {
		return
	}
	if up {
		b.ref += b.tick
	} else {
		b.ref -= b.tick
	}
	if unit(b.moves.draw(drawShape)) < f.p.ThetaReinit {
		f.redraw(m, b)
	} else {
		f.shift(m, b, up)
	}
	if bid, ask = m.Touch(b.id); bid.Price != 0 && ask.Price != 0 {
		b.mid2 = int64(bid.Price+ask.Price) / int64(b.tick)
	}
	b.version = m.Version(b.id)
}

// sample draws a queue's size.
func (f *QueueReactive) sample(i int, u float64) int {
	for n, c := range f.law[i] {
		if u < c {
			return n
		}
	}
	return f.p.Largest
}

// redraw replaces all background orders by a draw from the invariant law.
func (f *QueueReactive) redraw(m *exchange.Market, b *queueBook) {
	f.clear(m, b, market.Buy, func(uint32) bool { return true })
	f.clear(m, b, market.Sell, func(uint32) bool { return true })
	for s, side := range [...]market.Side{market.Buy, market.Sell} {
		src := b.moves
		src.key = mix(src.key + uint64(s))
		for total, try := 0, uint64(0); total == 0; try++ {
			src.n = b.moves.n + try<<40
			for i := range queueDepth {
				n := f.sample(i, unit(src.draw(uint64(i))))
				f.fill(m, b, side, b.price(side, i), n)
				total += n
			}
		}
	}
}

func (f *QueueReactive) fill(m *exchange.Market, b *queueBook, side market.Side, price uint32, n int) {
	for range n {
		m.Limit(b.id, side, price, QueueUnit, exchange.Day)
	}
}

// clear deletes a side's background orders at the prices that gone names.
func (f *QueueReactive) clear(m *exchange.Market, b *queueBook, side market.Side, gone func(uint32) bool) {
	for k := m.Levels(b.id, side) - 1; k >= 0; k-- {
		l := m.Level(b.id, side, k)
		if !gone(l.Price) {
			continue
		}
		for range l.Orders - l.Own {
			ref, _ := m.BackgroundAt(b.id, side, k, 0)
			m.Delete(ref)
		}
	}
}

// shift makes the queues anew after the reference price moved by a tick and the book
// was not redrawn: the side it moved to loses a queue and gains the farthest, drawn; the
// other side starts with an empty one. Sizes are counted in the new queue's event size.
func (f *QueueReactive) shift(m *exchange.Market, b *queueBook, up bool) {
	near, far := market.Sell, market.Buy // up: asks come nearer, bids go farther
	if !up {
		near, far = market.Buy, market.Sell
	}
	first, last := b.price(near, 0), b.price(far, queueDepth-1)
	f.clear(m, b, near, func(p uint32) bool { return p != first && (p < first) == up })
	f.clear(m, b, far, func(p uint32) bool { return p != last && (p < last) == up })
	nearWas, farWas := b.queues(m, near), b.queues(m, far)
	for i := range queueDepth - 1 {
		f.resize(m, b, near, i, nearWas[i], f.p.AES[i+1]/f.p.AES[i])
		f.resize(m, b, far, i+1, farWas[i+1], f.p.AES[i]/f.p.AES[i+1])
	}
	if nearWas[queueDepth-1] == 0 {
		f.fill(m, b, near, b.price(near, queueDepth-1), f.sample(queueDepth-1, unit(b.moves.draw(drawSize))))
	}
	for _, side := range [...]market.Side{near, far} {
		if m.Levels(b.id, side) == 0 {
			f.fill(m, b, side, b.price(side, queueDepth-1), 1)
		}
	}
}

// resize brings a queue of n units to n times by.
func (f *QueueReactive) resize(m *exchange.Market, b *queueBook, side market.Side, i, n int, by float64) {
	want := min(int(math.RoundToEven(float64(n)*by)), f.p.Largest)
	f.fill(m, b, side, b.price(side, i), max(want-n, 0))
	for k := range max(n-want, 0) {
		if !f.drop(m, b, side, b.price(side, i), mix(b.moves.draw(drawOrder)+uint64(k))) {
			return
		}
	}
}
