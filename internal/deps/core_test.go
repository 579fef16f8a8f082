package deps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"slipstream/internal/testdata"
)

func TestCoreIsPure(t *testing.T) {
	root := testdata.Root(t)
	patterns := make([]string, len(core))
	for i, p := range core {
		patterns[i] = module + "/" + p
	}
	pkgs, err := packages.Load(&packages.Config{
		Dir: root,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo,
	}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) != len(core) {
		t.Fatalf("%d packages found of the %d of the core", len(pkgs), len(core))
	}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Errorf("%s: %v", p.PkgPath, e)
		}
		if len(p.Syntax) == 0 {
			t.Errorf("%s has no source", p.PkgPath)
		}
		for _, f := range p.OtherFiles {
			t.Errorf("%s: not Go, so nothing here can judge it", f)
		}
		for _, f := range p.IgnoredFiles {
			if !strings.HasSuffix(f, "_test.go") {
				t.Errorf("%s: left out by a build constraint, so nothing here judges it", f)
			}
		}
		for _, f := range inspect(strings.TrimPrefix(p.PkgPath, module+"/"), p.Fset, p.TypesInfo, p.Syntax) {
			f.pos.Filename, _ = filepath.Rel(root, f.pos.Filename)
			t.Error(f)
		}
	}
}

// Every folder of the core's layers is either in the core, or is named here as edge:
// a new package must choose.
func TestEveryPackageBelowBenchIsCoreOrEdge(t *testing.T) {
	edge := map[string]string{
		"feed/receive":              "sockets",
		"feed/capture":              "documentation of its sub-packages",
		"feed/capture/itchfile":     "files",
		"feed/capture/pcap":         "files",
		"feed/capture/lobster":      "files",
		"fix/wire/vector":           "the codec's scan in assembly; its results are held to be those of Go",
		"fix/desk":                  "quickfixgo, sockets, its own threads",
		"fix/session/at":            "runner of the acceptance definitions: files, sockets",
		"fix/session/at/acceptance": "prints the counts",
		"fix/session/filestore":     "files",
		"fix/session/tables":        "embedded tables",
		"fix/session/tables/gen":    "generator of the tables: files, XML",
		"fix/atdl":                  "XML for the desks",
		"policy/graph":              "the float form of a model, compiled before the day",
		"policy/float":              "the slow oracle of the compiler",
		"policy/program":            "pure, but in floats with fixed rounding rules of its own, which its tests hold",
		"policy/kernel":             "the same in assembly",
		"policy/onnx":               "reader of model files",
		"policy/onnx/onnxtest":      "writer of model files, for tests",
		"policy/treefile":           "reader of model files",
		"policy/quant":              "the compiler",
		"policy/bundle":             "files and signatures of a policy",
		"engine/learned":            "pure, and feeds the network floats that come exactly from integers",
		"engine/loop":               "the live loop: clock, sockets, pinning",
		"engine/ring":               "meeting place of two threads: atomics",
		"engine/journal":            "files",
		"engine/takeup":             "files",
		"engine/scribe":             "log and metrics",
	}
	known := map[string]bool{}
	for _, p := range core {
		known[p] = true
		if edge[p] != "" {
			t.Errorf("%s is core and edge", p)
		}
	}
	files := sources(t)
	for i := range files {
		dir := files[i].dir
		if layer, _ := layerOf(dir); layer < 0 || layer > 2 || files[i].test() {
			continue
		}
		if !known[dir] && edge[dir] == "" {
			t.Errorf("%s is neither core nor edge: say which", dir)
			known[dir] = true
		}
	}
}

// inspectSnippet type-checks the body of a file as if it were in package risk. Types
// of imports are left unknown: rules go by package and name.
func inspectSnippet(t *testing.T, body string) (found []finding) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "snippet.go", "package p\n"+body+"\n", parser.ParseComments)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: emptyImporter{}, Error: func(error) {}}
	_, _ = conf.Check("p", fset, []*ast.File{f}, info) // unknown names of imports are errors
	return inspect("risk", fset, info, []*ast.File{f})
}

type emptyImporter struct{}

func (emptyImporter) Import(path string) (*types.Package, error) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if name == "v2" {
		name = "rand"
	}
	p := types.NewPackage(path, name)
	p.MarkComplete()
	return p, nil
}

func TestEveryRuleCatchesAndLetsPass(t *testing.T) {
	for _, r := range rules {
		if r.why == "" || len(r.catches) == 0 || len(r.passes) == 0 {
			t.Errorf("rule %q lacks a reason or a snippet", r.name)
		}
		for _, body := range r.catches {
			caught := false
			for _, f := range inspectSnippet(t, body) {
				caught = caught || f.rule == r.name
			}
			if !caught {
				t.Errorf("rule %q does not catch: %s", r.name, body)
			}
		}
		for _, body := range r.passes {
			for _, f := range inspectSnippet(t, body) {
				t.Errorf("rule %q: %v: must pass: %s", r.name, f, body)
			}
		}
	}
}

func TestEveryFindingHasItsRule(t *testing.T) {
	names := map[string]bool{}
	for _, r := range rules {
		if names[r.name] {
			t.Errorf("rule %q stands twice", r.name)
		}
		names[r.name] = true
	}
	src, err := os.ReadFile("rules_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(src), `in.report("`)[1:] {
		if name, _, _ := strings.Cut(part, `"`); !names[name] {
			t.Errorf("%q is reported, but not in the table", name)
		}
	}
	for _, a := range coreImports {
		if a.why == "" {
			t.Errorf("import %s has no reason", a.path)
		}
	}
}
