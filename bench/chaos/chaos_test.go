package chaos

import (
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"slipstream/fix/session"
	"slipstream/fix/wire"
)

var (
	flagCase = flag.String("chaos.case", "", "play this one case, with a trace")
	flagSeed = flag.Uint64("chaos.seed", 1, "seed of all cases")
	flagStep = flag.Int("chaos.step", 1, "bytes between the offsets played; 1 = all")
)

// TestPure plays every byte offset of the day, in both directions, with every fault.
func TestPure(t *testing.T) {
	t.Parallel()
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
	var struck, violations, lost, operator, spliced atomic.Int64
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
				if res.Spliced {
					spliced.Add(1)
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
	if step <= 3 && struck.Load() < 10_000 {
		t.Errorf("only %d faults struck, want 10000", struck.Load())
	}
	if lost.Load() == 0 || operator.Load() == 0 {
		t.Error("no order was ever lost, or no loud stop ever happened: the faults are too mild")
	}
	if spliced.Load() > struck.Load()/1000 {
		t.Errorf("%d days given up for a spliced message", spliced.Load())
	}
	text := ""
	for f := range FaultCount {
		text += fmt.Sprintf(" %v %d", f, kinds[f].Load())
	}
	t.Logf("%d faults at %d+%d byte offsets (%s ), %d violations; %d orders lost and known as lost, %d loud stops, %d spliced",
		struck.Load(), quiet.Bytes[0], quiet.Bytes[1], text, violations.Load(), lost.Load(), operator.Load(), spliced.Load())
}

// TestTheJudgesCatch: what must not happen is seen when it does.
func TestTheJudgesCatch(t *testing.T) {
	message := func(text string) []byte {
		body := strings.ReplaceAll(text, "|", "\x01")
		return wire.AppendTrailer(fmt.Appendf(nil, "8=FIX.4.4\x019=%d\x01%s", len(body), body), 0)
	}
	const order, report = "49=A|52=20261103-14:30:00|56=B|11=O1|55=X|", "49=A|52=20261103-14:30:00|56=B|37=1|11=O1|17=E1|"
	for _, c := range []struct {
		name string
		sent []string
		want string
	}{
		{"a number used again", []string{"35=D|34=2|" + order, "35=8|34=2|" + report}, "used number 2 again"},
		{"a number that goes back", []string{"35=0|34=5|", "35=0|34=4|"}, "used number 4 again"},
		{"an order sent again", []string{"35=D|34=2|" + order, "35=D|34=2|43=Y|" + order}, "sent an order again"},
		{"another content under an old number", []string{"35=8|34=2|" + report, "35=8|34=2|43=Y|" + strings.Replace(report, "E1", "E2", 1)}, "another content"},
		{"a new message among resent ones", []string{"35=8|34=2|" + report, "35=8|34=3|" + report, "35=8|34=2|43=Y|" + report, "35=8|34=4|" + report, "35=8|34=3|43=Y|" + report}, "among resent"},
		{"bytes that are no message", []string{"", "junk"}, "no message"},
		{"a resent report", []string{"35=8|34=2|" + report, "35=8|34=2|43=Y|" + report}, ""},
	} {
		j := judge{sent: map[uint64]string{}}
		var err error
		for _, text := range c.sent {
			b := message(text)
			if text == "junk" {
				b = []byte(text)
			}
			var m wire.Message
			if wire.Parse(b, &m) == wire.FaultNone {
				if seq, _ := m.MsgSeqNum(); j.sent[seq] == "" {
					j.record(seq, b)
				}
			}
			if text != "" && err == nil {
				err = j.read(b, func(string, ...any) {})
			}
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	book := func(change func(*world)) error {
		w := &world{client: client{state: map[string]byte{}, fills: map[string]int{"E1": 1}}, venue: venue{orders: map[string]int{}, fills: map[string]bool{"E1": true}}}
		for i := range Orders {
			w.client.state[clOrdID(i)], w.venue.orders[clOrdID(i)] = 'v', 1
		}
		change(w)
		return w.verdict()
	}
	for name, change := range map[string]func(*world){
		"a fill is lost":            func(w *world) { delete(w.client.fills, "E1") },
		"a fill comes twice":        func(w *world) { w.client.fills["E1"] = 2 },
		"a fill that never was":     func(w *world) { w.client.fills["E2"] = 1 },
		"an order thought lost":     func(w *world) { w.client.state[clOrdID(3)] = 'l' },
		"an order thought there":    func(w *world) { delete(w.venue.orders, clOrdID(3)) },
		"an order of unknown state": func(w *world) { w.client.state[clOrdID(3)] = 0 },
	} {
		if book(change) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
	if err := book(func(*world) {}); err != nil {
		t.Errorf("a good day: %v", err)
	}
	v := venue{orders: map[string]int{"O1": 1}, fills: map[string]bool{}}
	var m wire.Message
	if wire.Parse(message("35=D|34=9|"+order), &m); v.take(&m) == nil {
		t.Error("an order that reaches the venue twice is not seen")
	}
	var g grow
	var st session.State
	st.Reset(5, 5)
	if err := g.check(&st); err != nil {
		t.Error(err)
	}
	st.Reset(4, 5)
	if g.check(&st) == nil {
		t.Error("a number that goes back is not seen")
	}
}
