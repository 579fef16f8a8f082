package onnx_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"slipstream/policy/float"
	"slipstream/policy/graph"
	"slipstream/policy/onnx"
	"slipstream/policy/onnx/onnxtest"
)

func list(s ...string) []string { return s }

func read(t *testing.T, m *onnxtest.Model) *graph.Graph {
	t.Helper()
	g, err := onnx.Read(bytes.NewReader(m.Bytes()), onnx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func opsOf(g *graph.Graph) string {
	var s []string
	for i := range g.Nodes {
		s = append(s, string(g.Nodes[i].Op))
	}
	return strings.Join(s, " ")
}

// sb3 is the form of a Stable-Baselines3 export: the observation flattened through its
// own shape, two layers, a dead branch that samples, and a pass-through state.
func sb3() *onnxtest.Model {
	m := onnxtest.New(12).
		Input("obs", graph.Float32, -1, 3).Input("state_ins", graph.Float32, -1).
		Const("zero", i64()(0)).Const("minus", i64(1)(-1)).
		Const("w", f(2, 3)(1, 0, 0, 0, 1, 0)).Const("b", f(2)(0.5, -0.5)).
		Const("lo", f()(-20)).Const("hi", f()(2))
	m.Node("Cast", list("obs"), list("c"), attrs{"to": 1})
	m.Node("Shape", list("c"), list("s"), nil)
	m.Node("Gather", list("s", "zero"), list("n"), attrs{"axis": 0})
	m.Node("Unsqueeze", list("n"), list("n1"), attrs{"axes": []int{0}})
	m.Node("Concat", list("n1", "minus"), list("to"), attrs{"axis": 0})
	m.Node("Reshape", list("c", "to"), list("flat"), nil)
	m.Node("Gemm", list("flat", "w", "b"), list("h"), attrs{"transB": 1})
	m.Node("Tanh", list("h"), list("out"), nil)
	m.Node("Clip", list("h", "lo", "hi"), list("ls"), nil)
	m.Node("Exp", list("ls"), list("std"), nil)
	m.Node("Shape", list("std"), list("ss"), nil)
	m.Node("ConstantOfShape", list("ss"), list("zeros"), nil)
	m.Node("Expand", list("zeros", "ss"), list("dead"), nil)
	m.Node("Identity", list("state_ins"), list("state_outs"), nil)
	m.Node("Identity", list("out"), list("output"), nil)
	return m.Output("output", "state_outs")
}

func TestStableBaselinesExportFolds(t *testing.T) {
	g := read(t, sb3())
	if got := opsOf(g); got != "Gemm Tanh" {
		t.Errorf("ops %q", got)
	}
	if g.Outputs[1].Name != "state_outs" || g.Outputs[1].Value != g.Inputs[1].Value {
		t.Errorf("the state is not passed through: %+v, inputs %+v", g.Outputs, g.Inputs)
	}
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Run(map[string]graph.Tensor{"obs": *f(1, 3)(0.5, 0.5, 9), "state_ins": *f(1)(7)})
	if err != nil {
		t.Fatal(err)
	}
	y, s := out["output"], out["state_outs"]
	if d := differ(&y, f(1, 2)(0.7615942, 0)); d != "" {
		t.Error(d)
	}
	if d := differ(&s, f(1)(7)); d != "" {
		t.Error(d)
	}
}

// The swish of brax: x * sigmoid(x), normalised input, split output.
func TestBraxExportFolds(t *testing.T) {
	m := onnxtest.New(13).Input("obs", graph.Float32, 1, 2).
		Const("mean", f(2)(1, 2)).Const("scale", f(2)(2, 1)).Const("w", f(2, 2)(1, 0, 0, 1))
	m.Node("Sub", list("obs", "mean"), list("a"), nil).Node("Mul", list("a", "scale"), list("x"), nil)
	m.Node("Gemm", list("x", "w"), list("h"), nil).Node("Sigmoid", list("h"), list("s"), nil)
	m.Node("Mul", list("h", "s"), list("sw"), nil).Node("Split", list("sw"), list("mu", "unused"), attrs{"axis": 1})
	m.Node("Tanh", list("mu"), list("act"), nil).Output("act")
	g := read(t, m)
	if got := opsOf(g); got != "Sub Mul Gemm Sigmoid Mul Split Tanh" {
		t.Errorf("ops %q", got)
	}
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Run(map[string]graph.Tensor{"obs": *f(1, 2)(1.5, 0)})
	if err != nil {
		t.Fatal(err)
	}
	y := out["act"]
	if d := differ(&y, f(1, 1)(0.6237125)); d != "" { // tanh(sigmoid(1))
		t.Error(d)
	}
}

// k-means as skl2onnx writes it.
func TestKMeansAsSkl2onnxWritesIt(t *testing.T) {
	m := onnxtest.New(11).Input("X", graph.Float32, -1, 2).
		Const("C", f(3, 2)(0, 0, 1, 1, 3, 0)).Const("zeros", f(3)(0, 0, 0)).Const("C2", f(1, 3)(0, 2, 9))
	m.Node("ReduceSumSquare", list("X"), list("xx"), attrs{"axes": []int{1}, "keepdims": 1})
	m.Node("Gemm", list("X", "C", "zeros"), list("xc"), attrs{"alpha": float32(-2), "transB": 1})
	m.Node("Add", list("xx", "xc"), list("z"), nil).Node("Add", list("C2", "z"), list("d"), nil)
	m.Node("ArgMin", list("d"), list("label"), attrs{"axis": 1, "keepdims": 0}).Node("Sqrt", list("d"), list("scores"), nil)
	m.Output("label", "scores")
	r, err := float.New(read(t, m))
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Run(map[string]graph.Tensor{"X": *f(2, 2)(2.5, 0, 0.9, 1)}) // a batch where the model is symbolic
	if err != nil {
		t.Fatal(err)
	}
	l, s := out["label"], out["scores"]
	if d := differ(&l, i64(2)(2, 1)); d != "" {
		t.Error(d)
	}
	if d := differ(&s, f(2, 3)(2.5, 1.8027756, 0.5, 1.3453624, 0.1, 2.3259407)); d != "" {
		t.Error(d)
	}
}

// The fake-quantised weights of a PyTorch export keep their DequantizeLinear, on integers.
func TestQuantisedWeightsKeepTheirScales(t *testing.T) {
	m := onnxtest.New(13).Input("x", graph.Float32, 1, 2).
		Const("w", f(2, 2)(0.5, -1, 0.25, 1)).Const("s127", f()(127)).Const("zp", s8()(0))
	m.Node("Abs", list("w"), list("a"), nil).Node("ReduceMax", list("a"), list("m"), attrs{"keepdims": 0})
	m.Node("Div", list("m", "s127"), list("scale"), nil)
	m.Node("QuantizeLinear", list("w", "scale", "zp"), list("q"), nil)
	m.Node("DequantizeLinear", list("q", "scale", "zp"), list("dq"), nil)
	m.Node("MatMul", list("x", "dq"), list("y"), nil).Output("y")
	g := read(t, m)
	if got := opsOf(g); got != "DequantizeLinear MatMul" {
		t.Fatalf("ops %q", got)
	}
	q := g.Const(g.Nodes[0].In[0])
	if d := differ(q, s8(2, 2)(64, -127, 32, 127)); d != "" {
		t.Error(d)
	}
}

// Raw and typed data, packed and unpacked attributes, every element type.
func TestEveryElementTypeInBothForms(t *testing.T) {
	tensors := []tensor{
		f(2)(1.5, -2), f64(1.5, -2), i64(2)(-1, 1<<40), typed(graph.Int32, 2)(-1, 7), typed(graph.Uint32, 2)(1<<32-1, 7),
		typed(graph.Uint64, 2)(-1, 7), typed(graph.Int16, 2)(-300, 7), typed(graph.Uint16, 2)(65535, 7), s8(2)(-128, 127),
		u8(2)(255, 0), yes(2)(1, 0), words("a", ""), typed(graph.Int4, 3)(-8, 7, -1), typed(graph.Uint4, 3)(15, 0, 9),
		{DType: graph.Float16, Dims: []int{3}, F: []float32{1.5, -0.25, 0}},
		{DType: graph.BFloat16, Dims: []int{2}, F: []float32{1.5, -256}},
		i64()(5), iota3(0, 2),
	}
	for _, typedForm := range []bool{false, true} {
		for _, want := range tensors {
			m := onnxtest.New(17)
			m.Typed, m.Packed = typedForm, typedForm
			m.Const("c", want).Output("c")
			g := read(t, m)
			if d := differ(g.Const(g.Outputs[0].Value), want); d != "" {
				t.Errorf("%s, typed %v: %s", want.DType, typedForm, d)
			}
			if name, got, err := onnx.ReadTensor(bytes.NewReader(m.Tensor("t", want)), onnx.Limits{}); err != nil || name != "t" || differ(got, want) != "" {
				t.Errorf("%s as a file: %v", want.DType, err)
			}
		}
	}
}

func TestPackedAttributes(t *testing.T) {
	for _, packed := range []bool{false, true} {
		m := onnxtest.New(11)
		m.Packed = packed
		m.Input("x", graph.Float32, 2, 3).Node("Transpose", list("x"), list("y"), attrs{"perm": []int{1, 0}})
		m.Node("ml.Scaler", list("y"), list("z"), attrs{"offset": []float32{1, 2}, "scale": []float32{3, 4}}).Output("z")
		g := read(t, m)
		if a := g.Nodes[1].Attr.(graph.ScalerAttr); fmt.Sprint(a) != "{[1 2] [3 4]}" {
			t.Errorf("packed %v: %v", packed, a)
		}
	}
}

func TestSymbolicDimensionsAreOneAndStaticOnesStay(t *testing.T) {
	m := onnxtest.New(13).Input("x", graph.Float32, -1, 3).Input("y", graph.Float32, 4, 3)
	m.Node("Add", list("x", "y"), list("z"), nil).Output("z")
	g := read(t, m)
	if d := g.Values[g.Outputs[0].Value].Dims; fmt.Sprint(d) != "[4 3]" {
		t.Errorf("dims %v", d)
	}
}

// An initializer that is also listed as an input is a constant, as old exporters write it.
func TestInitializersAmongTheInputs(t *testing.T) {
	m := onnxtest.New(13).Input("x", graph.Float32, 1).Input("w", graph.Float32, 1).Const("w", f(1)(2))
	m.Node("Mul", list("x", "w"), list("y"), nil).Output("y")
	if g := read(t, m); len(g.Inputs) != 1 || g.Inputs[0].Name != "x" {
		t.Errorf("inputs %+v", g.Inputs)
	}
}

func TestNodesInAnyOrder(t *testing.T) {
	m := onnxtest.New(13).Input("x", graph.Float32, 1)
	m.Node("Tanh", list("b"), list("c"), nil).Node("Exp", list("a"), list("b"), nil).Node("Relu", list("x"), list("a"), nil).Output("c")
	if got := opsOf(read(t, m)); got != "Relu Exp Tanh" {
		t.Errorf("ops %q", got)
	}
}

// A shape that is an input runs, and Static names the node for the compiler.
func TestShapesFromInputsAreDynamic(t *testing.T) {
	m := onnxtest.New(13).Input("x", graph.Float32, 2, 3).Input("s", graph.Int64, 2)
	m.Node("Reshape", list("x", "s"), list("y"), nil).Node("Shape", list("y"), list("n"), nil).
		Node("ArgMax", list("y"), list("a"), nil).Output("y", "n", "a")
	g := read(t, m)
	if err := g.Static(); err == nil || !strings.Contains(err.Error(), `"n_y" (Reshape)`) {
		t.Errorf("Static: %v", err)
	}
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Run(map[string]graph.Tensor{"x": *iota3(2, 3), "s": *i64(2)(3, 2)})
	if err != nil {
		t.Fatal(err)
	}
	n, a := out["n"], out["a"]
	if d := differ(&n, i64(2)(3, 2)); d != "" {
		t.Error(d)
	}
	if d := differ(&a, i64(1, 2)(2, 2)); d != "" {
		t.Error(d)
	}
}

// field is a length-delimited protobuf field.
func field(num protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), b)
}

func varint(num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
}

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestHostileFilesGiveNamedErrors(t *testing.T) {
	base := func() *onnxtest.Model { return onnxtest.New(17).Input("x", graph.Float32, 1, 2) }
	relu := func(m *onnxtest.Model) *onnxtest.Model {
		return m.Node("Relu", list("x"), list("y"), nil).Output("y")
	}
	good := relu(base()).Bytes()
	tensorOf := func(parts ...[]byte) *onnxtest.Model {
		return relu(base().RawGraph(5, cat(append(parts, field(8, []byte("t")))...)))
	}
	for name, c := range map[string]struct {
		file []byte
		want error  // wrapped
		text string // contained
	}{
		"an empty file":                 {nil, onnx.ErrMalformed, "no graph"},
		"a truncated file":              {good[:len(good)-9], onnx.ErrMalformed, ""},
		"noise":                         {[]byte("\xff\xfe\x00noise noise noise"), onnx.ErrMalformed, ""},
		"no outputs":                    {base().Bytes(), onnx.ErrMalformed, "no outputs"},
		"two graphs":                    {cat(good, good), onnx.ErrMalformed, "two graphs"},
		"functions":                     {relu(base()).Raw(25, nil).Bytes(), onnx.ErrUnsupported, "inline"},
		"an old opset":                  {relu(onnxtest.New(6).Input("x", graph.Float32, 1)).Bytes(), onnx.ErrUnsupported, "version_converter"},
		"an unknown operator":           {base().Node("Conv", list("x"), list("y"), nil).Output("y").Bytes(), nil, `node "n_y" (Conv)`},
		"an unknown domain":             {base().Node("ml.Mystery", list("x"), list("y"), nil).Output("y").Bytes(), nil, `domain "ai.onnx.ml"`},
		"a cycle":                       {base().Node("Add", list("x", "b"), list("a"), nil).Node("Relu", list("a"), list("b"), nil).Output("b").Bytes(), onnx.ErrCycle, `"n_a" (Add)`},
		"a node that reads itself":      {base().Node("Add", list("x", "a"), list("a"), nil).Output("a").Bytes(), onnx.ErrCycle, `"n_a"`},
		"a value that nothing makes":    {base().Node("Relu", list("ghost"), list("y"), nil).Output("y").Bytes(), onnx.ErrMissing, `reads "ghost"`},
		"an output that nothing makes":  {base().Output("ghost").Bytes(), onnx.ErrMissing, `"ghost"`},
		"a value made twice":            {relu(base()).Node("Tanh", list("x"), list("y"), nil).Bytes(), onnx.ErrMalformed, "another node makes too"},
		"an input made by a node":       {base().Node("Tanh", list("x"), list("x"), nil).Output("x").Bytes(), onnx.ErrMalformed, "which is an input"},
		"a missing input":               {base().Node("Add", list("x"), list("y"), nil).Output("y").Bytes(), nil, "1 inputs, takes 2"},
		"an input left empty":           {base().Node("Add", list("", "x"), list("y"), nil).Output("y").Bytes(), nil, "input 0 is missing"},
		"shapes that do not fit":        {base().Const("c", f(3)(1, 2, 3)).Node("Add", list("x", "c"), list("y"), nil).Output("y").Bytes(), nil, "do not broadcast"},
		"types that do not fit":         {base().Const("c", i64(1)(1)).Node("Add", list("x", "c"), list("y"), nil).Output("y").Bytes(), nil, "float32 and int64"},
		"an axis out of range":          {base().Node("Concat", list("x"), list("y"), attrs{"axis": 2}).Output("y").Bytes(), nil, "axis 2 of 2"},
		"an enormous axis":              {base().Node("Concat", list("x"), list("y"), attrs{"axis": int64(1 << 60)}).Output("y").Bytes(), nil, `attribute "axis"`},
		"a gather out of range":         {base().Const("i", i64(1)(2)).Node("Gather", list("x", "i"), list("y"), attrs{"axis": 1}).Output("y").Bytes(), nil, "index 2 of 2"},
		"a negative dimension":          {tensorOf(varint(1, 1<<64-1), varint(2, 1)).Bytes(), onnx.ErrMalformed, "dimensions [-1]"},
		"an enormous tensor":            {tensorOf(varint(1, 1<<22), varint(1, 1<<22), varint(2, 1)).Bytes(), onnx.ErrTooLarge, ""},
		"an overflowing tensor":         {tensorOf(bytes.Repeat(varint(1, 1<<24), 12), varint(2, 1)).Bytes(), onnx.ErrTooLarge, ""},
		"too many dimensions":           {tensorOf(bytes.Repeat(varint(1, 1), 17), varint(2, 1)).Bytes(), onnx.ErrTooLarge, "17 dimensions"},
		"a tensor with too little data": {tensorOf(varint(1, 3), varint(2, 1), field(9, []byte{1, 2, 3, 4})).Bytes(), onnx.ErrMalformed, "3 elements, the data has 1"},
		"a tensor with half an element": {tensorOf(varint(1, 1), varint(2, 1), field(9, []byte{1, 2, 3})).Bytes(), onnx.ErrMalformed, ""},
		"an unknown element type":       {tensorOf(varint(2, 99)).Bytes(), onnx.ErrUnsupported, "element type 99"},
		"external data":                 {tensorOf(varint(2, 1), varint(14, 1)).Bytes(), onnx.ErrUnsupported, "another file"},
		"a sparse initializer":          {relu(base()).RawGraph(15, nil).Bytes(), onnx.ErrUnsupported, "sparse"},
		"an input of a wrong wire type": {relu(base().RawGraph(11, cat(varint(1, 3)))).Bytes(), onnx.ErrMalformed, "wire type"},
		"an enormous input":             {relu(onnxtest.New(17).Input("x", graph.Float32, 1<<20, 1<<20)).Bytes(), onnx.ErrTooLarge, ""},
		"a negative input dimension":    {relu(onnxtest.New(17).Input("x", graph.Float32, -2)).Bytes(), onnx.ErrMalformed, "dimension -2"},
		"a shape that explodes":         {base().Const("s", i64(2)(1<<40, 1<<40)).Node("ConstantOfShape", list("s"), list("y"), nil).Output("y").Bytes(), float.ErrTooLarge, ""},
		"constants that fold to too much": {func() []byte {
			m := base().Const("s", i64(1)(1<<23))
			for i := range 3 {
				m.Node("ConstantOfShape", list("s"), list(fmt.Sprint("y", i)), nil).Output(fmt.Sprint("y", i))
			}
			return m.Bytes()
		}(), nil, "fold"},
		"a name of five thousand bytes": {base().Node("Relu", list("x"), list(strings.Repeat("y", 5000)), nil).Output("y").Bytes(), onnx.ErrTooLarge, "a name of 5000 bytes"},
		"a negative shape":              {base().Const("s", i64(1)(-4)).Node("ConstantOfShape", list("s"), list("y"), nil).Output("y").Bytes(), nil, "output would have dims [-4]"},
		"an operator with a line break": {base().Node("Re\nlu", list("x"), list("y"), nil).Output("y").Bytes(), onnx.ErrMalformed, `the operator name "Re\nlu"`},
		"training mode":                 {base().Const("c", f(2)(1, 1)).Node("BatchNormalization", list("x", "c", "c", "c", "c"), list("y"), attrs{"training_mode": 1}).Output("y").Bytes(), nil, "evaluation mode"},
		"a tree of two parents":         {treeModel("nodes_falsenodeids", []int{1, 0, 0}), nil, "two parents"},
		"a tree that loops":             {treeModel("nodes_truenodeids", []int{0, 0, 0}), nil, "has the child 0"},
		"a tree of a huge feature":      {treeModel("nodes_featureids", []int{1 << 40, 0, 0}), nil, "feature"},
		"a tree of a missing feature":   {treeModel("nodes_featureids", []int{2, 0, 0}), nil, "use feature 2"},
		"an enormous number of targets": {treeModel("n_targets", 1<<30), float.ErrTooLarge, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := onnx.Read(bytes.NewReader(c.file), onnx.Limits{})
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want %v with %q", err, c.want, c.text)
			}
			if err != nil && strings.Contains(err.Error(), "reference implementation failed") {
				t.Errorf("a kernel panicked: %v", err)
			}
		})
	}
}

// treeModel is a stump with one attribute changed.
func treeModel(key string, v any) []byte {
	a := attrs{
		"nodes_treeids": []int{0, 0, 0}, "nodes_nodeids": []int{0, 1, 2}, "nodes_featureids": []int{0, 0, 0},
		"nodes_modes": []string{"BRANCH_LEQ", "LEAF", "LEAF"}, "nodes_values": []float32{0.5, 0, 0},
		"nodes_truenodeids": []int{1, 0, 0}, "nodes_falsenodeids": []int{2, 0, 0},
		"target_treeids": []int{0, 0}, "target_nodeids": []int{1, 2}, "target_ids": []int{0, 0}, "target_weights": []float32{1, 2},
	}
	a[key] = v
	m := onnxtest.New(17).Input("x", graph.Float32, 1, 2)
	return m.Node("ml.TreeEnsembleRegressor", list("x"), list("y"), a).Output("y").Bytes()
}

func TestLimitsHold(t *testing.T) {
	chain := onnxtest.New(17).Input("x", graph.Float32, 100, 100)
	prev := "x"
	for i := range 100 {
		next := fmt.Sprintf("v%d", i)
		chain.Node("MatMul", list(prev, prev), list(next), nil)
		prev = next
	}
	file := chain.Output(prev).Bytes()
	for name, c := range map[string]struct {
		lim  onnx.Limits
		want error
	}{
		"bytes":    {onnx.Limits{FileBytes: 100}, onnx.ErrTooLarge},
		"nodes":    {onnx.Limits{Nodes: 99}, onnx.ErrTooLarge},
		"elements": {onnx.Limits{Elements: 9999}, onnx.ErrTooLarge},
		"work":     {onnx.Limits{Work: 50_000_000}, float.ErrTooLong},
	} {
		if _, err := onnx.Read(bytes.NewReader(file), c.lim); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// fuzzLimits keep a fuzzed file cheap; memoryMax is what reading one may allocate in all.
var fuzzLimits = onnx.Limits{FileBytes: 1 << 20, Nodes: 256, Elements: 1 << 14, Work: 1 << 20}

const memoryMax = 256 << 20

func FuzzRead(f *testing.F) {
	f.Add(sb3().Bytes())
	f.Add(treeModel("n_targets", 1))
	for _, c := range fuzzSeeds() {
		m, _ := c.model(false)
		f.Add(m.Bytes())
		m, _ = c.model(true)
		m.Packed = true
		f.Add(m.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		g, err := onnx.Read(bytes.NewReader(b), fuzzLimits)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > memoryMax {
			t.Errorf("%d bytes of input allocate %d", len(b), n)
		}
		if err != nil {
			if strings.Contains(err.Error(), "reference implementation failed") {
				t.Error(err)
			}
			return
		}
		run(t, g)
	})
}

// run feeds zeros: no input may panic, and what is static must have the inferred shape.
func run(t *testing.T, g *graph.Graph) {
	r, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	feed := map[string]graph.Tensor{}
	for _, p := range g.Inputs {
		v := &g.Values[p.Value]
		feed[p.Name] = *graph.New(v.DType, v.Dims...)
	}
	out, err := r.RunBudget(feed, &float.Budget{Elements: 1 << 16, Work: 1 << 22})
	if err != nil {
		if strings.Contains(err.Error(), "reference implementation failed") {
			t.Error(err)
		}
		return
	}
	for _, p := range g.Outputs {
		if v := &g.Values[p.Value]; !v.Dynamic && (fmt.Sprint(v.Dims) != fmt.Sprint(out[p.Name].Dims) || v.DType != out[p.Name].DType) {
			t.Errorf("output %q is %s %v, inferred %s %v", p.Name, out[p.Name].DType, out[p.Name].Dims, v.DType, v.Dims)
		}
	}
}

// fuzzSeeds are nodes with much structure.
func fuzzSeeds() []opCase {
	return []opCase{
		{op: "LSTM", in: []tensor{iota3(2, 1, 2), iota3(1, 8, 2), iota3(1, 8, 2)}, attrs: attrs{"hidden_size": 2, "clip": float32(1)}, want: []tensor{nil, f(1)(0)}},
		{op: "GRU", opset: 14, in: []tensor{iota3(2, 1, 2), iota3(1, 6, 2), iota3(1, 6, 2)}, attrs: attrs{"layout": 1}, want: []tensor{f(1)(0)}},
		{op: "Slice", in: []tensor{iota3(3, 4), i64(1)(0), i64(1)(2), i64(1)(1), i64(1)(-1)}, want: []tensor{f(1)(0)}},
		{op: "Reshape", in: []tensor{iota3(3, 4), i64(2)(-1, 2)}, want: []tensor{f(1)(0)}},
		{op: "Attention", opset: 23, in: []tensor{iota3(1, 1, 2, 2), iota3(1, 1, 2, 2), iota3(1, 1, 2, 2)}, want: []tensor{f(1)(0)}},
		{op: "QLinearMatMul", in: []tensor{u8(1, 1)(1), f()(1), u8()(0), u8(1, 1)(1), f()(1), u8()(0), f()(1), u8()(0)}, want: []tensor{f(1)(0)}},
		{op: "QuantizeLinear", in: []tensor{f(1, 4)(1, 2, 3, 4), f(1, 2)(1, 2), u8(1, 2)(0, 0)}, attrs: attrs{"axis": 1, "block_size": 2}, want: []tensor{f(1)(0)}},
		{op: "Split", in: []tensor{iota3(6), i64(2)(2, 4)}, want: []tensor{f(1)(0), f(1)(0)}},
		{op: "TopK", in: []tensor{iota3(6), i64(1)(2)}, want: []tensor{f(1)(0), f(1)(0)}},
		{op: "ReduceMean", in: []tensor{iota3(2, 3), i64(1)(-1)}, want: []tensor{f(1)(0)}},
		{op: "LayerNormalization", in: []tensor{iota3(2, 3), f(3)(1, 1, 1)}, want: []tensor{f(1)(0)}},
		{op: "Gemm", in: []tensor{iota3(2, 3), iota3(3, 2), f(2)(1, 1)}, attrs: attrs{"alpha": float32(2)}, want: []tensor{f(1)(0)}},
		{op: "ml.SVMClassifier", in: []tensor{iota3(1, 2)}, attrs: attrs{"coefficients": []float32{1, -1}, "support_vectors": []float32{1, 0, 0, 1},
			"vectors_per_class": []int{1, 1}, "rho": []float32{0.5}, "classlabels_ints": []int{4, 5}, "prob_a": []float32{-2}, "prob_b": []float32{0}}, want: []tensor{i64(1)(0), f(1)(0)}},
		{op: "ml.LabelEncoder", in: []tensor{i64(2)(1, 2)}, attrs: attrs{"keys_int64s": []int{1}, "values_floats": []float32{0.5}}, want: []tensor{f(1)(0)}},
		{op: "ml.TreeEnsemble", in: []tensor{iota3(1, 2)}, attrs: attrs{"n_targets": 1, "tree_roots": []int{0}, "nodes_featureids": []int{0}, "nodes_modes": u8(1)(6),
			"nodes_splits": f(1)(0), "nodes_truenodeids": []int{0}, "nodes_trueleafs": []int{1}, "nodes_falsenodeids": []int{1}, "nodes_falseleafs": []int{1},
			"leaf_targetids": []int{0, 0}, "leaf_weights": f(2)(1, 2), "membership_values": f(2)(2, 4)}, want: []tensor{f(1)(0)}},
		{op: "Where", in: []tensor{yes(2)(1, 0), f(2)(1, 2), f(1)(3)}, want: []tensor{f(1)(0)}},
		{op: "Cast", in: []tensor{words("1", "2")}, attrs: attrs{"to": 1}, want: []tensor{f(1)(0)}},
		{op: "Range", in: []tensor{i64()(1), i64()(5), i64()(1)}, want: []tensor{f(1)(0)}},
	}
}
