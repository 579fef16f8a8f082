package takeup

import (
	"path/filepath"
	"testing"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
)

// BenchmarkPutInput is the hot thread's side of the journal, a packet of 200 bytes: on the heap as
// it was, and in a mapped file. The same goroutine frees the ring, as fast as it fills.
func BenchmarkPutInput(b *testing.B) {
	const size = 64 << 20
	heap, err := ring.NewBytes(size)
	if err != nil {
		b.Fatal(err)
	}
	file, err := CreateRing(filepath.Join(b.TempDir(), "journal.ring"), size, testStart)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct {
		name string
		r    *ring.Bytes
	}{{"heap", heap}, {"file", file.Bytes}} {
		b.Run("ring="+c.name, func(b *testing.B) {
			w := journal.NewWriter(c.r)
			in := engine.Input{Kind: engine.InPacket, Bytes: make([]byte, 200)}
			b.ReportAllocs()
			for i := range b.N {
				if !w.PutInput(&in) {
					b.Fatal("the ring is full")
				}
				if i%1024 == 1023 {
					for {
						if _, ok := c.r.Read(); !ok {
							break
						}
						c.r.Keep()
					}
					c.r.Release()
				}
			}
		})
	}
}
