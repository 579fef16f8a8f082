package exchange

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

var (
	// ErrLogConfig: the log was written with another configuration or flow.
	ErrLogConfig = errors.New("exchange log: written with another configuration")
	// ErrLogCorrupt: a damaged frame with more data behind it; not a torn tail.
	ErrLogCorrupt = errors.New("exchange log: damaged")
)

// logHeader is the first frame. Terms must be equal on restart; the day comes
// from the log.
type logHeader struct {
	Version  string       `json:"version"`
	Terms    []string     `json:"terms"`
	Midnight market.Nanos `json:"midnight"`
	Start    market.Nanos `json:"start"`
	Session  string       `json:"session"`
}

// Log is the append-only file of external requests and time marks. A request is
// written before it is applied, and a mark before anything up to its time is
// published. So, after a kill at any instant, replay gives every message that any
// receiver can have seen the same number and the same bytes.
type Log struct {
	f       *os.File
	buf     []byte
	payload []byte
	sync    bool
	horizon market.Nanos // of the last mark
	prev    market.Nanos // of the mark before it
	end     market.Nanos // timeMissing unless ended
	size    int64
	cut     int64
	fresh   bool
}

// OpenLog opens or makes dir's log. With an existing log, Midnight, Start and
// Session of cfg are set from it, and every other term must be equal. sync asks
// for an fsync after each frame: needed against a crash of the machine, not
// against a kill of the process.
func OpenLog(dir string, cfg *Config, sync bool) (*Log, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("exchange log: %w", err)
	}
	path := filepath.Join(dir, logFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("exchange log: %w", err)
	}
	l := &Log{f: f, sync: sync, end: timeMissing, horizon: timeMissing, prev: timeMissing}
	if err := l.open(path, cfg); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

func (l *Log) open(path string, cfg *Config) error {
	if err := lockFile(l.f); err != nil {
		return fmt.Errorf("exchange log %s: in use by another exchange: %w", path, err)
	}
	head := logHeader{Version: logVersion, Terms: cfg.terms(), Midnight: cfg.Midnight, Start: cfg.Start,
		Session: string(cfg.Session[:])}
	good, first, err := l.scan(path)
	if err != nil {
		return err
	}
	if first == nil {
		text, err := json.Marshal(head)
		if err != nil {
			return fmt.Errorf("exchange log: %w", err)
		}
		l.fresh = true
		if err := l.cutAt(0); err != nil {
			return err
		}
		return l.append(append([]byte{recHeader}, text...))
	}
	if err := l.adopt(path, first[1:], head, cfg); err != nil {
		return err
	}
	return l.cutAt(good)
}

// adopt compares the log's header with ours and takes the day over from it.
func (l *Log) adopt(path string, text []byte, ours logHeader, cfg *Config) error {
	var h logHeader
	if err := json.Unmarshal(text, &h); err != nil {
		return fmt.Errorf("%w: %s: header: %v", ErrLogCorrupt, path, err)
	}
	if h.Version != ours.Version {
		return fmt.Errorf("%w: %s: version %q, this program writes %q", ErrLogConfig, path, h.Version, ours.Version)
	}
	if diff := termsDiff(h.Terms, ours.Terms); diff != "" {
		return fmt.Errorf("%w: %s: %s; use the settings it was written with, or an empty state folder", ErrLogConfig, path, diff)
	}
	cfg.Midnight, cfg.Start = h.Midnight, h.Start
	cfg.Session = moldudp64.MakeSession(h.Session)
	return nil
}

// terms are what decides the tape, apart from the day and the requests.
func (c *Config) terms() []string {
	d := c.withDefaults()
	t := []string{
		fmt.Sprintf("self_match=%d max_qty=%d max_price=%d", d.SelfMatch, d.MaxQty, d.MaxPrice),
		fmt.Sprintf("max_orders=%d max_levels=%d max_own=%d", d.MaxOrders, d.MaxLevels, d.MaxOwn),
	}
	for _, in := range d.Instruments {
		t = append(t, fmt.Sprintf("instrument=%s tick=%d lot=%d", in.Symbol, in.Tick, in.Lot))
	}
	if d.Flow != nil {
		t = append(t, "flow="+d.Flow.Fingerprint())
	}
	return t
}

func termsDiff(log, ours []string) string {
	var diff []string
	for i := range max(len(log), len(ours)) {
		a, b := "nothing", "nothing"
		if i < len(log) {
			a = log[i]
		}
		if i < len(ours) {
			b = ours[i]
		}
		if a != b {
			diff = append(diff, fmt.Sprintf("log has [%s], we have [%s]", a, b))
		}
	}
	return strings.Join(diff, "; ")
}

// scan finds the end of the last whole frame and the header's payload (nil when
// not even that is whole).
func (l *Log) scan(path string) (good int64, header []byte, err error) {
	st, err := l.f.Stat()
	if err != nil {
		return 0, nil, fmt.Errorf("exchange log: %w", err)
	}
	l.size = st.Size()
	r := bufio.NewReaderSize(io.NewSectionReader(l.f, 0, l.size), logBufferSize)
	for {
		p, err := l.readFrame(r, good)
		switch {
		case errors.Is(err, io.EOF):
			l.cut = l.size - good
			return good, header, nil
		case err != nil:
			return 0, nil, fmt.Errorf("%w: %s: offset %d: %v", ErrLogCorrupt, path, good, err)
		}
		switch {
		case good == 0 && p[0] != recHeader, good > 0 && p[0] == recHeader:
			return 0, nil, fmt.Errorf("%w: %s: offset %d: no header where it belongs", ErrLogCorrupt, path, good)
		case good == 0:
			header = append([]byte(nil), p...)
		case p[0] == recMark:
			l.noteMark(decodeTime(p))
		case p[0] == recEnd:
			l.end = decodeTime(p)
		}
		good += frameHead + int64(len(p))
	}
}

// readFrame reads the frame at offset at. io.EOF: the file ends here, or with a
// torn frame. The payload is valid until the next call.
func (l *Log) readFrame(r *bufio.Reader, at int64) ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, eof(err)
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n == 0 || n > maxFrame {
		return nil, fmt.Errorf("frame length %d", n)
	}
	if cap(l.payload) < int(n) {
		l.payload = make([]byte, n, 2*n)
	}
	p := l.payload[:n]
	if _, err := io.ReadFull(r, p); err != nil {
		return nil, eof(err)
	}
	if crc32.Checksum(p, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		if at+frameHead+n == l.size {
			return nil, io.EOF // the last write was torn
		}
		return nil, errors.New("checksum does not match")
	}
	if want := map[byte]int{recRequest: requestSize, recMark: timeSize, recEnd: timeSize}[p[0]]; p[0] != recHeader && len(p) != want {
		return nil, fmt.Errorf("record kind %d of %d bytes", p[0], n)
	}
	return p, nil
}

func eof(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// cutAt drops what is behind offset n and continues there.
func (l *Log) cutAt(n int64) error {
	if err := l.f.Truncate(n); err != nil {
		return fmt.Errorf("exchange log: %w", err)
	}
	if _, err := l.f.Seek(n, io.SeekStart); err != nil {
		return fmt.Errorf("exchange log: %w", err)
	}
	l.size = n
	return nil
}

func (l *Log) noteMark(t market.Nanos) {
	if t > l.horizon {
		l.prev, l.horizon = l.horizon, t
	}
}

// append frames and writes one payload.
func (l *Log) append(payload []byte) error {
	l.buf = appendFrame(l.buf[:0], payload)
	if _, err := l.f.Write(l.buf); err != nil {
		return fmt.Errorf("exchange log: %w", err)
	}
	l.size += int64(len(l.buf))
	if l.sync {
		if err := l.f.Sync(); err != nil {
			return fmt.Errorf("exchange log: %w", err)
		}
	}
	return nil
}

// Request writes a request that will be applied at t.
func (l *Log) Request(t market.Nanos, q *Request) error {
	l.payload = appendRequest(l.payload[:0], t, q)
	return l.append(l.payload)
}

// Mark writes that from now on the tape may be published up to t: a later start
// goes on from t at the earliest.
func (l *Log) Mark(t market.Nanos) error {
	l.noteMark(t)
	l.payload = appendTime(l.payload[:0], recMark, t)
	return l.append(l.payload)
}

// End writes that the session ends at t.
func (l *Log) End(t market.Nanos) error {
	l.end = t
	l.payload = appendTime(l.payload[:0], recEnd, t)
	return l.append(l.payload)
}

// Horizon is the time of the last mark; 0 when there is none.
func (l *Log) Horizon() market.Nanos { return max(l.horizon, 0) }

// IsFresh reports whether OpenLog made a new log.
func (l *Log) IsFresh() bool { return l.fresh }

// Cut is the number of bytes of a torn tail that OpenLog dropped.
func (l *Log) Cut() int64 { return l.cut }

// Close closes the file.
func (l *Log) Close() error { return l.f.Close() }

// Replay applies the log to a Market that was made with the Config that OpenLog
// returned and is open, and goes on to the last mark. onExecs gets the Execs,
// flagged Replayed, valid during the call. Nothing may have been appended yet.
func (l *Log) Replay(m *Market, onExecs func([]Exec)) error {
	m.replaying = true
	defer func() { m.replaying = false }()
	hand := func() {
		if len(m.Execs()) > 0 && onExecs != nil {
			onExecs(m.Execs())
		}
		m.ClearExecs()
	}
	r := bufio.NewReaderSize(io.NewSectionReader(l.f, 0, l.size), logBufferSize)
	var q Request
	for at := int64(0); ; {
		p, err := l.readFrame(r, at)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: offset %d: %v", ErrLogCorrupt, at, err)
		}
		at += frameHead + int64(len(p))
		switch p[0] {
		case recRequest:
			q = Request{}
			m.Submit(decodeRequest(p, &q), &q)
		case recEnd:
			m.End(decodeTime(p))
		}
		hand()
	}
	if l.horizon != timeMissing {
		m.Advance(l.horizon)
		hand()
	}
	return nil
}

// Unsent is the first sequence number that may not have been published before the
// kill, m.Sequence()+1 when all were; m has been replayed.
func (l *Log) Unsent(m *Market) uint64 {
	if l.fresh {
		return 1
	}
	seq := m.Sequence()
	for ; seq > 0; seq-- {
		msg, ok := m.Message(seq)
		if !ok || l.prev != timeMissing && m.cfg.Midnight+market.Nanos(itch.Timestamp(msg)) <= l.prev {
			break
		}
	}
	return seq + 1
}
