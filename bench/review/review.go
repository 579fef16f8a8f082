package review

import (
	"fmt"
	"math/bits"
	"slices"

	"slipstream/bench/tca"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/takeup"
	"slipstream/fix"
	"slipstream/internal/market"
)

// Result is what a day's journal says.
type Result struct {
	Replay journal.Result
	Costs  *tca.Report
	Stats  engine.Stats
	Books  []uint64 // book.Hash by instrument, at the end
}

// Day replays the journal that r reads. engineConfig turns the configuration that
// the journal carries into the engine's; before is the engine at the end of the run that
// this one took over (takeup.Rebuild), nil if it took over none. Errors: a damaged journal, a
// configuration that no longer loads, a parent that cannot be priced.
func Day(r *journal.Reader, before *engine.Engine, engineConfig func(toml []byte) (engine.Config, error)) (*Result, error) {
	h := r.Header()
	cfg, err := engineConfig(h.Config)
	if err != nil {
		return nil, fmt.Errorf("review: the journal's configuration: %w", err)
	}
	eng, _, err := takeup.Start(h, cfg, before)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	w := newWatch(eng, cfg.Instruments)
	res := &Result{}
	if res.Replay, err = journal.Replay(r, w); err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	res.Stats = eng.Stats()
	for i := range cfg.Instruments {
		res.Books = append(res.Books, eng.Books().Book(market.InstrumentID(i)).Hash())
	}
	if res.Costs, err = w.costs(); err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	return res, nil
}

// watch is a core that notes the market and the parents' fills on the way.
type watch struct {
	eng     *engine.Engine
	symbols []market.Symbol
	tapes   []tca.Tape
	seen    []mark
	parents []tca.Parent
	trades  map[uint64]trade // by the serial of the last report about it
	before  int              // parents that the run took over: they are priced with the run that accepted them
	last    market.Nanos
}

// trade is a fill's place, for a bust or a correction of it.
type trade struct{ parent, fill int }

// mark is what was last seen of one instrument.
type mark struct {
	bid, ask market.Price
	qty      market.Qty
	hi, lo   uint64
}

func newWatch(e *engine.Engine, instruments []market.Instrument) *watch {
	w := &watch{eng: e, tapes: make([]tca.Tape, len(instruments)), seen: make([]mark, len(instruments)), trades: map[uint64]trade{}, before: e.Parents()}
	for _, in := range instruments {
		w.symbols = append(w.symbols, in.Symbol)
	}
	return w
}

// Step implements journal.Core.
func (w *watch) Step(in *engine.Input) *engine.Effects {
	fx := w.eng.Step(in)
	w.last = max(w.last, in.Now)
	if in.Kind == engine.InPacket || in.Kind == engine.InTimer {
		w.market(in.Now)
	}
	for i := range fx.Reports {
		w.report(&fx.Reports[i])
	}
	for i := range fx.Decisions {
		w.decision(&fx.Decisions[i])
	}
	return fx
}

// market notes what a packet changed. Prints of one packet become one trade at
// their mean price.
func (w *watch) market(now market.Nanos) {
	for i := range w.seen {
		b, s := w.eng.Books().Book(market.InstrumentID(i)), &w.seen[i]
		if bid, ask := b.Best(market.Buy).Price, b.Best(market.Sell).Price; bid != s.bid || ask != s.ask {
			s.bid, s.ask = bid, ask
			w.tapes[i].Touch(now, bid, ask)
		}
		qty, hi, lo := b.Traded()
		if qty > s.qty {
			dlo, borrow := bits.Sub64(lo, s.lo, 0)
			dhi, _ := bits.Sub64(hi, s.hi, borrow)
			if n := uint64(qty - s.qty); dhi < n {
				px, _ := bits.Div64(dhi, dlo, n)
				w.tapes[i].Trade(now, qty-s.qty, market.Price(px))
			}
		}
		s.qty, s.hi, s.lo = qty, hi, lo
	}
}

func (w *watch) report(r *fix.Report) {
	if r.Kind != fix.ExecReport || r.ParentID == 0 || r.ParentID > uint64(w.eng.Parents()) {
		return
	}
	for uint64(len(w.parents)) < r.ParentID {
		w.parents = append(w.parents, tca.Parent{ID: uint64(len(w.parents)) + 1})
	}
	p := &w.parents[r.ParentID-1]
	switch {
	case r.ExecType == fix.ExecNew:
		p.ArrivalNanos = r.Nanos
	case r.ExecType == fix.ExecBust, r.ExecType == fix.ExecCorrect:
		t, known := w.trades[r.ExecRef]
		if !known {
			return
		}
		delete(w.trades, r.ExecRef)
		f := &w.parents[t.parent].Fills[t.fill]
		f.Qty, f.Price = r.LastQty, r.LastPx
		if r.ExecType == fix.ExecBust {
			f.Qty = 0 // costs leaves it out
		}
		w.trades[r.Serial] = t
	case r.ExecType == fix.ExecTrade:
		w.trades[r.Serial] = trade{int(r.ParentID - 1), len(p.Fills)}
		p.Fills = append(p.Fills, tca.Fill{Nanos: r.Nanos, Qty: r.LastQty, Price: r.LastPx, Liq: tca.Liquidity(r.LastLiq)})
	case r.OrdStatus == fix.StatusCanceled:
		p.EndNanos = r.Nanos
	}
}

func (w *watch) decision(d *engine.Decision) {
	if d.Deny != 0 || d.Child == 0 || d.Parent == 0 || d.Parent > uint64(len(w.parents)) {
		return
	}
	if p := &w.parents[d.Parent-1]; d.Action == engine.Reprice || d.Action == engine.CancelChild {
		p.Cancels++
	} else {
		p.Children++
	}
}

// costs prices every parent that the run accepted, up to its end or the run's.
func (w *watch) costs() (*tca.Report, error) {
	cfg := tca.Default()
	cfg.Bucket = market.Second
	var results []tca.Result
	for i := range w.tapes {
		w.tapes[i].Watched(w.last)
	}
	for i := w.before; i < len(w.parents); i++ {
		p := &w.parents[i]
		p.Fills = slices.DeleteFunc(p.Fills, func(f tca.Fill) bool { return f.Qty == 0 })
		v, _ := w.eng.Parent(p.ID)
		p.ClOrdID, p.Symbol, p.Algo, p.Tactic, p.Side, p.Qty = v.ClOrdID.String(), w.symbols[v.Instrument].String(), v.Algo, v.Tactic, v.Side, v.Qty
		p.ArrivalNanos = max(p.ArrivalNanos, v.Start) // benchmarks begin when it may trade
		if p.EndNanos == 0 {
			p.EndNanos = min(v.End, w.last)
		}
		p.EndNanos = max(p.EndNanos, p.ArrivalNanos+1)
		r, err := tca.Analyze(cfg, p, &w.tapes[v.Instrument])
		if err != nil {
			return nil, fmt.Errorf("parent %d (%s): %w", p.ID, p.ClOrdID, err)
		}
		results = append(results, r)
	}
	return tca.NewReport(results), nil
}
