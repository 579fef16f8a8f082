// Command gen trains the network of bench/imitate and writes its bundle.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"slipstream/bench/imitate"
	"slipstream/policy/bundle"
)

func main() {
	out := flag.String("out", "twap.bundle", "file to write")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out string) error {
	seeds := []uint64{1, 2, 3, 4, 5, 6, 7, 8}
	examples, err := imitate.Collect(seeds)
	if err != nil {
		return err
	}
	n, err := imitate.Train(examples, 1)
	if err != nil {
		return err
	}
	b, report, err := n.Bundle(examples, "imitate-twap", map[string]string{
		"teacher": "passive TWAP schedule", "market": "Poisson flow, seeds 1 to 8", "method": "cross entropy, Adam, 12 epochs",
		"examples": fmt.Sprint(len(examples)), "agreement_held_out": fmt.Sprintf("%.4f of %d", n.Agrees, n.Test),
	})
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := bundle.Write(&buf, b, nil); err != nil {
		return err
	}
	fmt.Printf("agrees on %.4f of %d held out; %d bytes; compiled outputs %+v\n", n.Agrees, n.Test, buf.Len(), report.Outputs)
	return os.WriteFile(out, buf.Bytes(), 0o644)
}
