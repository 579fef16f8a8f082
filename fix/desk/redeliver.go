package desk

import (
	"strconv"

	"slipstream/fix"
)

// Redeliver queues, in order, what the stores lack of the day's reports: a daemon that was
// killed had made reports that were in no store yet. day are the newest reports of the runs before
// this one. Each peer's store says what it has: an ExecutionReport (8) by its ExecID(17), what
// lies behind the last one by ClOrdID(11) and TransactTime(60). What orders' reports repeat
// is read back from there too. A store without any of the day's ExecutionReports may have lost
// them (the peer has reset its numbers, ResetSeqNumFlag(141)=Y): what goes there has
// PossResend(97)=Y, so that the peer looks at ExecID(17). Call it once, before the first Deliver; it
// returns how many it queued, copies included. Stores in memory have lost everything: then
// nothing is queued.
func (g *Gateway) Redeliver(day []fix.Report) (queued int, err error) {
	if g.cfg.StoreDir == "" || len(day) == 0 {
		return 0, nil
	}
	known := make(map[uint64]bool, len(day))
	for i := range day {
		known[day[i].Serial] = true
	}
	stored := make([]held, len(g.desks))
	for i := range g.desks {
		if stored[i], err = g.heldBy(uint8(i), known); err != nil {
			return 0, err
		}
	}
	for i := range day {
		r := &day[i]
		if int(r.Desk) >= len(g.desks) || r.Kind == fix.NoReport || r.Kind > fix.MassCancelReport {
			continue // as Deliver
		}
		echo := g.desks[r.Desk].known.report(r)
		own := *r
		it := outItem{build: func(v dialect) draft { return g.message(v, &own, echo) }, of: r.Desk, what: "report"}
		for _, to := range append([]uint8{r.Desk}, g.desks[r.Desk].copies...) {
			if !g.lacks(&stored[to], to, r, it) {
				continue
			}
			again := it
			again.possResend = stored[to].last == 0
			if g.desks[to].out.add(again) {
				queued++
			}
		}
	}
	return queued, nil
}

// held is what a store has of the day's reports.
type held struct {
	last   uint64         // Serial of the last ExecutionReport in it; 0 = none
	behind map[string]int // messages of other kinds behind that one, each as often as it is there
}

// heldBy reads a peer's store.
func (g *Gateway) heldBy(peer uint8, known map[uint64]bool) (held, error) {
	h := held{behind: map[string]int{}}
	s := g.stores.of(g.desks[peer].id)
	if s == nil {
		return h, nil
	}
	err := s.IterateMessages(1, s.NextSenderMsgSeqNum()-1, func(b []byte) error {
		m := parseFields(b)
		switch m.get(tagMsgType) {
		case "8":
			serial, err := strconv.ParseUint(m.get(tagExecID), 10, 64)
			if err != nil || !known[serial] {
				break // the gateway's own, or of another day
			}
			h.last = serial
			clear(h.behind)
			if !g.cfg.Sessions[peer].DropCopy {
				g.desks[peer].known.recall(m)
			}
		case "9", "r":
			h.behind[keyOf(m)]++
		}
		return nil
	})
	return h, err
}

// keyOf tells messages without an ExecID apart.
func keyOf(m fields) string {
	return m.get(tagMsgType) + "\x01" + m.get(tagOnBehalfOfCompID) + "\x01" + m.get(tagClOrdID) + "\x01" + m.get(tagTransactTime)
}

// lacks reports whether a peer is still to be sent a report; reports are asked about in order.
func (g *Gateway) lacks(h *held, peer uint8, r *fix.Report, it outItem) bool {
	if r.Serial <= h.last {
		return false
	}
	d := it.build(g.dialect(peer))
	if it.of != peer {
		if !isCopied(d) {
			return false
		}
		g.markCopy(d, it.of, peer)
	}
	if r.Kind == fix.ExecReport {
		return true
	}
	key := keyOf(parseFields([]byte(d.String())))
	if h.behind[key] == 0 {
		return true
	}
	h.behind[key]--
	return false
}

// recall notes what a stored ExecutionReport repeated of its order.
func (k *knownOrders) recall(m fields) {
	id, ok := fix.MakeClOrdID(m.get(tagClOrdID))
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	o := k.entry(id)
	if o.echo == nil {
		o.echo = echoOf(m)
	}
	if n, err := strconv.ParseUint(m.get(tagOrderID), 10, 64); err == nil {
		o.parentID = n
	}
	if s := m.get(tagOrdStatus); s != "" {
		o.status = fix.OrdStatus(s[0])
	}
}
