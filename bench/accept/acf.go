package accept

import "math"

// pooled are the mean over all stretches and the sum of squares about it.
func pooled(stretches [][]float64) (m, squares float64) {
	n := 0
	for _, v := range stretches {
		m += total(v)
		n += len(v)
	}
	m /= float64(n)
	for _, v := range stretches {
		for _, x := range v {
			squares += (x - m) * (x - m)
		}
	}
	return m, squares
}

// ACF are the autocorrelations at lags 1 to lags of one or more stretches: products are
// taken within a stretch, the mean and the variance over all.
func ACF(stretches [][]float64, lags int) []float64 {
	m, c0 := pooled(stretches)
	out := make([]float64, lags)
	for l := 1; l <= lags; l++ {
		c := 0.0
		for _, v := range stretches {
			for i := l; i < len(v); i++ {
				c += (v[i] - m) * (v[i-l] - m)
			}
		}
		out[l-1] = c / c0
	}
	return out
}

// NeweyWest is the standard error of the autocorrelation at a lag, robust to
// heteroskedasticity and autocorrelation: the long-run variance of the products x_t
// x_(t-lag) with Bartlett weights up to bandwidth 4 (n/100)^(2/9) (W. Newey, K. West,
// 1987, 1994).
func NeweyWest(stretches [][]float64, lag int) float64 {
	m, c0 := pooled(stretches)
	var prods [][]float64
	mp, np := 0.0, 0
	for _, v := range stretches {
		var p []float64
		for i := lag; i < len(v); i++ {
			p = append(p, (v[i]-m)*(v[i-lag]-m))
		}
		prods = append(prods, p)
		mp += total(p)
		np += len(p)
	}
	if np == 0 || c0 == 0 {
		return math.NaN()
	}
	mp /= float64(np)
	band := int(4 * math.Pow(float64(np)/100, 2./9))
	long := 0.0
	for k := 0; k <= band; k++ {
		g := 0.0
		for _, p := range prods {
			for i := k; i < len(p); i++ {
				g += (p[i] - mp) * (p[i-k] - mp)
			}
		}
		w := 1 - float64(k)/float64(band+1)
		if k > 0 {
			w *= 2
		}
		long += w * g
	}
	return math.Sqrt(max(long, 0)) / c0
}

// LogBins are lags 1 to most in bins of about equal width in the logarithm, per a decade:
// the mean lag and the mean of f over each bin.
func LogBins(f []float64, per int) (lags, means []float64) {
	for lo := 1; lo <= len(f); {
		hi := max(lo, int(float64(lo)*math.Pow(10, 1/float64(per))))
		hi = min(hi, len(f))
		sl, sf := 0.0, 0.0
		for l := lo; l <= hi; l++ {
			sl += math.Log(float64(l))
			sf += f[l-1]
		}
		n := float64(hi - lo + 1)
		lags, means = append(lags, math.Exp(sl/n)), append(means, sf/n)
		lo = hi + 1
	}
	return lags, means
}

// PowerLaw is the slope of log y on log x over the points with positive y, and their
// number.
func PowerLaw(x, y []float64) (slope float64, n int) {
	var lx, ly []float64
	for i := range x {
		if x[i] > 0 && y[i] > 0 {
			lx, ly = append(lx, math.Log(x[i])), append(ly, math.Log(y[i]))
		}
	}
	if len(lx) < 2 {
		return math.NaN(), len(lx)
	}
	return OLS(lx, ly).Slope, len(lx)
}
