package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"slipstream/bench/tca"
)

// WriteText prints the report as a page for a terminal.
func (d *Demo) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Demo of %.0f s: %s, seed %d, in %s\n\n", d.Seconds, d.Flow, d.Seed, d.Network)
	d.Market.write(&b)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-16s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("parents", "%d of %d done, %d replaced and %d canceled by the desk, %d requests refused", d.ParentsDone, d.Parents, d.Replaced, d.Canceled, d.Refused)
	line("child orders", "%d sent, %d fills, %d shares; %d denied by the risk gate", d.Children, d.Fills, d.FilledQty, d.RiskDenied)
	line("feed", "%d packets on A, %d on B, %d dropped by the kernel; %d gaps on one line, %d on both", d.PacketsA, d.PacketsB, d.KernelDrops, d.GapsOneLine, d.GapsBothLines)
	line("", "%d messages recovered, %d lost", d.Recovered, d.Lost)
	line("books", "%d orders compared, %d differ", d.BookOrders, d.BookMismatches)
	line("tick to order", "p50 %s  p99 %s  p99.9 %s  max %s  (%d orders)", span(d.TickToOrder.P50), span(d.TickToOrder.P99),
		span(d.TickToOrder.P999), span(d.TickToOrder.Max), d.TickToOrder.Count)
	line("tape", "%s, %s", d.TapeHash, replays(d.TapeReplays))
	line("journal", "%s", replays(d.JournalReplays))
	b.WriteByte('\n')
	if d.Total != nil {
		costs := tca.Report{Parents: d.ParentReports, ByAlgo: d.ByAlgo, Total: *d.Total}
		if err := costs.WriteText(&b); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	if len(d.Violations) == 0 {
		b.WriteString("Every invariant held: nothing overfilled, lost, sent twice or different on replay.\n")
	} else {
		fmt.Fprintf(&b, "FAILED, %d broken:\n", len(d.Violations))
		for _, v := range d.Violations {
			fmt.Fprintf(&b, "  - %s\n", v)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// write says which market it was, and what happened in it by stock.
func (m *Market) write(b *strings.Builder) {
	if m == nil {
		return
	}
	fmt.Fprintf(b, "  %-16s %s from %s, %.0f s at %dx: %s\n", "market", m.name(), m.From, m.Seconds, m.Speed, m.Parameters)
	for i := range m.Instruments {
		in := &m.Instruments[i]
		fmt.Fprintf(b, "  %-16s %.1f events/s in five levels, %.2f trades/s, spread %.1f ticks (%.1f bps), mid %.2f to %.2f\n",
			in.Symbol, in.EventsPerSecond, in.TradesPerSecond, in.SpreadTicks, in.SpreadBps, in.OpenMid, in.CloseMid)
	}
	b.WriteByte('\n')
}

func (m *Market) name() string {
	if m.Scenario != "" {
		return m.Model + ", scenario " + m.Scenario + ","
	}
	return m.Model
}

func replays(ok bool) string {
	if ok {
		return "replays to the same bytes"
	}
	return "does NOT replay to the same bytes"
}

// span prints nanoseconds with three digits or so.
func span(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d >= 10*time.Microsecond:
		return d.Round(100 * time.Nanosecond).String()
	}
	return d.Round(10 * time.Nanosecond).String()
}
