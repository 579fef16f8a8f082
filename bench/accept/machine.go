package accept

import (
	"crypto/sha256"
	"fmt"
	"math"
	"runtime"
	"slices"
	"syscall"
	"time"

	"slipstream/bench/exchange"
	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// digest is the SHA-256 of the tape of a stretch; with steps, time is advanced in small
// steps, as a strategy that never trades does.
func (mo *Model) digest(seed uint64, at, long market.Nanos, steps bool) (string, error) {
	m, err := mo.market(seed, at)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	pace := market.Second
	if steps {
		pace = 7_777_777
	}
	next := uint64(1)
	for end := m.Now() + long; m.Now() < end; {
		m.Advance(min(m.Now()+pace, end))
		for ; next <= m.Sequence(); next++ {
			b, ok := m.Message(next)
			if !ok {
				return "", fmt.Errorf("message %d is no longer kept", next)
			}
			h.Write(b)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// sameTape compares tapes of one seed over runs, GOMAXPROCS 1 and all, two at once, and
// with a strategy of size zero. It returns the first tape's digest and what differs.
func (mo *Model) sameTape(seed uint64, at, long market.Nanos) (digest string, runs int, differs []string, err error) {
	if digest, err = mo.digest(seed, at, long, false); err != nil {
		return "", 0, nil, err
	}
	check := func(what string, steps bool) {
		got, e := mo.digest(seed, at, long, steps)
		if runs++; e != nil {
			err = e
		} else if got != digest {
			differs = append(differs, what)
		}
	}
	check("a second run", false)
	check("a strategy of size zero", true)
	before := runtime.GOMAXPROCS(1)
	check("GOMAXPROCS 1", false)
	runtime.GOMAXPROCS(before)
	done := make(chan string, 2)
	for range cap(done) {
		go func() {
			got, _ := mo.digest(seed, at, long, false)
			done <- got
		}()
	}
	for range cap(done) {
		if runs++; <-done != digest {
			differs = append(differs, "two runs at once")
		}
	}
	return digest, runs, differs, err
}

// Speed is what a model does on one core, matching, ITCH and packets included.
type Speed struct {
	Events      Num `json:"events_per_second"` // of processor time
	Slowest     Num `json:"slowest_second"`    // events per second in the slowest second of it
	Wall        Num `json:"events_per_second_wall"`
	Allocations Num `json:"allocations_per_event"`
	P50         Num `json:"p50_ns"`
	P99         Num `json:"p99_ns"`
	P999        Num `json:"p99_9_ns"`
	Seconds     Num `json:"processor_seconds"`
}

// threadSeconds is the processor time of this thread.
func threadSeconds() float64 {
	const rusageThread = 1
	var u syscall.Rusage
	if syscall.Getrusage(rusageThread, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// speed runs a market of four instruments, a hundred times as active as the day where the
// model can be made so, for some seconds of processor time.
func speed(fast exchange.Flow, seconds float64) (Speed, error) {
	cfg := exchange.Config{Flow: fast, Midnight: midnight, Start: midnight + 36_000*market.Second, StoreMessages: 1 << 13, StatEntries: 1 << 12}
	for i := range 4 {
		cfg.Instruments = append(cfg.Instruments, market.Instrument{ID: market.InstrumentID(i),
			Symbol: market.MakeSymbol("SYM" + string(rune('A'+i))), Tick: market.PriceUnit / 100, Lot: 1})
	}
	m, err := exchange.New(cfg)
	if err != nil {
		return Speed{}, err
	}
	if err := m.Open(); err != nil {
		return Speed{}, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pkt := make([]byte, 0, moldudp64.MaxPayload)
	m.Advance(m.Now() + 20*market.Second)
	next, before := m.Sequence()+1, m.Counters().Events
	var was, is runtime.MemStats
	runtime.ReadMemStats(&was)
	wall, cpu := time.Now(), threadSeconds()
	slowest, last, lastEvents := math.Inf(1), 0.0, before
	for used := 0.0; used < seconds; {
		for range 100 {
			m.Advance(m.Now() + market.Millisecond)
			for n := 1; next <= m.Sequence() && n > 0; next += uint64(n) {
				_, n = m.AppendPacket(pkt[:0], next, 1000, 0)
			}
		}
		if used = threadSeconds() - cpu; used >= last+1 {
			now := m.Counters().Events
			slowest = min(slowest, float64(now-lastEvents)/(used-last))
			last, lastEvents = used, now
		}
		if m.Now() >= m.Latest() {
			break
		}
	}
	used, passed := threadSeconds()-cpu, time.Since(wall).Seconds()
	runtime.ReadMemStats(&is)
	events := float64(m.Counters().Events - before)
	if math.IsInf(slowest, 1) { // less than a second
		slowest = events / used
	}
	s := Speed{Events: Num(events / used), Slowest: Num(slowest), Wall: Num(events / passed), Seconds: Num(used),
		Allocations: Num(float64(is.Mallocs-was.Mallocs) / events)}
	one := make([]int64, 0, 100_000)
	for len(one) < cap(one) {
		at, ok := m.Next()
		if !ok {
			break
		}
		t := time.Now()
		m.AdvanceSome(at, 1)
		one = append(one, time.Since(t).Nanoseconds())
	}
	slices.Sort(one)
	if n := len(one); n > 0 {
		s.P50, s.P99, s.P999 = Num(one[n/2]), Num(one[n*99/100]), Num(one[n*999/1000])
	}
	return s, nil
}
