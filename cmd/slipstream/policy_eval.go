package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"slipstream/policy/bundle"
	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// evalAnswer is what `slipstream policy eval --json` prints, in the shape of the cases.
type evalAnswer struct {
	Cases []evalCase `json:"cases"`
}

type evalCase struct {
	Out    outputs `json:"out"`
	Action string  `json:"action,omitempty"` // of a policy fed with features
}

// outputs prints tensors in the model's order.
type outputs []namedTensor

type namedTensor struct {
	Name string
	T    graph.Tensor
}

// MarshalJSON gives an object in the order of o.
func (o outputs) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	for i := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(o[i].Name)
		if err != nil {
			return nil, err
		}
		t, err := outTensor{&o[i].T}.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), t...)
	}
	return append(b, '}'), nil
}

// newPolicyEval is `slipstream policy eval FILE --inputs CASES [--json]`.
func newPolicyEval() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval FILE",
		Short: "Run a model, or a bundle, on inputs and print the outputs",
		Long: `policy eval runs a model through the float reference, the slow and plain oracle that
everything else is measured against; and a bundle through its compiled program, after its
golden vectors have been proved on this machine.

CASES is a JSON file: {"cases":[{"in":{NAME:{"dims":[1,2],"data":[0.5,1]}}}]}, or {"X":[[0.5,1]]}
with a row per case for a model with one input, or {"features":[[...]]} with the engine's integers
for a policy. null is NaN. With --json the answer is {"cases":[{"out":{NAME:{"dims":[],"data":[]}}}]}
in the same order.

A bundle's state starts afresh in each case, or from the case if it names it; with --sequence
the cases are one episode.`,
		Example: "  slipstream policy eval model.onnx --inputs cases.json --json",
		Args:    oneFile,
	}
	inputs := cmd.Flags().String("inputs", "", "JSON file of cases (required)")
	sequence := cmd.Flags().Bool("sequence", false, "carry a bundle's state from case to case")
	kernel := kernelFlag(cmd)
	asJSON := jsonFlag(cmd)
	required(cmd, "inputs")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		k, err := kernel()
		if err != nil {
			return err
		}
		b, err := readBounded(args[0], maxModelFile)
		if err != nil {
			return err
		}
		cases, err := readCaseFile(*inputs)
		if err != nil {
			return err
		}
		var answer *evalAnswer
		if isBundle(args[0], b) {
			answer, err = evalBundle(args[0], b, cases, bundle.Limits{Kernel: k}, *sequence)
		} else {
			answer, err = evalModel(args[0], b, cases)
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), answer)
		}
		return showEval(cmd.OutOrStdout(), answer)
	}
	return cmd
}

func evalModel(path string, b []byte, cases *caseFile) (*evalAnswer, error) {
	m, err := parseModel(path, b)
	if err != nil {
		return nil, err
	}
	run, err := float.New(m.graph)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	answer := &evalAnswer{}
	ports := m.ports(m.graph.Inputs)
	for i := range cases.Len() {
		in, err := cases.tensors(i, ports, nil)
		if err != nil {
			return nil, err
		}
		out, err := run.Run(in)
		if err != nil {
			return nil, fmt.Errorf("case %d: %w", i, err)
		}
		var c evalCase
		for _, p := range m.graph.Outputs {
			c.Out = append(c.Out, namedTensor{p.Name, out[p.Name]})
		}
		answer.Cases = append(answer.Cases, c)
	}
	return answer, nil
}

// evalBundle proves the bundle and runs it.
func evalBundle(path string, raw []byte, cases *caseFile, lim bundle.Limits, sequence bool) (*evalAnswer, error) {
	lim.Bytes = maxModelFile
	b, err := bundle.Read(bytes.NewReader(raw), lim, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	run, err := newCompiled(b, lim.Kernel)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	answer := &evalAnswer{}
	for i := range cases.Len() {
		if i == 0 || !sequence {
			run.reset()
		}
		c, err := run.evalCase(cases, i)
		if err != nil {
			return nil, err
		}
		answer.Cases = append(answer.Cases, *c)
	}
	return answer, nil
}

func showEval(w io.Writer, a *evalAnswer) error {
	for i := range a.Cases {
		c := &a.Cases[i]
		for j := range c.Out {
			t := &c.Out[j].T
			if _, err := fmt.Fprintf(w, "case %d  %s %v:", i, c.Out[j].Name, t.Dims); err != nil {
				return err
			}
			for k := range t.Len() {
				if t.DType == graph.String {
					fmt.Fprintf(w, " %s", t.S[k])
				} else {
					fmt.Fprintf(w, " %.7g", t.At(k))
				}
			}
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if c.Action != "" {
			if _, err := fmt.Fprintf(w, "case %d  action: %s\n", i, c.Action); err != nil {
				return err
			}
		}
	}
	return nil
}
