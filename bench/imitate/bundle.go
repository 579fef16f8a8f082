package imitate

import (
	"fmt"
	"math"

	"slipstream/engine"
	"slipstream/policy/bundle"
	"slipstream/policy/graph"
	"slipstream/policy/quant"
)

const (
	calibrationCases = 512
	goldenCases      = 64
)

// Bundle compiles the network to integers, calibrated on examples, with golden vectors.
func (n *Network) Bundle(examples []Example, name string, training map[string]string) (*bundle.Bundle, *quant.Report, error) {
	var calib []map[string]graph.Tensor
	var golden []bundle.Vector
	norms := n.norms(examples)
	every := max(1, len(examples)/calibrationCases)
	for i := 0; i < len(examples) && len(calib) < calibrationCases; i += every {
		f := &examples[i].Features
		x := make([]float32, len(f))
		for k := range f {
			x[k] = norms[k].Apply(f[k])
		}
		calib = append(calib, map[string]graph.Tensor{"features": *graph.Floats(x, 1, len(x))})
		if len(calib)%(calibrationCases/goldenCases) == 0 {
			golden = append(golden, bundle.Vector{Start: bundle.Fresh, Features: append([]int32(nil), f[:]...)})
		}
	}
	p, report, err := quant.Compile(n.Graph(), calib, quant.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("imitate: %w", err)
	}
	schema, rule, env := bundle.EngineSchema(), bundle.DefaultRule(), bundle.DefaultEnvelope()
	schema.Input = "features"
	b := &bundle.Bundle{
		Program: p, Schema: schema, Norms: norms,
		Head: &bundle.Head{Output: "logits", Kind: bundle.Argmax, Actions: bundle.EngineActions()},
		Rule: &rule, Envelope: &env,
		Provenance: bundle.Provenance{Name: name, Compiler: "slipstream", Cases: len(calib), Training: training},
	}
	if err := b.Complete(golden); err != nil {
		return nil, nil, fmt.Errorf("imitate: %w", err)
	}
	b.Golden = golden
	return b, report, nil
}

// norms are the scales of training, and as the trained range what was seen, widened by
// its own width on both sides.
func (n *Network) norms(examples []Example) []bundle.Norm {
	out := make([]bundle.Norm, engine.FeatureCount)
	for k := range out {
		lo, hi := int64(math.MaxInt32), int64(math.MinInt32)
		for i := range examples {
			lo, hi = min(lo, int64(examples[i].Features[k])), max(hi, int64(examples[i].Features[k]))
		}
		w := hi - lo
		out[k] = bundle.Norm{
			Scale: float32(1 / n.Div[k]), Clip: Clip,
			Min: int32(max(math.MinInt32, lo-w)), Max: int32(min(math.MaxInt32, hi+w)),
		}
	}
	return out
}
