package session

import "slipstream/fix/wire"

// kind is a FIX data type, as far as its format can be wrong.
type kind byte

const (
	kindText    kind = 's' // anything
	kindInt     kind = 'i' // optional minus, digits
	kindDecimal kind = 'f' // optional minus, digits, at most one point
	kindChar    kind = 'c' // one byte
	kindBool    kind = 'b' // Y or N
	kindTime    kind = 't' // UTCTimestamp
	kindClock   kind = 'u' // UTCTimeOnly
	kindDate    kind = 'd' // YYYYMMDD
	kindMonth   kind = 'm' // YYYYMM, with a day or a week
)

func (k kind) known() bool {
	switch k {
	case kindText, kindInt, kindDecimal, kindChar, kindBool, kindTime, kindClock, kindDate, kindMonth:
		return true
	}
	return false
}

func (k kind) valid(v []byte) bool {
	switch k {
	case kindInt:
		_, ok := wire.ParseInt(v)
		return ok
	case kindDecimal:
		return decimal(v)
	case kindChar:
		return len(v) == 1
	case kindBool:
		return len(v) == 1 && (v[0] == 'Y' || v[0] == 'N')
	case kindTime:
		_, ok := wire.ParseTime(v)
		return ok
	case kindClock:
		return clock(v)
	case kindDate:
		return len(v) == 8 && date(v)
	case kindMonth:
		return len(v) == 6 && month(v) || len(v) == 8 && month(v) && (date(v) || v[6] == 'w' && v[7] >= '1' && v[7] <= '5')
	}
	return true
}

func digits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(v) > 0
}

func decimal(v []byte) bool {
	if len(v) > 0 && v[0] == '-' {
		v = v[1:]
	}
	seen, point := false, false
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9':
			seen = true
		case c == '.' && !point:
			point = true
		default:
			return false
		}
	}
	return seen
}

// clock is HH:MM:SS with up to nine decimals.
func clock(v []byte) bool {
	if len(v) < 8 || v[2] != ':' || v[5] != ':' || !digits(v[:2]) || !digits(v[3:5]) || !digits(v[6:8]) ||
		string(v[:2]) > "23" || string(v[3:5]) > "59" || string(v[6:8]) > "60" {
		return false
	}
	return len(v) == 8 || v[8] == '.' && len(v) <= 18 && digits(v[9:])
}

func month(v []byte) bool {
	return digits(v[:6]) && string(v[4:6]) >= "01" && string(v[4:6]) <= "12"
}

func date(v []byte) bool {
	return digits(v) && month(v) && string(v[6:8]) >= "01" && string(v[6:8]) <= "31"
}
