package journal

import (
	"encoding/binary"
	"testing"

	"slipstream/engine"
	"slipstream/engine/ring"
	"slipstream/fix"
	"slipstream/internal/market"
)

// echoCore is a pure core whose effects depend on everything it saw so far.
type echoCore struct {
	sum  uint64
	fx   engine.Effects
	bias uint64 // another core: different from the seventh input on
	n    int
}

func (c *echoCore) Step(in *engine.Input) *engine.Effects {
	c.n++
	c.sum = c.sum*31 + uint64(in.Kind) + uint64(in.Now)
	for _, b := range in.Bytes {
		c.sum = c.sum*31 + uint64(b)
	}
	if c.n >= 7 {
		c.sum += c.bias
	}
	if in.Command != nil {
		c.sum += uint64(in.Command.OrderQty)
	}
	c.fx = engine.Effects{Venue: c.fx.Venue[:0], FeedRequest: c.fx.FeedRequest[:0], Reports: c.fx.Reports[:0],
		Decisions: c.fx.Decisions[:0], Events: c.fx.Events[:0]}
	if in.Kind == engine.InPacket {
		c.fx.Decisions = append(c.fx.Decisions, engine.Decision{Now: in.Now, Parent: c.sum})
		c.fx.Venue = binary.LittleEndian.AppendUint64(c.fx.Venue, c.sum)
	}
	if in.Kind == engine.InCommand {
		c.fx.Reports = append(c.fx.Reports, fix.Report{Serial: c.sum}, fix.Report{Serial: c.sum + 1})
	}
	if in.Kind == engine.InTimer {
		c.fx.FeedRequest = binary.LittleEndian.AppendUint64(c.fx.FeedRequest, c.sum)
		c.fx.Events = append(c.fx.Events, engine.Event{Now: in.Now, Code: engine.EvFeedGap, A: int64(c.sum)})
	}
	if in.Kind == engine.InVenueBytes { // longer than a record: cut into several
		for len(c.fx.Venue) < 3*MaxPayload+5 {
			c.fx.Venue = binary.LittleEndian.AppendUint64(c.fx.Venue, c.sum)
		}
	}
	return &c.fx
}

// script is a list of inputs of every shape.
func script(n int) []engine.Input {
	var out []engine.Input
	for i := range n {
		in := engine.Input{Now: market.Nanos(1000 + i)}
		switch i % 5 {
		case 0:
			in.Kind, in.Line, in.Bytes = engine.InPacket, uint8(i%3), binary.LittleEndian.AppendUint64(nil, uint64(i))
		case 1:
			in.Kind, in.Command = engine.InCommand, &fix.Command{Kind: fix.NewParent, OrderQty: market.Qty(i)}
		case 2:
			in.Kind = engine.InTimer
		case 3:
			in.Kind = engine.InVenueUp
		case 4:
			in.Kind = engine.InPacket
			if i%50 == 4 {
				in.Kind = engine.InVenueBytes
			}
			in.Bytes = make([]byte, i%97)
		}
		out = append(out, in)
	}
	return out
}

// live runs a core over inputs as the loop does and hands each record to sink.
func live(t testing.TB, core Core, inputs []engine.Input, sink func(rec []byte)) {
	t.Helper()
	r, err := ring.NewBytes(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(r)
	drain := func() {
		for {
			b, ok := r.Read()
			if !ok {
				return
			}
			sink(b)
			r.Release()
		}
	}
	for i := range inputs {
		if !w.PutInput(&inputs[i]) || !w.PutEffects(inputs[i].Now, core.Step(&inputs[i])) {
			t.Fatal("the ring is full")
		}
		if i%10 == 9 && !w.PutMark(inputs[i].Now, false) {
			t.Fatal("the ring is full")
		}
		if !w.PutEvent(&engine.Event{Now: inputs[i].Now, Code: EvVenueConnected}) {
			t.Fatal("the ring is full")
		}
		drain()
	}
	if !w.PutMark(0, true) {
		t.Fatal("the ring is full")
	}
	drain()
}

// fileOf is one whole segment in memory.
func fileOf(t testing.TB, core Core, n int) []byte {
	t.Helper()
	h := Header{Start: 1_700_000_000_000_000_000, Config: []byte("a = 1\n"), State: []byte{1, 2, 3}}
	file, err := h.append(nil)
	if err != nil {
		t.Fatal(err)
	}
	live(t, core, script(n), func(rec []byte) { file = appendFrame(file, rec) })
	return file
}
