package tca

import (
	"fmt"
	"io"
	"strings"
)

// column is one column of the table: a head and a width.
type column struct {
	head  string
	width int // negative: left-aligned
}

var columns = []column{
	{"parent", -10}, {"symbol", -6}, {"algo", -7}, {"", 1}, {"side", -4},
	{"qty", 8}, {"done%", 5}, {"IS bps", 7}, {"spread", 7}, {"drift", 7}, {"opport", 7}, {"fees", 5},
	{"vs VWAP", 7}, {"part%", 5}, {"pass%", 5}, {"fills", 5}, {"child", 5},
}

// WriteText prints the report as a table for a terminal, one line per parent and one per
// algorithm, at most 118 columns wide. Costs are positive.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	b.WriteString("Transaction cost in bps of the arrival notional; + is a cost, - a saving.\n" +
		"IS, against the mid at arrival, = spread + drift + opportunity + fees. p passive, t taker.\n\n")
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.head
	}
	row(&b, heads)
	rule(&b)
	for i := range r.Parents {
		row(&b, r.Parents[i].cells())
	}
	rule(&b)
	for i := range r.ByAlgo {
		row(&b, r.ByAlgo[i].cells())
	}
	if len(r.ByAlgo) != 1 {
		row(&b, r.Total.cells())
	}
	fmt.Fprintf(&b, "\n%d of %s complete, %s ordered, shortfall %s\nworst parent %s bps, standard deviation between parents %s bps\n",
		r.Total.Complete, plural(r.Total.Parents, "parent"), dollars(r.Total.NotionalUSD), r.Total.shortfall(),
		r.Total.ISWorstBps.Format(2), r.Total.ISStdBps.Format(2))
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) cells() []string {
	name := r.ClOrdID
	if name == "" {
		name = fmt.Sprint(r.ID)
	}
	return []string{
		name, r.Symbol, r.Algo, r.Tactic[:min(1, len(r.Tactic))], r.Side, group(int64(r.Qty)), percent(Known(r.Completion)),
		r.ISBps.Format(2), r.SpreadBps.Format(2), r.DriftBps.Format(2), r.OpportunityBps.Format(2), r.FeesBps.Format(2),
		r.VWAPSlippageBps.Format(2), percent(r.Participation), percent(r.PassiveShare),
		fmt.Sprint(r.Fills), fmt.Sprint(r.Children),
	}
}

func (t *Totals) cells() []string {
	return []string{
		plural(t.Parents, "parent"), "", t.Algo, "", "", "", percent(t.Completion),
		t.ISBps.Format(2), t.SpreadBps.Format(2), t.DriftBps.Format(2), t.OpportunityBps.Format(2), t.FeesBps.Format(2),
		t.VWAPSlippageBps.Format(2), percent(t.Participation), percent(t.PassiveShare),
		fmt.Sprint(t.Fills), fmt.Sprint(t.Children),
	}
}

func (t *Totals) shortfall() string {
	if !t.ISUSD.OK {
		return "-"
	}
	return dollars(t.ISUSD.V)
}

// row prints cells in their columns; one that is too long loses its middle.
func row(b *strings.Builder, cells []string) {
	var line strings.Builder
	for i, c := range columns {
		if i > 0 {
			line.WriteByte(' ')
		}
		fmt.Fprintf(&line, "%*s", c.width, fit(cells[i], max(c.width, -c.width)))
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}

func rule(b *strings.Builder) {
	n := len(columns) - 1
	for _, c := range columns {
		n += max(c.width, -c.width)
	}
	b.WriteString(strings.Repeat("-", n))
	b.WriteByte('\n')
}

func fit(s string, width int) string {
	if len(s) <= width {
		return s
	}
	tail := (width - 1) / 2
	return s[:width-1-tail] + "~" + s[len(s)-tail:]
}

func percent(n Number) string {
	if n.OK {
		n.V *= 100
	}
	return n.Format(1)
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprint(n, " ", word)
}

// group prints n with a comma every three digits.
func group(n int64) string {
	if n < 0 {
		return "-" + group(-n)
	}
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// dollars prints an amount with two decimals, the sign before the currency.
func dollars(v float64) string {
	if v < 0 {
		return "-" + dollars(-v)
	}
	cents := int64(v*100 + 0.5)
	return fmt.Sprintf("$%s.%02d", group(cents/100), cents%100)
}
