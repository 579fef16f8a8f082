package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"slipstream/bench/accept"
	"slipstream/bench/flow/record"
	"slipstream/cmd/slipstream/internal/term"
)

// newAccept is `slipstream accept --lobster ZIP [--model NAME] [--params FILE] [--seeds N]
// [--json] [--html FILE] [--export DIR] [--force]`.
func newAccept() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accept",
		Short: "Judge a simulated market against a real day, in twenty tests",
		Long: `accept runs a model of the simulated exchange and compares it with a LOBSTER day:
distributions, memory, volatility, adverse selection, response to orders; then what a day cannot
show: impact of large orders against a twin without them, its relaxation, whether simple strategies
make money, determinism and speed. docs/acceptance.md explains each test.

Models: reactive (parameters of --params, or those built in for the stock), poisson
(Cont-Stoikov-Talreja, estimated on the day) and queue-reactive (the published case).
SLIPSTREAM_LONG=1 runs 500 seeds and a minute of speed. A failed test does not change the exit code
unless --strict is given.`,
		Example: "  slipstream accept --lobster LOBSTER_SampleFile_AMZN_2012-06-21_5.zip --html report.html",
		Args:    cobra.NoArgs,
	}
	var o accept.Options
	f := cmd.Flags()
	f.StringVar(&o.LOBSTER, "lobster", "", "zip of the LOBSTER day (required)")
	f.StringVar(&o.Model, "model", "reactive", "reactive, poisson or queue-reactive")
	f.StringVar(&o.Params, "params", "", "parameter file of the model (default: built in)")
	f.IntVar(&o.Seeds, "seeds", 0, "seeds for each size of a metaorder (default 60)")
	f.BoolVar(&o.Quick, "quick", false, "a smoke test of seconds: too little to judge")
	page := f.String("html", "", "write the page with the plots to this file")
	dir := f.String("export", "", "write the model's sessions as LOBSTER files into this folder")
	force := f.Bool("force", false, "replace the page if it is there")
	strict := f.Bool("strict", false, "exit code 1 when a test fails")
	asJSON := jsonFlag(cmd)
	required(cmd, "lobster")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.Seeds < 0 || o.Seeds > accept.MaxSeeds {
			return usageError{fmt.Errorf("--seeds %d: want 1 to %d", o.Seeds, accept.MaxSeeds)}
		}
		progress := term.NewProgress(cmd.ErrOrStderr())
		defer progress.Done()
		o.Progress = func(what string) { progress.Update(0, 0, "%s", what) }
		r, err := accept.Run(o)
		if err != nil {
			return err
		}
		if *dir != "" {
			o.Progress("export")
			if err := exportModel(&o, *dir); err != nil {
				return err
			}
		}
		progress.Done()
		if *page != "" {
			if err := writeFile(*page, *force, func(w io.Writer) error { return r.HTML(w) }); err != nil {
				return err
			}
		}
		if *asJSON {
			err = printJSON(cmd.OutOrStdout(), r)
		} else {
			err = r.Text(cmd.OutOrStdout())
		}
		if failed := len(r.Tests) - r.Passed; err == nil && *strict && failed > 0 {
			return shown(fmt.Errorf("%d of %d tests fail", failed, len(r.Tests)))
		}
		return err
	}
	return cmd
}

// exportModel writes two sessions of the model over the whole of the day's hours.
func exportModel(o *accept.Options, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	day, err := record.FromLobster(o.LOBSTER)
	if err != nil {
		return err
	}
	m, err := accept.NewModel(o.Model, o.Params, day)
	if err != nil {
		return err
	}
	_, err = accept.ExportModel(dir, m, day, 2)
	return err
}
