package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/config"
)

// newCheckConfig is `slipstream check-config FILE [--json]`.
func newCheckConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check-config FILE",
		Short: "Judge a configuration and print it with every default in place",
		Long: `check-config reads a configuration of the daemon, or of the exchange (a file with a
table [exchange]), and prints it with every default in place and secrets masked. Every
fault of the file is named at once, with line, column and key; then the exit code is 2.`,
		Example: "  slipstream check-config examples/daemon.toml",
		Args:    oneFile,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		effective, err := config.Check(args[0])
		var faults config.Faults
		switch {
		case errors.As(err, &faults) && *asJSON:
			answer := struct {
				OK     bool          `json:"ok"`
				Faults config.Faults `json:"faults"`
			}{false, faults}
			return errors.Join(printJSON(cmd.OutOrStdout(), answer), shown(err))
		case err != nil:
			return err
		case *asJSON:
			return printJSON(cmd.OutOrStdout(), effective)
		}
		if _, err := fmt.Fprint(cmd.OutOrStdout(), effective.TOML()); err != nil {
			return err
		}
		for _, w := range effective.Warnings {
			fmt.Fprintf(cmd.ErrOrStderr(), "slipstream: warning: %s: %s\n", args[0], w)
		}
		return nil
	}
	return cmd
}
