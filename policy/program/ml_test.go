package program

import (
	"encoding/binary"
	"math"
	"testing"
	"unsafe"

	"slipstream/policy/kernel"
)

// special are floats that tests against thresholds must get right.
var special = []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, math.SmallestNonzeroFloat32}

func specialFloats(r rng) func(int, Slot, []byte) {
	return func(_ int, s Slot, raw []byte) {
		for i := 0; i+4 <= len(raw); i += 4 {
			v := float32(r.IntN(9) - 4)
			if r.IntN(3) == 0 {
				v = special[r.IntN(len(special))]
			}
			binary.LittleEndian.PutUint32(raw[i:], math.Float32bits(v))
		}
	}
}

// forest makes random float trees; chains makes them deep.
func forest(r rng, trees, depth, features, targets int, chains bool) ([]FloatNode, Trees) {
	t := Trees{LeafFirst: []int32{0}}
	nodes := []FloatNode{}
	leaf := func() int32 {
		for range 1 + r.IntN(2)*r.IntN(2) {
			t.LeafTarget = append(t.LeafTarget, r.Int32N(int32(targets)))
			t.LeafValue = append(t.LeafValue, r.NormFloat64())
		}
		t.LeafFirst = append(t.LeafFirst, int32(len(t.LeafValue)))
		return ^int32(len(t.LeafFirst) - 2)
	}
	var grow func(left int) int32
	grow = func(left int) int32 {
		if left == 0 || !chains && r.IntN(8) == 0 {
			return leaf()
		}
		i := len(nodes)
		th := float64(r.IntN(9) - 4)
		switch r.IntN(4) {
		case 0:
			th = float64(special[r.IntN(4)])
		case 1:
			th += 1e-12 // between float32 numbers
		}
		nodes = append(nodes, FloatNode{Threshold: th, Feature: r.Int32N(int32(features)), Mode: TreeMode(r.IntN(6)), Missing: r.IntN(2) == 0})
		nodes[i].True = grow(left - 1)
		if chains {
			nodes[i].False = leaf()
		} else {
			nodes[i].False = grow(left - 1)
		}
		return int32(i)
	}
	for range trees {
		t.Roots = append(t.Roots, grow(depth))
	}
	return nodes, t
}

// walk is the meaning of float nodes.
func walk(nodes []FloatNode, at int32, x []float32) int32 {
	for at >= 0 {
		n := &nodes[at]
		v := float64(x[n.Feature])
		var yes bool
		switch n.Mode {
		case TreeLEQ:
			yes = v <= n.Threshold
		case TreeLT:
			yes = v < n.Threshold
		case TreeGTE:
			yes = v >= n.Threshold
		case TreeGT:
			yes = v > n.Threshold
		case TreeEQ:
			yes = v == n.Threshold
		case TreeNEQ:
			yes = v != n.Threshold
		}
		if yes || v != v && n.Missing {
			at = n.True
		} else {
			at = n.False
		}
	}
	return ^at
}

func TestTreesAreTheFloatWalk(t *testing.T) {
	r := newRNG(7)
	for i := range 80 {
		features, targets := 1+r.IntN(6), 1
		if i%3 == 0 {
			targets = 3
		}
		depth := r.IntN(6)
		if i%7 == 6 {
			depth = 14
		}
		nodes, tr := forest(r, 1+r.IntN(9), depth, features, targets, depth > 8)
		tr.Aggregate, tr.Double = Aggregate(i%4), i%2 == 0
		if i%5 == 0 {
			tr.Base = make([]float64, targets)
			tr.Base[0] = 0.3
		}
		roots := append([]int32{}, tr.Roots...)
		b := NewBuilder()
		x := b.Input("x", F32, 0, 0, features)
		b.Output("y", b.Trees(x, targets, nodes, tr), 0, 0)
		p, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ms := machines(t, p)
		compiled := p.Instrs[0].(*Trees)
		for range 200 {
			agree(t, p, ms, specialFloats(r))
			xs := ms[0].Floats(p.Inputs[0])
			ranks := make([]int32, len(compiled.Inputs))
			for k := range ranks {
				ranks[k] = compiled.rank(&compiled.Inputs[k], xs[compiled.Inputs[k].Feature])
			}
			for k, root := range roots {
				if want, got := walk(nodes, root, xs), compiled.leaf(compiled.Roots[k], ranks); want != got {
					t.Fatalf("tree %d on %v ends at leaf %d, want %d", k, xs, got, want)
				}
			}
		}
	}
}

func svmProgram(t testing.TB, r rng, kind Kernel, vectors, features, outputs int) *Program {
	t.Helper()
	b := NewBuilder()
	s := SVM{Kernel: kind, Gamma: float32(1 / float64(features)), Coef0: 0.25, Degree: 3}
	for range vectors * features {
		s.Vectors = append(s.Vectors, float32(r.NormFloat64()))
	}
	for range vectors * outputs {
		s.Coef = append(s.Coef, float32(r.NormFloat64()))
	}
	s.Rho = make([]float32, outputs)
	s.Rho[0] = 0.125
	b.Output("y", b.SVM(b.Input("x", F32, 0, 0, features), s), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSVMAgrees(t *testing.T) {
	r := newRNG(8)
	for i := range 130 {
		p := svmProgram(t, r, Kernel(i%4), 1+r.IntN(130), 1+i, 1+r.IntN(3))
		ms := machines(t, p)
		for k := range 4 {
			if k == 3 {
				agree(t, p, ms, specialFloats(r))
			} else {
				agree(t, p, ms, randomBytes(r, k))
			}
		}
	}
}

func TestExp32(t *testing.T) {
	r := newRNG(9)
	worst := 0.0
	for i := range 400000 {
		x := float32(r.Float64()*180 - 92)
		if i < 100000 {
			x = float32(r.NormFloat64())
		}
		want := math.Exp(float64(x))
		got := float64(Exp32(x))
		if want > math.MaxFloat32 || want < 1.2e-38 {
			continue
		}
		worst = max(worst, math.Abs(got-want)/want)
	}
	if worst > 2.4e-7 {
		t.Errorf("relative error %v", worst)
	}
	for x, want := range map[float32]float32{0: 1, float32(math.Inf(1)): float32(math.Inf(1)), float32(math.Inf(-1)): 0, 100: float32(math.Inf(1)), -150: 0} {
		if got := Exp32(x); got != want {
			t.Errorf("Exp32(%v) = %v, want %v", x, got, want)
		}
	}
	if v := Exp32(float32(math.NaN())); v == v {
		t.Error("Exp32(NaN) is a number")
	}
}

func TestTranscendentalFunctions(t *testing.T) {
	type pair struct{ got, want func(float64) float64 }
	for name, f := range map[string]pair{
		"exp":      {exp64, math.Exp},
		"tanh":     {tanh64, math.Tanh},
		"erf":      {erf64, math.Erf},
		"sigmoid":  {sigmoid64, sigmoid},
		"softplus": {log1pExp, func(x float64) float64 { return math.Log1p(math.Exp(x)) }},
		"log":      {func(x float64) float64 { return log64(math.Abs(x) + 1e-3) }, func(x float64) float64 { return math.Log(math.Abs(x) + 1e-3) }},
	} {
		for i := -4000; i <= 4000; i++ {
			x := float64(i) / 200
			want, got := f.want(x), f.got(x)
			if math.Abs(got-want) > 1e-9*math.Abs(want)+1e-15 {
				t.Fatalf("%s(%v) = %v, want %v", name, x, got, want)
			}
		}
	}
}

// Every exponential of the assembly has Exp32's bits: of a square times gamma, over the
// whole range, where one wrong digit of a coefficient shows once in many thousands.
func TestExponentialsOfTheAssembly(t *testing.T) {
	if _, err := kernel.AVX2.Resolve(); err != nil {
		t.Skip(err)
	}
	const n = 1 << 17
	r := newRNG(10)
	vectors := make([]float32, n)
	for i := range vectors {
		vectors[i] = float32(r.NormFloat64() * 3)
	}
	vs := kernel.NewVectors(vectors, make([]float32, n), 1)
	x := float32(0)
	for _, gamma := range []float32{1, -1, 0.1, -0.1, 3, 1e-3, -8, 40} {
		vs.RBF(unsafe.Pointer(&x), gamma)
		for i, got := range vs.Values() {
			d := float32(vectors[i] * vectors[i])
			if want := exp32(float32(-gamma * d)); math.Float32bits(got) != math.Float32bits(want) {
				t.Fatalf("e^%v = %v, want %v", -gamma*d, got, want)
			}
		}
	}
}
