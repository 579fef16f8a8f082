package quant

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"slipstream/internal/testdata"
	"slipstream/policy/graph"
	"slipstream/policy/onnx"
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

// worst is what each sample may differ by, relative to the rms of the output. Exact models
// are within float32's rounding.
var worst = map[string]float64{
	"mlp_relu_f32": 0.02, "mlp_tanh_f32": 0.02, "mlp_relu_qdq_s8": 0, "mlp_relu_qdq_torch": 0.02,
	"lstm64_f32": 0.02, "gru64_f32": 0.02, "attn16x32_op13": 0.02, "attn16x32_op16": 0.02,
	"gbdt_100x5": 1e-6, "svr_rbf64": 1e-4,
}

func TestSamples(t *testing.T) {
	for name, bound := range worst {
		t.Run(name, func(t *testing.T) {
			g, in, recorded := sample(t, name)
			p, rep, err := Compile(g, in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range rep.Layers {
				t.Log(l.Op, l.Name, l.Precision, l.Reason)
			}
			for _, o := range rep.Outputs {
				t.Logf("%s: max %.3g rms %.3g of %.3g (%.3g %%), agreement %.3g", o.Name, o.MaxError, o.RMSError, o.RMS, 100*o.Relative, o.Agreement)
			}
			for _, i := range p.Instrs {
				t.Log(i.Op())
			}
			run, err := newRun(p)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range recorded {
				got, err := run.eval(in[i])
				if err != nil {
					t.Fatal(err)
				}
				for out, want := range c.Out {
					if err := near(want.Data, got[out], bound); err != nil {
						t.Errorf("case %d, %s: %v", i, out, err)
					}
				}
			}
		})
	}
}

// near compares with a bound on the rms of the difference over the rms; bound 0 is equality
// as float32.
func near(want, got []float64, bound float64) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d elements, want %d", len(got), len(want))
	}
	e, r := 0.0, 0.0
	for k := range want {
		if bound == 0 && float32(want[k]) != float32(got[k]) {
			return fmt.Errorf("element %d is %v, want exactly %v", k, got[k], want[k])
		}
		e += (want[k] - got[k]) * (want[k] - got[k])
		r += want[k] * want[k]
	}
	if math.Sqrt(e) > bound*math.Sqrt(r)+1e-6 {
		return fmt.Errorf("off by %.3g of %.3g", math.Sqrt(e), math.Sqrt(r))
	}
	return nil
}
