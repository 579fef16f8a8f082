package desk

import (
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
)

// The methods below are quickfix.Application; quickfixgo calls them on the session's
// goroutine. None may send from ToApp or ToAdmin: locks are held there.

// OnCreate notes what quickfixgo has registered.
func (g *Gateway) OnCreate(id quickfix.SessionID) { g.created = append(g.created, id) }

// OnLogon marks the session as up.
func (g *Gateway) OnLogon(id quickfix.SessionID) { g.desks[g.byID[id]].loggedOn.Store(true) }

// OnLogout marks the session as down.
func (g *Gateway) OnLogout(id quickfix.SessionID) { g.desks[g.byID[id]].loggedOn.Store(false) }

// ToAdmin changes nothing.
func (g *Gateway) ToAdmin(*quickfix.Message, quickfix.SessionID) {}

// ToApp lets every report out, also on a resend: a report creates no risk.
func (g *Gateway) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }

// FromAdmin refuses a Logon with a wrong password or with a HeartBtInt(108) that
// would make quickfixgo spin (0 and overflows), and a ResendRequest that would make
// its store count up from below 1.
func (g *Gateway) FromAdmin(msg *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	m := parseFields(msg.Bytes())
	switch m.get(tagMsgType) {
	case "A":
		want := g.cfg.Sessions[g.byID[id]].Password
		if want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(m.get(tagPassword))) != 1 {
			return quickfix.RejectLogon{Text: "wrong Password(554)"}
		}
		seconds, ok := parseDecimal(m.get(tagHeartBtInt), 0)
		if most := int64(g.cfg.HeartBtMax / time.Second); !ok || seconds < 1 || seconds > most {
			return quickfix.RejectLogon{Text: fmt.Sprintf("HeartBtInt(108) must be 1 to %d", most)}
		}
	case "2":
		for _, tag := range [...]quickfix.Tag{tagBeginSeqNo, tagEndSeqNo} {
			n, ok := parseDecimal(m.get(int(tag)), 0)
			if low := tag == tagBeginSeqNo && n < 1; !ok || n < 0 || low {
				return quickfix.ValueIsIncorrect(tag)
			}
		}
	}
	return nil
}

// FromApp turns a desk's message into a command, or answers it.
func (g *Gateway) FromApp(msg *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	m := parseFields(msg.Bytes())
	desk := g.byID[id]
	var cmd fix.Command
	var r *refusal
	switch m.get(tagMsgType) {
	case "D":
		if r = g.checkAccount(desk, m); r == nil {
			cmd, r = g.readNew(m)
		}
	case "G":
		cmd, r = g.readReplace(m)
	case "F":
		cmd, r = g.readCancel(m)
	case "j":
		return nil // never answered: two peers would answer each other for ever
	default:
		g.unsupported.Add(1)
		return quickfix.UnsupportedMessageType()
	}
	if r != nil {
		g.refused.Add(1)
		g.answer(desk, m, r)
		return nil
	}
	cmd.Desk = desk
	if cmd.Kind != fix.CancelParent {
		g.known.add(desk, cmd.ClOrdID, echoOf(m)) // before Submit: the report may be quick
	}
	if !g.cfg.Submit(&cmd) {
		g.notReady.Add(1)
		return quickfix.NewBusinessMessageRejectErrorWithRefID(
			"daemon not ready, nothing was done", businessRejectReason(fix.ReasonNotReady), m.get(tagClOrdID), nil)
	}
	g.commands.Add(1)
	return nil
}

func (g *Gateway) checkAccount(desk uint8, m fields) *refusal {
	if allowed := g.desks[desk].accounts; len(allowed) > 0 && !allowed[m.get(tagAccount)] {
		const unknownAccount = 15
		return &refusal{unknownAccount, other, "unknown account: " + printable(m.get(tagAccount))}
	}
	return nil
}
