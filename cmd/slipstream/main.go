// Command slipstream is the daemon, the simulated exchange, the desk and the tools
// around them, in one binary. This package holds flags and wiring, no logic: a file
// per command, each a function that returns its cobra.Command.
//
// Exit codes: 0 fine, 1 a check or a run failed, 2 bad usage or configuration.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if code, done := enterNamespace(os.Args[1:]); done {
		os.Exit(code)
	}
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Main runs one command and returns its exit code. It may be called many times
// in one process, so that tests need no other.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	code := exitCode(err)
	if errors.Is(err, errShown) {
		return code
	}
	fmt.Fprintf(stderr, "slipstream: %v\n", err)
	if isUsage(err) {
		fmt.Fprintf(stderr, "Run '%s --help' for its flags and an example.\n", cmd.CommandPath())
	}
	return code
}
