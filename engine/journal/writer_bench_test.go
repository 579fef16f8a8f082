package journal

import (
	"testing"

	"slipstream/engine"
	"slipstream/engine/ring"
)

// BenchmarkPut is what the journal costs the hot thread for a packet of 400 bytes
// that leads to one order of 180 bytes and one decision.
func BenchmarkPut(b *testing.B) {
	r, err := ring.NewBytes(1 << 20)
	if err != nil {
		b.Fatal(err)
	}
	w := NewWriter(r)
	in := engine.Input{Kind: engine.InPacket, Bytes: make([]byte, 400)}
	fx := engine.Effects{Venue: make([]byte, 180), Decisions: make([]engine.Decision, 1)}
	for b.Loop() {
		w.PutInput(&in)
		w.PutEffects(0, &fx)
		for _, ok := r.Read(); ok; _, ok = r.Read() {
			r.Release()
		}
	}
	if w.Lost() != 0 {
		b.Fatal("records were lost")
	}
}
