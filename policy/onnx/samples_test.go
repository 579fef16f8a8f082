package onnx_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
	"slipstream/policy/float"
	"slipstream/policy/graph"
	"slipstream/policy/onnx"
)

// array is a tensor as the samples' answers have it.
type array struct {
	Dims []int     `json:"dims"`
	Data []float64 `json:"data"`
}

type answers struct {
	Cases []struct {
		In  map[string]array `json:"in"`
		Out map[string]array `json:"out"`
	} `json:"cases"`
}

// fill makes a tensor of the given type.
func (a array) fill(d graph.DType) graph.Tensor {
	t := graph.New(d, a.Dims...)
	for i, v := range a.Data {
		switch {
		case d == graph.Float64:
			t.D[i] = v
		case d.IsFloat():
			t.F[i] = float32(v)
		default:
			t.I[i] = int64(v)
		}
	}
	return *t
}

// Every sample agrees with ONNX Runtime's recorded answers within 1e-4.
func TestSamplesAgreeWithONNXRuntime(t *testing.T) {
	models, err := filepath.Glob(filepath.Join(testdata.Dir(t), "../onnx/*.onnx"))
	if err != nil || len(models) == 0 {
		t.Fatalf("no sample models (%v)", err)
	}
	for _, m := range models {
		t.Run(strings.TrimSuffix(filepath.Base(m), ".onnx"), func(t *testing.T) {
			checkSample(t, m)
		})
	}
}

func checkSample(t *testing.T, path string) {
	g := readFile(t, path)
	if err := g.Static(); err != nil {
		t.Error(err)
	}
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(strings.TrimSuffix(path, ".onnx") + ".io.json")
	if err != nil {
		t.Fatal(err)
	}
	var want answers
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for k, c := range want.Cases {
		in := map[string]graph.Tensor{}
		for _, p := range g.Inputs {
			in[p.Name] = c.In[p.Name].fill(g.Values[p.Value].DType)
		}
		out, err := r.Run(in)
		if err != nil {
			t.Fatalf("case %d: %v", k, err)
		}
		for name, w := range c.Out {
			worst = max(worst, compare(t, k, name, out[name], w))
		}
	}
	exact := strings.Contains(path, "qdq_s8")
	if worst > 1e-4 || exact && worst != 0 {
		t.Errorf("worst relative error %g", worst)
	}
	t.Logf("%d nodes, %d cases, worst relative error %.2g", len(g.Nodes), len(want.Cases), worst)
}

// compare gives the largest difference relative to the larger of 1 and the answer.
func compare(t *testing.T, k int, name string, got graph.Tensor, want array) float64 {
	if got.Len() != len(want.Data) || len(got.Dims) != len(want.Dims) {
		t.Fatalf("case %d: output %q has dims %v, want %v", k, name, got.Dims, want.Dims)
	}
	worst := 0.0
	for i, w := range want.Data {
		worst = max(worst, math.Abs(got.At(i)-w)/max(1, math.Abs(w)))
	}
	return worst
}

func readFile(t *testing.T, path string) *graph.Graph {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := onnx.Read(f, onnx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// What the samples come down to after folding: the compiler relies on these shapes.
func TestSamplesFoldToTheirCore(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "../onnx")
	for name, want := range map[string]string{
		"mlp_tanh_f32":       "Gemm Tanh Gemm Tanh Gemm",
		"lstm64_f32":         "LSTM Reshape MatMul Add",
		"gru64_f32":          "GRU Reshape MatMul Add",
		"gbdt_100x5":         "TreeEnsemble",
		"svr_rbf64":          "SVMRegressor",
		"mlp_relu_qdq_s8":    "",
		"mlp_relu_qdq_torch": "",
		"attn16x32_op16":     "",
	} {
		g := readFile(t, filepath.Join(dir, name+".onnx"))
		var ops []string
		for i := range g.Nodes {
			ops = append(ops, string(g.Nodes[i].Op))
		}
		got := strings.Join(ops, " ")
		if want != "" && got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		t.Logf("%s: %s", name, got)
	}
}
