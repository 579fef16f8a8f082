package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with a file.
type Fault struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // from 1; 0 = the file as a whole
	Column  int    `json:"column"`
	Key     string `json:"key"` // full path, e.g. instruments[0].limits.max_long_qty
	Problem string `json:"problem"`
}

func (f Fault) String() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
	if f.Key == "" {
		return where + ": " + f.Problem
	}
	return where + ": " + f.Key + ": " + f.Problem
}

// Faults is the error of a file that cannot be used: all that is wrong with it,
// in order of line.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return strings.Join(lines, "\n")
}

func (f Faults) sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// position is a place in a file, both from 1.
type position struct{ line, column int }

// judge collects faults and knows where each key stands.
type judge struct {
	file   string
	at     map[string]position
	faults Faults
	bound  int // the first so many are of single keys, the others of how keys fit together
}

// fault notes a problem with a key. A key that is not in the file is placed at the
// nearest table around it that is.
func (j *judge) fault(key, format string, args ...any) {
	f := Fault{File: j.file, Key: key, Problem: fmt.Sprintf(format, args...)}
	for k := key; ; k = parent(k) { // outwards
		if p, ok := j.at[k]; ok {
			f.Line, f.Column = p.line, p.column
			break
		}
		if k == "" {
			break
		}
	}
	j.faults = append(j.faults, f)
}

// given reports whether the file has the key.
func (j *judge) given(key string) bool {
	_, ok := j.at[key]
	return ok
}

// parent is the path of the table around a key: a.b[0].c, a.b[0], a.b, a, "".
func parent(key string) string {
	i := strings.LastIndexAny(key, ".[")
	if i < 0 {
		return ""
	}
	return key[:i]
}
