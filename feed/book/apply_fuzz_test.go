package book

import (
	"testing"

	"slipstream/internal/market"
)

// FuzzApply feeds any bytes, cut into messages by a length byte, and checks that the
// books stay whole.
func FuzzApply(f *testing.F) {
	s := newStream(2, 20, 60)
	var seed []byte
	for i := range s.len() {
		seed = append(append(seed, byte(len(s.msg(i)))), s.msg(i)...)
	}
	f.Add(seed)
	f.Add([]byte{3, 'A', 0, 1})
	f.Fuzz(func(t *testing.T, in []byte) {
		bs := mustNew(t, Config{Instruments: s.insts, Locates: s.locates(), MaxOrders: 12, MaxLevels: 8, MaxOwn: 2})
		for len(in) > 0 {
			n := min(1+int(in[0]), len(in))
			msg := in[1:n]
			in = in[n:]
			ch := bs.Apply(msg)
			if len(msg) >= 19 {
				bs.MarkOwn(be.Uint64(msg[11:]))
			}
			if (ch.Flags&(Bad|Full) != 0) != (ch.Fault != FaultNone) {
				t.Fatalf("%+v", ch)
			}
		}
		whole(t, bs)
	})
}

// whole checks the invariants of doc.go on the records themselves.
func whole(t *testing.T, bs *Books) {
	var orders, levels, own uint64
	for i := range bs.books {
		b := &bs.books[i]
		for _, side := range []market.Side{market.Buy, market.Sell} {
			depth := b.Depth(side, make([]Level, b.Levels(side)))
			levels += uint64(len(depth))
			k, left := -1, Level{}
			b.Each(side, func(o Order) bool {
				if left.Orders == 0 {
					k++
					left = depth[k]
					if k > 0 && (depth[k-1].Price > left.Price) != (side == market.Buy) {
						t.Fatalf("levels %+v and %+v of the %v side", depth[k-1], left, side)
					}
				}
				if _, s := bs.find(o.Ref); s == 0 || o.Qty <= 0 || o.Price != left.Price {
					t.Fatalf("%+v at %+v", o, left)
				}
				left.Qty -= o.Qty
				left.Orders--
				if left.Orders == 0 && left.Qty != 0 {
					t.Fatalf("level %+v: %d more than its orders", depth[k], left.Qty)
				}
				orders++
				if _, _, ok := bs.Ahead(o.Ref); ok {
					own++
				}
				return true
			})
			if k+1 != len(depth) || left.Orders != 0 {
				t.Fatalf("%d levels with orders, of %d", k+1, len(depth))
			}
		}
	}
	if c := bs.Counters(); c.Orders != orders || c.Levels != levels || c.Own != own {
		t.Fatalf("%d orders, %d levels, %d own: %+v", orders, levels, own, c)
	}
}
