package exchange

import "slipstream/internal/market"

// OrderEntry is what an order-entry gateway (bench/exchange/fixgate) needs of a
// running exchange; *Live is one.
//
// Execs come back through LiveConfig.OnExecs, a function called on the market's
// goroutine with a slice that is valid during the call: it must copy and must not
// block. During exchange.OpenLive it is called with the Execs of the event log's
// replay (Exec.Replayed), in order, before anything else.
type OrderEntry interface {
	// Submit queues a request; it is stamped with exchange time, logged and
	// applied on the market's goroutine. False when the queue is full or the
	// market has ended: then nothing happened and nothing will.
	Submit(*Request) bool
	// Now is the exchange's clock.
	Now() market.Nanos
	// Instruments in the order of their IDs.
	Instruments() []market.Instrument
}
