package accept

import (
	"fmt"
	"math"
	"slices"

	"slipstream/bench/exchange"
	"slipstream/internal/market"
)

// trader is one participant's position and cash in a market; it sees the feed's book and
// its own fills, never the model's hidden state.
type trader struct {
	m      *exchange.Market
	start  market.Nanos
	pos    float64 // shares
	cash   float64 // 1e-4
	traded float64
	ref    uint64
	quote  [3]uint64 // OrderID of the resting order of a side
	at     [3]uint32 // its price
	mids   []float64 // each second
	signed float64   // decayed signed volume of all takers
	taken  [3]uint64
	dir    float64 // 1, or -1 to begin with a sale
}

// settle books the fills since the last call.
func (t *trader) settle() {
	for _, e := range t.m.Execs() {
		if e.Owner != 1 {
			continue
		}
		if e.Kind == exchange.ExecTrade {
			s := float64(e.Side.Sign()) * float64(e.LastQty)
			t.pos += s
			t.cash -= s * float64(e.LastPx/market.ITCHUnit)
			t.traded += float64(e.LastQty)
		}
		if e.Status.IsTerminal() && t.quote[e.Side] == e.OrderID {
			t.quote[e.Side] = 0
		}
	}
	t.m.ClearExecs()
}

// want takes until the position is as wanted.
func (t *trader) want(pos float64) {
	switch d := math.Round(pos - t.pos); {
	case d >= 1:
		t.send(market.Buy, exchange.OrdMarket, d, 0)
	case d <= -1:
		t.send(market.Sell, exchange.OrdMarket, -d, 0)
	}
}

func (t *trader) send(side market.Side, typ exchange.OrdType, qty float64, price uint32) uint64 {
	t.settle()
	t.ref++
	id, _ := t.m.Do(&exchange.Request{Kind: exchange.KindNew, Side: side, Type: typ, Owner: 1, ClientRef: t.ref,
		Qty: market.Qty(qty), Price: market.Price(price) * market.ITCHUnit, PostOnly: typ == exchange.OrdLimit})
	if typ == exchange.OrdLimit {
		t.quote[side], t.at[side] = id, price
	}
	t.settle()
	return id
}

// post keeps an order of qty at a price; a qty of 0 takes it away.
func (t *trader) post(side market.Side, qty float64, price uint32) {
	if t.quote[side] != 0 && (qty < 1 || t.at[side] != price) {
		t.settle()
		if id := t.quote[side]; id != 0 {
			t.ref++
			t.m.Do(&exchange.Request{Kind: exchange.KindCancel, Side: side, Owner: 1, ClientRef: t.ref, OrderID: id})
			t.settle()
			t.quote[side] = 0
		}
	}
	if t.quote[side] == 0 && qty >= 1 && price > 0 {
		t.send(side, exchange.OrdLimit, qty, price)
	}
}

// move is the mid's change in ticks over the last seconds.
func (t *trader) move(seconds int) float64 {
	n := len(t.mids)
	if n <= seconds {
		return 0
	}
	return (t.mids[n-1] - t.mids[n-1-seconds]) / 100
}

// strategy decides once a second. Each is adaptive: it reacts to book, flow or its own
// effect on them.
type strategy struct {
	name string
	step func(t *trader, sec int)
	// both: it begins with a purchase whatever the market does, so each seed is also played
	// the other way round; the market's own moves then cancel.
	both      bool
	roundTrip bool
}

// episodeSeconds is the length of an episode; in the last half minute positions are closed.
const episodeSeconds = 1800

// strategies is the family that tries to make money out of the model.
func strategies(size float64) (out []strategy) {
	add := func(name string, step func(t *trader, sec int)) {
		out = append(out, strategy{name: name, step: step})
	}
	// Round trips: buy for a while, wait, sell as long again or at once.
	for _, push := range []int{60, 300, 600} {
		for _, dump := range []int{30, 600} {
			for _, scale := range []float64{1, 10} {
				name := fmt.Sprintf("pump %d s, dump %d s, %g shares", push, dump, size*scale*10)
				out = append(out, strategy{name: name, both: true, roundTrip: true, step: func(t *trader, sec int) {
					total := size * scale * 10
					up := min(float64(sec)/float64(push), 1)
					down := min(max(float64(sec-push-60)/float64(dump), 0), 1)
					if sec%10 == 0 || down > 0 {
						t.want(t.dir * total * (up - down))
					}
				}})
			}
		}
	}
	for _, sign := range []float64{1, -1} {
		kind := map[float64]string{1: "follow", -1: "fade"}[sign]
		for _, look := range []int{5, 60, 300} {
			k := 4 * math.Sqrt(float64(look)/5)
			add(fmt.Sprintf("%s moves of %d s over %.0f ticks", kind, look, k), func(t *trader, _ int) {
				if v := t.move(look); math.Abs(v) > k {
					t.want(sign * size * math.Copysign(3, v))
				} else if math.Abs(v) < k/4 {
					t.want(0)
				}
			})
		}
		add(kind+" the flow", func(t *trader, _ int) {
			if v := t.signed / size; math.Abs(v) > 4 {
				t.want(sign * size * math.Copysign(3, v))
			} else if math.Abs(v) < 1 {
				t.want(0)
			}
		})
		add(kind+" the imbalance", func(t *trader, _ int) {
			bid, ask := t.m.Touch(0)
			v := (float64(bid.Qty) - float64(ask.Qty)) / max(float64(bid.Qty+ask.Qty), 1)
			if math.Abs(v) > 0.7 {
				t.want(sign * size * math.Copysign(3, v))
			}
		})
	}
	// Push the price by taking, leave by resting: gains if reaction is predictable.
	for _, push := range []int{30, 120} {
		name := fmt.Sprintf("push %d s, leave passively", push)
		out = append(out, strategy{name: name, both: true, step: func(t *trader, sec int) {
			bid, ask := t.m.Touch(0)
			out, price := market.Sell, improve(ask.Price, bid.Price, -100, 1)
			if t.dir < 0 {
				out, price = market.Buy, improve(bid.Price, ask.Price, 100, 1)
			}
			switch s := sec % 600; {
			case s < push:
				t.post(out, 0, 0)
				t.want(t.dir * size * 10 * float64(s+1) / float64(push))
			case s < 480 && t.dir*t.pos > 0:
				t.post(out, min(t.dir*t.pos, size), price)
			default:
				t.post(out, 0, 0)
				t.want(0)
			}
		}})
	}
	// Makers, at the touch or inside it, leaning against their inventory.
	for _, inside := range []int{0, 1} {
		for _, gate := range []float64{2, 0.4} {
			add(fmt.Sprintf("make %d ticks inside, imbalance within %g", inside, gate), func(t *trader, _ int) {
				bid, ask := t.m.Touch(0)
				v := (float64(bid.Qty) - float64(ask.Qty)) / max(float64(bid.Qty+ask.Qty), 1)
				lean := t.pos / size
				b, a := improve(bid.Price, ask.Price, 100, inside), improve(ask.Price, bid.Price, -100, inside)
				buy, sell := size, size
				if lean > 5 || v < -gate {
					buy = 0
				}
				if lean < -5 || v > gate {
					sell = 0
				}
				t.post(market.Buy, buy, b)
				t.post(market.Sell, sell, a)
			})
		}
	}
	return out
}

// improve is a price n ticks inside the spread where there is room for it.
func improve(own, other uint32, tick int64, n int) uint32 {
	p := int64(own) + int64(n)*tick
	if (tick > 0 && p+tick > int64(other)) || (tick < 0 && p+tick < int64(other)) {
		return own
	}
	return uint32(p)
}

// play runs one episode and returns the gain in the currency, after the spread, with all
// closed at the end; and how many shares were traded.
func (mo *Model) play(s *strategy, seed uint64, at market.Nanos) (gain, traded float64, err error) {
	if gain, traded, err = mo.once(s, seed, at, 1); err != nil || !s.both {
		return gain, traded, err
	}
	g, n, err := mo.once(s, seed, at, -1)
	return (gain + g) / 2, (traded + n) / 2, err
}

// once is play in one direction.
func (mo *Model) once(s *strategy, seed uint64, at market.Nanos, dir float64) (gain, traded float64, err error) {
	m, err := mo.market(seed, at)
	if err != nil {
		return 0, 0, err
	}
	t := &trader{m: m, start: m.Now(), dir: dir}
	for sec := range episodeSeconds {
		m.Advance(t.start + market.Nanos(sec)*market.Second)
		t.settle()
		mid := midNow(m)
		if math.IsNaN(mid) && len(t.mids) > 0 {
			mid = t.mids[len(t.mids)-1]
		}
		t.mids = append(t.mids, mid)
		t.signed *= 1 - 1./30
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			now := m.Taken(0, side)
			t.signed += float64(side.Sign()) * float64(now-t.taken[side])
			t.taken[side] = now
		}
		if sec >= episodeSeconds-30 {
			t.post(market.Buy, 0, 0)
			t.post(market.Sell, 0, 0)
			t.want(0)
			continue
		}
		s.step(t, sec)
	}
	// What the book could not take is marked at the mid.
	t.cash += t.pos * t.mids[len(t.mids)-1]
	return t.cash / 1e4, t.traded, nil
}

// Attempt is the result of one strategy.
type Attempt struct {
	Name   string `json:"name"`
	Gain   Num    `json:"gain"`   // mean of an episode on seeds that did not choose it, currency
	Lo     Num    `json:"lo"`     // 95 % over seeds
	Hi     Num    `json:"hi"`     //
	Ticks  Num    `json:"ticks"`  // gain per share traded
	Traded Num    `json:"traded"` // shares of an episode
	Chosen bool   `json:"chosen"` // one of the best of its family on the other seeds

	roundTrip bool
}

// attack plays every strategy on train seeds; the best few, and the best round trip, on
// test seeds that are others.
func (mo *Model) attack(size float64, train, test, best int, from, to market.Nanos) (out []Attempt, err error) {
	family := strategies(size)
	slots := int((to-from)/(episodeSeconds*market.Second)) - 1
	at := func(seed int) market.Nanos { return from + market.Nanos(seed%slots)*episodeSeconds*market.Second }
	for i := range family {
		sum, shares := 0.0, 0.0
		for k := range train {
			g, n, err := mo.play(&family[i], uint64(k)+5000, at(k))
			if err != nil {
				return nil, err
			}
			sum += g / float64(train)
			shares += n / float64(train)
		}
		out = append(out, Attempt{Name: family[i].name, roundTrip: family[i].roundTrip, Gain: Num(sum), Traded: Num(shares), Ticks: Num(sum * 100 / max(shares, 1)), Lo: Num(math.NaN()), Hi: Num(math.NaN())})
	}
	for range best {
		choose(out, func(i int) bool { return float64(out[i].Traded) >= size })
	}
	if !slices.ContainsFunc(out, func(a Attempt) bool { return a.Chosen && a.roundTrip }) {
		choose(out, func(i int) bool { return out[i].roundTrip })
	}
	for i := range out {
		if out[i].Chosen {
			if err := mo.judge(&out[i], &family[i], test, at); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// choose marks the best of those that may be, if any. One that hardly trades cannot lose;
// it is no attack.
func choose(list []Attempt, may func(i int) bool) {
	top := -1
	for i := range list {
		if !list[i].Chosen && may(i) && (top < 0 || list[i].Gain > list[top].Gain) {
			top = i
		}
	}
	if top >= 0 {
		list[top].Chosen = true
	}
}

// judge plays a chosen strategy on seeds that did not choose it.
func (mo *Model) judge(a *Attempt, s *strategy, test int, at func(seed int) market.Nanos) error {
	gains, shares := make([]float64, test), 0.0
	for k := range gains {
		g, n, err := mo.play(s, uint64(k)+9000, at(k))
		if err != nil {
			return err
		}
		gains[k] = g
		shares += n / float64(test)
	}
	lo, hi := Bootstrap(test, 1000, 0.95, func(u []int) float64 {
		s := 0.0
		for _, i := range u {
			s += gains[i] / float64(test)
		}
		return s
	})
	a.Gain, a.Lo, a.Hi, a.Traded = Num(mean(gains)), Num(lo), Num(hi), Num(shares)
	a.Ticks = Num(float64(a.Gain) * 100 / max(shares, 1))
	return nil
}
