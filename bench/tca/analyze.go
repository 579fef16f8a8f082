package tca

import (
	"slices"

	"slipstream/internal/market"
)

// Config says over which horizons and buckets to look.
type Config struct {
	Horizons []market.Nanos // of the markouts, after each fill
	Bucket   market.Nanos   // length of the buckets of realised participation, > 0
}

// Default is the usual choice: 100 ms, 1 s, 10 s and 60 s, and buckets of a minute.
func Default() Config {
	return Config{
		Horizons: []market.Nanos{100 * market.Millisecond, market.Second, 10 * market.Second, 60 * market.Second},
		Bucket:   60 * market.Second,
	}
}

// Analyze computes the cost of p in the market m. It fails on input that makes no
// sense (quantity, side, interval, overfill) and when there is no arrival price.
func Analyze(cfg Config, p *Parent, m Market) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	mids, ok := benchmarks(p, m)
	if !ok {
		return Result{}, p.wrap(errNoMid)
	}
	filled := p.Filled()
	r := Result{
		ID: p.ID, ClOrdID: p.ClOrdID, Symbol: p.Symbol,
		Algo: p.Algo.String(), Tactic: p.Tactic.String(), Side: p.Side.String(),
		Qty: p.Qty, FilledQty: filled, Completion: float64(filled) / float64(p.Qty),
		ArrivalMid: mids.arrival.Float(), EndMid: mids.end.Float(),
		Fills: len(p.Fills), Children: p.Children, Cancels: p.Cancels,
		CancelsPerFill:  ratio(float64(p.Cancels), float64(len(p.Fills))),
		IntervalSeconds: seconds(p.EndNanos - p.ArrivalNanos),
	}
	r.shortfall(p, m, mids)
	r.spreads(cfg, p, m)
	r.volume(cfg, p, m)
	r.flow(p)
	return r, nil
}

// mids are the three benchmark prices of a parent.
type mids struct{ decision, arrival, end Mid }

func benchmarks(p *Parent, m Market) (b mids, ok bool) {
	b.arrival, ok = p.ArrivalMid, true
	if b.arrival == 0 {
		b.arrival, ok = m.MidBefore(p.ArrivalNanos)
	}
	if !ok {
		return b, false
	}
	b.decision, ok = p.DecisionMid, p.DecisionMid != 0
	if !ok && p.DecisionNanos != 0 {
		b.decision, ok = m.MidBefore(p.DecisionNanos)
	}
	if !ok {
		b.decision = b.arrival
	}
	// The last mid known by the end, also when the series stops short of it.
	if b.end, ok = m.MidBefore(p.EndNanos + 1); !ok {
		b.end = b.arrival
	}
	return b, true
}

// shortfall fills Split and what is derived from it.
func (r *Result) shortfall(p *Parent, m Market, b mids) {
	s := &r.Split
	rest := p.Qty - r.FilledQty
	var gross Money
	for i := range p.Fills {
		f := &p.Fills[i]
		before, ok := m.MidBefore(f.Nanos)
		if !ok {
			before = b.arrival
			r.FillsWithoutMid++
		}
		gross = gross.Add(paid(f.Price, f.Qty))
		s.Spread = s.Spread.Add(paid(f.Price, f.Qty).Sub(atMid(before, f.Qty)).signed(p.Side))
		s.Drift = s.Drift.Add(atMid(before-b.arrival, f.Qty).signed(p.Side))
		s.Fees = s.Fees.Add(paid(f.Fee, 1))
	}
	s.Trading = gross.Sub(atMid(b.arrival, r.FilledQty)).signed(p.Side)
	s.Opportunity = atMid(b.end-b.arrival, rest).signed(p.Side)
	s.Delay = atMid(b.arrival-b.decision, p.Qty).signed(p.Side)
	s.AtArrival, s.AtDecision = atMid(b.arrival, p.Qty), atMid(b.decision, p.Qty)

	r.AvgPx = ratio(gross.Float(), float64(r.FilledQty))
	r.ISBps = s.Shortfall().bps(s.AtArrival)
	r.TradingBps = s.Trading.bps(s.AtArrival)
	r.SpreadBps = s.Spread.bps(s.AtArrival)
	r.DriftBps = s.Drift.bps(s.AtArrival)
	r.OpportunityBps = s.Opportunity.bps(s.AtArrival)
	r.FeesBps = s.Fees.bps(s.AtArrival)
	r.DelayBps = s.Delay.bps(s.AtArrival)
	r.ISDecisionBps = s.ShortfallFromDecision().bps(s.AtDecision)
	r.ISUSD = Known(s.Shortfall().Float())
	r.ISForcedBps = forced(p, s, b.arrival, rest).bps(s.AtArrival)
	if rest != 0 && sum(p.Forced) != rest {
		r.ISForcedBps = Number{}
	}
}

// forced is the shortfall with the rest priced by p.Forced instead of the end mid.
func forced(p *Parent, s *Split, arrival Mid, rest market.Qty) Money {
	if rest == 0 {
		return s.Shortfall()
	}
	total := s.Trading.Add(s.Fees)
	for i := range p.Forced {
		f := &p.Forced[i]
		total = total.Add(paid(f.Price, f.Qty).Sub(atMid(arrival, f.Qty)).signed(p.Side)).Add(paid(f.Fee, 1))
	}
	return total
}

// flow fills what concerns how the parent was worked.
func (r *Result) flow(p *Parent) {
	var added, known market.Qty
	last := p.ArrivalNanos
	for i := range p.Fills {
		f := &p.Fills[i]
		last = max(last, f.Nanos)
		switch f.Liq {
		case Added:
			added += f.Qty
			known += f.Qty
		case Removed:
			known += f.Qty
		}
	}
	r.PassiveShare = ratio(float64(added), float64(known))
	if len(p.Fills) > 0 {
		r.TimeToLastFill = Known(seconds(last - p.ArrivalNanos))
	}
}

func sum(fills []Fill) (q market.Qty) {
	for i := range fills {
		q += fills[i].Qty
	}
	return q
}

func seconds(d market.Nanos) float64 { return float64(d) / float64(market.Second) }

// quantile is the nearest-rank q-quantile of v, which it sorts; undefined when empty.
func quantile(v []float64, q float64) Number {
	if len(v) == 0 {
		return Number{}
	}
	slices.Sort(v)
	i := int(q*float64(len(v))+0.999999) - 1
	return Known(v[min(max(i, 0), len(v)-1)])
}
