package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// storeMessages is how many messages a session's store keeps; what is older is
// gap-filled when the peer asks for it.
const storeMessages = 1 << 16

// fileStore is a session's numbers and messages in one append-only file, a
// quickfix.MessageStore. Open reads the frames up to the first that is not whole and
// cuts the file there: a crash at any byte leaves what was told before it, and
// quickfixgo stores before it sends. A frame that is damaged with whole ones behind it
// is no crash: that is an error, since numbers would go back.
//
// With sync each frame survives a power cut, at one fdatasync; without it, a kill of
// the process. The file is locked against a second process. Methods may be called
// from any goroutine.
type fileStore struct {
	path string
	sync bool
	keep int // messages

	mu      sync.Mutex
	f       *os.File
	size    int64 // bytes of whole frames
	limit   int64 // above it the file is written anew
	sender  uint64
	target  uint64
	created int64        // Unix ns
	index   []storeEntry // ascending numbers
	buf     []byte
	err     error // sticky: the file is not what size says
}

type storeEntry struct {
	seq uint64
	off int64
	len int
}

const compactLeast = 4 << 20

// openFileStore opens or makes the file.
func openFileStore(path string, durable bool, keep int) (*fileStore, error) {
	s := &fileStore{path: path, sync: durable, keep: keep, sender: 1, target: 1, limit: compactLeast}
	var err error
	if s.f, err = lockedFile(path, os.O_RDWR|os.O_CREATE); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.f.Close())
	}
	return s, nil
}

func lockedFile(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("desk: store: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("desk: store %s is in use by another process: %w", path, err), f.Close())
	}
	return f, nil
}

func (s *fileStore) load() error {
	b, err := os.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("desk: store: %w", err)
	}
	for {
		var f frame
		n := f.decode(b[s.size:])
		if n == 0 {
			break
		}
		s.apply(&f, s.size)
		s.size += int64(n)
	}
	if torn := b[s.size:]; len(torn) > 0 {
		if hasFrame(torn) {
			return fmt.Errorf("desk: store %s is damaged at byte %d, with good records behind it: "+
				"restore it, or agree on the numbers with the peer and remove it", s.path, s.size)
		}
		if err := s.f.Truncate(s.size); err != nil {
			return fmt.Errorf("desk: store: cut %s after a crash: %w", s.path, err)
		}
	}
	if s.created == 0 {
		return s.tell(&frame{kind: frameReset, value: uint64(time.Now().UnixNano())})
	}
	return nil
}

// apply makes of a frame at offset off what it says.
func (s *fileStore) apply(f *frame, off int64) {
	switch f.kind {
	case frameReset:
		s.sender, s.target, s.created, s.index = 1, 1, int64(f.value), s.index[:0]
	case frameCreated:
		s.created = int64(f.value)
	case frameSender:
		s.sender = f.value
		s.forgetFrom(f.value)
	case frameTarget:
		s.target = f.value
	case frameMessage, frameSent:
		s.forgetFrom(f.value)
		if len(s.index) >= 2*s.keep {
			s.index = s.index[:copy(s.index, s.index[len(s.index)-s.keep+1:])]
		}
		s.index = append(s.index, storeEntry{f.value, off + frameHead, len(f.msg)})
		if f.kind == frameSent {
			s.sender = f.value + 1
		}
	}
}

func (s *fileStore) forgetFrom(seq uint64) {
	s.index = s.index[:sort.Search(len(s.index), func(i int) bool { return s.index[i].seq >= seq })]
}

// tell appends one frame, and then does what it says. With an error nothing happened.
func (s *fileStore) tell(f *frame) error {
	if s.err != nil {
		return s.err
	}
	if len(f.msg) > frameMsgMax {
		return fmt.Errorf("desk: store: a message of %d bytes, at most %d", len(f.msg), frameMsgMax)
	}
	if s.size > s.limit {
		s.compact()
	}
	s.buf = f.append(s.buf[:0])
	_, err := s.f.WriteAt(s.buf, s.size)
	if err == nil && s.sync {
		err = unix.Fdatasync(int(s.f.Fd()))
	}
	if err != nil {
		// A frame half written, or perhaps on the disk, must not come to life.
		if cut := s.f.Truncate(s.size); cut != nil {
			s.err = fmt.Errorf("desk: store %s: %w", s.path, errors.Join(err, cut))
		}
		return fmt.Errorf("desk: store: %w", err)
	}
	s.apply(f, s.size)
	s.size += int64(len(s.buf))
	return nil
}

func (s *fileStore) kept() []storeEntry { return s.index[max(0, len(s.index)-s.keep):] }

// compact writes the numbers and what is kept to a new file, and puts that in the
// place of the old one. If it fails the old one goes on, up to twice its size.
func (s *fileStore) compact() {
	name := s.path + ".new"
	f, err := lockedFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		s.limit = 2 * s.size
		return
	}
	next := &fileStore{path: s.path, keep: s.keep, f: f, limit: 1<<63 - 1}
	err = next.tell(&frame{kind: frameReset, value: uint64(s.created)})
	for _, e := range s.kept() {
		msg := make([]byte, e.len)
		_, rerr := s.f.ReadAt(msg, e.off)
		err = errors.Join(err, rerr, next.tell(&frame{kind: frameMessage, value: e.seq, msg: msg}))
		if err != nil {
			break
		}
	}
	err = errors.Join(err, next.tell(&frame{kind: frameTarget, value: s.target}), next.tell(&frame{kind: frameSender, value: s.sender}))
	if err == nil {
		if s.sync {
			err = f.Sync()
		}
		err = errors.Join(err, os.Rename(name, s.path))
	}
	if err != nil {
		_ = errors.Join(f.Close(), os.Remove(name)) // the old file is whole: it goes on
		s.limit = 2 * s.size
		return
	}
	if s.sync {
		syncDir(filepath.Dir(s.path))
	}
	_ = s.f.Close() // replaced: nothing in it is asked for any more
	s.f, s.size, s.index = f, next.size, next.index
	s.limit = max(compactLeast, 2*s.size)
}

// syncDir makes a rename durable where the file system can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every file system syncs a folder; the rename holds all the same
		_ = d.Close()
	}
}

func (s *fileStore) locked(f *frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tell(f)
}

// NextSenderMsgSeqNum is the next number out.
func (s *fileStore) NextSenderMsgSeqNum() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.sender)
}

// NextTargetMsgSeqNum is the next number in.
func (s *fileStore) NextTargetMsgSeqNum() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.target)
}

// IncrNextSenderMsgSeqNum counts one message out that is not kept.
func (s *fileStore) IncrNextSenderMsgSeqNum() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tell(&frame{kind: frameSender, value: s.sender + 1})
}

// IncrNextTargetMsgSeqNum counts one message in.
func (s *fileStore) IncrNextTargetMsgSeqNum() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tell(&frame{kind: frameTarget, value: s.target + 1})
}

var errNumber = errors.New("desk: store: a sequence number below 1")

// SetNextSenderMsgSeqNum sets the next number out.
func (s *fileStore) SetNextSenderMsgSeqNum(next int) error {
	if next < 1 {
		return errNumber
	}
	return s.locked(&frame{kind: frameSender, value: uint64(next)})
}

// SetNextTargetMsgSeqNum sets the next number in.
func (s *fileStore) SetNextTargetMsgSeqNum(next int) error {
	if next < 1 {
		return errNumber
	}
	return s.locked(&frame{kind: frameTarget, value: uint64(next)})
}

// CreationTime is when the numbers began.
func (s *fileStore) CreationTime() time.Time {
	letOthersRun()
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Unix(0, s.created).UTC()
}

// SetCreationTime sets when the numbers began. quickfixgo offers no error: one shows
// at the next message.
func (s *fileStore) SetCreationTime(t time.Time) {
	_ = s.locked(&frame{kind: frameCreated, value: uint64(max(1, t.UnixNano()))})
}

// SaveMessage keeps a message; the numbers stay.
func (s *fileStore) SaveMessage(seqNum int, msg []byte) error {
	if seqNum < 1 {
		return errNumber
	}
	return s.locked(&frame{kind: frameMessage, value: uint64(seqNum), msg: msg})
}

// SaveMessageAndIncrNextSenderMsgSeqNum keeps a message and counts it, in one write.
func (s *fileStore) SaveMessageAndIncrNextSenderMsgSeqNum(seqNum int, msg []byte) error {
	if seqNum < 1 {
		return errNumber
	}
	return s.locked(&frame{kind: frameSent, value: uint64(seqNum), msg: msg})
}

// IterateMessages hands out the messages kept with the numbers from begin to end. cb
// may use the store.
func (s *fileStore) IterateMessages(begin, end int, cb func([]byte) error) error {
	for seq := uint64(max(begin, 0)); end >= 0 && seq <= uint64(end); seq++ {
		msg, found, err := s.from(&seq, uint64(end))
		if err != nil || !found {
			return err
		}
		if err := cb(msg); err != nil {
			return err
		}
	}
	return nil
}

// from reads the message with the lowest number from *seq to end, and sets *seq to it.
func (s *fileStore) from(seq *uint64, end uint64) (msg []byte, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.kept()
	i := sort.Search(len(kept), func(i int) bool { return kept[i].seq >= *seq })
	if i == len(kept) || kept[i].seq > end {
		return nil, false, nil
	}
	*seq = kept[i].seq
	msg = make([]byte, kept[i].len)
	if _, err := s.f.ReadAt(msg, kept[i].off); err != nil {
		return nil, false, fmt.Errorf("desk: store: message %d: %w", *seq, err)
	}
	return msg, true, nil
}

// GetMessages gives the messages kept with the numbers from begin to end.
func (s *fileStore) GetMessages(begin, end int) (list [][]byte, err error) {
	err = s.IterateMessages(begin, end, func(b []byte) error {
		list = append(list, b)
		return nil
	})
	return list, err
}

// Refresh has nothing to read: nobody else may write the file.
func (s *fileStore) Refresh() error { return nil }

// Reset forgets everything: both numbers are 1.
func (s *fileStore) Reset() error {
	return s.locked(&frame{kind: frameReset, value: uint64(time.Now().UnixNano())})
}

// Close closes the file.
func (s *fileStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = os.ErrClosed
	return s.f.Close()
}
