package desk

import (
	"sync"

	"slipstream/fix"
)

// knownOrder is what the gateway has seen of a ClOrdID(11). The engine alone knows
// the order; this serves echoes and the OrderID and OrdStatus of form errors.
type knownOrder struct {
	echo     *echo
	worth    int64         // its value, where the desk has a limit of that
	parentID uint64        // 0 until the engine has named it
	status   fix.OrdStatus // of the last report
}

// knownOrders is a bounded table of one desk's ClOrdIDs; the oldest goes first. Each
// desk has its own, so that none can push out what another's reports repeat.
type knownOrders struct {
	mu    sync.Mutex
	byKey map[fix.ClOrdID]*knownOrder
	ring  []fix.ClOrdID // keys in order of arrival; ring[next] is the oldest once full
	next  int
	most  int
}

func newKnownOrders(most int) *knownOrders {
	return &knownOrders{byKey: make(map[fix.ClOrdID]*knownOrder), most: most}
}

// add notes the fields of a D, or of a G of the order orig. A ClOrdID seen before keeps its
// first ones: a duplicate must not change what the live order reports.
func (k *knownOrders) add(id, orig fix.ClOrdID, e *echo, worth int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := k.entry(id); o.echo == nil {
		if of := k.byKey[orig]; of != nil {
			e.inherit(of.echo)
		}
		o.echo, o.worth = e, worth
	}
}

// report notes what the engine said of an order, under both of its ClOrdIDs, and
// returns the echo for this report.
func (k *knownOrders) report(r *fix.Report) *echo {
	k.mu.Lock()
	defer k.mu.Unlock()
	var e *echo
	names := [...]fix.ClOrdID{r.ClOrdID, r.OrigClOrdID}
	if r.ExecType == fix.ExecPendReplace { // until it is done, the old terms are in force
		names[0], names[1] = names[1], names[0]
	}
	for _, id := range names {
		if id.N == 0 {
			continue
		}
		o := k.entry(id)
		if r.ParentID != 0 {
			o.parentID, o.status = r.ParentID, r.OrdStatus
		}
		if e == nil {
			e = o.echo
		}
	}
	return e
}

// value is what was counted of the order of this name, 0 if it is not known.
func (k *knownOrders) value(id fix.ClOrdID) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := k.byKey[id]; o != nil {
		return o.worth
	}
	return 0
}

// find returns the OrderID and last status of an order the engine has named.
func (k *knownOrders) find(clOrdID string) (parentID uint64, status fix.OrdStatus) {
	id, ok := fix.MakeClOrdID(clOrdID)
	if !ok {
		return 0, 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := k.byKey[id]; o != nil {
		return o.parentID, o.status
	}
	return 0, 0
}

// entry finds or makes the entry of a key, with the lock held.
func (k *knownOrders) entry(key fix.ClOrdID) *knownOrder {
	if o := k.byKey[key]; o != nil {
		return o
	}
	if len(k.ring) < k.most {
		k.ring = append(k.ring, key)
	} else {
		delete(k.byKey, k.ring[k.next])
		k.ring[k.next] = key
		k.next = (k.next + 1) % len(k.ring)
	}
	o := &knownOrder{}
	k.byKey[key] = o
	return o
}
