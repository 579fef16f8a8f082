package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"slipstream/engine"
	"slipstream/engine/learned"
	"slipstream/policy/bundle"
)

// docs/policy.md has a row for every feature, action, key, section and reason.
func TestDocsOfPolicies(t *testing.T) {
	rows := cells(page(t, "policy.md"))
	want := func(what, cell string) {
		t.Helper()
		if !rows[cell] {
			t.Errorf("docs/policy.md has no row of the %s %s", what, cell)
		}
	}
	for _, f := range bundle.EngineSchema().Features {
		want("feature", "`"+f.Name+"`")
	}
	for _, a := range bundle.EngineActions() {
		want("action", "`"+a+"`")
	}
	for _, s := range bundle.Sections() {
		want("section", "`"+s+"`")
	}
	for _, err := range []error{bundle.ErrMagic, bundle.ErrVersion, bundle.ErrLimit, bundle.ErrTruncated, bundle.ErrTrailing,
		bundle.ErrHash, bundle.ErrSignature, bundle.ErrFormat, bundle.ErrSchema, bundle.ErrProgram, bundle.ErrGolden} {
		want("reason", err.Error())
	}
	for _, key := range tomlKeys("", reflect.TypeFor[policySpec]()) {
		want("key", "`"+key+"`")
	}
}

// tomlKeys are the keys of a file's struct, nested ones with a dot.
func tomlKeys(prefix string, t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		inner := f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			keys = append(keys, tomlKeys(prefix+name+".", inner)...)
		} else {
			keys = append(keys, prefix+name)
		}
	}
	return keys
}

// The schema and the menu that bundles carry are the engine's.
func TestBundlesNameWhatTheEngineHas(t *testing.T) {
	schema := bundle.EngineSchema()
	if len(schema.Features) != engine.FeatureCount {
		t.Fatalf("%d features, the engine has %d", len(schema.Features), engine.FeatureCount)
	}
	for i, f := range schema.Features {
		if f.Name != engine.FeatureNames[i] || !strings.HasSuffix(f.Name, "_"+f.Unit) {
			t.Errorf("feature %d is %s in %s, the engine's is %s", i, f.Name, f.Unit, engine.FeatureNames[i])
		}
	}
	if got := bundle.EngineActions(); !slices.Equal(got, learned.Names[:]) {
		t.Errorf("actions %v, the engine has %v", got, learned.Names)
	}
}
