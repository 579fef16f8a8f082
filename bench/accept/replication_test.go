package accept

import (
	"math"
	"os"
	"testing"

	"slipstream/bench/flow"
)

// TestPublishedShortfalls: SLIPSTREAM_LONG=1 plays as many episodes as the publication.
func TestPublishedShortfalls(t *testing.T) {
	episodes := 300
	if os.Getenv("SLIPSTREAM_LONG") != "" {
		episodes = publishedEpisodes
	}
	for i := range published {
		p := &published[i]
		v, err := p.shortfalls(flow.DefaultQueueParams(), episodes)
		if err != nil {
			t.Fatal(err)
		}
		m, sd := mean(v), math.Sqrt(variance(v))
		se := math.Hypot(sd/math.Sqrt(float64(episodes)), p.sd/math.Sqrt(publishedEpisodes))
		t.Logf("%s: %.4f (deviation %.3f), published %.3f (%.3f), %+.1f standard errors", p.name, m, sd, p.mean, p.sd, (m-p.mean)/se)
		if i == 0 && math.Abs(m-p.mean) > 3*se {
			t.Errorf("%s costs %.4f, published %.3f", p.name, m, p.mean)
		}
		if sd < 0.85*p.sd || sd > 1.15*p.sd {
			t.Errorf("%s: deviation %.3f, published %.3f", p.name, sd, p.sd)
		}
	}
}

// The schedules buy what they are named for.
func TestSchedules(t *testing.T) {
	sum := 0
	for k := range publishedSteps {
		sum += twap(k, 9)
	}
	if sum != publishedSizes || twap(12, 9) != 2 {
		t.Errorf("TWAP buys %d", sum)
	}
	// Half of an odd number rounds to the even one.
	for touch, want := range map[int]int{1: 0, 2: 1, 3: 2, 5: 2, 7: 4} {
		if got := posted(0.5, 2)(4, touch); got != want {
			t.Errorf("half of %d: %d, want %d", touch, got, want)
		}
	}
	if posted(1, 3)(4, 9) != 0 || posted(1, 3)(6, 9) != 9 {
		t.Error("every third step: another one")
	}
}
