package accept

import (
	"math"
	"testing"

	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// at is an event's time in seconds.
func at(s float64) uint64 { return uint64(s * 1e9) }

func touch(bid, ask uint32, qty ...uint32) record.Touch {
	t := record.Touch{Bid: bid, Ask: ask, BidQty: 100, AskQty: 100}
	if len(qty) == 2 {
		t.BidQty, t.AskQty = qty[0], qty[1]
	}
	return t
}

// small is a stretch of ten seconds that one can follow by hand: a bid of 100.00, an ask
// of 100.02, raised to 100.04 by a buyer at 2 s, and a bid that follows at 5 s.
func small() *record.Day {
	a, b, c := touch(1000000, 1000200), touch(1000000, 1000400), touch(1000200, 1000400)
	return &record.Day{Symbol: "X", Tick: 100, Levels: 1, Start: at(0), End: at(10), Events: []record.Event{
		{Nanos: at(0.5), Kind: record.Add, Side: market.Buy, Ref: 1, Price: 1000000, Size: 100, Rest: 100, Level: 1, Before: a, After: a},
		{Nanos: at(2), Kind: record.Execute, Side: market.Sell, Ref: 2, Age: 1e9, Price: 1000200, Size: 100, Level: 1, Trade: 1, Before: a, After: b},
		{Nanos: at(5), Kind: record.Add, Side: market.Buy, Ref: 3, Price: 1000200, Size: 100, Rest: 100, Level: 0, Before: b, After: c},
		{Nanos: at(6), Kind: record.Delete, Side: market.Buy, Ref: 1, Age: 55e8, Price: 1000000, Size: 100, Level: 2, Before: c, After: c},
	}}
}

func TestSeriesByHand(t *testing.T) {
	d := small()
	m := Mids(d, 1)
	want := []float64{1000100, 1000100, 1000200, 1000200, 1000200, 1000300, 1000300, 1000300, 1000300, 1000300}
	if len(m) != len(want) {
		t.Fatalf("%d mids", len(m))
	}
	for i := range m {
		// An event at the instant of a look comes after it.
		if m[i] != want[i] {
			t.Errorf("mid at %d s: %g, want %g", i+1, m[i], want[i])
		}
	}
	near(t, "sigma", Sigma(d, 1), math.Sqrt((math.Pow(1e4*math.Log(1000200./1000100), 2)+math.Pow(1e4*math.Log(1000300./1000200), 2))/9), 1e-9)
	if c := Counts(d, 5); len(c) != 2 || c[0] != 2 || c[1] != 2 {
		t.Errorf("counts %v", c)
	}
	if s := Signs(d); len(s) != 1 || s[0] != 1 {
		t.Errorf("signs %v: a buyer took the ask", s)
	}
	if v := MidChanges(d); len(v) != 2 || v[0] != 1 || v[1] != 1 {
		t.Errorf("changes of the mid %v", v)
	}
	near(t, "gap", Gaps(d)[0], math.Log(1.5), 1e-12)
	if v := TimesToFill(d); len(v) != 1 || v[0] != 0 {
		t.Errorf("times to fill %v, want log of 1 s", v)
	}
	if v := TimesToCancel(d); len(v) != 1 || math.Abs(v[0]-math.Log(5.5)) > 1e-12 {
		t.Errorf("times to cancel %v", v)
	}
	near(t, "volume", Volume(d), 100, 0)
}

func TestMarkoutByHand(t *testing.T) {
	d := small()
	// The seller at 100.02 sees the mid go from 100.01 to 100.02, then to 100.03.
	m, r := Markout(d, 1)
	near(t, "after 1 s", m[0], -1e4*100/1000100, 1e-9)
	near(t, "realised", r[0], 0, 1e-9)
	m, r = Markout(d, 4)
	near(t, "after 4 s", m[0], -1e4*200/1000100, 1e-9)
	near(t, "realised", r[0], -1e4*100/1000100, 1e-9)
	if m, _ := Markout(d, 9); len(m) != 0 {
		t.Error("a fill counts whose horizon is beyond the record")
	}
}

// The second fill of a buyer who sweeps two levels has lost what the first one moved.
func TestMarkoutOfASweep(t *testing.T) {
	a, b, c := touch(1000000, 1000200), touch(1000000, 1000400), touch(1000000, 1000600)
	d := &record.Day{Tick: 100, Start: at(0), End: at(5), Events: []record.Event{
		{Nanos: at(1), Kind: record.Execute, Side: market.Sell, Price: 1000200, Trade: 1, Before: a, After: b},
		{Nanos: at(1), Kind: record.Execute, Side: market.Sell, Price: 1000400, Trade: 1, Before: b, After: c},
		{Nanos: at(2), Kind: record.Execute, Side: market.Sell, Price: 1000600, Trade: 2, Before: c, After: c},
	}}
	m, r := Markout(d, 0.5)
	for k, want := range []float64{-200, -200, 0} {
		near(t, "markout", m[k], 1e4*want/[]float64{1000100, 1000100, 1000300}[k], 1e-9)
	}
	near(t, "realised of the deeper fill", r[1], 1e4*-(1000300.-1000400)/1000100, 1e-9)
}

// As LOB-Bench has it: a time to cancel whatever was filled before, a time to fill whatever
// was canceled before, the first of each.
func TestTimesOfAnOrderThatHasBoth(t *testing.T) {
	d := &record.Day{Tick: 100, End: at(9), Events: []record.Event{
		{Kind: record.Add, Ref: 1},
		{Kind: record.Execute, Ref: 1, Age: 1e9, Trade: 1},
		{Kind: record.Cancel, Ref: 1, Age: 2e9},
		{Kind: record.Execute, Ref: 1, Age: 3e9, Trade: 2},
		{Kind: record.Delete, Ref: 1, Age: 4e9},
		{Kind: record.Delete, Ref: 2, Age: -1}, // its Add is not in the record
	}}
	if v := TimesToFill(d); len(v) != 1 || v[0] != 0 {
		t.Errorf("times to fill %v", v)
	}
	if v := TimesToCancel(d); len(v) != 1 || math.Abs(v[0]-math.Log(2)) > 1e-12 {
		t.Errorf("times to cancel %v", v)
	}
}

func TestFlowOfByHand(t *testing.T) {
	for _, c := range []struct {
		name    string
		was, is record.Touch
		want    float64
	}{
		{"the bid grows", touch(100, 102, 10, 5), touch(100, 102, 30, 5), 20},
		{"the ask grows", touch(100, 102, 10, 5), touch(100, 102, 10, 9), -4},
		{"a better bid", touch(100, 103, 10, 5), touch(101, 103, 7, 5), 7},
		{"the bid gives way", touch(100, 103, 10, 5), touch(99, 103, 50, 5), -10},
		{"the ask gives way", touch(100, 102, 10, 5), touch(100, 103, 10, 50), 5},
		{"a better ask", touch(100, 103, 10, 5), touch(100, 102, 10, 8), -8},
	} {
		near(t, c.name, flowOf(c.was, c.is), c.want, 0)
	}
}

func TestOFIByHand(t *testing.T) {
	// In windows of 5 s: the first has no mid to start from; the second has one event
	// at its start and one after, which brings the bid to 100.02: flow 100.
	_, depth, x, y := OFI(small(), 5)
	if len(x) != 1 || x[0] != 100 || y[0] != 1 || depth != 100 {
		t.Errorf("flow %v, change %v, depth %g", x, y, depth)
	}
}

func TestResponsesByHand(t *testing.T) {
	r := Responses(Set{small()}, 3)
	want := [6][3]float64{1: {1, 2, 2}, 2: {0, 1, 2}, 3: {1, 1}, 4: {0}} // MO_1, LO_0, LO_1, CA_0
	for c := range r {
		for l, v := range r[c] {
			switch {
			case c == 0 || c == 5 || c == 3 && l == 2 || c == 4 && l > 0:
				if !math.IsNaN(v) {
					t.Errorf("%s at lag %d: %g of no event", classNames[c], l+1, v)
				}
			default:
				near(t, classNames[c], v, want[c][l], 1e-12)
			}
		}
	}
}
