package deps

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

const module = "slipstream"

// line is who may import whom: a package may import those of earlier layers and of
// its own folder.
//
//	internal/market < feed, fix, policy, risk < engine < bench, cmd
var line = [][]string{
	{"internal/market"},
	{"feed", "fix", "policy", "risk"},
	{"engine"},
	{"bench", "cmd"},
}

// across are imports within a layer that are allowed, each with its reason.
var across = []struct{ from, to, why string }{
	{"cmd", "bench", "one binary: demo, venue, desk and backtest start the workbench; run does not"},
}

// helpers stand outside the line and import nothing of the module. Any test may
// import them; other code only below the folders named.
var helpers = []struct {
	path    string
	folders []string
	why     string
}{
	{"internal/testdata", nil, "finds the real data that tests need"},
	{"internal/testcert", nil, "makes certificates for tests of TLS"},
	{"internal/scene", nil, "plays scenes of whole processes in tests"},
	{"internal/netns", []string{"bench", "cmd"}, "multicast in a network namespace of the process's own; live trading never uses it"},
}

// helper is the index of a package among the helpers, or -1.
func helper(dir string) int {
	for i := range helpers {
		if helpers[i].path == dir {
			return i
		}
	}
	return -1
}

// imports is what one file of a package imports.
type imports struct {
	dir   string // of the package, relative to the root, slashes
	file  string
	paths []string
}

func (f *imports) test() bool { return strings.HasSuffix(f.file, "_test.go") }

// layerOf is the layer and the folder of a package; -1 = none.
func layerOf(dir string) (int, string) {
	for i, layer := range line {
		for _, folder := range layer {
			if dir == folder || strings.HasPrefix(dir, folder+"/") {
				return i, folder
			}
		}
	}
	return -1, ""
}

// crossings are the imports of f that break the line.
func crossings(f *imports) (faults []string) {
	layer, folder := layerOf(f.dir)
	for _, p := range f.paths {
		to, ours := strings.CutPrefix(p, module+"/")
		if !ours {
			continue
		}
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Sprintf("%s/%s imports %s: ", f.dir, f.file, to)+fmt.Sprintf(format, args...))
		}
		toLayer, toFolder := layerOf(to)
		switch {
		case helper(to) >= 0:
			if !f.test() && !slices.Contains(helpers[helper(to)].folders, folder) {
				fault("only tests may, and %q", helpers[helper(to)].folders)
			}
		case helper(f.dir) >= 0:
			fault("a helper imports nothing of the module")
		case layer < 0 && !f.test():
			fault("folder %q is not in the line", f.dir)
		case toLayer < 0:
			fault("it is not in the line")
		case layer < 0 || folder == toFolder || toLayer < layer:
		case slices.ContainsFunc(across, func(a struct{ from, to, why string }) bool { return a.from == folder && a.to == toFolder }):
		case toLayer == layer:
			fault("%s and %s stand beside each other", folder, toFolder)
		default:
			fault("%s comes before %s", folder, toFolder)
		}
	}
	return faults
}

// sources are all Go files of the module, by their imports.
func sources(t *testing.T) (files []imports) {
	t.Helper()
	root := testdata.Root(t)
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); name != root && (n == "testdata" && filepath.Base(filepath.Dir(name)) != "internal" || n == "vendor" || strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_")) {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != root {
				return filepath.SkipDir // a module of its own
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		src := imports{dir: filepath.ToSlash(rel), file: filepath.Base(name)}
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			src.paths = append(src.paths, p)
		}
		files = append(files, src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImportLineHolds(t *testing.T) {
	files := sources(t)
	seen := map[string]bool{}
	for i := range files {
		_, folder := layerOf(files[i].dir)
		seen[folder] = true
		for _, fault := range crossings(&files[i]) {
			t.Error(fault)
		}
	}
	for _, layer := range line {
		for _, folder := range layer {
			if !seen[folder] {
				t.Errorf("no file found below %s: the test looks at the wrong place", folder)
			}
		}
	}
}

func TestImportLineCatchesWhatItForbids(t *testing.T) {
	cases := []struct {
		from, file, to string
		allowed        bool
	}{
		{"feed/book", "a.go", "internal/market", true},
		{"feed/book", "a.go", "feed/itch", true},
		{"risk", "a.go", "internal/market", true},
		{"engine", "a.go", "fix/session", true},
		{"engine/loop", "a.go", "engine", true},
		{"bench/sim", "a.go", "engine", true},
		{"bench/sim", "a.go", "risk", true},
		{"cmd/slipstream", "a.go", "engine/loop", true},
		{"cmd/slipstream", "a.go", "bench/exchange", true},
		{"risk", "a_test.go", "internal/testdata", true},
		{"feed/receive", "a_test.go", "internal/netns", true},
		{"cmd/slipstream", "a.go", "internal/netns", true},
		{"docs", "a_test.go", "cmd/slipstream", true}, // tests outside the line may look at all
		{"internal/market", "a.go", "risk", false},
		{"feed/book", "a.go", "fix", false},
		{"fix/venue", "a.go", "risk", false},
		{"risk", "a.go", "policy/schedule", false},
		{"policy/schedule", "a.go", "engine", false},
		{"risk", "a.go", "engine/ring", false},
		{"engine", "a.go", "bench/exchange", false},
		{"engine/loop", "a.go", "cmd/slipstream", false},
		{"fix/desk", "a.go", "bench/desk", false},
		{"feed/book", "a_test.go", "bench/flow", false}, // tests hold the line too
		{"bench/sim", "a.go", "cmd/slipstream", false},
		{"risk", "a.go", "internal/testdata", false},
		{"cmd/slipstream", "a.go", "internal/testdata", false},
		{"engine/loop", "a.go", "internal/netns", false},
		{"internal/testdata", "a.go", "internal/market", false},
		{"internal/netns", "a.go", "engine", false},
		{"tools", "a.go", "engine", false},
		{"engine", "a.go", "tools", false},
		{"feedback", "a.go", "internal/market", false}, // not below feed
	}
	for _, c := range cases {
		f := imports{dir: c.from, file: c.file, paths: []string{"fmt", module + "/" + c.to}}
		if faults := crossings(&f); (len(faults) == 0) != c.allowed {
			t.Errorf("%s/%s importing %s: %q", c.from, c.file, c.to, faults)
		}
	}
}
