package desk

import (
	"strconv"
	"strings"
	"time"

	"slipstream/internal/market"
)

// priceScale is the number of decimals of market.Price.
const priceScale = 9

// parseDecimal reads an optional minus, digits and a fraction as an integer in
// 10^-scale. ok is false for anything else, for digits beyond scale that are not
// zero, and for what leaves int64. No floats: 0.29 is exact.
func parseDecimal(s string, scale int) (v int64, ok bool) {
	digits, neg := strings.CutPrefix(s, "-")
	whole, frac, _ := strings.Cut(digits, ".")
	if whole == "" && frac == "" {
		return 0, false
	}
	if len(frac) > scale {
		if strings.Trim(frac[scale:], "0") != "" {
			return 0, false
		}
		frac = frac[:scale]
	}
	all := whole + frac + strings.Repeat("0", scale-len(frac))
	if all == "" || strings.Trim(all, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return 0, false
	}
	if neg {
		n = -n
	}
	return n, true
}

// formatPrice writes a price with at least two decimals and no needless zeros.
func formatPrice(p market.Price) string {
	sign := ""
	u := uint64(p)
	if p < 0 {
		sign, u = "-", -u
	}
	unit := uint64(market.PriceUnit)
	frac := strconv.FormatUint(unit+u%unit, 10)[1:]
	for len(frac) > 2 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	return sign + strconv.FormatUint(u/unit, 10) + "." + frac
}

func formatQty(q market.Qty) string { return strconv.FormatInt(int64(q), 10) }

// timeLayouts are the UTCTimestamp forms accepted: whole seconds, then 3, 6, 9 decimals.
var timeLayouts = map[int]string{
	17: "20060102-15:04:05",
	21: "20060102-15:04:05.000",
	24: "20060102-15:04:05.000000",
	27: "20060102-15:04:05.000000000",
}

// parseTime reads a UTCTimestamp between the years 1970 and 2200.
func parseTime(s string) (n market.Nanos, ok bool) {
	layout, known := timeLayouts[len(s)]
	if !known {
		return 0, false
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return 0, false
	}
	return market.Nanos(t.UnixNano()), true
}

func toTime(n market.Nanos) time.Time { return time.Unix(0, int64(n)).UTC() }
