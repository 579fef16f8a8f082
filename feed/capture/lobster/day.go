package lobster

import (
	"archive/zip"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"time"
	_ "time/tzdata" // New York's midnight, also on a host without a zone database

	"slipstream/internal/market"
)

// MaxLevels bounds the levels of a book file.
const MaxLevels = 200

// Info is what the file names say of a day.
type Info struct {
	Symbol   market.Symbol
	Date     string       // 2006-01-02
	Midnight market.Nanos // of the day in New York; adding a row's time gives its ExchNanos
	Start    uint64       // ns since midnight
	End      uint64       // ns since midnight
	Levels   int          // of the book file
}

// Day is an open LOBSTER zip. Both files can be read any number of times.
type Day struct {
	Info
	path           string
	zip            *zip.ReadCloser
	messages, book *zip.File
}

var nameForm = regexp.MustCompile(`^(.{1,8})_(\d{4}-\d{2}-\d{2})_(\d{1,8})_(\d{1,8})_(message|orderbook)_(\d{1,3})\.csv$`)

// Open opens the zip of one day of one symbol. Close it.
func Open(zipPath string) (*Day, error) {
	z, err := zip.OpenReader(zipPath)
	if err != nil {
		return nil, fmt.Errorf("lobster: %s: %w", zipPath, err)
	}
	d := &Day{path: zipPath, zip: z}
	if err := d.find(); err != nil {
		z.Close()
		return nil, fmt.Errorf("lobster: %s: %w", zipPath, err)
	}
	return d, nil
}

// Close closes the zip.
func (d *Day) Close() error { return d.zip.Close() }

// find picks the two files and reads the day off their names.
func (d *Day) find() error {
	for _, f := range d.zip.File {
		m := nameForm.FindStringSubmatch(path.Base(f.Name))
		if m == nil {
			continue
		}
		info, err := infoOf(m)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		file := &d.messages
		if m[5] == "orderbook" {
			file = &d.book
		}
		if *file != nil || (d.Info != Info{} && d.Info != info) {
			return fmt.Errorf("%s: another day or another file: %w", f.Name, ErrNoDay)
		}
		*file = f
		d.Info = info
	}
	if d.messages == nil || d.book == nil {
		return ErrNoDay
	}
	return nil
}

func infoOf(m []string) (Info, error) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		return Info{}, err
	}
	midnight, err := time.ParseInLocation(time.DateOnly, m[2], newYork)
	if err != nil {
		return Info{}, err
	}
	// The expression allows digits alone, few enough for an int.
	start, _ := strconv.Atoi(m[3])
	end, _ := strconv.Atoi(m[4])
	levels, _ := strconv.Atoi(m[6])
	const dayMillis = 86_400_000
	if levels < 1 || levels > MaxLevels || start > end || end > dayMillis {
		return Info{}, badRow("%d levels from %d to %d ms; want 1 to %d levels and times of one day", levels, start, end, MaxLevels)
	}
	return Info{
		Symbol:   market.MakeSymbol(m[1]),
		Date:     m[2],
		Midnight: market.Nanos(midnight.UnixNano()),
		Start:    uint64(start) * uint64(market.Millisecond),
		End:      uint64(end) * uint64(market.Millisecond),
		Levels:   levels,
	}, nil
}
