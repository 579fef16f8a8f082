package session

import (
	"fmt"
	"slices"
	"strconv"
)

// ParseDictionary reads a table, one entry a line, words apart by spaces:
//
//	version FIX.4.4
//	tags 1-956 ...             every tag of the version
//	admintags 7-10 ...         those of the session's messages, if they are fewer
//	field 38 f                 data type (kind); then its values; "ss": several with spaces
//	header 8! 9! 35! 49! ...   '!' = required
//	trailer 93 89 10!
//	types 6 7 B ...            other MsgTypes there are, whose fields are not listed
//	message D 11! 453(448 447 802(523 803)) ...   a count field and its group's members, in their order
//	admin 0 112 ...            the same for a message of the session
func ParseDictionary(text string) (*Dictionary, error) {
	d := &Dictionary{fields: make([]field, tagMax)}
	for i, line := range split(text, '\n') {
		words := slices.DeleteFunc(split(line, ' '), func(w string) bool { return w == "" })
		if len(words) < 2 || words[0] == "#" {
			if len(words) != 0 && words[0] != "#" {
				return nil, fmt.Errorf("session: dictionary line %d: %q has no value", i+1, line)
			}
			continue
		}
		if err := d.line(words[0], words[1:]); err != nil {
			return nil, fmt.Errorf("session: dictionary line %d: %w", i+1, err)
		}
	}
	if d.admin == (tagSet{}) {
		d.admin = d.app
	}
	if d.version == "" || len(d.messages) == 0 || len(d.required) == 0 {
		return nil, fmt.Errorf("session: dictionary without version, header or messages")
	}
	for i := range d.messages {
		if typ := d.messages[i].typ; len(typ) == 1 {
			d.one[typ[0]] = int16(i + 1)
		}
	}
	return d, nil
}

func (d *Dictionary) line(word string, rest []string) error {
	switch word {
	case "version":
		d.version = rest[0]
	case "tags":
		return ranges(&d.app, rest)
	case "admintags":
		return ranges(&d.admin, rest)
	case "field":
		return d.field(rest)
	case "header":
		m, err := parseMessage(rest)
		d.header, d.required = m.may, m.required
		d.required = slices.DeleteFunc(d.required, func(tag uint32) bool { return tag <= 9 || tag == 35 })
		d.header.add(8)
		return err
	case "trailer":
		m, err := parseMessage(rest)
		d.trailer = m.may
		return err
	case "types":
		for _, typ := range rest {
			d.messages = append(d.messages, message{typ: typ})
		}
	case "message", "admin":
		m, err := parseMessage(rest[1:])
		m.typ, m.listed, m.admin = rest[0], true, word == "admin"
		d.messages = append(d.messages, m)
		return err
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

func (d *Dictionary) field(words []string) error {
	tag, err := parseTag(words[0])
	if err != nil {
		return err
	}
	if len(words) < 2 || !kind(words[1][0]).known() {
		return fmt.Errorf("field %d has no data type", tag)
	}
	f := field{known: true, kind: kind(words[1][0]), many: words[1] == "ss", values: slices.Clone(words[2:])}
	slices.Sort(f.values)
	d.fields[tag] = f
	return nil
}

// parseMessage reads the fields of a message; groups are words with brackets.
func parseMessage(words []string) (m message, err error) {
	var open []int // indexes into m.groups
	for _, w := range words {
		name := w
		for len(name) > 0 && name[len(name)-1] == ')' {
			name = name[:len(name)-1]
		}
		closes := len(w) - len(name)
		parts := split(name, '(')
		for i, part := range parts {
			tag, required, err := parseMarked(part)
			if err != nil {
				return m, err
			}
			m.add(tag, required && len(open) == 0, open)
			if i < len(parts)-1 { // a count field
				m.groups = append(m.groups, group{count: tag})
				open = append(open, len(m.groups)-1)
			}
		}
		if closes > len(open) {
			return m, fmt.Errorf("too many brackets close in %q", w)
		}
		open = open[:len(open)-closes]
	}
	if len(open) != 0 {
		return m, fmt.Errorf("a group is not closed")
	}
	return m, nil
}

func (m *message) add(tag uint32, required bool, open []int) {
	if len(open) != 0 { // a member of a group has no place outside it
		g := &m.groups[open[len(open)-1]]
		g.fields = append(g.fields, tag)
		return
	}
	m.may.add(tag)
	if required {
		m.required = append(m.required, tag)
	}
}

// parseMarked reads a tag and its '!'.
func parseMarked(s string) (tag uint32, required bool, err error) {
	if n := len(s); n > 0 && s[n-1] == '!' {
		s, required = s[:n-1], true
	}
	tag, err = parseTag(s)
	return tag, required, err
}

// split cuts s at every sep.
func split(s string, sep byte) (parts []string) {
	from := 0
	for i := range len(s) {
		if s[i] == sep {
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

func parseTag(s string) (uint32, error) {
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil || v == 0 || v >= tagMax {
		return 0, fmt.Errorf("bad tag %q", s)
	}
	return uint32(v), nil
}

func ranges(set *tagSet, words []string) error {
	for _, w := range words {
		ends := split(w, '-')
		a, err := parseTag(ends[0])
		if err != nil {
			return err
		}
		b, err := parseTag(ends[len(ends)-1])
		if err != nil {
			return err
		}
		for tag := a; tag <= b; tag++ {
			set.add(tag)
		}
	}
	return nil
}
