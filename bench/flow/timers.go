package flow

import "slipstream/internal/market"

// timer is something that is due at a time of its own.
type timer struct {
	at    market.Nanos
	ord   uint64 // ties are broken in the order they were set
	ref   uint64 // order to delete; of the others their draw number
	price uint32 // where that order is; where one returns or is sniped
	kind  timerKind
	side  market.Side
}

type timerKind uint8

const (
	timerDelete timerKind = iota // a fleeting order goes
	timerCancel                  // a redraw's message: one order of the first levels goes
	timerAdd                     // one comes
	timerFollow                  // the other side improves
	timerReturn                  // a fleeting quote is back
	timerRefill                  // a touch that was traded away is back
	timerSnipe                   // a side's new touch is taken, if it is still there
)

// timers is a binary heap, earliest first, of bounded size.
type timers struct {
	heap []timer
	ord  uint64
}

const maxTimers = 1 << 12

func newTimers() timers { return timers{heap: make([]timer, 0, maxTimers)} }

func (t *timers) less(i, j int) bool {
	a, b := &t.heap[i], &t.heap[j]
	return a.at < b.at || a.at == b.at && a.ord < b.ord
}

// set adds a timer; when all are in use it is forgotten: an order that was to go then
// stays like any other.
func (t *timers) set(v timer) {
	if len(t.heap) == maxTimers {
		return
	}
	v.ord = t.ord
	t.ord++
	t.heap = append(t.heap, v)
	for i := len(t.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !t.less(i, up) {
			return
		}
		t.heap[i], t.heap[up] = t.heap[up], t.heap[i]
		i = up
	}
}

// pop takes out the earliest; there must be one.
func (t *timers) pop() timer {
	v := t.heap[0]
	n := len(t.heap) - 1
	t.heap[0] = t.heap[n]
	t.heap = t.heap[:n]
	for i := 0; ; {
		c := 2*i + 1
		if c+1 < n && t.less(c+1, c) {
			c++
		}
		if c >= n || !t.less(c, i) {
			return v
		}
		t.heap[i], t.heap[c] = t.heap[c], t.heap[i]
		i = c
	}
}
