package engine

import (
	"fmt"

	"slipstream/internal/market"
	"slipstream/risk"
)

// Audit walks every parent and child and says where the engine's sums, its list of
// children and the risk gate's own count disagree; nil = nowhere. A cold path for
// tests and operators, on the Engine's goroutine. After a fill of an order that was
// not open any more the gate rightly knows less (PostureUnknown): then only the
// engine's own sums are held.
func (e *Engine) Audit() error {
	unsure := 0
	for k := range e.parents {
		p := &e.parents[k]
		var open market.Qty
		n := int32(0)
		for i := p.children; i >= 0; i = e.children.slab[i].next {
			c := &e.children.slab[i]
			if c.state == childFree || c.state == childClosed || c.parent != int32(k) {
				return fmt.Errorf("engine: parent %d lists child %d, which is not open or not its own", p.id, c.id)
			}
			n++
			open += c.leaves()
			if c.ask {
				unsure++
			}
			if e.children.find(c.id) != i || (c.replID != 0 && e.children.find(c.replID) != i) {
				return fmt.Errorf("engine: child %d is not found by its name", c.id)
			}
		}
		cum, worst, known := e.gate.Parent(uint32(p.id))
		switch {
		case n != p.nOpen || open != p.open:
			return fmt.Errorf("engine: parent %d counts %d children with %d shares open, its children say %d with %d", p.id, p.nOpen, p.open, n, open)
		case p.phase == done && n > 0:
			return fmt.Errorf("engine: parent %d is done with %d children open", p.id, n)
		case e.gate.Halted() != risk.NotHalted:
		case known != (p.phase != done):
			return fmt.Errorf("engine: parent %d: done is %v here, known is %v at the gate", p.id, p.phase == done, known)
		case known && (cum != p.cum || worst != p.open):
			return fmt.Errorf("engine: parent %d: cum %d and open %d here, %d and %d at the gate", p.id, p.cum, p.open, cum, worst)
		}
	}
	if unsure != e.unsure {
		return fmt.Errorf("engine: %d children are asked about, %d counted", unsure, e.unsure)
	}
	return nil
}

// Halted is why the risk gate stopped by itself; NotHalted if it did not.
func (e *Engine) Halted() risk.HaltReason { return e.gate.Halted() }

// Exposure is the gate's count of one instrument: filled, bought minus sold, and
// what its open buys and sells may still trade at worst.
func (e *Engine) Exposure(id market.InstrumentID) (filled, buys, sells market.Qty) {
	return e.gate.Position(id)
}
