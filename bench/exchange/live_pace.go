package exchange

import (
	"time"

	"slipstream/internal/market"
)

// pace relates the exchange's clock to the wall's, which counts from Run.
type pace struct {
	speed float64       // exchange seconds per wall second
	wall  time.Duration // both clocks, when this pace began
	exch  market.Nanos
}

// span is how much exchange time passes within d of the wall's.
func (p *pace) span(d time.Duration) market.Nanos {
	if p.speed == 1 {
		return market.Nanos(d)
	}
	return market.Nanos(float64(d) * p.speed)
}

// spanWall is the inverse of span, rounded up.
func (p *pace) spanWall(n market.Nanos) time.Duration {
	if p.speed == 1 {
		return time.Duration(n)
	}
	return time.Duration(float64(n)/p.speed) + 1
}

// at is the exchange's clock.
func (p *pace) at(wall time.Duration) market.Nanos { return p.exch + p.span(wall-p.wall) }

// when is the wall's clock at an exchange time.
func (p *pace) when(t market.Nanos) time.Duration { return p.wall + p.spanWall(t-p.exch) }

// hurry goes on at speed from an instant of both clocks.
func (p *pace) hurry(speed float64, wall time.Duration, exch market.Nanos) {
	if p.speed != speed {
		*p = pace{speed: speed, wall: wall, exch: exch}
	}
}
