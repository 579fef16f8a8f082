package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/engine/loop"
)

func TestSequenceNumbersAreShownAndSetOnlyTogether(t *testing.T) {
	dir := t.TempDir()
	st, unmap, err := loop.MapState(filepath.Join(dir, "session.state"))
	if err != nil {
		t.Fatal(err)
	}
	st.Reset(7, 9)
	ctl := func(args ...string) (int, string, string) {
		var out, fault bytes.Buffer
		code := Main(append([]string{"ctl", "session"}, args...), nil, &out, &fault)
		return code, out.String(), fault.String()
	}
	if code, _, fault := ctl(dir); code != 1 || !strings.Contains(fault, "in use") {
		t.Errorf("while a daemon holds it: exit %d, %q", code, fault)
	}
	if err := unmap(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		out  sessionAnswer
	}{
		{"shown", []string{dir, "--json"}, 0, sessionAnswer{NextOut: 7, NextIn: 9}},
		{"one number alone is refused", []string{dir, "--next-out", "3"}, 2, sessionAnswer{}},
		{"both are set", []string{dir, "--next-out", "3", "--next-in", "4", "--json"}, 0, sessionAnswer{NextOut: 3, NextIn: 4}},
		{"and stay set", []string{dir, "--json"}, 0, sessionAnswer{NextOut: 3, NextIn: 4}},
		{"no state there", []string{t.TempDir()}, 1, sessionAnswer{}},
	} {
		code, out, fault := ctl(c.args...)
		if code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", c.name, code, c.code, fault)
			continue
		}
		if code != 0 {
			continue
		}
		var got sessionAnswer
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Errorf("%s: %v in %q", c.name, err, out)
		}
		if got.NextOut != c.out.NextOut || got.NextIn != c.out.NextIn {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.out)
		}
	}
}
