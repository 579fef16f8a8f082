package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"slipstream/bench/tca"
	"slipstream/cmd/slipstream/internal/daemon"
	"slipstream/cmd/slipstream/internal/term"
	"slipstream/engine/journal"
)

// replayAnswer is what `slipstream replay --json` prints.
type replayAnswer struct {
	OK            bool   `json:"ok"`
	Run           string `json:"run"`
	Inputs        uint64 `json:"inputs"`
	Outputs       uint64 `json:"outputs"`      // records compared
	OutputBytes   uint64 `json:"output_bytes"` // for the venue
	Mismatches    uint64 `json:"mismatches"`
	FirstMismatch string `json:"first_mismatch,omitempty"`
	Clean         bool   `json:"clean"`      // the run ended in order
	TornBytes     int64  `json:"torn_bytes"` // behind the last whole record: the daemon was killed
	ConfigSHA256  string `json:"config_sha256"`

	Costs *tca.Report `json:"costs"` // of the parents, on the market as the daemon saw it
}

// newReplay is `slipstream replay FOLDER [--run NAME] [--json]`.
func newReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay FOLDER",
		Short: "Put a journaled day through a fresh engine and compare every byte",
		Long: `replay builds an engine from the configuration and the session state that the journal
itself carries, feeds it every input, and compares every outbound byte, decision and report
with what was journaled; then it prints what each parent cost on the market as the daemon
saw it. One difference makes the exit code 1.

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

// replay reviews one run of a journal.
func replay(folder, run string, progress *term.Progress) (*replayAnswer, error) {
	policies := filepath.Join(folder, "..", daemon.PoliciesFolder)
	if below := filepath.Join(folder, "journal"); isFolder(below) {
		folder, policies = below, filepath.Join(folder, daemon.PoliciesFolder)
	}
	r, err := openJournal(folder, run, progress)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	header := r.Header()
	day, err := daemon.Review(folder, r, policies)
	if err != nil {
		return nil, err
	}
	res := &day.Replay
	answer := &replayAnswer{
		OK: res.Mismatches == 0, Run: journal.RunName(header), Inputs: res.Inputs, Outputs: res.Outputs,
		OutputBytes: res.OutputBytes, Mismatches: res.Mismatches, Clean: res.Clean,
		ConfigSHA256: fmt.Sprintf("%x", header.ConfigHash()), Costs: day.Costs,
	}
	if res.FirstMismatch != nil {
		answer.FirstMismatch = res.FirstMismatch.String()
	}
	if t := res.Torn; t != nil {
		answer.TornBytes = t.Bytes
	}
	return answer, nil
}

// openJournal opens a run, "" the newest, so that reading it draws the progress line.
func openJournal(folder, run string, progress *term.Progress) (*journal.Reader, error) {
	if run == "" {
		runs, err := journal.Runs(folder)
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 {
			return nil, fmt.Errorf("%s holds no journal: name the daemon's journal_dir or state_dir", folder)
		}
		run = runs[len(runs)-1]
	}
	paths, err := filepath.Glob(filepath.Join(folder, run+"-??????.journal"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no run %s in %s", run, folder)
	}
	total := &reading{progress: progress}
	sources := make([]journal.Source, len(paths))
	for i, path := range paths {
		st, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		total.size += st.Size()
		sources[i] = journal.Source{Name: path, R: &segmentFile{path: path, total: total}}
	}
	return journal.NewReader(sources...)
}

// reading is how far the segments of a run have been read.
type reading struct {
	done, size int64
	progress   *term.Progress
}

// segmentFile opens its file at the first read and closes it at the end, so that a
// long day does not hold all its files open.
type segmentFile struct {
	path  string
	file  *os.File
	total *reading
}

func (s *segmentFile) Read(b []byte) (int, error) {
	if s.file == nil {
		f, err := os.Open(s.path)
		if err != nil {
			return 0, err
		}
		s.file = f
	}
	n, err := s.file.Read(b)
	s.total.done += int64(n)
	s.total.progress.Update(s.total.done, s.total.size, "replaying %s", filepath.Base(s.path))
	if err == io.EOF {
		err = s.file.Close()
		if s.file, s.path = nil, os.DevNull; err == nil { // a read behind the end ends at once
			err = io.EOF
		}
	}
	return n, err
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
	if err != nil || len(a.Costs.Parents) == 0 {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout())
	return a.Costs.WriteText(cmd.OutOrStdout())
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
