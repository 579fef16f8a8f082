package flow

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// grain is the step of the latent state.
const grain = 100 * market.Millisecond

// latentState is what no receiver sees: efficient price, regime, phase of a scenario.
// Its draws belong to the step's number alone: a twin run has the same.
type latentState struct {
	news   source
	turn   source
	common source // the same for every instrument
	latent float64
	pushed float64          // what own orders add to it, 1e-4
	volume [kernels]float64 // own signed volume as remembered, shares
	regime int
	phase  Phase
	halted bool
	stepAt market.Nanos
	wakeAt market.Nanos
}

var plain = Phase{Activity: 1, Vol: 1, Add: 1, Cancel: 1, Sell: 1}

func (b *reactiveBook) beginLatent(at market.Nanos) {
	b.stepAt, b.wakeAt = at+grain, at+wake
	b.regime = len(b.p.Regime.Activity) / 2
	b.phase = plain
	b.rescale(at)
}

// rescale sets scale for an instant.
func (b *reactiveBook) rescale(at market.Nanos) {
	c := &b.p.Intraday
	s := 1.0
	x := (float64(at-b.midnight)/1e9 - c.From) / c.Bin
	if x >= 0 && x < float64(len(c.Curve)) {
		s = c.Curve[int(x)]
	}
	b.scale = b.p.Activity * s * b.p.Regime.Activity[b.regime] * b.phase.Activity
}

// latentTo makes the steps up to t.
func (b *reactiveBook) latentTo(m *exchange.Market, t market.Nanos) {
	if b.wakeAt <= t {
		pace := wake
		if len(b.p.Phases) > 0 {
			pace = grain
		}
		b.wakeAt = t - (t-b.start)%pace + pace
	}
	if b.stepAt > t {
		return
	}
	for ; b.stepAt <= t; b.stepAt += grain {
		b.latentStep()
	}
	b.rescale(t)
	if b.phase.Halt != b.halted {
		b.halted = b.phase.Halt
		state, reason := byte('T'), [4]byte{' ', ' ', ' ', ' '}
		if b.halted {
			state, reason = 'H', [4]byte{'T', '1', ' ', ' '}
		}
		m.SetState(b.id, state, reason)
	}
}

func (b *reactiveBook) latentStep() {
	const dt = float64(grain) / 1e9
	p := b.p
	if len(p.Phases) > 0 {
		b.findPhase()
	}
	l := &p.Latent
	w := float64(l.Common*gauss(b.common.draw(drawKind))) + float64(math.Sqrt(1-l.Common*l.Common)*gauss(b.news.draw(drawKind)))
	bp := l.Vol*b.phase.Vol*p.Regime.Vol[b.regime]*math.Sqrt(dt)*w + b.phase.Drift*dt
	if unit(b.news.draw(drawMark)) < l.NewsPerHour*dt/3600 {
		bp += float64(l.News * studentT(b.news.draw(drawSize)))
	}
	b.latent += float64(b.latent * bp * 1e-4)
	b.latent += float64((float64(b.now.bid+b.now.ask)/2 - b.pushed - b.latent) * dt / l.Learn)
	if b.volume != [kernels]float64{} {
		for k := range p.Impact.Memory {
			b.volume[k] *= b.forget[k]
		}
		b.repush()
	}
	b.latent = max(b.latent, float64(b.tick))
	if n := len(p.Regime.Activity); n > 1 && unit(b.turn.draw(drawKind)) < dt/p.Regime.Dwell[b.regime] {
		switch {
		case b.regime == 0:
			b.regime = 1
		case b.regime == n-1:
			b.regime--
		case b.turn.draw(drawMark)>>63 == 0:
			b.regime--
		default:
			b.regime++
		}
	}
	b.news.n++
	b.turn.n++
	b.common.n++
}

// own notes signed volume of orders with an owner.
func (b *reactiveBook) own(signed float64) {
	for k := range b.p.Impact.Memory {
		b.volume[k] += signed
	}
	b.repush()
}

// repush is the square-root law of the own volume that is remembered.
func (b *reactiveBook) repush() {
	i := &b.p.Impact
	v := 0.0
	for k := range i.Memory {
		v += b.volume[k]
	}
	v /= float64(len(i.Memory))
	b.pushed = math.Copysign(b.latent*1e-4*i.Y*i.Vol*math.Sqrt(math.Abs(v)/i.Volume), v)
}

// findPhase sets the phase of the step: the last one that holds.
func (b *reactiveBook) findPhase() {
	b.phase = plain
	s := float64(b.stepAt-b.start) / 1e9
	for i := range b.p.Phases {
		if f := &b.p.Phases[i]; s >= f.From && s < f.To {
			b.phase = *f
		}
	}
}

// splitState are the hidden large orders whose pieces the split streams send.
type splitState struct {
	parent source
	split  [maxSplitters]struct {
		left int32
		sell bool
	}
	active [2]float64 // share of the splitters that buy, sell; mean 1 over both
}

func (b *reactiveBook) beginSplit() {
	for i := range b.p.Splitting.Count {
		b.newParent(i)
	}
	b.count()
}

// newParent draws side and length of a hidden order, Pareto from 1.
func (b *reactiveBook) newParent(i int) {
	b.parent.n++
	s := &b.p.Splitting
	n := min(math.Pow(unit(b.parent.draw(drawSize)), -1/s.Alpha), s.Max)
	b.split[i].left = int32(math.Ceil(n))
	// The side that the latent price favours is the likelier one.
	b.split[i].sell = unit(b.parent.draw(drawKind)) > 1/(1+fastExp(-2*b.p.Latent.Market*b.misprice()))
}

func (b *reactiveBook) count() {
	n := float64(b.p.Splitting.Count)
	sell := 0.0
	for i := range b.p.Splitting.Count {
		if b.split[i].sell {
			sell++
		}
	}
	b.active = [2]float64{2 * (n - sell) / n, 2 * sell / n}
}

// spend takes a piece off the first splitter of a side in turn; the one that is done
// makes room for another.
func (b *reactiveBook) spend(side market.Side) {
	n := b.p.Splitting.Count
	from := int(b.parent.n) % n
	for k := range n {
		i := (from + k) % n
		if b.split[i].sell != (side == market.Sell) {
			continue
		}
		if b.split[i].left--; b.split[i].left <= 0 {
			b.newParent(i)
			b.count()
		}
		return
	}
}
