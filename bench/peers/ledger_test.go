package peers

import "testing"

// ledger is what one side told the other of trades, with every repetition counted once.
type ledger struct {
	fills  map[string]int64 // LastQty by ExecID
	orders map[string]int64 // CumQty of the last report by OrderID
}

// ledgerOf reads the reports of some runs of a peer; word is the direction, in or out.
func ledgerOf(t *testing.T, word string, runs ...*process) *ledger {
	t.Helper()
	g := &ledger{fills: map[string]int64{}, orders: map[string]int64{}}
	sums := map[string]int64{}
	for _, p := range runs {
		for _, l := range p.find(word, "35=8") {
			id, order := l.fields[17], l.fields[37]
			if l.fields[14] != "" && order != "NONE" {
				g.orders[order] = max(g.orders[order], l.number(t, 14))
			}
			if l.fields[32] == "" {
				continue
			}
			qty := l.number(t, 32)
			if had, again := g.fills[id]; again {
				if l.fields[43] != "Y" || had != qty {
					t.Errorf("%s: ExecID %s came twice: %s", p.name, id, l.text)
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
func numbersContinue(t *testing.T, wantLogons int, runs ...*process) {
	t.Helper()
	for _, word := range []string{"in", "out"} {
		logons, highest := 0, int64(0)
		for _, p := range runs {
			for _, l := range p.all() {
				if l.word != word || l.fields[43] == "Y" {
					continue
				}
				n := l.number(t, 34)
				if n <= highest {
					t.Errorf("%s: number %d after %d: %s", p.name, n, highest, l.text)
				}
				highest = n
				if l.fields[35] == "A" {
					logons++
					if l.fields[141] == "Y" {
						t.Errorf("%s: a reset: %s", p.name, l.text)
					}
				}
			}
		}
		if logons < wantLogons {
			t.Errorf("%s: %d Logons %s, want %d", runs[0].name, logons, word, wantLogons)
		}
	}
}

// noRejects wants no session Reject but those that were asked for, of either side.
func noRejects(t *testing.T, want int, runs ...*process) {
	t.Helper()
	got := 0
	for _, p := range runs {
		for _, word := range []string{"in", "out"} {
			for _, l := range p.find(word, "35=3") {
				if got++; got > want || word == "out" {
					t.Errorf("%s: Reject %s: %s", p.name, word, l.text)
				}
			}
			for _, l := range p.find(word, "35=j") {
				t.Errorf("%s: BusinessMessageReject %s: %s", p.name, word, l.text)
			}
		}
	}
}
