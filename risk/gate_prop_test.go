package risk

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

// walk is a random day: the gate and the slow one see the same, messages are sent
// only when allowed, and the venue answers anything.
type walk struct {
	*rapid.T
	g       *Gate
	m       *slowGate
	now     market.Nanos
	ref     Reference
	next    uint64 // ChildID
	rng     *rand.Rand
	allowed int
	open    int // most orders open at once
}

func TestGateEqualsTheSlowGateOnRandomDays(t *testing.T) {
	var denied Deny
	allowed, open := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		cfg := testConfig()
		cfg.Global.MaxMessages = rapid.IntRange(4, 30).Draw(t, "MaxMessages")
		cfg.Global.CancelReserve = rapid.IntRange(1, 3).Draw(t, "CancelReserve")
		cfg.Global.MaxOpenOrders = rapid.IntRange(1, 6).Draw(t, "MaxOpenOrders")
		g, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w := &walk{T: t, rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), g: g, m: &slowGate{cfg: cfg, filled: map[market.InstrumentID]int64{}}, now: t0, next: 1}
		w.requote()
		for range rapid.IntRange(1, 3000).Draw(t, "rounds") + 200 {
			denied |= w.step()
			w.invariants()
		}
		allowed += w.allowed
		open = max(open, w.open)
	})
	t.Logf("%d messages allowed, at most %d orders open at once", allowed, open)
	if testing.Short() {
		return // a fifth of the days: too few to show every control
	}
	if allowed < 2000 || open < 3 {
		t.Errorf("%d messages allowed, at most %d orders open: the test shows little", allowed, open)
	}
	for _, c := range Controls() {
		if denied&c.Bit == 0 {
			t.Errorf("no random order was denied by %q", c.Name)
		}
	}
}

// restart goes on with a gate that has taken over the count: nobody may notice.
func (w *walk) restart() {
	g, err := New(w.m.cfg)
	if err == nil {
		err = g.TakeOver(w.g)
	}
	if err != nil {
		w.Fatal(err)
	}
	w.g = g
}

// n is lo..hi, evenly: rapid leans to small numbers, and such days see little. It
// shrinks the number of rounds instead.
func (w *walk) n(_ string, lo, hi int64) int64 { return lo + w.rng.Int64N(hi-lo+1) }

// one is true once in n.
func (w *walk) one(n int64) bool { return w.rng.Int64N(n) == 0 }

func (w *walk) requote() {
	bid := market.Price(w.n("bid", 9_990, 10_010))
	w.ref = Reference{Bid: bid * cent, Ask: (bid + market.Price(w.n("spread", 1, 4))) * cent, Nanos: w.now, Trusted: true}
	switch w.n("quote", 0, 19) {
	case 0:
		w.ref.Trusted = false
	case 1:
		w.ref.Bid = 0
	case 2:
		w.ref.Ask = w.ref.Bid - cent*market.Price(w.n("cross", 0, 2))
	case 3:
		w.ref.Ask = w.ref.Bid + cent*market.Price(w.n("wide", 25, 40))
	case 4:
		w.ref.Nanos += market.Nanos(w.n("skew", -2, 2)) * market.Second / 2
	}
}

func (w *walk) step() (denied Deny) {
	w.now += market.Nanos(w.n("long pause", 0, 1)*w.n("pause, ms", 0, 120)) * market.Millisecond
	if w.one(50) {
		w.restart()
	}
	switch w.n("step", 0, 16) {
	case 0, 1:
		w.requote()
	case 2:
		return w.openParent()
	case 3:
		return w.amendParent()
	case 4, 5, 6, 7, 13:
		return w.message()
	case 8, 9:
		if w.g.Open() == 0 && !w.one(20) {
			return w.message()
		}
		id := w.anyChild()
		qty, px := market.Qty(w.n("filled", 1, 120)), market.Price(w.n("at", 9_985, 10_015))*cent
		if c := w.m.find(id); c != nil && !w.one(9) {
			if c.leaves() == 0 {
				return 0
			}
			qty, px = min(qty, market.Qty(c.leaves())), c.px
		}
		if got, want := w.g.Filled(id, qty, px), w.m.onFill(id, qty, px); got != want {
			w.Fatalf("Filled(%d): %v, want %v", id, got, want)
		}
	case 10:
		orig, id := w.anyPair()
		if w.m.find(orig) == nil && !w.one(20) {
			return w.message()
		}
		if got, want := w.g.Replaced(orig, id), w.m.onReplaced(orig, id); got != want {
			w.Fatalf("Replaced(%d, %d): %v, want %v", orig, id, got, want)
		}
	case 11:
		orig, id := w.anyPair()
		if got, want := w.g.ReplaceRejected(orig, id), w.m.onReplaceRejected(orig, id); got != want {
			w.Fatalf("ReplaceRejected(%d, %d): %v, want %v", orig, id, got, want)
		}
	case 12:
		id := w.anyChild()
		if got, want := w.g.Closed(id), w.m.onClosed(id); got != want {
			w.Fatalf("Closed(%d): %v, want %v", id, got, want)
		}
	case 14:
		w.operator()
	case 15:
		w.restated()
	case 16:
		if !w.one(4) {
			return w.message()
		}
		inst, qty := market.InstrumentID(w.n("instrument", 0, 3)), market.Qty(w.n("adjustment", -50, 50))
		w.g.AdjustPosition(inst, qty)
		if int(inst) < len(w.m.cfg.Instruments) {
			w.m.filled[inst] += int64(qty)
		}
	}
	return 0
}

// restated busts a part of what an order filled, open or ended, or lowers an open one.
func (w *walk) restated() {
	if w.one(2) {
		id, qty := w.anyChild(), market.Qty(w.n("restated", 0, 120))
		w.g.Restated(id, qty)
		w.m.onRestated(id, int64(qty))
		return
	}
	if len(w.m.children) == 0 {
		return
	}
	c := w.m.children[w.rng.IntN(len(w.m.children))]
	// A parent that both have forgotten may have a successor of the same id.
	if c.cum == 0 || c.cum > c.parent.cum || w.m.known(c.parent.id) != c.parent {
		return
	}
	qty := w.n("busted", 1, c.cum)
	w.g.Busted(c.id, c.parent.id, c.order.Instrument, c.order.Side, market.Qty(qty))
	w.m.onBusted(c, qty)
}

// operator kills, rearms, or reconciles after a halt, which is common here.
func (w *walk) operator() {
	switch w.n("operator", 0, 5) {
	case 0:
		w.g.Kill()
		w.m.killed = true
	case 1:
		w.g.FilledUnknown(aaa, market.Sell, 3)
		w.m.filled[aaa] -= 3
		w.m.halted = true
	default:
		w.g.Rearm()
		w.g.ClearHalt()
		w.m.killed, w.m.halted = false, false
	}
}

func (w *walk) terms() ParentTerms {
	return ParentTerms{
		Instrument: market.InstrumentID(max(0, w.n("instrument", -4, 2))),
		Side:       market.Side(1 + w.n("side", 0, 1)),
		Qty:        market.Qty(w.n("parent qty", 0, 40)) * 50,
		Price:      market.Price([]int64{0, 9_900, 10_000, 10_005, 10_100}[w.n("parent price", 0, 4)]) * cent,
		StartNanos: w.now + market.Nanos(w.n("start, s", -3, 1))*market.Second,
		EndNanos:   w.now + market.Nanos(w.n("end, s", -1, 30))*market.Second,
	}
}

func (w *walk) openParent() Deny {
	id, t := uint32(w.n("parent", 0, 3)), w.terms()
	if w.one(11) {
		t.Qty *= 2000
	}
	want := w.m.checkParent(w.now, &t, &w.ref)
	if got := w.g.CheckParent(w.now, &t, &w.ref); got != want {
		w.Fatalf("CheckParent(%+v): %v, want %v", t, got, want)
	}
	known := 0
	for i, p := range w.m.parents { // the newest of an id is the one counted
		if w.m.known(p.id) == p {
			known++
		} else {
			w.m.parents[i] = &slowParent{closed: true, id: 1 << 31}
		}
	}
	if known >= w.m.cfg.Global.MaxParents || w.m.known(id) != nil {
		want |= DenyParentTable
	}
	if got := w.g.OpenParent(w.now, id, &t, &w.ref); got != want {
		w.Fatalf("OpenParent(%d, %+v): %v, want %v", id, t, got, want)
	}
	if want == 0 {
		w.m.parents = append(w.m.parents, &slowParent{id: id, terms: t})
	}
	return want
}

func (w *walk) amendParent() Deny {
	id := uint32(w.n("parent", 0, 3))
	p := w.m.known(id)
	if w.one(3) {
		w.g.CloseParent(id)
		if p != nil {
			p.closed = true
		}
		return 0
	}
	t := w.terms()
	if p != nil {
		t.Instrument, t.Side = p.terms.Instrument, p.terms.Side
	}
	got := w.g.AmendParent(w.now, id, &t, &w.ref)
	if p == nil || p.closed {
		if got != DenyUnknownParent {
			w.Fatalf("AmendParent of an unknown parent: %v", got)
		}
		return got
	}
	if got == 0 {
		p.terms = t
		return 0
	}
	if want := w.m.checkParent(w.now, &t, &w.ref); got != want {
		w.Fatalf("AmendParent: %v, want %v", got, want)
	}
	return got
}

// anyChild is mostly a known id, or its pending one, sometimes an unknown one.
func (w *walk) anyChild() uint64 {
	var ids []uint64
	for _, c := range w.m.children {
		if !c.closed {
			ids = append(ids, c.id)
			if c.pend != 0 {
				ids = append(ids, c.pend)
			}
		}
	}
	if len(ids) == 0 || w.one(23) {
		return uint64(w.n("ChildID", 0, int64(w.next)))
	}
	return ids[w.rng.IntN(len(ids))]
}

func (w *walk) anyPair() (orig, id uint64) {
	orig = w.anyChild()
	if c := w.m.find(orig); c != nil && c.pend != 0 && !w.one(11) {
		return c.id, c.pend
	}
	return orig, w.anyChild()
}

// message asks for a message that often touches a limit, and sends it if allowed.
func (w *walk) message() Deny {
	o := Order{
		Kind:       [...]Kind{KindNew, KindNew, KindNew, KindReplace, KindReplace, KindCancel, KindStatus}[w.n("kind", 0, 6)],
		Parent:     uint32(w.n("parent", 0, 3)),
		Child:      w.next,
		Instrument: market.InstrumentID(w.n("instrument", 0, 3)),
		Side:       market.Side(1 + w.n("side", 0, 1)),
		Qty:        market.Qty(w.n("qty", 0, 8) * w.n("part", -1, 70)),
		Price:      market.Price(10_000+(w.n("side of the mid", 0, 2)-1)*w.n("from the mid", 0, 65)) * cent,
	}
	if o.Kind != KindNew {
		o.OrigChild = w.anyChild()
	}
	for range 3 {
		if w.m.known(o.Parent) == nil {
			o.Parent = uint32(w.n("parent", 0, 3))
		}
	}
	p := w.m.known(o.Parent)
	if c := w.m.find(o.OrigChild); c != nil && !w.one(11) {
		o.Instrument, o.Side, o.Parent = c.order.Instrument, c.order.Side, c.parent.id
		o.Qty = market.Qty(c.qty) + market.Qty(w.n("change", -100, 100))
	} else if p != nil && !w.one(11) {
		o.Instrument, o.Side = p.terms.Instrument, p.terms.Side
	}
	if o.Instrument == bbb && !w.one(11) {
		o.Qty -= o.Qty % 100
		o.Price -= o.Price % (5 * cent)
	}
	switch w.n("odd", 0, 42) {
	case 0:
		o.Price = 0
	case 1:
		o.Price += cent / 2
	case 2:
		o.Child = uint64(w.n("old id", 0, int64(w.next)))
	case 3:
		o.Qty = market.Qty(w.n("huge", int64(MaxQty)-1, 1<<62))
	case 4:
		o.Side = 7
	}
	got, want := w.g.Check(w.now, &o, &w.ref), w.m.check(w.now, &o, &w.ref)
	if got != want {
		w.Fatalf("Check(%+v, %+v): %v, want %v", o, w.ref, got, want)
	}
	if got == 0 {
		w.allowed++
		w.g.Sent(w.now, &o)
		w.m.onSent(w.now, &o)
		w.next = max(w.next, o.Child+1)
		w.sentInvariants(&o)
	}
	return got
}

// sentInvariants hold after every message that was allowed.
func (w *walk) sentInvariants(o *Order) {
	gl := w.m.cfg.Global
	if n := len(w.m.sent) - gl.MaxMessages - 1; n >= 0 && w.m.sent[len(w.m.sent)-1]-w.m.sent[n] < gl.Window {
		w.Fatalf("%d messages within %d ns", gl.MaxMessages+1, w.m.sent[len(w.m.sent)-1]-w.m.sent[n])
	}
	if o.Kind == KindCancel || o.Kind == KindStatus {
		return
	}
	if w.m.killed || w.m.halted {
		w.Fatalf("%v passed under kill or halt", o.Kind)
	}
	p := w.m.known(o.Parent)
	if sum := p.cum + w.m.leavesOf(func(c *slowChild) bool { return c.parent == p }); sum > int64(p.terms.Qty) {
		w.Fatalf("children hold %d of a parent of %d", sum, p.terms.Qty)
	}
	l, worst := w.m.cfg.Limits[o.Instrument], w.m.filled[o.Instrument]
	worst += o.Side.Sign() * w.m.leavesOf(func(c *slowChild) bool { return c.order.Instrument == o.Instrument && c.order.Side == o.Side })
	if (o.Side == market.Buy && worst > int64(l.MaxLong)) || (o.Side == market.Sell && worst < -int64(l.MaxShort)) {
		w.Fatalf("worst-case position %d after a %v", worst, o.Side)
	}
	// Every open order can be canceled at once, within the same window.
	if left := gl.MaxMessages - w.m.within(w.now); left < w.m.openOf(w.m.all) {
		w.Fatalf("%d messages left for %d open orders", left, w.m.openOf(w.m.all))
	}
	probe := *w.g
	probe.rate.log = append([]market.Nanos(nil), w.g.rate.log...)
	for i := range w.m.openOf(w.m.all) {
		c := Order{Kind: KindCancel, Child: w.next + uint64(i)}
		if d := probe.Check(w.now, &c, nil); d != 0 {
			w.Fatalf("cancel %d of the open orders is denied: %v", i, d)
		}
		probe.rate.add(w.now)
	}
}

// invariants hold always: both count the same.
func (w *walk) invariants() {
	if (w.g.Halted() != NotHalted) != w.m.halted || w.g.Killed() != w.m.killed {
		w.Fatalf("halted %v, want %v", w.g.Halted(), w.m.halted)
	}
	w.open = max(w.open, w.g.Open())
	if w.g.Open() != w.m.openOf(w.m.all) {
		w.Fatalf("%d orders open, want %d", w.g.Open(), w.m.openOf(w.m.all))
	}
	for i := range w.m.cfg.Instruments {
		id := market.InstrumentID(i)
		pos, buys, sells := w.g.Position(id)
		open := func(s market.Side) market.Qty {
			return market.Qty(w.m.leavesOf(func(c *slowChild) bool { return c.order.Instrument == id && c.order.Side == s }))
		}
		if pos != market.Qty(w.m.filled[id]) || buys != open(market.Buy) || sells != open(market.Sell) {
			w.Fatalf("instrument %d: %d filled, %d and %d open; want %d, %d, %d", id, pos, buys, sells, w.m.filled[id], open(market.Buy), open(market.Sell))
		}
	}
	for id := range uint32(4) {
		cum, open, ok := w.g.Parent(id)
		p := w.m.known(id)
		if ok != (p != nil) {
			w.Fatalf("parent %d known: %v", id, ok)
		}
		if p == nil {
			continue
		}
		if leaves := w.m.leavesOf(func(c *slowChild) bool { return c.parent == p }); int64(cum) != p.cum || int64(open) != leaves {
			w.Fatalf("parent %d: %d filled, %d open; want %d, %d", id, cum, open, p.cum, leaves)
		}
	}
}
