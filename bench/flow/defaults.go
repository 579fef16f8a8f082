package flow

import (
	"embed"
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"
)

// The parameters of each stock, as `slipstream calibrate` wrote them.
//
//go:embed params/*.toml
var paramFiles embed.FS

var builtIn = sync.OnceValue(func() map[string]*ReactiveParams {
	all := map[string]*ReactiveParams{}
	files, err := paramFiles.ReadDir("params")
	if err != nil {
		panic(err) // the files are part of the program, and tested
	}
	for _, f := range files {
		text, err := paramFiles.ReadFile(path.Join("params", f.Name()))
		if err != nil {
			panic(err)
		}
		p, err := ParseReactive(text)
		if err != nil {
			panic(fmt.Errorf("%s: %w", f.Name(), err))
		}
		all[strings.ToUpper(strings.TrimSuffix(f.Name(), ".toml"))] = p
	}
	return all
})

// ReactiveSymbols are the stocks whose parameters are built in, sorted.
func ReactiveSymbols() []string {
	var names []string
	for name := range builtIn() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// defaultReactive is shared: it must not be changed.
func defaultReactive(symbol string) *ReactiveParams { return builtIn()[symbol] }

// DefaultReactive is a copy of the built-in parameters of a stock.
func DefaultReactive(symbol string) (*ReactiveParams, error) {
	name := path.Join("params", strings.ToLower(symbol)+".toml")
	text, err := paramFiles.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("flow: no built-in parameters of %q: want one of %s", symbol, strings.Join(ReactiveSymbols(), ", "))
	}
	return ParseReactive(text)
}
