package flow

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// ReactiveConfig chooses a Reactive flow.
type ReactiveConfig struct {
	Seed uint64
	// Params by instrument; where it is short or nil, those of the instrument's symbol,
	// or DefaultReactive's of AMZN when there are none.
	Params []*ReactiveParams
	// Scenario, when not empty, changes the parameters of every instrument.
	Scenario string
	// Activity, when not 0, multiplies all rates on top of the parameters.
	Activity float64
}

// Reactive is the queue-reactive background QR-HX: rates by state of the book, times
// intraday curve, regime and self-excitation, tilted by a latent efficient price and
// by the signed flow of all trades, ours included.
type Reactive struct {
	cfg   ReactiveConfig
	m     *exchange.Market
	books []*reactiveBook
	next  int // instrument of the next event, -1 before Open
}

// NewReactive makes a flow; its books start with Market.Open. Parameters given in the
// configuration are judged here, those by symbol are built in.
func NewReactive(cfg ReactiveConfig) (*Reactive, error) {
	var errs []error
	for i, p := range cfg.Params {
		if p != nil {
			if err := p.Validate(); err != nil {
				errs = append(errs, fmt.Errorf("flow: parameters of instrument %d: %w", i, err))
			}
		}
	}
	if cfg.Activity < 0 || cfg.Activity > 1e4 || math.IsNaN(cfg.Activity) {
		errs = append(errs, fmt.Errorf("flow: activity %g: want 0 to 10000", cfg.Activity))
	}
	if cfg.Scenario != "" {
		if _, err := Scenario(cfg.Scenario, defaultReactive("AMZN")); err != nil {
			errs = append(errs, err)
		}
	}
	return &Reactive{cfg: cfg, next: -1}, errors.Join(errs...)
}

// params are those of an instrument, with the scenario in them.
func (f *Reactive) params(i int, symbol string) (*ReactiveParams, error) {
	var p *ReactiveParams
	if i < len(f.cfg.Params) {
		p = f.cfg.Params[i]
	}
	if p == nil {
		if p = defaultReactive(symbol); p == nil {
			p = defaultReactive("AMZN")
		}
	}
	if f.cfg.Scenario != "" {
		var err error
		if p, err = Scenario(f.cfg.Scenario, p); err != nil {
			return nil, err
		}
	}
	if f.cfg.Activity > 0 {
		q := *p
		q.Activity *= f.cfg.Activity
		p = &q
	}
	return p, p.Validate()
}

// Fingerprint implements exchange.Flow.
func (f *Reactive) Fingerprint() string {
	h := fnv.New64a()
	for _, p := range f.cfg.Params {
		if p != nil {
			fmt.Fprintf(h, "%+v", *p)
		}
		fmt.Fprint(h, ";")
	}
	for _, symbol := range ReactiveSymbols() {
		fmt.Fprintf(h, "%+v", *defaultReactive(symbol))
	}
	fmt.Fprint(h, f.cfg.Scenario, f.cfg.Activity)
	return fmt.Sprintf("reactive/2 seed=%d parameters=%016x", f.cfg.Seed, h.Sum64())
}

// warmUp is how long the flow runs in silence before the session starts.
const warmUp = 30 * market.Second

// Open implements exchange.Flow.
func (f *Reactive) Open(m *exchange.Market) error {
	cfg := m.Config()
	f.m = m
	f.books = make([]*reactiveBook, len(cfg.Instruments))
	for i := range f.books {
		in := &cfg.Instruments[i]
		p, err := f.params(i, in.Symbol.String())
		if err != nil {
			return fmt.Errorf("%s: %w", in.Symbol, err)
		}
		b := newReactiveBook(newModel(p), f.cfg.Seed, in)
		b.begin(cfg.Start-warmUp, cfg.Start, cfg.Midnight)
		if err := b.seed(m); err != nil {
			return fmt.Errorf("flow: %s: %w", in.Symbol, err)
		}
		f.books[i] = b
		b.look(m)
		b.noticed()
		b.schedule(m)
	}
	for f.pick(); f.books[f.next].due() < cfg.Start; f.pick() {
		b := f.books[f.next]
		b.apply(m)
	}
	m.ClearExecs()
	return nil
}

// Next implements exchange.Flow. It first takes notice of what others did: the rates
// change at that instant, which is the Market's now.
func (f *Reactive) Next() (market.Nanos, bool) {
	if f.next < 0 {
		return 0, false
	}
	for _, b := range f.books {
		if b.version != f.m.Version(b.id) {
			b.external(f.m)
			f.pick()
		}
	}
	return f.books[f.next].due(), true
}

// pick finds the instrument of the earliest event, the first of equals.
func (f *Reactive) pick() {
	f.next = 0
	first := f.books[0].due()
	for i := 1; i < len(f.books); i++ {
		if at := f.books[i].due(); at < first {
			f.next, first = i, at
		}
	}
}

// Apply implements exchange.Flow.
func (f *Reactive) Apply(m *exchange.Market) {
	f.books[f.next].apply(m)
	f.pick()
}

// Truth is what the model knows and no receiver of the feed may.
type Truth struct {
	Efficient market.Price // latent price
	Misprice  float64      // (latent price - mid) in the model's units
	Flow      float64      // signed flow that is remembered
	Regime    int
	Rate      float64 // events per second at this instant
}

// Truth is the hidden state of an instrument, after all events so far.
func (f *Reactive) Truth(id market.InstrumentID) Truth {
	b := f.books[id]
	return Truth{Efficient: market.Price(math.Round(b.latent+b.pushed)) * market.ITCHUnit, Misprice: b.misprice(),
		Flow: b.flow(), Regime: b.regime, Rate: b.scale * b.heat() * b.base}
}

// reactiveBook is the flow's state on one instrument.
type reactiveBook struct {
	*model
	id        market.InstrumentID
	tick, lot uint32
	midnight  market.Nanos
	start     market.Nanos

	src   [streams]source
	left  [streams]float64 // of the unit-rate clock until the next event
	rate  [streams]float64 // in operational time
	at    market.Nanos     // of the clocks
	event market.Nanos     // of the next stream event
	step  float64          // operational time until then
	which int              // its stream, -1 for none
	base  float64          // sum of rate
	scale float64          // curve, regime, phase and activity

	h [kernels]float64 // self-excitation, mean 1
	// fadeTo is what is left of h at the next stream event.
	fadeTo [kernels]float64
	phi    [kernels]float64 // signed flow, as of flowAt

	flowAt market.Nanos

	timers timers
	redraw source
	burst  source
	renew  source // fleeting quotes that come back
	lure   source // new touches that are taken

	seen    look
	now     look
	version uint32

	latentState
	splitState
}

func newReactiveBook(p *model, seed uint64, in *market.Instrument) *reactiveBook {
	b := &reactiveBook{model: p, id: in.ID, tick: uint32(in.Tick / market.ITCHUnit), lot: uint32(in.Lot), timers: newTimers(), which: -1}
	key := func(k uint64) source { return newSource(mix(seed)^0x51ab, uint64(in.ID)<<8|k) }
	for k := range b.src {
		b.src[k] = key(uint64(k))
		b.left[k] = exponential(b.src[k].draw(drawWait))
	}
	b.redraw, b.burst = key(streams), key(streams+1)
	b.news, b.turn, b.parent = key(streams+2), key(streams+3), key(streams+4)
	b.renew, b.lure = key(streams+5), key(streams+6)
	b.common = newSource(mix(seed)^0x51ab, 1<<40)
	for j := range b.nTau {
		b.h[j] = 1
	}
	return b
}

// begin sets the clocks.
func (b *reactiveBook) begin(at, start, midnight market.Nanos) {
	b.at, b.flowAt, b.start, b.midnight = at, at, start, midnight
	b.beginLatent(at)
	b.beginSplit()
}

// seed builds a book: the mean number of orders at each distance, a spread in between.
func (b *reactiveBook) seed(m *exchange.Market) error {
	p := b.p
	mid := uint32(math.Round(p.Book.Mid*1e4)) / b.tick * b.tick
	b.now.bid = mid - uint32(p.Book.Spread/2)*b.tick
	b.now.ask = b.now.bid + uint32(p.Book.Spread)*b.tick
	b.seen.bid, b.seen.ask = b.now.bid, b.now.ask
	b.latent = float64(b.now.bid+b.now.ask) / 2
	if int(b.now.bid/b.tick) <= p.Distance.Max {
		return fmt.Errorf("mid %g is within %d ticks of zero", p.Book.Mid, p.Distance.Max)
	}
	src := b.burst
	src.key = mix(src.key)
	// Mean orders per side behind the touch: arrivals over the mean rate of leaving.
	c := len(b.rates) / 2
	i := p.State.Imbalance / 2
	n := int(b.rates[c][i][sDeep] / max(b.rates[c][i][sCancelDeep], 1e-3))
	n = min(max(n, 20), 400)
	for _, side := range [...]market.Side{market.Buy, market.Sell} {
		for k := range n + 2 {
			d := 0
			if k >= 2 {
				d = int(b.deep.at(src.draw(drawDistance)))
			}
			if why := b.enter(m, &src, sDeep, side, d, 0); why != exchange.ReasonNone {
				return errors.New(why.String())
			}
			src.n++
		}
	}
	return nil
}
