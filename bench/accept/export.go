package accept

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"slipstream/bench/flow/record"
	"slipstream/internal/market"
)

// LOBSTER's marks of an empty level.
const (
	noAsk = 9999999999
	noBid = -9999999999
)

// Export writes a stretch as LOBSTER's two files into a folder that must exist, named as
// LOBSTER does, and returns their paths. Rows correspond one to one; an order's number is
// its ITCH reference.
func Export(dir, date string, d *record.Day) (message, book string, err error) {
	name := func(kind string) string {
		return filepath.Join(dir, fmt.Sprintf("%s_%s_%d_%d_%s_%d.csv", d.Symbol, date, d.Start/1e6, d.End/1e6, kind, d.Levels))
	}
	message, book = name("message"), name("orderbook")
	err = errors.Join(
		writeRows(message, d, appendMessage),
		writeRows(book, d, appendBook))
	return message, book, err
}

func writeRows(path string, d *record.Day, row func(b []byte, d *record.Day, i int) []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	var b []byte
	for i := range d.Events {
		b = append(row(b[:0], d, i), '\n')
		if _, err := w.Write(b); err != nil {
			break // Flush says it again
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

// appendMessage is a message row: seconds, type, order, size, price, direction.
func appendMessage(b []byte, d *record.Day, i int) []byte {
	e := &d.Events[i]
	b = fmt.Appendf(b, "%d.%09d,%d,%d,%d,", e.Nanos/1e9, e.Nanos%1e9, e.Kind, e.Ref, e.Size)
	switch {
	case e.Kind == record.Halt:
		return fmt.Appendf(b, "%d,-1", int32(e.Price))
	case e.Side == market.Sell:
		return fmt.Appendf(b, "%d,-1", e.Price)
	}
	return fmt.Appendf(b, "%d,1", e.Price)
}

// appendBook is an order book row: ask price, ask size, bid price, bid size by level.
func appendBook(b []byte, d *record.Day, i int) []byte {
	bids, asks := d.Bids(i), d.Asks(i)
	put := func(l record.Level, empty int64) {
		price := int64(l.Price)
		if l.Qty == 0 {
			price = empty
		}
		b = strconv.AppendInt(b, price, 10)
		b = append(b, ',')
		b = strconv.AppendUint(b, uint64(l.Qty), 10)
		b = append(b, ',')
	}
	for k := range d.Levels {
		put(asks[k], noAsk)
		put(bids[k], noBid)
	}
	return b[:len(b)-1]
}

// ExportModel writes sessions of a model, each into a folder of its own below dir.
func ExportModel(dir string, m *Model, day *record.Day, sessions int) (files []string, err error) {
	for k := range sessions {
		d, err := m.session(uint64(k)+1, day.Start, day.End, day.Levels)
		if err != nil {
			return files, err
		}
		sub := filepath.Join(dir, fmt.Sprintf("%s-seed%d", m.Name, k+1))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return files, err
		}
		message, book, err := Export(sub, date, d)
		if err != nil {
			return files, err
		}
		files = append(files, message, book)
	}
	return files, nil
}
