package flow

import (
	"math"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// Time. All streams share the operational clock
//
//	tau(dt) = scale * integral over dt of H,  H = 1 - nu + sum of nuA_j h_j e^(-t/tau_j)
//
// in which their intensities are constant between events; each uses up its unit-rate
// clock at its own rate (D. Anderson, "A modified next reaction method for simulating
// chemical systems with time dependent propensities and delays", 2007).

// look is what the rates depend on.
type look struct {
	bid, ask         uint32 // last known touch; a side that is empty keeps its last price
	bidQty, askQty   uint64 // 0: that side is empty
	bidTouch, askTch uint32 // background orders at the touch
	bidDeep, askDeep uint32 // behind it
	bought, sold     uint64 // by takers, shares, ever
	ownBuys, ownSale uint64 // by orders with an owner, shares, ever
	trading          bool
}

// look reads the book.
func (b *reactiveBook) look(m *exchange.Market) {
	n := &b.now
	bid, ask := m.Touch(b.id)
	if bid.Price != 0 {
		n.bid = bid.Price
	}
	if ask.Price != 0 {
		n.ask = ask.Price
	}
	n.bidQty, n.askQty = bid.Qty, ask.Qty
	n.bidTouch, n.askTch = bid.Orders-bid.Own, ask.Orders-ask.Own
	all, own := m.Orders(b.id, market.Buy)
	n.bidDeep = all - own - n.bidTouch
	all, own = m.Orders(b.id, market.Sell)
	n.askDeep = all - own - n.askTch
	n.bought, n.sold = m.Taken(b.id, market.Buy), m.Taken(b.id, market.Sell)
	n.ownBuys, n.ownSale = m.Filled(b.id, market.Buy), m.Filled(b.id, market.Sell)
	n.trading = m.State(b.id) == 'T'
	b.version = m.Version(b.id)
}

// spread in ticks, at least 1 also when an empty side's last price is crossed.
func (n *look) spread(tick uint32) int {
	if n.ask <= n.bid {
		return 1
	}
	return int((n.ask - n.bid) / tick)
}

// wake is how often a book without events looks at its latent state.
const wake = market.Second

// due is the time of what comes next: a stream's event, a timer, or a wake-up.
func (b *reactiveBook) due() market.Nanos {
	t := b.wakeAt
	if b.which >= 0 && b.event < t {
		t = b.event
	}
	if len(b.timers.heap) > 0 && b.timers.heap[0].at < t {
		t = b.timers.heap[0].at
	}
	return t
}

// apply brings what is due.
func (b *reactiveBook) apply(m *exchange.Market) {
	t := b.due()
	b.advance(t)
	b.latentTo(m, t)
	switch {
	case b.which >= 0 && b.event == t:
		k := b.which
		b.excite()
		b.fire(m, k)
		b.src[k].n++
		b.left[k] = exponential(b.src[k].draw(drawWait))
	case len(b.timers.heap) > 0 && b.timers.heap[0].at == t:
		v := b.timers.pop()
		b.ring(m, &v)
	}
	b.look(m)
	b.noticed()
	b.schedule(m)
}

// external takes notice of what others did at the Market's now. Where nothing changed
// that the rates depend on, nothing happens: a strategy of size zero leaves no trace.
func (b *reactiveBook) external(m *exchange.Market) {
	b.look(m)
	if b.now == b.seen {
		return
	}
	b.advance(m.Now())
	if b.now.bought != b.seen.bought || b.now.sold != b.seen.sold {
		b.excite()
	}
	b.noticed()
	b.schedule(m)
}

// advance moves the clocks and lets memory fade.
func (b *reactiveBook) advance(t market.Nanos) {
	if t <= b.at {
		return
	}
	op := b.step
	if b.which >= 0 && t == b.event {
		for j := range b.nTau {
			b.h[j] *= b.fadeTo[j]
		}
	} else {
		dt := float64(t - b.at)
		op = (1 - b.p.Hawkes.Nu) * dt
		for j := range b.nTau {
			e := fastExp(-dt * b.decay[j])
			op += b.nuA[j] * b.h[j] * b.tau[j] * (1 - e)
			b.h[j] *= e
		}
		op *= b.scale * 1e-9
	}
	for k := range b.left {
		b.left[k] = max(b.left[k]-float64(b.rate[k]*op), 0)
	}
	b.at = t
	if t-b.flowAt >= flowGrain {
		b.fade()
	}
}

// heat is H now.
func (b *reactiveBook) heat() float64 {
	h := 1 - b.p.Hawkes.Nu
	for j := range b.nTau {
		h += float64(b.nuA[j] * b.h[j])
	}
	return h
}

// excite notes an event. Its weight is one over the rate of the state it came from, so
// that the mean of h is 1 in every state, and nu is the mean number of events that one
// event brings about.
func (b *reactiveBook) excite() {
	g := 1 / max(b.base*b.scale, 1e-3)
	for j := range b.nTau {
		b.h[j] = min(b.h[j]+float64(g*b.jump[j]), b.most[j])
	}
}

// flow is the signed flow that is remembered, in square roots of mean sizes.
func (b *reactiveBook) flow() float64 {
	v := 0.0
	for k := range b.phi {
		v += float64(b.flowW[k] * b.phi[k])
	}
	return v
}

// flowGrain is how late the flow's memory may be: a fifth of its shortest kernel.
const flowGrain = 2 * market.Millisecond

// fade lets the flow's memory decay up to now.
func (b *reactiveBook) fade() {
	dt := float64(b.at - b.flowAt)
	for k := range b.phi {
		b.phi[k] *= fastExp(-dt * b.flowDec[k])
	}
	b.flowAt = b.at
}

func (b *reactiveBook) push(signed float64) {
	b.fade()
	for k := range b.phi {
		b.phi[k] += signed
	}
}

// noticed compares the book with what it was: trades feed the flow, a touch that gave
// way may be redrawn.
func (b *reactiveBook) noticed() {
	n, was := &b.now, &b.seen
	if n.bought != was.bought {
		b.push(math.Sqrt(float64(n.bought-was.bought) / b.p.Book.AES))
	}
	if n.sold != was.sold {
		b.push(-math.Sqrt(float64(n.sold-was.sold) / b.p.Book.AES))
	}
	if n.ownBuys != was.ownBuys || n.ownSale != was.ownSale {
		b.own(float64(n.ownBuys-was.ownBuys) - float64(n.ownSale-was.ownSale))
	}
	switch {
	case n.bid < was.bid:
		b.gaveWay(market.Buy, was.bid, was.bid-n.bid, n.sold != was.sold)
	case n.bid > was.bid:
		b.improved(market.Buy, n.bid, n.bid-was.bid)
	}
	switch {
	case n.ask > was.ask:
		b.gaveWay(market.Sell, was.ask, n.ask-was.ask, n.bought != was.bought)
	case n.ask < was.ask:
		b.improved(market.Sell, n.ask, was.ask-n.ask)
	}
	b.seen = *n
}

// misprice is how far the latent price is above the mid, in units, clamped.
func (b *reactiveBook) misprice() float64 {
	x := (b.latent + b.pushed - float64(b.now.bid+b.now.ask)/2) / (b.p.Latent.Unit * float64(b.tick))
	return min(max(x, -b.p.Latent.Clamp), b.p.Latent.Clamp)
}

// schedule computes the rates from the state and finds the next event.
func (b *reactiveBook) schedule(*exchange.Market) {
	b.which = -1
	if !b.now.trading {
		b.rate, b.base = [streams]float64{}, 0
		return
	}
	b.weigh()
	first := math.MaxFloat64
	b.base = 0
	for k := range b.rate {
		r := b.rate[k]
		b.base += r
		if float64(r*first) > b.left[k] {
			first, b.which = b.left[k]/r, k
		}
	}
	if b.which < 0 {
		return
	}
	b.step = first
	b.event = b.at + b.wait(first)
}

// reservoir is the number of orders of a side that nobody cancels, and below which new
// ones hurry in: the interest far from the touch that every stock has.
const reservoir = 4

// deepShare is the mean weight of a deep order that is cancelled, nearer ones more often:
// 1/(1 + distance/deep_ticks).
const deepShare = 0.5

// weigh fills rate.
func (b *reactiveBook) weigh() {
	n, p := &b.now, b.p
	spread := n.spread(b.tick)
	rows := b.rates[b.classOf[min(spread, maxTicks)]]
	total := n.bidQty + n.askQty
	bin := p.State.Imbalance / 2
	if total > 0 {
		bin = min(int(uint64(p.State.Imbalance)*n.bidQty/total), p.State.Imbalance-1)
	}
	vol := 0
	for vol < len(p.State.Volume) && total > 2*uint64(p.State.Volume[vol]) {
		vol++
	}
	vf := &b.volFactor[vol]
	x := b.misprice()
	l := &p.Latent
	tiltM, tiltC, tiltL, tiltJ := fastExp(l.Market*x), fastExp(l.Cancel*x), fastExp(l.Improve*x), fastExp(l.Join*x)
	phi := b.flow()
	contraM := fastExp(min(p.Feedback.Market*math.Abs(phi), p.Feedback.Clamp))
	contraL := fastExp(min(p.Feedback.Limit*math.Abs(phi), p.Feedback.Clamp))
	ph := &b.phase
	for side := range 2 {
		row := &rows[bin]
		touch, deep := n.bidTouch, n.bidDeep
		up, upC, upL, upJ := tiltM, 1/tiltC, tiltL, tiltJ
		sell := 1 / ph.Sell
		mk, lm := 1.0, 1.0
		if phi < 0 {
			mk, lm = contraM, contraL // recent selling calls for buyers
		}
		if side == 1 {
			row = &rows[p.State.Imbalance-1-bin]
			touch, deep = n.askTch, n.askDeep
			up, upC, upL, upJ = 1/tiltM, tiltC, 1/tiltL, 1/tiltJ
			sell = ph.Sell
			mk, lm = 1, 1
			if phi > 0 {
				mk, lm = contraM, contraL
			}
		}
		r := b.rate[side*perSide : side*perSide+perSide]
		r[sImprove] = row[sImprove] * vf[sImprove] * upL * lm * ph.Add
		if spread <= 1 {
			r[sImprove] = 0
		}
		r[sJoin] = row[sJoin] * vf[sJoin] * upJ * lm * ph.Add
		r[sDeep] = row[sDeep] * vf[sDeep] * upJ * ph.Add
		r[sCancelTouch] = row[sCancelTouch] * vf[sCancelTouch] * upC * float64(touch) * ph.Cancel
		r[sCancelDeep] = row[sCancelDeep] * vf[sCancelDeep] * float64(deep) * deepShare * ph.Cancel
		if touch+deep < reservoir {
			r[sCancelTouch], r[sCancelDeep] = 0, 0
			r[sJoin], r[sDeep] = 10*r[sJoin], 10*r[sDeep]
		}
		r[sHidden] = row[sHidden] * vf[sHidden] * up
		r[sMarket] = row[sMarket] * vf[sMarket] * up * mk * sell
		r[sSplit] = row[sSplit] * vf[sSplit] * up * sell * b.active[side]
	}
	if n.askQty == 0 {
		b.rate[sMarket], b.rate[sSplit], b.rate[sHidden] = 0, 0, 0
	}
	if n.bidQty == 0 {
		b.rate[perSide+sMarket], b.rate[perSide+sSplit], b.rate[perSide+sHidden] = 0, 0, 0
	}
}

// wait inverts the operational clock: the ns until it has moved by op. The clock is
// concave (excitation fades), so Newton's steps from below never pass the answer.
func (b *reactiveBook) wait(op float64) market.Nanos {
	op = op / b.scale * 1e9 // in ns of unit heat
	floor := 1 - b.p.Hawkes.Nu
	rate := floor
	for j := range b.nTau {
		rate += float64(b.nuA[j] * b.h[j])
	}
	// Lower bounds: the shortest kernels spent at once, the others constant.
	dt := op / rate
	spent := 0.0
	for j := range b.nTau {
		g := float64(b.nuA[j] * b.h[j])
		spent += float64(g * b.tau[j])
		if rate -= g; spent >= op {
			break
		}
		dt = max(dt, (op-spent)/rate)
	}
	more := 0.0
	for range 5 {
		got, slope := float64(floor*dt), floor
		for j := range b.nTau {
			g := float64(b.nuA[j] * b.h[j])
			e := fastExp(-dt * b.decay[j])
			b.fadeTo[j] = e
			got += float64(g * b.tau[j] * (1 - e))
			slope += float64(g * e)
		}
		more = max((op-got)/slope, 0)
		if dt += more; more < 0.02*dt {
			break
		}
	}
	// What memory is left at the event, to second order in the last step.
	for j := range b.nTau {
		z := min(float64(more*b.decay[j]), 1)
		b.fadeTo[j] *= 1 - float64(z*(1-float64(0.5*z)))
	}
	return market.Nanos(min(max(dt, 1), float64(market.Day)))
}
