package itchfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"slipstream/feed/itch"
	"slipstream/internal/testdata"

	"pgregory.net/rapid"
)

// readAll gives the messages before the error that ends the file.
func readAll(r *Reader) (msgs [][]byte, err error) {
	for {
		m, err := r.Next()
		if err != nil {
			return msgs, err
		}
		msgs = append(msgs, bytes.Clone(m))
	}
}

func TestReader(t *testing.T) {
	long := append([]byte{0xff, 0xff}, make([]byte, 0xffff)...)
	for _, c := range []struct {
		name   string
		in     []byte
		msgs   int
		want   error
		offset int64
	}{
		{"an empty file ends", nil, 0, io.EOF, 0},
		{"two messages", []byte{0, 1, 'a', 0, 2, 'b', 'c'}, 2, io.EOF, 0},
		{"an end-of-session marker ends", []byte{0, 1, 'a', 0, 0}, 1, io.EOF, 0},
		{"the longest frame", long, 1, io.EOF, 0},
		{"a length cut in half", []byte{0, 1, 'a', 0}, 1, ErrTruncated, 3},
		{"a message cut short", []byte{0, 1, 'a', 0, 3, 'b', 'c'}, 1, ErrTruncated, 3},
		{"a length without a message", []byte{0, 1}, 0, ErrTruncated, 0},
		{"bytes after the end-of-session marker", []byte{0, 1, 'a', 0, 0, 0}, 1, ErrAfterEnd, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, in := range []io.Reader{bytes.NewReader(c.in), iotest.OneByteReader(bytes.NewReader(c.in))} {
				r := NewReader(in, "f")
				msgs, err := readAll(r)
				if len(msgs) != c.msgs || !errors.Is(err, c.want) {
					t.Fatalf("%d messages, %v; want %d, %v", len(msgs), err, c.msgs, c.want)
				}
				var at *Error
				if errors.As(err, &at) && (at.Offset != c.offset || at.Name != "f") {
					t.Errorf("error %v, want offset %d", err, c.offset)
				}
				if _, again := r.Next(); !errors.Is(again, c.want) {
					t.Errorf("then %v, want the same again", again)
				}
			}
		})
	}
}

func TestReaderTellsAReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	r := NewReader(io.MultiReader(bytes.NewReader([]byte{0, 1, 'a', 0}), iotest.ErrReader(broken)), "f")
	if msgs, err := readAll(r); len(msgs) != 1 || !errors.Is(err, broken) {
		t.Errorf("%d messages, %v", len(msgs), err)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msgs := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 1, 300)).Draw(t, "msgs")
		var buf bytes.Buffer
		w := NewWriter(&buf)
		for _, m := range msgs {
			if err := w.Write(m); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.EndSession(), w.Flush()); err != nil || w.Offset() != int64(buf.Len()) {
			t.Fatalf("%v, %d bytes of %d", err, w.Offset(), buf.Len())
		}
		got, err := readAll(NewReader(&buf, ""))
		if err != io.EOF || len(got) != len(msgs) {
			t.Fatalf("%d messages of %d, %v", len(got), len(msgs), err)
		}
		for i := range msgs {
			if !bytes.Equal(got[i], msgs[i]) {
				t.Fatalf("message %d: %x, want %x", i, got[i], msgs[i])
			}
		}
	})
}

func TestWriterRefusesWhatAFrameCannotCarry(t *testing.T) {
	w := NewWriter(io.Discard)
	if w.Write(nil) != ErrSize || w.Write(make([]byte, 1<<16)) != ErrSize || w.Offset() != 0 {
		t.Error("a message of 0 or 65536 bytes is taken")
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriterTellsAWriteError(t *testing.T) {
	w := NewWriter(fullDisk{})
	var err error
	for range 10 {
		if err = w.Write(make([]byte, 60_000)); err != nil {
			break
		}
	}
	if !errors.Is(err, errFull) || !errors.Is(w.Flush(), errFull) {
		t.Errorf("write %v", err)
	}
}

func TestOpenTakesGzip(t *testing.T) {
	p := filepath.Join(t.TempDir(), "day.gz")
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write([]byte{0, 1, 'a'})
	z.Close()
	if err := os.WriteFile(p, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	if msgs, err := readAll(f.Reader); len(msgs) != 1 || err != io.EOF || f.Close() != nil {
		t.Errorf("%d messages, %v", len(msgs), err)
	}
	if err := os.WriteFile(p, buf.Bytes()[:buf.Len()-4], 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err = Open(p); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := readAll(f.Reader); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrTruncated) {
		t.Errorf("a cut gzip file ends with %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// Every message of the real files decodes and re-encodes, and the file is written
// again, to the same bytes.
func TestRealFilesReencode(t *testing.T) {
	for _, c := range []struct {
		file  string
		types map[byte]int
	}{
		{"12302019_SNIPPET.NASDAQ_ITCH50", map[byte]int{'A': 367, 'U': 225, 'F': 193, 'D': 167, 'E': 28, 'X': 6, 'I': 4, 'P': 4, 'Q': 4, 'S': 1, 'C': 1}},
		{"start_of_day_20191230.itch", map[byte]int{'S': 1, 'R': 993, 'H': 3, 'Y': 3}},
	} {
		t.Run(c.file, func(t *testing.T) {
			p := filepath.Join(testdata.Dir(t), "itch", c.file)
			whole, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Open(p)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var again bytes.Buffer
			w := NewWriter(&again)
			types := map[byte]int{}
			for {
				m, err := f.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				types[m[0]]++
				coded, ok := itch.Recode(nil, m)
				if !ok || !bytes.Equal(coded, m) {
					t.Fatalf("offset %d: %x re-encodes to %x", f.Offset(), m, coded)
				}
				if err := w.Write(coded); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil || !bytes.Equal(again.Bytes(), whole) {
				t.Errorf("%d bytes written of %d, not the same (%v)", again.Len(), len(whole), err)
			}
			for typ, n := range c.types {
				if types[typ] != n {
					t.Errorf("%d messages of type %q, want %d", types[typ], typ, n)
				}
			}
			if len(types) != len(c.types) {
				t.Errorf("types %v, want %v", types, c.types)
			}
		})
	}
}

// FuzzReader: whatever was read of a file is its beginning, byte for byte.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 0, 2, 'b', 'c'})
	f.Add([]byte{0, 1, 'a', 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		msgs, err := readAll(NewReader(bytes.NewReader(b), ""))
		var out bytes.Buffer
		w := NewWriter(&out)
		for _, m := range msgs {
			if err := w.Write(m); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		rest, ok := bytes.CutPrefix(b, out.Bytes())
		if !ok || err == io.EOF && len(rest) != 0 && !bytes.Equal(rest, []byte{0, 0}) {
			t.Fatalf("read %x of %x, then %v", out.Bytes(), b, err)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for range 10_000 {
		if err := w.Write(make([]byte, 36)); err != nil {
			b.Fatal(err)
		}
	}
	w.Flush()
	msgs := 0
	for b.Loop() {
		r := NewReader(bytes.NewReader(buf.Bytes()), "")
		for {
			if _, err := r.Next(); err != nil {
				break
			}
			msgs++
		}
	}
	if msgs != 10_000*b.N {
		b.Fatalf("%d messages in %d files", msgs, b.N)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(msgs), "ns/msg")
}
