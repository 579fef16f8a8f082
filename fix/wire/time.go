package wire

import (
	"encoding/binary"

	"slipstream/internal/market"
)

// Precision is how many decimals of a second a UTCTimestamp is written with.
type Precision uint8

const (
	Seconds Precision = 0
	Millis  Precision = 3 // FIX 4.2 and later
	Micros  Precision = 6
	Nanos   Precision = 9
)

// Len is the length of a UTCTimestamp of this precision: 17, 21, 24 or 27.
func (p Precision) Len() int {
	if p == 0 {
		return 17
	}
	return 18 + int(p)
}

const (
	yearMin = 1970
	yearMax = 2261 // the last whole year whose nanoseconds fit an int64
)

// ParseTime reads a UTCTimestamp, YYYYMMDD-HH:MM:SS with 0 to 9 decimals (17 to 27
// bytes), of the years 1970 to 2261. Second 60 is the second after 59.
func ParseTime(b []byte) (market.Nanos, bool) {
	if len(b) < 17 || len(b) > 27 || len(b) == 18 {
		return 0, false
	}
	date, ok := Digits8(binary.LittleEndian.Uint64(b))
	// HH:MM:SS is eight digits once the colons are read as zeros.
	w := binary.LittleEndian.Uint64(b[9:])
	clock, ok2 := Digits8(w ^ colons ^ colons&zeroWord)
	if !ok || !ok2 || b[8] != '-' || w&colonMask != colons {
		return 0, false
	}
	year, month, day := date/10000, date/100%100, date%100
	hour, minute, second := clock/1000000, clock/1000%100, clock%100
	if year < yearMin || year > yearMax || month-1 > 11 || day-1 >= daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	t := daysFromCivil(int64(year), int64(month), int64(day))*86400 +
		int64(hour)*3600 + int64(minute)*60 + int64(second)
	ns := uint64(0)
	if len(b) > 17 {
		if b[17] != '.' {
			return 0, false
		}
		for _, c := range b[18:] {
			d := uint64(c) - '0'
			if d > 9 {
				return 0, false
			}
			ns = ns*10 + d
		}
		ns *= pow10[27-len(b)]
	}
	return market.Nanos(t*1e9 + int64(ns)), true
}

// colons are the two of HH:MM:SS in a word, colonMask the bytes they are in.
const (
	colons    = 0x00003A00003A0000
	colonMask = 0x0000FF0000FF0000
)

func daysIn(year, month uint32) uint32 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysFromCivil is the number of days since 1970-01-01 in the Gregorian calendar,
// for years from 1970. It counts years from 1 March, so that the leap day is last.
func daysFromCivil(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - 719468
}

// civil is the inverse of daysFromCivil for days >= 0.
func civil(days int64) (y, m, d int64) {
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	y = yoe + era*400
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

// AppendTime appends t as a UTCTimestamp of precision p, cut, not rounded. Times
// before 1970 are written as 1970-01-01. Clock does the same faster.
func AppendTime(dst []byte, t market.Nanos, p Precision) []byte {
	var c Clock
	return c.Append(dst, t, p)
}

// Clock writes UTCTimestamps and keeps the text of the last second, so that
// only the decimals are formatted again. The zero Clock is ready.
type Clock struct {
	second int64 // seconds since the epoch that text holds, plus 1; 0 = none
	text   [18]byte
}

// Append appends t as AppendTime does.
func (c *Clock) Append(dst []byte, t market.Nanos, p Precision) []byte {
	if t < 0 {
		t = 0
	}
	s := int64(t) / 1e9
	if s+1 != c.second {
		c.set(s)
	}
	frac := uint32(int64(t) - s*1e9)
	switch p {
	case Seconds:
		return append(dst, c.text[:17]...)
	case Millis:
		ms := frac / 1e6
		hi := ms / 10
		dst = append(dst, c.text[:]...)
		return append(dst, Pairs[hi*2], Pairs[hi*2+1], '0'+byte(ms-hi*10))
	case Micros:
		us := frac / 1e3
		a, r := us/1e4, us%1e4
		b, e := r/100, r%100
		dst = append(dst, c.text[:]...)
		return append(dst, Pairs[a*2], Pairs[a*2+1], Pairs[b*2], Pairs[b*2+1], Pairs[e*2], Pairs[e*2+1])
	}
	a, r := frac/1e7, frac%1e7
	b, r := r/1e5, r%1e5
	e, r := r/1e3, r%1e3
	f := r / 10
	dst = append(dst, c.text[:]...)
	return append(dst, Pairs[a*2], Pairs[a*2+1], Pairs[b*2], Pairs[b*2+1], Pairs[e*2], Pairs[e*2+1],
		Pairs[f*2], Pairs[f*2+1], '0'+byte(r-f*10))
}

// set formats second s of the epoch.
func (c *Clock) set(s int64) {
	c.second = s + 1
	y, m, d := civil(s / 86400)
	r := s % 86400
	hour, minute, sec := r/3600, r/60%60, r%60
	put := func(i int, v int64) { c.text[i], c.text[i+1] = Pairs[v*2], Pairs[v*2+1] }
	put(0, y/100)
	put(2, y%100)
	put(4, m)
	put(6, d)
	put(9, hour)
	put(12, minute)
	put(15, sec)
	c.text[8], c.text[11], c.text[14], c.text[17] = '-', ':', ':', '.'
}
