package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot is a fresh command tree, without any state of an earlier run.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "slipstream",
		Short: "Work parent orders against an exchange's binary feed, at low latency",
		Long: `slipstream takes parent orders from execution desks over FIX, follows the exchange's
multicast feed, and works each parent with child orders that pass a risk gate first.

Exit codes: 0 fine, 1 a check or a run failed, 2 bad usage or configuration.`,
		SilenceErrors: true, // Main prints them
		SilenceUsage:  true,
	}
	group(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		newDemo(),
		newCheckConfig(),
		newRun(),
		newVenue(),
		newDesk(),
		newReplay(),
		newCtl(),
		newATDL(),
		newImport(),
		newVerify(),
		newCalibrate(),
		newPolicy(),
		newAccept(),
	)
	markRuns(root)
	return root
}

// group makes cmd a command that only holds others: alone it shows its help, and a word
// that is none of its commands is an error.
func group(cmd *cobra.Command) {
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return fmt.Errorf("%q is no command of %s: did you mean %s?", args[0], cmd.CommandPath(), strings.Join(near, " or "))
		}
		return fmt.Errorf("%q is no command of %s", args[0], cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = 2
}

// jsonFlag adds --json to a command whose answer a machine may read.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print the answer as one line of JSON")
}

// printJSON prints v as one line.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// oneFile wants exactly one argument, a file.
func oneFile(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("which FILE? None was given")
	case len(args) > 1:
		return fmt.Errorf("one FILE, not %d: %s", len(args), strings.Join(args, " "))
	}
	return nil
}
