package loop

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/fix/session"
)

func TestMappedStateSurvivesAndIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.state")
	st, done, err := MapState(path)
	if err != nil {
		t.Fatal(err)
	}
	if out, in, _, _, err := st.Numbers(); err != nil || out != 1 || in != 1 {
		t.Fatalf("a new state: %d, %d, %v", out, in, err)
	}
	st.Reset(41, 17)
	if _, _, err := MapState(path); !errors.Is(err, ErrStateInUse) || !strings.Contains(err.Error(), path) {
		t.Fatalf("a second daemon: %v", err)
	}
	// What is in the file is there without close: a kill would leave it.
	b, err := os.ReadFile(path)
	if err != nil || len(b) != session.StateBytes {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if string(b) == string(make([]byte, len(b))) {
		t.Error("the store is not in the file")
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	st, done, err = MapState(path)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if out, in, _, _, err := st.Numbers(); err != nil || out != 41 || in != 17 {
		t.Errorf("after a restart: %d, %d, %v", out, in, err)
	}
}

func TestAFileThatIsNoStateIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(path, []byte("not a state"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := MapState(path); err == nil || !strings.Contains(err.Error(), "11 bytes") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "not a state" {
		t.Error("the file was changed")
	}
	if _, _, err := MapState(filepath.Join(dir, "missing", "x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, _, err := MapState(dir); err == nil {
		t.Error("a folder is a state")
	}
}
