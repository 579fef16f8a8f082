package engine

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

func cents(n int64) market.Price { return market.Price(n) * market.PriceUnit / 100 }

func TestPricesStayWithinTheLimitAndTheSpread(t *testing.T) {
	for _, c := range []struct {
		name          string
		side          market.Side
		limit         int64 // cents; 0 = none
		rest, improve int64
		cross         int64 // 0 = forbidden
	}{
		{"a buy rests at the bid and crosses at the ask", market.Buy, 0, 10000, 10001, 10003},
		{"a sell rests at the ask and crosses at the bid", market.Sell, 0, 10003, 10002, 10000},
		{"a buy limit between the touch forbids crossing", market.Buy, 10001, 10000, 10001, 0},
		{"a buy limit below the bid moves the resting price down", market.Buy, 9990, 9990, 9990, 0},
		{"a sell limit above the ask moves the resting price up", market.Sell, 10010, 10010, 10010, 0},
		{"a limit at the far touch allows crossing", market.Buy, 10003, 10000, 10001, 10003},
	} {
		v := &View{Side: c.side, Bid: cents(10000), Ask: cents(10003), Tick: cents(1), Lot: 1, Limit: cents(c.limit)}
		if got := restPrice(v, false); got != cents(c.rest) {
			t.Errorf("%s: rests at %d, want %d", c.name, got, cents(c.rest))
		}
		if got := restPrice(v, true); got != cents(c.improve) {
			t.Errorf("%s: improves to %d, want %d", c.name, got, cents(c.improve))
		}
		if got, ok := crossPrice(v); ok != (c.cross != 0) || (ok && got != cents(c.cross)) {
			t.Errorf("%s: crosses at %d (%v), want %d", c.name, got, ok, cents(c.cross))
		}
	}
	v := &View{Side: market.Buy, Bid: cents(10000), Ask: cents(10001), Tick: cents(1)}
	if got := restPrice(v, true); got != v.Bid {
		t.Errorf("improving a spread of one tick gives %d, want the bid", got)
	}
}

// TestAveragePriceIsExact holds the 128-bit mean against big integers.
func TestAveragePriceIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var u uint128
		sum, n := new(big.Int), market.Qty(0)
		for range rapid.IntRange(1, 20).Draw(rt, "fills") {
			px := market.Price(rapid.Int64Range(1, 1<<60).Draw(rt, "px"))
			q := market.Qty(rapid.Int64Range(1, 1<<40).Draw(rt, "qty"))
			u.addProduct(px, q)
			n += q
			sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(px)), big.NewInt(int64(q))))
		}
		want := new(big.Int).Add(sum, big.NewInt(int64(n/2)))
		want.Div(want, big.NewInt(int64(n)))
		if got := u.over(n); !want.IsInt64() || int64(got) != want.Int64() {
			rt.Fatalf("mean %d, want %s", got, want)
		}
	})
	var zero uint128
	if zero.over(0) != 0 {
		t.Error("the mean of nothing is not 0")
	}
}

func TestFeaturesAreMirroredForTheOtherSide(t *testing.T) {
	buy := View{Side: market.Buy, Now: 5, Start: 0, End: 10, Tick: cents(1), Lot: 1, Bid: cents(10000), Ask: cents(10002), BidQty: 300, AskQty: 100, Qty: 1000, Cum: 250, Next: 600,
		Due: 300, SliceStart: 4, SliceEnd: 8, Resting: 100, Ahead: 300}
	sell := buy
	sell.Side, sell.BidQty, sell.AskQty = market.Sell, buy.AskQty, buy.BidQty
	up, down := flow{ofi: 256 * 50}, flow{ofi: -256 * 50}
	up.features(&buy, cents(10001)*2-cents(1))
	down.features(&sell, cents(10001)*2+cents(1))
	for i := range buy.Features {
		if i == FDrift { // relative to another arrival price
			if d := buy.Features[i] - sell.Features[i]; d > 1 || d < -1 {
				t.Errorf("drift %d and %d", buy.Features[i], sell.Features[i])
			}
			continue
		}
		if buy.Features[i] != sell.Features[i] {
			t.Errorf("feature %d: %d for the buy, %d for the mirrored sell", i, buy.Features[i], sell.Features[i])
		}
	}
	want := Features{FTimeLeft: 500_000, FInventoryLeft: 750_000, FBehind: 350_000, FSpread: 2000, FImbalance: 500_000, FMicro: 500, FFlow: 125_000,
		FOverdue: 50_000, FSliceLeft: 750_000, FResting: 100_000, FAhead: 750_000}
	want[FDrift] = buy.Features[FDrift]
	if buy.Features != want || want[FDrift] <= 0 {
		t.Errorf("features %v, want %v and a positive drift", buy.Features, want)
	}
}

func TestRatioNeverOverflows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := rapid.Int64().Draw(rt, "a"), rapid.Int64().Draw(rt, "b")
		if b == 0 {
			return
		}
		got := ratioPpm(a, b)
		exact := new(big.Int).Mul(big.NewInt(a), big.NewInt(1_000_000))
		exact.Quo(exact, big.NewInt(b))
		if exact.CmpAbs(big.NewInt(1<<31)) >= 0 {
			if got != 1<<31-1 && got != -1<<31 && b>>20 != 0 {
				rt.Fatalf("%d/%d: %d is not cut to the end of int32", a, b, got)
			}
			return
		}
		if exact.Sign() != 0 && got != 0 && (exact.Sign() > 0) != (got > 0) {
			rt.Fatalf("%d/%d: %d has the wrong sign, want %s", a, b, got, exact)
		}
	})
}
