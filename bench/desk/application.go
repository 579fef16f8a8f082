package desk

import (
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// The methods below are quickfix.Application; quickfixgo calls them on the session's
// goroutine, ToApp also on Run's.

// OnCreate notes that the session is registered.
func (c *client) OnCreate(quickfix.SessionID) { c.created = true }

// OnLogon starts the script, the first time.
func (c *client) OnLogon(quickfix.SessionID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Logons++
	if c.result.Logons == 1 {
		c.result.StartedNanos = market.Nanos(c.cfg.Now().UnixNano())
		close(c.logon)
	}
}

// OnLogout changes nothing: quickfixgo reconnects, and what was sent meanwhile goes
// out on the daemon's ResendRequest.
func (c *client) OnLogout(quickfix.SessionID) {}

// ToAdmin completes the Logon, and notes a Reject (3) of ours: the
// daemon has sent what its own dictionary does not allow.
func (c *client) ToAdmin(msg *quickfix.Message, _ quickfix.SessionID) {
	switch t, _ := msg.MsgType(); t {
	case "A":
		c.mu.Lock()
		first := c.result.Logons == 0
		c.mu.Unlock()
		if c.cfg.StoreDir == "" && first { // a reconnect must not lose what was missed
			msg.Body.SetBool(wire.TagResetSeqNumFlag, true)
		}
		if c.cfg.Username != "" {
			msg.Body.SetString(wire.TagUsername, c.cfg.Username)
		}
		if c.cfg.Password != "" {
			msg.Body.SetString(wire.TagPassword, c.cfg.Password)
		}
	case "3":
		text, _ := msg.Body.GetString(wire.TagText)
		seq, _ := msg.Body.GetString(wire.TagRefSeqNum)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ledger.breach(nil, "the daemon's message %s is not valid: %s", seq, text)
	}
}

// ToApp keeps old orders out of a resend: the market has moved on.
func (c *client) ToApp(msg *quickfix.Message, _ quickfix.SessionID) error {
	id, _ := msg.Body.GetString(wire.TagClOrdID)
	c.mu.Lock()
	defer c.mu.Unlock()
	if again, _ := msg.Header.GetBool(wire.TagPossDupFlag); !again {
		seq, _ := msg.Header.GetInt(wire.TagMsgSeqNum)
		c.ledger.Numbered(uint64(seq), id)
		c.record(false, msg.String())
		return nil
	}
	written, err := msg.Body.GetTime(wire.TagTransactTime)
	isCancel := msg.IsMsgTypeOf("F")
	if isCancel || err == nil && c.cfg.Now().Sub(written) <= c.cfg.ResendAge {
		return nil
	}
	c.result.NotResent++
	c.ledger.NotSent(id)
	c.notify()
	return quickfix.ErrDoNotSend
}

// FromAdmin hears Reject (3).
func (c *client) FromAdmin(msg *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	if msg.IsMsgTypeOf("3") {
		c.receive(msg)
	}
	return nil
}

// FromApp hears 8, 9 and j.
func (c *client) FromApp(msg *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	switch t, _ := msg.MsgType(); t {
	case "8", "9", "j":
		c.receive(msg)
		return nil
	}
	return quickfix.UnsupportedMessageType()
}

func (c *client) receive(msg *quickfix.Message) {
	raw := msg.Bytes()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.record(true, string(raw))
	c.ledger.Receive(market.Nanos(c.cfg.Now().UnixNano()), raw)
	c.notify()
}

// recordsMax bounds Result.Messages.
const recordsMax = 1 << 20

// record keeps a message, with the lock held.
func (c *client) record(in bool, text string) {
	if c.cfg.KeepMessages && len(c.result.Messages) < recordsMax {
		c.result.Messages = append(c.result.Messages, Record{market.Nanos(time.Now().UnixNano()), in, show([]byte(text))})
	}
}

func (c *client) notify() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

var _ quickfix.Application = (*client)(nil)
