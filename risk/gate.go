package risk

import "slipstream/internal/market"

// Gate is the gate's whole state: limits, open orders and parents, positions, the
// log of message times, the latches. Not safe for concurrent use.
type Gate struct {
	latch  Deny // DenyKilled, DenyHalted
	reason HaltReason

	rate    rate
	reserve int // CancelReserve

	instruments []instrument

	byChild   table // ChildID, also of pending replaces -> children
	children  []child
	freeChild []int32
	lastChild uint64 // highest Child sent

	byParent   table // parent id + 1 -> parents
	parents    []parent
	freeParent []int32

	parentLimits ParentLimits
}

// instrument is the limits and the exposure of one instrument.
type instrument struct {
	limits    Limits
	set       bool // limits, global and parent limits are set
	tick      market.Price
	lot       market.Qty
	position  market.Qty // filled, bought minus sold
	openBuys  market.Qty // worst-case leaves of open and pending buys
	openSells market.Qty
}

// child is one open order.
type child struct {
	id         uint64
	pendID     uint64 // the pending replace; 0 = none
	qty        market.Qty
	sent       market.Qty // qty as it was sent; Restated may lower qty
	pendQty    market.Qty
	cum        market.Qty
	price      market.Price // 0 = market
	pendPrice  market.Price
	parent     int32 // slot; its parent outlives it
	instrument market.InstrumentID
	side       market.Side
}

// worst is the most this order may still trade, whatever the venue decides on a
// pending replace.
func (c *child) worst() market.Qty {
	w := c.qty
	if c.pendID != 0 {
		w = max(w, c.pendQty)
	}
	return max(0, w-c.cum)
}

// parent is one open parent order.
type parent struct {
	id     uint32
	closed bool // CloseParent was called; kept until its last child ends
	live   int32
	terms  ParentTerms
	cum    market.Qty // filled by its children
	open   market.Qty // worst-case leaves of its children
}

// New builds a gate. It refuses limits that are out of range or set in part, and
// reports every fault; limits that are not set at all deny everything they bound.
func New(cfg *Config) (*Gate, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	gl := cfg.Global
	g := &Gate{
		rate:         newRate(gl.MaxMessages, gl.Window),
		reserve:      gl.CancelReserve,
		instruments:  make([]instrument, len(cfg.Instruments)),
		byChild:      newTable(2*gl.MaxOpenOrders + 1), // an order and its pending replace
		children:     make([]child, gl.MaxOpenOrders),
		freeChild:    make([]int32, gl.MaxOpenOrders),
		byParent:     newTable(gl.MaxParents + 1),
		parents:      make([]parent, gl.MaxParents),
		freeParent:   make([]int32, gl.MaxParents),
		parentLimits: cfg.Parent,
	}
	for i := range g.freeChild {
		g.freeChild[i] = int32(len(g.freeChild) - 1 - i)
	}
	for i := range g.freeParent {
		g.freeParent[i] = int32(len(g.freeParent) - 1 - i)
	}
	for i := range g.instruments {
		in := &g.instruments[i]
		in.tick, in.lot = cfg.Instruments[i].Tick, cfg.Instruments[i].Lot
		if i < len(cfg.Limits) {
			in.limits = cfg.Limits[i]
		}
		in.set = in.limits != (Limits{}) && gl != (Global{}) && cfg.Parent != (ParentLimits{})
	}
	return g, nil
}

// at is the instrument, or nil when it is not configured.
func (g *Gate) at(id market.InstrumentID) *instrument {
	if int(id) >= len(g.instruments) {
		return nil
	}
	return &g.instruments[id]
}

// child is the open order that id names, itself or its pending replace; nil = none.
func (g *Gate) child(id uint64) *child {
	if s := g.byChild.get(id); s >= 0 {
		return &g.children[s]
	}
	return nil
}

// parent is the parent with this id, closed ones with live children included.
func (g *Gate) parent(id uint32) *parent {
	if s := g.byParent.get(uint64(id) + 1); s >= 0 {
		return &g.parents[s]
	}
	return nil
}

// Open is the number of open orders: live and pending new.
func (g *Gate) Open() int { return len(g.children) - len(g.freeChild) }

// Position is the gate's count of one instrument, shares: filled (bought minus
// sold), and the worst-case leaves of open buys and sells.
func (g *Gate) Position(id market.InstrumentID) (filled, openBuys, openSells market.Qty) {
	if in := g.at(id); in != nil {
		return in.position, in.openBuys, in.openSells
	}
	return 0, 0, 0
}

// Parent is the gate's count of one open parent, shares: filled, and the
// worst-case leaves of its children; ok is false when it is not known.
func (g *Gate) Parent(id uint32) (cum, open market.Qty, ok bool) {
	if p := g.parent(id); p != nil {
		return p.cum, p.open, true
	}
	return 0, 0, false
}
