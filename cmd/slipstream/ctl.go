package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"slipstream/engine/loop"
)

// sessionAnswer is what `slipstream ctl session --json` prints.
type sessionAnswer struct {
	NextOut uint64 `json:"next_out"` // MsgSeqNum of the next message we send
	NextIn  uint64 `json:"next_in"`  // MsgSeqNum expected next from the venue
	Epoch   uint64 `json:"epoch"`    // runs so far; ClOrdIDs carry it
	Latched bool   `json:"latched"`  // sequence loss: no session until a reset
}

// newCtl is `slipstream ctl`, what an operator does by hand.
func newCtl() *cobra.Command {
	cmd := &cobra.Command{Use: "ctl", Short: "What an operator does by hand"}
	group(cmd)
	cmd.AddCommand(newCtlSession())
	return cmd
}

// newCtlSession is `slipstream ctl session STATE_DIR [--next-out N --next-in N]`.
func newCtlSession() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session STATE_DIR",
		Short: "Show the venue session's sequence numbers, or set them after a sequence loss",
		Long: `session shows the stored sequence numbers of the venue's session. After a sequence loss (the
venue's MsgSeqNum was lower than expected) the daemon does not log on again by itself: agree the
numbers with the venue, then set both. The daemon must not be running.`,
		Example: `  slipstream ctl session slipstream.state
  slipstream ctl session slipstream.state --next-out 1 --next-in 1`,
		Args: cobra.ExactArgs(1),
	}
	out := cmd.Flags().Uint64("next-out", 0, "MsgSeqNum of the next message we send")
	in := cmd.Flags().Uint64("next-in", 0, "MsgSeqNum expected next from the venue")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if (*out == 0) != (*in == 0) {
			return usageError{errors.New("--next-out and --next-in go together, both at least 1")}
		}
		path := filepath.Join(args[0], "session.state")
		if !isFile(path) {
			return fmt.Errorf("%s: no such file: name the daemon's state_dir", path)
		}
		st, unmap, err := loop.MapState(path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unmap()) }()
		if *out != 0 {
			st.Reset(*out, *in)
		}
		var a sessionAnswer
		if a.NextOut, a.NextIn, a.Epoch, a.Latched, err = st.Numbers(); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), a)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "next out %d, next in %d, run %d, sequence loss %v\n", a.NextOut, a.NextIn, a.Epoch, a.Latched)
		return err
	}
	return cmd
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}
