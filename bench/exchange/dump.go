package exchange

import (
	"encoding/json"
	"fmt"
	"io"

	"slipstream/feed/book"
	"slipstream/internal/market"
)

// Dump is the state of all books at one point of the tape.
type Dump struct {
	Session      string       `json:"session"`
	ExchNanos    market.Nanos `json:"exch_nanos"`
	LastSequence uint64       `json:"last_sequence"`
	TapeHash     string       `json:"tape_hash"` // 16 hexadecimal digits
	Books        []BookDump   `json:"books"`
}

// BookDump is one instrument's book.
type BookDump struct {
	Symbol string      `json:"symbol"`
	State  string      `json:"state"` // ITCH trading state
	Hash   string      `json:"hash"`  // feed/book Hash, 16 hexadecimal digits
	Bids   []OrderDump `json:"bids"`  // in price-time priority
	Asks   []OrderDump `json:"asks"`
}

// OrderDump is one resting order.
type OrderDump struct {
	Ref   uint64       `json:"ref"`
	Price market.Price `json:"price"` // 1e-9
	Qty   market.Qty   `json:"qty"`
}

// BookHash is feed/book's Hash of one instrument's book.
func (m *Matcher) BookHash(id market.InstrumentID) uint64 {
	h := book.NewHash()
	for _, side := range [...]market.Side{market.Buy, market.Sell} {
		m.EachOrder(id, side, func(ref uint64, price, qty, _ uint32) {
			h = h.Order(side, ref, priceOf(price), market.Qty(qty))
		})
	}
	return uint64(h)
}

// Dump copies out all books.
func (m *Market) Dump() *Dump {
	d := &Dump{
		Session:      m.cfg.Session.String(),
		ExchNanos:    m.at,
		LastSequence: m.Sequence(),
		TapeHash:     fmt.Sprintf("%016x", m.TapeHash()),
	}
	for i := range m.cfg.Instruments {
		id := market.InstrumentID(i)
		d.Books = append(d.Books, BookDump{
			Symbol: m.cfg.Instruments[i].Symbol.String(),
			State:  string(rune(m.state[i])),
			Hash:   fmt.Sprintf("%016x", m.BookHash(id)),
			Bids:   m.dumpSide(id, market.Buy),
			Asks:   m.dumpSide(id, market.Sell),
		})
	}
	return d
}

func (m *Market) dumpSide(id market.InstrumentID, side market.Side) []OrderDump {
	list := []OrderDump{}
	m.EachOrder(id, side, func(ref uint64, price, qty, _ uint32) {
		list = append(list, OrderDump{Ref: ref, Price: priceOf(price), Qty: market.Qty(qty)})
	})
	return list
}

// Write writes the dump as one line of JSON.
func (d *Dump) Write(w io.Writer) error { return json.NewEncoder(w).Encode(d) }
