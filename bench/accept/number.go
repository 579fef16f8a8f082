package accept

import (
	"math"
	"strconv"
)

// Num prints with five significant digits; null in JSON when there is none.
type Num float64

// MarshalJSON implements json.Marshaler.
func (n Num) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 5, 64), nil
}

func (n Num) String() string {
	if math.IsNaN(float64(n)) {
		return "-"
	}
	if a := math.Abs(float64(n)); a >= 1e5 && a < 1e9 {
		return strconv.FormatFloat(float64(n), 'f', 0, 64)
	}
	return strconv.FormatFloat(float64(n), 'g', 4, 64)
}
