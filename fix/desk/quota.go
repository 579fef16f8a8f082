package desk

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
	"os"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"slipstream/fix"
	"slipstream/internal/market"
)

// quota counts what one desk has sent today, and refuses what would be beyond its
// limits of a day. A day is the exchange's. With a file the count survives a restart.
type quota struct {
	mu     sync.Mutex
	orders int64 // D and G allowed; 0 = any
	value  int64 // of them, 1e-9 of the currency unit; 0 = any
	zone   *time.Location
	used   tally
	file   *tallyFile // nil: in memory
}

// tally is the count of one day.
type tally struct {
	day    string // 2026-03-02
	orders int64
	value  int64
}

// take counts one order or replace at now, or says why not. before is the value that was
// counted of the order that a replace is about. value is what the order is worth, 0
// without a limit of value.
func (q *quota) take(now time.Time, px market.Price, qty market.Qty, before int64) (value int64, r *refusal) {
	if q.orders == 0 && q.value == 0 {
		return 0, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now = now.In(q.zone)
	next := q.used
	if day := now.Format(time.DateOnly); day > next.day { // never back: a clock that is set back gives no second day
		next = tally{day: day}
	}
	again := func() string {
		return fmt.Sprintf("more from midnight %s, or when the daemon's operator raises it", now.Format("MST"))
	}
	if next.orders++; q.orders > 0 && next.orders > q.orders {
		return 0, refuse(fix.ReasonExceedsLimit, "max_orders_per_day is %d, and as many were sent: %s", q.orders, again())
	}
	if q.value > 0 {
		if px == 0 {
			return 0, refuse(fix.ReasonExceedsLimit, "max_notional_per_day_usd needs a Price(44)")
		}
		hi, worth := bits.Mul64(uint64(px), uint64(qty))
		left := uint64(q.value - next.value)
		more := worth - min(worth, uint64(before))
		if hi > 0 || more > left {
			return 0, refuse(fix.ReasonExceedsLimit, "max_notional_per_day_usd is %s, of which %s is left: %s",
				formatPrice(market.Price(q.value)), formatPrice(market.Price(left)), again())
		}
		next.value += int64(more)
		value = int64(worth)
	}
	if q.file != nil {
		if err := q.file.write(next); err != nil {
			return 0, refuse(fix.ReasonNotReady, "the day's count cannot be stored: %v", err)
		}
	}
	q.used = next
	return value, nil
}

// openQuotas reads what each desk with a limit of a day has used of it.
func (g *Gateway) openQuotas() error {
	for i := range g.desks {
		l, q := &g.cfg.Sessions[i].Limits, &g.desks[i].day
		q.orders, q.value, q.zone = l.MaxOrdersPerDay, l.MaxNotionalPerDay, g.cfg.Zone
		if q.zone == nil {
			q.zone = time.UTC
		}
		if g.cfg.StoreDir == "" || q.orders == 0 && q.value == 0 {
			continue
		}
		if err := os.MkdirAll(g.cfg.StoreDir, 0o755); err != nil {
			return fmt.Errorf("desk: the day's count: %w", err)
		}
		s := &g.cfg.Sessions[i]
		id := quickfix.SessionID{BeginString: s.Version.BeginString(), SenderCompID: s.SenderCompID, TargetCompID: s.TargetCompID}
		var err error
		if q.file, q.used, err = openTally(storeBase(g.cfg.StoreDir, id)+".day", g.cfg.StoreSync); err != nil {
			return err
		}
	}
	return nil
}

func (g *Gateway) closeQuotas() error {
	var errs []error
	for i := range g.desks {
		if f := g.desks[i].day.file; f != nil {
			errs = append(errs, f.f.Close())
			g.desks[i].day.file = nil
		}
	}
	return errors.Join(errs...)
}

// tallyFile holds two lines that a person can read, written in turns, so that one is
// whole whatever happens to the other. The newer one counts.
type tallyFile struct {
	f    *os.File
	sync bool
	turn int64
}

// A line has a fixed width: the day, the count, the value in 1e-9, a turn, and a CRC-32C.
const (
	tallyForm  = "%s orders=%010d value_e9=%019d turn=%010d "
	tallyBytes = len("2026-03-02 orders=0123456789 value_e9=0123456789012345678 turn=0123456789 12345678\n")
)

func (f *tallyFile) write(t tally) error {
	f.turn++
	line := fmt.Appendf(nil, tallyForm, t.day, t.orders, t.value, f.turn)
	line = fmt.Appendf(line, "%08x\n", crc32.Checksum(line, castagnoli))
	if _, err := f.f.WriteAt(line, (f.turn-1)%2*int64(tallyBytes)); err != nil {
		return err
	}
	if f.sync {
		return f.f.Sync()
	}
	return nil
}

// openTally opens or makes the file and reads the newer of its lines.
func openTally(path string, durable bool) (*tallyFile, tally, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, tally{}, fmt.Errorf("desk: the day's count: %w", err)
	}
	f := &tallyFile{f: file, sync: durable}
	t, err := f.read()
	if err != nil {
		return nil, t, errors.Join(err, file.Close())
	}
	return f, t, nil
}

func (f *tallyFile) read() (best tally, err error) {
	b, err := os.ReadFile(f.f.Name())
	if err != nil {
		return best, fmt.Errorf("desk: the day's count: %w", err)
	}
	for at := 0; at+tallyBytes <= len(b); at += tallyBytes {
		var t tally
		var turn int64
		var sum uint32
		line := string(b[at : at+tallyBytes])
		_, err := fmt.Sscanf(line, tallyForm+"%08x\n", &t.day, &t.orders, &t.value, &turn, &sum)
		if err == nil && sum == crc32.Checksum([]byte(line[:tallyBytes-len("12345678\n")]), castagnoli) && turn > f.turn {
			best, f.turn = t, turn
		}
	}
	if f.turn == 0 && len(b) > tallyBytes { // not the first line, torn while it was written
		return best, fmt.Errorf("desk: the day's count in %s is damaged: remove the file to begin the day at 0", f.f.Name())
	}
	return best, nil
}
