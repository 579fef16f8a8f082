package peers

import (
	"testing"

	"slipstream/internal/scene"
)

// ledger is what one side told the other of trades, with every repetition counted once.
type ledger struct {
	fills  map[string]int64 // LastQty by ExecID
	orders map[string]int64 // CumQty of the last report by OrderID
}

// ledgerOf reads the reports of some runs of a peer; word is the direction, in or out.
func ledgerOf(t *testing.T, word string, runs ...*scene.Process) *ledger {
	t.Helper()
	g := &ledger{fills: map[string]int64{}, orders: map[string]int64{}}
	sums := map[string]int64{}
	for _, p := range runs {
		for _, l := range p.Find(word, "35=8") {
			id, order := l.Fields[17], l.Fields[37]
			if l.Fields[14] != "" && order != "NONE" {
				g.orders[order] = max(g.orders[order], l.Number(t, 14))
			}
			if l.Fields[32] == "" {
				continue
			}
			qty := l.Number(t, 32)
			if had, again := g.fills[id]; again {
				if l.Fields[43] != "Y" || had != qty {
					t.Errorf("%s: ExecID %s came twice: %s", p.Name, id, l.Text)
				}
				continue
			}
			g.fills[id] = qty
			sums[order] += qty
		}
	}
	for order, cum := range g.orders {
		if sums[order] != cum {
			t.Errorf("order %s: fills of %d shares, CumQty is %d", order, sums[order], cum)
		}
	}
	return g
}

func (g *ledger) qty() (sum int64) {
	for _, q := range g.fills {
		sum += q
	}
	return sum
}

// numbersContinue wants each Logon that a peer sends or gets, after the first, to go on
// where its direction was, without a reset.
func numbersContinue(t *testing.T, wantLogons int, runs ...*scene.Process) {
	t.Helper()
	for _, word := range []string{"in", "out"} {
		logons, highest := 0, int64(0)
		for _, p := range runs {
			for _, l := range p.All() {
				if l.Word != word || l.Fields[43] == "Y" {
					continue
				}
				n := l.Number(t, 34)
				if n <= highest {
					t.Errorf("%s: number %d after %d: %s", p.Name, n, highest, l.Text)
				}
				highest = n
				if l.Fields[35] == "A" {
					logons++
					if l.Fields[141] == "Y" {
						t.Errorf("%s: a reset: %s", p.Name, l.Text)
					}
				}
			}
		}
		if logons < wantLogons {
			t.Errorf("%s: %d Logons %s, want %d", runs[0].Name, logons, word, wantLogons)
		}
	}
}

// noRejects wants no session Reject but those that were asked for, of either side.
func noRejects(t *testing.T, want int, runs ...*scene.Process) {
	t.Helper()
	got := 0
	for _, p := range runs {
		for _, word := range []string{"in", "out"} {
			for _, l := range p.Find(word, "35=3") {
				if got++; got > want || word == "out" {
					t.Errorf("%s: Reject %s: %s", p.Name, word, l.Text)
				}
			}
			for _, l := range p.Find(word, "35=j") {
				t.Errorf("%s: BusinessMessageReject %s: %s", p.Name, word, l.Text)
			}
		}
	}
}
