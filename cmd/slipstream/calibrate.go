package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"slipstream/bench/calibrate"
	"slipstream/bench/flow"
	"slipstream/bench/flow/record"
	"slipstream/cmd/slipstream/internal/term"
	"slipstream/internal/market"
)

// newCalibrate is `slipstream calibrate FILE [--itch --symbol S] [--out FILE] [--evaluations N] [--json]`.
func newCalibrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calibrate FILE",
		Short: "Fit the reactive market model to a day of data",
		Long: `calibrate reads a LOBSTER day (the zip with message and order book file), or with --itch
one symbol of an ITCH 5.0 file that starts with the day, and fits the parameters of the
reactive market model. The file that it writes says of each section what the day supports
and what is taken from the literature; 'reactive_file' of the exchange's configuration
reads it. Figures are written, data never. The fine-tune at the end takes three minutes of
a core; --evaluations bounds it.`,
		Example: "  slipstream calibrate LOBSTER_SampleFile_AMZN_2012-06-21_5.zip --out amzn.toml\n" +
			"  slipstream calibrate 12302019.NASDAQ_ITCH50.gz --itch --symbol AMZN --out amzn.toml",
		Args: oneFile,
	}
	asITCH := cmd.Flags().Bool("itch", false, "FILE is ITCH 5.0 with two-byte length framing")
	symbol := cmd.Flags().String("symbol", "", "symbol to take from an ITCH file")
	out := cmd.Flags().String("out", "params.toml", "file to write")
	force := cmd.Flags().Bool("force", false, "replace the file if it is there")
	rounds := cmd.Flags().Int("rounds", calibrate.DefaultRounds, "rounds of simulation in which the global figures are matched, 1 to 50; 1 only measures them")
	evaluations := cmd.Flags().Int("evaluations", calibrate.DefaultEvaluations, "of the joint fine-tune by simulation after them, 0 to 5000; about two seconds of processor time each")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *rounds < 1 || *rounds > 50:
			return fmt.Errorf("--rounds %d: want 1 to 50", *rounds)
		case *evaluations < 0 || *evaluations > 5000:
			return fmt.Errorf("--evaluations %d: want 0 to 5000", *evaluations)
		case *asITCH && (*symbol == "" || len(*symbol) > 8):
			return errors.New("--itch needs --symbol, of 1 to 8 characters")
		case !*asITCH && *symbol != "":
			return errors.New("--symbol is for --itch: a LOBSTER file has one symbol")
		}
		progress := term.NewProgress(cmd.ErrOrStderr())
		defer progress.Done()
		progress.Update(0, 0, "reading %s", args[0])
		day, err := readDay(args[0], *asITCH, *symbol)
		if err != nil {
			return err
		}
		progress.Update(0, 0, "fitting %d events of %s", len(day.Events), day.Symbol)
		deeper, err := flow.DefaultReactive("AMZN")
		if err != nil {
			return err
		}
		p, e, err := calibrate.Fit(day, calibrate.Options{Rounds: *rounds, Evaluations: *evaluations, Deeper: deeper,
			Progress: func(what string) { progress.Update(0, 0, "%s", what) }})
		if err != nil {
			return err
		}
		if err := writeFile(*out, *force, func(w io.Writer) error { return calibrate.Write(w, p, e) }); err != nil {
			return err
		}
		progress.Done()
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), struct {
				Out string `json:"out"`
				*calibrate.Evidence
			}{*out, e})
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), `%s: parameters of %s from %d events in %.0f s
                              day      model
events per second     %10.3f %10.3f
trades per second     %10.3f %10.3f
mean spread, ticks    %10.3f %10.3f
touch, shares         %10.1f %10.1f
vol 1 min, bp/sqrt(s) %10.3f %10.3f
vol 5 min, bp/sqrt(s) %10.3f %10.3f
`, *out, e.Symbol, e.Events, e.Seconds, e.Day.EventsPerSecond, e.Model.EventsPerSecond, e.Day.TradesPerSecond, e.Model.TradesPerSecond,
			e.Day.Spread, e.Model.Spread, e.Day.TouchSize, e.Model.TouchSize, e.Day.VolMinute, e.Model.VolMinute, e.Day.VolFive, e.Model.VolFive)
		return err
	}
	return cmd
}

func readDay(path string, asITCH bool, symbol string) (*record.Day, error) {
	if asITCH {
		return record.FromITCH(path, market.MakeSymbol(strings.ToUpper(symbol)), 10)
	}
	return record.FromLobster(path)
}
