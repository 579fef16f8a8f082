// Command acceptance runs quickfixgo's acceptance definitions against our session and prints
// how many of each folder pass, as the table of docs/fix-conformance.md. What fails goes to
// the error output, and the exit code is 1.
//
//	go run ./fix/session/at/acceptance
package main

import (
	"fmt"
	"io"
	"os"

	"slipstream/fix/session/at"
)

func main() {
	failed, err := report(os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
	}
	if failed > 0 || err != nil {
		os.Exit(1)
	}
}

func report(out, faults io.Writer) (failed int, err error) {
	fmt.Fprint(out, "| definitions |")
	for _, v := range at.Versions {
		fmt.Fprintf(out, " %s |", v.Name)
	}
	fmt.Fprint(out, "\n|---|---|---|---|\n")
	for _, s := range at.Suites {
		line := "| `" + s.Name + "` |"
		for _, v := range at.Versions {
			results, err := s.Play(v)
			if err != nil {
				return failed, err
			}
			passed := 0
			for _, r := range results {
				if r.Err == nil {
					passed++
					continue
				}
				failed++
				fmt.Fprintf(faults, "%s/%s: %v\n", s.Name, v.Name, r.Err)
			}
			if len(results) == 0 {
				line += " - |"
				continue
			}
			line += fmt.Sprintf(" %d of %d |", passed, len(results))
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return failed, err
		}
	}
	return failed, nil
}
