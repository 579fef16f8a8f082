package schedule

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"slipstream/internal/market"
)

func TestVolumeFollowsTheProfile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		volume := rapid.SliceOfN(rapid.Uint64Range(0, 1_000_000), 1, 50).Draw(t, "volume")
		volume[len(volume)/2] += 1000
		bin := market.Nanos(rapid.Int64Range(1, int64(600*market.Second)).Draw(t, "bin"))
		p, err := NewProfile(t0, bin, volume)
		if err != nil {
			t.Fatal(err)
		}
		day := int64(bin) * int64(len(volume))
		start := t0 + market.Nanos(rapid.Int64Range(-day/4, day).Draw(t, "start"))
		end := start + market.Nanos(rapid.Int64Range(1, day).Draw(t, "window"))
		until := func(at float64) float64 { // shares before at, ns after t0
			sum := 0.0
			for i, v := range volume {
				part := (at - float64(i)*float64(bin)) / float64(bin)
				sum += float64(v) * math.Min(math.Max(part, 0), 1)
			}
			return sum
		}
		from, to := until(float64(start-t0)), until(float64(end-t0))
		c := Volume(p, start, end)
		valid(t, &c)
		if to-from < 10 {
			return // below the profile's resolution
		}
		for j := range c {
			at := float64(start-t0) + math.Floor(float64(end-start)*float64(j)/Points)
			want := (until(at) - from) / (to - from)
			if got := float64(c[j]) / One; math.Abs(got-want) > 1e-6 {
				t.Fatalf("point %d: %.9f, want %.9f", j, got, want)
			}
		}
	})
}

func TestVolumeWithoutVolumeIsLinear(t *testing.T) {
	p, err := NewProfile(t0, market.Second, []uint64{0, 0, 5})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name       string
		p          *Profile
		start, end market.Nanos
	}{
		{"no profile", nil, t0, t0 + market.Second},
		{"a window before the session", p, t0 - 9*market.Second, t0 - market.Second},
		{"a window after the session", p, t0 + 9*market.Second, t0 + 10*market.Second},
		{"a window over empty bins", p, t0, t0 + 2*market.Second},
		{"an empty window", p, t0, t0},
		{"a window that is backwards", p, t0 + 3*market.Second, t0},
	}
	for _, tc := range cases {
		if Volume(tc.p, tc.start, tc.end) != Linear() {
			t.Errorf("%s: not linear", tc.name)
		}
	}
}

func TestVolumeOfAFlatProfileIsLinear(t *testing.T) {
	p, err := NewProfile(t0, market.Second, []uint64{640, 640, 640, 640})
	if err != nil {
		t.Fatal(err)
	}
	if Volume(p, t0, t0+4*market.Second) != Linear() {
		t.Error("VWAP over a flat profile is not TWAP")
	}
}

func TestUShapeIsSymmetricAndThreeTimesAsHighAtTheEdges(t *testing.T) {
	p, err := UShape(t0, t0+78*300*market.Second)
	if err != nil {
		t.Fatal(err)
	}
	first, last := p.cum[1], p.cum[p.bins]-p.cum[p.bins-1]
	mid := p.cum[p.bins/2+1] - p.cum[p.bins/2]
	if first != last || math.Abs(float64(first)/float64(mid)-3) > 0.01 {
		t.Errorf("first bin %d, middle %d, last %d", first, mid, last)
	}
}

func TestProfilesThatCannotBeAreRefused(t *testing.T) {
	cases := []struct {
		name      string
		open, bin market.Nanos
		volume    []uint64
		want      string
	}{
		{"no bins", t0, 1, nil, "0 volume bins"},
		{"too many bins", t0, 1, make([]uint64, MaxBins+1), "391 volume bins"},
		{"no width", t0, 0, []uint64{1}, "bin width"},
		{"an opening before 1970", -1, 1, []uint64{1}, "opens at"},
		{"no volume", t0, 1, []uint64{0, 0}, "without volume"},
		{"too much volume", t0, 1, []uint64{1, MaxProfileVolume}, "at bin 1"},
		{"volume that overflows", t0, 1, []uint64{MaxProfileVolume, math.MaxUint64}, "at bin 1"},
	}
	for _, tc := range cases {
		if _, err := NewProfile(tc.open, tc.bin, tc.volume); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want one with %q", tc.name, err, tc.want)
		}
	}
	if _, err := UShape(t0, t0); err == nil {
		t.Error("a session without length was taken")
	}
}
