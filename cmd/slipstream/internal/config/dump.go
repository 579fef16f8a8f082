package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	toml "github.com/pelletier/go-toml/v2"
)

// Effective is a file that was read, with every default in place.
type Effective struct {
	Path     string
	Kind     string // "daemon", "venue" or "desk"
	Config   any    // *Daemon, *VenueFile or *DeskFile
	Warnings []string
	at       map[string]position // of what the file gives; nil = unknown, then nothing is marked
}

// Check reads any configuration file. One with a table [exchange] is the
// exchange's, one with [client] the scripted desk's, any other the daemon's. The
// error is Faults.
func Check(path string) (*Effective, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, Faults{{File: path, Problem: "cannot be read: " + cause(err)}}
	}
	e := &Effective{Path: path, Kind: "daemon"}
	c := file(&Daemon{})
	var top map[string]any
	switch err := toml.Unmarshal(doc, &top); {
	case err != nil: // parse reports it
	case top["exchange"] != nil:
		e.Kind, c = "venue", &VenueFile{}
	case top["client"] != nil:
		e.Kind, c = "desk", &DeskFile{}
	}
	j, err := parse(path, doc, c)
	if err != nil {
		return nil, err
	}
	if d, ok := c.(*Daemon); ok {
		if err := d.checkFiles(j); err != nil {
			return nil, err
		}
	}
	e.Config, e.Warnings, e.at = c, c.Warnings(), j.at
	return e, nil
}

// TOML prints the effective configuration as a file that gives the same one again,
// except that secrets are masked. What the file left out is marked as default.
func (e *Effective) TOML() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s of %s, with every default in place\n", e.Kind, e.Path)
	e.write(&b, "", "", reflect.ValueOf(e.Config).Elem())
	return b.String()
}

// TOML prints the effective configuration without comments: what a journal carries.
func (c *Daemon) TOML() string { return plain(c) }

// TOML prints the effective configuration without comments.
func (c *VenueFile) TOML() string { return plain(c) }

func plain(c file) string {
	var b bytes.Buffer
	(&Effective{}).write(&b, "", "", reflect.ValueOf(c).Elem())
	return b.String()
}

// write prints the values of a table, then its tables. path has indexes, header none.
func (e *Effective) write(b *bytes.Buffer, path, header string, v reflect.Value) {
	list := fields(v.Type())
	for i := range list {
		f := &list[i]
		if f.kind > kindClock {
			continue
		}
		line := f.key + " = " + f.literal(v.Field(f.index))
		if _, given := e.at[join(path, f.key)]; !given && e.at != nil {
			line = fmt.Sprintf("%-44s # default", line)
		}
		b.WriteString(line + "\n")
	}
	for i := range list {
		f := &list[i]
		p, h, field := join(path, f.key), join(header, f.key), v.Field(f.index)
		switch f.kind {
		case kindMaybe:
			if !field.IsNil() {
				fmt.Fprintf(b, "\n[%s]\n", h)
				e.write(b, p, h, field.Elem())
			}
		case kindTable:
			fmt.Fprintf(b, "\n[%s]\n", h)
			e.write(b, p, h, field)
		case kindTables:
			for n := range field.Len() {
				fmt.Fprintf(b, "\n[[%s]]\n", h)
				e.write(b, fmt.Sprintf("%s[%d]", p, n), h, field.Index(n))
			}
		}
	}
}

// literal prints a value as TOML.
func (f *field) literal(v reflect.Value) string {
	if f.kind == kindInt || f.kind == kindBool {
		return fmt.Sprint(v.Interface())
	}
	s := fmt.Sprint(v.Interface()) // masks a Secret
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// MarshalJSON writes the effective configuration under the keys of the file.
func (e *Effective) MarshalJSON() ([]byte, error) {
	warnings := e.Warnings
	if warnings == nil {
		warnings = []string{}
	}
	return json.Marshal(struct {
		OK       bool     `json:"ok"`
		File     string   `json:"file"`
		Kind     string   `json:"kind"`
		Warnings []string `json:"warnings"`
		Config   any      `json:"config"`
	}{true, e.Path, e.Kind, warnings, tree(reflect.ValueOf(e.Config).Elem())})
}

// tree is a struct as maps and lists under its keys.
func tree(v reflect.Value) map[string]any {
	out := map[string]any{}
	for _, f := range fields(v.Type()) {
		field := v.Field(f.index)
		switch f.kind {
		case kindTable:
			out[f.key] = tree(field)
		case kindMaybe:
			out[f.key] = nil
			if !field.IsNil() {
				out[f.key] = tree(field.Elem())
			}
		case kindTables:
			list := make([]any, field.Len())
			for n := range list {
				list[n] = tree(field.Index(n))
			}
			out[f.key] = list
		default:
			out[f.key] = field.Interface()
		}
	}
	return out
}
