package lobster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"slipstream/feed/capture/itchfile"
	"slipstream/feed/itch"

	"pgregory.net/rapid"
)

// truth is a market of which a LOBSTER day shows a window: the slow reference.
type truth struct {
	orders  map[uint64]*order
	nextID  uint64
	message []string
	book    []string
	levels  int
	rng     *rand.Rand
	time    uint64
}

// sideLevels gives a side's levels, best first.
func (m *truth) sideLevels(s side) (out []priceLevel) {
	qty := map[uint32]int64{}
	for _, o := range m.orders {
		if o.side == s {
			qty[o.price] += int64(o.qty)
		}
	}
	for p, q := range qty {
		out = append(out, priceLevel{p, q})
	}
	sort.Slice(out, func(i, j int) bool { return key(s, out[i].price) > key(s, out[j].price) })
	return out
}

// window is the book file's row.
func (m *truth) window() string {
	var cols []string
	asks, bids := m.sideLevels(sell), m.sideLevels(buy)
	for i := range m.levels {
		for _, l := range []struct {
			have  []priceLevel
			dummy int64
		}{{asks, dummyPrice}, {bids, -dummyPrice}} {
			if i < len(l.have) {
				cols = append(cols, fmt.Sprintf("%d,%d", l.have[i].price, l.have[i].qty))
			} else {
				cols = append(cols, fmt.Sprintf("%d,0", l.dummy))
			}
		}
	}
	return strings.Join(cols, ",")
}

// seen reports whether a price is inside the window.
func (m *truth) seen(s side, price uint32) bool {
	l := m.sideLevels(s)
	return len(l) < m.levels || key(s, price) >= key(s, l[m.levels-1].price)
}

func (m *truth) pick(s side) *order {
	ids := make([]uint64, 0, len(m.orders))
	for id, o := range m.orders {
		if o.side == s {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return m.orders[ids[m.rng.IntN(len(ids))]]
}

func (m *truth) row(typ int, id uint64, size, price uint32, s side) {
	m.time += uint64(m.rng.IntN(2_000_000_000))
	m.message = append(m.message, fmt.Sprintf("%d.%09d,%d,%d,%d,%d,%d", marketOpen/1_000_000_000+m.time/1_000_000_000, m.time%1_000_000_000, typ, id, size, price, 1-2*int(s)))
	m.book = append(m.book, m.window())
}

// step does one event; it makes a row only when the window sees it, as LOBSTER does,
// and none while quiet.
func (m *truth) step(quiet bool) {
	s := side(m.rng.IntN(2))
	o := m.pick(s)
	typ := [...]int{1, 1, 1, 2, 3, 3, 4, 5}[m.rng.IntN(8)]
	switch {
	case typ == typeAdd || (o == nil && typ != typeHidden):
		m.nextID++
		price := uint32(1000 - m.rng.IntN(12))
		if s == sell {
			price = uint32(1001 + m.rng.IntN(12))
		}
		o = &order{ref: m.nextID, qty: uint32(1 + m.rng.IntN(300)), price: price, side: s}
		m.orders[o.ref] = o
		if !quiet && m.seen(s, price) {
			m.row(typeAdd, o.ref, o.qty, price, s)
		}
		return
	case typ == typeHidden:
		if !quiet {
			m.row(typeHidden, 0, 5, 1000+uint32(s), s)
		}
		return
	}
	qty := o.qty
	if typ != typeDelete && qty > 1 {
		qty = uint32(1 + m.rng.IntN(int(qty-1)))
	} else if typ == typeCancel {
		typ = typeDelete
	}
	seen := m.seen(s, o.price)
	if o.qty -= qty; o.qty == 0 {
		delete(m.orders, o.ref)
	}
	if !quiet && seen {
		m.row(typ, o.ref, qty, o.price, s)
	}
}

func newTruth(seed uint64, levels, rows int) *truth {
	m := &truth{orders: map[uint64]*order{}, levels: levels, rng: rand.New(rand.NewPCG(seed, 1))}
	for range 40 {
		m.step(true)
	}
	for len(m.message) < rows {
		m.step(false)
	}
	return m
}

// genDay writes a generated day and returns its zip's path.
func genDay(t testing.TB, seed uint64, levels, rows int) string {
	m := newTruth(seed, levels, rows)
	nm, nb := names(levels)
	return writeZip(t, nm, lineUp(m.message), nb, lineUp(m.book))
}

// Whatever the day, the import verifies: every level on every row, and all volume.
func TestEveryGeneratedDayVerifies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		levels := rapid.IntRange(1, 6).Draw(rt, "levels")
		rows := rapid.IntRange(1, 120).Draw(rt, "rows")
		zipPath := genDay(t, rapid.Uint64().Draw(rt, "seed"), levels, rows)
		out, st := importTo(t, zipPath)
		r, err := Verify(out, zipPath)
		if err != nil {
			rt.Fatal(err)
		}
		if !r.OK() || r.Rows != rows || r.Messages != st.Messages || r.Shares != st.VisibleShares+st.HiddenShares {
			rt.Fatalf("report %+v, first %v, import %+v", r, r.First, st)
		}
	})
}

// edit writes an ITCH file anew, each message through fn, which may drop it.
func edit(t *testing.T, path string, fn func(i int, msg []byte) []byte) string {
	t.Helper()
	in, err := itchfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var buf bytes.Buffer
	w := itchfile.NewWriter(&buf)
	for i := 0; ; i++ {
		msg, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if msg = fn(i, bytes.Clone(msg)); msg == nil {
			continue
		}
		if err := w.Write(msg); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "edited.itch")
	if err := os.WriteFile(out, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestVerifyCatchesACorruptedFile(t *testing.T) {
	zipPath := genDay(t, 5, 3, 300)
	whole, _ := importTo(t, zipPath)
	only := func(typ byte, nth int, fn func([]byte) []byte) func(int, []byte) []byte {
		seen := 0
		return func(_ int, m []byte) []byte {
			if m[0] != typ {
				return m
			}
			if seen++; seen != nth {
				return m
			}
			return fn(m)
		}
	}
	drop := func([]byte) []byte { return nil }
	last := 0
	edit(t, whole, func(i int, m []byte) []byte { last = i; return m })
	for _, c := range []struct {
		name       string
		fn         func(int, []byte) []byte
		mismatches bool
	}{
		{"a price off by a tick", only('A', 20, func(m []byte) []byte { m[35] ^= 1; return m }), true},
		{"a size off by one", only('A', 20, func(m []byte) []byte { m[23] ^= 1; return m }), true},
		{"an add that is missing", only('A', 20, drop), true},
		{"a synthetic add that is missing", only('F', 3, drop), true},
		{"a delete that is missing", only('D', 10, drop), true},
		{"an execution that is missing", only('E', 5, drop), true},
		{"an add of the other side", only('A', 20, func(m []byte) []byte { m[19] ^= 'B' ^ 'S'; return m }), true},
		{"a message of the next row", only('A', 20, func(m []byte) []byte { m[4]++; return m }), true},
		{"a hidden execution that is missing", only('P', 2, drop), false},
		{"a type that is unknown", only('P', 2, func(m []byte) []byte { m[0] = '?'; return m }), false},
		{"a file that ends early", func(i int, m []byte) []byte {
			if i > last/2 {
				return nil
			}
			return m
		}, true},
		{"a row too many", func(i int, m []byte) []byte {
			if i == last {
				m[3], m[4] = byte(301>>8), byte(301&0xff)
			}
			return m
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Verify(edit(t, whole, c.fn), zipPath)
			if err != nil {
				t.Fatal(err)
			}
			if r.OK() || r.Rows != 300 || (r.Mismatches > 0) != c.mismatches || (r.First != nil) != c.mismatches {
				t.Errorf("report %+v, first %v", r, r.First)
			}
		})
	}
	if r, err := Verify(whole, zipPath); err != nil || !r.OK() {
		t.Errorf("the whole file: %+v, %v", r, err)
	}
}

func TestVerifyNamesTheFirstMismatch(t *testing.T) {
	zipPath := writeDay(t, []string{oneAdd, "34201,5,0,1,1000,1"}, []string{oneLevel, oneLevel})
	whole, _ := importTo(t, zipPath)
	bad := edit(t, whole, func(_ int, m []byte) []byte {
		if itch.Type(m) == itch.TypeAddOrder {
			m[23] = 99
		}
		return m
	})
	r, err := Verify(bad, zipPath)
	if err != nil || r.Mismatches != 2 || r.First == nil {
		t.Fatalf("report %+v, %v", r, err)
	}
	if got, want := r.First.String(), "row 1, buy level 1: want 100 shares at 1000, the book has 99 at 1000"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestVerifyTellsFilesItCannotRead(t *testing.T) {
	zipPath := genDay(t, 2, 2, 20)
	whole, _ := importTo(t, zipPath)
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.itch")
	if err := os.WriteFile(cut, b[:len(b)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(cut, zipPath); !errors.Is(err, itchfile.ErrTruncated) {
		t.Errorf("a cut ITCH file: %v", err)
	}
	if _, err := Verify(whole, whole); err == nil {
		t.Error("an ITCH file is taken for a zip")
	}
	short := writeDay(t, []string{oneAdd, "34201,5,0,1,1000,1"}, []string{oneLevel})
	if _, err := Verify(whole, short); !errors.Is(err, ErrTruncated) {
		t.Errorf("a book file with a row too few: %v", err)
	}
}
