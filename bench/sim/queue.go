package sim

import (
	"container/heap"
	"sort"

	"slipstream/fix"
	"slipstream/internal/market"
)

// eventKind is what arrives.
type eventKind uint8

const (
	evPacket    eventKind = iota // at the daemon, on line
	evToVenue                    // bytes at the venue
	evToDaemon                   // bytes at the daemon
	evRequest                    // a retransmission request at the exchange
	evCommand                    // a command at the daemon
	evConnect                    // the daemon's connect succeeds
	evCut                        // the connection breaks
	evHeartbeat                  // the exchange's feed heartbeat is due
	evRelease                    // reports that the venue held are due
)

type event struct {
	at   market.Nanos
	n    uint64 // order of creation breaks ties
	kind eventKind
	line uint8
	conn int // connection the bytes belong to; of evConnect, the process
	b    []byte
	cmd  *fix.Command
	ask  func() *fix.Command
}

// queue is a heap of events by time, then by creation.
type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].n < q[j].n
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return x
}

// of lists the events of a kind on a connection, in order.
func (q queue) of(kind eventKind, conn int) (list queue) {
	for _, e := range q {
		if e.kind == kind && e.conn == conn {
			list = append(list, e)
		}
	}
	sort.Sort(list)
	return list
}

func (w *World) push(e event) {
	w.pushed++
	e.n = w.pushed
	heap.Push(&w.queue, e)
}
