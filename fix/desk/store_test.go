package desk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"
	"pgregory.net/rapid"
)

// told is what a store says of itself.
type told struct {
	sender, target int
	messages       string
}

func tellOf(t testing.TB, s quickfix.MessageStore) told {
	t.Helper()
	list, err := s.GetMessages(1, s.NextSenderMsgSeqNum()+10)
	if err != nil {
		t.Fatal(err)
	}
	return told{s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), string(bytes.Join(list, []byte("|")))}
}

func openStore(t testing.TB, path string, keep int) *fileStore {
	t.Helper()
	s, err := openFileStore(path, false, keep)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// storeDay is what a session tells its store, one step each.
var storeDay = []func(*fileStore) error{
	func(s *fileStore) error { return s.SaveMessageAndIncrNextSenderMsgSeqNum(1, []byte("logon")) },
	func(s *fileStore) error { return s.IncrNextTargetMsgSeqNum() },
	func(s *fileStore) error { return s.SaveMessageAndIncrNextSenderMsgSeqNum(2, []byte("report one")) },
	func(s *fileStore) error { return s.SaveMessageAndIncrNextSenderMsgSeqNum(3, []byte("")) },
	func(s *fileStore) error { return s.IncrNextTargetMsgSeqNum() },
	func(s *fileStore) error { return s.IncrNextSenderMsgSeqNum() },
	func(s *fileStore) error { return s.SaveMessage(5, []byte("kept, not counted")) },
	func(s *fileStore) error {
		return s.SaveMessageAndIncrNextSenderMsgSeqNum(5, []byte("kept and counted"))
	},
	func(s *fileStore) error { return s.SetNextTargetMsgSeqNum(90) },
	func(s *fileStore) error { return s.SetNextSenderMsgSeqNum(3) },
	func(s *fileStore) error { return s.SaveMessageAndIncrNextSenderMsgSeqNum(3, []byte("the third again")) },
	func(s *fileStore) error { return s.Reset() },
	func(s *fileStore) error { return s.SaveMessageAndIncrNextSenderMsgSeqNum(1, []byte("a new day")) },
	func(s *fileStore) error { return s.IncrNextTargetMsgSeqNum() },
}

// A crash at any byte leaves what was told before it, and the store goes on from there.
func TestAStoreCutAtAnyByteTellsWhatWasWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.store")
	s := openStore(t, path, 100)
	type point struct {
		size int64
		told told
	}
	points := []point{{0, told{1, 1, ""}}, {s.size, tellOf(t, s)}}
	for _, step := range storeDay {
		if err := step(s); err != nil {
			t.Fatal(err)
		}
		points = append(points, point{s.size, tellOf(t, s)})
	}
	if last := points[len(points)-1].told; last != (told{2, 2, "a new day"}) {
		t.Fatalf("the day ends with %+v", last)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cutPath := filepath.Join(t.TempDir(), "cut.store")
	for cut := range len(whole) + 1 {
		for _, tail := range []string{"", strings.Repeat("\x00", 40)} { // a power cut may leave zeros
			left := append(slices.Clone(whole[:cut]), tail...)
			if err := os.WriteFile(cutPath, left, 0o600); err != nil {
				t.Fatal(err)
			}
			want := points[0].told
			for _, p := range points { // zeros may complete a frame that ends with zeros
				if p.size <= int64(len(left)) && bytes.Equal(left[:p.size], whole[:p.size]) {
					want = p.told
				}
			}
			s := openStore(t, cutPath, 100)
			if got := tellOf(t, s); got != want {
				t.Fatalf("cut at %d of %d: %+v, want %+v", cut, len(whole), got, want)
			}
			next := s.NextSenderMsgSeqNum()
			if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(next, []byte("after the crash")); err != nil {
				t.Fatal(err)
			}
			before := tellOf(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openStore(t, cutPath, 100)
			if got := tellOf(t, s); got != before || !strings.HasSuffix(got.messages, "after the crash") {
				t.Fatalf("cut at %d, then one more message: %+v, was %+v", cut, got, before)
			}
			s.Close()
		}
	}
	t.Logf("%d cuts, twice", len(whole)+1)
}

// Damage with whole frames behind it is no crash: to cut there would send the numbers back.
func TestADamagedStoreIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.store")
	s := openStore(t, path, 100)
	for _, step := range storeDay[:5] {
		if err := step(s); err != nil {
			t.Fatal(err)
		}
	}
	lastFrame := int(s.size)
	if err := storeDay[5](s); err != nil {
		t.Fatal(err)
	}
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		bad := slices.Clone(whole)
		bad[at] ^= 0x10
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openFileStore(path, false, 100)
		if at < lastFrame {
			if err == nil || !strings.Contains(err.Error(), "damaged at byte") {
				t.Fatalf("byte %d: %v", at, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("byte %d of the last frame: %v", at, err)
		}
		s.Close()
	}
}

func TestAStoreIsOneProcessesAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.store")
	s := openStore(t, path, 1)
	defer s.Close()
	if _, err := openFileStore(path, false, 1); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("opened twice: %v", err)
	}
}

// A write that fails changes no number, and nothing of it comes to life later.
func TestAStoreThatCannotWriteStaysAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.store")
	s := openStore(t, path, 10)
	if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(1, []byte("one")); err != nil {
		t.Fatal(err)
	}
	writable := s.f
	var err error
	if s.f, err = os.Open(path); err != nil {
		t.Fatal(err)
	}
	before := tellOf(t, s)
	for range 2 { // the second time the error is remembered
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(2, []byte("two")); err == nil {
			t.Fatal("written to a file that is open for reading")
		}
		if err := s.IncrNextTargetMsgSeqNum(); err == nil {
			t.Fatal("counted without a file")
		}
	}
	if got := tellOf(t, s); got != before {
		t.Errorf("%+v, was %+v", got, before)
	}
	s.Close()
	writable.Close()
	s = openStore(t, path, 10)
	defer s.Close()
	if got := tellOf(t, s); got != before {
		t.Errorf("%+v, was %+v", got, before)
	}
}

// The file does not grow for ever: it is written anew with what is kept.
func TestAStoreIsWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.store")
	s := openStore(t, path, 100)
	s.SetCreationTime(time.Unix(1_700_000_000, 5))
	if err := s.SetNextTargetMsgSeqNum(77); err != nil {
		t.Fatal(err)
	}
	msg := bytes.Repeat([]byte("m"), 10_000)
	biggest := int64(0)
	for n := 1; n <= 2000; n++ {
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, fmt.Appendf(nil, "%d %s", n, msg)); err != nil {
			t.Fatal(err)
		}
		biggest = max(biggest, s.size)
	}
	if biggest > compactLeast+20_000 {
		t.Errorf("20 MB of messages, 1 MB kept: the file grew to %d bytes", biggest)
	}
	s.Close()
	s = openStore(t, path, 100)
	defer s.Close()
	if s.NextSenderMsgSeqNum() != 2001 || s.NextTargetMsgSeqNum() != 77 || !s.CreationTime().Equal(time.Unix(1_700_000_000, 5)) {
		t.Errorf("numbers %d and %d, created %v", s.NextSenderMsgSeqNum(), s.NextTargetMsgSeqNum(), s.CreationTime())
	}
	list, err := s.GetMessages(1, 2000)
	if err != nil || len(list) < 100 || !bytes.HasPrefix(list[len(list)-1], []byte("2000 ")) {
		t.Errorf("%d messages (%v)", len(list), err)
	}
	if list, _ := s.GetMessages(1995, 1997); len(list) != 3 || !bytes.HasPrefix(list[0], []byte("1995 ")) {
		t.Errorf("1995 to 1997 are %d messages", len(list))
	}
}

// The store tells what quickfixgo's memory store does, also after being closed and
// opened at any time.
func TestAStoreIsAsTheMemoryStore(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		s := openStore(t, path, 1000)
		defer func() { s.Close() }()
		m, err := quickfix.NewMemoryStoreFactory().Create(quickfix.SessionID{})
		if err != nil {
			rt.Fatal(err)
		}
		both := func(f func(quickfix.MessageStore) error) {
			if a, b := f(s), f(m); a != nil || b != nil {
				rt.Fatal(a, b)
			}
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 6).Draw(rt, "step") {
			case 0, 1, 2:
				msg := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "message")
				both(func(x quickfix.MessageStore) error {
					return x.SaveMessageAndIncrNextSenderMsgSeqNum(x.NextSenderMsgSeqNum(), msg)
				})
			case 3:
				both(quickfix.MessageStore.IncrNextTargetMsgSeqNum)
			case 4:
				both(quickfix.MessageStore.IncrNextSenderMsgSeqNum)
			case 5:
				s.mu.Lock()
				s.compact()
				s.mu.Unlock()
			case 6:
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				s = openStore(t, path, 1000)
			}
			if a, b := tellOf(t, s), tellOf(t, m); a != b {
				rt.Fatalf("the file tells %+v, the memory %+v", a, b)
			}
		}
	})
}

// An upgrade takes the numbers and messages of quickfixgo's files over, once.
func TestQuickfixgosFilesAreTakenOver(t *testing.T) {
	dir := t.TempDir()
	id := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}
	settings := quickfix.NewSettings()
	settings.GlobalSettings().Set(config.FileStorePath, dir)
	ss := quickfix.NewSessionSettings()
	for k, v := range map[string]string{config.BeginString: id.BeginString, config.SenderCompID: "A", config.TargetCompID: "B"} {
		ss.Set(k, v)
	}
	if _, err := settings.AddSession(ss); err != nil {
		t.Fatal(err)
	}
	old, err := file.NewStoreFactory(settings).Create(id)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		if err := old.SaveMessageAndIncrNextSenderMsgSeqNum(n, encode("8", fmt.Sprintf("34=%d|", n), "")); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.SetNextTargetMsgSeqNum(9); err != nil {
		t.Fatal(err)
	}
	want := tellOf(t, old)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	appendTo(t, storeBase(dir, id)+".header", "4,75") // and it was killed while it wrote
	for range 2 {
		k := NewStores(dir, false, settings)
		s, err := k.Create(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := tellOf(t, s); got != want || got.sender != 4 {
			t.Errorf("%+v, was %+v", got, want)
		}
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(4, []byte("ours")); err != nil {
			t.Fatal(err)
		}
		if err := s.SetNextSenderMsgSeqNum(4); err != nil { // as it was, for the second turn
			t.Fatal(err)
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(storeBase(dir, id) + ".senderseqnums"); !os.IsNotExist(err) {
			t.Errorf("the old files are still there: %v", err)
		}
	}
}
