package sim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/ring"
	"slipstream/engine/takeup"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

var strideFlag = flag.Uint64("stride", 3, "steps between two kills of a short day")

// diary keeps the journal of each process of a World in a folder, as the loop and the scribe
// do, and starts the next process from it, as the daemon does.
type diary struct {
	t   testing.TB
	dir string
	cfg func() engine.Config // a policy with state begins anew with each process

	ring     *ring.Bytes
	w        *journal.Writer
	segments *journal.Segments
	header   journal.Header
	runs     []string
}

func newDiary(t testing.TB, cfg func() engine.Config, start market.Nanos) *diary {
	d := &diary{t: t, dir: memoryDir(t), cfg: cfg}
	d.begin(journal.Header{Start: start, Config: []byte("sim"), State: journal.EncodeState(new(session.State))})
	return d
}

// memoryDir is a folder of the test's own, in memory where there is one: a thousand restarts
// sync some thousand files.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "slipstream-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (d *diary) begin(h journal.Header) {
	var err error
	if d.ring, err = ring.NewBytes(1 << 20); err != nil {
		d.t.Fatal(err)
	}
	d.w, d.header = journal.NewWriter(d.ring), h
	d.segments, err = journal.CreateSegments(journal.SegmentsConfig{Dir: d.dir, SegmentBytes: journal.SegmentBytesMin, Header: h})
	if err != nil {
		d.t.Fatal(err)
	}
	d.runs = append(d.runs, d.segments.Run())
}

// put journals an Input and, unless nil, its Effects.
func (d *diary) put(in *engine.Input, fx *engine.Effects) {
	if !d.w.PutInput(in) || fx != nil && !d.w.PutEffects(in.Now, fx) {
		d.t.Fatal("the journal ring is full")
	}
	for {
		rec, ok := d.ring.Read()
		if !ok {
			return
		}
		if err := d.segments.Append(rec); err != nil {
			d.t.Fatal(err)
		}
		d.ring.Release()
	}
}

// cut ends the present run's file; tail bytes of its end are lost.
func (d *diary) cut(tail int64) {
	path := d.segments.Path()
	if err := d.segments.Close(); err != nil {
		d.t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err == nil {
		head := int64(len(d.header.Config)+len(d.header.State)) + 200
		err = os.Truncate(path, max(head, info.Size()-tail))
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *diary) configure(*journal.Header) (engine.Config, error) { return d.cfg(), nil }

// next starts the next process as the daemon does. st is the mapped session state as it was left.
func (d *diary) next(now market.Nanos, st session.State, lost bool) (*takeup.Last, *Death) {
	found, err := takeup.Find(d.dir, filepath.Join(d.dir, "no.ring"))
	if err != nil || found.Run != d.runs[len(d.runs)-1] || !found.Lost {
		d.t.Fatalf("found %+v: %v", found, err)
	}
	last, err := takeup.Rebuild(d.dir, found.Run, d.configure)
	if err != nil {
		d.t.Fatal(err)
	}
	skip := uint64(0)
	if lost {
		skip = 10_000
	}
	if err := st.Continue(last.State, skip); err != nil {
		d.t.Fatal(err)
	}
	h := journal.Header{Start: now, Previous: found.Header.Start, Config: []byte("sim"), State: journal.EncodeState(&st)}
	death := &Death{State: &st}
	if death.Engine, err = engine.New(d.cfg(), death.State); err == nil {
		err = death.Engine.TakeOver(last.Engine)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.begin(h)
	return last, death
}

// sameEngine holds a rebuilt engine against the one that died behind the same Step.
func sameEngine(t testing.TB, got, want *engine.Engine) {
	t.Helper()
	if err := got.Audit(); err != nil {
		t.Fatal(err)
	}
	if got.Stats() != want.Stats() || got.Parents() != want.Parents() || got.Epoch() != want.Epoch() {
		t.Fatalf("rebuilt %+v, was %+v", got.Stats(), want.Stats())
	}
	for id := uint64(1); id <= uint64(want.Parents()); id++ {
		a, _ := got.Parent(id)
		if b, _ := want.Parent(id); a != b {
			t.Fatalf("parent %d: rebuilt %+v, was %+v", id, a, b)
		}
	}
}

// sameOrders holds an engine that has taken over against the one before it.
func sameOrders(t testing.TB, e, before *engine.Engine, instruments int) {
	t.Helper()
	if err := e.Audit(); err != nil {
		t.Fatal(err)
	}
	for id := uint64(1); id <= uint64(before.Parents()); id++ {
		a, _ := e.Parent(id)
		if b, _ := before.Parent(id); a != b {
			t.Fatalf("parent %d: taken over %+v, was %+v", id, a, b)
		}
	}
	for i := range market.InstrumentID(instruments) {
		pos, buys, sells := e.Exposure(i)
		if p, b, s := before.Exposure(i); pos != p || buys != b || sells != s || e.Halted() != before.Halted() {
			t.Fatalf("instrument %d: taken over %d, %d, %d, was %d, %d, %d", i, pos, buys, sells, p, b, s)
		}
	}
}

// manyParents keeps orders open over most of a day: passive ones that rest, in windows of one to
// four seconds, some of them replaced, some canceled.
func manyParents(r *rng, start market.Nanos) (out []Command) {
	ms := func(most uint64) market.Nanos { return market.Nanos(r.below(most)) * market.Millisecond }
	for i := range 24 {
		name := fmt.Sprintf("m%d", i)
		at := start + market.Nanos(i)*250*market.Millisecond + ms(300)
		c := fix.Command{Kind: fix.NewParent, Algo: market.Algo(1 + r.below(4)), Tactic: market.Passive, Side: market.Side(1 + r.below(2)), OrdType: '1',
			OrderQty: market.Qty(100 + r.below(900)), Instrument: market.InstrumentID(r.below(2)), ClOrdID: id(name), ParticipationPpm: 200_000,
			EndNanos: at + market.Second + ms(3000)}
		out = append(out, Command{at, c})
		change := c
		change.OrigClOrdID, change.ClOrdID, change.StartNanos, change.EndNanos = c.ClOrdID, id(name+"-2"), 0, 0
		switch r.below(4) {
		case 0:
			change.Kind, change.Algo, change.OrderQty = fix.ReplaceParent, market.NoAlgo, market.Qty(50+r.below(900))
		case 1:
			change.Kind = fix.CancelParent
		default:
			continue
		}
		out = append(out, Command{at + 200*market.Millisecond + ms(900), change})
	}
	return out
}

// restarts is a day on which the daemon dies at steps drawn from the seed.
type restarts struct {
	at                             uint64 // die once, at this step; 0 = when the seed says
	long                           market.Nanos
	kills, resumed, canceled, open int // open: children open at deaths
	inputs                         uint64
}

func (sum *restarts) day(t *testing.T, cfg Config, lose bool, every uint64) *World {
	t.Helper()
	seed := cfg.Seed
	r := rng(seed * 31)
	if r.hit(700_000) {
		cfg.Engine.Recover = engine.RecoverResume
	}
	if sum.at == 0 {
		sum.long = 10 * market.Second
		cfg.Commands = append(cfg.Commands, manyParents(&r, cfg.Exchange.Start)...)
	}
	end := cfg.Exchange.Start + sum.long
	_, anything := cfg.Engine.Policy.(*wild)
	d := newDiary(t, func() engine.Config {
		c := cfg.Engine
		if anything {
			c.Policy = &wild{rng(seed * 3)}
		}
		return c
	}, cfg.Exchange.Start)
	quiet := end - 2*market.Second // after that the day must come to its end
	var w *World
	var before session.State // as it was before the Step
	steps, next := uint64(0), 1+r.below(every)
	if sum.at != 0 {
		next = sum.at
	}
	ghosts := -1
	cfg.Dies = func(in *engine.Input, fx *engine.Effects) *Death {
		if in.Now < end && in.Now > end-500*market.Millisecond {
			ghosts = len(w.Peer.open)
		}
		dull := (len(w.Peer.open) == 0 && len(fx.Venue) == 0 || w.Engine.Posture() != 0) && !r.hit(3_000)
		if dull = dull && sum.at == 0; !dull {
			steps++
		}
		if steps < next || dull || in.Now > quiet {
			d.put(in, fx)
			before = *w.State
			return nil
		}
		if next = steps + 1 + r.below(every); sum.at != 0 {
			next = ^uint64(0)
		}
		st := *w.State
		if r.hit(500_000) {
			st = before // dead before the Step stored its numbers
		}
		if r.hit(500_000) {
			d.put(in, fx)
		} else {
			d.put(in, nil)
		}
		tail := int64(0)
		if lose {
			tail = int64(r.below(3000))
		}
		d.cut(tail)
		sum.open += len(w.Peer.open)
		last, death := d.next(in.Now, st, lose)
		sameOrders(t, death.Engine, last.Engine, len(w.Net))
		if !lose {
			sameEngine(t, last.Engine, w.Engine)
		}
		told := uint64(0)
		for i := range w.Reports {
			told = max(told, w.Reports[i].Serial)
		}
		for i := range last.Reports {
			if last.Reports[i].Serial > told {
				death.Reports = append(death.Reports, last.Reports[i])
			}
		}
		death.Sent, death.Arrive = int(r.below(uint64(len(fx.Venue))+1)), r.hit(500_000)
		death.Down = market.Millisecond + market.Nanos(r.below(uint64(400*market.Millisecond)))
		sum.kills++
		sum.inputs += last.Inputs
		before = *death.State
		if lose { // a person looks, and finds nothing wrong
			w.push(event{at: in.Now + death.Down, kind: evCommand, cmd: &fix.Command{Kind: fix.Kill}})
			w.push(event{at: in.Now + death.Down + 300*market.Millisecond, kind: evCommand, cmd: &fix.Command{Kind: fix.Rearm}})
		}
		return death
	}
	var err error
	if w, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(sum.long, market.Second); err != nil {
		t.Fatal(err)
	}
	if ghosts != 0 {
		t.Fatalf("%d orders are open at the venue at the end of the day", ghosts)
	}
	for id := uint64(1); id <= uint64(w.Engine.Parents()); id++ {
		p, _ := w.Engine.Parent(id)
		if !p.Status.Terminal() {
			t.Fatalf("parent %d has not ended: %+v", id, p)
		}
	}
	for i := range w.Reports {
		if w.Reports[i].Reason == fix.ReasonRestart {
			sum.canceled++
		}
	}
	if cfg.Engine.Recover == engine.RecoverResume && len(d.runs) > 1 {
		sum.resumed++
	}
	for i := range market.InstrumentID(len(w.Net)) {
		if pos, buys, sells := w.Engine.Exposure(i); pos != w.Net[i] || buys != 0 || sells != 0 {
			t.Fatalf("instrument %d: the gate counts %d shares, %d and %d open; the exchange traded %d", i, pos, buys, sells, w.Net[i])
		}
	}
	d.replays()
	return w
}

// replays puts each run of the day through the chain again.
func (d *diary) replays() {
	if err := d.segments.Close(); err != nil {
		d.t.Fatal(err)
	}
	last, err := takeup.Rebuild(d.dir, d.runs[len(d.runs)-1], d.configure)
	if err != nil || last.Runs != len(d.runs) {
		d.t.Fatalf("%d runs of %d replayed: %v", last.Runs, len(d.runs), err)
	}
}

func seedsOf(n int) []uint64 {
	if *seedFlag != 0 {
		return []uint64{*seedFlag}
	}
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i) + 1
	}
	return list
}

// TestARestartIsAReconnect: the process is killed at any step, at any byte of what the step
// sent, and again and again, at a good venue and at one with faults, with a policy that proposes
// anything. The next process knows every order: nothing is sent twice, nothing stays at
// the venue, each fill is told once.
func TestARestartIsAReconnect(t *testing.T) {
	days := 30
	if testing.Short() {
		days = 6
	}
	var sum restarts
	for _, seed := range seedsOf(days) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			cfg := standardDay(t, seed)
			if seed%2 == 0 {
				r := rng(seed * 7)
				cfg.Venue = seedFaults(&r)
				// One that refuses most cancels keeps orders open whatever is done.
				cfg.Venue.RejectCancelPpm = min(cfg.Venue.RejectCancelPpm, 300_000)
				cfg.CutPpm = uint32(r.below(10_000))
			}
			if seed%3 == 0 {
				cfg.Engine.Policy = &wild{rng(seed * 3)}
			}
			w := sum.day(t, cfg, false, 160)
			checkDesk(t, w)
			checkEnd(t, w)
		})
	}
	t.Logf("%d kills with %d children open, %d inputs replayed, %d parents canceled after a restart, %d days went on", sum.kills, sum.open, sum.inputs, sum.canceled, sum.resumed)
	if *seedFlag == 0 && (sum.kills < 5*days || sum.open < 10*days || sum.canceled == 0 || sum.resumed == 0) {
		t.Error("the test shows too little")
	}
}

// TestALostTailIsFoundAtTheVenue: the host loses power, so that the journal ends before what
// was sent. The next process does not know the last orders; the venue's reports tell of them,
// they are canceled, and their fills count into the position.
func TestALostTailIsFoundAtTheVenue(t *testing.T) {
	days := 30
	if testing.Short() {
		days = 6
	}
	var sum restarts
	strays := 0
	for _, seed := range seedsOf(days) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			cfg := standardDay(t, seed)
			w := sum.day(t, cfg, true, 160)
			if w.Peer.Duplicates != 0 {
				t.Errorf("%d orders reached the venue twice", w.Peer.Duplicates)
			}
			checkBooks(t, w)
			strays += int(w.Engine.Stats().UnknownReports)
		})
	}
	t.Logf("%d losses with %d children open, %d reports of orders that were not known", sum.kills, sum.open, strays)
	if *seedFlag == 0 && (sum.kills < 5*days || strays < days) {
		t.Error("the test shows too little")
	}
}

// shortDay has three parents that are worked for half a second.
func shortDay(seed uint64) Config {
	cfg := Standard(seed, 1, nil)
	cfg.Exchange.Flow = newNoise(5, 1, cfg.Exchange.Start)
	cfg.Engine.SliceNanos, cfg.Engine.MinSpacingNanos = 100*market.Millisecond, 2*market.Millisecond
	cfg.Exchange.StoreMessages, cfg.Exchange.StatEntries, cfg.Engine.Book.MaxOrders = 1<<14, 1<<12, 1<<12
	start := cfg.Exchange.Start
	order := func(ms int64, name string, algo market.Algo, tactic market.Tactic, side market.Side) Command {
		return Command{start + market.Nanos(ms)*market.Millisecond, fix.Command{Kind: fix.NewParent, Algo: algo, Tactic: tactic, Side: side, OrdType: '1',
			OrderQty: 400, ClOrdID: id(name), EndNanos: start + market.Nanos(ms+400)*market.Millisecond}}
	}
	cfg.Commands = []Command{
		order(150, "a", market.TWAP, market.Passive, market.Buy), order(160, "b", market.VWAP, market.Passive, market.Sell),
		order(170, "c", market.TWAP, market.Taker, market.Buy),
		{start + 250*market.Millisecond, replace("a2", "a", market.Buy, 300)}, {start + 300*market.Millisecond, cancel("b2", "b", market.Sell)},
	}
	return cfg
}

// TestAKillAtEveryStepOfAShortDay: each day is killed once, a few steps later than the day before
// (every step is -stride=1).
func TestAKillAtEveryStepOfAShortDay(t *testing.T) {
	stride := *strideFlag
	if testing.Short() {
		stride = 19
	}
	steps := uint64(0)
	cfg := shortDay(1)
	cfg.OnEffects = func(in *engine.Input, _ *engine.Effects) {
		if in.Now < cfg.Exchange.Start+650*market.Millisecond {
			steps++
		}
	}
	run(t, cfg, 1)
	sum := restarts{long: 3 * market.Second}
	for sum.at = 1; sum.at <= steps; sum.at += stride {
		w := sum.day(t, shortDay(sum.at), false, 1)
		checkDesk(t, w)
		checkEnd(t, w)
	}
	t.Logf("%d steps, %d kills with %d children open, %d parents canceled after a restart", steps, sum.kills, sum.open, sum.canceled)
	if uint64(sum.kills) != (steps+stride-1)/stride || sum.open < sum.kills/2 || sum.canceled == 0 {
		t.Error("the test shows too little")
	}
}
