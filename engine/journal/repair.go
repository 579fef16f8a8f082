package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"slipstream/internal/market"
)

// Repaired is what Repair did.
type Repaired struct {
	Torn  int64 // bytes of a record that was not finished, cut off
	Added int   // records that were still in the ring, appended
	Clean bool  // the run had its closing mark
	// End is the time of the last record; 0 = there is none in the last segment.
	End market.Nanos
}

// Repair completes the files of a run that has ended, so that the next run can take it over
// and both can be replayed: a torn record at the end is cut off, and what next gives, the
// records of the run's ring that were not written or perhaps not wholly, oldest first, is
// appended. It can be cut at any byte itself and repeated. next gives nil at the end. The
// error is a *CorruptError or *HoleError where the run cannot be completed.
func Repair(dir, run string, next func() []byte) (done Repaired, err error) {
	paths, err := segmentsOf(dir, run)
	if err != nil {
		return done, err
	}
	last := paths[len(paths)-1]
	r, err := OpenFiles(last)
	if err != nil {
		return done, err
	}
	defer r.Close()
	var rec Record
	for err = r.Next(&rec); err == nil; err = r.Next(&rec) {
		done.saw(&rec)
	}
	if err != io.EOF {
		return done, err
	}
	end, seq := r.offset, r.want
	var tail []byte
	for body := next(); body != nil; body = next() {
		if !DecodeRecord(body, &rec) {
			return done, &CorruptError{last, end, "a record in the journal ring is of unknown kind or form"}
		}
		if rec.Seq < seq {
			continue // it is in the file
		}
		if rec.Seq > seq {
			return done, &HoleError{last, end, seq, rec.Seq}
		}
		tail = appendFrame(tail, body)
		seq++
		done.Added++
		done.saw(&rec)
	}
	if t := r.Torn(); t != nil {
		done.Torn = t.Bytes
	}
	return done, complete(last, end, tail)
}

// saw notes the newest record.
func (d *Repaired) saw(rec *Record) {
	d.Clean, d.End = rec.Kind == MarkRecord && rec.Sub == 1, rec.Now
}

// complete makes tail the end of the file from offset end on.
func complete(path string, end int64, tail []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err = f.Truncate(end)
	if err == nil {
		_, err = f.WriteAt(tail, end)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("journal: complete %s: %w", path, err)
	}
	return nil
}

// segmentsOf lists the files of a run in order.
func segmentsOf(dir, run string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, run+"-??????"+fileSuffix))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("journal: no run %s in %s", run, dir)
	}
	slices.Sort(paths)
	return paths, nil
}
