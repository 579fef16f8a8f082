package program

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"slipstream/policy/kernel"
)

// mlpModel is 32-64-64-8 over bytes: ReLU, then float logits. With magnitude 64 no pair
// of products can saturate; with 127 the byte kernel is not allowed.
func mlpModel(t testing.TB, r rng, magnitude int, quantize bool, tables ...[]int32) *Program {
	t.Helper()
	b := NewBuilder()
	var x Buf
	if quantize {
		x = b.Quantize(b.Input("x", F32, 0, 0, 32), 1.0/128, Full(U8, 128))
	} else {
		x = b.Input("x", U8, 1.0/128, 128, 32)
	}
	layer := func(x Buf, out int, k Range) Buf {
		in := int(x.N)
		w := Weights{W8: make([]int8, in*out), Bias: r.bias(out, 4000), M: make([]float32, out)}
		for i := range w.W8 {
			w.W8[i] = int8(r.IntN(2*magnitude+1) - magnitude)
		}
		for o := range w.M {
			w.M[o] = 1.0 / 300
		}
		y := b.Dense(x, 1, w, k)
		if len(tables) > 0 && k.Type == U8 {
			y = b.LUT8(y, U8, tables[0])
		}
		return y
	}
	x = layer(x, 64, Full(U8, 0))
	x = layer(x, 64, Full(U8, 0))
	b.Output("y", layer(x, 8, Full(F32, 0)), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gbdtModel is trees complete trees over 32 features.
func gbdtModel(t testing.TB, r rng, trees, depth int) *Program {
	t.Helper()
	b := NewBuilder()
	in := Trees{LeafFirst: []int32{0}}
	nodes := []FloatNode{}
	var grow func(left int) int32
	grow = func(left int) int32 {
		if left == 0 {
			in.LeafTarget = append(in.LeafTarget, 0)
			in.LeafValue = append(in.LeafValue, r.NormFloat64())
			in.LeafFirst = append(in.LeafFirst, int32(len(in.LeafValue)))
			return ^int32(len(in.LeafFirst) - 2)
		}
		i := len(nodes)
		nodes = append(nodes, FloatNode{Threshold: float64(float32(r.NormFloat64())), Feature: r.Int32N(32), Mode: TreeLEQ})
		nodes[i].True = grow(left - 1)
		nodes[i].False = grow(left - 1)
		return int32(i)
	}
	for range trees {
		in.Roots = append(in.Roots, grow(depth))
	}
	b.Output("y", b.Trees(b.Input("x", F32, 0, 0, 32), 1, nodes, in), 0, 0)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// models are the networks of the benchmark.
func models(t testing.TB) []struct {
	name string
	p    *Program
} {
	r := newRNG(11)
	lstm, _ := lstmModel(t, r, 32, 64)
	return []struct {
		name string
		p    *Program
	}{
		{"mlp32x64x64x8", mlpModel(t, r, 64, false)},
		{"mlp32x64x64x8_full_range", mlpModel(t, r, 127, false)},
		{"mlp32x64x64x8_from_float", mlpModel(t, r, 64, true)},
		{"mlp32x64x64x8_tanh", mlpModel(t, r, 64, false, FillTable8(math.Tanh, U8, 1.0/32, 128, 1.0/127, Full(U8, 128)))},
		{"lstm64", lstm},
		{"gru64", gruModel(t, r, 32, 64)},
		{"attention16x32", attentionModel(t, r)},
		{"svm_rbf64x32", svmProgram(t, r, KernelRBF, 64, 32, 1)},
		{"gbdt100x5", gbdtModel(t, r, 100, 5)},
	}
}

// BenchmarkEval times evaluations over changing inputs, in batches short enough that a
// clock reading costs little, and compares every result with the specification's.
func BenchmarkEval(b *testing.B) {
	for _, m := range models(b) {
		for _, use := range []kernel.Use{kernel.Portable, kernel.AVX2} {
			if got, err := use.Resolve(); err != nil || got != use {
				continue
			}
			b.Run(fmt.Sprintf("net=%s/kernel=%s", m.name, use), func(b *testing.B) { benchmarkEval(b, m.p, use) })
		}
	}
}

const benchInputs = 32

func benchmarkEval(b *testing.B, p *Program, use kernel.Use) {
	m, err := NewMachine(p, Options{Kernel: use})
	if err != nil {
		b.Fatal(err)
	}
	spec, err := Spec(p)
	if err != nil {
		b.Fatal(err)
	}
	r := newRNG(12)
	fill := randomBytes(r, 3)
	in, out := m.Raw(p.Inputs[0]), m.Raw(p.Outputs[0])
	inputs := make([][]byte, benchInputs)
	for i := range inputs {
		inputs[i] = make([]byte, len(in))
		fill(0, p.Inputs[0], inputs[i])
		copy(in, inputs[i])
		copy(spec.Raw(p.Inputs[0]), inputs[i])
		m.Eval()
		spec.Eval()
		if string(out) != string(spec.Raw(p.Outputs[0])) {
			b.Fatal("the result is not the specification's")
		}
	}
	const batch = 16
	times := make([]int64, 0, b.N/batch+1)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		begin := time.Now()
		for k := range batch {
			copy(in, inputs[(i+k)%benchInputs])
			m.Eval()
		}
		times = append(times, int64(time.Since(begin)))
	}
	b.StopTimer()
	slices.Sort(times)
	at := func(q float64) float64 { return float64(times[int(q*float64(len(times)-1))]) / batch }
	b.ReportMetric(at(0), "min-ns")
	b.ReportMetric(at(0.5), "p50-ns")
	b.ReportMetric(at(0.99), "p99-ns")
	b.ReportMetric(0, "ns/op")
}
