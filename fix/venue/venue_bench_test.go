package venue

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"slipstream/fix"
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// sampleBatch is how many operations one time sample covers: the clock costs about 40 ns, so
// a sample of one would mostly time the clock. A percentile is one of batch means.
const sampleBatch = 16

// samplesMax bounds the samples kept, so that keeping them allocates once.
const samplesMax = 1 << 20

// measure runs op b.N times and reports percentiles over batches of sampleBatch.
func measure(b *testing.B, op func(i int)) {
	b.Helper()
	samples := make([]float64, 0, samplesMax)
	b.ReportAllocs()
	for i := 0; b.Loop(); i += sampleBatch {
		start := time.Now()
		for j := range sampleBatch {
			op(i + j)
		}
		if took := time.Since(start); len(samples) < samplesMax {
			samples = append(samples, float64(took.Nanoseconds())/sampleBatch)
		}
	}
	slices.Sort(samples)
	at := func(q float64) float64 { return samples[int(q*float64(len(samples)-1))] }
	b.ReportMetric(at(0.50), "p50-ns")
	b.ReportMetric(at(0.99), "p99-ns")
	b.ReportMetric(at(0.999), "p99.9-ns")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkEncodeNewOrderSingle: a whole limit order, CheckSum included, against
// quickfixgo's building of the same fields. allocs/op is per 16 operations.
func BenchmarkEncodeNewOrderSingle(b *testing.B) {
	b.Run("codec=venue", func(b *testing.B) {
		e := newTestEncoder(b, Config{Account: "DESK1"})
		o := limitOrder
		dst := make([]byte, 0, MessageBytesMax)
		now := testNow
		measure(b, func(i int) {
			o.Child = ChildIDBase(testEpoch) + uint64(i%1e6) + 1
			now += 1234
			dst = e.AppendNew(dst[:0], 1000+uint64(i), now, &o)
		})
		if _, fault := parse(dst); fault != wire.FaultNone {
			b.Fatal(fault)
		}
	})
	b.Run("codec=quickfixgo", func(b *testing.B) {
		e := newTestEncoder(b, Config{Account: "DESK1"})
		var size int
		want := len(e.AppendNew(nil, 1000, testNow, &limitOrder))
		id := e.appendClOrdID(nil, limitOrder.Child)
		measure(b, func(i int) {
			m := quickfix.NewMessage()
			m.Header.SetString(8, "FIX.4.4")
			m.Header.SetString(35, "D")
			m.Header.SetInt(34, 1000)
			m.Header.SetString(49, "SLIP")
			m.Header.SetField(52, quickfix.FIXUTCTimestamp{Time: time.Unix(0, int64(testNow)).UTC(), Precision: quickfix.Micros})
			m.Header.SetString(56, "VENUE")
			m.Body.SetBytes(11, id)
			m.Body.SetString(1, "DESK1")
			m.Body.SetString(21, "1")
			m.Body.SetString(55, "AMZN")
			m.Body.SetString(54, "1")
			m.Body.SetField(60, quickfix.FIXUTCTimestamp{Time: time.Unix(0, int64(testNow)).UTC(), Precision: quickfix.Micros})
			m.Body.SetInt(38, 500)
			m.Body.SetString(40, "2")
			m.Body.SetString(44, "187.25")
			m.Body.SetString(59, "0")
			size = len(m.String())
		})
		if size != want {
			b.Fatalf("quickfixgo built %d bytes, ours has %d", size, want)
		}
	})
}

// leanReport is the same fill with the fields that FIX 4.4 requires and no more.
const leanReport = "35=8|34=1234|49=VENUE|52=20261103-14:30:00.123|56=SLIP|37=987654321|17=E100200|" +
	"11=S2611030001100000042|150=F|39=1|55=AMZN|54=1|38=500|32=100|31=187.25|14=300|151=200|6=187.2467|60=20261103-14:30:00.123|"

// BenchmarkDecodeExecutionReport: from stream bytes to the struct (frame, CheckSum,
// index, decode), against quickfixgo's parse of the same bytes, which checks no CheckSum.
func BenchmarkDecodeExecutionReport(b *testing.B) {
	for _, msg := range []struct{ name, body string }{{"full", execReport}, {"lean", leanReport}} {
		raw := frame(msg.body)
		b.Run("msg="+msg.name+"/codec=venue", func(b *testing.B) {
			var m wire.Message
			var r ExecReport
			measure(b, func(int) {
				n, fault := wire.Frame(raw, 4096)
				if fault != wire.FaultNone || wire.Parse(raw[:n], &m) != wire.FaultNone ||
					DecodeExecReport(&m, &r) != wire.FaultNone {
					b.Fatal("decode failed")
				}
			})
			if r.ChildID == 0 || r.LastQty != 100 || r.ExecType != fix.ExecTrade {
				b.Fatalf("decoded %+v", r)
			}
		})
		b.Run("msg="+msg.name+"/codec=quickfixgo", func(b *testing.B) {
			var last int
			measure(b, func(int) {
				m := quickfix.NewMessage()
				if err := quickfix.ParseMessage(m, bytes.NewBuffer(raw)); err != nil {
					b.Fatal(err)
				}
				if _, err := m.Body.GetBytes(11); err != nil {
					b.Fatal(err)
				}
				qty, err := m.Body.GetInt(32)
				if err != nil {
					b.Fatal(err)
				}
				last = qty
			})
			if market.Qty(last) != 100 {
				b.Fatalf("quickfixgo read LastQty %d", last)
			}
		})
		b.Run("msg="+msg.name+"/codec=quickfixgo-reused", func(b *testing.B) {
			m := quickfix.NewMessage()
			measure(b, func(int) {
				if err := quickfix.ParseMessage(m, bytes.NewBuffer(raw)); err != nil {
					b.Fatal(err)
				}
			})
			if m.Body.Len() == 0 {
				b.Fatal("nothing was parsed")
			}
		})
	}
}
