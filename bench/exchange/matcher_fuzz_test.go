package exchange

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzMatcher lets the fuzzer choose the requests: matcher, reference and the book
// built from the tape must agree.
func FuzzMatcher(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		p, err := newPair(testConfig())
		if err != nil {
			t.Fatal(err)
		}
		n := func(k int) int {
			if len(data) == 0 {
				return 0
			}
			v := int(data[0]) % k
			data = data[1:]
			return v
		}
		for len(data) > 0 {
			q := p.draw(n)
			if err := p.step(&q); err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
			if err := p.compareBooks(); err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
		}
	})
}

// FuzzLog opens any bytes as an event log, with a good header in front or not, and any
// payload as a record: it must open or refuse, never fail otherwise, and what opened
// must open again.
func FuzzLog(f *testing.F) {
	q := Request{Kind: KindNew, Owner: 1, ClientRef: 1, Side: 1, Qty: 10, Price: 100_000_000_000}
	f.Add(false, []byte("not a log"))
	f.Add(true, appendRequest(nil, testConfig().Start+5, &q))
	f.Add(true, appendTime(nil, recMark, testConfig().Start+7))
	f.Fuzz(func(t *testing.T, framed bool, data []byte) {
		dir := t.TempDir()
		if framed {
			if len(data) >= 9 && data[0] != recHeader {
				// Times of a day at most, or replay would be asked for a year.
				copy(data[1:], appendTime(nil, 0, testConfig().Start+1e6)[1:])
			}
			v, err := openVenue(t, dir, newPulseConfig())
			if err != nil {
				t.Fatal(err)
			}
			v.l.Close()
			head, err := os.ReadFile(filepath.Join(dir, logFile))
			if err != nil {
				t.Fatal(err)
			}
			data = appendFrame(head, data)
		}
		if err := os.WriteFile(filepath.Join(dir, logFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		v, err := openVenue(t, dir, newPulseConfig())
		if err != nil {
			return
		}
		hash := v.m.TapeHash()
		v.l.Close()
		again, err := openVenue(t, dir, newPulseConfig())
		if err != nil {
			t.Fatalf("opened once, then: %v", err)
		}
		defer again.l.Close()
		if again.m.TapeHash() != hash {
			t.Fatal("two replays differ")
		}
	})
}
