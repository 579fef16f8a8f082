package at

import (
	"errors"
	"strconv"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// echo is the application the definitions want: it sends orders (D) and security
// definitions (d) back, but an order with PossResend(97)=Y whose ClOrdID it has seen, and
// answers other types with BusinessMessageReject(j), 380=3.
type echo struct {
	cfg  *session.Config
	seen map[string]bool
}

func (a *echo) take(s *session.Session, now market.Nanos, m *wire.Message) error {
	seq, _ := m.MsgSeqNum()
	switch m.Type1() {
	case '3':
		return nil
	case 'D', 'd':
	default:
		body := "45=" + strconv.FormatUint(seq, 10) + "\x0158=Unsupported Message Type\x01372=" + string(m.Type()) + "\x01380=3\x01"
		return a.send(s, now, "j", "", body)
	}
	resend, _ := m.Get(wire.TagPossResend)
	again := string(resend) == "Y"
	if id, ok := m.Get(wire.TagClOrdID); ok {
		if again && a.seen[string(id)] {
			return nil
		}
		a.seen[string(id)] = true
	}
	head, body := "", ""
	if again {
		head = "97=Y\x01"
	}
	inBody := false
	for _, f := range m.Fields[3 : m.N-1] {
		if inBody = inBody || !header[f.Tag]; inBody {
			body += strconv.FormatUint(uint64(f.Tag), 10) + "=" + string(m.Value(f)) + "\x01"
		}
	}
	return a.send(s, now, string(m.Type()), head, body)
}

// header are the fields of the standard header that the definitions use.
var header = map[uint32]bool{
	34: true, 43: true, 49: true, 50: true, 52: true, 56: true, 57: true, 97: true, 115: true, 116: true,
	122: true, 128: true, 129: true, 144: true, 145: true, 369: true, 1128: true,
}

func (a *echo) send(s *session.Session, now market.Nanos, typ, head, body string) error {
	dst, seq, ok := s.Reserve(now)
	if !ok {
		return errors.New("echo: the session takes no message")
	}
	text := "35=" + typ + "\x0134=" + strconv.FormatUint(seq, 10) + "\x0149=" + a.cfg.SenderCompID + "\x0152=" +
		string(wire.AppendTime(nil, now, a.cfg.TimePrecision)) + "\x0156=" + a.cfg.TargetCompID + "\x01" + head + body
	dst = append(dst, "8="+a.cfg.BeginString+"\x019="+strconv.Itoa(len(text))+"\x01"+text...)
	if !s.Commit(now, wire.AppendTrailer(dst, 0)) {
		return errors.New("echo: Commit refused")
	}
	return nil
}
