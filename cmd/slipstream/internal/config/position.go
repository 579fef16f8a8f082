package config

import (
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// positions finds where each key and table of a document stands. The document must
// have parsed before.
func positions(doc []byte) map[string]position {
	ix := indexer{at: map[string]position{}, count: map[string]int{}}
	ix.p.Reset(doc)
	for ix.p.NextExpression() {
		e := ix.p.Expression()
		switch e.Kind {
		case unstable.KeyValue:
			ix.keyValue(ix.table, e)
		case unstable.Table:
			ix.table = ix.path("", e.Key(), false)
		case unstable.ArrayTable:
			ix.table = ix.path("", e.Key(), true)
		}
	}
	return ix.at
}

type indexer struct {
	p     unstable.Parser
	at    map[string]position
	count map[string]int // elements seen of each array of tables
	table string         // where the following key-values belong
}

// path joins a dotted key under base and notes each part's place. A part that is an
// array of tables means its last element; with next, the last part starts a new one.
func (ix *indexer) path(base string, key unstable.Iterator, next bool) string {
	path := base
	for key.Next() {
		path = join(path, string(key.Node().Data))
		ix.note(path, key.Node())
		if next && key.IsLast() {
			ix.count[path]++
		}
		if n := ix.count[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
			ix.note(path, key.Node())
		}
	}
	return path
}

func (ix *indexer) keyValue(base string, e *unstable.Node) {
	path := ix.path(base, e.Key(), false)
	ix.value(path, e.Value())
}

// value notes the keys inside inline tables and arrays.
func (ix *indexer) value(path string, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			ix.keyValue(path, it.Node())
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); n++ {
			element := fmt.Sprintf("%s[%d]", path, n)
			ix.at[element] = ix.at[path]
			ix.value(element, it.Node())
		}
	}
}

func (ix *indexer) note(path string, key *unstable.Node) {
	if _, ok := ix.at[path]; ok {
		return
	}
	start := ix.p.Shape(key.Raw).Start
	ix.at[path] = position{start.Line, start.Column}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
