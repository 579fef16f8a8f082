package flow

import (
	"errors"
	"fmt"
	"math"
)

// ReactiveParams are the parameters of Reactive for one stock; docs/market-model.md
// has the equations, bench/flow/params/*.toml the sources of the figures.
type ReactiveParams struct {
	Symbol string `toml:"symbol"`
	Book   struct {
		Mid    float64 `toml:"mid"`    // of the opening book, currency
		Spread int     `toml:"spread"` // of the opening book, ticks
		AES    float64 `toml:"aes"`    // mean size of an event, shares
	} `toml:"book"`
	State struct {
		// Spread classes: class i holds spreads up to Spread[i] ticks; one more above.
		Spread []int `toml:"spread"`
		// Volume classes of the mean size of both touches, shares, likewise.
		Volume []int `toml:"volume"`
		// Imbalance is the number of equal bins of (own-opposite)/(own+opposite).
		Imbalance int `toml:"imbalance"`
	} `toml:"state"`
	// Rates[spread class][imbalance bin], events per second on one side; of the
	// cancels per second and order.
	Rates struct {
		Improve     [][]float64 `toml:"improve"`
		Join        [][]float64 `toml:"join"`
		Deep        [][]float64 `toml:"deep"`
		CancelTouch [][]float64 `toml:"cancel_touch"`
		CancelDeep  [][]float64 `toml:"cancel_deep"`
		Market      [][]float64 `toml:"market"`
		Hidden      [][]float64 `toml:"hidden"`
	} `toml:"rates"`
	// VolumeFactor[volume class] multiplies Rates.
	VolumeFactor struct {
		Improve     []float64 `toml:"improve"`
		Join        []float64 `toml:"join"`
		Deep        []float64 `toml:"deep"`
		CancelTouch []float64 `toml:"cancel_touch"`
		CancelDeep  []float64 `toml:"cancel_deep"`
		Market      []float64 `toml:"market"`
		Hidden      []float64 `toml:"hidden"`
	} `toml:"volume_factor"`
	Distance struct {
		Improve   [][]float64 `toml:"improve"` // [spread class][ticks inside - 1], weights
		Deep      []float64   `toml:"deep"`    // [ticks behind - 1], weights
		TailPower float64     `toml:"tail_power"`
		Max       int         `toml:"max"` // ticks
	} `toml:"distance"`
	Sizes struct {
		Improve Sizes `toml:"improve"`
		Join    Sizes `toml:"join"`
		Deep    Sizes `toml:"deep"`
		Market  Sizes `toml:"market"`
		Hidden  Sizes `toml:"hidden"`
	} `toml:"sizes"`
	Market struct {
		TakeAll float64 `toml:"take_all"` // share of market orders for exactly the touch
		Sweep   float64 `toml:"sweep"`    // share for more than that
	} `toml:"market"`
	Cancel struct {
		Kappa     float64 `toml:"kappa"`      // weight exp(kappa * rank/orders)
		Partial   float64 `toml:"partial"`    // share that takes half
		Replace   float64 `toml:"replace"`    // share that moves the order
		DeepTicks float64 `toml:"deep_ticks"` // distance at which the rate has halved
	} `toml:"cancel"`
	Fleeting struct {
		Improve   float64   `toml:"improve"` // share of new orders that go soon
		Join      float64   `toml:"join"`
		Deep      float64   `toml:"deep"`
		Quantiles []float64 `toml:"quantiles"` // of their lifetime, seconds, at (k+1/2)/n
	} `toml:"fleeting"`
	// Flicker is what comes back, or is gone, within milliseconds of a change of the touch.
	// Delays are quantiles in seconds at (k+1/2)/n.
	Flicker struct {
		Again       float64   `toml:"again"` // share of fleeting orders alone at the touch that are renewed
		Same        float64   `toml:"same"`  // of these at their price, the others a tick off
		AgainDelay  []float64 `toml:"again_delay"`
		Refill      float64   `toml:"refill"` // probability that a touch traded away comes back, for each tick it leaves open
		RefillDelay []float64 `toml:"refill_delay"`
		Snipe       float64   `toml:"snipe"` // that a new touch is taken, for each tick over 1 it is better
		SnipeDelay  []float64 `toml:"snipe_delay"`
	} `toml:"flicker"`
	Hawkes struct {
		Nu     float64   `toml:"nu"`
		Tau    []float64 `toml:"tau"`    // seconds
		Weight []float64 `toml:"weight"` // sum 1
	} `toml:"hawkes"`
	Intraday struct {
		From  float64   `toml:"from"` // seconds after midnight
		Bin   float64   `toml:"bin"`  // seconds
		Curve []float64 `toml:"curve"`
	} `toml:"intraday"`
	Regime struct {
		Activity []float64 `toml:"activity"`
		Dwell    []float64 `toml:"dwell"` // seconds
		Vol      []float64 `toml:"vol"`
	} `toml:"regime"`
	Latent struct {
		Vol         float64 `toml:"vol"`           // bp per square root of a second
		NewsPerHour float64 `toml:"news_per_hour"` //
		News        float64 `toml:"news"`          // bp, standard deviation of a jump
		Common      float64 `toml:"common"`        // correlation with the market's factor
		Unit        float64 `toml:"unit"`          // ticks of misprice that count as 1
		Clamp       float64 `toml:"clamp"`         // largest misprice that counts, units
		Market      float64 `toml:"market"`        // tilt of market orders
		Cancel      float64 `toml:"cancel"`        // of cancels at the touch
		Improve     float64 `toml:"improve"`       // of orders inside the spread
		Join        float64 `toml:"join"`          // of orders at the touch and behind it
		Learn       float64 `toml:"learn"`         // seconds in which the price learns from trading
	} `toml:"latent"`
	Splitting struct {
		Count int     `toml:"count"`
		Share float64 `toml:"share"`
		Alpha float64 `toml:"alpha"`
		Max   float64 `toml:"max"`
	} `toml:"splitting"`
	Feedback struct {
		Beta   float64 `toml:"beta"`
		Tau    float64 `toml:"tau"`    // seconds
		Market float64 `toml:"market"` // tilt of contra market orders by the flow
		Limit  float64 `toml:"limit"`  // of contra limit orders
		Clamp  float64 `toml:"clamp"`  // largest exponent
	} `toml:"feedback"`
	// Impact is the square-root law of orders with an owner: Q shares move the latent
	// price by y * vol * sqrt(Q/volume), piece by piece.
	Impact struct {
		Y      float64   `toml:"y"`
		Vol    float64   `toml:"vol"`    // daily, bp
		Volume float64   `toml:"volume"` // daily, shares
		Memory []float64 `toml:"memory"` // seconds in which the order is forgotten
	} `toml:"impact"`
	Redraw struct {
		Theta       float64 `toml:"theta"`        // probability after a trade used the touch up
		ThetaCancel float64 `toml:"theta_cancel"` // after its last order was canceled
		Messages    int     `toml:"messages"`     // at most so many
		From        float64 `toml:"from"`         // seconds
		To          float64 `toml:"to"`
		Cancel      float64 `toml:"cancel"` // share of them that cancel, on the side that gave way
		Follow      float64 `toml:"follow"` // share that improve the other side
	} `toml:"redraw"`
	Activity float64 `toml:"activity"` // multiplies all rates
	Phases   []Phase `toml:"phases"`
}

// Sizes are atoms and their weights.
type Sizes struct {
	Shares  []int     `toml:"shares"`
	Weights []float64 `toml:"weights"`
}

// Phase changes the model from From to To seconds after the session's start.
type Phase struct {
	From     float64 `toml:"from"`
	To       float64 `toml:"to"`
	Activity float64 `toml:"activity"` // multiplies all rates
	Vol      float64 `toml:"vol"`      // multiplies Latent.Vol
	Drift    float64 `toml:"drift"`    // bp per second of the latent price
	Add      float64 `toml:"add"`      // multiplies the rates of new limit orders
	Cancel   float64 `toml:"cancel"`   // of cancels
	Sell     float64 `toml:"sell"`     // multiplies sell market orders, divides buy ones
	Halt     bool    `toml:"halt"`
}

// The bounds of the tables.
const (
	maxSpreadClasses = 12
	maxImbalance     = 41
	maxVolumeClasses = 6
	maxTicks         = 1000
	kernels          = 8
	maxSplitters     = 64
)

// ParseReactive reads the text of a parameter file; an unknown key or a bad value is
// an error.
func ParseReactive(text []byte) (*ReactiveParams, error) {
	p := &ReactiveParams{}
	if err := decode(text, p); err != nil {
		return nil, err
	}
	return p, p.Validate()
}

// judgeParams collects faults.
type judgeParams struct{ errs []error }

func (j *judgeParams) within(name string, v, lo, hi float64) {
	if !(v >= lo && v <= hi) {
		j.errs = append(j.errs, fmt.Errorf("flow: %s = %g: want %g to %g", name, v, lo, hi))
	}
}

func (j *judgeParams) list(name string, v []float64, n int, lo, hi float64) {
	if n >= 0 && len(v) != n {
		j.errs = append(j.errs, fmt.Errorf("flow: %s has %d figures: want %d", name, len(v), n))
	}
	for i, x := range v {
		j.within(fmt.Sprintf("%s[%d]", name, i), x, lo, hi)
	}
}

// weights is a list with a positive sum.
func (j *judgeParams) weights(name string, v []float64, n int) {
	j.list(name, v, n, 0, 1e12)
	if sumOf(v) <= 0 {
		j.errs = append(j.errs, fmt.Errorf("flow: %s has no positive weight", name))
	}
}

func sumOf(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

// Validate reports every fault at once.
func (p *ReactiveParams) Validate() error {
	j := &judgeParams{}
	j.within("book.mid", p.Book.Mid, 0.5, 100_000)
	j.within("book.spread", float64(p.Book.Spread), 1, 1000)
	j.within("book.aes", p.Book.AES, 1, 100_000)
	rising := func(name string, v []int, most int) {
		j.within(name+" (number)", float64(len(v)), 0, float64(most-1))
		for i := range v {
			if v[i] < 1 || i > 0 && v[i] <= v[i-1] {
				j.errs = append(j.errs, fmt.Errorf("flow: %s[%d] = %d: want positive and rising", name, i, v[i]))
			}
		}
	}
	rising("state.spread", p.State.Spread, maxSpreadClasses)
	rising("state.volume", p.State.Volume, maxVolumeClasses)
	j.within("state.imbalance", float64(p.State.Imbalance), 1, maxImbalance)
	p.judgeTables(j)
	p.judgeShapes(j)
	p.judgeDynamics(j)
	return errors.Join(j.errs...)
}

// tables are the rate tables in the order of the streams.
func (p *ReactiveParams) tables() (rates [sSplit][][]float64, factors [sSplit][]float64, names [sSplit]string) {
	r, f := &p.Rates, &p.VolumeFactor
	return [sSplit][][]float64{r.Improve, r.Join, r.Deep, r.CancelTouch, r.CancelDeep, r.Hidden, r.Market},
		[sSplit][]float64{f.Improve, f.Join, f.Deep, f.CancelTouch, f.CancelDeep, f.Hidden, f.Market},
		[sSplit]string{"improve", "join", "deep", "cancel_touch", "cancel_deep", "hidden", "market"}
}

func (p *ReactiveParams) judgeTables(j *judgeParams) {
	rates, factors, names := p.tables()
	for s := range rates {
		if len(rates[s]) != len(p.State.Spread)+1 {
			j.errs = append(j.errs, fmt.Errorf("flow: rates.%s has %d rows: want %d, one per spread class", names[s], len(rates[s]), len(p.State.Spread)+1))
		}
		for i := range rates[s] {
			j.list(fmt.Sprintf("rates.%s[%d]", names[s], i), rates[s][i], p.State.Imbalance, 0, 1e4)
		}
		j.list("volume_factor."+names[s], factors[s], len(p.State.Volume)+1, 0, 100)
	}
	for i, row := range p.Rates.CancelTouch {
		for k, v := range row {
			if v <= 0 {
				j.errs = append(j.errs, fmt.Errorf("flow: rates.cancel_touch[%d][%d] = %g: the book would grow without bound", i, k, v))
			}
		}
	}
	if len(p.Distance.Improve) != len(p.State.Spread)+1 {
		j.errs = append(j.errs, fmt.Errorf("flow: distance.improve has %d rows: want %d", len(p.Distance.Improve), len(p.State.Spread)+1))
	}
}

func (p *ReactiveParams) judgeShapes(j *judgeParams) {
	for i, row := range p.Distance.Improve {
		j.within(fmt.Sprintf("distance.improve[%d] (number)", i), float64(len(row)), 1, maxTicks)
		j.weights(fmt.Sprintf("distance.improve[%d]", i), row, -1)
	}
	j.within("distance.max", float64(p.Distance.Max), 5, maxTicks)
	j.within("distance.deep (number)", float64(len(p.Distance.Deep)), 1, float64(p.Distance.Max))
	j.weights("distance.deep", p.Distance.Deep, -1)
	j.within("distance.tail_power", p.Distance.TailPower, 0.5, 10)
	for _, s := range []struct {
		name string
		s    *Sizes
	}{{"improve", &p.Sizes.Improve}, {"join", &p.Sizes.Join}, {"deep", &p.Sizes.Deep}, {"market", &p.Sizes.Market}, {"hidden", &p.Sizes.Hidden}} {
		j.within("sizes."+s.name+".shares (number)", float64(len(s.s.Shares)), 1, 1000)
		j.weights("sizes."+s.name+".weights", s.s.Weights, len(s.s.Shares))
		for i, v := range s.s.Shares {
			j.within(fmt.Sprintf("sizes.%s.shares[%d]", s.name, i), float64(v), 1, 1e6)
		}
	}
	j.within("market.take_all", p.Market.TakeAll, 0, 1)
	j.within("market.sweep", p.Market.Sweep, 0, 1-p.Market.TakeAll)
	j.within("cancel.kappa", p.Cancel.Kappa, -10, 10)
	j.within("cancel.partial", p.Cancel.Partial, 0, 0.5)
	j.within("cancel.replace", p.Cancel.Replace, 0, 0.5)
	j.within("cancel.deep_ticks", p.Cancel.DeepTicks, 1, 1e4)
	j.within("fleeting.improve", p.Fleeting.Improve, 0, 1)
	j.within("fleeting.join", p.Fleeting.Join, 0, 1)
	j.within("fleeting.deep", p.Fleeting.Deep, 0, 1)
	j.within("fleeting.quantiles (number)", float64(len(p.Fleeting.Quantiles)), 1, 1000)
	j.list("fleeting.quantiles", p.Fleeting.Quantiles, -1, 1e-6, 60)
	f := &p.Flicker
	j.within("flicker.again", f.Again, 0, 0.9)
	j.within("flicker.same", f.Same, 0, 1)
	j.within("flicker.refill", f.Refill, 0, 0.9)
	j.within("flicker.snipe", f.Snipe, 0, 1)
	delays := func(name string, v []float64) {
		j.within(name+" (number)", float64(len(v)), 1, 1000)
		j.list(name, v, -1, 1e-6, 60)
	}
	delays("flicker.again_delay", f.AgainDelay)
	delays("flicker.refill_delay", f.RefillDelay)
	delays("flicker.snipe_delay", f.SnipeDelay)
}

func (p *ReactiveParams) judgeDynamics(j *judgeParams) {
	j.within("hawkes.nu", p.Hawkes.Nu, 0, 0.95)
	j.within("hawkes.tau (number)", float64(len(p.Hawkes.Tau)), 1, kernels)
	j.list("hawkes.tau", p.Hawkes.Tau, -1, 1e-5, 1e4)
	j.weights("hawkes.weight", p.Hawkes.Weight, len(p.Hawkes.Tau))
	if s := sumOf(p.Hawkes.Weight); math.Abs(s-1) > 1e-3 {
		j.errs = append(j.errs, fmt.Errorf("flow: hawkes.weight sums to %g: want 1", s))
	}
	j.within("intraday.from", p.Intraday.From, 0, 86_400)
	j.within("intraday.bin", p.Intraday.Bin, 1, 86_400)
	j.within("intraday.curve (number)", float64(len(p.Intraday.Curve)), 1, 1440)
	j.list("intraday.curve", p.Intraday.Curve, -1, 0.01, 100)
	j.within("regime.activity (number)", float64(len(p.Regime.Activity)), 1, 8)
	j.list("regime.activity", p.Regime.Activity, -1, 0.01, 100)
	j.list("regime.dwell", p.Regime.Dwell, len(p.Regime.Activity), 1, 1e6)
	j.list("regime.vol", p.Regime.Vol, len(p.Regime.Activity), 0, 100)
	l := &p.Latent
	j.within("latent.vol", l.Vol, 0, 100)
	j.within("latent.news_per_hour", l.NewsPerHour, 0, 3600)
	j.within("latent.news", l.News, 0, 1000)
	j.within("latent.common", l.Common, -1, 1)
	j.within("latent.unit", l.Unit, 0.1, 1000)
	j.within("latent.clamp", l.Clamp, 0, 20)
	j.within("latent.market", l.Market, 0, 10)
	j.within("latent.cancel", l.Cancel, 0, 10)
	j.within("latent.improve", l.Improve, 0, 10)
	j.within("latent.join", l.Join, -5, 10)
	j.within("latent.learn", l.Learn, 1, 1e9)
	j.within("splitting.count", float64(p.Splitting.Count), 1, maxSplitters)
	j.within("splitting.share", p.Splitting.Share, 0, 0.99)
	j.within("splitting.alpha", p.Splitting.Alpha, 1.01, 10)
	j.within("splitting.max", p.Splitting.Max, 1, 1e6)
	j.within("feedback.beta", p.Feedback.Beta, 0.1, 5)
	j.within("feedback.tau", p.Feedback.Tau, 1e-3, 1e4)
	j.within("feedback.market", p.Feedback.Market, 0, 10)
	j.within("feedback.limit", p.Feedback.Limit, 0, 10)
	j.within("feedback.clamp", p.Feedback.Clamp, 0, 10)
	j.within("impact.y", p.Impact.Y, 0, 10)
	j.within("impact.vol", p.Impact.Vol, 0.1, 10_000)
	j.within("impact.volume", p.Impact.Volume, 100, 1e12)
	j.within("impact.memory (number)", float64(len(p.Impact.Memory)), 1, kernels)
	j.list("impact.memory", p.Impact.Memory, -1, 1, 1e7)
	j.within("redraw.theta", p.Redraw.Theta, 0, 1)
	j.within("redraw.theta_cancel", p.Redraw.ThetaCancel, 0, 1)
	j.within("redraw.messages", float64(p.Redraw.Messages), 0, 16)
	j.within("redraw.from", p.Redraw.From, 1e-6, 10)
	j.within("redraw.to", p.Redraw.To, p.Redraw.From, 10)
	j.within("redraw.cancel", p.Redraw.Cancel, 0, 1)
	j.within("redraw.follow", p.Redraw.Follow, 0, 1-p.Redraw.Cancel)
	j.within("activity", p.Activity, 1e-3, 1e4)
	for i := range p.Phases {
		f := &p.Phases[i]
		name := fmt.Sprintf("phases[%d].", i)
		j.within(name+"from", f.From, 0, 86_400)
		j.within(name+"to", f.To, f.From, 86_400)
		j.within(name+"activity", f.Activity, 1e-3, 1e4)
		j.within(name+"vol", f.Vol, 0, 100)
		j.within(name+"drift", f.Drift, -100, 100)
		j.within(name+"add", f.Add, 0, 100)
		j.within(name+"cancel", f.Cancel, 0.01, 100)
		j.within(name+"sell", f.Sell, 0.01, 100)
	}
}
