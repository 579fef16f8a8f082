package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"slipstream/policy/bundle"
	"slipstream/policy/kernel"
	"slipstream/policy/program"
	"slipstream/policy/quant"
)

// inspectAnswer is what `slipstream policy inspect --json` prints.
type inspectAnswer struct {
	File         string             `json:"file"`
	SHA256       string             `json:"sha256"`
	Signer       string             `json:"signer,omitempty"`
	Policy       bool               `json:"policy"`
	Provenance   *bundle.Provenance `json:"provenance"`
	Schema       *bundle.Schema     `json:"schema,omitempty"`
	SchemaSHA256 string             `json:"schema_sha256,omitempty"`
	Norms        []bundle.Norm      `json:"normalisation,omitempty"`
	Head         *bundle.Head       `json:"head,omitempty"`
	Rule         *bundle.Rule       `json:"rule,omitempty"`
	Envelope     *bundle.Envelope   `json:"envelope,omitempty"`

	ArenaBytes   int32         `json:"arena_bytes"`
	StateBytes   int32         `json:"state_bytes"`
	ProgramBytes int           `json:"program_bytes"`
	Work         uint64        `json:"work"` // elementary steps of one evaluation
	Instructions []instrAnswer `json:"instructions"`
	Inputs       []slotAnswer  `json:"inputs"`
	Outputs      []slotAnswer  `json:"outputs"`
	States       []slotAnswer  `json:"states"`
	Golden       int           `json:"golden"`
	Kernels      []string      `json:"kernels"` // the golden vectors were proved on
	Report       *quant.Report `json:"report"`
}

type instrAnswer struct {
	Op     string `json:"op"`
	Shape  string `json:"shape,omitempty"`
	Kernel string `json:"kernel"` // on this machine; spec: the plain form
}

type slotAnswer struct {
	Name  string  `json:"name"`
	DType string  `json:"dtype"`
	Dims  []int32 `json:"dims"`
	Scale float32 `json:"scale"`
	Zero  int32   `json:"zero"`
}

// newPolicyInspect is `slipstream policy inspect BUNDLE`.
func newPolicyInspect() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect BUNDLE",
		Short: "Show what is in a bundle: layers, kernels, scales, limits, provenance",
		Long: `policy inspect reads a bundle as 'policy verify' does and shows the program (sizes, instructions,
inputs and outputs with their scales), the compiler's report per layer, features, actions, rule,
envelope, and where the bundle came from.`,
		Example: "  slipstream policy inspect m.bundle",
		Args:    oneFile,
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, err := readBundle(args[0], bundle.Limits{}, nil)
		if err != nil {
			return err
		}
		answer, err := inspect(args[0], b)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), answer)
		}
		return showInspect(cmd.OutOrStdout(), answer)
	}
	return cmd
}

func inspect(path string, b *bundle.Bundle) (*inspectAnswer, error) {
	p := b.Program
	a := &inspectAnswer{
		File: path, SHA256: fmt.Sprintf("%x", b.ID), Signer: signer(b), Policy: b.IsPolicy(),
		Provenance: &b.Provenance, Norms: b.Norms, Head: b.Head, Rule: b.Rule, Envelope: b.Envelope,
		ArenaBytes: p.Arena, StateBytes: p.State, ProgramBytes: len(p.Append(nil)), Work: p.Work(),
		Inputs: slotAnswers(p.Inputs), Outputs: slotAnswers(p.Outputs), States: slotAnswers(p.States),
		Golden: len(b.Golden), Kernels: b.Proved,
	}
	if b.IsPolicy() {
		a.Schema, a.SchemaSHA256 = &b.Schema, fmt.Sprintf("%x", b.Schema.Hash())
	}
	run, err := bundle.NewRunner(p, kernel.Auto)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	kernels := run.Kernels()
	for i, in := range p.Instrs {
		x := instrAnswer{Op: in.Op().String(), Shape: shapeOf(in)}
		if i < len(kernels) {
			x.Kernel = kernels[i]
		}
		a.Instructions = append(a.Instructions, x)
	}
	if len(b.Report) > 0 {
		a.Report = &quant.Report{}
		if err := json.Unmarshal(b.Report, a.Report); err != nil {
			return nil, fmt.Errorf("%s: the report is of another form: %w", path, err)
		}
	}
	return a, nil
}

// shapeOf is the size of an instruction with weights.
func shapeOf(in program.Instr) string {
	switch in := in.(type) {
	case *program.Dense:
		return fmt.Sprintf("%s %d x %d -> %s %d", in.X.Type, in.Rows, in.In, in.Y.Type, in.Out)
	case *program.LSTM:
		return fmt.Sprintf("%s %d -> %d", in.X.Type, in.In, in.Hidden)
	case *program.GRU:
		return fmt.Sprintf("%s %d -> %d", in.X.Type, in.In, in.Hidden)
	case *program.RNN:
		return fmt.Sprintf("%s %d -> %d", in.X.Type, in.In, in.Hidden)
	case *program.Attention:
		return fmt.Sprintf("%d x %d, %d heads of %d", in.T, in.S, in.Heads, in.D)
	case *program.Trees:
		return fmt.Sprintf("%d trees, %d branches", len(in.Roots), len(in.Nodes))
	case *program.SVM:
		return fmt.Sprintf("%d inputs, %d outputs", in.X.N, in.Y.N)
	case *program.DenseF:
		return fmt.Sprintf("%d x %d -> %d", in.Rows, in.In, in.Out)
	}
	return ""
}

func slotAnswers(slots []program.Slot) []slotAnswer {
	list := make([]slotAnswer, 0, len(slots))
	for i := range slots {
		s := &slots[i]
		list = append(list, slotAnswer{s.Name, s.Buf.Type.String(), s.Dims, s.Scale, s.Zero})
	}
	return list
}

func showInspect(w io.Writer, a *inspectAnswer) error {
	kind := "a bare model: no daemon runs it"
	if a.Policy {
		kind = "a policy"
	}
	fmt.Fprintf(w, "%s: %s, %s\n", a.File, a.Provenance.Name, kind)
	fmt.Fprintf(w, "sha256   %s\n", a.SHA256)
	if a.Signer != "" {
		fmt.Fprintf(w, "signer   %s\n", a.Signer)
	}
	fmt.Fprintf(w, "model    %s (%s, sha256 %.16s...)\n", a.Provenance.Model.File, a.Provenance.Model.Format, a.Provenance.Model.SHA256)
	fmt.Fprintf(w, "program  %d bytes, arena %d, state %d, %d steps\n", a.ProgramBytes, a.ArenaBytes, a.StateBytes, a.Work)
	fmt.Fprintf(w, "golden   %d vectors, the same bits on: %v\n", a.Golden, a.Kernels)
	for _, g := range []struct {
		what  string
		slots []slotAnswer
	}{{"input", a.Inputs}, {"output", a.Outputs}, {"state", a.States}} {
		for _, s := range g.slots {
			fmt.Fprintf(w, "%-8s %-20s %s %v", g.what, s.Name, s.DType, s.Dims)
			if s.Scale != 0 {
				fmt.Fprintf(w, " scale %g zero %d", s.Scale, s.Zero)
			}
			fmt.Fprintln(w)
		}
	}
	for i, x := range a.Instructions {
		fmt.Fprintf(w, "instr %3d %-12s %-28s %s\n", i, x.Op, x.Shape, x.Kernel)
	}
	if a.Policy {
		showPolicy(w, a)
	}
	if a.Report == nil {
		_, err := fmt.Fprintln(w, "report   none")
		return err
	}
	return showReport(w, a.Report)
}

func showPolicy(w io.Writer, a *inspectAnswer) {
	fmt.Fprintf(w, "features version %d, sha256 %.16s..., into %q\n", a.Schema.Version, a.SchemaSHA256, a.Schema.Input)
	for i, f := range a.Schema.Features {
		n := &a.Norms[i]
		fmt.Fprintf(w, "  %2d  %-20s (x - %g) * %g, cut at %g, trained on %d to %d\n", i, f.Name, n.Offset, n.Scale, n.Clip, n.Min, n.Max)
	}
	fmt.Fprintf(w, "head     %s of %q: %v\n", a.Head.Kind, a.Head.Output, a.Head.Actions)
	fmt.Fprintf(w, "rule     every %.3g s, at least %.3g s apart, on %v\n", float64(a.Rule.IntervalNanos)/1e9, float64(a.Rule.MinSpacingNanos)/1e9, a.Rule.Events)
	e := a.Envelope
	fmt.Fprintf(w, "envelope ahead %d, behind %d, child %d, participation %d, finish %d ppm\n",
		e.MaxAheadPpm, e.MaxBehindPpm, e.MaxChildPpm, e.MaxParticipationPpm, e.FinishPpm)
}

// showReport prints the compiler's report.
func showReport(w io.Writer, r *quant.Report) (err error) {
	fmt.Fprintf(w, "layers, on %d calibration cases (errors: rms of the layer's own error over its output's)\n", r.Cases)
	for i := range r.Layers {
		l := &r.Layers[i]
		fmt.Fprintf(w, "  %-24s %-16s %-8s int8 %s  int16 %s  %s\n", l.Name, l.Op, l.Precision, percent(l.Error8), percent(l.Error16), l.Reason)
		if p := l.Proof; p != nil {
			fmt.Fprintf(w, "  %-24s %d -> %d, accumulators in [%d, %d], %s, scale %.4g -> %.4g\n", "", p.Inputs, p.Outputs, p.AccMin, p.AccMax, p.Kernel, l.ScaleIn, l.ScaleOut)
		}
	}
	for _, s := range r.States {
		fmt.Fprintf(w, "  state %s -> %s, %d elements\n", s.Output, s.Input, s.Elements)
	}
	for i := range r.Outputs {
		o := &r.Outputs[i]
		agree := "-"
		if o.Agreement >= 0 {
			agree = percent(o.Agreement)
		}
		_, err = fmt.Fprintf(w, "  output %-17s largest error %.3g, rms error %s, agreement %s\n", o.Name, o.MaxError, percent(o.Relative), agree)
	}
	return err
}

func percent(v float64) string {
	if v < 0 {
		return "-"
	}
	return fmt.Sprintf("%.3g%%", 100*v)
}
