package filestore

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

var _ session.Store = (*Store)(nil)

func open(t testing.TB, path string, messages int) *Store {
	t.Helper()
	s, err := Open(path, Config{Messages: messages})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dump lists all that a store keeps.
func dump(s session.Store) (out string) {
	for first := uint64(0); ; {
		seq, at, msg, ok := s.Find(first, 1<<60)
		if !ok {
			return out
		}
		out += fmt.Sprintf("%d@%d=%s;", seq, at, msg)
		first = seq + 1
	}
}

// A crash at every byte of the file leaves exactly the operations that were whole.
func TestCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "whole")
	s := open(t, path, 100)
	type point struct {
		size int64
		dump string
	}
	points := []point{{s.size, ""}}
	mark := func() { points = append(points, point{s.size, dump(s)}) }
	for seq := uint64(2); seq < 12; seq++ {
		if !s.Put(seq, market.Nanos(seq*10), bytes.Repeat([]byte{'a' + byte(seq)}, int(seq)*3)) {
			t.Fatal("Put refused")
		}
		mark()
	}
	s.Truncate(9)
	mark()
	if !s.Put(9, 99, []byte("another nine")) {
		t.Fatal("Put after Truncate refused")
	}
	mark()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	k := 0
	for n := range len(whole) + 1 {
		for k+1 < len(points) && points[k+1].size <= int64(n) {
			k++
		}
		for _, damage := range []bool{false, true} { // damage: the byte before the cut is wrong
			cut := filepath.Join(dir, "cut")
			b := bytes.Clone(whole[:n])
			want := points[k].dump
			if damage {
				if n <= len(fileMagic) {
					continue
				}
				b[n-1] ^= 0x40
				for i := k; i >= 0 && points[i].size >= int64(n); i-- {
					want = points[max(i-1, 0)].dump
				}
			}
			if err := os.WriteFile(cut, b, 0o600); err != nil {
				t.Fatal(err)
			}
			c := open(t, cut, 100)
			if got := dump(c); got != want {
				t.Fatalf("cut at %d, damage %v: %s, want %s", n, damage, got, want)
			}
			if !c.Put(50, 1, []byte("goes on")) {
				t.Fatalf("cut at %d: Put refused", n)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			c = open(t, cut, 100)
			if got := dump(c); got != want+"50@1=goes on;" {
				t.Fatalf("cut at %d, then a Put: %s", n, got)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The file, reopened at any time, and Memory keep what a slice keeps.
func TestStoresAgree(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "store")
		_ = os.Remove(path)
		const room = 8
		file, err := Open(path, Config{Messages: room})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		memory := session.NewMemory(room, room*64)
		type kept struct {
			seq uint64
			msg string
		}
		var model []kept
		next := uint64(1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			put := false
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0:
				cut := rapid.Uint64Range(1, next+1).Draw(t, "cut")
				file.Truncate(cut)
				memory.Truncate(cut)
				for len(model) > 0 && model[len(model)-1].seq >= cut {
					model = model[:len(model)-1]
				}
				next = max(1, min(next, cut))
			case 1:
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
				if file, err = Open(path, Config{Messages: room}); err != nil {
					t.Fatal(err)
				}
			case 2:
				file.Reset()
				memory.Reset()
				model, next = nil, 1
			default:
				next += rapid.Uint64Range(0, 3).Draw(t, "skip")
				msg := rapid.StringN(1, 60, 60).Draw(t, "msg")
				if !file.Put(next, 7, []byte(msg)) || !memory.Put(next, 7, []byte(msg)) {
					t.Fatal("Put refused")
				}
				model = append(model, kept{next, msg})
				next++
				put = true
			}
			want := ""
			for _, k := range model[max(0, len(model)-room):] {
				want += fmt.Sprintf("%d@7=%s;", k.seq, k.msg)
			}
			if got := dump(file); len(got) > len(want) || got != want[len(want)-len(got):] || put && got == "" {
				t.Fatalf("file keeps %q, want %q", got, want)
			}
			// Both may keep fewer: what is truncated does not bring back what was forgotten.
			if got := dump(memory); len(got) > len(want) || got != want[len(want)-len(got):] || put && got == "" {
				t.Fatalf("memory keeps %q, want the end of %q", got, want)
			}
		}
	})
}

// A long day does not grow the file without bound, and loses nothing that is kept.
func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, 100)
	msg := bytes.Repeat([]byte{'x'}, 1000)
	for seq := uint64(1); seq <= 20_000; seq++ {
		if !s.Put(seq, 1, msg) {
			t.Fatal(s.Err())
		}
		if s.size > 2<<20 {
			t.Fatalf("the file has %d bytes for 100 messages", s.size)
		}
	}
	if seq, _, got, ok := s.Find(0, 1<<60); !ok || seq != 19_901 || !bytes.Equal(got, msg) {
		t.Errorf("the oldest kept is %d, want 19901", seq)
	}
	if _, err := Open(path, Config{Messages: 1}); err == nil {
		t.Error("a second Open of the same file was let in")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Another file is not taken for a store.
func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other")
	for _, content := range []string{"x", "SLIPMSG2 and more"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Config{Messages: 1}); err == nil {
			t.Errorf("%q was taken", content)
		}
	}
}
