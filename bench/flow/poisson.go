package flow

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// PoissonConfig chooses a Poisson flow.
type PoissonConfig struct {
	Seed   uint64
	Params *Params // nil: DefaultParams
	// Mids are the middle prices of the opening books by instrument; where it is
	// short or zero, Params.Book.Mid.
	Mids []market.Price
	// EventsPerSecond, when not 0, replaces Params.Activity.EventsPerSecond.
	EventsPerSecond float64
}

// Poisson is the flow of Cont, Stoikov and Talreja on any number of instruments,
// each with a random source of its own.
type Poisson struct {
	cfg    PoissonConfig
	p      Params
	limit  []uint64 // rate at distance i+1, 1e-6 per second, cumulative
	cancel []uint64 // rate of one order at distance i+1, 1e-6 per second
	market uint64   // rate of one side, 1e-6 per second
	sizes  [2][1024]uint32
	// Shares of 2^32.
	partial, replace, attributed uint64

	books []poissonBook
	next  int // instrument of the next event, -1 before Open
}

// poissonBook is the flow's state on one instrument.
type poissonBook struct {
	src      source
	at       market.Nanos // of the next event
	id       market.InstrumentID
	tick     uint32
	lot      uint32
	bid, ask uint32 // last known touch, 1e-4
	version  uint32 // of the book that the sums below were made of
	sums     [3]uint64
}

// NewPoisson makes a flow; its books start with Market.Open.
func NewPoisson(cfg PoissonConfig) (*Poisson, error) {
	f := &Poisson{cfg: cfg, next: -1}
	if f.p = DefaultParams(); cfg.Params != nil {
		f.p = *cfg.Params
	}
	if cfg.EventsPerSecond != 0 {
		f.p.Activity.EventsPerSecond = cfg.EventsPerSecond
	}
	if err := f.p.Validate(); err != nil {
		return nil, err
	}
	f.tables()
	return f, nil
}

// tables turns the parameters into integers.
func (f *Poisson) tables() {
	scale := 1e6 * f.p.Activity.EventsPerSecond / f.p.eventsPerUnit()
	rate := func(r float64) uint64 { return uint64(math.Round(r * scale)) }
	sum := uint64(0)
	for i := 1; i <= f.p.Limit.Levels; i++ {
		sum += rate(f.p.lambda(i))
		f.limit = append(f.limit, sum)
		f.cancel = append(f.cancel, rate(f.p.theta(i)))
	}
	f.market = rate(f.p.Market.Rate)
	share := func(v float64) uint64 { return uint64(math.Round(v * (1 << 32))) }
	f.partial, f.replace, f.attributed = share(f.p.Cancel.Partial), share(f.p.Cancel.Replace), share(f.p.Book.Attributed)
	f.sizes[0] = lognormal(f.p.Size.LimitMu, f.p.Size.LimitSigma, f.p.Size.Max)
	f.sizes[1] = lognormal(f.p.Size.MarketMu, f.p.Size.MarketSigma, f.p.Size.Max)
}

// Fingerprint implements exchange.Flow.
func (f *Poisson) Fingerprint() string {
	h := fnv.New64a()
	fmt.Fprint(h, f.limit, f.cancel, f.market, f.sizes, f.partial, f.replace, f.attributed, f.p.Book.Mid, f.cfg.Mids)
	return fmt.Sprintf("poisson/1 seed=%d parameters=%016x", f.cfg.Seed, h.Sum64())
}

// Open implements exchange.Flow: each book starts with the mean number of orders
// at each distance, lambda/theta, around a spread of one tick.
func (f *Poisson) Open(m *exchange.Market) error {
	cfg := m.Config()
	f.books = make([]poissonBook, len(cfg.Instruments))
	for i := range f.books {
		b := &f.books[i]
		in := &cfg.Instruments[i]
		*b = poissonBook{src: newSource(f.cfg.Seed, uint64(i)), id: in.ID, at: cfg.Start,
			tick: uint32(in.Tick / market.ITCHUnit), lot: uint32(in.Lot)}
		mid := market.Price(math.Round(f.p.Book.Mid*1e4)) * market.ITCHUnit
		if i < len(f.cfg.Mids) && f.cfg.Mids[i] > 0 {
			mid = f.cfg.Mids[i]
		}
		b.bid = uint32(mid/in.Tick) * b.tick
		b.ask = b.bid + b.tick
		if int(b.bid/b.tick) <= f.p.Limit.Levels {
			return fmt.Errorf("flow: %s: mid %d is within %d ticks of zero", in.Symbol, mid, f.p.Limit.Levels)
		}
		if err := f.seed(m, b); err != nil {
			return fmt.Errorf("flow: %s: %w", in.Symbol, err)
		}
		f.schedule(m, b)
	}
	f.pick()
	return nil
}

func (f *Poisson) seed(m *exchange.Market, b *poissonBook) error {
	for i := 1; i <= f.p.Limit.Levels; i++ {
		mean := uint64(math.Round(f.p.lambda(i) / f.p.theta(i) * (1 << 32)))
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			// The mean's fraction decides whether there is one more.
			n := (mean + b.src.below(drawKind, 1<<32)) >> 32
			b.src.n++
			for ; n > 0; n-- {
				if _, why := m.Limit(b.id, side, f.price(b, side, i), f.size(b, 0), exchange.Day); why != exchange.ReasonNone {
					return errors.New(why.String())
				}
				b.src.n++
			}
		}
	}
	return nil
}

// Next implements exchange.Flow.
func (f *Poisson) Next() (market.Nanos, bool) {
	if f.next < 0 {
		return 0, false
	}
	return f.books[f.next].at, true
}

// pick finds the instrument of the earliest event, the first of equals.
func (f *Poisson) pick() {
	f.next = 0
	for i := range f.books {
		if f.books[i].at < f.books[f.next].at {
			f.next = i
		}
	}
}

// Apply implements exchange.Flow: one event of the instrument that is due.
func (f *Poisson) Apply(m *exchange.Market) {
	b := &f.books[f.next]
	f.weigh(m, b)
	f.event(m, b)
	b.src.n++
	f.schedule(m, b)
	f.pick()
}

// schedule draws the time of the next event from the book as it is now.
func (f *Poisson) schedule(m *exchange.Market, b *poissonBook) {
	f.weigh(m, b)
	w := wait(b.src.draw(drawWait), f.total(b))
	b.at += market.Nanos(min(w, int64(market.Day)))
}

func (f *Poisson) total(b *poissonBook) uint64 {
	return 2*f.limit[len(f.limit)-1] + 2*f.market + b.sums[market.Buy] + b.sums[market.Sell]
}

// weigh sums the cancel rates of both sides, unless the book is as it was.
func (f *Poisson) weigh(m *exchange.Market, b *poissonBook) {
	if v := m.Version(b.id); v != b.version || v == 0 {
		b.version = v
		if l := m.Level(b.id, market.Buy, 0); l.Price != 0 {
			b.bid = l.Price
		}
		if l := m.Level(b.id, market.Sell, 0); l.Price != 0 {
			b.ask = l.Price
		}
		b.sums[market.Buy] = f.sum(m, b, market.Buy)
		b.sums[market.Sell] = f.sum(m, b, market.Sell)
	}
}

func (f *Poisson) sum(m *exchange.Market, b *poissonBook, side market.Side) (sum uint64) {
	for k := range m.Levels(b.id, side) {
		l := m.Level(b.id, side, k)
		sum += f.cancelRate(b, side, l)
	}
	return sum
}

// cancelRate is the rate at which one of a level's background orders is canceled.
func (f *Poisson) cancelRate(b *poissonBook, side market.Side, l exchange.Level) uint64 {
	var ticks int
	if side == market.Buy {
		ticks = (int(b.ask) - int(l.Price)) / int(b.tick)
	} else {
		ticks = (int(l.Price) - int(b.bid)) / int(b.tick)
	}
	return f.cancel[min(max(ticks, 1), len(f.cancel))-1] * uint64(l.Orders-l.Own)
}

// event draws what happens: limit order, market order or cancel, buy or sell.
func (f *Poisson) event(m *exchange.Market, b *poissonBook) {
	u := b.src.below(drawKind, f.total(b))
	arrivals := f.limit[len(f.limit)-1]
	for _, side := range [...]market.Side{market.Buy, market.Sell} {
		if u < arrivals {
			f.arrive(m, b, side, u)
			return
		}
		u -= arrivals
		if u < f.market {
			m.Market(b.id, side, f.size(b, 1))
			return
		}
		u -= f.market
		if u < b.sums[side] {
			f.leave(m, b, side, u)
			return
		}
		u -= b.sums[side]
	}
}

// arrive enters a limit order at the distance that u falls on.
func (f *Poisson) arrive(m *exchange.Market, b *poissonBook, side market.Side, u uint64) {
	price := f.price(b, side, f.distance(u))
	if price == 0 {
		return
	}
	if b.src.below(drawMark, 1<<32) < f.attributed {
		m.LimitMPID(b.id, side, price, f.size(b, 0), [4]byte{'N', 'O', 'I', 'S'})
		return
	}
	m.Limit(b.id, side, price, f.size(b, 0), exchange.Day)
}

func (f *Poisson) distance(u uint64) int {
	for i, c := range f.limit {
		if u < c {
			return i + 1
		}
	}
	return len(f.limit)
}

// price is i ticks from the opposite best price; 0 when that is no price.
func (f *Poisson) price(b *poissonBook, side market.Side, i int) uint32 {
	d := uint32(i) * b.tick
	if side == market.Sell {
		return b.bid/b.tick*b.tick + d
	}
	ask := (b.ask + b.tick - 1) / b.tick * b.tick
	if ask <= d {
		return 0
	}
	return ask - d
}

// size draws a quantity, in lots; kind 0 limit, 1 market.
func (f *Poisson) size(b *poissonBook, kind int) uint32 {
	q := f.sizes[kind][b.src.draw(drawSize)>>54]
	return max((q+b.lot/2)/b.lot, 1) * b.lot
}

// leave cancels, shrinks or moves the order that u falls on.
func (f *Poisson) leave(m *exchange.Market, b *poissonBook, side market.Side, u uint64) {
	for k := range m.Levels(b.id, side) {
		l := m.Level(b.id, side, k)
		r := f.cancelRate(b, side, l)
		if u >= r {
			u -= r
			continue
		}
		n := b.src.below(drawOrder, uint64(l.Orders-l.Own))
		ref, qty := m.BackgroundAt(b.id, side, k, int(n))
		shape := b.src.below(drawShape, 1<<32)
		switch {
		case shape < f.partial && qty/2 >= b.lot:
			m.Reduce(ref, qty/2/b.lot*b.lot)
		case shape >= f.partial && shape < f.partial+f.replace:
			i := f.distance(b.src.below(drawDistance, f.limit[len(f.limit)-1]))
			if price := f.price(b, side, i); price != 0 {
				m.Replace(ref, price, qty)
			}
		default:
			m.Delete(ref)
		}
		return
	}
}
