package tca

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

func (m Money) big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(m.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(m.lo))
}

// Money agrees with math/big on sums, differences and products of any int64s.
func TestMoneyIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (int64, int64, Money) {
			a, b := rapid.Int64().Draw(t, name+" price"), rapid.Int64().Draw(t, name+" qty")
			return a, b, amount(a, market.Qty(b))
		}
		a, b, m := draw("first")
		c, d, n := draw("second")
		ab := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		cd := new(big.Int).Mul(big.NewInt(c), big.NewInt(d))
		if m.big().Cmp(ab) != 0 {
			t.Fatalf("%d * %d = %v, want %v", a, b, m.big(), ab)
		}
		if got, want := m.Add(n).big(), new(big.Int).Add(ab, cd); got.Cmp(want) != 0 {
			t.Fatalf("sum %v, want %v", got, want)
		}
		if got, want := m.Sub(n).big(), new(big.Int).Sub(ab, cd); got.Cmp(want) != 0 {
			t.Fatalf("difference %v, want %v", got, want)
		}
		if got, want := m.Sign(), ab.Sign(); got != want {
			t.Fatalf("sign %d, want %d", got, want)
		}
		want, _ := new(big.Float).Quo(new(big.Float).SetInt(ab), big.NewFloat(2e9)).Float64()
		if got := m.Float(); math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Fatalf("float %v, want %v", got, want)
		}
	})
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		name string
		n    Number
		text string
		json string
	}{
		{"an undefined number is a dash and null", Number{}, "-", "null"},
		{"a NaN is undefined", Known(math.NaN()), "-", "null"},
		{"an infinity is undefined", Known(math.Inf(1)), "-", "null"},
		{"a small negative is not printed as minus zero", Known(-0.001), "0.00", "-0.001"},
		{"two decimals are printed", Known(1.239), "1.24", "1.239"},
		{"JSON has six decimals", Known(1.23456789), "1.23", "1.234568"},
		{"division by zero is undefined", ratio(1, 0), "-", "null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.n.Format(2); got != c.text {
				t.Errorf("text %q, want %q", got, c.text)
			}
			b, err := c.n.MarshalJSON()
			if err != nil || string(b) != c.json {
				t.Errorf("JSON %s (%v), want %s", b, err, c.json)
			}
			var back Number
			if err := back.UnmarshalJSON(b); err != nil || back.OK != c.n.OK {
				t.Errorf("read back %+v (%v)", back, err)
			}
		})
	}
}
