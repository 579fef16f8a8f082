package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	toml "github.com/pelletier/go-toml/v2"
)

// maxFileBytes bounds a configuration file: a larger one is another file by mistake.
const maxFileBytes = 1 << 20

// file is a struct that a whole file is bound to.
type file interface {
	check(*judge)       // how its keys fit together
	Warnings() []string // what is allowed and probably not meant
}

// load binds the file at path to c and judges it. The error is Faults, all that is
// wrong; the judge knows which keys were given.
func load(path string, c file) (*judge, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, Faults{{File: path, Problem: "cannot be read: " + cause(err)}}
	}
	return parse(path, doc, c)
}

// cause is an error without the path that the fault already names.
func cause(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func parse(path string, doc []byte, c file) (*judge, error) {
	if len(doc) > maxFileBytes {
		return nil, Faults{{File: path, Problem: fmt.Sprintf("is %d bytes long, at most %d are allowed: is it a configuration?", len(doc), maxFileBytes)}}
	}
	var tree map[string]any
	if err := toml.Unmarshal(doc, &tree); err != nil {
		f := Fault{File: path, Problem: err.Error()}
		var d *toml.DecodeError
		if errors.As(err, &d) {
			f.Line, f.Column = d.Position()
			f.Key = strings.Join(d.Key(), ".")
			f.Problem = strings.TrimPrefix(d.Error(), "toml: ")
		}
		return nil, Faults{f}
	}
	j := &judge{file: path, at: positions(doc)}
	j.table("", tree, reflect.ValueOf(c).Elem())
	j.bound = len(j.faults)
	c.check(j)
	return j, j.err()
}

// table binds one table to a struct.
func (j *judge) table(path string, tree map[string]any, v reflect.Value) {
	list := fields(v.Type())
	names := make([]string, len(list))
	for i := range list {
		f := &list[i]
		names[i] = f.key
		value, given := tree[f.key]
		j.field(f, join(path, f.key), value, given, v.Field(f.index))
	}
	for key := range tree { // order does not matter: faults are sorted by line
		if !slices.Contains(names, key) {
			j.fault(join(path, key), "unknown key%s", hint(key, names))
		}
	}
}

// field binds one value, or its default.
func (j *judge) field(f *field, path string, value any, given bool, v reflect.Value) {
	switch f.kind {
	case kindTable:
		tree, _ := value.(map[string]any)
		if given && tree == nil {
			j.fault(path, "is %s: want a table, [%s]", kindName(value), path)
			return
		}
		j.table(path, tree, v)
	case kindMaybe:
		if !given {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		tree, ok := value.(map[string]any)
		if !ok {
			j.fault(path, "is %s: want a table, [%s]", kindName(value), path)
			return
		}
		j.table(path, tree, v.Elem())
	case kindTables:
		j.tables(path, value, given, v)
	default:
		if !given {
			j.absent(f, path, v)
			return
		}
		if err := f.assign(v, value); err != nil {
			j.fault(path, "%s (%s)", err, f.doc)
		}
	}
}

// tables binds an array of tables.
func (j *judge) tables(path string, value any, given bool, v reflect.Value) {
	if !given {
		return
	}
	list, ok := value.([]any)
	if !ok {
		j.fault(path, "is %s: want tables, [[%s]]", kindName(value), path)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, e := range list {
		element := fmt.Sprintf("%s[%d]", path, i)
		tree, ok := e.(map[string]any)
		if !ok {
			j.fault(element, "is %s: want a table", kindName(e))
			continue
		}
		j.table(element, tree, v.Index(i))
	}
}

// absent gives a field its default, or says that there is none.
func (j *judge) absent(f *field, path string, v reflect.Value) {
	if f.required {
		j.fault(path, "is missing: %s", f.doc)
		return
	}
	if err := f.set(v, f.def); err != nil {
		panic(fmt.Sprintf("config: default of %s: %v", path, err))
	}
}

// assign sets v to a value of the file, if it has the right type and range.
func (f *field) assign(v reflect.Value, value any) error {
	switch x := value.(type) {
	case int64:
		switch f.kind {
		case kindInt:
			v.SetInt(x)
		case kindUSD:
			if err := f.set(v, fmt.Sprint(x)); err != nil {
				return err
			}
		default:
			return f.wrongType(value)
		}
	case bool:
		if f.kind != kindBool {
			return f.wrongType(value)
		}
		v.SetBool(x)
	case string:
		if f.kind != kindText && f.kind != kindUSD && f.kind != kindClock {
			return f.wrongType(value)
		}
		if err := f.set(v, x); err != nil {
			return err
		}
	case toml.LocalTime:
		if f.kind != kindClock {
			return f.wrongType(value)
		}
		return f.set(v, x.String())
	default:
		return f.wrongType(value)
	}
	return f.judge(v)
}

// judge compares a value with the field's range, words and form.
func (f *field) judge(v reflect.Value) error {
	if f.ranged && (v.Int() < f.min || v.Int() > f.max) {
		return fmt.Errorf("%s is out of range: want %s to %s", f.format(v.Int()), f.format(f.min), f.format(f.max))
	}
	if f.one != nil && !slices.Contains(f.one, v.String()) {
		return fmt.Errorf("%q: want one of %s", v.String(), strings.Join(f.one, ", "))
	}
	if f.form != "" && (v.String() != "" || f.required || f.def != "") {
		return forms[f.form](v.String())
	}
	return nil
}

// format prints a number of the field as the file would have it.
func (f *field) format(n int64) string {
	if f.kind == kindUSD {
		return fmt.Sprintf("%q", USD(n).String())
	}
	return fmt.Sprint(n)
}

func (f *field) wrongType(value any) error {
	if _, ok := value.(float64); ok && f.kind == kindUSD {
		return fmt.Errorf("is a float: write money in quotes, as in \"0.01\", so that it is exact")
	}
	return fmt.Errorf("is %s: want %s", kindName(value), f.kind)
}

func (k kind) String() string {
	return [...]string{"a whole number", "true or false", "a text in quotes", "an amount in quotes, as in \"0.01\"",
		"a time of day in quotes, as in \"09:30:00\"", "a table", "a table", "tables"}[k]
}

// kindName says what a TOML value is.
func kindName(v any) string {
	switch v.(type) {
	case int64:
		return "a whole number"
	case float64:
		return "a float"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case []any:
		return "an array"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

// hint names the known key that is nearest to an unknown one.
func hint(key string, known []string) string {
	best, distance := "", 1+len(key)/3
	for _, k := range known {
		if d := edits(key, k); d <= distance {
			best, distance = k, d-1
		}
	}
	if best == "" {
		return "; known here: " + strings.Join(known, ", ")
	}
	return fmt.Sprintf(": did you mean %s?", best)
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for k := range b {
			cost := diagonal
			if a[i] != b[k] {
				cost++
			}
			diagonal = row[k+1]
			row[k+1] = min(cost, row[k]+1, row[k+1]+1)
		}
	}
	return row[len(b)]
}
