package loop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestTheTurnHasNoCallThatMayBlock holds the files that a turn runs through to
// what the package promises: no lock, log, channel, goroutine, map, closure,
// formatting, or system call that tells the scheduler. idle.go has the one call
// that may block; begin and end, in loop.go and end.go, are no turns.
func TestTheTurnHasNoCallThatMayBlock(t *testing.T) {
	files := []string{"turn.go", "line.go", "recovery.go", "transport.go", "venue.go", "tls_turn.go", "raw.go", "backpressure.go",
		"spill.go", "clock.go", "hist.go", "counters.go", "stage.go"}
	cold := map[string]bool{"openRecovery": true, "newClock": true}
	banned := map[string]bool{"sync": true, "log": true, "fmt": true, "os": true, "runtime": true, "net": true, "errors": true}
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || cold[fn.Name.Name] {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				bad := ""
				switch n := n.(type) {
				case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt, *ast.DeferStmt:
					bad = "a goroutine, channel or defer"
				case *ast.UnaryExpr:
					if n.Op == token.ARROW {
						bad = "a channel"
					}
				case *ast.MapType, *ast.FuncLit:
					bad = "a map or closure"
				case *ast.CallExpr:
					if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "make" || id.Name == "new" || id.Name == "panic") {
						bad = id.Name
					}
				case *ast.SelectorExpr:
					pkg, _ := n.X.(*ast.Ident)
					switch {
					case pkg != nil && banned[pkg.Name]:
						bad = pkg.Name + "." + n.Sel.Name
					case pkg != nil && pkg.Name == "unix" && strings.HasPrefix(n.Sel.Name, "Syscall"):
						bad = "unix." + n.Sel.Name
					case pkg != nil && pkg.Name == "time" && n.Sel.Name != "Since" && n.Sel.Name != "Time":
						bad = "time." + n.Sel.Name
					case n.Sel.Name == "Lock" || n.Sel.Name == "Wait":
						bad = "." + n.Sel.Name
					}
				}
				if bad != "" {
					t.Errorf("%s: %s in the turn", set.Position(n.Pos()), bad)
				}
				return true
			})
		}
	}
}
