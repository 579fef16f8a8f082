package flow

import (
	"testing"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// alone is the model with the answers of the touch alone as a test sets them: no redraw,
// nobody fleeting.
func alone(t *testing.T, change func(p *ReactiveParams)) *exchange.Market {
	t.Helper()
	p, err := DefaultReactive("AMZN")
	if err != nil {
		t.Fatal(err)
	}
	p.Redraw.Theta, p.Redraw.ThetaCancel = 0, 0
	p.Fleeting.Improve, p.Fleeting.Join, p.Fleeting.Deep = 0, 0, 0
	p.Flicker.Again, p.Flicker.Refill, p.Flicker.Snipe = 0, 0, 0
	change(p)
	m, _ := reactiveMarket(t, ReactiveConfig{Seed: 4, Params: []*ReactiveParams{p}}, "AMZN")
	return m
}

// A touch that our order takes away is back at its price within the delay, as often as
// the parameters say.
func TestATakenTouchIsRefilled(t *testing.T) {
	for _, share := range []float64{0, 0.9} {
		m := alone(t, func(p *ReactiveParams) { p.Flicker.Refill, p.Flicker.RefillDelay = share, []float64{1e-4} })
		back, tries := 0, 0
		for n := range 60 {
			m.Advance(m.Now() + 20*market.Second)
			_, ask := m.Touch(0)
			m.Submit(m.Now(), &exchange.Request{Kind: exchange.KindNew, Type: exchange.OrdLimit, TIF: exchange.IOC, Side: market.Buy, Owner: 1, ClientRef: uint64(n) + 1,
				Qty: market.Qty(ask.Qty), Price: market.Price(ask.Price) * market.ITCHUnit})
			m.ClearExecs()
			if _, now := m.Touch(0); now.Price == ask.Price {
				continue
			}
			tries++
			m.Advance(m.Now() + 150_000)
			if _, now := m.Touch(0); now.Price == ask.Price {
				back++
			}
		}
		if tries < 40 || share == 0 && back > 3 || share > 0 && (back < tries*3/4 || back == tries) {
			t.Errorf("refill %.1f: %d of %d touches came back", share, back, tries)
		}
	}
}

// An order of ours that improves by many ticks is taken within the delay; one that
// improves by a single tick is not.
func TestAGoodPriceIsTaken(t *testing.T) {
	for _, c := range []struct {
		name     string
		by       uint32
		snipe    float64
		few, all bool
	}{{"a tick better", 1, 1, true, false}, {"five ticks better, where somebody waits", 5, 1, false, true}, {"five ticks better, where nobody does", 5, 0, true, false}} {
		m := alone(t, func(p *ReactiveParams) {
			p.Flicker.Snipe, p.Flicker.SnipeDelay = c.snipe, []float64{1e-3}
			p.Splitting.Count = 64 // both sides have a waiting order
		})
		taken, tries := 0, 0
		for n := range 60 {
			m.Advance(m.Now() + 20*market.Second)
			bid, ask := m.Touch(0)
			if ask.Price-bid.Price <= 100*(c.by+1) {
				continue
			}
			tries++
			m.Submit(m.Now(), &exchange.Request{Kind: exchange.KindNew, Type: exchange.OrdLimit, Side: market.Buy, Owner: 1, ClientRef: uint64(2*n) + 1,
				Qty: 1, Price: market.Price(bid.Price+100*c.by) * market.ITCHUnit})
			m.ClearExecs()
			m.Advance(m.Now() + 2*market.Millisecond)
			for _, e := range m.Execs() {
				if e.Kind == exchange.ExecTrade && e.Owner == 1 {
					taken++
				}
			}
			m.Submit(m.Now(), &exchange.Request{Kind: exchange.KindCancel, Side: market.Buy, Owner: 1, OrigClientRef: uint64(2*n) + 1, ClientRef: uint64(2*n) + 2})
			m.ClearExecs()
		}
		if tries < 30 || c.few && taken > 3 || c.all && taken < tries*9/10 {
			t.Errorf("%s: %d of %d taken", c.name, taken, tries)
		}
	}
}

// A fleeting order that was the touch alone is renewed, at its price or a tick off, and
// never crosses the book.
func TestAFleetingQuoteIsRenewed(t *testing.T) {
	count := func(again float64) (events uint64, left int) {
		m := alone(t, func(p *ReactiveParams) {
			p.Fleeting.Improve, p.Fleeting.Quantiles = 1, []float64{5e-3}
			p.Flicker.Again, p.Flicker.Same, p.Flicker.AgainDelay = again, 0.5, []float64{1e-4}
			for c := range p.Rates.Deep { // little else than quotes inside the spread
				for i := range p.Rates.Deep[c] {
					p.Rates.Deep[c][i], p.Rates.CancelDeep[c][i] = p.Rates.Deep[c][i]/50, p.Rates.CancelDeep[c][i]/50
				}
			}
		})
		was, _ := m.Touch(0)
		for range 200_000 {
			m.Advance(m.Now() + market.Millisecond)
			bid, ask := m.Touch(0)
			if bid.Price >= ask.Price && ask.Price != 0 {
				t.Fatalf("crossed: %d %d", bid.Price, ask.Price)
			}
			if bid.Price < was.Price {
				left++
			}
			was = bid
		}
		return m.Counters().Events, left
	}
	plain, _ := count(0)
	much, left := count(0.9)
	if left < 20 || much < plain+plain/4 {
		t.Errorf("%d events with renewal, %d without; the bid fell %d times", much, plain, left)
	}
}
