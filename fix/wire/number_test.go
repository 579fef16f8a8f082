package wire

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"slipstream/internal/market"
)

func TestParsePrice(t *testing.T) {
	const bad = market.Price(-1 << 62)
	for _, c := range []struct {
		in          string
		want, trunc market.Price
	}{
		{"187.25", 187_250000000, 187_250000000},
		{"0000187.2500", 187_250000000, 187_250000000},
		{"-0.000000001", -1, -1},
		{"1.0000000010", 1_000000001, 1_000000001},
		{"1.0000000019", bad, 1_000000001},
		{"9223372036.854775807", 1<<63 - 1, 1<<63 - 1},
		{"9223372036.854775808", bad, bad},
		{"99999999999999999999", bad, bad},
		{".5", 500000000, 500000000}, {"5.", 5_000000000, 5_000000000},
		{"", bad, bad}, {".", bad, bad}, {"-", bad, bad}, {"1.2.3", bad, bad}, {"+1", bad, bad},
		{"1e3", bad, bad}, {"1 ", bad, bad}, {"--1", bad, bad},
	} {
		got, ok := ParsePrice([]byte(c.in))
		if ok != (c.want != bad) || ok && got != c.want {
			t.Errorf("ParsePrice(%q) = %d, %v; want %d", c.in, got, ok, c.want)
		}
		got, ok = ParsePriceTrunc([]byte(c.in))
		if ok != (c.trunc != bad) || ok && got != c.trunc {
			t.Errorf("ParsePriceTrunc(%q) = %d, %v; want %d", c.in, got, ok, c.trunc)
		}
	}
}

func TestParseIntegers(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"000000000000000000000042", 42, true}, {"999999999999999999", 999999999999999999, true},
		{"1000000000000000000", 0, false}, {"", 0, false}, {"1x", 0, false}, {"-5", -5, true}, {"-", 0, false}, {"+5", 0, false},
	} {
		if got, ok := ParseInt([]byte(c.in)); ok != c.ok || ok && got != c.want {
			t.Errorf("ParseInt(%q) = %d, %v", c.in, got, ok)
		}
	}
	for _, c := range []struct {
		in   string
		want market.Qty
		ok   bool
	}{
		{"100", 100, true}, {"000000100", 100, true}, {"100.000", 100, true}, {"100.", 100, true},
		{"100.5", 0, false}, {"-1", 0, false}, {".0", 0, false}, {"", 0, false},
	} {
		if got, ok := ParseQty([]byte(c.in)); ok != c.ok || ok && got != c.want {
			t.Errorf("ParseQty(%q) = %d, %v", c.in, got, ok)
		}
	}
}

// TestNumbersRoundTrip: what is appended reads back, and prices are printed exactly
// with at least two decimals and no zero too many.
func TestNumbersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := market.Price(rapid.Int64Min(-1<<63+1).Draw(t, "price"))
		if rapid.Bool().Draw(t, "on a cent") {
			p -= p % (market.PriceUnit / 100)
		}
		text := string(AppendPrice(nil, p))
		if got, ok := ParsePrice([]byte(text)); !ok || got != p {
			t.Fatalf("price %d reads back from %q as %d", p, text, got)
		}
		exact, _ := new(big.Rat).SetString(text)
		if exact.Cmp(big.NewRat(int64(p), int64(market.PriceUnit))) != 0 {
			t.Fatalf("price %d is printed as %q", p, text)
		}
		decimals := len(text) - strings.IndexByte(text, '.') - 1
		if decimals < 2 || decimals > 2 && strings.HasSuffix(text, "0") {
			t.Fatalf("price %d is printed with %d decimals: %q", p, decimals, text)
		}
		v := rapid.Int64Range(-999999999999999999, 999999999999999999).Draw(t, "int")
		if got, ok := ParseInt(AppendInt(nil, v)); !ok || got != v {
			t.Fatalf("integer %d reads back as %d", v, got)
		}
		u := rapid.Uint64Max(999999999).Draw(t, "padded")
		if got, ok := ParseUint(AppendPadded(nil, u, 12)); !ok || got != u {
			t.Fatalf("padded %d reads back as %d", u, got)
		}
		q := market.Qty(rapid.Int64Range(0, 1<<40).Draw(t, "qty"))
		if got, ok := ParseQty(AppendQty(nil, q)); !ok || got != q {
			t.Fatalf("quantity %d reads back as %d", q, got)
		}
	})
}

func TestCheckSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 4000).Draw(t, "bytes")
		if rapid.Bool().Draw(t, "all 0xFF") {
			for i := range b {
				b[i] = 0xFF
			}
		}
		var want uint8
		for _, c := range b {
			want += c
		}
		if got := CheckSum(b); got != want {
			t.Fatalf("sum %d, want %d", got, want)
		}
	})
}
