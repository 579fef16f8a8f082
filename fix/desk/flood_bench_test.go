package desk

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"slipstream/fix"
)

// BenchmarkOrderOfADesk is what one order costs the gateway, from the socket to Submit or
// to the refusal: the pace of a connection bounds how many there are.
func BenchmarkOrderOfADesk(b *testing.B) {
	for _, c := range []struct {
		name    string
		limit   int
		durable bool
	}{{"passed", 0, false}, {"refused", 1, false}, {"refused, stored", 1, true}} {
		b.Run("order="+c.name, func(b *testing.B) {
			cfg := testConfig()
			cfg.Now, cfg.CloseTimeout = time.Now, 20*time.Second
			cfg.Guard.MessagesPerSecond = 0
			cfg.Sessions = []Session{{SenderCompID: "GATE", TargetCompID: "FLOOD", Limits: Limits{MaxOrdersPerSecond: c.limit}}}
			var taken atomic.Int64
			cfg.Submit = func(*fix.Command) bool { taken.Add(1); return true }
			if c.durable {
				cfg.StoreDir, cfg.StoreSync = b.TempDir(), false
			}
			g, err := Open(cfg)
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			p := logon(b, g, "FLOOD")
			go func() {
				buf := make([]byte, 1<<16)
				for {
					if _, err := p.conn.Read(buf); err != nil {
						return
					}
				}
			}()
			var batch []byte
			for n := range b.N {
				batch = append(batch, encode("D", p.header(), orderNow(fmt.Sprint("B", n)))...)
				p.seq++
			}
			b.ReportAllocs()
			b.ResetTimer()
			p.write(batch)
			for end := time.Now().Add(time.Minute); int(taken.Load())+int(g.Stats().Refused) < b.N; {
				if time.Now().After(end) {
					b.Fatalf("%d of %d orders", taken.Load(), b.N)
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
}
