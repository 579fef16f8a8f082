package calibrate

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"slipstream/bench/accept"
	"slipstream/bench/flow"
)

// The search walks down a narrow valley that does not lie at its start, and the same
// seed walks the same way.
func TestSearchFindsAValley(t *testing.T) {
	valley := func(x []float64) float64 {
		sum := 0.0
		for i, v := range x {
			sum += math.Pow(30, float64(i)/float64(len(x)-1)) * (v - 1.5) * (v - 1.5)
		}
		return sum
	}
	run := func(seed uint64) []float64 {
		s := newSearch(12, 0.3, seed)
		for range 150 {
			points := s.ask()
			losses := make([]float64, len(points))
			for i := range points {
				losses[i] = valley(points[i])
			}
			s.tell(losses)
		}
		return s.mean()
	}
	for seed := range uint64(5) {
		if at := run(seed); valley(at) > 1e-3 {
			t.Errorf("seed %d ends at %.3g, loss %.3g", seed, at, valley(at))
		}
	}
	if !slices.Equal(run(3), run(3)) {
		t.Error("one seed, two ways")
	}
}

// Every knob moves a figure, stays within what Validate allows however far it is turned,
// and leaves the parameters that it was given alone.
func TestKnobsMoveCopies(t *testing.T) {
	p, err := flow.DefaultReactive("AMZN")
	if err != nil {
		t.Fatal(err)
	}
	was, err := flow.DefaultReactive("AMZN")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range knobs(5) {
		moved := false
		for _, u := range []float64{-6, -1, 1, 6} {
			q := *p
			k.turn(&q, math.Exp(k.scale*u))
			moved = moved || !reflect.DeepEqual(&q, p)
			if err := q.Validate(); err != nil {
				t.Errorf("%s turned by %g: %v", k.name, u, err)
			}
		}
		if !moved {
			t.Errorf("%s moves nothing", k.name)
		}
		if !reflect.DeepEqual(p, was) {
			t.Fatalf("%s changed what it was given", k.name)
		}
	}
	if n := len(knobs(5)) - len(knobs(1)); n != 2 {
		t.Errorf("a touch-only day has %d knobs less, want the two of the deeper book", n)
	}
}

// The model that made a day loses less against it than one whose touch is hardly ever
// canceled, the same seeds lose the same, and what cannot be loses without bound.
func TestLossTellsNearFromFar(t *testing.T) {
	p, err := flow.DefaultReactive("AMZN")
	if err != nil {
		t.Fatal(err)
	}
	const from, to = 36_000e9, 43_200e9
	day, err := accept.Simulate(p, 99, from, to, 5)
	if err != nil {
		t.Fatal(err)
	}
	f := &fit{w: day, d: day}
	near, err := f.loss(p, trainSeed)
	if err != nil {
		t.Fatal(err)
	}
	far := *p
	far.Rates.CancelTouch = scaled(p.Rates.CancelTouch, 0.3)
	bad, err := f.loss(&far, trainSeed)
	if err != nil {
		t.Fatal(err)
	}
	if bad < near+1 {
		t.Errorf("loss of a day's own model %.2f, of another %.2f", near, bad)
	}
	again, err := f.loss(p, trainSeed)
	if err != nil || again != near {
		t.Errorf("the same seeds gave %g and %g (%v)", near, again, err)
	}
	far.Activity = -1
	if v, err := f.loss(&far, trainSeed); err != nil || !math.IsInf(v, 1) {
		t.Errorf("impossible parameters cost %g (%v)", v, err)
	}
}
