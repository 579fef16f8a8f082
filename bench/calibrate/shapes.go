package calibrate

import (
	"math"
	"sort"

	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
)

// distances are where orders arrive. Beyond what a window of levels shows, a power law
// continues the list, and the rate of deep orders is raised by what it adds.
func (f *fit) distances() {
	d := &f.p.Distance
	nc := len(f.p.State.Spread) + 1
	const listed = 20
	d.Improve = grid(nc, listed)
	count := make([]float64, deepListed)
	for i := range f.w.Events {
		e := &f.w.Events[i]
		if e.Kind != record.Add || e.Before.Bid == 0 || e.Before.Ask == 0 {
			continue
		}
		c, _, _ := f.bins(e.Before, e.Side)
		switch k := kindOf(e); {
		case k == improve && e.Distance < 0:
			d.Improve[c][min(int(-e.Distance), listed)-1]++
		case k == deep && e.Distance >= 1 && e.Distance <= deepListed:
			count[e.Distance-1]++
		}
	}
	for c := range d.Improve {
		normalise(d.Improve[c], 1)
	}
	if f.d.Levels < 3 {
		f.borrow()
		return
	}
	// A distance counts over the time in which the window reached it.
	seen := make([]float64, deepListed)
	total := 0.0
	each(f.w, func(i int, dt float64) {
		for _, levels := range [...][]record.Level{f.w.Bids(i), f.w.Asks(i)} {
			total += dt
			far := deepListed
			if last := levels[f.w.Levels-1]; last.Qty > 0 {
				far = min(far, int(math.Abs(float64(int64(last.Price)-int64(levels[0].Price)))/float64(f.w.Tick)))
			}
			for k := range far {
				seen[k] += dt
			}
		}
	})
	visible, all := 0.0, 0.0
	for k := range count {
		visible += count[k]
		count[k] *= total / max(seen[k], total/50)
		all += count[k]
	}
	d.Deep = count
	normalise(d.Deep, 1)
	last := d.Deep[deepListed-deepListed/4:]
	mean := 0.0
	for _, v := range last {
		mean += v / float64(len(last))
	}
	level := mean * math.Pow(deepListed-float64(len(last)-1)/2, d.TailPower)
	tail := 0.0
	for i := deepListed + 1; i <= d.Max; i++ {
		tail += level * math.Pow(float64(i), -d.TailPower)
	}
	for c := range f.p.Rates.Deep {
		for b := range f.p.Rates.Deep[c] {
			f.p.Rates.Deep[c][b] *= (1 + tail) * all / max(visible, 1)
		}
	}
}

// borrow takes what a touch-only day cannot show from another stock, per order that
// joins the touch.
func (f *fit) borrow() {
	q := f.o.Deeper
	f.e.Borrowed = q != nil
	if q == nil {
		q = literature()
		q.Rates.Deep, q.Rates.CancelDeep = [][]float64{{1}}, [][]float64{{0.3}}
		q.Rates.Join, q.Rates.CancelTouch = [][]float64{{1}}, [][]float64{{0.5}}
	}
	f.p.Distance.Deep = append([]float64(nil), q.Distance.Deep...)
	mean := func(t [][]float64) float64 {
		s, n := 0.0, 0.0
		for _, row := range t {
			for _, v := range row {
				s += v
				n++
			}
		}
		return s / n
	}
	more := mean(q.Rates.Deep) / mean(q.Rates.Join) * mean(f.p.Rates.Join)
	less := mean(q.Rates.CancelDeep)
	for c := range f.p.Rates.Deep {
		for b := range f.p.Rates.Deep[c] {
			f.p.Rates.Deep[c][b], f.p.Rates.CancelDeep[c][b] = more, less
		}
	}
	for v := range f.p.VolumeFactor.Deep {
		f.p.VolumeFactor.Deep[v], f.p.VolumeFactor.CancelDeep[v] = 1, 1
	}
	f.p.Fleeting.Deep = q.Fleeting.Deep
	f.p.Cancel.Kappa = q.Cancel.Kappa
}

// normalise adds a little to each and scales the sum to 1.
func normalise(v []float64, prior float64) {
	sum := 0.0
	for i := range v {
		v[i] += prior / float64(len(v))
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

// sizes are the most frequent sizes, and quantiles of the others.
func (f *fit) sizes() {
	var all [streamCount]map[int]float64
	for s := range all {
		all[s] = map[int]float64{}
	}
	var takeAll, sweep, trades, shares float64
	for i := 0; i < len(f.w.Events); i++ {
		e := &f.w.Events[i]
		k := kindOf(e)
		if k < 0 || k == cancelTouch || k == cancelDeep {
			continue
		}
		answer := f.answers[i]
		qty := int(e.Size)
		if k == trade {
			touch := int(e.Before.Qty(e.Side))
			for i+1 < len(f.w.Events) && f.w.Events[i+1].Trade == e.Trade {
				i++
				qty += int(f.w.Events[i].Size)
			}
			if answer { // takes the touch by what it is
				continue
			}
			trades++
			switch {
			case qty == touch:
				takeAll++
			case qty > touch:
				sweep++
			}
		}
		shares += float64(qty)
		all[k][qty]++
	}
	if f.d.Levels < 3 {
		all[deep] = all[join]
	}
	z := &f.p.Sizes
	z.Improve, z.Join, z.Deep, z.Hidden, z.Market = atoms(all[improve]), atoms(all[join]), atoms(all[deep]), atoms(all[hidden]), atoms(all[trade])
	f.p.Market.TakeAll, f.p.Market.Sweep = takeAll/max(trades, 1), sweep/max(trades, 1)
	n, sum := 0.0, 0.0
	for _, s := range []int{improve, join, trade} {
		for q, c := range all[s] {
			n += c
			sum += c * float64(q)
		}
	}
	f.p.Book.AES = math.Round(sum / max(n, 1))
}

// tailLeast is how many orders a size of the tail must stand for.
const tailLeast = 20

// atoms keeps the sizes that make up at least half a percent, at most 24, and puts
// eight quantiles in the place of the rest, the largest eighth of which is cut in halves
// again and again: each half is its mean, down to the largest twenty or so. Few but huge
// orders make up half of the variance of order flow imbalance.
func atoms(count map[int]float64) flow.Sizes {
	type pair struct {
		q int
		n float64
	}
	var list []pair
	sum := 0.0
	for q, n := range count {
		list = append(list, pair{q, n})
		sum += n
	}
	if sum == 0 {
		return flow.Sizes{Shares: []int{100}, Weights: []float64{1}}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].n > list[j].n || list[i].n == list[j].n && list[i].q < list[j].q })
	keep := map[int]float64{}
	var rest []weighted
	restSum := 0.0
	for i, e := range list {
		if i < 24 && e.n >= sum/200 {
			keep[e.q] += e.n
			continue
		}
		rest = append(rest, weighted{float64(e.q), e.n})
		restSum += e.n
	}
	if len(rest) > 0 {
		for _, v := range quantiles(rest, []float64{1. / 16, 3. / 16, 5. / 16, 7. / 16, 9. / 16, 11. / 16, 13. / 16}) {
			keep[int(v)] += restSum / 8
		}
		for n := restSum / 8; n > 0; {
			take := n / 2
			if take < tailLeast {
				take = n
			}
			keep[int(math.Round(between(rest, restSum-n, restSum-n+take)))] += take
			n -= take
		}
	}
	var out flow.Sizes
	for q := range keep {
		out.Shares = append(out.Shares, q)
	}
	sort.Ints(out.Shares)
	for _, q := range out.Shares {
		out.Weights = append(out.Weights, keep[q]/sum)
	}
	return out
}

// between is the mean of what lies between two cumulated weights of a sorted list.
func between(x []weighted, lo, hi float64) float64 {
	sum, at := 0.0, 0.0
	for _, e := range x {
		sum += e.v * max(min(at+e.w, hi)-max(at, lo), 0)
		at += e.w
	}
	return sum / (hi - lo)
}

// queue fits kappa: which of a price's orders is canceled. Orders that the window did
// not see arrive are not in the queues.
func (f *fit) queue() {
	type place struct {
		price uint32
		side  int64
	}
	queues := map[place][]uint64{}
	sum, n, partial, gone := 0.0, 0.0, 0.0, 0.0
	for i := range f.w.Events {
		e := &f.w.Events[i]
		at := place{e.Price, e.Side.Sign()}
		q := queues[at]
		switch e.Kind {
		case record.Add:
			queues[at] = append(q, e.Ref)
			continue
		case record.Cancel:
			partial++
		case record.Delete:
			gone++
		case record.Execute:
		default:
			continue
		}
		for k, ref := range q {
			if ref != e.Ref {
				continue
			}
			if _, soon := f.fleeting[ref]; e.Kind == record.Delete && len(q) > 1 && !soon {
				sum += (float64(k) + 0.5) / float64(len(q))
				n++
			}
			if e.Rest == 0 {
				queues[at] = append(q[:k], q[k+1:]...)
			}
			break
		}
	}
	f.e.RankPairs = int(n)
	f.p.Cancel.Partial = partial / max(partial+gone, 1)
	f.replaces(gone)
	if n < 200 {
		return
	}
	// The mean rank under exp(kappa r) on [0,1] rises with kappa: bisect.
	lo, hi := -8.0, 8.0
	for range 60 {
		k := (lo + hi) / 2
		mean := 0.5
		if math.Abs(k) > 1e-6 {
			mean = 1/(1-math.Exp(-k)) - 1/k
		}
		if mean < sum/n {
			lo = k
		} else {
			hi = k
		}
	}
	f.p.Cancel.Kappa = (lo + hi) / 2
}

// replaces are the orders that go and come back at the same instant, on the same side
// and with the same size, as a share of those that go.
func (f *fit) replaces(gone float64) {
	n := 0.0
	for i := 1; i < len(f.w.Events); i++ {
		a, b := &f.w.Events[i-1], &f.w.Events[i]
		if a.Kind == record.Delete && b.Kind == record.Add && a.Nanos == b.Nanos && a.Side == b.Side && a.Size == b.Size {
			n++
		}
	}
	f.e.Replaces = int(n)
	f.p.Cancel.Replace = min(n/max(gone, 1), 0.5)
}

// curve is the day's activity by five minutes, smoothed over 25, mean 1.
func (f *fit) curve() {
	const bin = 300.0
	from := math.Floor(float64(f.d.Start)/1e9/bin) * bin
	n := int(math.Ceil((float64(f.d.End)/1e9 - from) / bin))
	if n < 1 {
		return
	}
	raw := make([]float64, n)
	for i := range f.d.Events {
		if k := int((float64(f.d.Events[i].Nanos)/1e9 - from) / bin); k >= 0 && k < n {
			raw[k]++
		}
	}
	out := make([]float64, n)
	inside, cells := 0.0, 0.0
	for i := range out {
		sum, w := 0.0, 0.0
		for j := max(i-2, 0); j <= min(i+2, n-1); j++ {
			sum += raw[j]
			w++
		}
		out[i] = sum / w
		if t := from + bin*float64(i); t >= f.o.From && t < f.o.To {
			inside += out[i]
			cells++
		}
	}
	for i := range out {
		out[i] = max(out[i]/(inside/cells), 0.05)
	}
	f.p.Intraday.From, f.p.Intraday.Bin, f.p.Intraday.Curve = from, bin, out
}
