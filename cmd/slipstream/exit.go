package main

import (
	"errors"

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

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitCode is what the process ends with after err.
func exitCode(err error) int {
	var usage usageError
	var faults config.Faults
	if errors.As(err, &usage) || errors.As(err, &faults) {
		return exitUsage
	}
	return exitFailed
}
