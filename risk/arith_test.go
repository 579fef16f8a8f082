package risk

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

func TestArithmeticEqualsArbitraryPrecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, n := rapid.Int64Range(0, 1<<61).Draw(t, "v"), rapid.Uint32Range(0, 10_000).Draw(t, "bps")
		want := new(big.Int).Mul(big.NewInt(v), big.NewInt(int64(n)))
		if want.Quo(want, big.NewInt(10_000)); bps(v, n) != want.Int64() {
			t.Fatalf("bps(%d, %d) = %d, want %v", v, n, bps(v, n), want)
		}
		q, p, limit := rapid.Int64().Draw(t, "qty"), rapid.Int64().Draw(t, "price"), rapid.Int64Range(1, math.MaxInt64).Draw(t, "limit")
		prod := new(big.Int).Mul(big.NewInt(q), big.NewInt(p))
		if got := over(market.Qty(q), market.Price(p), limit); got != (q < 0 || p < 0 || prod.Cmp(big.NewInt(limit)) > 0) {
			t.Fatalf("over(%d, %d, %d) = %v", q, p, limit, got)
		}
		tick, ticks := rapid.Int64Range(1, int64(MaxPrice)).Draw(t, "tick"), rapid.Uint32Range(0, 1_000_000).Draw(t, "ticks")
		want = new(big.Int).Mul(big.NewInt(2*tick), big.NewInt(int64(ticks)))
		if most := big.NewInt(1 << 62); want.Cmp(most) > 0 {
			want = most
		}
		if got := ticks2(market.Price(tick), ticks); got != want.Int64() {
			t.Fatalf("ticks2(%d, %d) = %d, want %v", tick, ticks, got, want)
		}
	})
}

// The log against a recount of the whole history, at small times too, where an
// empty place of the ring must not pass for a message.
func TestRateEqualsACountOfTheHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, window := rapid.IntRange(1, 6).Draw(t, "messages"), market.Nanos(rapid.Int64Range(1, 20).Draw(t, "window"))
		r, now := newRate(n, window), market.Nanos(rapid.Int64Range(-10, 10).Draw(t, "start"))
		var history []market.Nanos
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += market.Nanos(rapid.Int64Range(0, 8).Draw(t, "pause"))
			in := 0
			for _, at := range history {
				if now-at < window {
					in++
				}
			}
			for k := -1; k <= n; k++ {
				if got := r.full(now, k); got != (in >= k) {
					t.Fatalf("at %d: full(%d) = %v with %d messages since %d", now, k, got, in, now-window)
				}
			}
			if rapid.Bool().Draw(t, "send") {
				r.add(now)
				history = append(history, now)
			}
		}
	})
}
