package moldudp64

import "testing"

// BenchmarkPacket decodes a full packet of 36-byte messages and walks it.
func BenchmarkPacket(b *testing.B) {
	builder := NewBuilder(session, 1, 0)
	for builder.Add(make([]byte, 36)) {
	}
	want := builder.Pending()
	pkt := builder.Flush()
	msgs := 0
	b.ReportAllocs()
	for b.Loop() {
		p, fault := Decode(pkt)
		if fault != FaultNone {
			b.Fatal(fault)
		}
		for _, ok := p.Next(); ok; _, ok = p.Next() {
			msgs++
		}
	}
	if msgs != want*b.N {
		b.Fatalf("%d messages from %d packets of %d", msgs, b.N, want)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(msgs), "ns/msg")
	b.ReportMetric(float64(want), "msgs/packet")
}
