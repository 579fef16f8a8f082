package daemon

import (
	"fmt"

	"slipstream/engine"
	"slipstream/engine/loop"
	"slipstream/feed/book"
	"slipstream/internal/market"
)

// Final is what a run leaves behind for a machine to read: counters, latencies,
// and every book, order by order. Written when the run has ended.
type Final struct {
	Run       string             `json:"run"`
	Journal   string             `json:"journal"`
	Parents   int                `json:"parents"` // of the day, those of the runs before included; so are Done and Stats
	Done      int                `json:"parents_done"`
	Stats     engine.Stats       `json:"stats"`
	Counters  map[string]uint64  `json:"counters"`
	Latencies map[string]Latency `json:"latencies_ns"`
	NextSeq   uint64             `json:"next_feed_sequence"`
	Books     []Book             `json:"books"`
	Positions []Position         `json:"positions"`
}

// Position is the risk gate's count of one instrument, shares.
type Position struct {
	Symbol string     `json:"symbol"`
	Filled market.Qty `json:"filled"` // over the day, bought minus sold
	Buys   market.Qty `json:"open_buys"`
	Sells  market.Qty `json:"open_sells"`
}

// Latency is one stage's distribution, nanoseconds.
type Latency struct {
	Count uint64 `json:"count"`
	P50   int64  `json:"p50"`
	P99   int64  `json:"p99"`
	P999  int64  `json:"p99_9"`
	Max   int64  `json:"max"`
}

// Book is one book, in price-time priority.
type Book struct {
	Symbol string  `json:"symbol"`
	Trust  string  `json:"trust"`
	Hash   string  `json:"hash"`
	Bids   []Order `json:"bids"`
	Asks   []Order `json:"asks"`
}

// Order is one resting order.
type Order struct {
	Ref   uint64       `json:"ref"`
	Price market.Price `json:"price"` // 1e-9
	Qty   market.Qty   `json:"qty"`
}

// Final copies out the end state; call it after Run.
func (d *Daemon) Final() *Final {
	f := &Final{
		Run: d.scribe.Run(), Journal: d.cfg.Process.Journal(), Stats: d.eng.Stats(), Parents: d.eng.Parents(),
		Counters: map[string]uint64{}, Latencies: map[string]Latency{}, NextSeq: d.eng.NextFeedSeq(),
	}
	f.Done = int(f.Stats.ParentsDone)
	counts := d.loop.Counters()
	for c := range loop.CounterCount {
		f.Counters[c.String()] = counts[c]
	}
	var h loop.HistSnapshot
	for s := range loop.StageCount {
		d.loop.Latency(s, &h)
		f.Latencies[s.String()] = Latency{Count: h.Count, P50: h.Quantile(1, 2), P99: h.Quantile(99, 100), P999: h.Quantile(999, 1000), Max: h.Max}
	}
	for i := range d.cfg.Instruments {
		id := market.InstrumentID(i)
		b := d.eng.Books().Book(id)
		f.Books = append(f.Books, Book{
			Symbol: b.Symbol().String(), Trust: b.Trust().String(), Hash: fmt.Sprintf("%016x", b.Hash()),
			Bids: orders(b, market.Buy), Asks: orders(b, market.Sell),
		})
		filled, buys, sells := d.eng.Exposure(id)
		f.Positions = append(f.Positions, Position{b.Symbol().String(), filled, buys, sells})
	}
	return f
}

func orders(b *book.Book, side market.Side) []Order {
	list := []Order{}
	b.Each(side, func(o book.Order) bool {
		list = append(list, Order{o.Ref, o.Price, o.Qty})
		return true
	})
	return list
}
