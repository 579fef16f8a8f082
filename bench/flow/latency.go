package flow

import (
	"errors"
	"fmt"
	"math"

	"slipstream/internal/market"
)

// Latency draws the delays between a participant and the exchange: an order sent at t
// takes effect at t + Out, a message published at t is seen at t + In. Delays are
// lognormal above a floor; draw n is a function of seed and n alone, so that a twin has
// the same. Who drives a simulation applies them: Market.Submit takes the time at which
// an order arrives, AppendPacket says nothing of when it is read.
type Latency struct {
	cfg LatencyConfig
	out source
	in  source
}

// LatencyConfig are the delays of Latency.
type LatencyConfig struct {
	Seed      uint64
	OutMedian market.Nanos // of orders
	InMedian  market.Nanos // of the feed
	Sigma     float64      // of the logarithm of both
	Floor     market.Nanos // no delay is shorter
}

// NewLatency judges the delays: medians up to a minute, not below the floor.
func NewLatency(cfg LatencyConfig) (*Latency, error) {
	var errs []error
	for _, v := range []struct {
		name string
		d    market.Nanos
	}{{"out", cfg.OutMedian}, {"in", cfg.InMedian}} {
		if v.d < cfg.Floor || v.d > 60*market.Second {
			errs = append(errs, fmt.Errorf("flow: latency: median %s of %d ns: want the floor of %d to a minute", v.name, v.d, cfg.Floor))
		}
	}
	if cfg.Floor < 0 || !(cfg.Sigma >= 0 && cfg.Sigma <= 3) {
		errs = append(errs, fmt.Errorf("flow: latency: floor %d, sigma %g: want a floor of 0 or more and 0 to 3", cfg.Floor, cfg.Sigma))
	}
	return &Latency{cfg: cfg, out: newSource(mix(cfg.Seed)^0x1a7e, 0), in: newSource(mix(cfg.Seed)^0x1a7e, 1)}, errors.Join(errs...)
}

// Out is the delay of the n-th order.
func (l *Latency) Out(n uint64) market.Nanos { return l.delay(l.out, n, l.cfg.OutMedian) }

// In is the delay of the feed at its n-th message or packet.
func (l *Latency) In(n uint64) market.Nanos { return l.delay(l.in, n, l.cfg.InMedian) }

func (l *Latency) delay(s source, n uint64, median market.Nanos) market.Nanos {
	s.n = n
	above := float64(median-l.cfg.Floor) * fastExp(l.cfg.Sigma*gauss(s.draw(drawWait)))
	return l.cfg.Floor + market.Nanos(math.Round(above))
}
