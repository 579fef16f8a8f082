package main

import (
	"math"

	"slipstream/policy/bundle"
)

// vector is case i of a file as a golden vector of a bare model.
func (c *compiled) vector(f *caseFile, i int) (bundle.Vector, error) {
	c.run.Reset()
	if err := c.feed(f, i); err != nil {
		return bundle.Vector{}, err
	}
	v := bundle.Vector{Start: bundle.Fresh}
	for j := range c.fed {
		v.Inputs = append(v.Inputs, c.run.Get(c.fed[j]))
	}
	if len(c.states) > 0 {
		v.Start = bundle.Given
		for j := range c.states {
			v.StateIn = append(v.StateIn, c.run.Get(c.states[j]))
		}
	}
	return v, nil
}

// policyVector is case i as features: those of the file, or where the file has inputs of
// the model, the integers that come nearest to them.
func (c *compiled) policyVector(f *caseFile, i int) (bundle.Vector, error) {
	v := bundle.Vector{Start: bundle.Fresh}
	if f.Format == "features" {
		v.Features = f.Features[i]
		return v, nil
	}
	in, err := f.tensors(i, c.ports, c.state)
	if err != nil {
		return v, err
	}
	x := in[c.b.Schema.Input].F
	for k := range min(len(x), len(c.b.Norms)) {
		n := &c.b.Norms[k]
		raw := math.Round(float64(x[k])/float64(n.Scale) + float64(n.Offset))
		if math.IsNaN(raw) {
			raw = 0
		}
		v.Features = append(v.Features, int32(min(max(raw, math.MinInt32), math.MaxInt32)))
	}
	return v, nil
}
