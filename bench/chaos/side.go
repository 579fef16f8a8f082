package chaos

import (
	"fmt"

	"slipstream/fix/session"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// side is one process: its session, what of it survives a crash, and its judge.
type side struct {
	name  string
	cfg   session.Config
	st    session.State
	s     *session.Session
	judge judge
	grow  grow
	inbox []byte // on its way to this side
	moved int    // bytes that reached it, in all connections
	held  market.Nanos
}

func newSide(name string, cfg session.Config) (*side, error) {
	p := &side{name: name, cfg: cfg}
	p.judge.sent = map[uint64]string{}
	return p, p.start()
}

// start is the process's start, also after a crash.
func (p *side) start() (err error) {
	p.s, err = session.New(p.cfg, &p.st)
	return err
}

// send commits one application message; false if the session takes none.
func (p *side) send(now market.Nanos, typ byte, body []byte) bool {
	dst, seq, ok := p.s.Reserve(now)
	if !ok {
		return false
	}
	text := fmt.Appendf(nil, "35=%c\x0134=%d\x0149=%s\x0152=%s\x0156=%s\x01%s", typ, seq, p.cfg.SenderCompID,
		wire.AppendTime(nil, now, wire.Millis), p.cfg.TargetCompID, body)
	dst = fmt.Appendf(dst, "8=%s\x019=%d\x01%s", p.cfg.BeginString, len(text), text)
	dst = wire.AppendTrailer(dst, 0)
	return p.judge.record(seq, dst) && p.s.Commit(now, dst)
}
