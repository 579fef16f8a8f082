package program

import (
	"unsafe"

	"slipstream/policy/kernel"
)

// treesStep walks the packed forest, then aggregates as Trees.run does.
type treesStep struct {
	in     *Trees
	forest *kernel.Forest
	x      unsafe.Pointer
	y      []float32
	single bool // one target, one weight per leaf, summed in float32
	acc64  []float64
	first  []bool
}

func (m *Machine) trees(in *Trees, use kernel.Use) *treesStep {
	spec := kernel.ForestSpec{Thresholds: in.Thresholds, Roots: in.Roots, Depth: in.depth()}
	for _, i := range in.Inputs {
		spec.Inputs = append(spec.Inputs, kernel.ForestInput(i))
	}
	for _, n := range in.Nodes {
		spec.Nodes = append(spec.Nodes, kernel.ForestNode(n))
	}
	s := &treesStep{in: in, x: m.mem.at(in.X), y: m.mem.f32(in.Y), acc64: make([]float64, in.Y.N), first: make([]bool, in.Y.N)}
	if !in.Double && in.Y.N == 1 && (in.Aggregate == AggSum || in.Aggregate == AggAverage) && in.onePerLeaf() {
		s.single = true
		spec.Values = make([]float32, len(in.LeafFirst)-1)
		for i := range spec.Values {
			spec.Values[i] = float32(in.LeafValue[in.LeafFirst[i]])
		}
	}
	s.forest = kernel.NewForest(spec, use)
	return s
}

// onePerLeaf reports that there are trees and that every leaf has one weight.
func (t *Trees) onePerLeaf() bool {
	for i := 1; i < len(t.LeafFirst); i++ {
		if t.LeafFirst[i] != t.LeafFirst[i-1]+1 {
			return false
		}
	}
	return len(t.Roots) > 0
}

func (s *treesStep) run() {
	if s.single {
		s.y[0] = s.base(s.forest.Sum(s.x), 0)
		return
	}
	found := s.forest.Walk(s.x)
	if s.in.Double {
		join(s, found, s.acc64)
		for i, v := range s.acc64 {
			if s.in.Aggregate == AggAverage && len(found) > 0 {
				v = float64(v / float64(len(found)))
			}
			if len(s.in.Base) > 0 {
				v = float64(v + s.in.Base[i])
			}
			s.y[i] = float32(v)
		}
		return
	}
	join(s, found, s.y)
	for i, v := range s.y {
		s.y[i] = s.base(v, i)
	}
}

// base averages and adds the base value in float32.
func (s *treesStep) base(acc float32, target int) float32 {
	if s.in.Aggregate == AggAverage && len(s.in.Roots) > 0 {
		acc = float32(acc / float32(len(s.in.Roots)))
	}
	if len(s.in.Base) > 0 {
		acc = float32(acc + float32(s.in.Base[target]))
	}
	return acc
}

// join aggregates the leaves' weights per target.
func join[F float32 | float64](s *treesStep, found []int32, acc []F) {
	t := s.in
	clear(acc)
	clear(s.first)
	for _, l := range found {
		for k := t.LeafFirst[l]; k < t.LeafFirst[l+1]; k++ {
			v, i := F(t.LeafValue[k]), t.LeafTarget[k]
			switch {
			case !s.first[i]:
				acc[i], s.first[i] = v, true
			case t.Aggregate == AggMin:
				acc[i] = min(acc[i], v)
			case t.Aggregate == AggMax:
				acc[i] = max(acc[i], v)
			default:
				acc[i] = F(acc[i] + v)
			}
		}
	}
}
