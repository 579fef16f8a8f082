package calibrate

import (
	"math"
	"math/rand/v2"
	"sort"
)

// search is the separable covariance matrix adaptation strategy (R. Ros, N. Hansen, "A
// simple modification in CMA-ES achieving linear time and space complexity", PPSN 2008):
// it samples around a centre, moves it to the mean of the better half, and adapts each
// coordinate's width. Losses need no gradient and may be noisy. The same seed and losses
// give the same points.
type search struct {
	n, lambda   int
	weights     []float64 // of the better half, best first
	mueff       float64
	cs, ds      float64 // of the step's path and its damping
	cc, c1, cmu float64 // of the covariance
	chi         float64 // length of a standard normal vector

	center, c, pc, ps []float64
	sigma             float64
	rng               *rand.Rand
	z                 [][]float64 // of the points asked, standard normal
	turn              int
}

func newSearch(n int, sigma float64, seed uint64) *search {
	s := &search{n: n, lambda: 4 + int(3*math.Log(float64(n))), sigma: sigma, rng: rand.New(rand.NewPCG(seed, 0x5eac)),
		center: make([]float64, n), c: make([]float64, n), pc: make([]float64, n), ps: make([]float64, n)}
	sum, sq := 0.0, 0.0
	for i := range s.lambda / 2 {
		w := math.Log(float64(s.lambda+1)/2) - math.Log(float64(i+1))
		s.weights = append(s.weights, w)
		sum += w
	}
	for i := range s.weights {
		s.weights[i] /= sum
		sq += s.weights[i] * s.weights[i]
	}
	d := float64(n)
	s.mueff = 1 / sq
	s.cs = (s.mueff + 2) / (d + s.mueff + 5)
	s.ds = 1 + s.cs + 2*max(0, math.Sqrt((s.mueff-1)/(d+1))-1)
	s.cc = (4 + s.mueff/d) / (d + 4 + 2*s.mueff/d)
	s.c1 = (d + 2) / 3 * 2 / ((d+1.3)*(d+1.3) + s.mueff)
	s.cmu = min(1-s.c1, (d+2)/3*2*(s.mueff-2+1/s.mueff)/((d+2)*(d+2)+s.mueff))
	s.chi = math.Sqrt(d) * (1 - 1/(4*d) + 1/(21*d*d))
	for i := range s.c {
		s.c[i] = 1
	}
	return s
}

// mean is the centre.
func (s *search) mean() []float64 { return append([]float64(nil), s.center...) }

// ask draws lambda points.
func (s *search) ask() [][]float64 {
	var points [][]float64
	s.z = s.z[:0]
	for range s.lambda {
		x, z := make([]float64, s.n), make([]float64, s.n)
		for i := range x {
			z[i] = s.rng.NormFloat64()
			x[i] = s.center[i] + s.sigma*math.Sqrt(s.c[i])*z[i]
		}
		points, s.z = append(points, x), append(s.z, z)
	}
	return points
}

// tell takes the losses of the points that ask gave, in its order.
func (s *search) tell(losses []float64) {
	order := make([]int, s.lambda)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return losses[order[i]] < losses[order[j]] })
	s.turn++
	length := 0.0
	zw := make([]float64, s.n)
	for i := range zw {
		for k, w := range s.weights {
			zw[i] += w * s.z[order[k]][i]
		}
		s.ps[i] = (1-s.cs)*s.ps[i] + math.Sqrt(s.cs*(2-s.cs)*s.mueff)*zw[i]
		length += s.ps[i] * s.ps[i]
	}
	length = math.Sqrt(length)
	hold := 1.0
	if length/math.Sqrt(1-math.Pow(1-s.cs, 2*float64(s.turn)))/s.chi >= 1.4+2/(float64(s.n)+1) {
		hold = 0
	}
	for i := range zw {
		sd := math.Sqrt(s.c[i])
		s.center[i] += s.sigma * sd * zw[i]
		s.pc[i] = (1-s.cc)*s.pc[i] + hold*math.Sqrt(s.cc*(2-s.cc)*s.mueff)*sd*zw[i]
		v := 0.0
		for k, w := range s.weights {
			z := s.z[order[k]][i]
			v += w * s.c[i] * z * z
		}
		s.c[i] = (1-s.c1-s.cmu)*s.c[i] + s.c1*(s.pc[i]*s.pc[i]+(1-hold)*s.cc*(2-s.cc)*s.c[i]) + s.cmu*v
	}
	s.sigma *= math.Exp(s.cs / s.ds * (length/s.chi - 1))
}
