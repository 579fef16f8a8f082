package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/venue"
)

// newVenue is `slipstream venue --config FILE [--seconds N] [--lobster FILE] [--report FILE]`.
func newVenue() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "venue",
		Short: "Run the simulated exchange",
		Long: `venue publishes TotalView-ITCH 5.0 in MoldUDP64 on two multicast lines, with faults, answers
retransmission requests, and takes orders over FIX 4.2, 4.4 or 5.0SP2.

Every order is written to a log in exchange.state_dir before it is applied, so a venue that was
killed or stopped goes on where it was when it is started again: the same book, the same order
references, the same FIX sequence numbers. SIGINT and SIGTERM stop it like that. Its session ends
for good, with the books published as closed, after run_seconds or on SIGUSR1.`,
		Example: "  slipstream venue --config examples/venue.toml",
		Args:    cobra.NoArgs,
	}
	path := cmd.Flags().String("config", "", "the exchange's configuration (required)")
	seconds := cmd.Flags().Int64("seconds", -1, "lifetime in seconds, instead of exchange.run_seconds")
	lobster := cmd.Flags().String("lobster", "", "LOBSTER zip, instead of exchange.lobster")
	report := cmd.Flags().String("report", "", "file for the end state (default: last-run.json in state_dir)")
	required(cmd, "config")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := config.LoadVenue(*path)
		if err != nil {
			return err
		}
		if *seconds >= 0 {
			file.Exchange.Seconds = *seconds
		}
		if *lobster != "" {
			file.Exchange.Flow, file.Exchange.Lobster = "lobster", *lobster
		}
		if *report == "" {
			*report = filepath.Join(file.Exchange.StateDir, "last-run.json")
		}
		rep, err := venue.Run(cmd.Context(), file, cmd.ErrOrStderr())
		if rep == nil {
			return err
		}
		return errors.Join(err, writeReport(*report, rep))
	}
	return cmd
}

// writeReport puts v into a file as JSON, whole or not at all.
func writeReport(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
