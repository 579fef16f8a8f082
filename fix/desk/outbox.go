package desk

import "sync"

// outbox is what waits to be sent to one desk. Each desk has its own, with a goroutine
// of its own: while quickfixgo sends a desk its past again, it holds a lock that a
// sender waits for, and no other desk's reports may wait with it.
type outbox struct {
	mu     sync.Mutex
	change *sync.Cond
	items  []outItem
	closed bool
	done   chan struct{} // the goroutine has sent the last item
}

// outItem is a message to build in the desk's dialect. of is the desk whose report it
// is: another one's for a copy.
type outItem struct {
	build func(dialect) draft
	of    uint8
	what  string

	possResend bool // the peer may have had it, under another MsgSeqNum
}

// outboxMax bounds the items, a few hundred bytes each. A full outbox makes whoever
// adds to it wait: the guard closes a connection that does not read within WriteWait.
const outboxMax = 1 << 14

func newOutbox() *outbox {
	b := &outbox{done: make(chan struct{})}
	b.change = sync.NewCond(&b.mu)
	return b
}

// add queues an item; false once the outbox is closed.
func (b *outbox) add(it outItem) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.items) >= outboxMax && !b.closed {
		b.change.Wait()
	}
	if b.closed {
		return false
	}
	b.items = append(b.items, it)
	b.change.Broadcast()
	return true
}

// take waits for the items that are there, and gives all; nil once the outbox is closed
// and empty.
func (b *outbox) take() []outItem {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.items) == 0 && !b.closed {
		b.change.Wait()
	}
	list := b.items
	b.items = nil
	b.change.Broadcast()
	return list
}

// close lets take give what is left, and nothing more be added.
func (b *outbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.change.Broadcast()
}

// drain sends what comes into a desk's outbox until it is closed.
func (g *Gateway) drain(desk uint8) {
	b := g.desks[desk].out
	defer close(b.done)
	for list := b.take(); list != nil; list = b.take() {
		for _, it := range list {
			g.sendItem(desk, it)
		}
	}
}

func (g *Gateway) sendItem(desk uint8, it outItem) {
	d := it.build(g.dialect(desk))
	if it.possResend && d.Message != nil {
		d.Header.SetString(tagPossResend, "Y")
	}
	if it.of == desk {
		if g.send(desk, d, it.what) && it.what == "report" {
			g.reports.Add(1)
		}
		return
	}
	if !isCopied(d) {
		return
	}
	g.markCopy(d, it.of, desk)
	if g.send(desk, d, "copy") {
		g.copied.Add(1)
	}
}
