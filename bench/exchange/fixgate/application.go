package fixgate

import (
	"errors"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/bench/exchange"
	"slipstream/fix/wire"
)

// ErrNotStored says that the session's store refused an Exec.
var ErrNotStored = errors.New("fixgate: an Exec could not be stored")

// The methods below are quickfix.Application, called on the session's goroutine.

// OnCreate notes what quickfixgo has registered.
func (g *Gate) OnCreate(id quickfix.SessionID) { g.created = append(g.created, id) }

// OnLogon changes nothing.
func (g *Gate) OnLogon(quickfix.SessionID) {}

// OnLogout cancels the member's orders, if so configured.
func (g *Gate) OnLogout(id quickfix.SessionID) {
	if g.cfg.CancelOnDisconnect && !g.closing.Load() {
		go g.cancelAll(g.byID[id])
	}
}

// ToAdmin changes nothing.
func (g *Gate) ToAdmin(*quickfix.Message, quickfix.SessionID) {}

// ToApp lets everything out, also on a resend: reports create no risk.
func (g *Gate) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }

// FromAdmin refuses a HeartBtInt(108) that would make quickfixgo spin.
func (g *Gate) FromAdmin(msg *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	if !msg.IsMsgTypeOf("A") {
		return nil
	}
	if s, err := msg.Body.GetInt(wire.TagHeartBtInt); err != nil || s < 1 || s > 3600 {
		return quickfix.RejectLogon{Text: "HeartBtInt(108) must be 1 to 3600"}
	}
	return nil
}

// FromApp queues a request in the exchange, or answers it.
func (g *Gate) FromApp(msg *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	owner := g.byID[id]
	r := request{owner: owner}
	if fault := wire.Parse(msg.Bytes(), &r.msg); fault != wire.FaultNone {
		return quickfix.NewMessageRejectError(fault.String(), fault.RejectReason(), nil)
	}
	switch string(r.msg.Type()) {
	case "D":
		return g.enter(&r)
	case "G", "F":
		return g.amend(&r)
	case "H":
		return g.status(&r)
	case "j":
		return nil
	}
	return quickfix.UnsupportedMessageType()
}

// submit queues a request; when the exchange does not take it, nothing has happened,
// and the ClOrdID is free again.
func (g *Gate) submit(e *entry, q *exchange.Request) quickfix.MessageRejectError {
	if g.entry.Submit(q) {
		g.count(&g.stats.Requests)
		return nil
	}
	g.mu.Lock()
	g.stats.NotReady++
	g.table.undo(e)
	g.mu.Unlock()
	return notReady(e.clOrd)
}

func notReady(ref string) quickfix.MessageRejectError {
	const applicationNotAvailable = 4
	return quickfix.NewBusinessMessageRejectErrorWithRefID("exchange not ready, nothing was done", applicationNotAvailable, ref, nil)
}

// cancelAll cancels the live orders of a member that has gone. A full queue is
// waited for, within a second.
func (g *Gate) cancelAll(owner uint32) {
	g.mu.Lock()
	var list []exchange.Request
	for o := range g.table.live {
		if e := o.current; e.owner == owner {
			q := exchange.Request{Kind: exchange.KindCancel, Owner: owner, ClientRef: e.ref, OrigClientRef: e.ref}
			q.Token, _ = exchange.MakeToken([]byte(e.clOrd))
			list = append(list, q)
		}
	}
	g.mu.Unlock()
	patience := 1000
	for i := range list {
		for ; !g.entry.Submit(&list[i]); patience-- {
			if patience == 0 || g.closing.Load() {
				g.log("event", "", "cancel on disconnect: the exchange takes no more requests")
				return
			}
			time.Sleep(time.Millisecond)
		}
		g.count(&g.stats.DisconnectCancels)
	}
}

var _ quickfix.Application = (*Gate)(nil)
