package book

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// TestBooksEqualSlowBooks drives both through random messages, good and bad, and
// compares everything the package tells after each.
func TestBooksEqualSlowBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{
			Instruments: newStream(3, 8, 0).insts, Locates: []uint16{7, 9, 1000},
			MaxOrders: rapid.SampledFrom([]int{6, 40, 400}).Draw(t, "maxOrders"), MaxLevels: 512, MaxOwn: 64,
		}
		bs, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		slow := newSlow(cfg)
		g := &messages{t: t, cfg: &cfg, slow: slow, ticks: rapid.SampledFrom([]int{3, 12, 90}).Draw(t, "ticks")}
		for range rapid.IntRange(1, 150).Draw(t, "messages") {
			msg := g.draw()
			before := touches(bs, cfg)
			ch := bs.Apply(msg)
			slow.apply(msg)
			if rapid.IntRange(0, 9).Draw(t, "own") == 0 && len(g.refs) > 0 {
				ref := rapid.SampledFrom(g.refs).Draw(t, "ownRef")
				if got, want := bs.MarkOwn(ref), slow.orders[ref] != nil; got != want {
					t.Fatalf("MarkOwn(%d) = %v, want %v", ref, got, want)
				} else if want {
					slow.marked[ref] = true
				}
			}
			compare(t, bs, slow, ch, before)
		}
	})
}

// messages draws messages about references that exist, existed, or never did.
type messages struct {
	t     *rapid.T
	cfg   *Config
	slow  *slowBooks
	refs  []uint64
	ticks int
}

func (g *messages) ref() uint64 {
	if len(g.refs) > 0 && rapid.IntRange(0, 19).Draw(g.t, "known") > 0 {
		n := len(g.refs)
		return g.refs[rapid.IntRange(max(0, n-30), n-1).Draw(g.t, "ref")]
	}
	return rapid.Uint64().Draw(g.t, "anyRef")
}

func (g *messages) newRef() uint64 {
	ref := uint64(len(g.refs))*3 + 1
	if rapid.IntRange(0, 29).Draw(g.t, "reuse") == 0 {
		ref = g.ref()
	}
	g.refs = append(g.refs, ref)
	return ref
}

func (g *messages) qty() uint32 { return uint32(rapid.IntRange(0, 12).Draw(g.t, "qty")) }
func (g *messages) price() uint32 {
	return 100_000 + 100*uint32(rapid.IntRange(0, g.ticks).Draw(g.t, "price"))
}

func (g *messages) draw() []byte {
	t := g.t
	inst := rapid.IntRange(0, len(g.cfg.Instruments)-1).Draw(t, "inst")
	kind := rapid.SampledFrom([]byte("AAAAAAAAFEEECXXDDDUUUP")).Draw(t, "kind")
	h := itch.Header{Timestamp: uint64(rapid.IntRange(0, 1<<40).Draw(t, "time"))}
	h.StockLocate = g.cfg.Locates[inst]
	sym := g.cfg.Instruments[inst].Symbol
	ref := uint64(0)
	switch kind {
	case 'A', 'F', 'P':
		side := rapid.SampledFrom([]byte("BBBBBSSSSS?")).Draw(t, "side")
		if rapid.IntRange(0, 40).Draw(t, "foreign") == 0 {
			sym = market.MakeSymbol("FOREIGN")
		}
		if kind == 'P' {
			return (&itch.Trade{Header: h, Side: 'B', Shares: g.qty(), Stock: sym, Price: g.price()}).Append(nil)
		}
		a := itch.AddOrder{Header: h, OrderRef: g.newRef(), Side: side, Shares: g.qty(), Stock: sym, Price: g.price()}
		if kind == 'F' {
			return (&itch.AddOrderMPID{AddOrder: a, Attribution: [4]byte{'T', 'E', 'S', 'T'}}).Append(nil)
		}
		return a.Append(nil)
	}
	ref = g.ref()
	if o := g.slow.orders[ref]; o != nil && rapid.IntRange(0, 30).Draw(t, "otherStock") != 0 {
		h.StockLocate = g.cfg.Locates[o.inst]
	}
	e := itch.OrderExecuted{Header: h, OrderRef: ref, ExecutedShares: g.qty(), MatchNumber: 1}
	switch kind {
	case 'E':
		return e.Append(nil)
	case 'C':
		return (&itch.OrderExecutedWithPrice{OrderExecuted: e, Printable: "YN"[g.qty()&1], ExecutionPrice: g.price()}).Append(nil)
	case 'X':
		return (&itch.OrderCancel{Header: h, OrderRef: ref, CanceledShares: g.qty()}).Append(nil)
	case 'D':
		return (&itch.OrderDelete{Header: h, OrderRef: ref}).Append(nil)
	}
	return (&itch.OrderReplace{Header: h, OrderRef: ref, NewOrderRef: g.newRef(), Shares: g.qty(), Price: g.price()}).Append(nil)
}

func touches(bs *Books, cfg Config) (out [][2]Level) {
	for i := range cfg.Instruments {
		b := bs.Book(market.InstrumentID(i))
		out = append(out, [2]Level{b.Best(market.Buy), b.Best(market.Sell)})
	}
	return out
}

func compare(t *rapid.T, bs *Books, slow *slowBooks, ch Change, before [][2]Level) {
	total := 0
	for i := range slow.insts {
		b := bs.Book(market.InstrumentID(i))
		if b.Trust() != slow.trust[i] {
			t.Fatalf("instrument %d: trust %v, want %v (%+v)", i, b.Trust(), slow.trust[i], ch)
		}
		for k, side := range []market.Side{market.Buy, market.Sell} {
			want := slow.depth(i, side)
			got := b.Depth(side, make([]Level, 600))
			if d := cmp.Diff(append([]Level{}, want...), append([]Level{}, got...)); d != "" {
				t.Fatalf("instrument %d %v (-want +got):\n%s", i, side, d)
			}
			total += len(got)
			best := Level{}
			if len(want) > 0 {
				best = want[0]
				last := want[len(want)-1]
				if at := b.At(side, last.Price); at != last {
					t.Fatalf("At(%d) = %+v, want %+v", last.Price, at, last)
				}
			}
			if b.Best(side) != best {
				t.Fatalf("instrument %d: best %v %+v, want %+v", i, side, b.Best(side), best)
			}
			touched := ch.Flags&Touch != 0 && int(ch.Instrument) == i
			if (best.Price != before[i][k].Price || best.Qty != before[i][k].Qty) && !touched {
				t.Fatalf("instrument %d: the touch changed without Touch", i)
			}
		}
		if b.Hash() != slow.hash(i) {
			t.Fatalf("instrument %d: hash differs", i)
		}
		qty, hi, lo := b.Traded()
		notional := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).SetUint64(hi), 64), new(big.Int).SetUint64(lo))
		if int64(qty) != slow.vol[i].Int64() || notional.Cmp(slow.notion[i]) != 0 || b.LastPx() != slow.last[i] {
			t.Fatalf("instrument %d: traded %d for %v, last %d", i, qty, notional, b.LastPx())
		}
	}
	for ref := range slow.marked {
		ahead, resting := slow.ahead(ref)
		if a, r, ok := bs.Ahead(ref); !ok || a != ahead || r != resting {
			t.Fatalf("Ahead(%d) = %d, %d, %v, want %d, %d", ref, a, r, ok, ahead, resting)
		}
	}
	c := bs.Counters()
	if int(c.Orders) != len(slow.orders) || int(c.Levels) != total || int(c.Own) != len(slow.marked) {
		t.Fatalf("gauges %d orders %d levels %d own, want %d, %d, %d", c.Orders, c.Levels, c.Own, len(slow.orders), total, len(slow.marked))
	}
	if c.Applied+c.Bad()+c.Full() != c.Messages {
		t.Fatalf("a message is in no counter: %+v", c)
	}
}
