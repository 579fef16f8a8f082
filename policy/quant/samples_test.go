package quant

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"slipstream/internal/testdata"
	"slipstream/policy/graph"
	"slipstream/policy/kernel"
	"slipstream/policy/onnx"
	"slipstream/policy/program"
)

type ioTensor struct {
	Dims []int     `json:"dims"`
	Data []float64 `json:"data"`
}

type ioCase struct {
	In  map[string]ioTensor `json:"in"`
	Out map[string]ioTensor `json:"out"`
}

// sample reads a model of the samples folder with its recorded answers.
func sample(t testing.TB, name string) (*graph.Graph, []map[string]Tensor, []ioCase) {
	t.Helper()
	dir := filepath.Join(testdata.Dir(t), "../onnx")
	f, err := os.Open(filepath.Join(dir, name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := onnx.Read(f, onnx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, name+".io.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []ioCase `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var cases []map[string]Tensor
	for _, c := range file.Cases {
		in := map[string]Tensor{}
		for k, v := range c.In {
			x := make([]float32, len(v.Data))
			for i := range x {
				x[i] = float32(v.Data[i])
			}
			in[k] = *graph.Floats(x, v.Dims...)
		}
		cases = append(cases, in)
	}
	return g, cases, file.Cases
}

// worst is the rms that each sample may differ by, relative to the rms of the output over
// all cases; 0 asks for the same bits.
var worst = map[string]float64{
	"mlp_relu_f32": 0.01, "mlp_tanh_f32": 0.02, "mlp_relu_qdq_s8": 0, "mlp_relu_qdq_torch": 1e-4,
	"lstm64_f32": 0.02, "gru64_f32": 0.02, "attn16x32_op13": 0.02, "attn16x32_op16": 0.02,
	"gbdt_100x5": 1e-6, "svr_rbf64": 1e-4,
}

// onlyIntegers names the samples whose program may have no float32 instruction beyond
// quantising the input.
var onlyIntegers = map[string]bool{"mlp_relu_f32": true, "mlp_tanh_f32": true, "mlp_relu_qdq_s8": true, "lstm64_f32": true, "gru64_f32": true}

func TestSamples(t *testing.T) {
	for name, bound := range worst {
		t.Run(name, func(t *testing.T) {
			g, in, recorded := sample(t, name)
			p, rep, err := Compile(g, in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			logReport(t, rep)
			for _, i := range p.Instrs {
				if strings.HasSuffix(i.Op().String(), "F") && onlyIntegers[name] {
					t.Errorf("has the float32 instruction %s", i.Op())
				}
			}
			spec, err := newRun(p)
			if err != nil {
				t.Fatal(err)
			}
			m, err := program.NewMachine(p, program.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(m.Kernels())
			if use, err := kernel.Auto.Resolve(); err == nil && use == kernel.AVX2 && slices.Contains(m.Kernels(), "spec") {
				t.Errorf("instructions run as plain loops: %v", m.Kernels())
			}
			fast := &run{p, m}
			e2, r2 := map[string]float64{}, map[string]float64{}
			for i, c := range recorded {
				got, err := spec.eval(in[i])
				if err != nil {
					t.Fatal(err)
				}
				again, err := fast.eval(in[i])
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, again) {
					t.Fatalf("case %d: kernels give %v, the specification %v", i, again, got)
				}
				for out, want := range c.Out {
					if len(got[out]) != len(want.Data) {
						t.Fatalf("%s has %d elements, want %d", out, len(got[out]), len(want.Data))
					}
					for k, w := range want.Data {
						d := got[out][k] - w
						e2[out] += d * d
						r2[out] += w * w
						if bound == 0 && float32(w) != float32(got[out][k]) {
							t.Errorf("case %d, %s[%d] is %v, want exactly %v", i, out, k, got[out][k], w)
						}
					}
				}
			}
			for out := range e2 {
				if r := math.Sqrt(e2[out] / r2[out]); r > bound && bound > 0 {
					t.Errorf("%s: relative rms error %.3g, want at most %.3g", out, r, bound)
				}
			}
			for _, o := range rep.Outputs {
				if o.Name == "out" && o.Agreement >= 0 && o.Agreement < 1 {
					t.Errorf("%s: agreement %.3f", o.Name, o.Agreement)
				}
			}
		})
	}
}

func logReport(t *testing.T, rep *Report) {
	for _, l := range rep.Layers {
		t.Log(l.Op, l.Name, l.Precision, l.Reason)
	}
	for _, o := range rep.Outputs {
		t.Logf("%s: max %.3g rms %.3g of %.3g (%.3g %%), agreement %.3g", o.Name, o.MaxError, o.RMSError, o.RMS, 100*o.Relative, o.Agreement)
	}
}
