package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"slipstream/feed/capture/lobster"
)

// newVerify is `slipstream verify`.
func newVerify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that what was imported is right",
	}
	group(cmd)
	cmd.AddCommand(newVerifyBook())
	return cmd
}

// newVerifyBook is `slipstream verify book --itch FILE --lobster ZIP [--json]`.
func newVerifyBook() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "book",
		Short: "Compare our book with LOBSTER's after every row",
		Long: `verify book plays an ITCH file that 'import lobster' wrote through the daemon's own book,
and compares price and size of every level of the LOBSTER book file, on both sides, after every row, and
the traded shares of the whole day. One difference makes the exit code 1.`,
		Example: "  slipstream verify book --itch amzn.itch --lobster LOBSTER_SampleFile_AMZN_2012-06-21_5.zip",
		Args:    cobra.NoArgs,
	}
	itch := cmd.Flags().String("itch", "", "ITCH file that import wrote (required)")
	zip := cmd.Flags().String("lobster", "", "zip of the LOBSTER day it was made of (required)")
	asJSON := jsonFlag(cmd)
	required(cmd, "itch", "lobster")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r, err := lobster.Verify(*itch, *zip)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(cmd.OutOrStdout(), &r)
		} else {
			err = showVerify(cmd, &r)
		}
		if err == nil && !r.OK() {
			return shown(fmt.Errorf("%s differs from %s", *itch, *zip))
		}
		return err
	}
	return cmd
}

func showVerify(cmd *cobra.Command, r *lobster.Report) error {
	verdict := "the same on every row"
	if !r.OK() {
		verdict = "NOT the same"
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), `%s: %s
rows compared     %10d  (%d levels on each side)
rows that differ  %10d
messages          %10d  (%d synthetic adds)
book faults       %10d
rows too many     %10d
shares traded     %10d  (LOBSTER: %d)
`, r.Symbol, verdict, r.Rows, r.Levels, r.Mismatches, r.Messages, r.Synthetic, r.BookFaults, r.ExtraRows, r.Shares, r.LobsterShares)
	if err == nil && r.First != nil {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "first difference: %s\n", r.First)
	}
	return err
}

// required marks flags that must be given.
func required(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // no such flag: a mistake of ours, found by the first test
		}
	}
}
