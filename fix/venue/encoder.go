package venue

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Config is what every message of one session has in common.
type Config struct {
	BeginString   string         // "FIX.4.4"
	SenderCompID  string         // ours, 1 to 32 bytes
	TargetCompID  string         // the venue's, 1 to 32 bytes
	Account       string         // Account(1); empty = not sent; at most 32 bytes
	TimePrecision wire.Precision // of SendingTime(52) and TransactTime(60): Millis, Micros or Nanos
	// ZeroPad writes 9, 34, 38 with leading zeros, in fixed widths (6, 9, 9). Some venues refuse it.
	ZeroPad bool
}

// MessageBytesMax is the longest message an Encoder writes: session.Config.MaxAppBytes.
const MessageBytesMax = 512

// Encoder writes the messages of one session and one run.
type Encoder struct {
	cfg Config
}

// NewEncoder prepares the fixed parts. The date of ClOrdIDs is that of dateNanos
// (UTC), fixed for the run; epoch is session.Session.Epoch.
func NewEncoder(cfg Config, dateNanos market.Nanos, epoch uint64) (*Encoder, error) {
	return &Encoder{cfg: cfg}, nil
}

// AppendNew appends a whole NewOrderSingle (D) with MsgSeqNum seq, stamped now.
func (e *Encoder) AppendNew(dst []byte, seq uint64, now market.Nanos, o *NewOrder) []byte { return dst }

// AppendReplace appends a whole OrderCancelReplaceRequest (G).
func (e *Encoder) AppendReplace(dst []byte, seq uint64, now market.Nanos, o *Replace) []byte {
	return dst
}

// AppendCancel appends a whole OrderCancelRequest (F).
func (e *Encoder) AppendCancel(dst []byte, seq uint64, now market.Nanos, o *Cancel) []byte {
	return dst
}

// AppendStatus appends a whole OrderStatusRequest (H).
func (e *Encoder) AppendStatus(dst []byte, seq uint64, now market.Nanos, o *Status) []byte {
	return dst
}

// ParseClOrdID reads a ClOrdID as AppendNew writes it, of any date.
func ParseClOrdID(b []byte) (ChildID, bool) { return 0, false }
