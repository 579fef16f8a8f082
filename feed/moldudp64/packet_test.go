package moldudp64

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

var session = MakeSession("000010059B")

// raw is a packet written by hand: header fields, then the blocks as they are.
func raw(seq uint64, count uint16, blocks ...byte) []byte {
	h := Header{session, seq, count}
	return append(h.Append(nil), blocks...)
}

func TestHeaderBytes(t *testing.T) {
	h := Header{session, 0x0102030405060708, 0x090a}
	want := append([]byte("000010059B"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	if got := h.Append(nil); !bytes.Equal(got, want) {
		t.Errorf("header %x, want %x", got, want)
	}
}

func TestDecodeDropsBadPacketsWhole(t *testing.T) {
	for _, c := range []struct {
		name string
		b    []byte
		want Fault
	}{
		{"an empty datagram", nil, FaultShort},
		{"a header cut by a byte", raw(1, 0)[:19], FaultShort},
		{"a heartbeat", raw(7, Heartbeat), FaultNone},
		{"an end of session", raw(7, EndOfSession), FaultNone},
		{"one message", raw(1, 1, 0, 2, 'h', 'i'), FaultNone},
		{"an empty message", raw(1, 1, 0, 0), FaultNone},
		{"a second block that is missing", raw(1, 2, 0, 1, 'x'), FaultTruncated},
		{"a block cut inside its length", raw(1, 1, 0), FaultTruncated},
		{"a block cut inside its message", raw(1, 2, 0, 1, 'x', 0, 2, 'y'), FaultTruncated},
		{"bytes after the last block", raw(1, 1, 0, 1, 'x', 'y'), FaultTrailing},
		{"a heartbeat with bytes", raw(1, Heartbeat, 0), FaultTrailing},
		{"an end of session with bytes", raw(1, EndOfSession, 0, 0), FaultTrailing},
		{"a sequence number that overflows", raw(1<<64-1, 1, 0, 0), FaultSequence},
		{"the last sequence number of all, on a heartbeat", raw(1<<64-1, Heartbeat), FaultNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, got := Decode(c.b)
			if got != c.want {
				t.Fatalf("fault %q, want %q", got, c.want)
			}
			if got != FaultNone {
				if msg, ok := p.Next(); ok || p.Header != (Header{}) {
					t.Errorf("a dropped packet gives header %+v and message %x", p.Header, msg)
				}
				return
			}
			if p.Session != session || p.NextSequence() != p.Sequence+uint64(p.Messages()) {
				t.Errorf("header %+v", p.Header)
			}
		})
	}
}

func TestHeartbeatAndEndOfSessionCarryNoMessage(t *testing.T) {
	hb, _ := Decode(raw(7, Heartbeat))
	end, _ := Decode(raw(7, EndOfSession))
	if !hb.IsHeartbeat() || hb.IsEndOfSession() || end.IsHeartbeat() || !end.IsEndOfSession() {
		t.Errorf("heartbeat %+v, end of session %+v", hb.Header, end.Header)
	}
	if hb.Messages() != 0 || end.Messages() != 0 || end.NextSequence() != 7 {
		t.Errorf("%d and %d messages, next %d; want 0, 0, 7", hb.Messages(), end.Messages(), end.NextSequence())
	}
}

func TestFaultsHaveText(t *testing.T) {
	for f := FaultNone + 1; f < FaultCount; f++ {
		if f.String() == "" || f.String() == FaultCount.String() {
			t.Errorf("fault %d has no text", f)
		}
	}
}

// Any messages, packed into packets of any size, come out in order with their
// sequence numbers, in packets within the bound.
func TestBuilderPacketsDecodeToWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(HeaderSize+BlockHeader, 300).Draw(t, "limit")
		first := rapid.Uint64Range(1, 1<<62).Draw(t, "first")
		msgs := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, limit-HeaderSize-BlockHeader), 1, 40).Draw(t, "msgs")
		b := NewBuilder(session, first, limit)
		var got [][]byte
		take := func(pkt []byte) {
			p, fault := Decode(pkt)
			if fault != FaultNone || len(pkt) > limit || p.Sequence != first+uint64(len(got)) {
				t.Fatalf("packet of %d bytes at %d: %v", len(pkt), p.Sequence, fault)
			}
			for m, ok := p.Next(); ok; m, ok = p.Next() {
				got = append(got, bytes.Clone(m))
			}
		}
		for _, m := range msgs {
			if !b.Fits(len(m)) {
				t.Fatalf("%d bytes do not fit %d", len(m), limit)
			}
			if !b.Add(m) {
				take(b.Flush())
				if !b.Add(m) {
					t.Fatal("no room in an empty packet")
				}
			}
		}
		take(b.Flush())
		if len(got) != len(msgs) || b.Sequence() != first+uint64(len(msgs)) || b.Flush() != nil {
			t.Fatalf("%d messages out of %d, next %d", len(got), len(msgs), b.Sequence())
		}
		for i := range msgs {
			if !bytes.Equal(got[i], msgs[i]) {
				t.Fatalf("message %d is %x, want %x", i, got[i], msgs[i])
			}
		}
	})
}

func TestBuilderControlPackets(t *testing.T) {
	b := NewBuilder(session, 5, 0)
	if got := b.Heartbeat(); !bytes.Equal(got, raw(5, Heartbeat)) {
		t.Errorf("heartbeat %x", got)
	}
	if b.Fits(MaxPayload-HeaderSize-BlockHeader+1) || !b.Fits(MaxPayload-HeaderSize-BlockHeader) || b.Fits(-1) {
		t.Error("Fits does not follow MaxPayload")
	}
	if b.Add(make([]byte, MaxPayload)) || !b.Add([]byte{'x'}) || b.Pending() != 1 {
		t.Error("Add takes a message that is too long, or not one that fits")
	}
	if got := b.EndOfSession(); got != nil {
		t.Errorf("end of session %x while a message waits", got)
	}
	if got := b.Heartbeat(); !bytes.Equal(got, raw(5, 1, 0, 1, 'x')) {
		t.Errorf("waiting message sent as %x", got)
	}
	if got := b.EndOfSession(); !bytes.Equal(got, raw(6, EndOfSession)) {
		t.Errorf("end of session %x", got)
	}
	if got := b.Heartbeat(); !bytes.Equal(got, raw(6, Heartbeat)) {
		t.Errorf("heartbeat after end of session %x", got)
	}
}

func TestRequestRoundTrip(t *testing.T) {
	want := Request{session, 42, 7}
	var got Request
	b := want.Append(nil)
	if !bytes.Equal(b, raw(42, 7)) || !got.Decode(b) || got != want {
		t.Errorf("request %x decodes to %+v, want %+v", b, got, want)
	}
	for name, b := range map[string][]byte{
		"short": b[:19], "long": append(b, 0), "for nothing": raw(42, 0), "past the last number": raw(1<<64-1, 1),
	} {
		if got.Decode(b) {
			t.Errorf("a request that is %s is taken", name)
		}
	}
}

func TestNoAllocs(t *testing.T) {
	b := NewBuilder(session, 1, 0)
	msg := make([]byte, 36)
	req := make([]byte, 0, RequestSize)
	sum := 0
	if n := testing.AllocsPerRun(100, func() {
		for b.Add(msg) {
		}
		p, _ := Decode(b.Flush())
		for m, ok := p.Next(); ok; m, ok = p.Next() {
			sum += len(m)
		}
		r := Request{p.Session, p.Sequence, p.Count}
		sum += len(r.Append(req))
		hb, _ := Decode(b.Heartbeat())
		sum += hb.Messages()
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	if sum == 0 {
		t.Error("nothing was packed")
	}
}
