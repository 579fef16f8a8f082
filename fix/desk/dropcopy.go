package desk

import (
	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
)

// A drop-copy session is read-only: it gets every ExecutionReport (8) and
// OrderCancelReject (9) of the desks it follows, in its own version and under its own
// MsgSeqNum, with ExecID(17) as it is. OnBehalfOfCompID(115) says whose it is, since
// ClOrdIDs are unique within a desk only.

// isCopied reports whether a message goes to the drop-copy sessions.
func isCopied(d draft) bool {
	msgType, _ := d.Header.GetString(tagMsgType) // draft has set it
	return msgType == "8" || msgType == "9"
}

// markCopy makes a copy of what makes it one. FIX 4.2 has no CopyMsgIndicator(797),
// and no version has one on a 9.
func (g *Gateway) markCopy(d draft, of, to uint8) {
	d.Header.SetString(tagOnBehalfOfCompID, g.desks[of].id.TargetCompID)
	if msgType, _ := d.Header.GetString(tagMsgType); msgType == "8" && g.desks[to].version != FIX42 {
		d.str(tagCopyMsgIndicator, "Y")
	}
}

// follow tells each desk which drop-copy sessions follow it.
func (g *Gateway) follow() {
	for i, s := range g.cfg.Sessions {
		if !s.DropCopy {
			continue
		}
		all := len(s.CopyOf) == 0
		of := make(map[string]bool, len(s.CopyOf))
		for _, name := range s.CopyOf {
			of[name] = true
		}
		for k, other := range g.cfg.Sessions {
			if !other.DropCopy && (all || of[other.TargetCompID]) {
				g.desks[k].copies = append(g.desks[k].copies, uint8(i))
			}
		}
	}
}

// businessRefusal is the j that refuses a message as such: nothing was done.
func (g *Gateway) businessRefusal(v Version, why fix.Reason, m fields) quickfix.MessageRejectError {
	return quickfix.NewBusinessMessageRejectErrorWithRefID(why.String()+", nothing was done", v.businessRejectReason(why), m.get(tagClOrdID), nil)
}
