package scene

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Line is one line of a process's output: an event of a log in JSON, or, of a FIX peer, a
// word and what follows it.
type Line struct {
	Word   string         // a log line's event; or in, out, logon ...
	Text   string         // a log line as it is; or what follows the word
	Fields map[int]string // of a message in or out, '|' between: the first value of each tag
	Log    map[string]any // of a log line
}

func parse(s string) Line {
	l := Line{}
	if json.Unmarshal([]byte(s), &l.Log) == nil {
		l.Word, _ = l.Log["event"].(string)
		l.Text = s
		return l
	}
	l.Log = nil
	l.Word, l.Text, _ = strings.Cut(s, " ")
	if l.Word != "in" && l.Word != "out" {
		return l
	}
	l.Fields = map[int]string{}
	for _, f := range strings.Split(l.Text, "|") {
		name, value, _ := strings.Cut(f, "=")
		tag, err := strconv.Atoi(name)
		if _, again := l.Fields[tag]; err == nil && !again {
			l.Fields[tag] = value
		}
	}
	return l
}

// Is wants a word and each "tag=value" or "name=value"; "43=" means that the tag is absent.
func (l *Line) Is(word string, want ...string) bool {
	if l.Word != word {
		return false
	}
	for _, w := range want {
		name, value, _ := strings.Cut(w, "=")
		if tag, err := strconv.Atoi(name); err == nil {
			if l.Fields[tag] != value {
				return false
			}
		} else if fmt.Sprint(l.Log[name]) != value {
			return false
		}
	}
	return true
}

// Number is a tag's value.
func (l *Line) Number(t testing.TB, tag int) int64 {
	t.Helper()
	n, err := strconv.ParseInt(l.Fields[tag], 10, 64)
	if err != nil {
		t.Fatalf("tag %d is no number in %s", tag, l.Text)
	}
	return n
}
