package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/policy/bundle"
)

// policySpec is the file of --policy: what a model's input means and what its output
// does. docs/policy.md describes every key.
type policySpec struct {
	Name     string            `toml:"name"`
	Input    string            `toml:"input"`  // default: the model's only input
	Output   string            `toml:"output"` // default: the model's only output
	Head     bundle.HeadKind   `toml:"head"`
	Edges    []float32         `toml:"edges"`
	Actions  []string          `toml:"actions"`
	Training map[string]string `toml:"training"`
	Feature  []featureSpec     `toml:"feature"`
	Rule     *ruleSpec         `toml:"rule"`
	Envelope *envelopeSpec     `toml:"envelope"`
}

type featureSpec struct {
	Name   string   `toml:"name"`
	Offset *float32 `toml:"offset"`
	Scale  *float32 `toml:"scale"`
	Clip   *float32 `toml:"clip"`
	Min    *int32   `toml:"min"`
	Max    *int32   `toml:"max"`
}

type ruleSpec struct {
	Interval   string   `toml:"interval"`
	MinSpacing string   `toml:"min_spacing"`
	Events     []string `toml:"events"`
}

type envelopeSpec struct {
	MaxAheadPpm         *uint32 `toml:"max_ahead_ppm"`
	MaxBehindPpm        *uint32 `toml:"max_behind_ppm"`
	MaxChildPpm         *uint32 `toml:"max_child_ppm"`
	MaxParticipationPpm *uint32 `toml:"max_participation_ppm"`
	FinishPpm           *uint32 `toml:"finish_ppm"`
}

const maxSpecFile = 1 << 20

func readPolicySpec(path string) (*policySpec, error) {
	b, err := readBounded(path, maxSpecFile)
	if err != nil {
		return nil, err
	}
	var s policySpec
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, specFaults(path, err)
	}
	if err := s.check(); err != nil {
		return nil, config.Faults{{File: path, Problem: err.Error()}}
	}
	return &s, nil
}

// check judges what needs no model.
func (s *policySpec) check() error {
	var b bundle.Bundle
	if err := s.schema(&b, s.Input); err != nil {
		return err
	}
	if len(s.Actions) == 0 {
		return fmt.Errorf("no actions: one per output, of %s", strings.Join(bundle.EngineActions(), ", "))
	}
	_, err := s.Rule.rule()
	return err
}

// specFaults are a decoder's complaints, with their places.
func specFaults(path string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var faults config.Faults
		for i := range strict.Errors {
			line, col := strict.Errors[i].Position()
			faults = append(faults, config.Fault{File: path, Line: line, Column: col, Key: strings.Join(strict.Errors[i].Key(), "."), Problem: "unknown key"})
		}
		return faults
	}
	fault := config.Fault{File: path, Problem: err.Error()}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		fault.Line, fault.Column = at.Position()
		fault.Key = strings.Join(at.Key(), ".")
	}
	return config.Faults{fault}
}

// apply puts the spec into a bundle whose program is known.
func (s *policySpec) apply(b *bundle.Bundle) error {
	fed := bundle.FedInputs(b.Program)
	input, output := s.Input, s.Output
	if input == "" {
		if len(fed) != 1 {
			return fmt.Errorf("the model has %d inputs: name one with input =", len(fed))
		}
		input = fed[0].Name
	}
	if output == "" {
		if len(b.Program.Outputs) != 1 {
			return fmt.Errorf("the model has %d outputs: name one with output =", len(b.Program.Outputs))
		}
		output = b.Program.Outputs[0].Name
	}
	if err := s.schema(b, input); err != nil {
		return err
	}
	b.Head = &bundle.Head{Output: output, Kind: s.Head, Edges: s.Edges, Actions: s.Actions}
	if b.Head.Kind == "" {
		b.Head.Kind = bundle.Argmax
	}
	rule, err := s.Rule.rule()
	if err != nil {
		return err
	}
	b.Rule = &rule
	envelope := s.Envelope.envelope()
	b.Envelope = &envelope
	if s.Name != "" {
		b.Provenance.Name = s.Name
	}
	b.Provenance.Training = s.Training
	return b.CheckParts()
}

func (s *policySpec) schema(b *bundle.Bundle, input string) error {
	if len(s.Feature) == 0 {
		return fmt.Errorf("no [[feature]]: a policy needs at least one")
	}
	engine := bundle.EngineSchema()
	b.Schema = bundle.Schema{Version: engine.Version, Input: input}
	for _, f := range s.Feature {
		unit := ""
		for _, e := range engine.Features {
			if e.Name == f.Name {
				unit = e.Unit
			}
		}
		if unit == "" {
			return fmt.Errorf("feature %q is none of %s", f.Name, strings.Join(featureNames(), ", "))
		}
		n := bundle.Plain(unit)
		set(&n.Offset, f.Offset)
		set(&n.Scale, f.Scale)
		set(&n.Clip, f.Clip)
		set(&n.Min, f.Min)
		set(&n.Max, f.Max)
		b.Schema.Features = append(b.Schema.Features, bundle.Feature{Name: f.Name, Unit: unit})
		b.Norms = append(b.Norms, n)
	}
	return nil
}

func featureNames() (names []string) {
	for _, f := range bundle.EngineSchema().Features {
		names = append(names, f.Name)
	}
	return names
}

func set[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

func (r *ruleSpec) rule() (bundle.Rule, error) {
	rule := bundle.DefaultRule()
	if r == nil {
		return rule, nil
	}
	for _, d := range []struct {
		key, text string
		dst       *int64
	}{{"interval", r.Interval, &rule.IntervalNanos}, {"min_spacing", r.MinSpacing, &rule.MinSpacingNanos}} {
		if d.text == "" {
			continue
		}
		v, err := time.ParseDuration(d.text)
		if err != nil {
			return rule, fmt.Errorf(`rule.%s: %q is not a duration such as "250ms"`, d.key, d.text)
		}
		*d.dst = v.Nanoseconds()
	}
	if r.Events != nil {
		rule.Events = r.Events
	}
	return rule, nil
}

func (e *envelopeSpec) envelope() bundle.Envelope {
	env := bundle.DefaultEnvelope()
	if e == nil {
		return env
	}
	set(&env.MaxAheadPpm, e.MaxAheadPpm)
	set(&env.MaxBehindPpm, e.MaxBehindPpm)
	set(&env.MaxChildPpm, e.MaxChildPpm)
	set(&env.MaxParticipationPpm, e.MaxParticipationPpm)
	set(&env.FinishPpm, e.FinishPpm)
	return env
}

// starterSpec is a policy file to begin with, for a model of these ends: one feature per
// element as far as the engine's go, and the engine's actions in its order, to be
// replaced by what the model was trained on.
func starterSpec(name, input, output string, inputs, outputs int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `# What the model's input means and what its output does. docs/policy.md has every key.
name = %q
input = %q # takes %d elements: one [[feature]] each, in the order of training
output = %q
`, name, input, inputs, output)
	if outputs == 1 {
		b.WriteString("head = \"bins\" # one number, parted at the edges; \"label\" if it is the action's index\nedges = [0.0]\n")
		outputs = 2
	} else {
		fmt.Fprintf(&b, "head = \"argmax\" # the largest of %d elements is the action\n", outputs)
	}
	menu := bundle.EngineActions()
	fmt.Fprintf(&b, "# one per output, of: %s\nactions = [", strings.Join(menu, ", "))
	for i := range min(outputs, bundle.MaxActions) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", menu[i%len(menu)])
	}
	b.WriteString("]\n")
	engine := bundle.EngineSchema().Features
	for i := range inputs {
		if i >= len(engine) {
			fmt.Fprintf(&b, "\n# elements %d to %d: the engine has %d features\n", i, inputs-1, len(engine))
			break
		}
		n := bundle.Plain(engine[i].Unit)
		fmt.Fprintf(&b, `
[[feature]] # fed as clamp((x - offset) * scale, -clip, clip)
name = %q
offset = 0.0
scale = %g
clip = %.1f
min = %d # of training; outside of it the schedule decides
max = %d
`, engine[i].Name, n.Scale, n.Clip, math.MinInt32, math.MaxInt32)
	}
	b.WriteString(`
[rule]
interval = "500ms"
min_spacing = "10ms"
events = ["ack", "fill", "slice", "touch"]

[envelope]
max_ahead_ppm = 100000  # of the order, beyond the schedule
max_behind_ppm = 100000 # further behind, the schedule takes over
max_child_ppm = 1000000
max_participation_ppm = 0
finish_ppm = 50000      # in this last part of the window the schedule takes over
`)
	return []byte(b.String())
}
