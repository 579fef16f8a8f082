package book

import (
	"slipstream/feed/itch"
	"slipstream/internal/market"
)

// stream is a seeded, self-consistent sequence of order messages: orders enter
// around a moving price, most leave soon after, some trade or are replaced.
type stream struct {
	insts []market.Instrument
	mid   []uint32
	live  []liveOrder
	ref   uint64
	now   uint64
	rng   uint64
	want  int // open orders to hover around
	step  int // largest step of references: 1 when all of the market is followed
	buf   []byte
	at    []uint32 // message i is buf[at[i]:at[i+1]]
}

type liveOrder struct {
	ref  uint64
	qty  uint32
	inst uint16
	side byte
}

func newStream(instruments, open, messages int) *stream {
	s := &stream{rng: 0x9E3779B97F4A7C15, want: open, step: 2, now: 34_200_000_000_000}
	for i := range instruments {
		sym := market.MakeSymbol(string([]byte{'A' + byte(i/676%26), 'A' + byte(i/26%26), 'A' + byte(i%26)}))
		if i >= 17576 {
			panic("too many")
		}
		s.insts = append(s.insts, market.Instrument{ID: market.InstrumentID(i), Symbol: sym, Tick: 10_000_000, Lot: 1})
		s.mid = append(s.mid, 500_000+uint32(s.rand(2_000_000))/100*100)
	}
	s.at = append(s.at, 0)
	for range messages {
		s.next()
		s.at = append(s.at, uint32(len(s.buf)))
	}
	return s
}

func (s *stream) rand(n int) int {
	s.rng ^= s.rng << 13
	s.rng ^= s.rng >> 7
	s.rng ^= s.rng << 17
	return int(s.rng>>11) % n
}

func (s *stream) locates() []uint16 {
	l := make([]uint16, len(s.insts))
	for i := range l {
		l[i] = uint16(i + 1)
	}
	return l
}

func (s *stream) config() Config {
	return Config{Instruments: s.insts, Locates: s.locates(), MaxOrders: 1<<14 + 2*s.want, MaxLevels: 1<<12 + s.want}
}

func (s *stream) msg(i int) []byte { return s.buf[s.at[i]:s.at[i+1]] }
func (s *stream) len() int         { return len(s.at) - 1 }

func (s *stream) head(inst uint16) itch.Header {
	return itch.Header{StockLocate: inst + 1, Timestamp: s.now}
}

// price is near the touch most of the time, far from it sometimes.
func (s *stream) price(inst uint16, side byte) uint32 {
	ticks := s.rand(6)
	for s.rand(3) == 0 && ticks < 400 {
		ticks = 2*ticks + s.rand(4)
	}
	if side == 'B' {
		return s.mid[inst] - 100*uint32(ticks+1)
	}
	return s.mid[inst] + 100*uint32(ticks+1)
}

func (s *stream) next() {
	s.now += uint64(s.rand(20_000))
	grow := 50
	if len(s.live) > s.want {
		grow = 38
	}
	k := s.rand(100)
	if k < grow || len(s.live) < 8 {
		inst := uint16(s.rand(len(s.insts)))
		if s.rand(2) == 0 {
			inst = uint16(s.rand(1 + len(s.insts)/20)) // a few stocks make most of the noise
		}
		if s.rand(50) == 0 {
			s.mid[inst] += uint32(100*s.rand(3)) - 100
		}
		s.ref += 1 + uint64(s.rand(s.step))
		o := liveOrder{s.ref, uint32(1+s.rand(10)) * 100, inst, "BS"[s.rand(2)]}
		m := itch.AddOrder{Header: s.head(inst), OrderRef: o.ref, Side: o.side, Shares: o.qty, Stock: s.insts[inst].Symbol, Price: s.price(inst, o.side)}
		s.buf = m.Append(s.buf)
		s.live = append(s.live, o)
		return
	}
	i := s.rand(len(s.live))
	if s.rand(10) < 7 {
		i = len(s.live) - 1 - s.rand(min(len(s.live), 64))
	}
	o := &s.live[i]
	h := s.head(o.inst)
	switch {
	case k < 85:
		m := itch.OrderDelete{Header: h, OrderRef: o.ref}
		s.buf = m.Append(s.buf)
		o.qty = 0
	case k < 93:
		s.ref += 1 + uint64(s.rand(s.step))
		m := itch.OrderReplace{Header: h, OrderRef: o.ref, NewOrderRef: s.ref, Shares: o.qty, Price: s.price(o.inst, o.side)}
		s.buf = m.Append(s.buf)
		o.ref = s.ref
	case k < 98:
		m := itch.OrderExecuted{Header: h, OrderRef: o.ref, ExecutedShares: min(o.qty, uint32(1+s.rand(5))*100)}
		s.buf = m.Append(s.buf)
		o.qty -= m.ExecutedShares
	default:
		m := itch.OrderCancel{Header: h, OrderRef: o.ref, CanceledShares: min(o.qty, 100)}
		s.buf = m.Append(s.buf)
		o.qty -= m.CanceledShares
	}
	if o.qty == 0 {
		s.live[i] = s.live[len(s.live)-1] // keeps the newest near the end, roughly
		s.live = s.live[:len(s.live)-1]
	}
}
