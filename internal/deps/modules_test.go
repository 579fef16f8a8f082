package deps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// modules are the outside modules that code (not tests) may import, and below which
// folders. Core packages are held to coreImports besides.
var modules = []struct {
	path    string
	folders []string
	why     string
}{
	{"github.com/spf13/cobra", []string{"cmd"}, "the command line"},
	{"github.com/mattn/go-isatty", []string{"cmd"}, "progress lines only on a terminal"},
	{"github.com/pelletier/go-toml/v2", []string{"cmd", "bench"}, "configuration, flow parameters and scripts; never read below"},
	{"github.com/rs/zerolog", []string{"cmd", "bench", "engine/loop", "engine/scribe", "fix/desk"}, "written by the scribe and the gateway, never on the hot thread"},
	{"github.com/quickfixgo/quickfix", []string{"fix/desk", "bench"}, "the desk gateway, and an independent peer"},
	{"github.com/gopacket/gopacket", []string{"feed/capture"}, "reading pcap files"},
	{"google.golang.org/protobuf", []string{"policy/onnx"}, "protowire: the wire form of ONNX files"},
	{"github.com/HdrHistogram/hdrhistogram-go", []string{"cmd", "bench", "engine/loop", "engine/scribe"}, "latency reports, off the hot thread"},
	{"golang.org/x/sys", []string{"cmd", "bench", "policy/kernel", "policy/program", "fix/wire", "fix/wire/vector", "fix/session/filestore", "fix/desk", "engine/loop", "engine/journal", "engine/scribe", "engine/takeup", "feed/receive", "feed/book", "internal/netns"}, "sockets, affinity, mmap; feed/book: huge pages for its slabs"},
}

// outside reports whether an import path is neither the module's nor the standard library's.
func outside(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return strings.Contains(first, ".")
}

func strangers(f *imports) (faults []string) {
	if f.test() {
		return nil
	}
	for _, p := range f.paths {
		if !outside(p) {
			continue
		}
		i := slices.IndexFunc(modules, func(m struct {
			path    string
			folders []string
			why     string
		}) bool {
			return p == m.path || strings.HasPrefix(p, m.path+"/")
		})
		if i < 0 {
			faults = append(faults, fmt.Sprintf("%s/%s imports %s: put it into the table of modules, with a reason", f.dir, f.file, p))
			continue
		}
		if !slices.ContainsFunc(modules[i].folders, func(folder string) bool { return f.dir == folder || strings.HasPrefix(f.dir, folder+"/") }) {
			faults = append(faults, fmt.Sprintf("%s/%s imports %s: only %s may (%s)", f.dir, f.file, p, strings.Join(modules[i].folders, ", "), modules[i].why))
		}
	}
	return faults
}

func TestOutsideModulesStayWhereTheyBelong(t *testing.T) {
	files := sources(t)
	for i := range files {
		for _, fault := range strangers(&files[i]) {
			t.Error(fault)
		}
	}
}

func TestOutsideModulesAreCaughtElsewhere(t *testing.T) {
	cases := []struct {
		dir, path string
		allowed   bool
	}{
		{"cmd/slipstream", "github.com/spf13/cobra", true},
		{"fix/desk", "github.com/quickfixgo/quickfix/config", true},
		{"feed/receive", "golang.org/x/sys/unix", true},
		{"risk", "math/bits", true},
		{"engine", "github.com/spf13/cobra", false},
		{"risk", "github.com/rs/zerolog", false},
		{"fix/session", "github.com/quickfixgo/quickfix", false},
		{"fix/desktop", "github.com/quickfixgo/quickfix", false},
		{"engine", "golang.org/x/sys/unix", false},
		{"cmd/slipstream", "example.com/unknown", false},
		{"cmd/slipstream", "github.com/spf13/cobrahead", false},
	}
	for _, c := range cases {
		f := imports{dir: c.dir, file: "a.go", paths: []string{c.path}}
		if faults := strangers(&f); (len(faults) == 0) != c.allowed {
			t.Errorf("%s importing %s: %q", c.dir, c.path, faults)
		}
	}
}
