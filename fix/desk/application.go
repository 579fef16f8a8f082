package desk

import (
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
	"slipstream/internal/market"
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
	if rej := g.validate(msg, id); rej != nil {
		return rej
	}
	m := parseFields(msg.Bytes())
	switch m.get(tagMsgType) {
	case "A":
		want := g.cfg.Sessions[g.byID[id]].Password
		if want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(m.get(tagPassword))) != 1 {
			return quickfix.RejectLogon{Text: "wrong Password(554)"}
		}
		if g.desks[g.byID[id]].version == FIX50SP2 && m.get(tagDefaultApplVerID) != applVerID50SP2 {
			return quickfix.RejectLogon{Text: "DefaultApplVerID(1137) must be 9, FIX 5.0SP2"}
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

// validate holds a message against the dictionary of its session.
func (g *Gateway) validate(msg *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	return g.validators[g.desks[g.byID[id]].version].Validate(msg)
}

// FromApp turns a desk's message into a command, or answers it.
func (g *Gateway) FromApp(msg *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	m := parseFields(msg.Bytes())
	desk := g.byID[id]
	msgType := m.get(tagMsgType)
	if !g.desks[desk].version.speaks(msgType) {
		g.unsupported.Add(1)
		return quickfix.UnsupportedMessageType()
	}
	if rej := g.validate(msg, id); rej != nil {
		return rej
	}
	if msgType == "j" {
		return nil // never answered: two peers would answer each other for ever
	}
	if rej, r := g.mayAsk(desk, msgType, m); rej != nil {
		return rej
	} else if r != nil {
		g.refused.Add(1)
		g.answer(desk, m, r)
		return nil
	}
	if msgType == "Q" {
		g.dontKnow(desk, m)
		return nil
	}
	cmd, r := g.read(desk, msgType, m)
	if r != nil {
		g.refused.Add(1)
		g.answer(desk, m, r)
		return nil
	}
	cmd.Desk, cmd.SeqNum = desk, seqNum(m)
	if cmd.Kind == fix.NewParent || cmd.Kind == fix.ReplaceParent {
		if r := g.count(desk, &cmd, echoOf(m)); r != nil {
			g.refused.Add(1)
			g.answer(desk, m, r)
			return nil
		}
	}
	if !g.cfg.Submit(&cmd) {
		g.notReady.Add(1)
		return g.businessRefusal(g.desks[desk].version, fix.ReasonNotReady, m)
	}
	g.commands.Add(1)
	return nil
}

// count counts an order or replace for the day, and notes what its reports repeat: before
// Submit, as the report may be quick.
func (g *Gateway) count(desk uint8, c *fix.Command, e *echo) *refusal {
	d := &g.desks[desk]
	value, r := d.day.take(g.cfg.Now(), c.Price, c.OrderQty, d.known.value(c.OrigClOrdID))
	if r == nil {
		d.known.add(c.ClOrdID, c.OrigClOrdID, e, value)
	}
	return r
}

// mayAsk judges whether the session may send such a message at all, and now. At most
// one of the answers is not nil: a j, or a refusal for an 8 or 9.
func (g *Gateway) mayAsk(desk uint8, msgType string, m fields) (quickfix.MessageRejectError, *refusal) {
	d := &g.desks[desk]
	order := msgType == "D" || msgType == "G"
	now := market.Nanos(g.cfg.Now().UnixNano())
	switch {
	case g.cfg.Sessions[desk].DropCopy:
		g.forbidden.Add(1)
		return g.businessRefusal(d.version, fix.ReasonNotAuthorized, m), nil
	case order && !d.permit.rate.take(now):
		g.tooFast.Add(1)
		return nil, refuse(fix.ReasonRate, "max_orders_per_second is %d: send slower", d.permit.MaxOrdersPerSecond)
	case msgType == "AF" && !d.permit.masses.take(now):
		g.tooFast.Add(1)
		return g.businessRefusal(d.version, fix.ReasonRate, m), nil
	case order && d.permit.CancelOnly && d.version == FIX42:
		return nil, refuse(fix.ReasonNotAuthorized, "this session may only cancel")
	case order && d.permit.CancelOnly:
		g.forbidden.Add(1)
		return g.businessRefusal(d.version, fix.ReasonNotAuthorized, m), nil
	}
	return nil, nil
}

// read makes a Command of a message.
func (g *Gateway) read(desk uint8, msgType string, m fields) (cmd fix.Command, r *refusal) {
	switch msgType {
	case "D":
		if r = g.checkAccount(desk, m); r == nil {
			cmd, r = g.readNew(m)
		}
	case "G":
		cmd, r = g.readReplace(m)
	case "F":
		return g.readCancel(m)
	case "H":
		return g.readStatus(m)
	case "AF":
		return g.readMassStatus(m)
	case "q":
		return g.readMassCancel(m)
	}
	if r == nil {
		r = g.desks[desk].permit.judge(m, &cmd)
	}
	return cmd, r
}

func (g *Gateway) checkAccount(desk uint8, m fields) *refusal {
	if allowed := g.desks[desk].accounts; len(allowed) > 0 && !allowed[m.get(tagAccount)] {
		return refuse(fix.ReasonUnknownAccount, "%s", printable(m.get(tagAccount)))
	}
	return nil
}
