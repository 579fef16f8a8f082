package lobster

import "bytes"

// dummyPrice marks a level that is not there: minus on the bid side, size 0.
const dummyPrice = 9_999_999_999

// maxPrice is the largest price that ITCH carries.
const maxPrice = 1<<32 - 1

// priceLevel is one level of the book file.
type priceLevel struct {
	price uint32
	qty   int64
}

// bookRow is one row of the book file: per side the levels that are there, best first.
type bookRow struct {
	level [2][]priceLevel
}

// shows reports whether the row shows a level at price.
func (r *bookRow) shows(s side, price uint32) bool {
	for _, l := range r.level[s] {
		if l.price == price {
			return true
		}
	}
	return false
}

// bookFile reads the book file.
type bookFile struct {
	*lines
	levels int
}

// next reads the next row into r; io.EOF after the last one.
func (f *bookFile) next(r *bookRow) error {
	b, err := f.lines.next()
	if err != nil {
		return err
	}
	if err := r.parse(b, f.levels); err != nil {
		return f.fail(err)
	}
	return nil
}

func (r *bookRow) parse(b []byte, levels int) error {
	if n := bytes.Count(b, []byte{','}) + 1; n != 4*levels {
		return badRow("%d columns, want %d for %d levels", n, 4*levels, levels)
	}
	r.level[buy], r.level[sell] = r.level[buy][:0], r.level[sell][:0]
	for i := range levels {
		for _, s := range [2]side{sell, buy} {
			var price, qty int64
			var okPrice, okQty bool
			var col []byte
			col, b = field(b)
			price, okPrice = number(col)
			col, b = field(b)
			qty, okQty = number(col)
			if !okPrice || !okQty {
				return badRow("level %d of the %s side is not two integers", i+1, s)
			}
			if err := r.add(s, i, price, qty); err != nil {
				return err
			}
		}
	}
	return nil
}

// add puts level i, counted from 0, of a side; levels come best first, no gaps.
func (r *bookRow) add(s side, i int, price, qty int64) error {
	have := r.level[s]
	if price == dummyPrice || price == -dummyPrice {
		if qty != 0 {
			return badRow("level %d of the %s side is a dummy with size %d", i+1, s, qty)
		}
		return nil
	}
	switch {
	case price <= 0 || price > maxPrice:
		return badRow("level %d of the %s side has price %d", i+1, s, price)
	case qty <= 0:
		return badRow("level %d of the %s side has size %d", i+1, s, qty)
	case len(have) != i:
		return badRow("level %d of the %s side follows a dummy", i+1, s)
	case i > 0 && key(s, uint32(price)) >= key(s, have[i-1].price):
		return badRow("level %d of the %s side is not worse than level %d", i+1, s, i)
	}
	r.level[s] = append(have, priceLevel{uint32(price), qty})
	return nil
}

// key orders prices of a side: the better, the higher.
func key(s side, price uint32) uint32 {
	if s == buy {
		return price
	}
	return ^price
}
