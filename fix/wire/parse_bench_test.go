package wire

import "testing"

// BenchmarkParse: one ExecutionReport, by the assembly and by Go alone.
func BenchmarkParse(b *testing.B) {
	raw := frame(execReport)
	var m Message
	b.Run("index=vector", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if Parse(raw, &m) != FaultNone {
				b.Fatal("no message")
			}
		}
	})
	b.Run("index=go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, fault := m.index(raw); fault != FaultNone {
				b.Fatal(fault)
			}
		}
	})
}
