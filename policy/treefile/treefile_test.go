package treefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// score runs rows through a graph.
func score(t testing.TB, g *graph.Graph, rows [][]float32) []float32 {
	t.Helper()
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	var flat []float32
	for _, row := range rows {
		flat = append(flat, row...)
	}
	out, err := r.Run(map[string]graph.Tensor{"features": *graph.Floats(flat, len(rows), len(rows[0]))})
	if err != nil {
		t.Fatal(err)
	}
	y := out["scores"]
	return y.F
}

// The recorded predictions come from XGBoost itself; every fifth row has a NaN.
func TestXGBoostSamplesAgree(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "../onnx")
	for _, name := range []string{"xgb174_reg_60x5", "xgb174_mc3_30x4"} {
		f, err := os.Open(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		g, err := XGBoost(f, Limits{})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, name+".expected.json"))
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(b, &keys); err != nil {
			t.Fatal(err)
		}
		var rows [][]float32
		var x [][]*float32
		if err := json.Unmarshal(keys["X"], &x); err != nil {
			t.Fatal(err)
		}
		for _, r := range x {
			row := make([]float32, len(r))
			for i, v := range r {
				row[i] = float32(math.NaN())
				if v != nil {
					row[i] = *v
				}
			}
			rows = append(rows, row)
		}
		got := score(t, g, rows)
		checkExpected(t, name, keys, got, len(rows))
	}
}

func checkExpected(t *testing.T, name string, keys map[string]json.RawMessage, got []float32, rows int) {
	var prob []float64
	flatten(keys["pred"], &prob)
	if len(prob) == 0 {
		t.Fatalf("%s: no predictions recorded", name)
	}
	worst := 0.0
	for i, w := range prob {
		worst = math.Max(worst, math.Abs(float64(got[i])-w)/math.Max(1, math.Abs(w)))
	}
	t.Logf("%s: %d rows, worst relative error %.2g", name, rows, worst)
	if worst > 1e-6 {
		t.Errorf("%s: worst relative error %g", name, worst)
	}
}

func flatten(raw json.RawMessage, out *[]float64) {
	var one []float64
	if json.Unmarshal(raw, &one) == nil {
		*out = append(*out, one...)
		return
	}
	var two [][]float64
	if json.Unmarshal(raw, &two) == nil {
		for _, r := range two {
			*out = append(*out, r...)
		}
	}
}

// stump is an XGBoost model of one tree: x1 < 0.5 ? 1 : 2.
func stump(change ...string) string {
	s := `{"learner":{"gradient_booster":{"model":{"gbtree_model_param":{"size_leaf_vector":"0"},"tree_info":[0],"trees":[` +
		`{"left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_indices":[1,0,0],"split_conditions":[0.1,1,2],` +
		`"default_left":[1,0,0],"split_type":[0,0,0],"categories_nodes":[]}]},"name":"gbtree"},` +
		`"learner_model_param":{"base_score":"5E-1","num_class":"0","num_feature":"2"},"objective":{"name":"reg:squarederror"}}}`
	for i := 0; i+1 < len(change); i += 2 {
		s = strings.ReplaceAll(s, change[i], change[i+1])
	}
	return s
}

func TestXGBoostComparesInFloat32AndSendsNaNTheDefaultWay(t *testing.T) {
	g, err := XGBoost(strings.NewReader(stump()), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	edge := float32(0.1)
	nan := float32(math.NaN())
	got := score(t, g, [][]float32{{0, 0}, {0, edge}, {0, math.Nextafter32(edge, 0)}, {9, 1}, {0, nan}})
	for i, w := range []float32{1.5, 2.5, 1.5, 2.5, 1.5} {
		if got[i] != w {
			t.Errorf("row %d: %v, want %v", i, got[i], w)
		}
	}
}

func TestXGBoostBaseScoreInEveryForm(t *testing.T) {
	for _, form := range []string{`"5E-1"`, `0.5`, `"[5E-1]"`, `[0.5]`, `["0.5"]`} {
		g, err := XGBoost(strings.NewReader(stump(`"5E-1"`, form)), Limits{})
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if got := score(t, g, [][]float32{{0, 0}}); got[0] != 1.5 {
			t.Errorf("%s: %v, want 1.5", form, got[0])
		}
	}
}

func TestXGBoostObjectives(t *testing.T) {
	sig := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, c := range []struct {
		name, base string
		want       float64
	}{
		{"binary:logistic", "0.5", sig(1)},
		{"binary:logistic", "0.25", sig(1 + math.Log(0.25/0.75))},
		{"binary:logitraw", "0.25", 1 + math.Log(0.25/0.75)},
		{"reg:logistic", "0.5", sig(1)},
		{"reg:absoluteerror", "3", 4},
		{"count:poisson", "0.5", 0.5 * math.E},
	} {
		g, err := XGBoost(strings.NewReader(stump("reg:squarederror", c.name, `"5E-1"`, c.base)), Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := score(t, g, [][]float32{{0, 0}}); math.Abs(float64(got[0])-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.name, got[0], c.want)
		}
	}
}

func TestXGBoostRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"what is not JSON":               {"tree", ErrMalformed},
		"a truncated file":               {stump()[:200], ErrMalformed},
		"dart":                           {stump("gbtree\"}", "dart\"}"), ErrUnsupported},
		"an unknown objective":           {stump("reg:squarederror", "binary:hinge"), ErrUnsupported},
		"categorical splits":             {stump(`"split_type":[0`, `"split_type":[1`), ErrUnsupported},
		"a tree that loops":              {stump(`"left_children":[1`, `"left_children":[0`), ErrMalformed},
		"a child out of range":           {stump(`"right_children":[2`, `"right_children":[3`), ErrMalformed},
		"a feature out of range":         {stump(`"split_indices":[1`, `"split_indices":[2`), ErrMalformed},
		"lists of different length":      {stump(`"default_left":[1,0,0]`, `"default_left":[1,0]`), ErrMalformed},
		"a class out of range":           {stump(`"tree_info":[0]`, `"tree_info":[1]`), ErrMalformed},
		"a base score that is no number": {stump(`"5E-1"`, `"half"`), ErrMalformed},
		"a logistic base score of 1":     {stump("reg:squarederror", "binary:logistic", `"5E-1"`, "1"), ErrMalformed},
		"too many features":              {stump(`"num_feature":"2"`, `"num_feature":"1e9"`), ErrMalformed},
	} {
		if _, err := XGBoost(strings.NewReader(c.text), Limits{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := XGBoost(strings.NewReader(stump()), Limits{FileBytes: 10}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file over the limit: %v", err)
	}
	if _, err := XGBoost(strings.NewReader(stump()), Limits{Nodes: 2}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("trees over the limit: %v", err)
	}
}

// light is a LightGBM model of one branch on feature 1.
func light(threshold string, kind int, objective string) string {
	return fmt.Sprintf("tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\nobjective=%s\n"+
		"tree_sizes=1\n\nTree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=1\nsplit_gain=1\nthreshold=%s\ndecision_type=%d\n"+
		"left_child=-1\nright_child=-2\nleaf_value=1 2\nis_linear=0\nshrinkage=1\n\n\nend of trees\n\nfeature_importances:\n",
		objective, threshold, kind)
}

// lightGo is LightGBM's own decision, written from its description: the naive version.
func lightGo(x, threshold float64, kind int) bool {
	missing := kind >> 2 & 3
	if x != x && missing != missingNaN {
		x = 0
	}
	zero := math.Abs(x) <= float64(float32(1e-35))
	if missing == missingZero && zero || missing == missingNaN && x != x {
		return kind&lightDefaultLeft != 0
	}
	return x <= threshold
}

func TestLightGBMDecidesAsItsOwnRule(t *testing.T) {
	xs := []float32{0, float32(math.Copysign(0, -1)), 1e-36, -1e-36, 1e-35, -1e-35, 2e-35, -2e-35, 0.1, -0.1,
		math.Nextafter32(0.1, 1), math.Nextafter32(0.1, 0), 1, -1, 2, -2, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	for _, thr := range []string{"0.1", "-0.1", "0", "1.0000000180025095e-35", "-1.0000000180025095e-35", "1.5", "-1.5", "0.10000000149011612"} {
		for kind := 0; kind < 12; kind += 2 {
			g, err := LightGBM(strings.NewReader(light(thr, kind, "regression")), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var rows [][]float32
			for _, x := range xs {
				rows = append(rows, []float32{7, x})
			}
			var v float64
			if _, err := fmt.Sscan(thr, &v); err != nil {
				t.Fatal(err)
			}
			for i, got := range score(t, g, rows) {
				want := float32(2)
				if lightGo(float64(xs[i]), v, kind) {
					want = 1
				}
				if got != want {
					t.Errorf("threshold %s, kind %d, x %v: leaf %v, want %v", thr, kind, xs[i], got, want)
				}
			}
		}
	}
}

func TestLightGBMObjectives(t *testing.T) {
	for _, c := range []struct {
		objective string
		want      float64
	}{
		{"regression", 1}, {"", 1},
		{"binary sigmoid:1", 1 / (1 + math.Exp(-1))},
		{"binary sigmoid:0.5", 1 / (1 + math.Exp(-0.5))},
		{"poisson", math.E},
		{"multiclass num_class:1", 1},
	} {
		g, err := LightGBM(strings.NewReader(light("0.5", 0, c.objective)), Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.objective, err)
			continue
		}
		if got := score(t, g, [][]float32{{0, 0}}); math.Abs(float64(got[0])-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.objective, got[0], c.want)
		}
	}
}

func TestLightGBMRefuses(t *testing.T) {
	ok := light("0.5", 0, "regression")
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"another file":           {"hello\n", ErrMalformed},
		"a truncated file":       {ok[:len(ok)-60], ErrMalformed},
		"categorical splits":     {strings.ReplaceAll(ok, "decision_type=0", "decision_type=1"), ErrUnsupported},
		"linear trees":           {strings.ReplaceAll(ok, "is_linear=0", "is_linear=1"), ErrUnsupported},
		"an unknown objective":   {strings.ReplaceAll(ok, "regression", "mystery"), ErrUnsupported},
		"a missing list":         {strings.ReplaceAll(ok, "left_child", "left"), ErrMalformed},
		"a leaf out of range":    {strings.ReplaceAll(ok, "right_child=-2", "right_child=-3"), ErrMalformed},
		"a loop":                 {strings.ReplaceAll(ok, "right_child=-2", "right_child=0"), ErrMalformed},
		"a feature out of range": {strings.ReplaceAll(ok, "split_feature=1", "split_feature=2"), ErrMalformed},
		"a huge tree":            {strings.ReplaceAll(ok, "num_leaves=2", "num_leaves=999999999"), ErrMalformed},
		"a negative tree":        {strings.ReplaceAll(ok, "num_leaves=2", "num_leaves=-1"), ErrMalformed},
		"too many classes":       {strings.ReplaceAll(ok, "per_iteration=1", "per_iteration=999999999"), ErrMalformed},
	} {
		if _, err := LightGBM(strings.NewReader(c.text), Limits{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A tree of a single leaf is a constant.
func TestLightGBMSingleLeaf(t *testing.T) {
	text := strings.ReplaceAll(light("0.5", 0, "regression"), "num_leaves=2", "num_leaves=1")
	text = strings.ReplaceAll(text, "leaf_value=1 2", "leaf_value=3.5")
	g, err := LightGBM(strings.NewReader(text), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, g, [][]float32{{0, 0}}); got[0] != 3.5 {
		t.Errorf("%v, want 3.5", got[0])
	}
}

func FuzzXGBoost(f *testing.F) {
	f.Add([]byte(stump()))
	f.Add([]byte(stump(`"5E-1"`, `[0.5]`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := XGBoost(bytes.NewReader(b), Limits{Nodes: 1000})
		walk(t, g, err)
	})
}

func FuzzLightGBM(f *testing.F) {
	f.Add([]byte(light("0.5", 6, "binary sigmoid:1")))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := LightGBM(bytes.NewReader(b), Limits{Nodes: 1000})
		walk(t, g, err)
	})
}

// walk runs what was read, or wants a named error.
func walk(t *testing.T, g *graph.Graph, err error) {
	if err != nil {
		if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("unnamed error %v", err)
		}
		return
	}
	score(t, g, [][]float32{make([]float32, g.Values[g.Inputs[0].Value].Dims[1])})
}
