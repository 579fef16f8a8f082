package risk

import "slipstream/internal/market"

// rate is an exact sliding log of message times (C21): because a message is sent
// only when the n-th last one is at least window old, ANY interval shorter than
// window holds at most n messages, whatever phase the venue counts at.
type rate struct {
	log    []market.Nanos // ring of the last len(log) send times
	head   int            // where the next time goes
	sent   uint64         // messages sent in all
	window market.Nanos
}

func newRate(n int, window market.Nanos) rate {
	return rate{log: make([]market.Nanos, n), window: window}
}

// full reports whether n messages were sent within the window before now. n <= 0
// is always full, n above the log's length never asked.
func (r *rate) full(now market.Nanos, n int) bool {
	if n <= 0 {
		return true
	}
	if uint64(n) > r.sent {
		return false
	}
	i := r.head - n
	if i < 0 {
		i += len(r.log)
	}
	t := r.log[i]
	// A clock that ran backwards counts as no time passed. The unsigned difference
	// is exact for any two times in order.
	return now < t || uint64(now)-uint64(t) < uint64(r.window)
}

// add records a message.
func (r *rate) add(now market.Nanos) {
	if len(r.log) == 0 {
		return
	}
	r.log[r.head] = now
	r.head++
	if r.head == len(r.log) {
		r.head = 0
	}
	r.sent++
}
