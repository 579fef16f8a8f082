package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

// runHere is one command in this process.
func runHere(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &errOut)
	return code, out.String(), errOut.String()
}

func example(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(testdata.Root(t), "examples", name)
}

func TestExitCodes(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.toml")
	if err := os.WriteFile(broken, []byte("[feed]\nport_a = 0\n[venu]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stdout string // a part of it
		stderr string // a part of it; "" = nothing at all
	}{
		{"alone it shows its commands", nil, 0, "check-config", ""},
		{"help is no failure", []string{"check-config", "--help"}, 0, "slipstream check-config FILE", ""},
		{"an unknown command is bad usage, with the nearest one", []string{"chek-config"}, 2, "", "did you mean check-config?"},
		{"an unknown flag is bad usage", []string{"check-config", "--jsn", "x"}, 2, "", "unknown flag: --jsn\nRun 'slipstream check-config --help'"},
		{"a missing argument is bad usage", []string{"check-config"}, 2, "", "which FILE?"},
		{"an argument too many is bad usage", []string{"check-config", "a", "b"}, 2, "", "one FILE, not 2: a b"},
		{"a missing flag is bad usage", []string{"verify", "book", "--itch", "x"}, 2, "", `required flag(s) "lobster" not set`},
		{"a group alone shows its commands", []string{"import"}, 0, "lobster", ""},
		{"an unknown word in a group is bad usage", []string{"import", "lobstr"}, 2, "", `"lobstr" is no command of slipstream import: did you mean lobster?`},
		{"an import of what is not there fails", []string{"import", "lobster", "/nonexistent/x.zip", "--out", filepath.Join(t.TempDir(), "x.itch")}, 1, "", "no such file"},
		{"a check of what is not there fails", []string{"verify", "book", "--itch", "/nonexistent/x.itch", "--lobster", "/nonexistent/x.zip"}, 1, "", "no such file"},
		{"a configuration that is not there is bad configuration", []string{"check-config", "/nonexistent/x.toml"}, 2, "", "/nonexistent/x.toml: cannot be read: no such file or directory"},
		{"a fault in it is bad configuration", []string{"check-config", broken}, 2, "", ":2:1: feed.port_a: 0 is out of range: want 1 to 65535"},
		{"every fault is named", []string{"check-config", broken}, 2, "", ":3:2: venu: unknown key: did you mean venue?"},
		{"a good configuration is printed", []string{"check-config", example(t, "daemon.toml")}, 0, "hold_packets = 1024", ""},
		{"the exchange's too", []string{"check-config", example(t, "venue.toml")}, 0, "loss_a_ppm = 2000", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := runHere(t, c.args...)
			if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || (c.stderr == "" && stderr != "") {
				t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", code, c.code, stdout, stderr)
			}
		})
	}
}

func TestCheckConfigJSON(t *testing.T) {
	code, stdout, stderr := runHere(t, "check-config", "--json", example(t, "daemon.toml"))
	var good struct {
		OK     bool
		Kind   string
		Config struct {
			Feed struct {
				Gap int64 `json:"gap_wait_us"`
			}
			Instruments []struct {
				Tick string `json:"tick_usd"`
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &good); err != nil {
		t.Fatal(err)
	}
	if code != 0 || stderr != "" || !good.OK || good.Kind != "daemon" || good.Config.Feed.Gap != 20_000 || good.Config.Instruments[0].Tick != "0.01" {
		t.Errorf("code %d: %s%s", code, stdout, stderr)
	}

	code, stdout, stderr = runHere(t, "check-config", "--json", "/nonexistent/x.toml")
	var bad struct {
		OK     bool
		Faults []struct{ File, Problem string }
	}
	if err := json.Unmarshal([]byte(stdout), &bad); err != nil {
		t.Fatal(err)
	}
	if code != 2 || stderr != "" || bad.OK || len(bad.Faults) != 1 || bad.Faults[0].File != "/nonexistent/x.toml" {
		t.Errorf("code %d: %s%s", code, stdout, stderr)
	}
}
