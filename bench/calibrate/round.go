package calibrate

import (
	"math"
	"reflect"

	"slipstream/bench/flow"
)

// round keeps four significant digits of every figure, which is more than a day tells.
func round(p *flow.ReactiveParams) { roundValue(reflect.ValueOf(p).Elem()) }

func roundValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); x != 0 {
			scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
			v.SetFloat(math.Round(x*scale) / scale)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			roundValue(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			roundValue(v.Index(i))
		}
	}
}
