package loop

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestBucketsCoverEveryValueOnceAndInOrder(t *testing.T) {
	for i := range histSize - 1 {
		top := bucketTop(i)
		if bucketOf(uint64(top)) != i || bucketOf(uint64(top)+1) != i+1 {
			t.Fatalf("bucket %d ends at %d, but %d falls into %d and %d into %d",
				i, top, top, bucketOf(uint64(top)), top+1, bucketOf(uint64(top)+1))
		}
	}
	if got := bucketOf(1<<64 - 1); got != histSize-1 {
		t.Errorf("the largest value falls into bucket %d", got)
	}
}

func TestQuantilesAgreeWithASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<34), 1, 400).Draw(t, "ns")
		var h Hist
		var s HistSnapshot
		var sum int64
		for _, v := range values {
			h.Record(v)
			sum += v
		}
		h.Snapshot(&s)
		slices.Sort(values)
		if s.Count != uint64(len(values)) || s.Max != values[len(values)-1] || s.Mean() != sum/int64(len(values)) {
			t.Fatalf("count %d, max %d, mean %d", s.Count, s.Max, s.Mean())
		}
		for _, q := range [][2]uint64{{0, 1}, {1, 2}, {9, 10}, {99, 100}, {999, 1000}, {1, 1}} {
			rank := max((len(values)*int(q[0])+int(q[1])-1)/int(q[1]), 1)
			exact := values[rank-1]
			got := s.Quantile(q[0], q[1])
			if got < exact || got > exact+exact/64 {
				t.Fatalf("quantile %d/%d: got %d, exact %d", q[0], q[1], got, exact)
			}
		}
	})
}

func TestHistogramIsReadWhileItIsWritten(t *testing.T) {
	var h Hist
	const n = 20_000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range int64(n) {
			h.Record(i)
		}
	}()
	var s HistSnapshot
	for last := uint64(0); ; last = s.Count {
		h.Snapshot(&s)
		if s.Count < last {
			t.Fatalf("the count went back from %d to %d", last, s.Count)
		}
		if q := s.Quantile(1, 1); q > n {
			t.Fatalf("a quantile of %d, beyond all values", q)
		}
		select {
		case <-done:
			h.Snapshot(&s)
			if s.Count != n || s.Max != n-1 {
				t.Fatalf("at the end count %d, max %d", s.Count, s.Max)
			}
			return
		default:
		}
	}
}
