package deps

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// core are the packages that decide: pure state machines, replayed to the same bytes.
var core = []string{
	"internal/market",
	"feed/itch", "feed/moldudp64", "feed/arbiter", "feed/book",
	"fix", "fix/wire", "fix/session", "fix/venue",
	"policy/schedule",
	"risk",
	"engine",
}

// coreImports is all that core packages may import besides one another.
var coreImports = []struct {
	path string
	only []string // packages that may; nil = all
	why  string
}{
	{"bytes", nil, "comparing and finding, no allocation"},
	{"cmp", nil, "comparing"},
	{"encoding/binary", nil, "fixed-width fields"},
	{"errors", nil, "constructors and Validate join faults"},
	{"fmt", nil, "faults of constructors and Validate, String of enums (rule fmt)"},
	{"math", nil, "bounds of integers (rule floats)"},
	{"math/bits", nil, "128-bit products, bit tricks"},
	{"slices", nil, "deterministic algorithms over slices"},
	{"strconv", nil, "Append and String of integers"},
	{"unsafe", []string{"feed/book"}, "slabs aligned to huge pages, proofs of record sizes"},
	{"slipstream/fix/wire/vector", []string{"fix/wire"}, "pure assembly with a twin in Go"},
	{"golang.org/x/sys/unix", []string{"feed/book"}, "MADV_HUGEPAGE on the slabs, in the constructor"},
}

// rules are the bans in core packages. catches and passes are bodies of a file that
// the rule must find and must leave alone.
var rules = []struct {
	name    string
	why     string
	catches []string
	passes  []string
}{
	{"imports", "clock, random, sockets, files, locks and logs all begin with an import; what is not in coreImports needs a reason first",
		[]string{
			`import "time"; var _ = time.Now`,
			`import t "time"; func f() { t.Sleep(1) }`,
			`import . "time"; var _ = Now`,
			`import _ "time"`,
			`import "math/rand"; var _ = rand.Int`,
			`import "math/rand/v2"; var _ = rand.Int`,
			`import "crypto/rand"; var _ = rand.Read`,
			`import "hash/maphash"; var _ maphash.Hash`,
			`import "maps"; func f(m map[int]int) { for range maps.Keys(m) {} }`,
			`import "log"; func f() { log.Print(1) }`,
			`import "log/slog"; func f() { slog.Info("") }`,
			`import "github.com/rs/zerolog"; var _ zerolog.Logger`,
			`import "github.com/quickfixgo/quickfix"; var _ quickfix.Message`,
			`import "github.com/spf13/cobra"; var _ cobra.Command`,
			`import "net"; var _ net.Conn`,
			`import "os"; var _ = os.Args`,
			`import "sync"; var _ sync.Mutex`,
			`import "sync/atomic"; var _ atomic.Uint64`,
			`import "context"; var _ context.Context`,
			`import "runtime"; func f() { runtime.Gosched() }`,
			`import "syscall"; var _ = syscall.Gettimeofday`,
			`import "unsafe"; var _ unsafe.Pointer`,
			`import "slipstream/engine/loop"; var _ = loop.Run`,
			`import "slipstream/fix/desk"; var _ = desk.Open`,
		},
		[]string{`import "math/bits"; var _ = bits.Len`, `import "slipstream/internal/market"; var _ market.Qty`}},
	{"linkname", "reaches past the import list into the runtime's clock and scheduler",
		[]string{"//go:linkname nanotime runtime.nanotime\nfunc nanotime() int64"},
		[]string{"// go:linkname is named here, not used\nfunc f() {}"}},
	{"map range", "map order differs from run to run",
		[]string{
			`func f(m map[int]int) { for range m {} }`,
			`type book map[string]int; func f(b book) (n int) { for _, v := range b { n += v }; return }`,
			`type s struct{ m map[int]bool }; func f(x *s) { for k := range x.m { _ = k } }`,
			`func f[M ~map[int]int](m M) { for range m {} }`,
			`func f[K comparable, M interface{ ~map[K]int }](m M) { for range m {} }`,
		},
		[]string{`func f(m map[int]int, s []int) int { for i := range s { delete(m, i) }; for range 3 {}; return m[1] }`}},
	{"floats", "rounding differs between machines and compilers; decisions are integers",
		[]string{
			`var x float64`,
			`var x float32 = 1`,
			`func f(a int) bool { return float64(a) > 1 }`,
			`func f() { x := 0.5; _ = x }`,
			`type s struct{ p []float64 }`,
			`type rate = map[int]float32`,
			`var c complex128`,
			`func f[T ~float64](x T) T { return x }`,
			`import "math"; func f(x int) { _ = math.Sqrt(2) }`,
			`import "math"; const c = math.Pi`,
		},
		[]string{`const ns = 1e9; const half = 0.5 * 4; var d int64 = 2 * ns; func f(q int64) int64 { return q*half + 1e3 }`,
			`import "math"; const most = math.MaxInt64`}},
	{"fmt", "formatting allocates and boxes: only for faults (in functions that return an error) and in String and Error",
		[]string{
			`import "fmt"; func f() { fmt.Println(1) }`,
			`import "fmt"; func f() error { fmt.Print(1); return nil }`,
			`import "fmt"; func f(w interface{ Write([]byte) (int, error) }) error { _, err := fmt.Fprintf(w, ""); return err }`,
			`import "fmt"; func f() string { return fmt.Sprint(1) }`,
			`import "fmt"; func f() { _ = func() error { return fmt.Errorf("") } }`,
			`import "fmt"; var s = fmt.Sprint(1)`,
			`import p "fmt"; func f() []byte { return p.Append(nil, 1) }`,
		},
		[]string{`import "fmt"; func New() (int, error) { return 0, fmt.Errorf("bad %d", 1) }`,
			`import "fmt"; type e int; func (x e) String() string { return fmt.Sprintf("%d", int(x)) }`,
			`import "fmt"; func Validate() error { add := func() { _ = fmt.Sprint(1) }; add(); return nil }`}},
	{"print", "writes to the console",
		[]string{`func f() { println(1) }`, `func f() { print(1) }`},
		[]string{`func println() {}; func f() { println() }`}},
	{"panic", "no input may stop the daemon; a broken invariant is an effect that stops new orders",
		[]string{`func f() { panic("") }`, `func f() { _ = recover() }`},
		[]string{`func panic(string) {}; func f() { panic("") }`}},
	{"goroutine", "one writer owns all state", []string{`func f() { go f() }`}, []string{`func f() { f() }`}},
	{"channel", "who runs next would be the scheduler's choice; threads meet in engine/ring",
		[]string{`var c chan int`, `func f(c <-chan int) {}`, `func f() { _ = make(chan bool) }`, `func f() { select {} }`,
			`type q chan int; func f(c q) { c <- 1 }`, `type q chan int; func f(c q) { <-c }`, `type q chan int; func f(c q) { close(c) }`, `type q chan int; func f(c q) { for range c {} }`},
		[]string{`func close(int) {}; func f() { close(1); x := -1; _ = x }`}},
	{"defer", "costs on every call, and hides what runs when", []string{`func f() { defer f() }`}, []string{`func f() { f() }`}},
	{"state", "a package variable is shared by every engine of the process, so runs would see one another",
		[]string{`var n int; func f() { n++ }`, `var n int; func f() { n = 1 }`, `var a [3]int; func f() { a[1] += 2 }`,
			`var s struct{ x int }; func f() { s.x = 1 }`, `var p *int; func f() { *p = 1 }`, `var n int; func f() { for n = range 3 {} }`, `func init() {}`},
		[]string{`var names = [...]string{"a"}; func f(i int) string { n := names[i]; n += "b"; return n }`,
			`type t struct{ n int }; func (x *t) f() { x.n++; y := x; y.n = 2 }`}},
}

// finding is one place where a rule is broken.
type finding struct {
	rule string
	pos  token.Position
	what string
}

func (f finding) String() string { return fmt.Sprintf("%v: %s: %s", f.pos, f.rule, f.what) }

// inspector walks the typed source of one core package.
type inspector struct {
	pkg   string // relative to the module
	fset  *token.FileSet
	info  *types.Info
	found []finding
}

func (in *inspector) report(rule string, at ast.Node, format string, args ...any) {
	in.found = append(in.found, finding{rule, in.fset.Position(at.Pos()), fmt.Sprintf(format, args...)})
}

// inspect gives every finding in the files of a core package.
func inspect(pkg string, fset *token.FileSet, info *types.Info, files []*ast.File) []finding {
	in := &inspector{pkg: pkg, fset: fset, info: info}
	for _, f := range files {
		in.imports(f)
		for _, group := range f.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//go:linkname") {
					in.report("linkname", c, "%s", c.Text)
				}
			}
		}
		for _, d := range f.Decls {
			fn, _ := d.(*ast.FuncDecl)
			if fn != nil && fn.Recv == nil && fn.Name.Name == "init" {
				in.report("state", fn, "init")
			}
			ast.Inspect(d, func(n ast.Node) bool { in.node(n, fn); return true })
		}
	}
	return in.found
}

func (in *inspector) imports(f *ast.File) {
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			in.report("imports", spec, "%v", err)
			continue
		}
		if ours, ok := strings.CutPrefix(p, module+"/"); ok && slices.Contains(core, ours) {
			continue
		}
		if !slices.ContainsFunc(coreImports, func(a struct {
			path string
			only []string
			why  string
		}) bool {
			return a.path == p && (a.only == nil || slices.Contains(a.only, in.pkg))
		}) {
			in.report("imports", spec, "%s", p)
		}
		if spec.Name != nil && spec.Name.Name == "." {
			in.report("imports", spec, "dot import of %s hides where names come from", p)
		}
	}
}

var integerBound = regexp.MustCompile(`^M(ax|in)(Int|Uint)(8|16|32|64)?$`)

// node judges one node; fn is the function declaration around it, or nil.
func (in *inspector) node(n ast.Node, fn *ast.FuncDecl) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		t := in.info.TypeOf(n.X)
		if kindOf[*types.Map](t) {
			in.report("map range", n, "range over %v", t)
		}
		if kindOf[*types.Chan](t) {
			in.report("channel", n, "range over %v", t)
		}
		if n.Tok == token.ASSIGN {
			in.assign(n.Key)
			in.assign(n.Value)
		}
	case *ast.GoStmt:
		in.report("goroutine", n, "go")
	case *ast.DeferStmt:
		in.report("defer", n, "defer")
	case *ast.SelectStmt:
		in.report("channel", n, "select")
	case *ast.SendStmt:
		in.report("channel", n, "send")
	case *ast.ChanType:
		in.report("channel", n, "channel type")
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, x := range n.Lhs {
				in.assign(x)
			}
		}
	case *ast.IncDecStmt:
		in.assign(n.X)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			in.report("channel", n, "receive")
		}
	case *ast.SelectorExpr:
		in.selector(n, fn)
	case *ast.CallExpr:
		in.call(n)
	}
	if x, ok := n.(ast.Expr); ok {
		in.float(x)
	}
}

func (in *inspector) float(x ast.Expr) {
	b, ok := under(in.info.TypeOf(x)).(*types.Basic)
	if ok && b.Info()&(types.IsFloat|types.IsComplex) != 0 && b.Info()&types.IsUntyped == 0 {
		in.report("floats", x, "%v", b)
	}
}

// selector judges the use of fmt and math.
func (in *inspector) selector(n *ast.SelectorExpr, fn *ast.FuncDecl) {
	id, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	pkg, ok := in.info.Uses[id].(*types.PkgName)
	if !ok {
		return
	}
	switch pkg.Imported().Path() {
	case "math":
		if !integerBound.MatchString(n.Sel.Name) {
			in.report("floats", n, "math.%s", n.Sel.Name)
		}
	case "fmt":
		if strings.Contains(n.Sel.Name, "Print") || strings.Contains(n.Sel.Name, "print") && !strings.HasPrefix(n.Sel.Name, "Sprint") || !speaks(fn) {
			in.report("fmt", n, "fmt.%s", n.Sel.Name)
		}
	}
}

// speaks reports whether a function may format: it returns an error, or is one of
// the methods that words come from.
func speaks(fn *ast.FuncDecl) bool {
	if fn == nil {
		return false
	}
	if fn.Recv != nil && (fn.Name.Name == "String" || fn.Name.Name == "Error") {
		return true
	}
	if fn.Type.Results != nil {
		for _, r := range fn.Type.Results.List {
			if id, ok := r.Type.(*ast.Ident); ok && id.Name == "error" {
				return true
			}
		}
	}
	return false
}

// call judges the built-in functions.
func (in *inspector) call(n *ast.CallExpr) {
	id, ok := n.Fun.(*ast.Ident)
	if !ok {
		return
	}
	if _, builtin := in.info.Uses[id].(*types.Builtin); !builtin {
		return
	}
	switch id.Name {
	case "panic", "recover":
		in.report("panic", n, "%s", id.Name)
	case "print", "println":
		in.report("print", n, "%s", id.Name)
	case "close":
		in.report("channel", n, "close")
	}
}

// assign judges the target of an assignment: what it is part of may not be a
// package variable.
func (in *inspector) assign(x ast.Expr) {
	for x != nil {
		switch e := x.(type) {
		case *ast.ParenExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.SliceExpr:
			x = e.X
		case *ast.SelectorExpr:
			if id, ok := e.X.(*ast.Ident); ok {
				if _, pkg := in.info.Uses[id].(*types.PkgName); pkg {
					in.report("state", e, "%s.%s", id.Name, e.Sel.Name)
					return
				}
			}
			x = e.X
		case *ast.Ident:
			if v, ok := in.info.Uses[e].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				in.report("state", e, "%s", e.Name)
			}
			return
		default:
			return
		}
	}
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// kindOf reports whether t, or a type that t's constraint allows, is a K.
func kindOf[K types.Type](t types.Type) bool {
	u := under(t)
	if _, ok := u.(K); ok {
		return true
	}
	face, ok := u.(*types.Interface)
	if !ok {
		return false
	}
	for i := range face.NumEmbeddeds() {
		switch e := face.EmbeddedType(i).(type) {
		case *types.Union:
			for j := range e.Len() {
				if kindOf[K](e.Term(j).Type()) {
					return true
				}
			}
		default:
			if kindOf[K](e) {
				return true
			}
		}
	}
	return false
}
