package exchange

import (
	"context"
	"testing"
	"time"

	"slipstream/internal/market"
)

func TestPace(t *testing.T) {
	p := pace{speed: 1, exch: 100 * market.Second}
	if got := p.at(3 * time.Second); got != 103*market.Second {
		t.Errorf("after 3 s at the wall's pace: %d", got)
	}
	p.hurry(20, 3*time.Second, 103*market.Second)
	for i := range 2 { // a second call of the same speed changes nothing
		if got := p.at(4 * time.Second); got != 123*market.Second {
			t.Errorf("call %d: a second later, at twenty times the pace: %d", i, got)
		}
		p.hurry(20, 9*time.Second, 500*market.Second)
	}
	for _, at := range []market.Nanos{103*market.Second + 1, 110 * market.Second, 123*market.Second - 1} {
		if wall := p.when(at); p.at(wall) < at || p.at(wall-2) >= at {
			t.Errorf("%d is due at %s, when it is %d", at, wall, p.at(wall))
		}
	}
}

// Before the first request a second of the exchange is one of the wall, and Speed
// counts from then on.
func TestSpeedFromOrder(t *testing.T) {
	cfg, _, _ := liveConfig(t.TempDir())
	cfg.Speed, cfg.SpeedFromOrder = 1000, true
	l, err := OpenLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	open, began := l.Now(), time.Now()
	ended := make(chan error)
	go func() {
		_, err := l.Run(context.Background())
		ended <- err
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	// until gives the exchange's time once so much of it has passed.
	until := func(passed market.Nanos) (now market.Nanos) {
		t.Helper()
		for now-open < passed {
			if err := l.Do(ctx, func(m *Market) { now = m.Now() }); err != nil {
				t.Fatalf("%s of the exchange within %s: %v", time.Duration(now-open), time.Since(began), err)
			}
		}
		return now
	}
	if passed := time.Duration(until(20*market.Millisecond) - open); passed > time.Since(began) {
		t.Errorf("before the first request %s of the exchange within %s", passed, time.Since(began))
	}
	submitNew(t, l, 1)
	until(60 * market.Second)
	l.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
