package program

func (t *Trees) run(m *memory) {
	ranks := m.ints(len(t.Inputs))
	for i := range t.Inputs {
		ranks[i] = t.rank(&t.Inputs[i], m.f32(t.X)[t.Inputs[i].Feature])
	}
	y := m.f32(t.Y)
	for target := range y {
		if t.Double {
			y[target] = float32(aggregate[float64](t, ranks, int32(target)))
		} else {
			y[target] = aggregate[float32](t, ranks, int32(target))
		}
	}
}

// rank is count(t < x) + count(t <= x).
func (t *Trees) rank(in *TreeInput, x float32) (rank int32) {
	if x != x {
		if in.NaNLow {
			return 0
		}
		return 65535
	}
	for _, v := range t.Thresholds[in.First : in.First+in.Num] {
		if v < x {
			rank++
		}
		if v <= x {
			rank++
		}
	}
	return rank
}

// leaf is where a walk from a root ends.
func (t *Trees) leaf(at int32, ranks []int32) int32 {
	for at >= 0 {
		if n := &t.Nodes[at]; ranks[n.Input] <= int32(n.Rank) {
			at = n.True
		} else {
			at = n.False
		}
	}
	return ^at
}

// aggregate is one target's answer.
func aggregate[F float32 | float64](t *Trees, ranks []int32, target int32) (acc F) {
	first := true
	for _, root := range t.Roots {
		l := t.leaf(root, ranks)
		for k := t.LeafFirst[l]; k < t.LeafFirst[l+1]; k++ {
			v := F(t.LeafValue[k])
			switch {
			case t.LeafTarget[k] != target:
				continue
			case first:
				acc = v
			case t.Aggregate == AggMin:
				acc = min(acc, v)
			case t.Aggregate == AggMax:
				acc = max(acc, v)
			default:
				acc = F(acc + v)
			}
			first = false
		}
	}
	if t.Aggregate == AggAverage && len(t.Roots) > 0 {
		acc = F(acc / F(len(t.Roots)))
	}
	if len(t.Base) > 0 {
		acc = F(acc + F(t.Base[target]))
	}
	return acc
}

func (s *SVM) run(m *memory) {
	x := m.f32(s.X)
	values := m.floats(0, len(s.Vectors)/len(x))
	for v := range values {
		values[v] = s.value(x, s.Vectors[v*len(x):(v+1)*len(x)])
	}
	y := m.f32(s.Y)
	for o := range y {
		y[o] = float32(s.Rho[o] + laneSum(values, s.Coef[o*len(values):(o+1)*len(values)]))
	}
}

// value is the kernel of x and a vector.
func (s *SVM) value(x, v []float32) float32 {
	var d float32
	for i := range x {
		if s.Kernel == KernelRBF {
			t := float32(x[i] - v[i])
			d = float32(d + float32(t*t))
		} else {
			d = float32(d + float32(x[i]*v[i]))
		}
	}
	if s.Kernel == KernelRBF {
		return exp32(float32(-s.Gamma * d))
	}
	return s.finish(d)
}

// finish makes a kernel of a dot product.
func (s *SVM) finish(d float32) float32 {
	switch s.Kernel {
	case KernelPoly:
		base, p := float32(float32(s.Gamma*d)+s.Coef0), float32(1)
		for range int(s.Degree) {
			p = float32(p * base)
		}
		return p
	case KernelSigmoid:
		return tanh32(float32(float32(s.Gamma*d) + s.Coef0))
	}
	return d
}

// laneSum is sum a*b in eight lanes.
func laneSum(a, b []float32) float32 {
	var l [8]float32
	for i := range a {
		l[i&7] = float32(l[i&7] + float32(a[i]*b[i]))
	}
	return float32(float32(float32(l[0]+l[4])+float32(l[2]+l[6])) + float32(float32(l[1]+l[5])+float32(l[3]+l[7])))
}
