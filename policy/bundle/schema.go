package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// MaxFeatures bounds a schema.
const MaxFeatures = 1024

// FeatureVersion is the version of the features' definitions (engine/features.go). It
// changes whenever one of them comes to mean something else.
const FeatureVersion = 1

// Feature is one integer that the engine computes for a parent at a decision.
type Feature struct {
	Name string `json:"name"`
	Unit string `json:"unit"` // ppm, or milliticks: thousandths of a tick
}

// Schema says what the program's features are, in the order in which they are fed.
type Schema struct {
	Version  int       `json:"version"`  // FeatureVersion it was trained on; 0 in a bare model
	Input    string    `json:"input"`    // program input that takes them, one element each
	Features []Feature `json:"features"` // empty: a bare model
}

// EngineSchema is every feature the engine has, in the order of engine.Features. Input
// is left empty.
func EngineSchema() Schema {
	return Schema{Version: FeatureVersion, Features: []Feature{
		{"time_left_ppm", "ppm"},
		{"inventory_left_ppm", "ppm"},
		{"behind_ppm", "ppm"},
		{"spread_milliticks", "milliticks"},
		{"imbalance_ppm", "ppm"},
		{"micro_milliticks", "milliticks"},
		{"flow_ppm", "ppm"},
		{"drift_ppm", "ppm"},
		{"overdue_ppm", "ppm"},
		{"slice_left_ppm", "ppm"},
		{"resting_ppm", "ppm"},
		{"ahead_ppm", "ppm"},
	}}
}

// Host is what a process that runs policies has to offer them.
type Host struct {
	Schema  Schema   // the features it computes, in its order
	Actions []string // the actions it knows, in its order
}

// Engine is the host of this build.
func Engine() Host { return Host{Schema: EngineSchema(), Actions: EngineActions()} }

// IsZero reports a bare model's schema.
func (s *Schema) IsZero() bool { return len(s.Features) == 0 }

// Hash fixes version, names, units and order.
func (s *Schema) Hash() [32]byte {
	var b strings.Builder
	fmt.Fprintf(&b, "slipstream features %d\n", s.Version)
	for _, f := range s.Features {
		fmt.Fprintf(&b, "%s\t%s\n", f.Name, f.Unit)
	}
	return sha256.Sum256([]byte(b.String()))
}

// Columns maps each feature of s to its place in host. The host must have every feature,
// under the same name, in the same unit and of the same version.
func (s *Schema) Columns(host Schema) ([]int, error) {
	if s.Version != host.Version {
		return nil, refuse("schema", ErrSchema, "features of version %d, this build computes version %d", s.Version, host.Version)
	}
	at := make(map[string]int, len(host.Features))
	for i, f := range host.Features {
		at[f.Name] = i
	}
	cols := make([]int, len(s.Features))
	for i, f := range s.Features {
		k, ok := at[f.Name]
		if !ok {
			return nil, refuse("schema", ErrSchema, "feature %d is %q, which this build does not compute", i, f.Name)
		}
		if h := host.Features[k]; h.Unit != f.Unit {
			return nil, refuse("schema", ErrSchema, "feature %q is in %s, this build computes it in %s", f.Name, f.Unit, h.Unit)
		}
		cols[i] = k
	}
	return cols, nil
}

func (s *Schema) check() error {
	if len(s.Features) > MaxFeatures {
		return fmt.Errorf("%d features, at most %d", len(s.Features), MaxFeatures)
	}
	if s.IsZero() {
		if s.Version != 0 || s.Input != "" {
			return fmt.Errorf("a bare model has version %d and input %q", s.Version, s.Input)
		}
		return nil
	}
	if s.Version < 1 || len(s.Input) > maxText {
		return fmt.Errorf("version %d, input %.40q", s.Version, s.Input)
	}
	seen := make(map[string]bool, len(s.Features))
	for i, f := range s.Features {
		switch {
		case !word(f.Name) || !word(f.Unit):
			return fmt.Errorf("feature %d is %.40q in %.40q: names and units are a-z, 0-9 and _", i, f.Name, f.Unit)
		case seen[f.Name]:
			return fmt.Errorf("feature %q is there twice", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

// word reports 1 to 64 of a-z, 0-9 and _.
func word(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 64
}

// hashedSchema is the section: the schema and its hash, which must agree.
type hashedSchema struct {
	Schema
	SHA256 string `json:"sha256"`
}

func (h *hashedSchema) check() error {
	if err := h.Schema.check(); err != nil {
		return err
	}
	if sum := h.Hash(); h.SHA256 != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("its hash is %x, it says %.64q", sum, h.SHA256)
	}
	return nil
}
