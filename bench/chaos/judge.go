package chaos

import (
	"bytes"
	"fmt"

	"slipstream/fix/session"
	"slipstream/fix/wire"
)

// judge reads what one side puts on the wire, in every connection.
type judge struct {
	part []byte            // of a message
	high uint64            // highest number sent as new
	sent map[uint64]string // application messages by number: type and body
	m    wire.Message

	requests int // ResendRequests sent and not yet counted as asked of the peer
	asked    int // ResendRequests of the peer
	run      run
}

// run is a range on its way again.
type run struct {
	next   uint64 // the number that goes on with it; 0 = none was sent again
	asked  int    // when it began
	broken bool   // by a new message
}

// newConnection forgets a message that was cut.
func (j *judge) newConnection() { j.part, j.run = j.part[:0], run{} }

func (j *judge) read(b []byte, trace func(string, ...any)) error {
	j.part = append(j.part, b...)
	for {
		n, fault := wire.Frame(j.part, wire.MaxMessage)
		if fault != wire.FaultNone {
			return fmt.Errorf("sent bytes that are no message: %v: %q", fault, j.part)
		}
		if n == 0 {
			return nil
		}
		trace("%s", bars(j.part[:n]))
		if err := j.message(j.part[:n]); err != nil {
			return fmt.Errorf("%w: %s", err, bars(j.part[:n]))
		}
		j.part = j.part[:copy(j.part, j.part[n:])]
	}
}

func (j *judge) message(raw []byte) error {
	if fault := wire.Parse(raw, &j.m); fault != wire.FaultNone {
		return fmt.Errorf("sent a malformed message: %v", fault)
	}
	seq, _ := j.m.MsgSeqNum()
	typ := j.m.Type1()
	if typ == '2' {
		j.requests++
	}
	if !j.m.PossDup() {
		if seq <= j.high {
			return fmt.Errorf("used number %d again", seq)
		}
		j.high = seq
		if app(typ) {
			if !j.wrote(seq, &j.m) {
				return fmt.Errorf("sent number %d with another content than committed, %q", seq, j.sent[seq])
			}
			j.run.broken = true
		}
		return nil
	}
	if j.run.broken && j.run.asked == j.asked && j.run.next == seq {
		return fmt.Errorf("sent a new message among resent ones")
	}
	j.run = run{next: seq + 1, asked: j.asked}
	if next, ok, _ := j.m.GetUint(wire.TagNewSeqNo); ok {
		j.run.next = next
	}
	if typ == '4' {
		return nil
	}
	if typ == 'D' {
		return fmt.Errorf("sent an order again")
	}
	if j.sent[seq] != string(typ)+body(&j.m) {
		return fmt.Errorf("sent number %d again with another content, first %q", seq, j.sent[seq])
	}
	return nil
}

// record keeps what the application commits as number seq: it may reach the wire only as
// a resend, if the connection ends before. False if it is no message.
func (j *judge) record(seq uint64, raw []byte) bool {
	if wire.Parse(raw, &j.m) != wire.FaultNone {
		return false
	}
	j.sent[seq] = string(j.m.Type1()) + body(&j.m)
	return true
}

// wrote says that m is what the side put on the wire as number seq, or again.
func (j *judge) wrote(seq uint64, m *wire.Message) bool {
	return j.sent[seq] == string(m.Type1())+body(m)
}

// body is what follows the header, up to CheckSum.
func body(m *wire.Message) string {
	for i, f := range m.Fields[3:m.N] {
		if f.Tag == wire.TagClOrdID || f.Tag == wire.TagOrderID {
			at := m.Fields[3+i].Start
			return string(m.Raw[at : len(m.Raw)-7])
		}
	}
	return ""
}

func app(typ byte) bool { return typ == 'D' || typ == 'H' || typ == '8' }

func bars(b []byte) string { return string(bytes.ReplaceAll(b, []byte{1}, []byte{'|'})) }

// grow holds that the stored numbers of a side only grow.
type grow struct{ out, in uint64 }

func (g *grow) check(st *session.State) error {
	out, in, _, _, err := st.Numbers()
	if err != nil {
		return err
	}
	if out < g.out || in < g.in {
		return fmt.Errorf("numbers went back: out %d after %d, in %d after %d", out, g.out, in, g.in)
	}
	g.out, g.in = out, in
	return nil
}
