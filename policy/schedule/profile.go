package schedule

import (
	"fmt"
	"math/bits"

	"slipstream/internal/market"
)

const (
	// MaxBins is the most bins of a Profile: one-minute bins of a 6.5 hour day.
	MaxBins = 390
	// MaxProfileVolume is the most shares a Profile may hold in all.
	MaxProfileVolume = 1 << 40
	// volumeBits are the binary places of an interpolated volume.
	volumeBits = 20
)

// Profile is how an instrument's volume spreads over the day at hand: bin i holds
// the shares expected in [Open + i*Bin, Open + (i+1)*Bin). Outside the bins nothing
// is expected. Made by NewProfile or UShape.
type Profile struct {
	open market.Nanos
	bin  market.Nanos
	bins int
	cum  [MaxBins + 1]uint64 // shares up to the start of bin i; cum[0] = 0
}

// NewProfile makes a profile of the volume per bin. open is where the first bin
// starts, Unix ns on the day at hand; bin is the width of each. Errors: no bin or
// more than MaxBins, width not positive, no volume or more than MaxProfileVolume.
func NewProfile(open, bin market.Nanos, volume []uint64) (*Profile, error) {
	if len(volume) == 0 || len(volume) > MaxBins {
		return nil, fmt.Errorf("schedule: %d volume bins, want 1 to %d", len(volume), MaxBins)
	}
	if bin <= 0 || bin > market.Day {
		return nil, fmt.Errorf("schedule: bin width %d ns, want 1 ns to a day", bin)
	}
	if open < 0 || open > 1<<62 {
		return nil, fmt.Errorf("schedule: profile opens at %d Unix ns, want 0 to 2^62", open)
	}
	p := &Profile{open: open, bin: bin, bins: len(volume)}
	for i, v := range volume {
		if v > MaxProfileVolume || p.cum[i]+v > MaxProfileVolume {
			return nil, fmt.Errorf("schedule: volume of the profile above %d shares at bin %d", uint64(MaxProfileVolume), i)
		}
		p.cum[i+1] = p.cum[i] + v
	}
	if p.cum[p.bins] == 0 {
		return nil, fmt.Errorf("schedule: profile without volume")
	}
	return p, nil
}

// uShapeBins and uShapeEdge describe UShape: 78 bins, and this many times the
// midday rate at the edges of the day, as US equities do between the auctions.
const (
	uShapeBins = 78
	uShapeEdge = 3
)

// UShape is the profile to use while no history is known: a session from open to
// end in 78 bins (five minutes each of a US day) whose rate is a parabola, three
// times as high at both ends as in the middle. Errors as NewProfile's.
func UShape(open, end market.Nanos) (*Profile, error) {
	if end <= open {
		return nil, fmt.Errorf("schedule: session ends at %d, not after %d", end, open)
	}
	volume := make([]uint64, uShapeBins)
	const half = uShapeBins - 1
	for i := range volume {
		x := 2*i - half // -77 .. 77 over the day
		volume[i] = uint64(half*half + (uShapeEdge-1)*x*x)
	}
	return NewProfile(open, (end-open+uShapeBins-1)/uShapeBins, volume)
}

// Volume is VWAP: the part of the window's expected volume that has traded when
// j/64 of the window has passed. Where the profile expects nothing in the whole
// window, or the window is empty, it is Linear. Error below 1e-6 for a window that
// holds at least ten shares.
func Volume(p *Profile, start, end market.Nanos) Curve {
	if p == nil || end <= start {
		return Linear()
	}
	from, window := p.until(start), uint64(end)-uint64(start)
	all := p.until(end) - from
	if all == 0 {
		return Linear()
	}
	var c Curve
	for j := 1; j < Points; j++ {
		hi, lo := bits.Mul64(window, uint64(j))
		step := hi<<(64-6) | lo>>6 // window*j/64
		hi, lo = bits.Mul64(p.until(market.Nanos(uint64(start)+step))-from, One)
		part, _ := bits.Div64(hi, lo, all)
		c[j] = max(c[j-1], uint32(part))
	}
	c[Points] = One
	return c
}

// until is the volume expected before t, in shares / 2^volumeBits, rounded down.
func (p *Profile) until(t market.Nanos) uint64 {
	if t <= p.open {
		return 0
	}
	since := uint64(t) - uint64(p.open)
	i := since / uint64(p.bin)
	if i >= uint64(p.bins) {
		return p.cum[p.bins] << volumeBits
	}
	hi, lo := bits.Mul64((p.cum[i+1]-p.cum[i])<<volumeBits, since%uint64(p.bin))
	part, _ := bits.Div64(hi, lo, uint64(p.bin))
	return p.cum[i]<<volumeBits + part
}
