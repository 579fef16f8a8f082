package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// reasonText is the standard's text of each SessionRejectReason(373) (FIX 4.4 Vol 2).
var reasonText = [...]string{
	0: "Invalid tag number", 1: "Required tag missing", 2: "Tag not defined for this message type",
	3: "Undefined Tag", 4: "Tag specified without a value",
	5: "Value is incorrect (out of range) for this tag", 6: "Incorrect data format for value",
	7: "Decryption problem", 8: "Signature problem", 9: "CompID problem",
	10: "SendingTime accuracy problem", 11: "Invalid MsgType", 12: "XML Validation error",
	13: "Tag appears more than once", 14: "Tag specified out of required order",
	15: "Repeating group fields out of order", 16: "Incorrect NumInGroup count for repeating group",
}

// sendReject rejects the message at hand; tag 0 = no RefTagID(371).
func (s *Session) sendReject(now market.Nanos, reason int, tag uint32, text string) {
	var buf [20]byte
	ref := buf[:0]
	if tag != 0 {
		ref = wire.AppendUint(ref, uint64(tag))
	}
	s.reject(now, reason, ref, text)
	s.events.push(EventRejectSent, s.hdr.seq, int64(reason)<<32|int64(tag))
}

// rejectTag rejects what the Dictionary found; given says that tag is one, also 0.
func (s *Session) rejectTag(now market.Nanos, reason int, tag uint32, given bool) {
	var buf [20]byte
	ref := buf[:0]
	if given {
		ref = wire.AppendUint(ref, uint64(tag))
	}
	s.reject(now, reason, ref, reasonText[reason])
	s.events.push(EventRejectSent, s.hdr.seq, int64(reason)<<32|int64(tag))
}

// rejectFault rejects what wire.Parse found, and names the field where it stopped.
func (s *Session) rejectFault(now market.Nanos, fault wire.Fault) {
	if s.headerTag != 0 && fault == wire.FaultMissing {
		s.rejectTag(now, 1, s.headerTag, true)
		return
	}
	reason := fault.RejectReason()
	text := fault.String()
	if reason < len(reasonText) {
		text = reasonText[reason]
	}
	s.reject(now, reason, s.msg.FaultTag(), text)
	s.events.push(EventRejectSent, s.hdr.seq, int64(reason)<<32)
}

// reject appends a Reject(3) of the message at hand. FIX 4.2 knows the reasons 0 to
// 11; a higher one is said by the text alone.
func (s *Session) reject(now market.Nanos, reason int, ref []byte, text string) {
	b := s.appendRoute(s.begin(now, '3', s.num.nextOut, false))
	b = wire.AppendUintField(b, wire.TagRefSeqNum, s.hdr.seq)
	b = append(append(append(b, "58="...), text...), wire.SOH)
	if len(ref) != 0 {
		b = wire.AppendField(b, wire.TagRefTagID, ref)
	}
	if typ := s.msg.Type(); len(typ) <= 8 {
		b = wire.AppendField(b, wire.TagRefMsgType, typ)
	}
	if reason <= 11 || s.cfg.BeginString != "FIX.4.2" {
		b = wire.AppendUintField(b, wire.TagSessionRejectReason, uint64(reason))
	}
	s.emit(now, b, true)
}

// routes are the fields that tell a message's way, and what they are called on the way
// back: OnBehalfOf and DeliverTo, sender and target, each with its sub and location.
var routes = [...][2]uint32{
	{57, 50}, {50, 57}, {128, 115}, {129, 116}, {115, 128}, {116, 129}, {145, 144}, {144, 145},
}

// appendRoute appends the reversed routing fields of the message at hand.
func (s *Session) appendRoute(b []byte) []byte {
	for _, r := range routes {
		for _, f := range s.msg.Fields[min(3, s.msg.N):s.msg.N] {
			if !headerTag(f.Tag) {
				break
			}
			if f.Tag == r[0] && int(f.Len) <= compIDMax {
				b = wire.AppendField(b, r[1], s.msg.Value(f))
				break
			}
		}
	}
	return b
}
