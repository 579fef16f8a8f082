package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
	"slipstream/policy/graph"
	"slipstream/policy/onnx/onnxtest"
)

// cell is one element of an answer: a number, null for NaN, or a label.
type cell struct{ v any }

func (c *cell) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &c.v) }

type ioTensor struct {
	Dims []int  `json:"dims"`
	Data []cell `json:"data"`
}

type ioFile struct {
	Cases []struct {
		Out    map[string]ioTensor `json:"out"`
		Action string              `json:"action"`
	} `json:"cases"`
}

func parseIO(t *testing.T, text string) (f ioFile) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return f
}

// near: numbers within tol relative to the larger of the number and 1e-3 of the largest of
// its tensor; labels exactly. tol 0: the same bits.
func near(t *testing.T, what string, got, want ioFile, tol float64) {
	t.Helper()
	if len(got.Cases) != len(want.Cases) {
		t.Fatalf("%s: %d cases, want %d", what, len(got.Cases), len(want.Cases))
	}
	for i := range want.Cases {
		if len(got.Cases[i].Out) != len(want.Cases[i].Out) {
			t.Errorf("%s: case %d has %d outputs, want %d", what, i, len(got.Cases[i].Out), len(want.Cases[i].Out))
		}
		for name, w := range want.Cases[i].Out {
			g := got.Cases[i].Out[name]
			if fmt.Sprint(g.Dims) != fmt.Sprint(w.Dims) || len(g.Data) != len(w.Data) {
				t.Fatalf("%s: case %d %s: dims %v, want %v", what, i, name, g.Dims, w.Dims)
			}
			largest := 0.0
			for _, c := range w.Data {
				if v, ok := c.v.(float64); ok {
					largest = max(largest, math.Abs(v))
				}
			}
			for k := range w.Data {
				gv, gok := g.Data[k].v.(float64)
				wv, wok := w.Data[k].v.(float64)
				if !gok || !wok {
					if g.Data[k].v != w.Data[k].v {
						t.Errorf("%s: case %d %s[%d]: %v, want %v", what, i, name, k, g.Data[k].v, w.Data[k].v)
					}
				} else if d := math.Abs(gv - wv); d > tol*max(math.Abs(wv), 1e-3*largest) {
					t.Errorf("%s: case %d %s[%d]: %v, want %v", what, i, name, k, gv, wv)
				}
			}
		}
	}
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := runHere(t, args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, stderr)
	}
	return stdout
}

// The float reference agrees with the recorded answers, every model compiles, and what is
// compiled is as near as it must be: QDQ and trees in every bit, the others in int8.
func TestPolicySamples(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "../onnx")
	models, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil || len(models) < 10 {
		t.Fatalf("%d models in %s (%v)", len(models), dir, err)
	}
	for _, m := range models {
		name := strings.TrimSuffix(filepath.Base(m), ".onnx")
		t.Run(name, func(t *testing.T) {
			cases := filepath.Join(dir, name+".io.json")
			raw, err := os.ReadFile(cases)
			if err != nil {
				t.Fatal(err)
			}
			want := parseIO(t, string(raw))
			near(t, "the reference", parseIO(t, mustRun(t, "policy", "eval", m, "--inputs", cases, "--json")), want, 1e-4)

			out := filepath.Join(t.TempDir(), "m.bundle")
			mustRun(t, "policy", "compile", m, "--calibrate", cases, "--out", out, "--json")
			got := parseIO(t, mustRun(t, "policy", "eval", out, "--inputs", cases, "--json"))
			switch name {
			case "mlp_relu_qdq_s8", "gbdt_100x5":
				near(t, "the bundle", got, want, 0)
			default:
				nearRMS(t, got, want, 0.03)
			}
			portable := parseIO(t, mustRun(t, "policy", "eval", out, "--inputs", cases, "--json", "--kernel", "portable"))
			near(t, "the portable kernel", portable, got, 0)
			if text := mustRun(t, "policy", "inspect", out); !strings.Contains(text, "portable") || !strings.Contains(text, name) {
				t.Errorf("inspect says %s", text)
			}
		})
	}
}

// nearRMS wants the rms of the difference within tol of the rms of the answers.
func nearRMS(t *testing.T, got, want ioFile, tol float64) {
	t.Helper()
	var diff, sum float64
	for i := range want.Cases {
		for name, w := range want.Cases[i].Out {
			for k := range w.Data {
				gv, wv := got.Cases[i].Out[name].Data[k].v.(float64), w.Data[k].v.(float64)
				diff, sum = diff+(gv-wv)*(gv-wv), sum+wv*wv
			}
		}
	}
	if r := math.Sqrt(diff / sum); !(r <= tol) {
		t.Errorf("the bundle's outputs are off by %.3g rms, at most %g", r, tol)
	}
}

func TestPolicyXGBoost(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "../onnx")
	models, err := filepath.Glob(filepath.Join(dir, "xgb*x?.json"))
	if err != nil || len(models) != 2 {
		t.Fatalf("%v (%v)", models, err)
	}
	for _, m := range models {
		cases := strings.TrimSuffix(m, ".json") + ".expected.json"
		raw, err := os.ReadFile(cases)
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Pred []json.RawMessage `json:"pred"`
		}
		if err := json.Unmarshal(raw, &want); err != nil || len(want.Pred) == 0 {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "m.bundle")
		mustRun(t, "policy", "compile", m, "--calibrate", cases, "--out", out)
		for _, file := range []string{m, out} {
			got := parseIO(t, mustRun(t, "policy", "eval", file, "--inputs", cases, "--json"))
			for i := range want.Pred {
				var row []float64
				if json.Unmarshal(want.Pred[i], &row) != nil {
					row = make([]float64, 1)
					if err := json.Unmarshal(want.Pred[i], &row[0]); err != nil {
						t.Fatal(err)
					}
				}
				for k, w := range row {
					if g, ok := got.Cases[i].Out["scores"].Data[k].v.(float64); !ok || math.Abs(g-w) > 1e-4*max(math.Abs(w), 1e-3) {
						t.Errorf("%s: row %d[%d]: %v, want %v", filepath.Base(file), i, k, g, w)
					}
				}
			}
		}
	}
}

// actorONNX is what Stable-Baselines3 exports for a discrete policy: Flatten, Gemm and
// Tanh twice, Gemm to the logits, and a state that only passes through.
func actorONNX() []byte {
	r := rand.New(rand.NewPCG(7, 7))
	weights := func(dims ...int) *graph.Tensor {
		v := make([]float32, graph.Count(dims))
		for i := range v {
			v[i] = float32(r.NormFloat64()) / 2
		}
		return graph.Floats(v, dims...)
	}
	linear := onnxtest.Attrs{"transB": 1}
	return onnxtest.New(17).Input("obs", graph.Float32, 1, 3).Input("state_ins", graph.Float32, 1, 1).
		Const("w1", weights(16, 3)).Const("b1", weights(16)).Const("w2", weights(16, 16)).Const("b2", weights(16)).
		Const("w3", weights(4, 16)).Const("b3", weights(4)).
		Node("Flatten", []string{"obs"}, []string{"x"}, nil).
		Node("Gemm", []string{"x", "w1", "b1"}, []string{"h1"}, linear).Node("Tanh", []string{"h1"}, []string{"a1"}, nil).
		Node("Gemm", []string{"a1", "w2", "b2"}, []string{"h2"}, linear).Node("Tanh", []string{"h2"}, []string{"a2"}, nil).
		Node("Gemm", []string{"a2", "w3", "b3"}, []string{"output"}, linear).
		Node("Identity", []string{"state_ins"}, []string{"state_outs"}, nil).
		Output("output", "state_outs").Bytes()
}

const actorPolicy = `name = "three features"
input = "obs"
output = "output"
actions = ["hold", "rest-1", "cross-1", "cross-all"]

[training]
steps = "1000000"

[[feature]]
name = "time_left_ppm"
offset = 500000.0
scale = 2e-6
min = -1
max = 1000000

[[feature]]
name = "behind_ppm"

[[feature]]
name = "spread_milliticks"
clip = 5.0

[rule]
interval = "250ms"
events = ["fill", "touch"]

[envelope]
finish_ppm = 100000
`

// actorFiles writes the model, its policy file and feature rows; it returns the folder.
func actorFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	var rows [][]int32
	for range 40 {
		rows = append(rows, []int32{r.Int32N(1_000_001), r.Int32N(400_001) - 200_000, 1000 * (1 + r.Int32N(6))})
	}
	features, err := json.Marshal(map[string]any{"features": rows})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"actor.onnx": actorONNX(), "policy.toml": []byte(actorPolicy), "features.json": features} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// From an export to a signed policy that this build's engine would take.
func TestPolicyFromExportToSignedBundle(t *testing.T) {
	dir := actorFiles(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	text := mustRun(t, "policy", "import", at("actor.onnx"), "--policy-out", at("starter.toml"))
	if !strings.Contains(text, "Gemm") || !strings.Contains(text, "all supported") {
		t.Errorf("import says %s", text)
	}
	// The starter is a good policy file as it stands, for this model.
	mustRun(t, "policy", "compile", at("actor.onnx"), "--calibrate", at("features.json"), "--policy", at("starter.toml"), "--out", at("starter.bundle"))

	mustRun(t, "policy", "sign", "--keygen", at("desk.pem"))
	if st, err := os.Stat(at("desk.pem")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the private key has mode %v (%v)", st.Mode(), err)
	}
	answer := mustRun(t, "policy", "compile", at("actor.onnx"), "--calibrate", at("features.json"), "--policy", at("policy.toml"), "--out", at("m.bundle"), "--json")
	var compiled struct {
		SHA256 string `json:"sha256"`
		Policy bool   `json:"policy"`
		Golden int    `json:"golden"`
	}
	if err := json.Unmarshal([]byte(answer), &compiled); err != nil || !compiled.Policy || compiled.Golden != 40 {
		t.Errorf("%v: %s", err, answer)
	}
	code, _, stderr := runHere(t, "policy", "verify", at("m.bundle"), "--host", "--trusted", at("desk.pem.pub"))
	if code != 1 || !strings.Contains(stderr, "not signed") {
		t.Errorf("unsigned: code %d: %s", code, stderr)
	}
	mustRun(t, "policy", "sign", at("m.bundle"), "--key", at("desk.pem"))
	var verified verifyAnswer
	if err := json.Unmarshal([]byte(mustRun(t, "policy", "verify", at("m.bundle"), "--host", "--trusted", at("desk.pem.pub"), "--json")), &verified); err != nil {
		t.Fatal(err)
	}
	if !verified.OK || !verified.Trusted || !verified.Policy || verified.SHA256 != compiled.SHA256 || verified.Name != "three features" {
		t.Errorf("%+v", verified)
	}

	// Equal inputs give equal bundles; an empty file or a bundle is replaced.
	if err := os.WriteFile(at("again.bundle"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "policy", "compile", at("actor.onnx"), "--calibrate", at("features.json"), "--policy", at("policy.toml"), "--out", at("again.bundle"))
	mustRun(t, "policy", "compile", at("actor.onnx"), "--calibrate", at("features.json"), "--policy", at("policy.toml"), "--out", at("again.bundle"), "--key", at("desk.pem"))
	if a, b := readAll(t, at("m.bundle")), readAll(t, at("again.bundle")); a != b {
		t.Error("compiled again it has other bytes")
	}

	var shown inspectAnswer
	if err := json.Unmarshal([]byte(mustRun(t, "policy", "inspect", at("m.bundle"), "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Rule.IntervalNanos != 250_000_000 || shown.Envelope.FinishPpm != 100_000 || shown.Norms[0].Max != 1_000_000 || shown.Norms[2].Clip != 5 ||
		shown.Provenance.Training["steps"] != "1000000" || shown.Report == nil || len(shown.Instructions) == 0 {
		t.Errorf("%+v", shown)
	}

	got := parseIO(t, mustRun(t, "policy", "eval", at("m.bundle"), "--inputs", at("features.json"), "--json"))
	for i, c := range got.Cases {
		best := 0
		logits := c.Out["output"].Data
		for k := range logits {
			if logits[k].v.(float64) > logits[best].v.(float64) {
				best = k
			}
		}
		if want := []string{"hold", "rest-1", "cross-1", "cross-all"}[best]; c.Action != want {
			t.Errorf("row %d: action %q, the largest logit is %q's", i, c.Action, want)
		}
	}
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPolicyRefusals(t *testing.T) {
	dir := actorFiles(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	model, rows, policy := at("actor.onnx"), at("features.json"), at("policy.toml")
	good := at("good.bundle")
	mustRun(t, "policy", "compile", model, "--calibrate", rows, "--policy", policy, "--out", good)
	bytes := readAll(t, good)
	swap := func(name, from, to string) string {
		if !strings.Contains(actorPolicy, from) {
			t.Fatalf("no %s in the policy file", from)
		}
		return write(name, strings.Replace(actorPolicy, from, to, 1))
	}
	cases := func(name, obs string) string {
		return write(name, `{"cases":[{"in":{"obs":`+obs+`,"state_ins":{"dims":[1,1],"data":[0]}}}]}`)
	}
	bare := at("bare.bundle")
	mustRun(t, "policy", "compile", model, "--calibrate", cases("one.json", `{"dims":[1,3],"data":[0.1,0.2,0.3]}`), "--out", bare)
	mustRun(t, "policy", "sign", "--keygen", at("k.pem"))
	compile := func(args ...string) []string {
		return append([]string{"policy", "compile", model, "--out", at("never.bundle")}, args...)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		text string
	}{
		"no subcommand of that name":        {[]string{"policy", "compil"}, 2, "did you mean compile"},
		"no inputs given":                   {[]string{"policy", "eval", model}, 2, `"inputs" not set`},
		"a kernel of no such name":          {[]string{"policy", "eval", model, "--inputs", rows, "--kernel", "neon"}, 2, "neon"},
		"a precision of no such name":       {compile("--calibrate", rows, "--policy", policy, "--precision", "int4"), 2, "int4"},
		"no golden vectors":                 {compile("--calibrate", rows, "--policy", policy, "--golden", "0"), 2, "--golden 0"},
		"a layer error above 1":             {compile("--calibrate", rows, "--policy", policy, "--layer-error", "2"), 2, "--layer-error 2"},
		"a model that is not there":         {[]string{"policy", "import", "/nonexistent/m.onnx"}, 1, "no such file"},
		"a model that is none":              {[]string{"policy", "import", write("bad.onnx", "\x0a\xff\xff")}, 1, "onnx"},
		"half a model":                      {[]string{"policy", "import", write("half.onnx", readAll(t, model)[:400])}, 1, "onnx"},
		"trees that are none":               {[]string{"policy", "import", write("bad.json", "{")}, 1, "treefile"},
		"LightGBM that is none":             {[]string{"policy", "import", write("bad.txt", "tree\nnum_class=x\n")}, 1, "treefile"},
		"a bundle as a model":               {[]string{"policy", "import", good}, 1, "cannot be imported again"},
		"an operator that is not supported": {[]string{"policy", "import", write("conv.onnx", string(onnxtest.New(17).Input("x", graph.Float32, 1, 3).Node("NonZero", []string{"x"}, []string{"y"}, nil).Output("y").Bytes()))}, 1, `"n_y" (NonZero)`},
		"cases that are no JSON":            {compile("--calibrate", write("c1.json", "[")), 1, "not a file of cases"},
		"cases of two kinds":                {compile("--calibrate", write("c2.json", `{"X":[[1]],"features":[[1]]}`)), 1, "found 2 of them"},
		"no cases":                          {compile("--calibrate", write("c3.json", `{"cases":[]}`)), 1, "found 0 of them"},
		"a case without an input":           {compile("--calibrate", write("c4.json", `{"cases":[{"in":{}}]}`)), 1, `input "obs" is missing`},
		"a case with an input too many":     {[]string{"policy", "eval", model, "--inputs", write("c5.json", `{"cases":[{"in":{"obs":{"dims":[1,3],"data":[1,2,3]},"state_ins":{"dims":[1,1],"data":[0]},"y":{}}}]}`)}, 1, `no input "y"`},
		"an element too few":                {compile("--calibrate", cases("c6.json", `{"dims":[1,3],"data":[1,2]}`)), 1, "2 elements, dims [1 3] say 3"},
		"a negative dimension":              {compile("--calibrate", cases("c7.json", `{"dims":[1,-3],"data":[1,2]}`)), 1, "negative dimension"},
		"data that is no list":              {compile("--calibrate", cases("c8.json", `{"dims":[1,3],"data":7}`)), 1, "not a list"},
		"nested data":                       {compile("--calibrate", cases("c9.json", `{"dims":[1,3],"data":[[1,2,3]]}`)), 1, "element 0"},
		"a number beyond float32":           {compile("--calibrate", cases("c10.json", `{"dims":[1,3],"data":[1,2,1e99]}`)), 1, "out of range of float32"},
		"dims that multiply beyond memory":  {compile("--calibrate", cases("c11.json", `{"dims":[4611686018427387904,8],"data":[1]}`)), 1, "1 elements"},
		"rows for two inputs":               {compile("--calibrate", write("c12.json", `{"X":[[1,2,3]]}`)), 1, "rows for one input"},
		"features for a bare model":         {[]string{"policy", "eval", bare, "--inputs", rows}, 1, "bare model"},
		"features without a policy file":    {compile("--calibrate", rows), 1, "need --policy"},
		"a feature too few in a row":        {compile("--calibrate", write("f1.json", `{"features":[[1,2]]}`), "--policy", policy), 1, "row 0 has 2 features, the policy file 3"},
		"an unknown key":                    {compile("--calibrate", rows, "--policy", swap("p1.toml", "clip", "clop")), 2, "p1.toml:21:1: feature.clop: unknown key"},
		"no TOML":                           {compile("--calibrate", rows, "--policy", swap("p2.toml", "name = ", "name : ")), 2, "p2.toml:1:"},
		"a feature the engine has not":      {compile("--calibrate", rows, "--policy", swap("p3.toml", "behind_ppm", "beyond_ppm")), 2, `"beyond_ppm" is none of time_left_ppm`},
		"actions too few":                   {compile("--calibrate", rows, "--policy", swap("p4.toml", `"hold", `, "")), 2, "there are 3 actions"},
		"an interval that is none":          {compile("--calibrate", rows, "--policy", swap("p5.toml", "250ms", "soon")), 2, `rule.interval: "soon"`},
		"an output that is not there":       {compile("--calibrate", rows, "--policy", swap("p6.toml", `"output"`, `"logits"`)), 2, "no output"},
		"a file in the place of the bundle": {[]string{"policy", "compile", model, "--calibrate", rows, "--policy", policy, "--out", rows}, 1, "is there already"},
		"an action the engine has not":      {[]string{"policy", "verify", "--host", compileWith(t, dir, "odd.bundle", swap("p7.toml", "cross-all", "cross-9"))}, 1, `"cross-9"`},
		"a bare model for a host":           {[]string{"policy", "verify", "--host", bare}, 1, "bare model"},
		"half a bundle":                     {[]string{"policy", "verify", write("half.bundle", bytes[:len(bytes)/2])}, 1, "truncated"},
		"a bundle and a byte":               {[]string{"policy", "verify", write("long.bundle", bytes+"x")}, 1, "bytes after the end"},
		"a bundle with a flipped byte":      {[]string{"policy", "verify", write("flip.bundle", bytes[:len(bytes)-9]+"\x7f"+bytes[len(bytes)-8:])}, 1, "section golden: content does not match"},
		"a bundle that is none":             {[]string{"policy", "eval", write("none.bundle", "hello"), "--inputs", rows}, 1, "section header"},
		"an empty bundle":                   {[]string{"policy", "inspect", write("empty.bundle", "")}, 1, "truncated"},
		"signing with nothing":              {[]string{"policy", "sign", good}, 2, "which --key"},
		"signing nothing":                   {[]string{"policy", "sign"}, 2, "which BUNDLE"},
		"keygen and more":                   {[]string{"policy", "sign", good, "--keygen", at("x.pem")}, 2, "stands alone"},
		"a key that is there already":       {[]string{"policy", "sign", "--keygen", at("k.pem")}, 1, "exists"},
		"signing with a public key":         {[]string{"policy", "sign", good, "--key", at("k.pem.pub")}, 1, "PRIVATE KEY"},
		"trusting a private key":            {[]string{"policy", "verify", good, "--trusted", at("k.pem")}, 1, "PUBLIC KEY"},
		"signing a torn bundle":             {[]string{"policy", "sign", write("torn.bundle", bytes[:len(bytes)-1]), "--key", at("k.pem")}, 1, "truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := runHere(t, c.args...)
			if code != c.code || !strings.Contains(stderr, c.text) {
				t.Errorf("exit code %d, want %d with %q\nstdout: %s\nstderr: %s", code, c.code, c.text, stdout, stderr)
			}
		})
	}
	if _, err := os.Stat(at("never.bundle")); err == nil {
		t.Error("a refused compilation left a bundle")
	}
	if readAll(t, good) != bytes {
		t.Error("the good bundle was changed")
	}
}

func compileWith(t *testing.T, dir, out, policy string) string {
	t.Helper()
	path := filepath.Join(dir, out)
	mustRun(t, "policy", "compile", filepath.Join(dir, "actor.onnx"), "--calibrate", filepath.Join(dir, "features.json"), "--policy", policy, "--out", path)
	return path
}

// A refusal as JSON names the section.
func TestPolicyVerifyJSONNamesTheSection(t *testing.T) {
	dir := actorFiles(t)
	path := compileWith(t, dir, "m.bundle", filepath.Join(dir, "policy.toml"))
	b := []byte(readAll(t, path))
	b[len(b)-1] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runHere(t, "policy", "verify", path, "--json")
	var a verifyAnswer
	if err := json.Unmarshal([]byte(stdout), &a); err != nil || code != 1 || a.OK || a.Section != "golden" || a.Problem == "" || stderr != "" {
		t.Errorf("code %d: %+v (%v) %s", code, a, err, stderr)
	}
}

// A recurrent bundle: each case starts afresh, or the cases are one episode.
func TestPolicyEvalSequence(t *testing.T) {
	dir := t.TempDir()
	model, cases, out := filepath.Join(dir, "rnn.onnx"), filepath.Join(dir, "c.json"), filepath.Join(dir, "m.bundle")
	eye := func(n int) *graph.Tensor {
		v := make([]float32, n*n)
		for i := range n {
			v[i*n+i] = 0.5
		}
		return graph.Floats(v, 1, n, n)
	}
	m := onnxtest.New(14).Input("x", graph.Float32, 1, 1, 4).Input("h", graph.Float32, 1, 1, 4).Const("w", eye(4)).Const("r", eye(4)).
		Node("RNN", []string{"x", "w", "r", "", "", "h"}, []string{"", "h1"}, onnxtest.Attrs{"hidden_size": 4}).Output("h1")
	if err := os.WriteFile(model, m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	const one = `{"in":{"x":{"dims":[1,1,4],"data":[1,-1,0.5,0]},"h":{"dims":[1,1,4],"data":[0,0,0,0]}}}`
	if err := os.WriteFile(cases, []byte(`{"cases":[`+one+`,`+one+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "policy", "compile", model, "--calibrate", cases, "--out", out)
	bare := strings.ReplaceAll(`{"cases":[`+one+`,`+one+`]}`, `,"h":{"dims":[1,1,4],"data":[0,0,0,0]}`, "")
	if err := os.WriteFile(cases, []byte(bare), 0o600); err != nil {
		t.Fatal(err)
	}
	first := func(f ioFile, i int) float64 { return f.Cases[i].Out["h1"].Data[0].v.(float64) }
	fresh := parseIO(t, mustRun(t, "policy", "eval", out, "--inputs", cases, "--json"))
	if first(fresh, 0) != first(fresh, 1) {
		t.Errorf("afresh: %v and %v", first(fresh, 0), first(fresh, 1))
	}
	carried := parseIO(t, mustRun(t, "policy", "eval", out, "--inputs", cases, "--json", "--sequence"))
	h := math.Tanh(0.5)
	if got, want := first(carried, 1), math.Tanh(0.5+0.5*h); math.Abs(got-want) > 0.02 || math.Abs(first(carried, 0)-h) > 0.02 {
		t.Errorf("carried on: %v then %v, want %v then %v", first(carried, 0), got, h, want)
	}
}

// The other heads: an integer that is the action's index, as Stable-Baselines3 exports
// deterministic policies, and a number that is parted at edges, as trees give it.
func TestPolicyHeads(t *testing.T) {
	dir := actorFiles(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	sum := graph.Floats([]float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3)
	label := onnxtest.New(17).Input("obs", graph.Float32, 1, 3).Const("w", sum).
		Node("MatMul", []string{"obs", "w"}, []string{"y"}, nil).
		Node("ArgMax", []string{"y"}, []string{"action"}, onnxtest.Attrs{"axis": 1, "keepdims": 0}).Output("action")
	one := onnxtest.New(17).Input("obs", graph.Float32, 1, 3).Const("w", graph.Floats([]float32{1, 0, 0}, 3, 1)).
		Node("MatMul", []string{"obs", "w"}, []string{"action"}, nil).Output("action")
	const features = "\n[[feature]]\nname = \"behind_ppm\"\n[[feature]]\nname = \"flow_ppm\"\n[[feature]]\nname = \"drift_ppm\"\n"
	for name, b := range map[string][]byte{
		"label.onnx": label.Bytes(), "bins.onnx": one.Bytes(),
		"label.toml": []byte("head = \"label\"\nactions = [\"cross-2\", \"hold\", \"rest-2\"]\n" + features),
		"bins.toml":  []byte("head = \"bins\"\nedges = [-0.1, 0.1]\nactions = [\"hold\", \"rest-1\", \"cross-all\"]\n" + features),
		"rows.json":  []byte(`{"features":[[900000,0,0],[0,900000,0],[-900000,-900000,100000],[50000,0,900000]]}`),
	} {
		if err := os.WriteFile(at(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for kind, want := range map[string][]string{
		"label": {"cross-2", "hold", "rest-2", "rest-2"},
		"bins":  {"cross-all", "rest-1", "hold", "rest-1"},
	} {
		mustRun(t, "policy", "compile", at(kind+".onnx"), "--calibrate", at("rows.json"), "--policy", at(kind+".toml"), "--out", at(kind+".bundle"))
		got := parseIO(t, mustRun(t, "policy", "eval", at(kind+".bundle"), "--inputs", at("rows.json"), "--json"))
		for i, c := range got.Cases {
			if c.Action != want[i] {
				t.Errorf("%s: row %d: %s, want %s", kind, i, c.Action, want[i])
			}
		}
	}
}

// Numbers that JSON cannot hold, and types that are not floats.
func TestPolicyCasesOfEveryType(t *testing.T) {
	dir := t.TempDir()
	model, cases := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "c.json")
	m := onnxtest.New(17).Input("f", graph.Float32, 1, 4).Input("i", graph.Int64, 2).Input("b", graph.Bool, 2).Input("d", graph.Float64, 1).
		Node("Neg", []string{"f"}, []string{"nf"}, nil).Node("Add", []string{"i", "i"}, []string{"ii"}, nil).
		Node("Not", []string{"b"}, []string{"nb"}, nil).Node("Add", []string{"d", "d"}, []string{"dd"}, nil).Output("nf", "ii", "nb", "dd")
	if err := os.WriteFile(model, m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text := `{"oracle":"x","cases":[{"in":{"f":{"dims":[1,4],"data":[null,"Infinity","-Infinity",0]},"i":{"dims":[2],"data":[9007199254740993,-1]},` +
		`"b":{"dims":[2],"data":[true,0]},"d":{"dims":[1],"data":[0.1]}},"out":{}}]}`
	if err := os.WriteFile(cases, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `{"cases":[{"out":{"nf":{"dims":[1,4],"data":[null,"-Infinity","Infinity",-0]},"ii":{"dims":[2],"data":[18014398509481986,-2]},` +
		`"nb":{"dims":[2],"data":[0,1]},"dd":{"dims":[1],"data":[0.2]}}}]}` + "\n"
	if got := mustRun(t, "policy", "eval", model, "--inputs", cases, "--json"); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if got := mustRun(t, "policy", "eval", model, "--inputs", cases); !strings.Contains(got, "case 0  dd [1]: 0.2") {
		t.Errorf("got %s", got)
	}
}
