package main

import (
	"os"
	"testing"

	"slipstream/internal/netns"
	"slipstream/internal/scene"
)

// programEnv makes the test binary the program itself.
const programEnv = "SLIPSTREAM_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main()
	}
	if _, code, done := netns.Reexec(); done {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// start runs this program in dir as a process of its own.
func start(t *testing.T, dir, name string, args ...string) *scene.Process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return scene.Start(t, scene.Program{Name: name, Path: exe, Args: args, Dir: dir, Env: []string{programEnv + "=1"}})
}
