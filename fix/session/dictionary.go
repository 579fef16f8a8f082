package session

import (
	"slices"

	"slipstream/fix/wire"
)

// DictionaryOK is the reason of a message that is as its Dictionary says.
const DictionaryOK = -1

// Dictionary is what messages of one FIX version must look like: which tags there are,
// their data types and values, and which fields a message must and may have. It
// is built once (ParseDictionary, package tables) and only read afterwards.
type Dictionary struct {
	version  string
	admin    tagSet // tags of the session's messages
	app      tagSet // tags of all other messages
	header   tagSet
	trailer  tagSet
	required []uint32 // of the header
	fields   []field  // by tag
	messages []message
	one      [256]int16 // message of a one-byte MsgType, plus 1
}

// tagMax bounds the tags of a Dictionary.
const tagMax = 2048

type tagSet [tagMax / 64]uint64

func (s *tagSet) has(tag uint32) bool { return tag < tagMax && s[tag>>6]>>(tag&63)&1 != 0 }
func (s *tagSet) add(tag uint32)      { s[tag>>6] |= 1 << (tag & 63) }

// field is the data type of a field and its values, if they are a closed list.
type field struct {
	known  bool
	kind   kind
	many   bool     // several values with spaces between
	values []string // sorted
}

// message is one MsgType.
type message struct {
	typ      string
	listed   bool // its fields are listed; otherwise any tag of the version will do
	admin    bool
	may      tagSet
	required []uint32
	groups   []group
}

// group is a repeating group of a message, found by its count field. Its fields have an
// order, and the first of them starts each entry (FIX 4.4 Vol 1, "Repeating groups").
type group struct {
	count  uint32
	fields []uint32 // the count field of a group inside is one too
}

// Version is the name the Dictionary was parsed with.
func (d *Dictionary) Version() string { return d.version }

// Knows says whether the version has this MsgType(35).
func (d *Dictionary) Knows(typ []byte) bool { return d.message(typ) != nil }

func (d *Dictionary) message(typ []byte) *message {
	if len(typ) == 1 {
		if i := d.one[typ[0]]; i > 0 {
			return &d.messages[i-1]
		}
		return nil
	}
	for i := range d.messages {
		if string(typ) == d.messages[i].typ {
			return &d.messages[i]
		}
	}
	return nil
}

// Check gives the SessionRejectReason(373) for the first thing wrong with m, which
// wire.Parse has taken, and the field it is about; given is false if it is about
// none. DictionaryOK = nothing is wrong. What a message is made of is judged
// before what its fields say: a count that is wrong is told before a value inside.
func (d *Dictionary) Check(m *wire.Message) (reason int, tag uint32, given bool) {
	msg := d.message(m.Type())
	if msg == nil {
		return 11, 0, false
	}
	if tag, ok := d.missing(m, msg); ok {
		return 1, tag, true
	}
	if reason, tag := d.structure(m, msg); reason != DictionaryOK {
		return reason, tag, true
	}
	for _, f := range m.Fields[3 : m.N-1] {
		if f.Tag >= tagMax || !d.fields[f.Tag].known {
			continue
		}
		if reason := d.fields[f.Tag].check(m.Value(f)); reason != DictionaryOK {
			return reason, f.Tag, true
		}
	}
	return DictionaryOK, 0, false
}

// missing is the first required field that is not there.
func (d *Dictionary) missing(m *wire.Message, msg *message) (uint32, bool) {
	for _, list := range [...][]uint32{d.required, msg.required} {
		for _, tag := range list {
			if _, ok := m.Get(tag); !ok {
				return tag, true
			}
		}
	}
	return 0, false
}

// structure judges tags, their order, repeats and group counts.
func (d *Dictionary) structure(m *wire.Message, msg *message) (reason int, tag uint32) {
	valid := &d.app
	if msg.admin {
		valid = &d.admin
	}
	var seen tagSet
	inHeader := true
	for i := 3; i < m.N-1; {
		tag := m.Fields[i].Tag
		header := d.header.has(tag)
		switch {
		case !valid.has(tag) && !header && !d.trailer.has(tag):
			return 0, tag
		case header && !inHeader:
			return 14, tag
		case !header && !d.trailer.has(tag):
			inHeader = false
			if msg.listed && !msg.may.has(tag) {
				return 2, tag
			}
		}
		if seen.has(tag) {
			return 13, tag
		}
		seen.add(tag)
		i++
		if g := msg.group(tag); g != nil {
			if i, reason, tag = msg.entries(m, i, g); reason != DictionaryOK {
				return reason, tag
			}
		}
	}
	return DictionaryOK, 0
}

// entries judges the entries of g, which begin at field i, behind its count, and gives
// the field after them. A field that a message may have as well ends a group in which it
// has no place any more.
func (m *message) entries(msg *wire.Message, i int, g *group) (next, reason int, tag uint32) {
	want, ok := wire.ParseUint(msg.Value(msg.Fields[i-1]))
	if !ok {
		return i, 6, g.count
	}
	count, at := uint64(0), 0 // at is the place of the last field in its entry
	for i < msg.N-1 {
		tag := msg.Fields[i].Tag
		place := g.place(tag)
		if place < 0 || place > 0 && (count == 0 || place <= at) && m.may.has(tag) {
			break
		}
		switch {
		case place == 0:
			count++
		case count == 0 || place < at:
			return i, 15, tag
		case place == at:
			return i, 13, tag
		}
		at = place
		i++
		if inner := m.group(tag); inner != nil {
			if i, reason, tag = m.entries(msg, i, inner); reason != DictionaryOK {
				return i, reason, tag
			}
		}
	}
	if count != want {
		return i, 16, g.count
	}
	return i, DictionaryOK, 0
}

// place is where tag stands in an entry; -1 if it does not.
func (g *group) place(tag uint32) int { return slices.Index(g.fields, tag) }

func (m *message) group(tag uint32) *group {
	for i := range m.groups {
		if m.groups[i].count == tag {
			return &m.groups[i]
		}
	}
	return nil
}

// check gives 6 for a wrong format, 5 for a value that is not in the list.
func (f *field) check(v []byte) int {
	if !f.kind.valid(v) {
		return 6
	}
	if len(f.values) == 0 {
		return DictionaryOK
	}
	for f.many {
		i := slices.Index(v, ' ')
		if i < 0 {
			break
		}
		if !f.has(v[:i]) {
			return 5
		}
		v = v[i+1:]
	}
	if !f.has(v) {
		return 5
	}
	return DictionaryOK
}

func (f *field) has(v []byte) bool {
	lo, hi := 0, len(f.values)
	for lo < hi {
		if mid := (lo + hi) / 2; f.values[mid] < string(v) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(f.values) && f.values[lo] == string(v)
}
