package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/term"
	"slipstream/policy/bundle"
	"slipstream/policy/graph"
	"slipstream/policy/kernel"
	"slipstream/policy/quant"
)

// compileAnswer is what `slipstream policy compile --json` prints.
type compileAnswer struct {
	Out    string        `json:"out"`
	Bytes  int64         `json:"bytes"`
	SHA256 string        `json:"sha256"` // content hash
	Signer string        `json:"signer,omitempty"`
	Policy bool          `json:"policy"` // a daemon may run it
	Golden int           `json:"golden"` // vectors
	Report *quant.Report `json:"report"`
}

// compileFlags are the flags of compile.
type compileFlags struct {
	calibrate, policy, out, key, name string
	precision                         string
	layerError                        float64
	golden                            int
	states                            map[string]string
	force                             bool
}

// newPolicyCompile is `slipstream policy compile MODEL --calibrate CASES --out M.bundle`.
func newPolicyCompile() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compile MODEL",
		Short: "Compile a model into a bundle",
		Long: `policy compile turns an ONNX, XGBoost (.json) or LightGBM (.txt) model into an integer program,
with ranges from calibration cases, and writes it as a bundle with golden vectors. The report
says per layer which precision was chosen and why, and how far the outputs are from the model's.

Without --policy the bundle is a bare model: 'policy eval' runs it, a daemon does not. --policy
names a TOML file that says what the inputs mean, what the outputs do and within which limits;
'policy import MODEL --policy-out FILE' writes one to begin with.

CASES is a JSON file in one of the shapes that 'policy eval --help' describes. With --policy,
{"features":[[...]]} has the engine's integers, in the order of the policy file.`,
		Example: "  slipstream policy compile model.onnx --calibrate cases.json --policy policy.toml --out m.bundle",
		Args:    oneFile,
	}
	var f compileFlags
	flags := cmd.Flags()
	flags.StringVar(&f.calibrate, "calibrate", "", "JSON file of calibration cases (required)")
	flags.StringVar(&f.out, "out", "", "bundle to write (required)")
	flags.StringVar(&f.policy, "policy", "", "TOML file: features, actions, rule, envelope")
	flags.StringVar(&f.key, "key", "", "sign with this Ed25519 private key (PEM)")
	flags.StringVar(&f.name, "name", "", "name of the bundle (default: the policy file's, else the model's file name)")
	flags.StringVar(&f.precision, "precision", "auto", "auto, int8, int16 or float32")
	flags.Float64Var(&f.layerError, "layer-error", 0, "relative rms error a layer in int8 may add before it gets 16 bits (0 = the default)")
	flags.IntVar(&f.golden, "golden", 64, "golden vectors to keep at most")
	flags.StringToStringVar(&f.states, "state", nil, "INPUT=OUTPUT: an input whose next value is an output, besides those found")
	flags.BoolVar(&f.force, "force", false, "replace --out even if it is no bundle")
	asJSON := jsonFlag(cmd)
	required(cmd, "calibrate", "out")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		progress := term.NewProgress(cmd.ErrOrStderr())
		answer, err := compile(args[0], &f, progress)
		progress.Done()
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), answer)
		}
		w := cmd.OutOrStdout()
		if err := showReport(w, answer.Report); err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "\n%s: %d bytes, %d golden vectors, sha256 %s\n", answer.Out, answer.Bytes, answer.Golden, answer.SHA256)
		return err
	}
	return cmd
}

func compile(path string, f *compileFlags, progress *term.Progress) (*compileAnswer, error) {
	opt, err := f.options()
	if err != nil {
		return nil, usageError{err}
	}
	if !(f.layerError >= 0 && f.layerError <= 1) {
		return nil, usageError{fmt.Errorf("--layer-error %g is not in 0 to 1", f.layerError)}
	}
	if f.golden < 1 || f.golden > bundle.MaxVectors {
		return nil, usageError{fmt.Errorf("--golden %d is not in 1 to %d", f.golden, bundle.MaxVectors)}
	}
	m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	var spec *policySpec
	if f.policy != "" {
		if spec, err = readPolicySpec(f.policy); err != nil {
			return nil, err
		}
	}
	cases, err := readCaseFile(f.calibrate)
	if err != nil {
		return nil, err
	}
	calib, err := calibration(m, cases, spec)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.calibrate, err)
	}
	progress.Update(0, 0, "compiling %s on %d cases", path, len(calib))
	p, report, err := quant.Compile(m.graph, calib, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	measured(reflect.ValueOf(report))
	b := &bundle.Bundle{Program: p, Provenance: f.provenance(m, cases)}
	if b.Report, err = json.Marshal(report); err != nil {
		return nil, fmt.Errorf("%s: the report: %w", path, err)
	}
	if spec != nil {
		if err := spec.apply(b); err != nil {
			return nil, config.Faults{{File: f.policy, Problem: err.Error()}}
		}
	}
	if f.name != "" {
		b.Provenance.Name = f.name
	}
	if b.Golden, err = golden(b, cases, f.golden); err != nil {
		return nil, err
	}
	return f.write(b, report)
}

// write writes the bundle and reads it back as a daemon would.
func (f *compileFlags) write(b *bundle.Bundle, report *quant.Report) (*compileAnswer, error) {
	key, err := readKey(f.key)
	if err != nil {
		return nil, err
	}
	var n int64
	err = writeFile(f.out, f.force || replaceable(f.out), func(w io.Writer) error {
		return bundle.Write(&countWriter{w: w, seen: func(k int64) { n = k }}, b, key)
	})
	if err != nil {
		return nil, err
	}
	if _, err := readBundle(f.out, bundle.Limits{}, nil); err != nil {
		return nil, fmt.Errorf("what was written does not read back: %w", err)
	}
	a := &compileAnswer{Out: f.out, Bytes: n, SHA256: fmt.Sprintf("%x", b.ID), Policy: b.IsPolicy(), Golden: len(b.Golden), Report: report}
	if b.Signer != nil {
		a.Signer = fmt.Sprintf("%x", []byte(b.Signer))
	}
	return a, nil
}

// measured replaces what JSON cannot hold, an error that is infinite or no number
// because the model's outputs are, by -1: not measured.
func measured(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			measured(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			measured(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			measured(v.Index(i))
		}
	case reflect.Float64:
		if f := v.Float(); v.CanSet() && (math.IsNaN(f) || math.IsInf(f, 0)) {
			v.SetFloat(-1)
		}
	}
}

func (f *compileFlags) options() (quant.Options, error) {
	opt := quant.Options{MaxLayerError: f.layerError, States: f.states}
	for _, p := range []quant.Precision{quant.Auto, quant.Int8, quant.Int16, quant.Float32} {
		if p.String() == f.precision {
			opt.Precision = p
			return opt, nil
		}
	}
	return opt, fmt.Errorf("--precision %q is none of auto, int8, int16, float32", f.precision)
}

// replaceable reports an empty file or a bundle: what compiling again may replace.
func replaceable(path string) bool {
	in, err := os.Open(path)
	if err != nil {
		return false
	}
	defer in.Close()
	head := make([]byte, len(bundleMagic))
	n, err := io.ReadFull(in, head)
	return err == nil && bytes.Equal(head, bundleMagic) || n == 0 && err == io.EOF
}

func (f *compileFlags) provenance(m *model, cases *caseFile) bundle.Provenance {
	calib := source(f.calibrate, cases.Bytes)
	calib.Format = cases.Format
	p := bundle.Provenance{
		Name: m.source.File, Compiler: compilerVersion(), Model: m.source, Calibration: calib, Cases: cases.Len(),
		Options: map[string]string{"precision": f.precision},
	}
	if f.layerError != 0 {
		p.Options["layer_error"] = strconv.FormatFloat(f.layerError, 'g', -1, 64)
	}
	for in, out := range f.states {
		p.Options["state."+in] = out
	}
	return p
}

// compilerVersion is this module's version as the Go tool stamped it.
func compilerVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return strings.TrimSpace(info.Main.Path + " " + info.Main.Version)
	}
	return "slipstream"
}

// calibration gives the cases the model's types; rows of features become what the
// engine would feed.
func calibration(m *model, cases *caseFile, spec *policySpec) ([]map[string]graph.Tensor, error) {
	ports := m.ports(m.graph.Inputs)
	if cases.Format == "features" {
		return spec.featureCases(ports, cases.Features)
	}
	calib := make([]map[string]graph.Tensor, cases.Len())
	for i := range calib {
		in, err := cases.tensors(i, ports, nil)
		if err != nil {
			return nil, err
		}
		calib[i] = in
	}
	return calib, nil
}

// featureCases normalises rows of the engine's features.
func (s *policySpec) featureCases(ports []port, rows [][]int32) ([]map[string]graph.Tensor, error) {
	if s == nil {
		return nil, errors.New(`"features" need --policy: it says how they are normalised`)
	}
	var b bundle.Bundle
	name := s.Input
	if name == "" && len(ports) == 1 {
		name = ports[0].Name
	}
	if err := s.schema(&b, name); err != nil {
		return nil, err
	}
	calib := make([]map[string]graph.Tensor, len(rows))
	for i, row := range rows {
		if len(row) != len(b.Norms) {
			return nil, fmt.Errorf("row %d has %d features, the policy file %d", i, len(row), len(b.Norms))
		}
		calib[i] = map[string]graph.Tensor{}
		found := false
		for _, p := range ports {
			t := graph.New(p.DType, p.Dims...)
			if p.Name == name {
				found = true
				if len(t.F) != len(row) {
					return nil, fmt.Errorf("input %q takes %d floats (%s %v), the policy file has %d features", name, len(t.F), p.DType, p.Dims, len(row))
				}
				for k := range row {
					t.F[k] = b.Norms[k].Apply(row[k])
				}
			}
			calib[i][p.Name] = *t
		}
		if !found {
			return nil, fmt.Errorf("the model has no input %q", name)
		}
	}
	return calib, nil
}

// golden picks vectors from the calibration cases, spread over the file, and completes
// them. Every other one of a policy carries the state on.
func golden(b *bundle.Bundle, cases *caseFile, most int) ([]bundle.Vector, error) {
	n := min(most, cases.Len(), int(max(1, uint64(goldenSteps)/max(1, b.Program.Work()))))
	c, err := newCompiled(b, kernel.Portable)
	if err != nil {
		return nil, err
	}
	vs := make([]bundle.Vector, n)
	for k := range vs {
		i := k * cases.Len() / n
		if !b.IsPolicy() {
			vs[k], err = c.vector(cases, i)
		} else if vs[k], err = c.policyVector(cases, i); k%2 == 1 {
			vs[k].Start = bundle.Continue
		}
		if err != nil {
			return nil, err
		}
	}
	return vs, b.Complete(vs)
}

// goldenSteps bounds the work of all golden vectors: a second or so on the portable kernel.
const goldenSteps = 1 << 28
