package engine

import (
	"slipstream/feed/arbiter"
	"slipstream/feed/book"
	"slipstream/internal/market"
)

// onPacket takes a datagram through arbiter and books, then lets the parents of
// the instruments it touched decide, once, on the state after the whole packet.
func (e *Engine) onPacket(line int, b []byte) {
	switch e.arb.Packet(e.now, line, b) {
	case arbiter.Accepted, arbiter.Duplicate, arbiter.Beat, arbiter.End:
		if _, missing := e.arb.Gap(); missing == 0 {
			e.lastFeed = e.now // the books are as of now
		}
	}
	e.afterFeed()
}

// afterFeed applies every message that is in sequence now.
func (e *Engine) afterFeed() {
	any := false
	for {
		msg, ok := e.arb.Next()
		if !ok {
			break
		}
		ch := e.books.Apply(msg)
		e.stats.Messages++
		if ch.Instrument == market.NoInstrument || int(ch.Instrument) >= len(e.inst) {
			continue
		}
		st := &e.inst[ch.Instrument]
		if ch.Flags&(book.Touch|book.State|book.Bad|book.Full) != 0 {
			st.touched, any = true, true
		}
		if ch.Flags&book.Trade != 0 {
			st.traded, any = true, true
		}
	}
	e.feedPosture()
	if any {
		e.decideTouched()
	}
}

// decideTouched updates order-flow state and drives the parents concerned.
func (e *Engine) decideTouched() {
	for i := range e.inst {
		st := &e.inst[i]
		if !st.touched {
			continue
		}
		b := e.books.Book(market.InstrumentID(i))
		st.flow.update(e.now, b.Best(market.Buy), b.Best(market.Sell))
		if t := b.Trust(); t != st.trust {
			st.trust = t
			e.event(EvBookSuspect, int64(i), int64(t), 0)
		}
	}
	for i := 0; i < len(e.active); {
		st := &e.inst[e.parentInst[e.active[i]]]
		if !st.touched && !st.traded {
			i++
			continue
		}
		p, cause := &e.parents[e.active[i]], ByTrade
		if st.touched {
			cause = ByTouch
		}
		e.drive(p, cause)
		if p.phase != done {
			i++
		}
	}
	for i := range e.inst {
		e.inst[i].touched, e.inst[i].traded = false, false
	}
}

// feedPosture follows the arbiter: a gap on both lines stops new orders until it
// is closed; lost messages make every book stale for the rest of the day.
func (e *Engine) feedPosture() {
	trusted := e.arb.Trusted() && e.arb.Started()
	if !e.arb.Trusted() && !e.recovering {
		e.recovering = true
		from, n := e.arb.Gap()
		e.event(EvFeedGap, int64(from), int64(n), 0)
	} else if e.arb.Trusted() && e.recovering {
		e.recovering = false
		e.event(EvFeedRecovered, int64(e.arb.NextSeq()), 0, 0)
	}
	for {
		from, n, ok := e.arb.TakeLost()
		if !ok {
			break
		}
		e.event(EvFeedLost, int64(from), int64(n), 0)
		for i := range e.inst {
			e.books.SetTrust(market.InstrumentID(i), book.Stale)
		}
	}
	e.setPosture(PostureFeed, !trusted)
	e.setPosture(PostureSilent, trusted && e.now-e.lastFeed > e.cfg.FeedSilentNanos)
	if e.arb.Ended() && e.posture&PostureFeedEnded == 0 {
		e.event(EvFeedEnded, int64(e.arb.NextSeq()), 0, 0)
		e.setPosture(PostureFeedEnded, true)
	}
	if req, ok := e.arb.Request(e.now, e.fx.FeedRequest[:0]); ok {
		e.fx.FeedRequest = req
	}
}

func (e *Engine) feedRequestBuf() { e.fx.FeedRequest = make([]byte, 0, 64) }
