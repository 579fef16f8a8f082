package lobster

import (
	"bytes"
	"math"
)

// Types of a message row.
const (
	typeAdd     = 1
	typeCancel  = 2
	typeDelete  = 3
	typeExecute = 4
	typeHidden  = 5
	typeCross   = 6
	typeHalt    = 7
)

// event is one row of the message file.
type event struct {
	nanos uint64 // since midnight
	typ   int
	id    uint64
	size  uint32
	price uint32 // of type 7: unused
	side  side   // of the resting order
	halt  int64  // the price of type 7: -1 halted, 0 quoting, 1 trading
}

// side indexes the two sides of a book.
type side uint8

const (
	buy  side = 0
	sell side = 1
)

// letter is the side as ITCH writes it.
func (s side) letter() byte { return "BS"[s] }

func (s side) String() string {
	if s == buy {
		return "buy"
	}
	return "sell"
}

const messageColumns = 6

// messages reads the message file.
type messages struct {
	*lines
	last uint64 // time of the row before
}

// next reads the next row into e; io.EOF after the last one.
func (m *messages) next(e *event) error {
	b, err := m.lines.next()
	if err != nil {
		return err
	}
	if err := e.parse(b); err != nil {
		return m.fail(err)
	}
	if e.nanos < m.last {
		return m.fail(inconsistent("time goes back"))
	}
	m.last = e.nanos
	return nil
}

func (e *event) parse(b []byte) error {
	if n := bytes.Count(b, []byte{','}) + 1; n != messageColumns {
		return badRow("%d columns, want %d", n, messageColumns)
	}
	col, rest := field(b)
	nanos, ok := seconds(col)
	if !ok {
		return badRow("time %q is not seconds after midnight", col)
	}
	var v [messageColumns - 1]int64
	for i := range v {
		col, rest = field(rest)
		if v[i], ok = number(col); !ok {
			return badRow("column %d: %q is not an integer", i+2, col)
		}
	}
	return e.set(nanos, v[0], v[1], v[2], v[3], v[4])
}

// set judges the columns' values.
func (e *event) set(nanos uint64, typ, id, size, price, direction int64) error {
	*e = event{nanos: nanos, typ: int(typ)}
	switch {
	case typ < typeAdd || typ > typeHalt:
		return badRow("type %d, want 1 to 7", typ)
	case direction != 1 && direction != -1:
		return badRow("direction %d, want 1 or -1", direction)
	case typ == typeHalt:
		if price < -1 || price > 1 {
			return badRow("halt with price %d, want -1, 0 or 1", price)
		}
		e.halt = price
		return nil
	case id < 0 || (id == 0 && typ <= typeExecute):
		return badRow("order id %d", id)
	case size < 0 || size > math.MaxUint32 || (size == 0 && typ != typeCross):
		return badRow("size %d", size)
	case price <= 0 || price > math.MaxUint32:
		return badRow("price %d", price)
	}
	e.id, e.size, e.price = uint64(id), uint32(size), uint32(price)
	if direction < 0 {
		e.side = sell
	}
	return nil
}

// seconds reads seconds after midnight with a fraction; digits below 1 ns, which
// some files have, are dropped.
func seconds(b []byte) (nanos uint64, ok bool) {
	whole, frac, _ := bytes.Cut(b, []byte{'.'})
	s, ok := number(whole)
	if !ok || s < 0 || s >= 86_400 {
		return 0, false
	}
	n := uint64(0)
	for i := range 9 {
		n *= 10
		if i < len(frac) {
			n += uint64(frac[i] - '0')
		}
	}
	for _, c := range frac {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	return uint64(s)*1_000_000_000 + n, true
}
