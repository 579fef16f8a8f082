package exchange

import (
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"

	"slipstream/feed/book"
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

const midnight = market.Nanos(1_773_100_800) * market.Second

// testConfig has two instruments: a stock with tick 0.01, and one with tick 0.05
// and lot 10.
func testConfig() Config {
	return Config{
		Instruments: []market.Instrument{
			{ID: 0, Symbol: market.MakeSymbol("ALFA"), Tick: market.PriceUnit / 100, Lot: 1},
			{ID: 1, Symbol: market.MakeSymbol("BETA"), Tick: market.PriceUnit / 20, Lot: 10},
		},
		Midnight: midnight, Start: midnight + 34_200*market.Second,
		MaxOrders: 1 << 12, MaxLevels: 1 << 10, MaxOwn: 1 << 12, StoreMessages: 1 << 14, StatEntries: 1 << 14,
	}
}

// pair drives the matcher, the reference, and a book fed by the matcher's tape.
type pair struct {
	cfg  Config
	fast *Matcher
	slow *slowMatcher
	feed *book.Books
	read uint64
	now  market.Nanos
	refs []uint64 // what later requests may address
	next uint64   // ClientRef
	met  map[string]int
}

func newPair(cfg Config) (*pair, error) {
	feed, err := book.New(book.Config{Instruments: cfg.Instruments, MaxOrders: cfg.MaxOrders, MaxLevels: cfg.MaxLevels})
	if err != nil {
		return nil, err
	}
	p := &pair{cfg: cfg, fast: NewMatcher(cfg, NewTape(cfg.StoreMessages)), slow: newSlowMatcher(cfg), feed: feed, now: cfg.Start}
	for i := range cfg.Instruments {
		p.fast.emitDirectory(uint16(i))
	}
	return p, nil
}

// step applies q to both and compares everything that can be seen.
func (p *pair) step(q *Request) error {
	p.now += market.Microsecond
	p.fast.SetTime(p.now)
	p.slow.now = p.now
	p.fast.ClearExecs()
	p.slow.execs = p.slow.execs[:0]
	from := p.fast.tape.Sequence()
	ref, why := p.fast.Do(q)
	wantRef, wantWhy := p.slow.do(q)
	if ref != wantRef || why != wantWhy {
		return fmt.Errorf("got ref %d %v, want %d %v", ref, why, wantRef, wantWhy)
	}
	got, want := p.fast.Execs(), p.slow.execs
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Errorf("execs differ at %d:\n got %+v\nwant %+v", i, got, want)
		}
	}
	if ref != 0 {
		p.refs = append(p.refs, ref)
	}
	if p.met != nil {
		p.edges(q, why, from, p.met)
	}
	for p.read < p.fast.tape.Sequence() {
		p.read++
		msg, ok := p.fast.tape.Message(p.read)
		if !ok || !itch.Validate(msg) {
			return fmt.Errorf("message %d is not valid: %x", p.read, msg)
		}
		if c := p.feed.Apply(msg); c.Flags&(book.Bad|book.Full|book.Unknown) != 0 {
			return fmt.Errorf("the tape's message %d (%c) is inconsistent: %+v", p.read, msg[0], c)
		}
	}
	return nil
}

// compareBooks compares the matcher's books with the reference's, order by order,
// and with the book that the tape built.
func (p *pair) compareBooks() error {
	for i := range p.cfg.Instruments {
		id := market.InstrumentID(i)
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			want := p.slow.queue(i, side)
			n := 0
			var bad error
			p.fast.EachOrder(id, side, func(ref uint64, price, qty, owner uint32) {
				if n >= len(want) || want[n].ref != ref || want[n].q.Price != priceOf(price) ||
					want[n].leaves != market.Qty(qty) || want[n].q.Owner != owner {
					bad = fmt.Errorf("%v order %d: ref %d price %d qty %d owner %d differs", side, n, ref, price, qty, owner)
				}
				n++
			})
			if bad == nil && n != len(want) {
				bad = fmt.Errorf("%v: %d orders, want %d", side, n, len(want))
			}
			if bad != nil {
				return bad
			}
			if err := p.compareLevels(id, side, want); err != nil {
				return err
			}
		}
		if got, want := p.feed.Book(id).Hash(), p.fast.BookHash(id); got != want {
			return fmt.Errorf("the book built from the tape has hash %x, ours %x", got, want)
		}
	}
	return nil
}

func (p *pair) compareLevels(id market.InstrumentID, side market.Side, want []*slowOrder) error {
	for k := 0; k < p.fast.Levels(id, side); k++ {
		lv := p.fast.Level(id, side, k)
		var sum Level
		for _, o := range want {
			if o.q.Price == priceOf(lv.Price) {
				sum.Qty += uint64(o.leaves)
				sum.Orders++
				if o.q.Owner != 0 {
					sum.Own++
				}
			}
		}
		sum.Price = lv.Price
		if sum != lv {
			return fmt.Errorf("%v level %d: %+v, want %+v", side, k, lv, sum)
		}
	}
	return nil
}

// draw makes a request from a source of numbers: n(k) is one in [0,k).
func (p *pair) draw(n func(int) int) Request {
	q := Request{Instrument: market.InstrumentID(n(2)), Owner: uint32([]int{0, 0, 1, 1, 2}[n(5)])}
	in := &p.cfg.Instruments[q.Instrument]
	q.Side = market.Side(1 + n(2))
	q.Qty = in.Lot * market.Qty(1+n(20))
	q.Price = in.Tick * market.Price(2000+n(12))
	if q.Owner == 0 && n(8) == 0 {
		q.Price += market.ITCHUnit * market.Price(n(90))
	}
	q.SelfMatch = SelfMatch([]int{0, 0, 0, 1, 2, 3}[n(6)])
	p.next++
	q.ClientRef = p.next
	switch k := n(100); {
	case k < 60:
		q.Kind = KindNew
		switch n(10) {
		case 0:
			q.Type = OrdMarket
			q.TIF = TIF(n(3))
		case 1, 2:
			q.TIF = IOC
		case 3, 4:
			q.TIF = FOK
			q.Qty *= market.Qty(1 + n(8))
		case 5:
			q.PostOnly = true
		}
	case k < 75:
		q.Kind = KindCancel
	case k < 96:
		q.Kind = KindReplace
		q.PostOnly = n(6) == 0
		if n(2) == 0 {
			q.Side = 0
		}
	case k < 98:
		q.Kind = KindStatus
	default:
		q.Kind = KindHalt + Kind(n(2))
		if n(3) > 0 {
			q.Kind = KindResume
		}
	}
	if q.Kind != KindNew && q.Kind < KindHalt {
		p.address(&q, n)
	}
	if n(40) == 0 {
		spoil(&q, n)
	}
	if n(4) == 0 {
		q.MPID = [4]byte{'S', 'L', 'I', 'P'}
	}
	q.Token, _ = MakeToken(fmt.Appendf(nil, "T%d", q.ClientRef))
	return q
}

// address points q at an earlier order, mostly a live one of its owner.
func (p *pair) address(q *Request, n func(int) int) {
	for try := 0; try < 8 && len(p.refs) > 0; try++ {
		q.OrderID = p.refs[len(p.refs)-1-n(min(len(p.refs), 64))]
		if o := p.slow.byRef[q.OrderID]; o != nil && !o.status.IsTerminal() {
			if n(20) > 0 {
				q.Owner, q.Instrument = o.q.Owner, o.q.Instrument
			}
			if n(3) == 0 {
				q.Price = o.q.Price
			}
			if q.Owner != 0 && n(3) == 0 {
				q.OrderID, q.OrigClientRef = 0, o.q.ClientRef
			}
			return
		}
	}
}

// spoil makes one term of q wrong or extreme.
func spoil(q *Request, n func(int) int) {
	switch n(12) {
	case 11:
		q.Price = 199_999_99 * (market.PriceUnit / 100)
	case 0:
		q.Qty = market.Qty(-n(2))
	case 1:
		q.Qty = 1_000_000
	case 2:
		q.Qty = 1_000_001
	case 3:
		q.Price = 0
	case 4:
		q.Price++
	case 5:
		q.Instrument = 7
	case 6:
		q.Side = market.Side(n(5))
	case 7:
		q.ClientRef = uint64(n(3))
	case 8:
		q.Price = 1 << 62
	case 9:
		q.Qty = 1
	case 10:
		q.TIF, q.PostOnly = IOC, true
	}
}

// TestMatcherAgainstReference lets rapid find and shrink short sequences.
func TestMatcherAgainstReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, err := newPair(testConfig())
		if err != nil {
			rt.Fatal(err)
		}
		n := func(k int) int { return rapid.IntRange(0, k-1).Draw(rt, "n") }
		for range rapid.IntRange(1, 120).Draw(rt, "ops") {
			q := p.draw(n)
			if err := p.step(&q); err != nil {
				rt.Fatalf("%+v: %v", q, err)
			}
			if err := p.compareBooks(); err != nil {
				rt.Fatalf("%+v: %v", q, err)
			}
		}
	})
}

// TestMatcherAgainstReferenceLong runs long seeded sequences: 100,000 requests,
// 10 million with SLIPSTREAM_LONG=1.
func TestMatcherAgainstReferenceLong(t *testing.T) {
	total, run := 100_000, 5_000
	if os.Getenv("SLIPSTREAM_LONG") != "" {
		total = 10_000_000
	}
	var c Counters
	kinds := map[ExecKind]int{}
	reasons := map[Reason]int{}
	met := map[string]int{}
	for seed := 0; seed < total/run; seed++ {
		p, err := newPair(testConfig())
		if err != nil {
			t.Fatal(err)
		}
		p.met = met
		state := uint64(seed)
		n := func(k int) int { state++; return int(mix(state*0x9e3779b97f4a7c15) % uint64(k)) }
		for i := range run {
			q := p.draw(n)
			if err := p.step(&q); err != nil {
				t.Fatalf("seed %d request %d %+v: %v", seed, i, q, err)
			}
			for _, e := range p.fast.Execs() {
				kinds[e.Kind]++
				reasons[e.Reason]++
			}
			if i%16 == 0 {
				if err := p.compareBooks(); err != nil {
					t.Fatalf("seed %d request %d %+v: %v", seed, i, q, err)
				}
			}
		}
		k := p.fast.Counters()
		c.Trades += k.Trades
		c.OwnTrades += k.OwnTrades
		c.SelfMatch += k.SelfMatch
	}
	for k := ExecAccepted; k <= ExecStatus; k++ {
		if kinds[k] == 0 {
			t.Errorf("the sequences never gave an Exec of kind %d", k)
		}
	}
	for r := ReasonNone; r < ReasonEndOfSession; r++ {
		if reasons[r] == 0 && r != ReasonClosed && r != ReasonFull {
			t.Errorf("the sequences never gave reason %q", r)
		}
	}
	for _, name := range wantEdges() {
		if met[name] == 0 {
			t.Errorf("the sequences never met: %s", name)
		}
	}
	t.Logf("%d requests, %d cases of %d kinds, %d trades (%d own), %d self-matches prevented", total, sumOf(met), len(met), c.Trades, c.OwnTrades, c.SelfMatch)
}

func sumOf(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
