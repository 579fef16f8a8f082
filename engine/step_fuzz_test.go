package engine

import (
	"testing"

	"slipstream/fix"
	"slipstream/internal/market"
)

// FuzzStep feeds an engine arbitrary inputs: whatever comes over a socket, nothing
// panics, time never goes back in the effects, and no order leaves, for there is
// no market and no logged-on venue in it.
func FuzzStep(f *testing.F) {
	f.Add([]byte{1, 0, 20, 'S', 'E', 'S', 'S', 'I', 'O', 'N', ' ', ' ', ' ', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0})
	f.Add([]byte{2, 0, 0, 4, 0, 30, '8', '=', 'F', 'I', 'X', '.', '4', '.', '4', 1, '9', '=', '5', 1, '3', '5', '=', '0', 1, '1', '0', '=', '1', '6', '3', 1})
	f.Add([]byte{7, 1, 9, 7, 3, 2, 8, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		e := newEngine(t)
		now := day + 50_000*market.Second
		for len(b) >= 3 {
			in := Input{Kind: Kind(b[0]) % KindCount, Line: b[1] % 4, Now: now}
			n := min(int(b[2]), len(b)-3)
			in.Bytes = b[3 : 3+n]
			if in.Kind == InCommand {
				in.Command = fuzzCommand(in.Bytes)
			}
			b = b[3+n:]
			now += market.Nanos(b2(in.Bytes)) * market.Microsecond
			fx := e.Step(&in)
			if fx.NewOrders != 0 {
				t.Fatal("an order left without a market")
			}
			if fx.Timer <= in.Now {
				t.Fatalf("timer at %d, now is %d", fx.Timer, in.Now)
			}
		}
	})
}

func b2(b []byte) int {
	if len(b) < 2 {
		return 1
	}
	return int(b[0])<<8 | int(b[1])
}

func fuzzCommand(b []byte) *fix.Command {
	at := func(i int) int64 {
		if i < len(b) {
			return int64(int8(b[i]))
		}
		return 0
	}
	c := &fix.Command{
		Kind: fix.CommandKind(at(0)), Desk: uint8(at(1)), Algo: market.Algo(at(2)), Tactic: market.Tactic(at(3)), Side: market.Side(at(4)),
		OrdType: byte(at(5)), Instrument: market.InstrumentID(at(6)), ParticipationPpm: uint32(at(7)), OrderQty: market.Qty(at(8) << 30),
		Price: market.Price(at(9) << 50), StartNanos: market.Nanos(at(10) << 56), EndNanos: market.Nanos(at(11) << 56),
	}
	c.ClOrdID, c.OrigClOrdID = clOrdID(string(rune('a'+at(12)&3))), clOrdID(string(rune('a'+at(13)&3)))
	return c
}
