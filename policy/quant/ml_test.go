package quant

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"slipstream/internal/testdata"
	"slipstream/policy/graph"
	"slipstream/policy/treefile"
)

// randomTrees is a forest of depth 3 with every test, equalities and missing values.
func randomTrees(b *net, trees, features, targets int) *graph.TreeAttr {
	a := &graph.TreeAttr{Features: features, Targets: targets}
	var grow func(depth int) int32
	grow = func(depth int) int32 {
		at := int32(len(a.Nodes))
		a.Nodes = append(a.Nodes, graph.TreeNode{})
		if depth == 0 {
			n := graph.TreeNode{First: int32(len(a.Leaves)), Num: 1}
			a.Leaves = append(a.Leaves, graph.LeafWeight{Target: int32(b.rnd.IntN(targets)), Weight: float64(float32(b.rnd.NormFloat64()))})
			a.Nodes[at] = n
			return at
		}
		n := graph.TreeNode{Mode: graph.TreeMode(1 + b.rnd.IntN(6)), Feature: int32(b.rnd.IntN(features)),
			Threshold: float64(b.rnd.IntN(5) - 2), Missing: b.rnd.IntN(2) == 0}
		if b.rnd.IntN(4) == 0 {
			n.Threshold += 0.1 // no float32
		}
		n.True = grow(depth - 1)
		n.False = grow(depth - 1)
		a.Nodes[at] = n
		return at
	}
	for range trees {
		a.Roots = append(a.Roots, grow(3))
	}
	return a
}

// steppy inputs hit thresholds exactly, and are sometimes missing.
func steppy(b *net, cases []map[string]Tensor) []map[string]Tensor {
	for _, c := range cases {
		for i := range c["x"].F {
			c["x"].F[i] = float32(b.rnd.IntN(7) - 3)
			if b.rnd.IntN(8) == 0 {
				c["x"].F[i] = float32(math.NaN())
			}
		}
	}
	return cases
}

func TestTrees(t *testing.T) {
	labels := graph.Labels{Ints: []int64{10, 20, 30}}
	for i, c := range []struct {
		name    string
		classes bool
		change  func(a *graph.TreeAttr)
	}{
		{"a regression with base values", false, func(a *graph.TreeAttr) { a.Base = []float64{0.5, -1, 2} }},
		{"an average in float64", false, func(a *graph.TreeAttr) { a.Aggregate, a.Double = graph.AggAverage, true }},
		{"a minimum through the logistic function", false, func(a *graph.TreeAttr) { a.Aggregate, a.Post = graph.AggMin, graph.PostLogistic }},
		{"a count regression", false, func(a *graph.TreeAttr) { a.Post = graph.PostExp }},
		{"three classes by softmax", true, func(a *graph.TreeAttr) { a.Post, a.Labels = graph.PostSoftmax, labels }},
		{"three classes, zeros left out", true, func(a *graph.TreeAttr) { a.Post, a.Labels = graph.PostSoftmaxZero, labels }},
		{"two classes with a score each", true, func(a *graph.TreeAttr) { two(a, false); a.Post = graph.PostLogistic }},
		{"two classes with one score", true, func(a *graph.TreeAttr) { two(a, true); a.Binary = true }},
		{"two classes with one probability", true, func(a *graph.TreeAttr) { two(a, true); a.Binary, a.AllPositive = true, true }},
		{"two classes with one score through the logistic function", true, func(a *graph.TreeAttr) {
			two(a, true)
			a.Binary, a.Post = true, graph.PostLogistic
		}},
		{"two classes with one score and base values", true, func(a *graph.TreeAttr) { two(a, true); a.Binary, a.Base = true, []float64{0, 0.25} }},
		{"two classes of positive scores, of which the first may have none", true, func(a *graph.TreeAttr) { two(a, true); a.AllPositive = true }},
		{"two classes by the highest score", true, func(a *graph.TreeAttr) { two(a, false); a.FirstMax = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newNet(uint64(i) + 50)
			a := randomTrees(b, 12, 5, 3)
			c.change(a)
			x := b.input("x", 2, 5)
			if c.classes {
				o := b.nodes(2, graph.TreeEnsembleClassifier, a, x)
				b.output("label", o[0])
				b.output("scores", o[1])
			} else {
				b.output("scores", b.node(graph.TreeEnsemble, a, x))
			}
			exactly(t, b.g, steppy(b, b.cases(60)))
		})
	}
}

// What prepares the features of trees stays in float32, whatever the calibration allows: a
// rounded feature is on the other side of a threshold.
func TestTreesBehindAnImputerAndAScalerStayExact(t *testing.T) {
	b := newNet(70)
	a := randomTrees(b, 12, 5, 3)
	for i := range a.Nodes {
		a.Nodes[i].Threshold = b.rnd.NormFloat64()
	}
	a.Labels = graph.Labels{Ints: []int64{-1, 0, 1}}
	x := b.input("x", 1, 5)
	im := b.node(graph.Imputer, graph.ImputerAttr{Replaced: float32(math.NaN()), Values: []float32{0.1, 0.2, 0.3, 0.4, 0.5}}, x)
	sc := b.node(graph.Scaler, graph.ScalerAttr{Offset: []float32{0.1, -0.2, 0.3, 0, 1}, Scale: []float32{2, 1, 0.5, 3, 0.7}}, im)
	o := b.nodes(2, graph.TreeEnsembleClassifier, a, sc)
	b.output("label", o[0])
	b.output("scores", o[1])
	cases := b.cases(200)
	for _, c := range cases {
		for i := range c["x"].F {
			if b.rnd.IntN(4) == 0 {
				c["x"].F[i] = float32(math.NaN())
			}
		}
	}
	p, rep, err := Compile(b.g, cases, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range rep.Layers {
		if l.Precision == "int8" || l.Precision == "int16" {
			t.Errorf("%s is %s: %s", l.Name, l.Precision, l.Reason)
		}
	}
	run, err := newRun(p)
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range cases {
		got, err := run.eval(in)
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range floatRun(t, b.g, in) {
			for k := range w.Len() {
				if math.Abs(got[name][k]-w.At(k)) > 1e-5 {
					t.Fatalf("case %d: %s[%d] is %v, want %v", i, name, k, got[name][k], w.At(k))
				}
			}
		}
	}
}

// two maps three targets to two classes, or all weights to the second.
func two(a *graph.TreeAttr, onlySecond bool) {
	a.Targets, a.Labels = 2, graph.Labels{Ints: []int64{-1, 1}}
	for i := range a.Leaves {
		a.Leaves[i].Target = a.Leaves[i].Target % 2
		if onlySecond {
			a.Leaves[i].Target = 1
		}
	}
}

// exactly compiles without calibration and wants labels equal and scores to rounding.
func exactly(t *testing.T, g *graph.Graph, cases []map[string]Tensor) {
	t.Helper()
	p, _, err := Compile(g, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	run, err := newRun(p)
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range cases {
		got, err := run.eval(in)
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range floatRun(t, g, in) {
			for k := range w.Len() {
				want := w.At(k)
				if w.DType.IsInt() && got[name][k] != want {
					t.Errorf("case %d: %s[%d] is %v, want %v", i, name, k, got[name][k], want)
				}
				if d := math.Abs(got[name][k] - want); d > 1e-5*(1+math.Abs(want)) {
					t.Errorf("case %d: %s[%d] is %v, want %v", i, name, k, got[name][k], want)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}

func TestTreeFiles(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "../onnx")
	for _, name := range []string{"xgb174_reg_60x5", "xgb174_mc3_30x4"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(filepath.Join(dir, name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			g, err := treefile.XGBoost(f, treefile.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			b := &net{g: g, rnd: newNet(4).rnd}
			cases := b.cases(64)
			for i, c := range cases {
				for _, x := range c {
					if i%5 == 0 {
						x.F[3] = float32(math.NaN())
					}
				}
			}
			exactly(t, g, cases)
		})
	}
}

func TestSupportVectorsAndLinearModels(t *testing.T) {
	svm := func(b *net, k graph.Kernel, n int) *graph.SVMAttr {
		a := &graph.SVMAttr{Kernel: k, Gamma: 0.3, Coef0: 0.5, Degree: 3, Features: 4}
		a.Vectors, a.Coef, a.Rho = floatsN(b, n*4), floatsN(b, n), floatsN(b, 1)
		return a
	}
	classes := func(b *net, k int, n int) *graph.SVMAttr {
		a := svm(b, graph.KernelRBF, n)
		a.Coef, a.Rho = floatsN(b, (k-1)*n), floatsN(b, k*(k-1)/2)
		for i := range k {
			a.PerClass = append(a.PerClass, n/k)
			a.Labels.Ints = append(a.Labels.Ints, int64(i*3))
		}
		return a
	}
	two := graph.Labels{Ints: []int64{4, 5}}
	for name, c := range map[string]func(b *net, x int) []int{
		"linear kernel":     func(b *net, x int) []int { return b.nodes(1, graph.SVMRegressor, svm(b, graph.KernelLinear, 6), x) },
		"polynomial kernel": func(b *net, x int) []int { return b.nodes(1, graph.SVMRegressor, svm(b, graph.KernelPoly, 6), x) },
		"RBF kernel":        func(b *net, x int) []int { return b.nodes(1, graph.SVMRegressor, svm(b, graph.KernelRBF, 13), x) },
		"sigmoid kernel":    func(b *net, x int) []int { return b.nodes(1, graph.SVMRegressor, svm(b, graph.KernelSigmoid, 6), x) },
		"one class": func(b *net, x int) []int {
			a := svm(b, graph.KernelRBF, 6)
			a.OneClass = true
			return b.nodes(1, graph.SVMRegressor, a, x)
		},
		"regression without vectors": func(b *net, x int) []int {
			a := svm(b, graph.KernelLinear, 6)
			a.Vectors, a.Coef = nil, floatsN(b, 4)
			return b.nodes(1, graph.SVMRegressor, a, x)
		},
		"two classes":   func(b *net, x int) []int { return b.nodes(2, graph.SVMClassifier, classes(b, 2, 8), x) },
		"three classes": func(b *net, x int) []int { return b.nodes(2, graph.SVMClassifier, classes(b, 3, 9), x) },
		"two classes with probabilities": func(b *net, x int) []int {
			a := classes(b, 2, 8)
			a.ProbA, a.ProbB = []float32{-1.5}, []float32{0.1}
			return b.nodes(2, graph.SVMClassifier, a, x)
		},
		"four classes with probabilities": func(b *net, x int) []int {
			a := classes(b, 4, 12)
			for range 6 {
				a.ProbA, a.ProbB = append(a.ProbA, -1.5-b.rnd.Float32()), append(a.ProbB, b.rnd.Float32()-0.5)
			}
			return b.nodes(2, graph.SVMClassifier, a, x)
		},
		"two classes, logistic": func(b *net, x int) []int {
			a := classes(b, 2, 8)
			a.Post = graph.PostLogistic
			return b.nodes(2, graph.SVMClassifier, a, x)
		},
		"three classes without vectors": func(b *net, x int) []int {
			a := classes(b, 3, 9)
			a.Kernel, a.Vectors, a.PerClass, a.Coef, a.Rho = graph.KernelLinear, nil, nil, floatsN(b, 12), floatsN(b, 1)
			return b.nodes(2, graph.SVMClassifier, a, x)
		},
		"linear classifier of three": func(b *net, x int) []int {
			return b.nodes(2, graph.LinearClassifier, &graph.LinearAttr{Targets: 3, Coef: floatsN(b, 12), Intercept: floatsN(b, 3), Post: graph.PostSoftmax,
				Labels: graph.Labels{Ints: []int64{7, 8, 9}}}, x)
		},
		"logistic regression": func(b *net, x int) []int {
			return b.nodes(2, graph.LinearClassifier, &graph.LinearAttr{Targets: 1, Coef: floatsN(b, 4), Intercept: floatsN(b, 1), Post: graph.PostLogistic, Labels: two}, x)
		},
		"linear regression with a transform": func(b *net, x int) []int {
			return b.nodes(1, graph.LinearRegressor, &graph.LinearAttr{Targets: 2, Coef: floatsN(b, 8), Post: graph.PostSoftmax}, x)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newNet(31)
			for i, v := range c(b, b.input("x", 3, 4)) {
				b.output(fmt.Sprint("out", i), v)
			}
			exactly(t, b.g, b.cases(40))
		})
	}
}

func floatsN(b *net, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(b.rnd.NormFloat64() * 0.7)
	}
	return v
}
