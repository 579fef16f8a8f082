package journal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"

	"slipstream/fix/session"
	"slipstream/internal/market"
)

// castagnoli is CRC32C; the standard library computes it with SSE4.2.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	magic       = "SLIPJRNL"
	version     = 3
	fixedHeader = 8 + 4 + 4 + 8 + 8 + 8 + 4 + 4 + 4 + sha256.Size // bytes in front of state and configuration
	configMax   = 1 << 20                                         // bytes of configuration a header may carry
	stateMax    = 1 << 16                                         // bytes of session state a header may carry
	flagDoubt   = 1
)

// Header opens every segment. A segment can be read without the ones before it;
// a replay starts at segment 0, and with the run before if one was taken over.
type Header struct {
	Start    market.Nanos // when the run began, by the wall clock; names the run
	Segment  uint32       // 0 for the first
	FirstSeq uint64       // sequence number the segment begins with
	Previous market.Nanos // Start of the run whose orders this one took over; 0 = none
	Doubt    bool         // orders may be open that this run does not know: it begins with the kill switch on
	Config   []byte       // the configuration the run was started with, TOML
	State    []byte       // EncodeState of the session's state BEFORE engine.New
}

// ConfigHash is the SHA-256 of the configuration; it stands in the file too.
func (h *Header) ConfigHash() [sha256.Size]byte { return sha256.Sum256(h.Config) }

// EncodeState copies a session's state to bytes as they stand in memory. It must
// be called before engine.New, which counts the epoch up.
func EncodeState(st *session.State) []byte {
	out := make([]byte, unsafe.Sizeof(*st))
	copy(out, unsafe.Slice((*byte)(unsafe.Pointer(st)), len(out)))
	return out
}

// DecodeState is the reverse of EncodeState. The state carries its own version
// and checksum, which session.New judges; here only the size is.
func DecodeState(b []byte, st *session.State) error {
	if want := int(unsafe.Sizeof(*st)); len(b) != want {
		return fmt.Errorf("journal: session state of %d bytes, this program's has %d: "+
			"written by another version", len(b), want)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(st)), len(b)), b)
	return nil
}

// append writes the header's bytes: fixed part, state, configuration, CRC32C.
func (h *Header) append(dst []byte) ([]byte, error) {
	if len(h.Config) > configMax || len(h.State) > stateMax {
		return nil, fmt.Errorf("journal: header too large: configuration %d bytes (at most %d), state %d (at most %d)",
			len(h.Config), configMax, len(h.State), stateMax)
	}
	start := len(dst)
	dst = append(dst, magic...)
	dst = le.AppendUint32(dst, version)
	dst = le.AppendUint32(dst, h.Segment)
	dst = le.AppendUint64(dst, uint64(h.Start))
	dst = le.AppendUint64(dst, h.FirstSeq)
	dst = le.AppendUint64(dst, uint64(h.Previous))
	flags := uint32(0)
	if h.Doubt {
		flags = flagDoubt
	}
	dst = le.AppendUint32(dst, flags)
	dst = le.AppendUint32(dst, uint32(len(h.State)))
	dst = le.AppendUint32(dst, uint32(len(h.Config)))
	sum := h.ConfigHash()
	dst = append(dst, sum[:]...)
	dst = append(dst, h.State...)
	dst = append(dst, h.Config...)
	return le.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli)), nil
}

// ErrHeader is wrapped by every fault of a segment's header.
var ErrHeader = errors.New("journal: bad segment header")

// readHeader reads a header from r and returns how many bytes it took.
func readHeader(r io.Reader) (h Header, size int64, err error) {
	var fixed [fixedHeader]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return h, 0, fmt.Errorf("%w: shorter than %d bytes (%v)", ErrHeader, fixedHeader, err)
	}
	if string(fixed[:8]) != magic {
		return h, 0, fmt.Errorf("%w: not a journal (magic %q)", ErrHeader, fixed[:8])
	}
	if v := le.Uint32(fixed[8:]); v != version {
		return h, 0, fmt.Errorf("%w: format version %d, this program reads %d", ErrHeader, v, version)
	}
	states, configs := le.Uint32(fixed[44:]), le.Uint32(fixed[48:])
	if states > stateMax || configs > configMax {
		return h, 0, fmt.Errorf("%w: state of %d bytes, configuration of %d", ErrHeader, states, configs)
	}
	rest := make([]byte, int(states)+int(configs)+4)
	if _, err := io.ReadFull(r, rest); err != nil {
		return h, 0, fmt.Errorf("%w: cut short (%v)", ErrHeader, err)
	}
	body, crc := rest[:len(rest)-4], le.Uint32(rest[len(rest)-4:])
	if crc32.Update(crc32.Checksum(fixed[:], castagnoli), castagnoli, body) != crc {
		return h, 0, fmt.Errorf("%w: CRC32C differs", ErrHeader)
	}
	h = Header{
		Segment:  le.Uint32(fixed[12:]),
		Start:    market.Nanos(le.Uint64(fixed[16:])),
		FirstSeq: le.Uint64(fixed[24:]),
		Previous: market.Nanos(le.Uint64(fixed[32:])),
		Doubt:    le.Uint32(fixed[40:])&flagDoubt != 0,
		State:    body[:states:states],
		Config:   body[states:],
	}
	if sum := h.ConfigHash(); string(sum[:]) != string(fixed[52:52+sha256.Size]) {
		return h, 0, fmt.Errorf("%w: configuration does not match its hash", ErrHeader)
	}
	return h, int64(fixedHeader + len(rest)), nil
}
