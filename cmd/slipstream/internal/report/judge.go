package report

import (
	"fmt"
	"slices"

	"slipstream/internal/market"
)

// Judge adds what is broken to Violations and sets OK. What the caller found itself it
// puts into Violations before.
func (d *Demo) Judge(e Expect) {
	must := func(ok bool, format string, args ...any) {
		if !ok {
			d.Violations = append(d.Violations, fmt.Sprintf(format, args...))
		}
	}
	d.judgeOrders(e, must)
	d.judgeFeed(e, must)
	d.judgeParents(e, must)
	if d.Violations == nil {
		d.Violations = []string{} // a machine gets a list, not null
	}
	d.OK = len(d.Violations) == 0
}

// fault notes a violation unless ok.
type fault func(ok bool, format string, args ...any)

func (d *Demo) judgeOrders(e Expect, must fault) {
	if e.Halts {
		must(d.Parents > 0 && d.Parents+d.Refused >= e.Parents, "%d parents accepted and %d requests refused, %d parents were sent", d.Parents, d.Refused, e.Parents)
	} else {
		must(d.Parents == e.Parents, "%d parents accepted, %d were sent", d.Parents, e.Parents)
		must(d.Refused == 0, "%d requests of the desk were refused", d.Refused)
	}
	must(d.ParentsDone == d.Parents, "%d of %d parents ended", d.ParentsDone, d.Parents)
	must(d.Overfill == 0, "%d shares filled beyond a parent's quantity", d.Overfill)
	must(d.Duplicates == 0, "%d child orders were sent twice", d.Duplicates)
	must(d.FilledQty == d.VenueQty, "the desk was told of %d filled shares, the exchange filled %d", d.FilledQty, d.VenueQty)
	must(d.Fills > 0 && d.FilledQty > 0, "nothing was filled")
	must(d.Children > 0, "no child order was sent")
	must(d.TickToOrder.Count > 0, "no latency was measured")
	if e.Amends && !e.Halts {
		must(d.Replaced > 0, "no replace by the desk was accepted")
		must(d.Canceled > 0, "no cancel by the desk was accepted")
	}
}

func (d *Demo) judgeFeed(e Expect, must fault) {
	must(d.BookMismatches == 0, "the daemon's books differ from the exchange's in %d of %d orders", d.BookMismatches, d.BookOrders)
	must(d.PacketsA > 0, "no packet came on line A")
	must(d.PacketsB > 0, "no packet came on line B")
	must(d.Lost == 0, "%d feed messages were lost for good", d.Lost)
	must(d.TapeHash != "", "the exchange gave no tape hash")
	if e.Loss {
		must(d.GapsOneLine > 0, "the lines lose packets, and yet no gap on one line was seen")
	}
	if e.Replays {
		must(d.TapeReplays, "the exchange's log does not give the same tape again")
		must(d.JournalReplays, "the daemon's journal does not give the same outbound bytes again")
	}
}

func (d *Demo) judgeParents(e Expect, must fault) {
	must(len(d.ParentReports) == d.Parents, "%d parents analysed, %d accepted", len(d.ParentReports), d.Parents)
	var filled market.Qty
	algos, sides := map[string]bool{}, map[string]bool{}
	for i := range d.ParentReports {
		r := &d.ParentReports[i]
		filled += r.FilledQty
		algos[r.Algo], sides[r.Side] = true, true
		must(r.FilledQty <= r.Qty, "parent %d filled %d of %d", r.ID, r.FilledQty, r.Qty)
		must(!r.OwnTradesMissing, "parent %d: the exchange's trades do not hold its fills", r.ID)
	}
	must(filled == d.FilledQty, "the parents' fills sum to %d shares, the reports to the desk to %d", filled, d.FilledQty)
	if d.Parents < e.Parents {
		return
	}
	for _, a := range e.Algos {
		must(algos[a.String()], "no parent of %s", a)
	}
	if slices.Contains(e.Algos, market.TWAP) || len(e.Algos) > 1 {
		must(sides["buy"] && sides["sell"], "buys and sells were not both worked")
	}
}
