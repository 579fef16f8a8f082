package fixgate

import (
	"github.com/quickfixgo/quickfix"

	"slipstream/bench/exchange"
)

// OnExecs is for exchange.LiveConfig.OnExecs: it copies, follows the orders, and
// leaves the sending to the sender. Of a replay, it takes the Execs that the last
// run had not sent.
func (g *Gate) OnExecs(execs []exchange.Exec) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range execs {
		x := &execs[i]
		g.last = max(g.last, x.Serial)
		g.table.apply(x)
		if x.Replayed && x.Serial <= g.counter.last { // only before Start: the sender owns the counter then
			g.stats.ExecsSkipped++
			continue
		}
		if x.Replayed && x.Serial == g.counter.last+1 {
			g.unsure = x.Serial
		}
		if len(g.queue) >= g.cfg.ExecsMax {
			g.fail(ErrOverflow)
			return
		}
		g.queue = append(g.queue, *x)
	}
	g.wake.Signal()
}

// fail latches the first fault, with the lock held. Execs are not sent any more: a
// hole in them would go unnoticed. A restart sends them from the log.
func (g *Gate) fail(err error) {
	if g.err == nil {
		g.err = err
		g.queue = nil
		g.wake.Broadcast()
		g.log("event", "", err.Error())
	}
}

// send is the sender goroutine: Execs in order, each counted once it is stored.
func (g *Gate) send() {
	defer close(g.sent)
	var batch []exchange.Exec
	for {
		g.mu.Lock()
		for len(g.queue) == 0 && !g.ended && g.err == nil {
			g.wake.Wait()
		}
		if g.err != nil || len(g.queue) == 0 {
			g.mu.Unlock()
			return
		}
		batch, g.queue = g.queue, batch[:0]
		g.mu.Unlock()
		for i := range batch {
			if err := g.sendOne(&batch[i]); err != nil {
				g.mu.Lock()
				g.fail(err)
				g.mu.Unlock()
				return
			}
		}
	}
}

// sendOne hands one Exec to its session and counts it. The count comes last: a kill
// in between makes the next run send it again, flagged.
func (g *Gate) sendOne(x *exchange.Exec) error {
	if x.Kind == exchange.ExecStatus {
		g.answerStatus(x)
		return nil
	}
	resent := g.isUnsure(x)
	if int(x.Owner) <= len(g.ids) && x.Owner > 0 {
		m := g.message(x)
		if resent {
			m.Header.SetBool(tagPossResend, true)
		}
		if !g.deliver(x.Owner, m) {
			return ErrNotStored
		}
	}
	if err := g.counter.set(x.Serial); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stats.ExecsSent++
	if resent {
		g.stats.ExecsResent++
	}
	return nil
}

func (g *Gate) isUnsure(x *exchange.Exec) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return x.Serial == g.unsure && x.Replayed
}

// deliver stores a message for a member; it goes out now, or on a resend.
func (g *Gate) deliver(owner uint32, m *quickfix.Message) bool {
	id := g.ids[owner-1]
	inVersion(g.cfg.Sessions[owner-1].Version, m)
	if err := quickfix.SendToTarget(m, id); err != nil {
		g.count(&g.stats.Undelivered)
		g.log("event", id.String(), "message not stored: "+err.Error())
		return false
	}
	return true
}

// answerStatus answers an H. If the order was replaced while the H waited, its
// ClientRef has changed: the question is put again, a few times at most.
func (g *Gate) answerStatus(x *exchange.Exec) {
	const triesMax = 8
	g.mu.Lock()
	e := g.table.byRef[x.ClientRef]
	delete(g.table.byRef, x.ClientRef)
	if e == nil { // an H of before a restart
		g.mu.Unlock()
		return
	}
	asked := g.table.find(e.owner, e.asked)
	again := x.Status == exchange.StatusNone && asked != nil && asked.currentRef() != x.OrigClientRef && e.tries < triesMax
	if again {
		e.tries++
		g.table.wait(e)
	}
	g.mu.Unlock()
	if again && g.entry.Submit(statusRequest(e, asked)) {
		return
	}
	g.deliver(e.owner, g.statusReport(x, e))
}
