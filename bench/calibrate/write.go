package calibrate

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"slipstream/bench/flow"
)

// notes say of each section where its figures come from; %-verbs are filled from the
// Evidence.
func notes(e *Evidence) map[string]string {
	deeper := fmt.Sprintf("day: deep orders up to %d ticks; beyond, tail_power: J.-P. Bouchaud, M. Mezard, M. Potters, Quantitative Finance 2, 2002 (P(d) ~ d^-1.6).", deepListed)
	if e.Levels < 3 {
		deeper = "day: improve. The day's files show the touch alone: deep is the literature's or another stock's (AMZN, same day)."
	}
	kappa := fmt.Sprintf("day: kappa from %d cancels in queues of at least two known orders, partial.", e.RankPairs)
	if e.RankPairs < 200 {
		kappa = fmt.Sprintf("day: partial. kappa: assumed or another stock's; the day has only %d cancels in queues of two known orders.", e.RankPairs)
	}
	return map[string]string{
		"book": "day: first mid within the hours used, mean spread over time, mean size of orders and trades.",
		"state": fmt.Sprintf("day: cuts at quantiles of time (spread 10, 25, 45, 65, 85 %%; size of the touch thirds).\n"+
			"One day supports %d of %d cells with at least a minute of exposure; every cell is shrunk to its\n"+
			"spread class with the weight of %.0f s, and the size of the touch enters as one factor, not as a\n"+
			"dimension: that takes ten days or more.", e.Cells, e.CellsAll, shrink),
		"rates": fmt.Sprintf("day: %d events, %d trades and %d trades with hidden interest in %.0f s; rows are spread classes,\n"+
			"columns imbalance from all on the other side to all on the own. Bid and ask are pooled. Each table\n"+
			"carries one factor, matched by simulation: improve to the mean spread, cancel_touch to the size of\n"+
			"the touch, market to trades per second, deep to its share of events, cancel_deep to width and depth of the window (tuned).", e.Events, e.Trades, e.Hidden, e.Seconds),
		"volume_factor": "day.",
		"distance":      deeper + "\nmax: assumed; no order arrives farther away.",
		"sizes":         "day: the 24 most frequent sizes above half a percent, and eight quantiles of the others.",
		"market":        "day.",
		"cancel":        kappa + fmt.Sprintf("\nreplace, day: %d orders that went and came back at the same instant on the same side and with the\nsame size; LOBSTER does not tell replaces. deep_ticks: assumed.", e.Replaces),
		"fleeting":      fmt.Sprintf("day: %d orders that were deleted within %g s (J. Hasbrouck, G. Saar, J. Financial Markets 12, 2009).", e.Fleeting, fleetingMax),
		"flicker": fmt.Sprintf("day: again, same from %d fleeting orders that were the touch alone; refill, per tick of the gap; snipe, per tick over 1.\n"+
			"Within a millisecond, snipe within five; delays are ten quantiles; snipe tuned. J. Hasbrouck, G. Saar, J. Financial\n"+
			"Markets 12, 2009 (fleeting orders), S. Frey, P. Sandas, 2009 (iceberg orders).", e.Flicker),
		"hawkes":   "day: nu and weight by expectation-maximisation on the event times, given the intraday curve, then moved\nuntil the same estimator finds them in the simulated hours (nu tuned). tau: fixed\ngrid; 0.1 ms is added to the usual 1 ms to 100 s because half of the day's gaps are below 1 ms.",
		"intraday": "day: events by five minutes, smoothed over 25, mean 1 over the hours used. One day: its own news is in it.",
		"regime":   "day: activity, by a hidden Markov model of the minutes' counts. Not supported by one day: dwell (at least\n2,000 s, tuned) and vol (activity squared), set so that volatility clusters over an hour as in R. Cont,\nQuantitative Finance 1, 2001.",
		"latent": "day: vol, matched by simulation to five-minute returns; unit = the mean spread. Tuned: vol, market, cancel,\n" +
			"improve, join, so that adverse selection and the responses to orders come out.\n" +
			"Not supported by one day: news_per_hour 0.5 to 5 and t(3) jumps: A. Joulin, A. Lefevre, D. Grunberg,\n" +
			"J.-P. Bouchaud, Wilmott 2008; news, common, clamp, learn: set so that impact and its decay come out\n" +
			"(docs/market-model.md).",
		"splitting": "Not supported by one day: alpha 1.5: F. Lillo, S. Mike, J. D. Farmer, Phys. Rev. E 71, 2005.\nalpha, share: tuned on the day's sign memory from 1.5 and 0.85; count: set.",
		"feedback":  "Not supported by one day: form, beta 1.5, tau 50 s: M. Noble, M. Rosenbaum, S. Souilmi, arXiv 2603.24137.\nmarket, limit: set so that impact comes out.",
		"impact":    "day: vol (from five-minute returns), volume (all trades in the files). Not supported by one day:\nthe square-root law per large order, y between 0.5 and 1: B. Toth et al., Phys. Rev. X 1, 2011; Y. Sato,\nK. Kanazawa, arXiv 2411.13965; memory set so that two thirds remain after as long again\n(J.-P. Bouchaud, J. Bonart, J. Donier, M. Gould, \"Trades, Quotes and Prices\", 2018).",
		"redraw":    "Not supported by one day: W. Huang, C.-A. Lehalle, M. Rosenbaum, JASA 110, 2015, whose book is redrawn\nwith a probability after the price moved; here as messages. theta, cancel, follow: tuned.",
	}
}

// Write makes the parameter file: figures, and for each section where they are from.
// ParseReactive reads it back.
func Write(w io.Writer, p *flow.ReactiveParams, e *Evidence) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Parameters of the reactive market model for %s (bench/flow, docs/market-model.md).\n"+
		"# Made by `slipstream calibrate` from %s.\n"+
		"# \"day\" is that day; what one day does not support names its source.\n#\n"+
		"# matched by simulation       day      model\n"+
		"# events per second     %9.3f  %9.3f\n# trades per second     %9.3f  %9.3f\n# mean spread, ticks    %9.3f  %9.3f\n"+
		"# touch, shares         %9.1f  %9.1f\n# window, ticks         %9.2f  %9.2f\n# behind touch, shares  %9.0f  %9.0f\n# vol 1 min, bp/sqrt(s) %9.3f  %9.3f\n# vol 5 min, bp/sqrt(s) %9.3f  %9.3f\n\n",
		p.Symbol, base(e.Source), e.Day.EventsPerSecond, e.Model.EventsPerSecond, e.Day.TradesPerSecond, e.Model.TradesPerSecond,
		e.Day.Spread, e.Model.Spread, e.Day.TouchSize, e.Model.TouchSize, e.Day.Window, e.Model.Window, e.Day.Depth, e.Model.Depth, e.Day.VolMinute, e.Model.VolMinute, e.Day.VolFive, e.Model.VolFive)
	if t := e.Tuned; t != nil {
		fmt.Fprintf(&b, "# Fine-tune on acceptance statistics, %d evaluations of %d sessions: loss %.2f to %.2f, %.2f on other seeds.\n"+
			"# Figures marked (tuned) were turned by:", t.Evaluations, trainSessions, t.Before, t.After, t.Check)
		for i, k := range t.Turned {
			sep := ","
			if i == 0 {
				sep = ""
			}
			if i%6 == 0 {
				sep += "\n#  "
			}
			fmt.Fprintf(&b, "%s %s x%.2f", sep, k.Name, k.By)
		}
		b.WriteString("\n\n")
	}
	all := notes(e)
	v := reflect.ValueOf(*p)
	fmt.Fprintf(&b, "symbol = %q\nactivity = %s # multiplies all rates; matched by simulation to events per second\n", p.Symbol, number(p.Activity))
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("toml")
		if v.Field(i).Kind() != reflect.Struct {
			continue
		}
		b.WriteByte('\n')
		for _, line := range strings.Split(all[name], "\n") {
			fmt.Fprintf(&b, "# %s\n", line)
		}
		section(&b, name, v.Field(i))
	}
	for i := range p.Phases {
		fmt.Fprintf(&b, "\n[[phases]]\n")
		text, err := toml.Marshal(&p.Phases[i])
		if err != nil {
			return err
		}
		b.Write(text)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// section writes a table, and the tables in it after its own keys.
func section(b *bytes.Buffer, name string, v reflect.Value) {
	keys := false
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Struct {
			continue
		}
		if !keys {
			fmt.Fprintf(b, "[%s]\n", name)
			keys = true
		}
		key := v.Type().Field(i).Tag.Get("toml")
		fmt.Fprintf(b, "%s = %s\n", key, value(v.Field(i)))
	}
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Struct {
			section(b, name+"."+v.Type().Field(i).Tag.Get("toml"), v.Field(i))
		}
	}
}

func value(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float64:
		return number(v.Float())
	case reflect.Slice:
		open, sep, end := "[", ", ", "]"
		if v.Len() > 0 && v.Index(0).Kind() == reflect.Slice {
			open, sep, end = "[\n  ", ",\n  ", ",\n]"
		}
		var parts []string
		for i := range v.Len() {
			parts = append(parts, value(v.Index(i)))
		}
		return open + strings.Join(parts, sep) + end
	}
	return fmt.Sprint(v.Interface())
}

// number is a TOML float.
func number(x float64) string {
	s := fmt.Sprintf("%.4g", x)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
