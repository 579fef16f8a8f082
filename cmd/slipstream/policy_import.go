package main

import (
	"fmt"
	"io"
	"sort"

	"github.com/spf13/cobra"

	"slipstream/policy/bundle"
	"slipstream/policy/float"
	"slipstream/policy/graph"
)

// importAnswer is what `slipstream policy import --json` prints.
type importAnswer struct {
	File       string         `json:"file"`
	Format     string         `json:"format"`
	Bytes      int64          `json:"bytes"`
	SHA256     string         `json:"sha256"`
	Inputs     []portAnswer   `json:"inputs"`
	Outputs    []portAnswer   `json:"outputs"`
	Nodes      int            `json:"nodes"` // after folding and removal of dead branches
	Operators  map[string]int `json:"operators"`
	Parameters int            `json:"parameters"` // elements of all constants
	Trees      int            `json:"trees,omitempty"`
	PolicyOut  string         `json:"policy_out,omitempty"`
}

type portAnswer struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Dims  []int  `json:"dims"`
}

// newPolicyImport is `slipstream policy import MODEL [--policy-out FILE]`.
func newPolicyImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import MODEL",
		Short: "Read a model and say what is in it, and whether it can be run",
		Long: `policy import reads an ONNX, XGBoost (.json) or LightGBM (.txt) model as the compiler would:
shapes fixed at a batch of one, constants folded, dead branches removed. It lists inputs, outputs
and operators; what is not supported is refused with the node's name and what to do.

--policy-out writes a policy file to begin with: what the inputs mean and what the outputs do.`,
		Example: "  slipstream policy import model.onnx --policy-out policy.toml",
		Args:    oneFile,
	}
	out := cmd.Flags().String("policy-out", "", "write a policy file to begin with")
	force := cmd.Flags().Bool("force", false, "replace it if it is there")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := readModel(args[0])
		if err != nil {
			return err
		}
		if _, err := float.New(m.graph); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if err := m.graph.Static(); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		answer := m.describe(args[0])
		if *out != "" {
			if err := m.writeStarter(*out, *force); err != nil {
				return err
			}
			answer.PolicyOut = *out
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), answer)
		}
		return showImport(cmd.OutOrStdout(), answer)
	}
	return cmd
}

func (m *model) describe(path string) *importAnswer {
	a := &importAnswer{
		File: path, Format: m.source.Format, Bytes: m.source.Bytes, SHA256: m.source.SHA256,
		Inputs: m.portAnswers(m.graph.Inputs), Outputs: m.portAnswers(m.graph.Outputs),
		Nodes: len(m.graph.Nodes), Operators: map[string]int{},
	}
	for i := range m.graph.Nodes {
		n := &m.graph.Nodes[i]
		a.Operators[string(n.Op)]++
		if t, ok := n.Attr.(*graph.TreeAttr); ok {
			a.Trees += len(t.Roots)
			a.Parameters += len(t.Nodes)
		}
	}
	for i := range m.graph.Values {
		if c := m.graph.Values[i].Const; c != nil {
			a.Parameters += c.Len()
		}
	}
	return a
}

func (m *model) portAnswers(ends []graph.Port) []portAnswer {
	list := make([]portAnswer, 0, len(ends))
	for _, p := range m.ports(ends) {
		list = append(list, portAnswer{p.Name, p.DType.String(), append([]int{}, p.Dims...)})
	}
	return list
}

// writeStarter writes a policy file for the first input and the first output.
func (m *model) writeStarter(path string, force bool) error {
	in, out := m.ports(m.graph.Inputs), m.ports(m.graph.Outputs)
	if len(in) == 0 || len(out) == 0 {
		return fmt.Errorf("the model has %d inputs and %d outputs", len(in), len(out))
	}
	n := graph.Count(out[0].Dims)
	if n > bundle.MaxActions {
		return fmt.Errorf("output %q has %d elements, a policy has at most %d actions", out[0].Name, n, bundle.MaxActions)
	}
	text := starterSpec(m.source.File, in[0].Name, out[0].Name, graph.Count(in[0].Dims), n)
	return writeFile(path, force, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func showImport(w io.Writer, a *importAnswer) error {
	fmt.Fprintf(w, "%s: %s, %d bytes, sha256 %s\n", a.File, a.Format, a.Bytes, a.SHA256)
	for _, p := range a.Inputs {
		fmt.Fprintf(w, "input    %-24s %s %v\n", p.Name, p.DType, p.Dims)
	}
	for _, p := range a.Outputs {
		fmt.Fprintf(w, "output   %-24s %s %v\n", p.Name, p.DType, p.Dims)
	}
	ops := make([]string, 0, len(a.Operators))
	for op := range a.Operators {
		ops = append(ops, op)
	}
	sort.Strings(ops)
	for _, op := range ops {
		fmt.Fprintf(w, "operator %-24s %d\n", op, a.Operators[op])
	}
	_, err := fmt.Fprintf(w, "%d operators, %d parameters, all supported\n", a.Nodes, a.Parameters)
	if err == nil && a.PolicyOut != "" {
		_, err = fmt.Fprintf(w, "Edit %s, then: slipstream policy compile %s --calibrate CASES --policy %s --out M.bundle\n", a.PolicyOut, a.File, a.PolicyOut)
	}
	return err
}
