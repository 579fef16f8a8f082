package config

import (
	"fmt"
	"strings"

	"slipstream/internal/market"
)

// USD is an amount of the currency unit, exact: 1e-9 units. In a file it is a decimal
// string ("0.01") or a whole number; a TOML float is refused.
type USD int64

// Price is the amount as a market.Price.
func (u USD) Price() market.Price { return market.Price(u) }

// String prints the amount with two decimals, or as many as it needs.
func (u USD) String() string {
	sign := ""
	v := uint64(u)
	if u < 0 {
		sign, v = "-", -v
	}
	unit := uint64(market.PriceUnit)
	frac := strings.TrimRight(fmt.Sprintf("%09d", v%unit), "0")
	for len(frac) < 2 {
		frac += "0"
	}
	return fmt.Sprintf("%s%d.%s", sign, v/unit, frac)
}

// ParseUSD reads digits with at most nine decimals; no sign, no exponent, no separators.
func ParseUSD(s string) (USD, error) {
	whole, frac, dot := strings.Cut(s, ".")
	bad := whole == "" || (dot && frac == "") || len(frac) > 9
	v := uint64(0)
	for _, c := range whole + frac + strings.Repeat("0", max(0, 9-len(frac))) {
		if c < '0' || c > '9' {
			bad = true
			break
		}
		if v > (1<<63-1)/10 || v*10+uint64(c-'0') > 1<<63-1 {
			return 0, fmt.Errorf("%q is above %s", s, USD(1<<63-1))
		}
		v = v*10 + uint64(c-'0')
	}
	if bad {
		return 0, fmt.Errorf("%q is no amount: want digits with at most nine decimals, as in \"0.01\"", s)
	}
	return USD(v), nil
}

// MarshalText implements encoding.TextMarshaler.
func (u USD) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// Clock is a time of day, "HH:MM:SS" with up to nine decimals, in nanoseconds since midnight.
type Clock market.Nanos

// ParseClock reads a time of day before 24:00:00.
func ParseClock(s string) (Clock, error) {
	fail := fmt.Errorf("%q is no time of day: want HH:MM:SS, as in \"09:30:00\"", s)
	main, frac, dot := strings.Cut(s, ".")
	if len(main) != 8 || main[2] != ':' || main[5] != ':' || (dot && (frac == "" || len(frac) > 9)) {
		return 0, fail
	}
	num := func(t string) int64 {
		v := int64(0)
		for _, c := range t {
			if c < '0' || c > '9' {
				return 1 << 40
			}
			v = v*10 + int64(c-'0')
		}
		return v
	}
	h, m, sec, ns := num(main[:2]), num(main[3:5]), num(main[6:]), num(frac+strings.Repeat("0", 9-len(frac)))
	if h > 23 || m > 59 || sec > 59 || ns >= 1e9 {
		return 0, fail
	}
	return Clock(((h*60+m)*60+sec)*1e9 + ns), nil
}

// seconds is the time of day without its decimals.
func (c Clock) seconds() uint32 { return uint32(int64(c) / int64(market.Second)) }

func (c Clock) String() string {
	s := fmt.Sprintf("%02d:%02d:%02d", c/3600e9, c/60e9%60, c/1e9%60)
	if ns := c % 1e9; ns != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%09d", ns), "0")
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
