package takeup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"slipstream/engine/ring"
	"slipstream/internal/market"
)

// Ring is the journal's ring in a mapped file: what was committed to it survives the death
// of the process at any instruction, without a system call. It does not survive the
// host. The file is a tag of one page and the ring's memory.
type Ring struct {
	*ring.Bytes
	path string
	mem  []byte
}

const (
	tagBytes = 4096
	tagMagic = "SLIPJRNG"
	tagUsed  = 8 + 8 + 40 + 4 // magic, start, boot, CRC32C
	bootMax  = 40
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrRing says that a file is there and is no ring of this version.
var ErrRing = errors.New("takeup: not a journal ring of this version")

// CreateRing makes the ring of the run that begins at start, of at least size bytes, beside
// the last run's, until Place. All memory is taken now: a full disk shows here, not as a
// SIGBUS later, and the hot thread meets no page that is not there.
func CreateRing(path string, size int, start market.Nanos) (*Ring, error) {
	r, err := createRing(path+made, size, start)
	if err != nil {
		return nil, fmt.Errorf("takeup: journal ring %s: %w", path, err)
	}
	r.path = path
	return r, nil
}

// made ends the name of a ring that has no place yet.
const made = ".new"

// Place puts the ring in the place of the last run's. Call it when the journal has the new
// run, and before its first Step: a start that fails earlier leaves the last run's ring, which
// says how that run ended.
func (r *Ring) Place() error {
	if err := os.Rename(r.path+made, r.path); err != nil {
		return fmt.Errorf("takeup: journal ring: %w", err)
	}
	return nil
}

func createRing(path string, size int, start market.Nanos) (*Ring, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n := int64(tagBytes + ring.BytesSize(size))
	err = unix.Fallocate(int(f.Fd()), 0, 0, n)
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = f.Truncate(n)
	}
	if err == nil {
		_, err = f.WriteAt(tag(start, bootID()), 0)
	}
	if err != nil {
		return nil, err
	}
	return mapRing(f, int(n), unix.MAP_POPULATE)
}

func mapRing(f *os.File, n, flags int) (*Ring, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|flags)
	if err != nil {
		return nil, err
	}
	b, err := ring.BytesOn(mem[tagBytes:])
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(mem))
	}
	return &Ring{Bytes: b, path: f.Name(), mem: mem}, nil
}

// Close unmaps the ring; the file stays. The ring must not be used any more.
func (r *Ring) Close() error {
	if r.mem == nil {
		return nil
	}
	mem := r.mem
	r.mem, r.Bytes = nil, nil
	return unix.Munmap(mem)
}

// Remove is Close, and takes the file away: the run has ended in order and is in its files whole.
func (r *Ring) Remove() error {
	if r.mem == nil {
		return nil
	}
	return errors.Join(os.Remove(r.path), r.Close())
}

// leftRing is the ring of an earlier run as it was left.
type leftRing struct {
	*Ring
	start market.Nanos // of the run it belongs to
	boot  string       // of the host, when it was made
}

// openLeft opens the ring at path; nil without an error when there is none.
func openLeft(path string) (*leftRing, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("takeup: journal ring: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("takeup: journal ring: %w", err)
	}
	var head [tagUsed]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || info.Size() < tagBytes+ring.HeaderSize+ring.MinBytes {
		return nil, fmt.Errorf("%w: %s", ErrRing, path)
	}
	start, boot, ok := readTag(head[:])
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrRing, path)
	}
	r, err := mapRing(f, int(info.Size()), 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRing, path, err)
	}
	return &leftRing{r, start, boot}, nil
}

// next gives the records that were not let go of, oldest first, and leaves them there.
func (r *leftRing) next() []byte {
	b, ok := r.Read()
	if !ok {
		return nil
	}
	r.Keep()
	return b
}

func tag(start market.Nanos, boot string) []byte {
	b := append(make([]byte, 0, tagUsed), tagMagic...)
	b = binary.LittleEndian.AppendUint64(b, uint64(start))
	b = append(b, boot...)
	b = b[:tagUsed-4]
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func readTag(b []byte) (start market.Nanos, boot string, ok bool) {
	body := b[:tagUsed-4]
	if string(b[:8]) != tagMagic || binary.LittleEndian.Uint32(b[tagUsed-4:]) != crc32.Checksum(body, castagnoli) {
		return 0, "", false
	}
	return market.Nanos(binary.LittleEndian.Uint64(b[8:])), strings.TrimRight(string(body[16:]), "\x00"), true
}

// bootID names the time since the host's start: a file of another one may have lost what the
// kernel had not written. Without /proc none is like another.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	id := strings.TrimSpace(string(b))
	return id[:min(len(id), bootMax)]
}

// RingPath is where the ring of the daemon with this state folder lies: there, or in dir, which
// others may share.
func RingPath(stateDir, dir string) (string, error) {
	if dir == "" {
		return filepath.Join(stateDir, "journal.ring"), nil
	}
	abs, err := filepath.Abs(stateDir)
	if err != nil {
		return "", fmt.Errorf("takeup: %w", err)
	}
	return filepath.Join(dir, fmt.Sprintf("slipstream-%08x.ring", crc32.Checksum([]byte(abs), castagnoli))), nil
}
