package desk

import "slipstream/internal/market"

// Result is what a Run saw, ready for JSON.
type Result struct {
	// Complete: every parent is terminal and every request was answered in time.
	Complete     bool         `json:"complete"`
	StartedNanos market.Nanos `json:"started_nanos"` // the Logon's answer
	EndedNanos   market.Nanos `json:"ended_nanos"`
	Parents      []*Parent    `json:"parents"`
	// Violations of all parents and of none; empty is what must be.
	Violations []string `json:"violations"`
	Rejects    int      `json:"rejects"` // 3, 9 and j received
	Logons     int      `json:"logons"`
	NotResent  int      `json:"not_resent"` // old orders that a resend left out
	Messages   []Record `json:"messages,omitempty"`
}

// Record is one application message or Reject (3), '|' for SOH.
type Record struct {
	Nanos market.Nanos `json:"nanos"`
	In    bool         `json:"in"`
	Text  string       `json:"text"`
}

// Parent is one order of the desk.
type Parent struct {
	ClOrdID    string       `json:"cl_ord_id"` // of the D
	Current    string       `json:"current"`   // last accepted ClOrdID
	OrderID    string       `json:"order_id"`
	Symbol     string       `json:"symbol"`
	Side       string       `json:"side"`
	Algo       string       `json:"algo"`
	Qty        market.Qty   `json:"qty"`    // OrderQty(38) as last accepted
	Status     string       `json:"status"` // OrdStatus(39), one character
	StatusText string       `json:"status_text"`
	Text       string       `json:"text,omitempty"` // Text(58) of the last reject or end
	CumQty     market.Qty   `json:"cum_qty"`
	LeavesQty  market.Qty   `json:"leaves_qty"`
	AvgPx      market.Price `json:"avg_px_e9"`
	LimitPx    market.Price `json:"limit_px_e9,omitempty"`
	SentNanos  market.Nanos `json:"sent_nanos"`
	EndedNanos market.Nanos `json:"ended_nanos,omitempty"` // received
	Fills      []Fill       `json:"fills"`
	Replaces   int          `json:"replaces"` // accepted
	Cancels    int          `json:"cancels"`  // accepted
	Refused    int          `json:"refused"`  // requests answered by 9 or j
	Violations []string     `json:"violations,omitempty"`

	terminal bool
	sent     bool
	limits   map[string]market.Price // limit price by ClOrdID
	notional wideSum
}

// IsTerminal reports whether the parent has ended.
func (p *Parent) IsTerminal() bool { return p.terminal }

// Fill is one trade of a parent.
type Fill struct {
	ExecID    string       `json:"exec_id"`
	Nanos     market.Nanos `json:"nanos"` // TransactTime(60), stamped by the daemon
	Px        market.Price `json:"px_e9"`
	Qty       market.Qty   `json:"qty"`
	Liquidity int          `json:"liquidity"` // LastLiquidityInd(851); 0 = not given
}

// wideSum is a sum of Price*Qty in 128 bits.
type wideSum struct{ hi, lo uint64 }

var statusText = map[string]string{
	"": "unanswered", "0": "new", "1": "partially filled", "2": "filled", "3": "done for day", "4": "canceled",
	"6": "pending cancel", "8": "rejected", "A": "pending new", "C": "expired", "E": "pending replace",
}
