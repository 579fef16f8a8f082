package calibrate

import (
	"fmt"
	"math"

	"slipstream/bench/accept"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
)

// Moments are what the few global figures are matched to, through the same window.
type Moments struct {
	EventsPerSecond float64 `json:"events_per_second"`
	TradesPerSecond float64 `json:"trades_per_second"`
	Spread          float64 `json:"spread_ticks"` // mean over time
	DeepShare       float64 `json:"deep_share"`   // of events, new orders behind the touch
	TouchSize       float64 `json:"touch_shares"` // geometric mean over time, of one side
	Window          float64 `json:"window_ticks"` // mean distance of the window's last level from its touch
	Depth           float64 `json:"depth_shares"` // geometric mean of what the window shows behind the touch of one side
	VolMinute       float64 `json:"vol_minute"`   // bp per square root of a second, of one-minute returns
	VolFive         float64 `json:"vol_five"`     // likewise, five minutes
}

func momentsOf(d *record.Day) (m Moments) {
	spread, touch, window, depth, time := 0.0, 0.0, 0.0, 0.0, 0.0
	each(d, func(i int, dt float64) {
		t := d.Events[i].After
		spread += dt * float64(spreadOf(d, t))
		touch += dt * math.Log(float64(t.BidQty)*float64(t.AskQty)) / 2
		for k, levels := range [...][]record.Level{d.Bids(i), d.Asks(i)} {
			if last := levels[d.Levels-1]; last.Qty > 0 {
				window += dt / 2 * float64(2*k-1) * float64(int64(last.Price)-int64(levels[0].Price)) / float64(d.Tick)
			}
			behind := 1.0
			for _, l := range levels[1:] {
				behind += float64(l.Qty)
			}
			depth += dt / 2 * math.Log(behind)
		}
		time += dt
	})
	trades, behind := 0, 0
	last := int32(0)
	for i := range d.Events {
		e := &d.Events[i]
		if e.Kind == record.Execute && e.Trade != last {
			last = e.Trade
			trades++
		}
		if e.Kind == record.Add && e.Level > 1 {
			behind++
		}
	}
	m.DeepShare = float64(behind) / max(float64(len(d.Events)), 1)
	m.EventsPerSecond = float64(len(d.Events)) / d.Seconds()
	m.TradesPerSecond = float64(trades) / d.Seconds()
	time = max(time, 1e-9)
	m.Spread, m.TouchSize, m.Window = spread/time, math.Exp(touch/time), window/time
	m.Depth = math.Exp(depth / time)
	m.VolMinute, m.VolFive = volOf(d, 60), volOf(d, 300)
	return m
}

// volOf is the standard deviation of log returns of the mid over step seconds, bp per
// square root of a second.
func volOf(d *record.Day, step float64) float64 {
	sum, n, was := 0.0, 0.0, 0.0
	i := 0
	for t := float64(d.Start) / 1e9; t <= float64(d.End)/1e9; t += step {
		for i < len(d.Events)-1 && float64(d.Events[i+1].Nanos)/1e9 <= t {
			i++
		}
		mid, ok := d.Events[i].After.Mid2()
		if !ok {
			continue
		}
		now := math.Log(float64(mid))
		if was != 0 {
			sum += (now - was) * (now - was)
			n++
		}
		was = now
	}
	return 1e4 * math.Sqrt(sum/max(n, 1)/step)
}

// prices are the level of the book and of volatility.
func (f *fit) prices() {
	for i := range f.w.Events {
		if mid, ok := f.w.Events[i].After.Mid2(); ok {
			f.p.Book.Mid = math.Round(float64(mid)/2/100) / 100
			break
		}
	}
	f.p.Latent.Vol = max(volOf(f.w, 300), 0.05)
	f.p.Latent.News = 6 * f.p.Latent.Vol
	const session = 23_400 // seconds
	shares := 0.0
	for i := range f.d.Events {
		if e := &f.d.Events[i]; e.Kind == record.Execute || e.Kind == record.Hidden {
			shares += float64(e.Size)
		}
	}
	f.p.Impact.Volume = max(math.Round(shares*session/max(f.d.Seconds(), 1)), 1000)
	f.p.Impact.Vol = max(volOf(f.w, 300)*math.Sqrt(session), 1)
}

// simulate runs parameters over the hours that are fitted, so that the intraday curve is the
// day's, n times with seeds of their own.
func (f *fit) simulate(p *flow.ReactiveParams, seed uint64, n int) ([]*record.Day, error) {
	var out []*record.Day
	for k := range n {
		d, err := accept.Simulate(p, seed+uint64(k), f.w.Start, f.w.End, f.w.Levels)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func meanMoments(days []*record.Day) (m Moments) {
	n := float64(len(days))
	for _, d := range days {
		x := momentsOf(d)
		m.EventsPerSecond += x.EventsPerSecond / n
		m.TradesPerSecond += x.TradesPerSecond / n
		m.Spread += x.Spread / n
		m.DeepShare += x.DeepShare / n
		m.TouchSize += x.TouchSize / n
		m.Window += x.Window / n
		m.Depth += x.Depth / n
		m.VolMinute += x.VolMinute / n
		m.VolFive += x.VolFive / n
	}
	return m
}

// match moves seven factors until the simulated moments are the day's, by damped fixed
// point with common seeds: overall activity (events), orders inside the spread (spread)
// and behind the touch (their share), cancels at the touch (its size) and behind it (the
// window's width and depth), market orders (trades), latent volatility.
func (f *fit) match() error {
	day := f.e.Day
	for r := range f.o.Rounds {
		days, err := f.simulate(f.p, matchSeed+f.o.Seed, 2)
		if err != nil {
			return err
		}
		f.e.Model = meanMoments(days)
		f.o.Progress(fmt.Sprintf("round %d of %d", r+1, f.o.Rounds))
		if r == f.o.Rounds-1 {
			break
		}
		m := f.e.Model
		f.p.Activity *= pull(day.EventsPerSecond, m.EventsPerSecond, 0.8)
		scaleTable(f.p.Rates.Market, pull(day.TradesPerSecond/day.EventsPerSecond, m.TradesPerSecond/m.EventsPerSecond, 0.8))
		// A wider spread calls for more orders inside it.
		scaleTable(f.p.Rates.Improve, pull(m.Spread, day.Spread, 1))
		scaleTable(f.p.Rates.CancelTouch, pull(m.TouchSize, day.TouchSize, 0.7))
		f.p.Latent.Vol *= pull(day.VolFive, m.VolFive, 0.7)
		f.matchExcitation(days[:1])
		if day.Window > 0 {
			// A book that is too dense, or too deep, has too many orders behind the touch. One
			// factor cannot meet both: it ends where the two are as far off, one over the other.
			scaleTable(f.p.Rates.CancelDeep, pull(day.Window*m.Depth, m.Window*day.Depth, 1))
			scaleTable(f.p.Rates.Deep, pull(day.DeepShare, m.DeepShare, 1))
		}
	}
	return nil
}

// settleSessions tell the levels of a model whose sessions differ as days do: by regimes
// that last for half an hour and more.
const settleSessions = 10

// settle matches activity, trades and volatility once more, over many sessions: the few
// that a search can afford would pass their luck on to the level.
func (f *fit) settle() error {
	for r := range 4 {
		days, err := f.simulate(f.p, settleSeed+f.o.Seed, settleSessions)
		if err != nil {
			return err
		}
		day, m := f.e.Day, meanMoments(days)
		f.e.Model = m
		f.o.Progress(fmt.Sprintf("levels, round %d of 4", r+1))
		if r == 3 {
			break
		}
		f.p.Activity *= pull(day.EventsPerSecond, m.EventsPerSecond, 0.8)
		scaleTable(f.p.Rates.Market, pull(day.TradesPerSecond/day.EventsPerSecond, m.TradesPerSecond/m.EventsPerSecond, 0.8))
		f.p.Latent.Vol *= pull(day.VolFive, m.VolFive, 0.8)
	}
	return nil
}

// pull is the factor that moves what one has towards what one wants, at most by half.
func pull(want, have, power float64) float64 {
	return min(max(math.Pow(want/max(have, 1e-9), power), 0.67), 1.5)
}

func scaleTable(t [][]float64, by float64) {
	for i := range t {
		for j := range t[i] {
			t[i][j] = min(t[i][j]*by, 1e4)
		}
	}
}
