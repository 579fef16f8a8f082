package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/sys/unix"

	"slipstream/internal/market"
)

// Config bounds a Store.
type Config struct {
	Messages int  // messages kept, at least 1; older ones are forgotten, and gap-filled when asked for
	Sync     bool // fdatasync after every message
}

// entry says where a kept message lies.
type entry struct {
	seq uint64
	at  market.Nanos
	off int64
	len int
}

// Store is a session.Store in a file.
type Store struct {
	cfg   Config
	path  string
	f     *os.File
	size  int64   // bytes of the file that are whole records
	index []entry // ascending numbers
	buf   []byte  // one record on its way out
	out   []byte  // what Find gave
	err   error
}

// Open opens or makes the file at path.
func Open(path string, cfg Config) (*Store, error) {
	if cfg.Messages < 1 {
		return nil, fmt.Errorf("filestore: Messages is %d, want at least 1", cfg.Messages)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("filestore: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("filestore: lock %s: %w", path, err), f.Close())
	}
	s := &Store{cfg: cfg, path: path, f: f, out: make([]byte, messageMax)}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// load reads the index and cuts what is not whole. A file whose header is not whole
// held nothing yet; another file's is refused.
func (s *Store) load() error {
	b, err := os.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if len(b) < len(fileMagic) {
		if string(b) != fileMagic[:len(b)] {
			return fmt.Errorf("filestore: %s is not a message store", s.path)
		}
		return s.begin()
	}
	if string(b[:len(fileMagic)]) != fileMagic {
		return fmt.Errorf("filestore: %s is not a message store", s.path)
	}
	s.size = int64(len(fileMagic))
	for {
		var r record
		n := r.decode(b[s.size:])
		if n == 0 {
			break
		}
		s.cut(r.seq)
		if r.kind == kindPut {
			s.keep(entry{r.seq, r.at, s.size + recordHead, len(r.msg)})
		}
		s.size += int64(n)
	}
	if int(s.size) < len(b) {
		if err := s.f.Truncate(s.size); err != nil {
			return fmt.Errorf("filestore: cut %s after a crash: %w", s.path, err)
		}
	}
	return nil
}

func (s *Store) begin() error {
	s.index, s.size = s.index[:0], int64(len(fileMagic))
	if err := s.f.Truncate(0); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if _, err := s.f.WriteAt([]byte(fileMagic), 0); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	return nil
}

// keep adds to the index, and forgets the oldest beyond Messages.
func (s *Store) keep(e entry) {
	if len(s.index) >= 2*s.cfg.Messages {
		s.index = s.index[:copy(s.index, s.index[len(s.index)-s.cfg.Messages+1:])]
	}
	s.index = append(s.index, e)
}

// kept is the part of the index that counts.
func (s *Store) kept() []entry { return s.index[max(0, len(s.index)-s.cfg.Messages):] }

// cut forgets the numbers from next on.
func (s *Store) cut(next uint64) {
	i := sort.Search(len(s.index), func(i int) bool { return s.index[i].seq >= next })
	s.index = s.index[:i]
}

// write appends one record; after a failure the file is as before.
func (s *Store) write(r *record) bool {
	if s.err != nil || len(r.msg) > messageMax {
		return false
	}
	s.buf = r.append(s.buf[:0])
	_, err := s.f.WriteAt(s.buf, s.size)
	if err == nil && s.cfg.Sync {
		err = unix.Fdatasync(int(s.f.Fd()))
	}
	if err != nil {
		// A record half on the disk, or perhaps on it, must not come to life.
		s.err = errors.Join(fmt.Errorf("filestore: %w", err), s.f.Truncate(s.size))
		return false
	}
	s.size += int64(len(s.buf))
	return true
}

// Err is why Put refuses, nil if it does not.
func (s *Store) Err() error { return s.err }

// Put is session.Store's.
func (s *Store) Put(seq uint64, at market.Nanos, msg []byte) bool {
	if n := len(s.index); n > 0 && s.index[n-1].seq >= seq {
		return false
	}
	if s.size > s.limit() {
		s.compact()
	}
	off := s.size + recordHead
	if !s.write(&record{kindPut, seq, at, msg}) {
		return false
	}
	s.keep(entry{seq, at, off, len(msg)})
	return true
}

// Find is session.Store's. A message that cannot be read is left out: it is gap-filled.
func (s *Store) Find(first, last uint64) (uint64, market.Nanos, []byte, bool) {
	kept := s.kept()
	for i := sort.Search(len(kept), func(i int) bool { return kept[i].seq >= first }); i < len(kept) && kept[i].seq <= last; i++ {
		e := kept[i]
		if _, err := s.f.ReadAt(s.out[:e.len], e.off); err == nil {
			return e.seq, e.at, s.out[:e.len], true
		}
	}
	return 0, 0, nil, false
}

// Truncate is session.Store's.
func (s *Store) Truncate(next uint64) {
	if n := len(s.index); n == 0 || s.index[n-1].seq < next {
		return
	}
	s.cut(next)
	s.write(&record{kind: kindCut, seq: next})
}

// Reset is session.Store's.
func (s *Store) Reset() {
	if err := s.begin(); err != nil {
		s.err = err
	}
}

// Close closes the file.
func (s *Store) Close() error { return s.f.Close() }

// limit is the size at which the file is written anew with what is kept.
func (s *Store) limit() int64 {
	newest := int64(recordHead)
	if n := len(s.index); n > 0 {
		newest += int64(s.index[n-1].len)
	}
	return max(1<<20, 4*newest*int64(s.cfg.Messages))
}

// compact writes what is kept to a new file and puts it in the place of the old one.
// If that fails, the old one goes on.
func (s *Store) compact() {
	name := s.path + ".new"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	next := &Store{cfg: s.cfg, path: s.path, f: f, buf: s.buf, out: s.out}
	ok := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && next.begin() == nil
	for _, e := range s.kept() {
		_, err := s.f.ReadAt(s.out[:e.len], e.off)
		off := next.size + recordHead
		ok = ok && err == nil && next.write(&record{kindPut, e.seq, e.at, s.out[:e.len]})
		next.index = append(next.index, entry{e.seq, e.at, off, e.len})
	}
	if !ok || f.Sync() != nil || os.Rename(name, s.path) != nil {
		_ = f.Close()
		_ = os.Remove(name)
		return
	}
	if dir, err := os.Open(filepath.Dir(s.path)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	_ = s.f.Close()
	s.f, s.size, s.index = next.f, next.size, next.index
}
