package accept

import "math"

// Line is a least-squares line with its fit.
type Line struct{ Slope, Intercept, R2 float64 }

// OLS regresses y on x with an intercept.
func OLS(x, y []float64) Line {
	mx, my := mean(x), mean(y)
	sxx, sxy, syy := 0.0, 0.0, 0.0
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
		syy += (y[i] - my) * (y[i] - my)
	}
	if sxx == 0 {
		return Line{math.NaN(), math.NaN(), math.NaN()}
	}
	l := Line{Slope: sxy / sxx}
	l.Intercept = my - l.Slope*mx
	if syy > 0 {
		l.R2 = sxy * sxy / (sxx * syy)
	}
	return l
}
