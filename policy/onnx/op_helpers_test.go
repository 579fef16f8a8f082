package onnx_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"slipstream/policy/float"
	"slipstream/policy/graph"
	"slipstream/policy/onnx"
	"slipstream/policy/onnx/onnxtest"
)

type tensor = *graph.Tensor
type attrs = onnxtest.Attrs

// f is a float32 tensor: f(dims)(data...).
func f(dims ...int) func(data ...float32) tensor {
	return func(data ...float32) tensor { return graph.Floats(data, dims...) }
}

// typed is an integer or bool tensor.
func typed(d graph.DType, dims ...int) func(data ...int64) tensor {
	return func(data ...int64) tensor { return &graph.Tensor{DType: d, Dims: append([]int{}, dims...), I: data} }
}

func i64(dims ...int) func(data ...int64) tensor { return typed(graph.Int64, dims...) }
func u8(dims ...int) func(data ...int64) tensor  { return typed(graph.Uint8, dims...) }
func s8(dims ...int) func(data ...int64) tensor  { return typed(graph.Int8, dims...) }
func yes(dims ...int) func(data ...int64) tensor { return typed(graph.Bool, dims...) }

func words(data ...string) tensor {
	return &graph.Tensor{DType: graph.String, Dims: []int{len(data)}, S: data}
}

// opCase is one node with its inputs and what it must give. A nil input is absent.
type opCase struct {
	name  string
	op    string
	opset int64 // 0: 21
	in    []tensor
	attrs attrs
	want  []tensor // nil: output not wanted
}

// runOps runs every case twice: with the inputs fed at run time, as ONNX's own node tests
// do, and with all of them constant, so that the folded answer is the same.
func runOps(t *testing.T, cases []opCase) {
	t.Helper()
	for _, c := range cases {
		name := c.op
		if c.name != "" {
			name += ": " + c.name
		}
		t.Run(name, func(t *testing.T) {
			for _, constant := range []bool{false, true} {
				got, err := c.run(constant)
				if err != nil {
					t.Fatalf("constant inputs %v: %v", constant, err)
				}
				for k, w := range c.want {
					if w == nil {
						continue
					}
					if d := differ(got[k], w); d != "" {
						t.Errorf("constant inputs %v, output %d: %s", constant, k, d)
					}
				}
			}
		})
	}
}

// model builds the case's graph.
func (c *opCase) model(constant bool) (*onnxtest.Model, map[string]graph.Tensor) {
	opset := c.opset
	if opset == 0 {
		opset = 21
	}
	m := onnxtest.New(opset)
	feed := map[string]graph.Tensor{}
	var in, out []string
	for i, x := range c.in {
		name := ""
		if x != nil {
			name = fmt.Sprintf("in%d", i)
			if constant {
				m.Const(name, x)
			} else {
				m.Input(name, x.DType, x.Dims...)
				feed[name] = *x
			}
		}
		in = append(in, name)
	}
	for k, w := range c.want {
		name := ""
		if w != nil {
			name = fmt.Sprintf("out%d", k)
		}
		out = append(out, name)
	}
	m.Node(c.op, in, out, c.attrs)
	for _, o := range out {
		if o != "" {
			m.Output(o)
		}
	}
	return m, feed
}

func (c *opCase) run(constant bool) ([]tensor, error) {
	m, feed := c.model(constant)
	g, err := onnx.Read(bytes.NewReader(m.Bytes()), onnx.Limits{})
	if err != nil {
		return nil, err
	}
	if constant && len(g.Nodes) > 0 && c.op != "DequantizeLinear" {
		return nil, fmt.Errorf("%d nodes left after folding", len(g.Nodes))
	}
	r, err := float.New(g)
	if err != nil {
		return nil, err
	}
	out, err := r.Run(feed)
	if err != nil {
		return nil, err
	}
	got := make([]tensor, len(c.want))
	for k := range c.want {
		if v, ok := out[fmt.Sprintf("out%d", k)]; ok {
			got[k] = &v
		}
	}
	return got, nil
}

// differ says how two tensors differ beyond 1e-5 relative.
func differ(got, want tensor) string {
	if got == nil {
		return "missing"
	}
	if got.DType != want.DType || fmt.Sprint(got.Dims) != fmt.Sprint(want.Dims) {
		return fmt.Sprintf("%s %v, want %s %v", got.DType, got.Dims, want.DType, want.Dims)
	}
	if got.DType == graph.String {
		if strings.Join(got.S, "|") != strings.Join(want.S, "|") {
			return fmt.Sprintf("%q, want %q", got.S, want.S)
		}
		return ""
	}
	for i := range want.Len() {
		g, w := got.At(i), want.At(i)
		if g == w || g != g && w != w {
			continue
		}
		if !(math.Abs(g-w) <= 1e-5*math.Max(1, math.Abs(w))) || want.DType.IsInt() {
			return fmt.Sprintf("element %d is %v, want %v (all: %v)", i, g, w, show(got))
		}
	}
	return ""
}

func show(t tensor) string {
	var s []string
	for i := range min(t.Len(), 16) {
		s = append(s, fmt.Sprint(t.At(i)))
	}
	return strings.Join(s, " ")
}
