package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// field is what the tags of one struct field say.
type field struct {
	index    int
	key      string
	def      string
	required bool // no default: the file must give it
	ranged   bool
	min, max int64 // inclusive; USD in 1e-9
	one      []string
	form     string
	doc      string
	kind     kind
}

type kind uint8

const (
	kindInt kind = iota
	kindBool
	kindText
	kindUSD
	kindClock
	kindTable  // a struct
	kindMaybe  // a pointer to a struct: a table that may be left out
	kindTables // a slice of structs: an array of tables
)

var (
	typeUSD   = reflect.TypeFor[USD]()
	typeClock = reflect.TypeFor[Clock]()
)

// fields reads the tags of a section's struct. They are written by us, so what is
// wrong with them panics, in the first test that touches them.
func fields(t reflect.Type) []field {
	out := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() {
			continue // worked out from the others, never read or shown
		}
		f := field{index: i, key: sf.Tag.Get("toml"), form: sf.Tag.Get("form"), doc: sf.Tag.Get("doc"), kind: kindOf(sf.Type)}
		def, ok := sf.Tag.Lookup("default")
		f.def, f.required = def, !ok && f.kind <= kindClock
		if one := sf.Tag.Get("one"); one != "" {
			f.one = strings.Split(one, "|")
		}
		if lo, hi, ok := strings.Cut(sf.Tag.Get("range"), ".."); ok {
			f.ranged, f.min, f.max = true, f.bound(lo), f.bound(hi)
		}
		if f.key == "" || f.doc == "" || (f.form != "" && forms[f.form] == nil) {
			panic(fmt.Sprintf("config: %s.%s lacks its key or doc, or has an unknown form", t, sf.Name))
		}
		out = append(out, f)
	}
	return out
}

func (f *field) bound(s string) int64 {
	if f.kind == kindUSD {
		v, err := ParseUSD(s)
		if err != nil {
			panic(err)
		}
		return int64(v)
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return v
}

func kindOf(t reflect.Type) kind {
	switch {
	case t == typeUSD:
		return kindUSD
	case t == typeClock:
		return kindClock
	}
	switch t.Kind() {
	case reflect.Int64:
		return kindInt
	case reflect.Bool:
		return kindBool
	case reflect.String:
		return kindText
	case reflect.Struct:
		return kindTable
	case reflect.Pointer:
		return kindMaybe
	case reflect.Slice:
		return kindTables
	}
	panic("config: no kind for " + t.String())
}

// unit is the unit that the key's name ends in.
func (f *field) unit() string {
	for _, u := range units {
		if strings.HasSuffix(f.key, u.suffix) || f.key == strings.TrimPrefix(u.suffix, "_") {
			return u.name
		}
	}
	return ""
}

var units = []struct{ suffix, name string }{
	{"_seconds", "seconds"}, {"_ms", "milliseconds"}, {"_us", "microseconds"}, {"_usd", "US dollars"}, {"_qty", "shares"},
	{"_bps", "basis points"}, {"_ppm", "parts per million"}, {"_milli", "thousandths"}, {"_ticks", "ticks"}, {"_bytes", "bytes"},
	{"_packets", "packets"}, {"_messages", "messages"}, {"_orders", "orders"}, {"_parents", "parents"}, {"_children", "orders"},
	{"_fills", "fills"}, {"_levels", "levels"}, {"_tries", "tries"}, {"_records", "records"}, {"_per_second", "per second"}, {"_per_day", "per day"},
	{"_port", "port"}, {"port_a", "port"}, {"port_b", "port"}, {"_times", "times"}, {"_percent", "percent"},
	{"cpu", "CPU number"}, {"max_procs", "CPUs"}, {"seed", "number"}, {"_entries", "entries"},
}

// set parses text, as a default or a word, into v.
func (f *field) set(v reflect.Value, text string) error {
	switch f.kind {
	case kindInt:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		v.SetInt(n)
	case kindBool:
		v.SetBool(text == "true")
	case kindText:
		v.SetString(text)
	case kindUSD:
		u, err := ParseUSD(text)
		if err != nil {
			return err
		}
		v.SetInt(int64(u))
	case kindClock:
		c, err := ParseClock(text)
		if err != nil {
			return err
		}
		v.SetInt(int64(c))
	}
	return nil
}
