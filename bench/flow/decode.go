package flow

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// decode reads the text of a parameter file into a struct with toml tags. An error names
// row, key and reason, all unknown keys at once.
func decode(text []byte, into any) error {
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var rows []string
		for _, e := range unknown.Errors {
			row, _ := e.Position()
			rows = append(rows, fmt.Sprintf("row %d: %s: unknown key", row, strings.Join(e.Key(), ".")))
		}
		return fmt.Errorf("flow: parameters: %s", strings.Join(rows, "; "))
	case errors.As(err, &wrong):
		row, col := wrong.Position()
		where := fmt.Sprintf("row %d, column %d", row, col)
		if key := strings.Join(wrong.Key(), "."); key != "" {
			where += ": " + key
		}
		return fmt.Errorf("flow: parameters: %s: %s", where, plainly(wrong.Error()))
	case err != nil:
		return fmt.Errorf("flow: parameters: %w", err)
	}
	return nil
}

// plainly says a decoder's complaint about a type without Go's names for it.
func plainly(msg string) string {
	msg = strings.TrimPrefix(msg, "toml: ")
	rest, ok := strings.CutPrefix(msg, "cannot decode TOML ")
	got, rest, into := strings.Cut(rest, " into ")
	at := strings.LastIndex(rest, "of type ")
	if !ok || !into || at < 0 {
		return msg
	}
	typ := rest[at+len("of type "):]
	want := map[string]string{"float64": "a number", "int": "a whole number", "string": "a text", "bool": "true or false",
		"[]float64": "a list of numbers", "[][]float64": "a list of lists of numbers", "[]int": "a list of whole numbers"}[typ]
	if want == "" {
		want = typ
	}
	return fmt.Sprintf("is of type %s: want %s", got, want)
}
