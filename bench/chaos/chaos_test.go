package chaos

import (
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	flagCase = flag.String("chaos.case", "", "play this one case, with a trace")
	flagSeed = flag.Uint64("chaos.seed", 1, "seed of all cases")
	flagStep = flag.Int("chaos.step", 2, "bytes between the offsets played; 1 = all")
)

// TestPure plays every second byte offset of the day (-chaos.step=1: every one), in both
// directions, with every fault.
func TestPure(t *testing.T) {
	if *flagCase != "" {
		c, err := ParseCase(*flagCase)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(c, t.Logf)
		t.Logf("%+v", res)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	quiet, err := Run(Case{Offset: 1 << 40, Seed: *flagSeed}, nil)
	if err != nil {
		t.Fatalf("a day without a fault: %v", err)
	}
	if quiet.Struck || quiet.Lost != 0 || quiet.Connections != 1 {
		t.Fatalf("a day without a fault: %+v", quiet)
	}
	step := max(1, *flagStep)
	if testing.Short() {
		step = 7
	}
	var struck, violations, lost, operator atomic.Int64
	var kinds [FaultCount]atomic.Int64
	cases := make(chan Case, 256)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for c := range cases {
				res, err := Run(c, nil)
				if err != nil {
					if violations.Add(1) <= 10 {
						t.Errorf("%v\n  again: go test ./bench/chaos -run TestPure -v -chaos.case=%v", err, c)
					}
					continue
				}
				if res.Struck {
					struck.Add(1)
					kinds[c.Fault].Add(1)
				}
				lost.Add(int64(res.Lost))
				operator.Add(int64(res.Operator))
			}
		})
	}
	for d := range Direction(2) {
		for offset := 1; offset <= quiet.Bytes[d]; offset += step {
			for f := range FaultCount {
				cases <- Case{d, offset, f, *flagSeed}
			}
		}
	}
	close(cases)
	wg.Wait()
	if step <= 2 && struck.Load() < 10_000 {
		t.Errorf("only %d faults struck, want 10000", struck.Load())
	}
	if lost.Load() == 0 || operator.Load() == 0 {
		t.Error("no order was ever lost, or no loud stop ever happened: the faults are too mild")
	}
	text := ""
	for f := range FaultCount {
		text += fmt.Sprintf(" %v %d", f, kinds[f].Load())
	}
	t.Logf("%d faults at %d+%d byte offsets (%s ), %d violations; %d orders lost and known as lost, %d loud stops",
		struck.Load(), quiet.Bytes[0], quiet.Bytes[1], text, violations.Load(), lost.Load(), operator.Load())
}
