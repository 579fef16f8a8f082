package config

import (
	"fmt"
	"reflect"
	"strings"
)

//go:generate go test -run TestDocsAreCurrent -update

// Describe is docs/config.md: every key of each file with its unit, range, default
// and reason, from the same tags that the reader uses.
func Describe() string {
	var b strings.Builder
	b.WriteString(docHead)
	b.WriteString("\n## The daemon's file: `slipstream run`\n")
	describe(&b, "", reflect.TypeFor[Daemon]())
	b.WriteString("\n## The exchange's file: `slipstream venue`\n")
	describe(&b, "", reflect.TypeFor[VenueFile]())
	b.WriteString("\n## The desk's file: `slipstream desk`\n")
	describe(&b, "", reflect.TypeFor[DeskFile]())
	return b.String()
}

const docHead = `<!-- Generated from the tags in cmd/slipstream/internal/config; regenerate with: go generate ./cmd/slipstream/internal/config -->
# Configuration

` + "`slipstream check-config FILE [--json]`" + ` judges a file and prints it with every default in place, secrets masked.

- A key that is not known, a value of the wrong type or out of its range and a missing limit refuse to start (exit code 2).
  All faults of a file come at once, each as ` + "`file:line:column: key: what is wrong (what the key is for)`" + `.
- Numbers are whole, with their unit at the end of the key's name. There are no floats.
- Money is a decimal text (` + "`\"0.01\"`" + `) or a whole number, exact to 1e-9.
- Risk limits have no defaults: without them every order is denied. Everything else that has no default is marked **required**.
- A change takes effect at the next start.

Examples are in [examples/](../examples).
`

// describe prints the tables of a struct, one Markdown table each.
func describe(b *strings.Builder, header string, t reflect.Type) {
	list := fields(t)
	rows := 0
	for i := range list {
		if f := &list[i]; f.kind <= kindClock {
			if rows++; rows == 1 {
				b.WriteString("\n| key | unit | range | default | what for |\n|---|---|---|---|---|\n")
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.key, f.unit(), f.rangeText(), f.defaultText(), cell(f.doc))
		}
	}
	for i := range list {
		f := &list[i]
		sub := t.Field(f.index).Type
		h := join(header, f.key)
		switch f.kind {
		case kindTables:
			fmt.Fprintf(b, "\n### `[[%s]]`\n\n%s\n", h, f.doc)
			describe(b, h, sub.Elem())
		case kindMaybe:
			fmt.Fprintf(b, "\n### `[%s]`\n\n%s\n", h, f.doc)
			describe(b, h, sub.Elem())
		case kindTable:
			fmt.Fprintf(b, "\n### `[%s]`\n\n%s\n", h, f.doc)
			describe(b, h, sub)
		}
	}
}

func (f *field) rangeText() string {
	switch {
	case f.ranged:
		return fmt.Sprintf("%s to %s", f.format(f.min), f.format(f.max))
	case f.one != nil:
		return "`" + strings.Join(f.one, "`, `") + "`"
	case f.kind == kindBool:
		return "`true`, `false`"
	case f.kind == kindClock:
		return "HH:MM:SS"
	}
	return f.form
}

func (f *field) defaultText() string {
	switch {
	case f.required:
		return "**required**"
	case f.def == "":
		return "empty"
	}
	return "`" + f.def + "`"
}

// cell keeps a text from ending its table cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
