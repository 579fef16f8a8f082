package main

import (
	"reflect"
	"strings"
	"testing"

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
