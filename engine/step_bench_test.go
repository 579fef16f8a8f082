package engine

import (
	"fmt"
	"testing"

	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

// BenchmarkStepWithManyParents is what a Step costs that concerns no parent while
// many are open: it must not grow with their number.
func BenchmarkStepWithManyParents(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("parents-%d", n), func(b *testing.B) {
			c := testConfig()
			c.MaxParents, c.Risk.Global.MaxParents = 1024, 1024
			e, err := New(c, new(session.State))
			if err != nil {
				b.Fatal(err)
			}
			e.now = day + 50_000*market.Second
			e.posture = 0
			for i := range n {
				e.order(fmt.Sprintf("p%d", i), func(c *fix.Command) { c.StartNanos = e.now + 50*market.Second })
			}
			in := Input{Kind: NoInput, Now: e.now}
			e.Step(&in)
			if len(e.active) != n {
				b.Fatalf("%d parents are open, want %d", len(e.active), n)
			}
			b.ResetTimer()
			for range b.N {
				in.Now++
				e.Step(&in)
			}
		})
	}
}
