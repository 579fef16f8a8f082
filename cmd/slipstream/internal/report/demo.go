package report

import (
	"slipstream/bench/tca"
	"slipstream/internal/market"
)

// Demo is the outcome of one demo.
type Demo struct {
	OK         bool     `json:"ok"`         // no violation
	Violations []string `json:"violations"` // each broken invariant, in words

	Seconds float64 `json:"seconds"`
	Seed    int64   `json:"seed"`
	Flow    string  `json:"flow"` // of the exchange's background, in words
	Network string  `json:"network"`
	Market  *Market `json:"market"`

	Parents     int        `json:"parents"`      // accepted
	ParentsDone int        `json:"parents_done"` // in a final state
	Replaced    int        `json:"replaced"`     // by the desk, accepted
	Canceled    int        `json:"canceled"`     // by the desk, accepted
	Refused     int        `json:"refused"`      // requests of the desk that were refused, as new parents in a halt are
	Children    int        `json:"children"`     // child orders sent
	Fills       int        `json:"fills"`
	FilledQty   market.Qty `json:"filled_qty"` // shares, as the parents' reports have it
	VenueQty    market.Qty `json:"venue_filled_qty"`
	Overfill    market.Qty `json:"overfill"` // shares beyond a parent's quantity, summed
	Duplicates  int        `json:"duplicate_orders"`
	RiskDenied  uint64     `json:"risk_denied"` // child orders the gate stopped; no failure

	BookMismatches int    `json:"book_mismatches"` // orders that differ between the daemon's books and the exchange's, at the end
	BookOrders     int    `json:"book_orders"`     // compared
	PacketsA       uint64 `json:"packets_a"`
	PacketsB       uint64 `json:"packets_b"`
	GapsOneLine    uint64 `json:"gaps_one_line"`   // ranges that one line missed and the other had
	GapsBothLines  uint64 `json:"gaps_both_lines"` // ranges that both missed
	Recovered      uint64 `json:"recovered"`       // messages that the retransmission server gave back
	Lost           uint64 `json:"lost"`            // messages that nobody gave back
	KernelDrops    uint64 `json:"kernel_drops"`    // packets that the daemon's socket buffers had no room for

	TapeHash       string `json:"tape_hash"`       // of every message the exchange published
	TapeReplays    bool   `json:"tape_replays"`    // the exchange's log gives the same tape again
	JournalReplays bool   `json:"journal_replays"` // the daemon's journal gives the same outbound bytes again

	TickToOrder Latency `json:"tick_to_order_ns"` // packet read to order written, as the daemon stamped both

	ParentReports []tca.Result `json:"parent_reports"`
	ByAlgo        []tca.Totals `json:"by_algo"`
	Total         *tca.Totals  `json:"total"`
}

// Market is the simulated market as it was: which model, and what came of it.
type Market struct {
	Model       string       `json:"model"`      // the exchange's flow
	Scenario    string       `json:"scenario"`   // change of the reactive market; empty = none
	Parameters  string       `json:"parameters"` // the flow's fingerprint: version, seed, hash of the parameters
	From        string       `json:"from"`       // time of day at which it opened
	Speed       int64        `json:"speed"`      // market seconds per second of the clock
	Seconds     float64      `json:"market_seconds"`
	Instruments []Instrument `json:"instruments"` // empty when the tape is no longer kept from its start
}

// Instrument is what happened in one stock, from the open to the end, members' orders
// included.
type Instrument struct {
	Symbol          string     `json:"symbol"`
	Events          int        `json:"events"` // messages that changed the five best levels of a side, and trades with hidden interest
	EventsPerSecond float64    `json:"events_per_second"`
	Trades          int        `json:"trades"` // incoming orders that traded with the book, without members'
	TradesPerSecond float64    `json:"trades_per_second"`
	Qty             market.Qty `json:"market_volume"`     // shares traded, hidden ones and members' included
	SpreadTicks     float64    `json:"mean_spread_ticks"` // over time
	SpreadBps       float64    `json:"mean_spread_bps"`
	OpenMid         float64    `json:"open_mid"`
	CloseMid        float64    `json:"close_mid"`
}

// Latency is a distribution in nanoseconds.
type Latency struct {
	Count uint64 `json:"count"`
	P50   int64  `json:"p50"`
	P99   int64  `json:"p99"`
	P999  int64  `json:"p99_9"`
	Max   int64  `json:"max"`
}

// Costs puts the analysis of the parents in.
func (d *Demo) Costs(r *tca.Report) {
	d.ParentReports, d.ByAlgo, d.Total = r.Parents, r.ByAlgo, &r.Total
}

// Expect is what a demo set out to show, beyond what always must hold.
type Expect struct {
	Parents int           // sent by the desk and meant to be accepted
	Algos   []market.Algo // at least one parent of each
	Loss    bool          // the lines lose packets, so that there must be gaps on one line
	Amends  bool          // at least one replace and one cancel by the desk
	Replays bool          // the tape and the journal were replayed at the end
	Halts   bool          // trading is halted on the way: requests may be refused
}
