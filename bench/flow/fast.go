package flow

import "math"

const expBits = 11

// exp2Table is 2^(i/2048).
var exp2Table = func() (t [1 << expBits]float64) {
	for i := range t {
		t[i] = math.Exp2(float64(i) / (1 << expBits))
	}
	return t
}()

// fastExp is e^x, for x from -700 to 700 (0 and 2^1000 beyond): by series near 0, by
// table elsewhere; relative error below 6e-8.
func fastExp(x float64) float64 {
	if x > -0x1p-8 && x < 0x1p-8 {
		return 1 + float64(x*(1+float64(x*(0.5+float64(x*(1./6))))))
	}
	y := x * (math.Log2E * (1 << expBits))
	if y < -1000<<expBits {
		return 0
	}
	y = min(y, 1000<<expBits)
	const bias = 1 << 40
	n := int(y+bias) - bias
	v := exp2Table[n&(1<<expBits-1)] * (1 + float64((y-float64(n))*(math.Ln2/(1<<expBits))))
	return math.Float64frombits(math.Float64bits(v) + uint64(n>>expBits)<<52)
}

// unit is uniform in (0,1).
func unit(u uint64) float64 { return (float64(u>>11) + 0.5) / (1 << 53) }

// exponential is a unit-rate waiting time.
func exponential(u uint64) float64 { return float64(negLog(u|1)) / (1 << 32) }

const gaussBits = 12

// gaussTable are quantiles of the normal distribution, tTable of Student's with three
// degrees of freedom and unit variance, each at (k+1/2)/4096.
var gaussTable, tTable = func() (g, t [1 << gaussBits]float64) {
	for k := range g {
		p := (float64(k) + 0.5) / float64(len(g))
		g[k] = math.Sqrt2 * math.Erfinv(2*p-1)
		lo, hi := -1e3, 1e3
		for range 80 {
			mid := (lo + hi) / 2
			if cdfT3(mid) < p {
				lo = mid
			} else {
				hi = mid
			}
		}
		t[k] = lo / math.Sqrt(3)
	}
	return g, t
}()

func cdfT3(x float64) float64 {
	y := x / math.Sqrt(3)
	return 0.5 + (y/(1+y*y)+math.Atan(y))/math.Pi
}

func gauss(u uint64) float64    { return gaussTable[u>>(64-gaussBits)] }
func studentT(u uint64) float64 { return tTable[u>>(64-gaussBits)] }

// alias draws from a finite distribution in constant time (A. J. Walker, 1977).
type alias struct {
	value, other []uint32
	keep         []uint32 // of 2^32: share of a cell that keeps its own value
}

func newAlias(values []uint32, weights []float64) alias {
	n := len(values)
	a := alias{value: append([]uint32(nil), values...), other: make([]uint32, n), keep: make([]uint32, n)}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	p := make([]float64, n)
	var small, large []int
	for i, w := range weights {
		if p[i] = w / sum * float64(n); p[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for i := range n {
		a.keep[i], a.other[i] = math.MaxUint32, values[i]
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.keep[s], a.other[s] = uint32(p[s]*(1<<32-1)), values[l]
		if p[l] -= 1 - p[s]; p[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return a
}

// at is the value of the draw u.
func (a *alias) at(u uint64) uint32 {
	i := (u >> 32) * uint64(len(a.value)) >> 32
	if uint32(u) <= a.keep[i] {
		return a.value[i]
	}
	return a.other[i]
}
