package schedule

import (
	"math"
	"math/bits"

	"slipstream/internal/market"
)

// Million is the whole market volume in parts per million.
const Million = 1_000_000

// NoRoomLimit is what Room answers when the rate does not bound it.
const NoRoomLimit = market.Qty(math.MaxInt64)

// Room is how many more shares may trade so that our part of the market's volume
// stays within ppm, parts per million: the largest x >= 0 with
// (cum + x) / (volume + x) <= ppm / 1,000,000. volume is the market's since the
// parent's start, our own cum included, so our own next trade counts on both sides.
//
// ppm of 0 gives no room at all (a parent without a cap does not ask); from 1,000,000
// on there is no bound (NoRoomLimit). Below that no answer exceeds NoRoomLimit - cum.
// A volume below cum, as when a fill is reported before the feed shows it, counts as
// cum.
func Room(ppm uint32, volume, cum market.Qty) market.Qty {
	if ppm >= Million {
		return NoRoomLimit
	}
	cum = max(cum, 0)
	others := max(volume, cum) - cum
	// x <= (ppm*volume - 1e6*cum)/(1e6 - ppm) = ppm*others/(1e6 - ppm) - cum
	due := share(ppm, others)
	return max(due-cum, 0)
}

// share is what we may have done while the others did so much:
// ppm*others/(1e6-ppm), rounded down, at most NoRoomLimit. ppm < 1e6, others >= 0.
func share(ppm uint32, others market.Qty) market.Qty {
	rest := uint64(Million - ppm)
	hi, lo := bits.Mul64(uint64(others), uint64(ppm))
	if hi >= rest {
		return NoRoomLimit
	}
	q, _ := bits.Div64(hi, lo, rest)
	return market.Qty(min(q, uint64(NoRoomLimit)))
}

// POV is the quantity that should be done by now to be ppm of the market's volume,
// of a parent of qty shares with cum done: within [0, qty], rounded down to the lot.
// volume and cum are as in Room. catchUp is the most by which it asks for more than
// cum, in shares, so that a burst of volume is not chased with one order; <= 0 is no
// bound. At qty the last odd lot is asked for too.
func POV(ppm uint32, volume, cum, qty, lot, catchUp market.Qty) market.Qty {
	if qty <= 0 {
		return 0
	}
	cum = min(max(cum, 0), qty)
	room := Room(ppm, volume, cum)
	if catchUp > 0 {
		room = min(room, catchUp)
	}
	if room >= qty-cum {
		return qty
	}
	return floorLot(cum+room, qty, lot)
}
