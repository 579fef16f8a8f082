package tca

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a float that may be undefined: null in JSON, "-" in a table.
type Number struct {
	V  float64
	OK bool
}

// Known is a defined Number; a NaN or an infinity is undefined.
func Known(v float64) Number {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Number{}
	}
	return Number{v, true}
}

// ratio is a/b; undefined when b is 0.
func ratio(a, b float64) Number {
	if b == 0 {
		return Number{}
	}
	return Known(a / b)
}

// Format prints the number with the given decimals, or "-".
func (n Number) Format(decimals int) string {
	if !n.OK {
		return "-"
	}
	s := strconv.FormatFloat(n.V, 'f', decimals, 64)
	if v, _ := strconv.ParseFloat(s, 64); v == 0 {
		s = strconv.FormatFloat(0, 'f', decimals, 64) // never "-0.00"
	}
	return s
}

// MarshalJSON writes null for an undefined number and at most six decimals otherwise.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.OK {
		return []byte("null"), nil
	}
	return json.Marshal(math.Round(n.V*1e6) / 1e6)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Number{}
		return nil
	}
	n.OK = true
	return json.Unmarshal(b, &n.V)
}
