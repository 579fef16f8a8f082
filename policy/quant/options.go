package quant

import (
	"fmt"

	"slipstream/policy/graph"
)

// Tensor is graph.Tensor.
type Tensor = graph.Tensor

// Precision is how a layer is computed.
type Precision uint8

// The precisions. Auto takes int8 where it is accurate enough, else 16 bits.
const (
	Auto Precision = iota
	Int8
	Int16
	Float32
)

// String is the name that reports show.
func (p Precision) String() string {
	switch p {
	case Auto:
		return "auto"
	case Int8:
		return "int8"
	case Int16:
		return "int16"
	case Float32:
		return "float32"
	}
	return "unknown"
}

// Options of a compilation. The zero value of a field means its default.
type Options struct {
	// Precision forces one for every layer that has a choice; Auto decides per layer.
	Precision Precision
	// MaxLayerError is the relative rms error that a layer in int8 may add, measured on the
	// calibration cases with its inputs quantised and its weights rounded; above it the
	// layer gets 16 bits. Default 0.01. Range (0, 1].
	MaxLayerError float64
	// MaxLayerError16 is the same bound for 16 bits, above which a layer is left in float32.
	// Default 0.01. Range (0, 1].
	MaxLayerError16 float64
	// MaxError is the relative rms error of a float output over the calibration cases above
	// which everything is compiled again with MaxLayerError halved, up to six times. Default
	// 0.02. Range (0, 1].
	MaxError float64
	// Percentile of |x| that the range search starts from, besides the extremes. Default
	// 0.9999. Range (0.5, 1].
	Percentile float64
	// States pairs a graph input with the graph output that is its next value, on top of
	// the pairs found at recurrent layers. NoStates turns off finding them.
	States   map[string]string
	NoStates bool
}

func (o Options) withDefaults() (Options, error) {
	if o.MaxLayerError == 0 {
		o.MaxLayerError = 0.01
	}
	if o.MaxLayerError16 == 0 {
		o.MaxLayerError16 = 0.01
	}
	if o.MaxError == 0 {
		o.MaxError = 0.02
	}
	if o.Percentile == 0 {
		o.Percentile = 0.9999
	}
	switch {
	case o.Precision > Float32:
		return o, fmt.Errorf("quant: precision %d is unknown", o.Precision)
	case !(o.MaxLayerError > 0 && o.MaxLayerError <= 1):
		return o, fmt.Errorf("quant: MaxLayerError %g is outside (0, 1]", o.MaxLayerError)
	case !(o.MaxLayerError16 > 0 && o.MaxLayerError16 <= 1):
		return o, fmt.Errorf("quant: MaxLayerError16 %g is outside (0, 1]", o.MaxLayerError16)
	case !(o.MaxError > 0 && o.MaxError <= 1):
		return o, fmt.Errorf("quant: MaxError %g is outside (0, 1]", o.MaxError)
	case !(o.Percentile > 0.5 && o.Percentile <= 1):
		return o, fmt.Errorf("quant: Percentile %g is outside (0.5, 1]", o.Percentile)
	}
	return o, nil
}
