package imitate

import (
	"testing"

	"slipstream/engine/learned"
	"slipstream/policy/float"
	"slipstream/policy/graph"
)

func TestTheNetworkLearnsTheSchedule(t *testing.T) {
	examples, err := Collect([]uint64{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	var counts [learned.Choices]int
	for _, e := range examples {
		counts[e.Choice]++
	}
	n, err := Train(examples, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d examples %v, agrees %.4f on %d held out", len(examples), counts, n.Agrees, n.Test)
	if n.Agrees < 0.98 {
		t.Errorf("agrees with the schedule on %.4f of %d decisions held out, want 0.98", n.Agrees, n.Test)
	}
	g := n.Graph()
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	run, err := float.New(g)
	if err != nil {
		t.Fatal(err)
	}
	for i := range examples[:200] {
		e := &examples[i]
		in := make([]float32, len(e.Features))
		for k, x := range n.input(&e.Features) {
			in[k] = float32(x)
		}
		out, err := run.Run(map[string]graph.Tensor{"features": {DType: graph.Float32, Dims: []int{1, len(in)}, F: in}})
		if err != nil {
			t.Fatal(err)
		}
		want := n.forward(&e.Features)
		for k, y := range out["logits"].F {
			if d := float64(y) - want[len(want)-1][k]; d > 1e-3 || d < -1e-3 {
				t.Fatalf("example %d logit %d: the graph says %g, the network %g", i, k, y, want[len(want)-1][k])
			}
		}
	}
}
