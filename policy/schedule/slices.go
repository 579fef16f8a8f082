package schedule

import "slipstream/internal/market"

// SliceCount is the number of slices of slice nanoseconds in [start, end), at least
// 1; the last may be shorter. A slice <= 0 is the whole window. A passive tactic rests
// for what is due at its slice's end, and crosses for what is left of it then.
func SliceCount(start, end, slice market.Nanos) int64 {
	if end <= start || slice <= 0 {
		return 1
	}
	return int64((uint64(end)-uint64(start)-1)/uint64(slice)) + 1
}

// SliceIndex is the slice that now is in, from 0 to SliceCount-1; before start it
// is 0, after end the last.
func SliceIndex(start, end, slice, now market.Nanos) int64 {
	if now <= start || end <= start || slice <= 0 {
		return 0
	}
	if now >= end {
		return SliceCount(start, end, slice) - 1
	}
	return int64((uint64(now) - uint64(start)) / uint64(slice))
}

// SliceEnd is when the slice with this index ends: the start of the next one, end
// for the last and beyond.
func SliceEnd(start, end, slice market.Nanos, index int64) market.Nanos {
	if index < 0 {
		return start
	}
	if index >= SliceCount(start, end, slice)-1 {
		return end
	}
	return market.Nanos(uint64(start) + uint64(slice)*uint64(index+1))
}
