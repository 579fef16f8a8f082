package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"slipstream/bench/flow"
)

// The background flows of a demo, by the names of the exchange's configuration.
const (
	reactive      = "reactive"
	queueReactive = "queue-reactive"
	poisson       = "poisson"
	lobster       = "lobster"
)

// Flows are what --flow takes.
var Flows = []string{reactive, queueReactive, poisson}

// Bounds of the speed, and of the market time that a run shows when nobody chooses one, in
// seconds.
const (
	maxSpeed  = 1000
	courseMin = 300  // a stock trades every few seconds
	courseMax = 1800 // a phase that lasts longer is weather, no course
)

// listed are the symbols of a demo without a day of its own: those whose parameters
// are built in, the livelier one second.
var listed = []string{"AMZN", "AAPL"}

// market completes the options with the flow, what is listed and the speed.
func (o *Options) market() error {
	from, err := time.Parse("15:04:05", o.From)
	if err != nil {
		return fmt.Errorf("--from %q: want HH:MM:SS", o.From)
	}
	switch {
	case o.Lobster != "" && o.Flow != "":
		return fmt.Errorf("--flow %s and --lobster %s: give one of them", o.Flow, o.Lobster)
	case o.Lobster != "":
		o.Flow = lobster
	case o.Flow == "":
		o.Flow = reactive
	case !slices.Contains(Flows, o.Flow):
		return fmt.Errorf("--flow %q: want %s, or a day with --lobster", o.Flow, strings.Join(Flows, ", "))
	}
	if o.Scenario != "" && o.Flow != reactive {
		return fmt.Errorf("--scenario %s: scenarios are of the reactive market, and the flow is %s", o.Scenario, o.Flow)
	}
	o.listed = listed
	if o.Flow == lobster {
		since := from.Sub(from.Truncate(24 * time.Hour))
		f, err := flow.NewLobster(o.Lobster, uint64(since))
		if err != nil {
			return fmt.Errorf("--lobster and --from: %w: want a LOBSTER zip (message and order book file), and a time of its day", err)
		}
		defer f.Close()
		symbol := f.Symbol()
		o.listed = []string{symbol.String()}
	}
	return o.pace()
}

// pace finds out what the scenario does, and chooses the speed when it is left open: for
// the market of a real stock what shows enough of it, and its scenario whole, within the
// run; for the others the clock's.
func (o *Options) pace() error {
	course := int64(courseMin)
	if o.Scenario != "" {
		p, err := flow.DefaultReactive(listed[0])
		if err != nil {
			return err
		}
		if p, err = flow.Scenario(o.Scenario, p); err != nil {
			return fmt.Errorf("--scenario: %w", err)
		}
		for _, f := range p.Phases {
			o.halts = o.halts || f.Halt
			if f.To-f.From < courseMax { // within the part of the run in which parents are worked
				course = max(course, int64(f.To)*5/4)
			}
		}
	}
	if o.Speed == 0 && (o.Flow == reactive || o.Flow == queueReactive) {
		o.Speed = min((course+o.Seconds-1)/o.Seconds, maxSpeed)
	}
	o.Speed = max(o.Speed, 1)
	return nil
}

// title says in a few words what drives the market.
func (o *Options) title() string {
	switch o.Flow {
	case lobster:
		return "replayed day"
	case reactive:
		if o.Scenario != "" {
			return "reactive market, scenario " + o.Scenario
		}
		return "reactive market"
	}
	return o.Flow + " flow"
}
