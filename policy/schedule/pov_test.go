package schedule

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

func TestRoomKeepsParticipationWithOurOwnTradeIncluded(t *testing.T) {
	cases := []struct {
		name        string
		ppm         uint32
		volume, cum market.Qty
		want        market.Qty
	}{
		{"10 % of nothing is nothing", 100_000, 0, 0, 0},
		{"the others traded 900: 100 more make 10 % of 1000", 100_000, 900, 0, 100},
		{"1000 with our 100 in it: exactly 10 %, no room", 100_000, 1000, 100, 0},
		{"1000 with our 50 in it: others 950, due 105", 100_000, 1000, 50, 55},
		{"ahead of the rate: no room, not a negative one", 100_000, 1000, 500, 0},
		{"half: as much as the others", 500_000, 700, 200, 300},
		{"a rate of 0 gives no room", 0, 1_000_000, 0, 0},
		{"a rate of 100 % has no bound", Million, 0, 0, NoRoomLimit},
		{"a volume that lacks our fills counts as ours alone", 100_000, 10, 100, 0},
		{"a room beyond int64 is no bound", Million - 1, math.MaxInt64, 0, NoRoomLimit},
	}
	for _, tc := range cases {
		if got := Room(tc.ppm, tc.volume, tc.cum); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestRoomIsTheLargestThatKeepsTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ppm := rapid.Uint32Range(0, Million-1).Draw(t, "ppm")
		cum := rapid.Int64Range(0, 1<<50).Draw(t, "cum")
		volume := rapid.Int64Range(cum, 1<<51).Draw(t, "volume")
		x := int64(Room(ppm, market.Qty(volume), market.Qty(cum)))
		keeps := func(x int64) bool { // 1e6*(cum+x) <= ppm*(volume+x)
			ours := new(big.Int).Add(big.NewInt(cum), big.NewInt(x))
			all := new(big.Int).Add(big.NewInt(volume), big.NewInt(x))
			return ours.Mul(ours, big.NewInt(Million)).Cmp(all.Mul(all, big.NewInt(int64(ppm)))) <= 0
		}
		if x > 0 && !keeps(x) {
			t.Fatalf("%d more break %d ppm", x, ppm)
		}
		if x+cum < int64(NoRoomLimit) && keeps(x+1) {
			t.Fatalf("room is %d, but %d would keep %d ppm", x, x+1, ppm)
		}
	})
}

func TestPOVTargets(t *testing.T) {
	cases := []struct {
		name                           string
		ppm                            uint32
		volume, cum, qty, lot, catchUp market.Qty
		want                           market.Qty
	}{
		{"on the rate", 100_000, 9_000, 0, 5_000, 100, 0, 1_000},
		{"rounded down to the lot", 100_000, 9_899, 0, 5_000, 100, 0, 1_000},
		{"a burst is caught up in parts", 100_000, 90_000, 1_000, 50_000, 100, 500, 1_500},
		{"never above the quantity", 100_000, 9_000_000, 0, 5_000, 100, 0, 5_000},
		{"the last odd lot is asked for", 100_000, 9_000_000, 5_000, 5_050, 100, 100, 5_050},
		{"ahead of the rate: what is done", 100_000, 1_000, 500, 5_000, 100, 0, 500},
		{"a rate of 0 asks for nothing", 0, 1_000, 0, 5_000, 100, 0, 0},
		{"no quantity", 100_000, 9_000, 0, 0, 100, 0, 0},
	}
	for _, tc := range cases {
		if got := POV(tc.ppm, tc.volume, tc.cum, tc.qty, tc.lot, tc.catchUp); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestPOVIsMonotoneBoundedAndCapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ppm := rapid.Uint32().Draw(t, "ppm")
		any := rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 100_000))
		qty, cum, lot, catchUp := market.Qty(any.Draw(t, "qty")), market.Qty(any.Draw(t, "cum")), market.Qty(any.Draw(t, "lot")), market.Qty(any.Draw(t, "catchUp"))
		a, b := any.Draw(t, "volume"), any.Draw(t, "more volume")
		x := POV(ppm, market.Qty(min(a, b)), cum, qty, lot, catchUp)
		y := POV(ppm, market.Qty(max(a, b)), cum, qty, lot, catchUp)
		if x > y {
			t.Fatalf("more volume lowered the target from %d to %d", x, y)
		}
		if x < 0 || y > max(qty, 0) {
			t.Fatalf("targets %d, %d outside [0, %d]", x, y, qty)
		}
		done := min(max(cum, 0), max(qty, 0))
		if catchUp > 0 && y-done > catchUp {
			t.Fatalf("target %d with %d done: more than the catch-up of %d", y, done, catchUp)
		}
		if y != qty && lot > 0 && y%lot != 0 {
			t.Fatalf("target %d is no multiple of the lot %d", y, lot)
		}
	})
}

func TestSlicesCoverTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, end := drawNanos(t, "start"), drawNanos(t, "end")
		slice := market.Nanos(rapid.OneOf(rapid.Int64Range(-1, 1<<62), rapid.Int64Range(1, int64(market.Day))).Draw(t, "slice"))
		now := drawNanos(t, "now")
		n, i := SliceCount(start, end, slice), SliceIndex(start, end, slice, now)
		if uint64(end)-uint64(start) > 1<<62 {
			return // more slices than int64 has room for is not a window
		}
		if n < 1 || i < 0 || i >= n {
			t.Fatalf("slice %d of %d", i, n)
		}
		if SliceEnd(start, end, slice, n-1) != end {
			t.Fatalf("the last slice ends at %d, the window at %d", SliceEnd(start, end, slice, n-1), end)
		}
		if now >= start && now < end {
			if to := SliceEnd(start, end, slice, i); now >= to || (i > 0 && now < SliceEnd(start, end, slice, i-1)) {
				t.Fatalf("%d is not in slice %d, which ends at %d", now, i, to)
			}
		}
	})
}

func TestSliceTable(t *testing.T) {
	const s = market.Second
	cases := []struct {
		name        string
		slice, now  market.Nanos
		count, want int64
		end         market.Nanos
	}{
		{"before the start", 4 * s, -s, 3, 0, 4 * s},
		{"at the start", 4 * s, 0, 3, 0, 4 * s},
		{"the last nanosecond of the first", 4 * s, 4*s - 1, 3, 0, 4 * s},
		{"the start of the second", 4 * s, 4 * s, 3, 1, 8 * s},
		{"the short last one", 4 * s, 9 * s, 3, 2, 10 * s},
		{"after the end", 4 * s, 11 * s, 3, 2, 10 * s},
		{"slices that divide the window", 5 * s, 5 * s, 2, 1, 10 * s},
		{"no slice is the whole window", 0, 9 * s, 1, 0, 10 * s},
		{"a slice longer than the window", 60 * s, 9 * s, 1, 0, 10 * s},
	}
	for _, tc := range cases {
		n, i := SliceCount(t0, t0+10*s, tc.slice), SliceIndex(t0, t0+10*s, tc.slice, t0+tc.now)
		if e := SliceEnd(t0, t0+10*s, tc.slice, i); n != tc.count || i != tc.want || e != t0+tc.end {
			t.Errorf("%s: slice %d of %d ends at %d", tc.name, i, n, e-t0)
		}
	}
}

func TestTargetsDoNotAllocate(t *testing.T) {
	p, err := UShape(t0, t0+6*3600*market.Second)
	if err != nil {
		t.Fatal(err)
	}
	sum := market.Qty(0)
	if n := testing.AllocsPerRun(100, func() {
		for _, c := range [...]Curve{Linear(), AlmgrenChriss(2500), Volume(p, t0, t0+600*market.Second)} {
			for now := t0; now < t0+600*market.Second; now += 30 * market.Second {
				sum += c.Target(10_000, 100, t0, t0+600*market.Second, now) + POV(100_000, sum, 0, 10_000, 100, 500)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations per run", n)
	}
	if sum == 0 {
		t.Error("no target was ever above 0")
	}
}
