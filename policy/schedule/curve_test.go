package schedule

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

const t0 = market.Nanos(1_700_000_000_000_000_000)

func TestTargetAtTheEdgesOfTheWindow(t *testing.T) {
	c := Linear()
	minute := 60 * market.Second
	cases := []struct {
		name            string
		qty, lot        market.Qty
		start, end, now market.Nanos
		want            market.Qty
	}{
		{"before the start nothing is due", 1000, 1, t0, t0 + minute, t0 - 1, 0},
		{"at the start nothing is due", 1000, 1, t0, t0 + minute, t0, 0},
		{"at a tenth a tenth is due, exactly", 100, 1, t0, t0 + minute, t0 + 6*market.Second, 10},
		{"at a third a third is due, rounded down", 1000, 1, t0, t0 + minute, t0 + 20*market.Second, 333},
		{"the target is rounded down to the lot", 1000, 100, t0, t0 + minute, t0 + 20*market.Second, 300},
		{"one nanosecond before the end the last lot is not due", 1000, 100, t0, t0 + minute, t0 + minute - 1, 900},
		{"at the end everything is due", 1000, 100, t0, t0 + minute, t0 + minute, 1000},
		{"after the end everything is due", 1000, 100, t0, t0 + minute, t0 + 2*minute, 1000},
		{"at the end an odd lot is due too", 1050, 100, t0, t0 + minute, t0 + minute, 1050},
		{"a window that is backwards has ended", 1000, 100, t0 + minute, t0, t0, 1000},
		{"a negative quantity is nothing", -5, 100, t0, t0 + minute, t0 + minute, 0},
		{"a lot of 0 counts as 1", 100, 0, t0, t0 + minute, t0 + 6*market.Second, 10},
		{"the largest quantity and window stay exact", math.MaxInt64, 1, math.MinInt64, math.MaxInt64, 0, 1 << 62},
	}
	for _, tc := range cases {
		if got := c.Target(tc.qty, tc.lot, tc.start, tc.end, tc.now); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
}

// drawCurve is any valid curve: the four kinds, or a random one.
func drawCurve(t *rapid.T) Curve {
	switch rapid.IntRange(0, 2).Draw(t, "kind of curve") {
	case 0:
		return AlmgrenChriss(rapid.Uint32Range(0, 20_000).Draw(t, "kappaT, milli"))
	case 1:
		p, err := UShape(t0, t0+6*3600*market.Second)
		if err != nil {
			t.Fatal(err)
		}
		start := t0 + market.Nanos(rapid.Int64Range(-3600, 6*3600).Draw(t, "start, s"))*market.Second
		return Volume(p, start, start+market.Nanos(rapid.Int64Range(0, 7200).Draw(t, "window, s"))*market.Second)
	}
	var c Curve
	for j := 1; j < Points; j++ {
		c[j] = rapid.Uint32Range(c[j-1], One).Draw(t, "point")
	}
	c[Points] = One
	return c
}

func drawNanos(t *rapid.T, name string) market.Nanos {
	return market.Nanos(rapid.OneOf(rapid.Int64(), rapid.Int64Range(int64(t0), int64(t0)+int64(market.Day))).Draw(t, name))
}

// slowTarget is Target in rational numbers.
func slowTarget(c *Curve, qty, lot market.Qty, start, end, now market.Nanos) market.Qty {
	if qty <= 0 {
		return 0
	}
	if now >= end {
		return qty
	}
	if now <= start {
		return 0
	}
	window := new(big.Int).Sub(big.NewInt(int64(end)), big.NewInt(int64(start)))
	u := new(big.Rat).SetFrac(new(big.Int).Sub(big.NewInt(int64(now)), big.NewInt(int64(start))), window)
	u.Mul(u, big.NewRat(Points, 1))
	j := new(big.Int).Quo(u.Num(), u.Denom())
	n := int(j.Int64())
	u.Sub(u, new(big.Rat).SetInt(j))
	u.Mul(u, big.NewRat(int64(c[n+1])-int64(c[n]), One))
	u.Add(u, big.NewRat(int64(c[n]), One))
	u.Mul(u, big.NewRat(int64(qty), 1))
	q := market.Qty(new(big.Int).Quo(u.Num(), u.Denom()).Int64())
	if lot > 1 {
		q -= q % lot
	}
	return q
}

func TestTargetEqualsRationalArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCurve(t)
		qty := market.Qty(rapid.Int64Range(-10, 1<<40).Draw(t, "qty"))
		lot := market.Qty(rapid.Int64Range(1, 1000).Draw(t, "lot"))
		start := t0 + market.Nanos(rapid.Int64Range(0, 1000).Draw(t, "start"))
		end := start + market.Nanos(rapid.Int64Range(0, int64(market.Day)).Draw(t, "window"))
		now := start + market.Nanos(rapid.Int64Range(-5, int64(end-start)+5).Draw(t, "now"))
		if got, want := c.Target(qty, lot, start, end, now), slowTarget(&c, qty, lot, start, end, now); got != want {
			t.Fatalf("Target(%d, %d, %d, %d, %d) = %d, want %d", qty, lot, start, end, now, got, want)
		}
	})
}

func TestTargetIsMonotoneBoundedInLotsAndExactAtTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCurve(t)
		qty := market.Qty(rapid.Int64().Draw(t, "qty"))
		lot := market.Qty(rapid.OneOf(rapid.Int64(), rapid.Int64Range(1, 500)).Draw(t, "lot"))
		start, end := drawNanos(t, "start"), drawNanos(t, "end")
		a, b := drawNanos(t, "now"), drawNanos(t, "later")
		if a > b {
			a, b = b, a
		}
		x, y := c.Target(qty, lot, start, end, a), c.Target(qty, lot, start, end, b)
		if x > y {
			t.Fatalf("the target fell from %d to %d", x, y)
		}
		for i, q := range []market.Qty{x, y} {
			if q < 0 || q > max(qty, 0) {
				t.Fatalf("target %d outside [0, %d]", q, qty)
			}
			if ended := []market.Nanos{a, b}[i] >= end; ended && q != max(qty, 0) {
				t.Fatalf("target %d at the end, want %d", q, qty)
			} else if !ended && lot > 0 && q%lot != 0 {
				t.Fatalf("target %d is no multiple of the lot %d", q, lot)
			}
		}
	})
}

// valid fails unless c is a curve.
func valid(t interface{ Fatalf(string, ...any) }, c *Curve) {
	if c[0] != 0 || c[Points] != One {
		t.Fatalf("the curve goes from %d to %d", c[0], c[Points])
	}
	for j := 1; j <= Points; j++ {
		if c[j] < c[j-1] {
			t.Fatalf("the curve falls at %d: %d after %d", j, c[j], c[j-1])
		}
	}
}

func TestCurvesAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCurve(t)
		valid(t, &c)
		c = AlmgrenChriss(rapid.Uint32().Draw(t, "any urgency"))
		valid(t, &c)
	})
}

func TestAlmgrenChrissFollowsTheFormula(t *testing.T) {
	for _, milli := range []uint32{0, 1, 2, 7, 100, 500, 1000, 1234, 2000, 5000, 10_000, 31_999, 32_000, 32_001, 64_000, 100_000, 300_000, KappaTMaxMilli} {
		c := AlmgrenChriss(milli)
		k := float64(milli) / 1000
		for j := range c {
			u := float64(j) / Points
			// sinh(k(1-u))/sinh(k), in the form that does not overflow
			left := (math.Exp(-k*u) - math.Exp(-k*(2-u))) / (1 - math.Exp(-2*k))
			if milli == 0 {
				left = 1 - u
			}
			if got := float64(c[j]) / One; math.Abs(got-(1-left)) > 1e-8 {
				t.Errorf("kappaT %g, point %d: %.10f, want %.10f", k, j, got, 1-left)
			}
		}
	}
	if AlmgrenChriss(KappaTMaxMilli) != AlmgrenChriss(math.MaxUint32) {
		t.Error("an urgency above the largest is not the largest")
	}
}

func TestMoreUrgencyIsNeverLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Uint32Range(0, 200_000).Draw(t, "kappaT")
		b := rapid.Uint32Range(a, 200_000).Draw(t, "higher kappaT")
		x, y := AlmgrenChriss(a), AlmgrenChriss(b)
		for j := range x {
			if int64(y[j]) < int64(x[j])-1 { // one unit of rounding
				t.Fatalf("point %d: %d at %d, %d at %d", j, x[j], a, y[j], b)
			}
		}
	})
}
