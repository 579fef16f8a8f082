package venue

import (
	"errors"
	"fmt"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Config is what every message of one session has in common.
type Config struct {
	BeginString   string         // "FIX.4.2", "FIX.4.4", or "FIXT.1.1" for 5.0SP2
	SenderCompID  string         // ours, 1 to 32 bytes
	TargetCompID  string         // the venue's, 1 to 32 bytes
	Account       string         // Account(1); empty = not sent; at most 32 bytes
	TimePrecision wire.Precision // of SendingTime(52) and TransactTime(60): Millis, Micros or Nanos
	// ZeroPad writes 9, 34 and 38 with leading zeros, 6, 9 and 9 digits wide. Some venues refuse it.
	ZeroPad bool
}

// Default is a Config for FIX 4.4 without the names: microseconds, no padding.
func Default() Config { return Config{BeginString: "FIX.4.4", TimePrecision: wire.Micros} }

// Validate reports every fault of c at once.
func (c *Config) Validate() error {
	var faults []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("venue: "+format, args...))
		}
	}
	want(c.BeginString == "FIX.4.2" || c.BeginString == "FIX.4.4" || c.BeginString == "FIXT.1.1",
		"BeginString is %q, want FIX.4.2, FIX.4.4 or FIXT.1.1", c.BeginString)
	want(isText(c.SenderCompID, 1), "SenderCompID %q: want 1 to 32 printable bytes", c.SenderCompID)
	want(isText(c.TargetCompID, 1), "TargetCompID %q: want 1 to 32 printable bytes", c.TargetCompID)
	want(isText(c.Account, 0), "Account %q: want at most 32 printable bytes", c.Account)
	switch c.TimePrecision {
	case wire.Millis, wire.Micros, wire.Nanos:
	default:
		want(false, "TimePrecision is %d, want 3, 6 or 9", c.TimePrecision)
	}
	return errors.Join(faults...)
}

// isText wants min to 32 printable ASCII bytes, so that no SOH enters a message.
func isText(s string, min int) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) >= min && len(s) <= 32
}

// MessageBytesMax is the longest message an Encoder writes, with every field at
// its widest: session.Config.MaxAppBytes must be at least this.
const MessageBytesMax = 512

// Encoder writes the messages of one session and one run. What never changes is
// prepared: the parts between the values that do.
type Encoder struct {
	clock  wire.Clock
	epoch  uint64
	prefix [prefixLen]byte // of ClOrdID
	pad    bool
	time   wire.Precision

	// The header: begin[t] seq sender <time> target.
	begin  [5][]byte // 8=..|9=000|35=t|34=
	lenAt  int       // where the first digit of BodyLength is
	lenN   int       // digits of BodyLength
	bodyAt int       // where the body starts, at 35=
	sender []byte    // |49=..|52=
	target []byte    // |56=..|11=

	handl []byte // |1=..|21=1|55=
}

// Message kinds, the indices of Encoder.begin.
const (
	kindNew = iota
	kindReplace
	kindCancel
	kindStatus
	kindReject
)

var kindType = [5]byte{'D', 'G', 'F', 'H', 'j'}

// firstTag follows the header of an order's message.
const firstTag = "11="

// NewEncoder prepares the fixed parts. The date of ClOrdIDs is that of dateNanos
// (UTC), fixed for the run; epoch is session.Session.Epoch.
func NewEncoder(cfg Config, dateNanos market.Nanos, epoch uint64) (*Encoder, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	e := &Encoder{
		epoch: epoch % epochs, prefix: makePrefix(dateNanos, epoch%epochs),
		pad: cfg.ZeroPad, time: cfg.TimePrecision, lenN: 3,
	}
	if cfg.ZeroPad {
		e.lenN = 6
	}
	head := "8=" + cfg.BeginString + "\x019="
	e.lenAt = len(head)
	e.bodyAt = len(head) + e.lenN + 1
	for k, t := range kindType {
		e.begin[k] = []byte(head + "000000"[:e.lenN] + "\x0135=" + string(t) + "\x0134=")
	}
	e.sender = []byte("\x0149=" + cfg.SenderCompID + "\x0152=")
	e.target = []byte("\x0156=" + cfg.TargetCompID + "\x01" + firstTag)
	e.handl = []byte("\x0121=1\x0155=")
	if cfg.Account != "" {
		e.handl = []byte("\x011=" + cfg.Account + "\x0121=1\x0155=")
	}
	return e, nil
}

// head appends the header up to 11=, and keeps the text of now for TransactTime.
func (e *Encoder) head(dst []byte, kind int, seq uint64, now market.Nanos) []byte {
	dst = append(dst, e.begin[kind]...)
	if e.pad {
		dst = wire.AppendPadded(dst, seq, 9)
	} else {
		dst = wire.AppendUint(dst, seq)
	}
	dst = append(dst, e.sender...)
	dst = e.clock.Append(dst, now, e.time)
	return append(dst, e.target...)
}

// finish fills in BodyLength and appends CheckSum. The message starts at from.
func (e *Encoder) finish(dst []byte, from int) []byte {
	body := uint(len(dst) - from - e.bodyAt)
	at := dst[from+e.lenAt:]
	if e.lenN == 3 && body < 100 {
		// One digit less: a short OrderStatusRequest.
		copy(at[2:], at[3:])
		dst = dst[:len(dst)-1]
		at[0], at[1] = pairs[body*2], pairs[body*2+1]
		return wire.AppendTrailer(dst, from)
	}
	low := at[e.lenN-3 : e.lenN]
	hundreds := body / 100
	rest := (body - hundreds*100) * 2
	low[0], low[1], low[2] = '0'+byte(hundreds), pairs[rest], pairs[rest+1]
	return wire.AppendTrailer(dst, from)
}

func (e *Encoder) qty(dst []byte, q market.Qty) []byte {
	if e.pad {
		return wire.AppendPadded(dst, uint64(q), 9)
	}
	return wire.AppendUint(dst, uint64(q))
}
