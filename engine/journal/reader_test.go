package journal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipstream/engine"
	"slipstream/engine/ring"
	"slipstream/fix/session"
)

func readAll(r *Reader) (n int, err error) {
	var rec Record
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n++
	}
}

func open(t testing.TB, file []byte) *Reader {
	t.Helper()
	r, err := NewReader(Source{"mem", bytes.NewReader(file)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatGoesInComesOutAcrossSegments(t *testing.T) {
	dir := t.TempDir()
	var st session.State
	st.Reset(7, 9)
	s, err := CreateSegments(SegmentsConfig{Dir: dir, SegmentBytes: SegmentBytesMin,
		Header: Header{Start: 1_700_000_000_123_456_789, Config: []byte("x = 1\n"), State: EncodeState(&st)}})
	if err != nil {
		t.Fatal(err)
	}
	var want [][]byte
	live(t, &echoCore{}, script(2000), func(rec []byte) {
		want = append(want, bytes.Clone(rec))
		if err := s.Append(rec); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(paths) < 2 || uint32(len(paths)) != s.Segment()+1 {
		t.Fatalf("%d files, current segment %d: the bound was not tried", len(paths), s.Segment())
	}
	var total int64
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || info.Size() > SegmentBytesMin {
			t.Errorf("%s: %d bytes, bound %d (%v)", p, info.Size(), SegmentBytesMin, err)
		}
		total += info.Size()
	}
	if total != s.Written() {
		t.Errorf("Written %d, on disk %d", s.Written(), total)
	}

	r, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var back session.State
	if err := DecodeState(r.Header().State, &back); err != nil || back != st {
		t.Errorf("the session state did not survive: %v", err)
	}
	if string(r.Header().Config) != "x = 1\n" || RunName(r.Header()) != s.Run() {
		t.Errorf("header %+v", r.Header())
	}
	var rec Record
	for i, w := range want {
		var wr Record
		DecodeRecord(w, &wr)
		if err := r.Next(&rec); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		if !bytes.Equal(rec.Payload, wr.Payload) || rec.Kind != wr.Kind || rec.Seq != wr.Seq || rec.Now != wr.Now || rec.Sub != wr.Sub || rec.Line != wr.Line {
			t.Fatalf("record %d: got %+v, want %+v", i, rec, wr)
		}
	}
	if err := r.Next(&rec); err != io.EOF || r.Torn() != nil {
		t.Fatalf("at the end: %v, torn %v", err, r.Torn())
	}

	t.Run("a segment that is taken away is noticed", func(t *testing.T) {
		_, err := openAndRead(append([]string{paths[0]}, paths[2:]...))
		var c *CorruptError
		if !errors.As(err, &c) || !strings.Contains(err.Error(), "missing") {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("a torn segment that is not the last is no tail", func(t *testing.T) {
		b, _ := os.ReadFile(paths[0])
		short := filepath.Join(t.TempDir(), "short")
		if err := os.WriteFile(short, b[:len(b)-3], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := openAndRead([]string{short, paths[1]})
		var c *CorruptError
		if !errors.As(err, &c) || c.File != short {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("a replay does not begin in the middle", func(t *testing.T) {
		r, err := OpenFiles(paths[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := Replay(r, &echoCore{}); err == nil {
			t.Fatal("it did")
		}
	})
}

func openAndRead(paths []string) (int, error) {
	r, err := OpenFiles(paths...)
	if err != nil {
		return 0, err
	}
	n, err := readAll(r)
	return n, errors.Join(err, r.Close())
}

func TestATornTailIsToleratedAtEveryByte(t *testing.T) {
	file := fileOf(t, &echoCore{}, 4)
	whole, err := readAll(open(t, file))
	if err != nil {
		t.Fatal(err)
	}
	head := len(fileOf(t, &echoCore{}, 0)) - frameSize - headSize - MarkSize
	for cut := len(file) - 1; cut >= head; cut-- {
		r := open(t, file[:cut])
		n, err := readAll(r)
		if err != nil || n >= whole {
			t.Fatalf("cut at %d: %d records, %v", cut, n, err)
		}
		if torn := r.Torn(); torn != nil && torn.Offset+torn.Bytes != int64(cut) {
			t.Fatalf("cut at %d: torn %+v", cut, torn)
		}
		// The same after a host's crash: the file has its length, the pages are zero.
		zeros := append(bytes.Clone(file[:cut]), make([]byte, 300)...)
		r = open(t, zeros)
		if m, err := readAll(r); err != nil || m < n || m > n+1 || r.Torn() == nil {
			t.Fatalf("zeros from %d: %d records (%d when cut), %v, torn %v", cut, m, n, err, r.Torn())
		}
	}
}

func TestEveryFlippedBitIsLoud(t *testing.T) {
	file := fileOf(t, &echoCore{}, 4)
	head := len(fileOf(t, &echoCore{}, 0)) - frameSize - headSize - MarkSize
	last := len(file) - frameSize - headSize - MarkSize
	want, _ := readAll(open(t, file))
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1 << (i % 8)
		r, err := NewReader(Source{"mem", bytes.NewReader(bad)})
		if i < head {
			if !errors.Is(err, ErrHeader) {
				t.Fatalf("byte %d of the header: %v", i, err)
			}
			continue
		}
		n, err := readAll(r)
		var c *CorruptError
		switch {
		case i >= last: // the last record: damage and a torn tail look alike, and it is said
			if err == nil && (n != want-1 || r.Torn() == nil) {
				t.Fatalf("byte %d of the last record: %d records, torn %v", i, n, r.Torn())
			}
		case !errors.As(err, &c):
			t.Fatalf("byte %d: %d records of %d, %v", i, n, want, err)
		case c.File != "mem" || c.Offset > int64(i) || c.Offset < int64(i-frameSize-maxBody):
			t.Fatalf("byte %d: reported at %d", i, c.Offset)
		}
		if err != nil && r.Next(new(Record)) == nil {
			t.Fatalf("byte %d: reading goes on behind damage", i)
		}
	}
}

func TestAFullRingLeavesAHoleThatTheReaderReports(t *testing.T) {
	r, err := ring.NewBytes(1 << 10)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(r)
	h := Header{}
	file, _ := h.append(nil)
	drain := func() {
		for b, ok := r.Read(); ok; b, ok = r.Read() {
			file = appendFrame(file, b)
			r.Release()
		}
	}
	put := 0
	for w.PutEvent(&engine.Event{Code: engine.EvKill}) {
		put++
	}
	w.PutEvent(&engine.Event{Code: engine.EvKill})
	if w.PutMark(0, false) {
		t.Fatal("a mark fits where no event does")
	}
	if w.Lost() != 2 || w.Free() < 0 || w.Free() > HeadSize+EventSize+8 {
		t.Fatalf("lost %d, free %d", w.Lost(), w.Free())
	}
	drain()
	if !w.PutEvent(&engine.Event{Code: engine.EvKill, A: 5}) || !w.PutMark(0, true) {
		t.Fatal("no room in an empty ring")
	}
	drain()

	rd := open(t, file)
	n, err := readAll(rd)
	var hole *HoleError
	if !errors.As(err, &hole) || n != put || hole.Want != uint64(put) || hole.Got != uint64(put+2) {
		t.Fatalf("%d records, %v", n, err)
	}
	var rec Record
	var e engine.Event
	if err := rd.Next(&rec); err != nil || !GetEvent(rec.Payload, &e) || e.A != 5 {
		t.Fatalf("behind the hole: %v, %+v", err, e)
	}
	var m Mark
	if err := rd.Next(&rec); err != nil || !GetMark(rec.Payload, &m) || m.Lost != 2 {
		t.Fatalf("the mark: %v, %+v", err, m)
	}
	if err := rd.Next(&rec); err != io.EOF {
		t.Fatal(err)
	}
	if _, err := Replay(open(t, file), &echoCore{}); !errors.As(err, &hole) {
		t.Fatalf("a replay goes over a hole: %v", err)
	}
}

func TestAnInputLongerThanARecordIsRefused(t *testing.T) {
	r, _ := ring.NewBytes(1 << 20)
	w := NewWriter(r)
	if w.PutInput(&engine.Input{Kind: engine.InPacket, Bytes: make([]byte, MaxPayload+1)}) || w.Lost() != 1 {
		t.Fatal("it passed")
	}
	if !w.PutInput(&engine.Input{Kind: engine.InPacket, Bytes: make([]byte, MaxPayload)}) {
		t.Fatal("the longest one does not fit")
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	if _, err := Open(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "holds no journal") {
		t.Error(err)
	}
	if _, err := Open(t.TempDir(), "x"); err == nil || !strings.Contains(err.Error(), "no run x") {
		t.Error(err)
	}
	if _, err := CreateSegments(SegmentsConfig{Dir: t.TempDir(), SegmentBytes: 1}); err == nil {
		t.Error("a segment of one byte")
	}
	cfg := SegmentsConfig{Dir: t.TempDir(), SegmentBytes: SegmentBytesMin}
	s, err := CreateSegments(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := CreateSegments(cfg); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second run overwrites the first: %v", err)
	}
	if err := s.Append([]byte("short")); err == nil {
		t.Error("a malformed record is written")
	}
	if err := DecodeState([]byte{1}, new(session.State)); err == nil {
		t.Error("a state of one byte")
	}
	file := fileOf(t, &echoCore{}, 0)
	file[8] = 9
	if _, err := NewReader(Source{"f", bytes.NewReader(file)}); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Error(err)
	}
	if _, err := NewReader(); err == nil {
		t.Error("no segment at all")
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	r, _ := ring.NewBytes(1 << 20)
	w := NewWriter(r)
	core := &echoCore{}
	inputs := script(100)
	run := func() {
		for i := range inputs {
			if inputs[i].Kind == engine.InVenueBytes {
				continue
			}
			w.PutInput(&inputs[i])
			w.PutEffects(inputs[i].Now, core.Step(&inputs[i]))
			w.PutMark(0, false)
			for _, ok := r.Read(); ok; _, ok = r.Read() {
				r.Release()
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 || w.Lost() != 0 {
		t.Errorf("%v allocations a run, %d lost", n, w.Lost())
	}
}
