package quant

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"slipstream/policy/kernel"
	"slipstream/policy/program"
)

// BenchmarkEval times the compiled samples over their recorded inputs, in batches short
// enough that a clock reading costs little, and compares every result with the
// specification's. It needs SLIPSTREAM_DATA.
func BenchmarkEval(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(worst)) {
		g, in, _ := sample(b, name)
		p, _, err := Compile(g, in, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, use := range []kernel.Use{kernel.Portable, kernel.AVX2} {
			if got, err := use.Resolve(); err != nil || got != use {
				continue
			}
			b.Run(fmt.Sprintf("net=sample_%s/kernel=%s", name, use), func(b *testing.B) { benchmarkEval(b, p, in, use) })
		}
	}
}

// raw is every input of a case, in the arena's form.
func raw(b *testing.B, m *program.Machine, in map[string]Tensor) [][]byte {
	var all [][]byte
	for _, s := range m.Program().Inputs {
		t := in[s.Name]
		v := make([]float32, t.Len())
		for i := range v {
			v[i] = float32(t.At(i))
		}
		if err := m.Set(s, v); err != nil {
			b.Fatal(err)
		}
		all = append(all, slices.Clone(m.Raw(s)))
	}
	return all
}

func load(m *program.Machine, slots []program.Slot, values [][]byte) {
	for i, s := range slots {
		copy(m.Raw(s), values[i])
	}
}

func benchmarkEval(b *testing.B, p *program.Program, cases []map[string]Tensor, use kernel.Use) {
	m, err := program.NewMachine(p, program.Options{Kernel: use})
	if err != nil {
		b.Fatal(err)
	}
	spec, err := program.Spec(p)
	if err != nil {
		b.Fatal(err)
	}
	inputs := make([][][]byte, len(cases))
	for i, in := range cases {
		inputs[i] = raw(b, m, in)
		load(m, p.Inputs, inputs[i])
		load(spec, p.Inputs, inputs[i])
		m.Eval()
		spec.Eval()
		for _, o := range p.Outputs {
			if string(m.Raw(o)) != string(spec.Raw(o)) {
				b.Fatalf("case %d: %s is not the specification's", i, o.Name)
			}
		}
	}
	const batch = 16
	times := make([]time.Duration, 0, b.N/batch+1)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		begin := time.Now()
		for k := range batch {
			load(m, p.Inputs, inputs[(i+k)%len(inputs)])
			m.Eval()
		}
		times = append(times, time.Since(begin))
	}
	b.StopTimer()
	slices.SortFunc(times, cmp.Compare)
	at := func(q float64) float64 { return float64(times[int(q*float64(len(times)-1))]) / batch }
	b.ReportMetric(at(0), "min-ns")
	b.ReportMetric(at(0.5), "p50-ns")
	b.ReportMetric(at(0.99), "p99-ns")
	b.ReportMetric(0, "ns/op")
}
