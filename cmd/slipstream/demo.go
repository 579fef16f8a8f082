package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"slipstream/bench/flow"
	"slipstream/cmd/slipstream/internal/demo"
	"slipstream/cmd/slipstream/internal/term"
	"slipstream/internal/netns"
)

// demoPlace is where the demo runs; main sets it.
var demoPlace = netns.Place{Reason: "not asked for"}

// enterNamespace moves `slipstream demo` into a network namespace of its own, where the
// kernel allows it. done: a child did the work and ended with code.
func enterNamespace(args []string) (code int, done bool) {
	if len(args) == 0 || args[0] != "demo" {
		return 0, false
	}
	demoPlace, code, done = netns.Reexec()
	return code, done
}

// newDemo is `slipstream demo`.
func newDemo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Work parent orders end to end on this machine, and check every invariant",
		Long: `demo starts a simulated exchange, the daemon and a desk as three processes, inside a network
namespace of its own where the kernel allows it. The market reacts to our orders, with parameters
calibrated on AMZN and AAPL; --scenario changes its weather, --flow and --lobster put another one in
its place. The desk sends parents of every algorithm, buys and sells, replaces one and cancels one.
It ends with a transaction-cost report.

The exit code is 1 if any invariant is broken: a share overfilled, lost or told twice, a book that
differs from the exchange's in one order, an order sent twice, a tape or a journal that does not
replay to the same bytes.`,
		Example: `  slipstream demo
  slipstream demo --seconds 20 --json
  slipstream demo --scenario flash-crash
  slipstream demo --lobster AMZN_2012-06-21.zip --from 10:00:00 --speed 20`,
		Args: cobra.NoArgs,
	}
	var o demo.Options
	cmd.Flags().Int64Var(&o.Seconds, "seconds", 20, "length of the trading, in seconds")
	cmd.Flags().Int64Var(&o.Seed, "seed", 1, "of the background flow and of the lines' faults")
	cmd.Flags().StringVar(&o.Flow, "flow", "", "background: "+strings.Join(demo.Flows, ", ")+" (default "+demo.Flows[0]+")")
	cmd.Flags().StringVar(&o.Scenario, "scenario", "", "change of the reactive market: "+strings.Join(flow.Scenarios(), ", "))
	cmd.Flags().StringVar(&o.Lobster, "lobster", "", "LOBSTER zip: replay a real day as the background")
	cmd.Flags().StringVar(&o.From, "from", "10:00:00", "time of day at which the exchange opens")
	cmd.Flags().Int64Var(&o.Speed, "speed", 0, "market seconds per second of the clock; 0 = 1, and for the reactive market what shows 5 minutes, or the scenario, whole")
	cmd.Flags().Int64Var(&o.LossPpm, "loss-ppm", 5000, "packets lost on each line, per million")
	keep := cmd.Flags().String("keep", "", "folder for configurations, logs, journal and event log (default: a temporary one, removed if all is well)")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.Validate(); err != nil {
			return usageError{err}
		}
		o.Network = demoPlace.String()
		program, err := os.Executable()
		if err != nil {
			return err
		}
		dir, remove, err := demoFolder(*keep)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		progress := term.NewProgress(cmd.ErrOrStderr())
		result, err := demo.Run(ctx, program, dir, o, progress)
		progress.Done()
		if err != nil {
			return fmt.Errorf("%w\nlogs and configurations are in %s", err, dir)
		}
		if *asJSON {
			err = printJSON(cmd.OutOrStdout(), result)
		} else {
			err = result.WriteText(cmd.OutOrStdout())
		}
		if err == nil && !result.OK {
			fmt.Fprintf(cmd.ErrOrStderr(), "slipstream: the demo failed; logs, journal and event log are in %s\n", dir)
			return shown(errors.New("an invariant is broken"))
		}
		if err == nil && remove {
			err = os.RemoveAll(dir)
		}
		return err
	}
	return cmd
}

// demoFolder is the folder to keep, which must be new or empty, or a temporary one.
func demoFolder(keep string) (dir string, remove bool, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "slipstream-demo-")
		return dir, true, err
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		return "", false, err
	}
	if list, err := os.ReadDir(keep); err != nil || len(list) > 0 {
		return "", false, usageError{fmt.Errorf("--keep %s: want a new or an empty folder (%d entries, %v)", keep, len(list), err)}
	}
	return keep, false, nil
}
