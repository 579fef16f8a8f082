package quant

import (
	"fmt"
	"math"
	"slices"

	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// samplesMax bounds what is kept per value; beyond it every k-th element is kept, extremes
// always count.
const samplesMax = 1 << 16

// stat is what the calibration cases showed of one value.
type stat struct {
	lo, hi float64 // 0 included; finite elements only
	// least and most are without the 0.
	least, most float64
	n           int
	keep        []float32 // at most samplesMax
	stride      int       // every stride-th element is kept
}

func (s *stat) add(t *graph.Tensor) {
	if s.stride == 0 {
		s.stride = 1
	}
	for i := range t.Len() {
		v := t.At(i)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if s.n == 0 {
			s.least, s.most = v, v
		}
		s.lo, s.hi = min(s.lo, v), max(s.hi, v)
		s.least, s.most = min(s.least, v), max(s.most, v)
		if s.n%s.stride == 0 {
			s.keep = append(s.keep, float32(v))
		}
		s.n++
		if len(s.keep) == samplesMax {
			for k := 0; 2*k < len(s.keep); k++ {
				s.keep[k] = s.keep[2*k]
			}
			s.keep = s.keep[:samplesMax/2]
			s.stride *= 2
		}
	}
}

func (s *stat) absMax() float64 { return max(-s.lo, s.hi) }

// calibration is the float graph's answers to the cases.
type calibration struct {
	stats []*stat           // per value, nil where not numeric
	trace [][]*graph.Tensor // per case, per value
}

// traceMax bounds the elements kept over all cases; later cases count in the statistics only.
const traceMax = 1 << 24

func calibrate(g *graph.Graph, cases []map[string]Tensor) (*calibration, error) {
	run, err := float.New(g)
	if err != nil {
		return nil, err
	}
	c := &calibration{stats: make([]*stat, len(g.Values))}
	for i := range g.Values {
		c.stats[i] = &stat{}
	}
	kept := 0
	for i, in := range cases {
		t, err := run.Trace(in)
		if err != nil {
			return nil, fmt.Errorf("quant: calibration case %d: %w", i, err)
		}
		n := 0
		for v, x := range t {
			if x == nil || x.DType == graph.String {
				continue
			}
			if g.Values[v].Const == nil {
				n += x.Len()
			}
			if !sameShape(x.Dims, g.Values[v].Dims) && g.Values[v].Const == nil {
				return nil, fmt.Errorf("quant: calibration case %d: %q has dims %v, the model %v; give one row per case",
					i, g.Values[v].Name, x.Dims, g.Values[v].Dims)
			}
			if i == 0 || g.Values[v].Const == nil {
				c.stats[v].add(x)
			}
		}
		if kept += n; kept <= traceMax {
			c.trace = append(c.trace, t)
		}
	}
	return c, nil
}

// exactIntegers refuses a graph whose integers leave what float32 holds exactly.
func (c *calibration) exactIntegers(g *graph.Graph) error {
	for i := range g.Nodes {
		for _, v := range g.Nodes[i].Out {
			if v != graph.None && g.Values[v].DType.IsInt() && c.stats[v].absMax() > 1<<24 {
				return g.Nodes[i].Refuse("scale it down or compute in float32", "the integers of %q reach %.0f; a program holds them exactly to 2^24",
					g.Values[v].Name, c.stats[v].absMax())
			}
		}
	}
	return nil
}

// percentile is the p-quantile of |x| over what was kept.
func (s *stat) percentile(p float64) float64 {
	if len(s.keep) == 0 {
		return 0
	}
	a := make([]float64, len(s.keep))
	for i, v := range s.keep {
		a[i] = math.Abs(float64(v))
	}
	slices.Sort(a)
	return a[min(int(p*float64(len(a))), len(a)-1)]
}
