package program

import "math"

// Exp32 is e^x in float32, within 2 units in the last place, from IEEE operations in a
// fixed order: the same bits everywhere, unlike math.Exp, and cheap to vectorise. The
// polynomial is that of the Cephes library's expf.
func Exp32(x float32) float32 { return exp32(x) }

const (
	expLog2E = 1.44269504088896341
	expLn2Hi = 0.693359375
	expLn2Lo = -2.12194440e-4
)

var expPoly = [6]float32{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1}

func exp32(x float32) float32 {
	if x != x {
		return x
	}
	x = min(max(x, -104), 89) // beyond: 0 and +Inf
	n := float32(math.RoundToEven(float64(float32(x * expLog2E))))
	r := float32(x - float32(n*expLn2Hi))
	r = float32(r - float32(n*expLn2Lo))
	p := expPoly[0]
	for _, c := range expPoly[1:] {
		p = float32(float32(p*r) + c)
	}
	p = float32(float32(float32(p*float32(r*r))+r) + 1)
	a := int32(n) >> 1
	return float32(float32(p*pow2(a)) * pow2(int32(n)-a))
}

// pow2 is 2^n for n in [-126, 127].
func pow2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// exp64 is e^x in float64.
func exp64(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	n := math.RoundToEven(float64(x * math.Log2E))
	r := float64(x - float64(n*6.93147180369123816490e-01))
	r = float64(r - float64(n*1.90821492927058770002e-10))
	p := 1.0
	for k := 14; k > 0; k-- { // Horner's form of the power series
		p = float64(1 + float64(float64(r*p)/float64(k)))
	}
	return math.Ldexp(p, int(n))
}

// log64 is the natural logarithm in float64.
func log64(x float64) float64 {
	switch {
	case x != x || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := float64((m - 1) / (m + 1))
	z := float64(s * s)
	p := 0.0
	for k := 23; k > 0; k -= 2 { // 2 atanh(s)
		p = float64(float64(p*z) + 1/float64(k))
	}
	return float64(float64(float64(e)*math.Ln2) + float64(2*float64(s*p)))
}

// expm1 is e^x - 1 in float64.
func expm1(x float64) float64 {
	if math.Abs(x) < 1e-5 {
		return float64(x + float64(x*x)/2)
	}
	return exp64(x) - 1
}

// log1pExp is log(1 + e^x) in float64.
func log1pExp(x float64) float64 {
	switch {
	case x > 30:
		return x
	case x < -20:
		return exp64(x)
	}
	return log64(1 + exp64(x))
}

func tanh64(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 22:
		return 1
	case x < -22:
		return -1
	}
	e := expm1(float64(2 * x))
	return float64(e / (e + 2))
}

func tanh32(x float32) float32 { return float32(tanh64(float64(x))) }

func sigmoid64(x float64) float64 { return float64(1 / (1 + exp64(-x))) }

// erf64 sums 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!, all terms of one sign.
func erf64(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 6:
		return 1
	case x < -6:
		return -1
	}
	term, sum := x, x
	for n := 1; n < 120; n++ {
		term = float64(float64(term*float64(2*float64(x*x))) / float64(2*n+1))
		sum = float64(sum + term)
	}
	return float64(float64(2/math.Sqrt(math.Pi)*exp64(-float64(x*x))) * sum)
}
