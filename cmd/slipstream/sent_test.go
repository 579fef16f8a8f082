package main

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"slipstream/bench/exchange"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/engine/journal"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// sent is one FIX message that a daemon wrote to the venue.
type sent struct {
	seq     uint64
	kind    string // MsgType(35)
	clOrdID string // of D, G and F
	again   bool   // PossDupFlag(43)=Y: a gap fill
}

// sentBy reads what one run of a journal holds of them; torn are the bytes behind the
// last whole record.
func sentBy(t *testing.T, dir, run string) (list []sent, torn int64) {
	t.Helper()
	r, err := journal.Open(dir, run)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var stream []byte
	for {
		var rec journal.Record
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind == journal.Output {
			stream = append(stream, rec.Payload...)
		}
	}
	if r.Torn() != nil {
		torn = r.Torn().Bytes
	}
	var m wire.Message
	for len(stream) > 0 {
		n, fault := wire.Frame(stream, 1<<16)
		if n == 0 && torn == 0 || fault != wire.FaultNone {
			t.Fatalf("what was sent ends in %q (%v)", stream, fault)
		}
		if n == 0 {
			break
		}
		if fault := wire.Parse(stream[:n], &m); fault != wire.FaultNone {
			t.Fatalf("%q was sent: %v", stream[:n], fault)
		}
		seq, _ := m.MsgSeqNum()
		s := sent{seq: seq, kind: string(m.Type()), again: m.PossDup()}
		if s.kind == "D" || s.kind == "G" || s.kind == "F" {
			id, _ := m.Get(wire.TagClOrdID)
			s.clOrdID = string(id)
		}
		list = append(list, s)
		stream = stream[n:]
	}
	return list, torn
}

// checkSent wants MsgSeqNums that go on by one, orders that are never marked as a
// repetition, and ClOrdIDs that come once. It returns the next number.
func checkSent(t *testing.T, list []sent, next uint64, seen map[string]bool) uint64 {
	t.Helper()
	for i, s := range list {
		if s.again {
			if s.kind != "4" {
				t.Errorf("message %d, a %s, was sent as a repetition", i, s.kind)
			}
			continue
		}
		if s.seq != next {
			t.Fatalf("message %d, a %s, has MsgSeqNum %d, want %d", i, s.kind, s.seq, next)
		}
		next++
		if s.clOrdID == "" {
			continue
		}
		if seen[s.clOrdID] {
			t.Errorf("ClOrdID %s was sent twice", s.clOrdID)
		}
		seen[s.clOrdID] = true
	}
	return next
}

// eventLog is what the exchange's own log says when it is put through a fresh market.
type eventLog struct {
	orders map[string]bool // ClOrdIDs of orders and replaces taken
	fills  int
	qty    market.Qty
	net    market.Qty // bought minus sold
	open   int        // orders that the end of the session took
	hash   uint64
}

func (s *stage) eventLog(v *venue.Report) *eventLog {
	s.t.Helper()
	file, err := config.LoadVenue(filepath.Join(s.dir, "venue.toml"))
	if err != nil {
		s.t.Fatal(err)
	}
	mc, closeFlow, err := file.OpenMarket(v.Opened)
	if err != nil {
		s.t.Fatal(err)
	}
	defer closeFlow()
	log, err := exchange.OpenLog(filepath.Join(s.dir, "venue.state", "exchange"), &mc, false)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	m, err := exchange.New(mc)
	if err == nil {
		err = m.Open()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	out := &eventLog{orders: map[string]bool{}}
	err = log.Replay(m, func(execs []exchange.Exec) {
		for i := range execs {
			x := &execs[i]
			switch x.Kind {
			case exchange.ExecAccepted, exchange.ExecReplaced:
				id := string(x.Token.Bytes())
				if out.orders[id] {
					s.t.Errorf("the exchange took ClOrdID %s twice", id)
				}
				out.orders[id] = true
			case exchange.ExecCanceled:
				if x.Reason == exchange.ReasonEndOfSession {
					out.open++
				}
			case exchange.ExecTrade:
				out.fills++
				out.qty += x.LastQty
				out.net += x.LastQty * market.Qty(x.Side.Sign())
			}
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	out.hash = m.TapeHash()
	return out
}
