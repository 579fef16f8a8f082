package bundle

import (
	"fmt"
	"math"
)

// Norm turns one feature into a program input:
//
//	y = clamp(float32(float32(float32(x) - Offset) * Scale), -Clip, Clip)
//
// each step rounded to float32, so that the bits are the same everywhere. A running
// mean and variance (VecNormalize) are Offset = mean, Scale = 1/sqrt(var + epsilon).
type Norm struct {
	Offset float32 `json:"offset"`
	Scale  float32 `json:"scale"`
	Clip   float32 `json:"clip"` // above 0
	// Min and Max bound the feature in training, in its unit. Outside of them the policy
	// is not asked (Decider).
	Min int32 `json:"min"`
	Max int32 `json:"max"`
}

// Plain is a feature in its usual range: parts per million as a fraction, thousandths
// of a tick as ticks, cut at 10, trained on everything.
func Plain(unit string) Norm {
	n := Norm{Scale: 1e-6, Clip: 10, Min: math.MinInt32, Max: math.MaxInt32}
	if unit == "milliticks" {
		n.Scale = 1e-3
	}
	return n
}

// Apply is the formula.
func (n *Norm) Apply(x int32) float32 {
	d := float32(float32(x) - n.Offset)
	y := float32(d * n.Scale)
	return min(max(y, -n.Clip), n.Clip)
}

// Trained reports a feature inside its training range.
func (n *Norm) Trained(x int32) bool { return x >= n.Min && x <= n.Max }

func (n *Norm) check() error {
	switch {
	case !finite(n.Offset) || !finite(n.Scale) || n.Scale == 0:
		return fmt.Errorf("offset %v, scale %v: want finite numbers, the scale not 0", n.Offset, n.Scale)
	case !finite(n.Clip) || n.Clip <= 0:
		return fmt.Errorf("clip %v: want a finite number above 0", n.Clip)
	case n.Min > n.Max:
		return fmt.Errorf("trained from %d to %d", n.Min, n.Max)
	}
	return nil
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
