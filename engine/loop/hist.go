package loop

import (
	"math/bits"
	"sync/atomic"
)

const (
	subBits  = 6                                  // 64 buckets per octave: an error of at most 1.6 %
	histTop  = 36                                 // values from 2^36 ns (69 s) on share the last bucket
	histLen  = (histTop - subBits - 1) << subBits // first part of the last octave's index
	histSize = histLen + 2<<subBits
)

// Hist is a histogram of nanoseconds with fixed buckets, exact below 128 ns and
// logarithmic above, laid out as HDR histograms are. One thread records; any may
// take a Snapshot meanwhile.
type Hist struct {
	max     atomic.Int64
	sum     atomic.Int64
	buckets [histSize]atomic.Uint64
}

func bucketOf(ns uint64) int {
	exp := max(bits.Len64(ns)-subBits-1, 0)
	return min(exp<<subBits+int(ns>>exp), histSize-1)
}

// bucketTop is the largest value of bucket i.
func bucketTop(i int) int64 {
	if i < 2<<subBits {
		return int64(i)
	}
	exp := i>>subBits - 1
	return (int64(i-exp<<subBits)+1)<<exp - 1
}

// Record adds one value; a negative one counts as 0.
func (h *Hist) Record(ns int64) {
	ns = max(ns, 0)
	b := &h.buckets[bucketOf(uint64(ns))]
	b.Store(b.Load() + 1) // single writer
	h.sum.Store(h.sum.Load() + ns)
	if ns > h.max.Load() {
		h.max.Store(ns)
	}
}

// HistSnapshot is a copy of a Hist. Counts are those of the buckets as read, so
// quantiles and Count agree with each other.
type HistSnapshot struct {
	Count   uint64
	Max     int64 // ns, exact
	Sum     int64 // ns, exact
	Buckets [histSize]uint64
}

// Snapshot copies h into s; safe while another thread records.
func (h *Hist) Snapshot(s *HistSnapshot) {
	s.Count = 0
	for i := range h.buckets {
		s.Buckets[i] = h.buckets[i].Load()
		s.Count += s.Buckets[i]
	}
	s.Max, s.Sum = h.max.Load(), h.sum.Load()
}

// Quantile is the value that num/den of the recorded ones do not exceed, rounded
// up to its bucket's top and never above Max; 0 when nothing was recorded.
func (s *HistSnapshot) Quantile(num, den uint64) int64 {
	if s.Count == 0 {
		return 0
	}
	hi, lo := bits.Mul64(s.Count, num)
	rank, rem := bits.Div64(hi%den, lo, den)
	if rem > 0 {
		rank++
	}
	rank = max(rank, 1)
	var seen uint64
	for i, n := range s.Buckets {
		if seen += n; seen >= rank {
			if i == histSize-1 {
				return s.Max
			}
			return min(bucketTop(i), s.Max)
		}
	}
	return s.Max
}

// Mean is in nanoseconds; 0 when nothing was recorded.
func (s *HistSnapshot) Mean() int64 {
	if s.Count == 0 {
		return 0
	}
	return s.Sum / int64(s.Count)
}
