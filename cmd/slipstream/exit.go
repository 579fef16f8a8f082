package main

import (
	"errors"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/config"
)

const (
	exitFailed = 1 // a check or a run failed
	exitUsage  = 2 // bad usage or configuration
)

// errShown marks a failure whose report is on the screen already.
var errShown = errors.New("shown")

// shown keeps err's exit code and its text from the screen.
func shown(err error) error { return errors.Join(errShown, err) }

// runError is a failure of a command that had begun. What cobra finds before that
// is wrong with the command line.
type runError struct{ error }

func (e runError) Unwrap() error { return e.error }

// usageError is a command line that a command itself finds wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// isUsage reports whether err is about the command line.
func isUsage(err error) bool {
	return !errors.As(err, new(runError)) || errors.As(err, new(usageError))
}

// exitCode is what the process ends with after err.
func exitCode(err error) int {
	if isUsage(err) || errors.As(err, new(config.Faults)) {
		return exitUsage
	}
	return exitFailed
}

// markRuns makes every command's own errors known as such.
func markRuns(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if err := run(c, args); err != nil {
				return runError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markRuns(sub)
	}
}
