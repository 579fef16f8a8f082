package engine

import (
	"strings"
	"testing"

	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// peer is the venue's end of the session, by hand: it says what a test writes, with '|'
// for SOH and MsgSeqNums of its own, and hears what the engine sends.
type peer struct {
	t     testing.TB
	e     *Engine
	seq   uint64
	heard []string // since the last take: MsgType and body of each message, no header
}

// logOn connects an engine and logs its session on.
func logOn(t testing.TB, e *Engine) *peer {
	t.Helper()
	v := &peer{t: t, e: e}
	v.connect()
	if !e.sess.Active() || e.posture&PostureVenue != 0 {
		t.Fatalf("not logged on: posture %s", e.posture)
	}
	return v
}

func (v *peer) connect() {
	v.step(&Input{Kind: InVenueUp})
	v.say("A", "98=0|108=30|")
	for _, m := range v.heard { // the probe of a session that is not new
		if id, ok := strings.CutPrefix(m, "1 112="); ok {
			v.say("0", "112="+id)
		}
	}
	v.heard = nil
}

func (v *peer) step(in *Input) {
	in.Now = v.e.now + market.Microsecond
	v.hear(v.e.Step(in).Venue)
}

// say sends one message.
func (v *peer) say(msgType, body string) {
	v.seq++
	v.raw(v.seq, msgType, body)
}

func (v *peer) raw(seq uint64, msgType, body string) {
	b := wire.AppendUintField([]byte("35="+msgType+"\x01"), wire.TagMsgSeqNum, seq)
	b = append(b, "49=VENUE\x0152="...)
	b = append(wire.AppendTime(b, v.e.now, wire.Micros), "\x0156=SLIP\x01"...)
	b = append(b, strings.ReplaceAll(body, "|", "\x01")...)
	m := append(wire.AppendUintField([]byte("8=FIX.4.4\x01"), wire.TagBodyLength, uint64(len(b))), b...)
	v.step(&Input{Kind: InVenueBytes, Bytes: wire.AppendTrailer(m, 0)})
}

func (v *peer) hear(b []byte) {
	for len(b) > 0 {
		n, fault := wire.Frame(b, 4096)
		if n == 0 || fault != wire.FaultNone {
			v.t.Fatalf("the engine sent %q: %v", b, fault)
		}
		text := strings.ReplaceAll(string(b[:n]), "\x01", "|")
		_, body, _ := strings.Cut(text, "|35=")
		msgType, body, _ := strings.Cut(body, "|")
		_, body, _ = strings.Cut(body, "|56=VENUE|")
		v.heard = append(v.heard, msgType+" "+body[:strings.LastIndex(body, "10=")])
		b = b[n:]
	}
}

// take is what was heard since the last call, of the given MsgTypes.
func (v *peer) take(types string) string {
	var out []string
	for _, m := range v.heard {
		if kind, _, _ := strings.Cut(m, " "); strings.Contains(types, kind) {
			out = append(out, m)
		}
	}
	v.heard = nil
	return strings.Join(out, "\n")
}
