package demo

import (
	"fmt"
	"path/filepath"

	"slipstream/bench/exchange"
	"slipstream/bench/review"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/report"
	"slipstream/cmd/slipstream/internal/venue"
	"slipstream/engine/journal"
	"slipstream/internal/market"
)

// judge compares what exchange, daemon and desk say of the run, replays tape and
// journal, prices the parents, and lists what is broken.
func judge(dir string, o *Options, out *outcome) (*report.Demo, error) {
	var v venue.Report
	var f daemon.Final
	if err := readJSON(dir, "venue.json", &v); err != nil {
		return nil, err
	}
	if err := readJSON(dir, "daemon.json", &f); err != nil {
		return nil, err
	}
	d := &report.Demo{
		Seconds: float64(o.Seconds), Seed: o.Seed, Flow: o.title(), Network: o.Network,
		Parents: int(f.Stats.Parents), ParentsDone: int(f.Stats.ParentsDone), Replaced: int(f.Stats.ParentsReplaced),
		Children: int(f.Stats.Children), Fills: int(f.Stats.Fills), FilledQty: f.Stats.FilledQty,
		VenueQty: v.FilledQty, Overfill: f.Stats.Overfill, Duplicates: int(v.Gate.DuplicateClOrdIDs), RiskDenied: f.Stats.Denied,
		PacketsA: f.Stats.Feed.Packets[0], PacketsB: f.Stats.Feed.Packets[1],
		GapsOneLine:   f.Stats.Feed.GapsOneLine[0] + f.Stats.Feed.GapsOneLine[1],
		GapsBothLines: f.Stats.Feed.GapsBothLines, Recovered: f.Stats.Feed.Recovered, Lost: f.Stats.Feed.Lost,
		KernelDrops: f.Counters["kernel_drops_a"] + f.Counters["kernel_drops_b"],
		TapeHash:    v.Dump.TapeHash, Violations: out.found,
	}
	l := f.Latencies["tick_to_order"]
	d.TickToOrder = report.Latency{Count: l.Count, P50: l.P50, P99: l.P99, P999: l.P999, Max: l.Max}
	fault := func(format string, args ...any) { d.Violations = append(d.Violations, fmt.Sprintf(format, args...)) }

	compareBooks(d, &f, v.Dump, fault)
	compareDesk(d, &f, out, fault)
	var err error
	if d.TapeReplays, d.Market, err = rebuild(dir, o, &v); err != nil {
		fault("the tape cannot be rebuilt: %v", err)
	}
	day, err := replay(filepath.Join(dir, "daemon.state", "journal"))
	if err != nil {
		fault("the journal cannot be replayed: %v", err)
	} else {
		d.JournalReplays = day.Replay.Mismatches == 0 && day.Replay.Clean
		d.Costs(day.Costs)
	}
	d.Judge(report.Expect{
		Parents: len(parents), Algos: []market.Algo{market.TWAP, market.VWAP, market.POV, market.IS, market.LEARNED},
		Loss: losses(o, d) >= 20, Amends: true, Replays: true, Halts: o.halts,
	})
	return d, nil
}

// losses is how many packets the lines were to lose: of 20 or more not one is lost, or
// all of them on both lines, in no run of a lifetime.
func losses(o *Options, d *report.Demo) uint64 {
	return (d.PacketsA + d.PacketsB) * uint64(o.LossPpm) / 1_000_000
}

// compareBooks counts the orders that differ between the daemon's books and the
// exchange's, place by place in the queues.
func compareBooks(d *report.Demo, f *daemon.Final, dump *exchange.Dump, fault func(string, ...any)) {
	if f.NextSeq != dump.LastSequence+1 {
		fault("the daemon expects feed message %d next, the exchange's last is %d", f.NextSeq, dump.LastSequence)
	}
	if len(f.Books) != len(dump.Books) {
		fault("the daemon has %d books, the exchange %d", len(f.Books), len(dump.Books))
		return
	}
	for i := range dump.Books {
		theirs, ours := &dump.Books[i], &f.Books[i]
		if ours.Trust != "good" {
			fault("the daemon's book of %s is %s", ours.Symbol, ours.Trust)
		}
		d.BookOrders += len(theirs.Bids) + len(theirs.Asks)
		n := differ(ours.Bids, theirs.Bids) + differ(ours.Asks, theirs.Asks)
		d.BookMismatches += n
		if n == 0 && ours.Hash != theirs.Hash {
			fault("%s: the same orders, but other hashes", ours.Symbol)
		}
	}
}

func differ(ours []daemon.Order, theirs []exchange.OrderDump) int {
	n := 0
	for i := range max(len(ours), len(theirs)) {
		if i >= len(ours) || i >= len(theirs) || ours[i] != daemon.Order(theirs[i]) {
			n++
		}
	}
	return n
}

// compareDesk holds the desk's view against the daemon's.
func compareDesk(d *report.Demo, f *daemon.Final, out *outcome, fault func(string, ...any)) {
	for _, text := range out.desk.Violations {
		fault("the desk: %s", text)
	}
	if !out.desk.Complete {
		fault("the desk: not every parent ended in time")
	}
	var told market.Qty
	fills := 0
	for _, p := range out.desk.Parents {
		told += p.CumQty
		fills += len(p.Fills)
		d.Refused += p.Refused
		switch p.StatusText {
		case "canceled":
			d.Canceled++
		case "rejected":
			d.Refused++
		}
	}
	if told != d.FilledQty || fills != d.Fills {
		fault("the desk was told of %d fills and %d shares, the daemon counts %d and %d", fills, told, d.Fills, d.FilledQty)
	}
	if n := f.Stats.UnknownReports; n != 0 {
		fault("%d reports of the exchange were about orders the daemon does not know", n)
	}
	for _, c := range []string{"reports_lost", "journal_lost"} {
		if n := f.Counters[c]; n != 0 {
			fault("%s is %d", c, n)
		}
	}
}

// replay puts the journal through a fresh engine.
func replay(folder string) (*review.Result, error) {
	r, err := journal.Open(folder, "")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return daemon.Review(folder, r, filepath.Join(folder, "..", daemon.PoliciesFolder))
}
