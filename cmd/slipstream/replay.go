package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/term"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix/session"
)

// replayAnswer is what `slipstream replay --json` prints.
type replayAnswer struct {
	OK              bool   `json:"ok"`
	Run             string `json:"run"`
	Inputs          uint64 `json:"inputs"`
	Outputs         uint64 `json:"outputs"`      // records compared
	OutputBytes     uint64 `json:"output_bytes"` // for the venue
	Mismatches      uint64 `json:"mismatches"`
	FirstMismatch   string `json:"first_mismatch,omitempty"`
	Clean           bool   `json:"clean"`      // the run ended in order
	TornBytes       int64  `json:"torn_bytes"` // behind the last whole record: the daemon was killed
	ConfigurationID string `json:"config_sha256"`
}

// newReplay is `slipstream replay FOLDER [--run NAME] [--json]`.
func newReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay FOLDER",
		Short: "Put a journaled day through a fresh engine and compare every byte",
		Long: `replay builds an engine from the configuration and the session state that the journal
itself carries, feeds it every input, and compares every outbound byte, decision and report
with what was journaled. One difference makes the exit code 1.

FOLDER holds the journal, or is the daemon's state_dir. A run that was killed ends in a torn
record; that is said, and is no difference.`,
		Example: "  slipstream replay slipstream.state --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("want one FOLDER, got %d arguments", len(args))
			}
			return nil
		},
	}
	run := cmd.Flags().String("run", "", "name of the run (default: the newest)")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		progress := term.NewProgress(cmd.ErrOrStderr())
		answer, err := replay(args[0], *run, progress)
		progress.Done()
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(cmd.OutOrStdout(), answer)
		} else {
			err = showReplay(cmd, answer)
		}
		if err == nil && !answer.OK {
			return shown(errors.New("the replay differs"))
		}
		return err
	}
	return cmd
}

func replay(folder, run string, progress *term.Progress) (*replayAnswer, error) {
	if below := filepath.Join(folder, "journal"); isFolder(below) {
		folder = below
	}
	r, err := journal.Open(folder, run)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	header := r.Header()
	cfg, err := config.ParseDaemon("configuration in the journal", header.Config)
	if err != nil {
		return nil, err
	}
	engineConfig, err := cfg.EngineConfig(header.Start)
	if err != nil {
		return nil, err
	}
	var state session.State
	if err := journal.DecodeState(header.State, &state); err != nil {
		return nil, err
	}
	core, err := engine.New(engineConfig, &state)
	if err != nil {
		return nil, fmt.Errorf("an engine from the journal's configuration: %w", err)
	}
	res, err := journal.Replay(r, &watched{core: core, progress: progress})
	if err != nil {
		return nil, err
	}
	sum := header.ConfigHash()
	answer := &replayAnswer{
		OK: res.Mismatches == 0, Run: journal.RunName(header), Inputs: res.Inputs, Outputs: res.Outputs,
		OutputBytes: res.OutputBytes, Mismatches: res.Mismatches, Clean: res.Clean, ConfigurationID: fmt.Sprintf("%x", sum),
	}
	if res.FirstMismatch != nil {
		answer.FirstMismatch = res.FirstMismatch.String()
	}
	if t := res.Torn; t != nil {
		answer.TornBytes = t.Bytes
	}
	return answer, nil
}

// watched is a core whose inputs are counted for the progress line.
type watched struct {
	core     journal.Core
	inputs   int64
	progress *term.Progress
}

func (w *watched) Step(in *engine.Input) *engine.Effects {
	if w.inputs++; w.inputs%4096 == 0 {
		w.progress.Update(0, 0, "replaying: %d inputs", w.inputs)
	}
	return w.core.Step(in)
}

func showReplay(cmd *cobra.Command, a *replayAnswer) error {
	verdict := "the same to the last byte"
	if !a.OK {
		verdict = "NOT the same"
	}
	end := "in order"
	if !a.Clean {
		end = "without a closing mark: the daemon was killed"
	}
	if a.TornBytes > 0 {
		end += fmt.Sprintf(" (%d bytes of a record that was not finished)", a.TornBytes)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), `run %s: %s
inputs            %10d
records compared  %10d  (%d bytes for the venue)
that differ       %10d
ended             %s
`, a.Run, verdict, a.Inputs, a.Outputs, a.OutputBytes, a.Mismatches, end)
	if err == nil && a.FirstMismatch != "" {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "first difference: %s\n", a.FirstMismatch)
	}
	return err
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
