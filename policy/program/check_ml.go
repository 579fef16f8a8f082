package program

import "math"

func (t *Trees) check(c *checker) {
	if !c.read("x", t.X, -1, F32) || !c.write("y", t.Y, -1, []Buf{t.X}, nil, F32) {
		return
	}
	c.need(t.Aggregate <= AggMax, "aggregate %d is unknown", t.Aggregate)
	c.need(len(t.Base) == 0 || len(t.Base) == int(t.Y.N), "has %d base values for %d targets", len(t.Base), t.Y.N)
	c.need(len(t.Inputs) <= 1<<16, "has %d ranked inputs", len(t.Inputs))
	if c.err != nil {
		return
	}
	for i := range t.Inputs {
		in := &t.Inputs[i]
		ok := in.Feature >= 0 && in.Feature < t.X.N && in.First >= 0 && in.Num >= 0 && in.Num <= 32766 && int64(in.First)+int64(in.Num) <= int64(len(t.Thresholds))
		if !c.need(ok, "input %d: feature %d, thresholds [%d, +%d)", i, in.Feature, in.First, in.Num) {
			return
		}
		s := t.Thresholds[in.First : in.First+in.Num]
		for k := range s {
			if !c.need(s[k] == s[k] && (k == 0 || s[k-1] < s[k]), "input %d: threshold %d does not ascend", i, k) {
				return
			}
		}
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if !c.need(int(n.Input) < len(t.Inputs) && n.Rank < 65535, "node %d: input %d, rank %d", i, n.Input, n.Rank) ||
			!c.need(t.child(n.True, i) && t.child(n.False, i), "node %d: children %d and %d", i, n.True, n.False) {
			return
		}
	}
	for i, r := range t.Roots {
		if !c.need(t.child(r, -1), "root %d is %d", i, r) {
			return
		}
	}
	c.leaves(t)
	c.wrote(t.Y, 0)
}

// child reports a child of node i that exists and lies behind it.
func (t *Trees) child(n int32, i int) bool {
	if n < 0 {
		return int(^n) < len(t.LeafFirst)-1
	}
	return int(n) > i && int(n) < len(t.Nodes)
}

func (c *checker) leaves(t *Trees) {
	c.need(len(t.LeafTarget) == len(t.LeafValue), "has %d targets and %d values of leaves", len(t.LeafTarget), len(t.LeafValue))
	for i, f := range t.LeafFirst {
		c.need(f >= 0 && int(f) <= len(t.LeafValue) && (i == 0 || t.LeafFirst[i-1] <= f), "leaf %d begins at %d", i, f)
	}
	for i, k := range t.LeafTarget {
		c.need(k >= 0 && k < t.Y.N, "leaf weight %d goes to target %d of %d", i, k, t.Y.N)
	}
	for _, vs := range [][]float64{t.LeafValue, t.Base} {
		for i, v := range vs {
			c.need(!math.IsNaN(v) && math.Abs(v) <= math.MaxFloat32, "leaf or base value %d is %v", i, v)
		}
	}
}

func (s *SVM) check(c *checker) {
	if !c.read("x", s.X, -1, F32) || !c.write("y", s.Y, int64(len(s.Rho)), []Buf{s.X}, nil, F32) {
		return
	}
	n := int64(len(s.Vectors)) / int64(s.X.N)
	c.need(n > 0 && n*int64(s.X.N) == int64(len(s.Vectors)), "%d numbers are no vectors of %d", len(s.Vectors), s.X.N)
	c.need(int64(len(s.Coef)) == n*int64(s.Y.N), "has %d coefficients for %d outputs of %d vectors", len(s.Coef), s.Y.N, n)
	c.need(s.Kernel <= KernelSigmoid, "kernel %d is unknown", s.Kernel)
	c.need(finite(s.Gamma) && finite(s.Coef0), "gamma %v, coef0 %v", s.Gamma, s.Coef0)
	c.need(s.Kernel != KernelPoly || s.Degree >= 1 && s.Degree <= 16 && s.Degree == float32(int32(s.Degree)), "degree %v, want 1 to 16", s.Degree)
	c.need(s.Kernel != KernelRBF || s.Gamma >= 0, "gamma %v of an RBF", s.Gamma)
	c.finites("vector", s.Vectors)
	c.finites("coefficient", s.Coef)
	c.finites("rho", s.Rho)
	c.wrote(s.Y, 0)
}

// work counts every node of a tree, as if all were visited: a bound.
func (t *Trees) work() uint64 {
	return uint64(len(t.Roots)) + uint64(len(t.Roots))*uint64(t.depth()) + 16*uint64(len(t.Inputs)) + uint64(len(t.LeafValue))
}

// depth is the longest walk from any root, in nodes.
func (t *Trees) depth() (deepest int) {
	d := make([]int, len(t.Nodes)) // nodes on the longest walk from here
	for i := len(t.Nodes) - 1; i >= 0; i-- {
		below := 0
		for _, ch := range [2]int32{t.Nodes[i].True, t.Nodes[i].False} {
			if ch >= 0 {
				below = max(below, d[ch])
			}
		}
		d[i] = below + 1
	}
	for _, r := range t.Roots {
		if r >= 0 {
			deepest = max(deepest, d[r])
		}
	}
	return deepest
}

func (s *SVM) work() uint64 { return uint64(len(s.Vectors)) + uint64(len(s.Coef)) }
