package engine

import (
	"slipstream/fix"
	"slipstream/internal/market"
)

// ParentView is a copy of what the engine knows of one parent, for reports.
type ParentView struct {
	ID         uint64
	ClOrdID    fix.ClOrdID // last accepted
	Desk       uint8
	Algo       market.Algo
	Tactic     market.Tactic
	Side       market.Side
	Instrument market.InstrumentID
	Qty        market.Qty
	Limit      market.Price // 0 = none
	Start, End market.Nanos
	Cum, Open  market.Qty
	AvgPx      market.Price
	Status     fix.OrdStatus
}

// Parents is how many parents were accepted; their ids are 1 to Parents.
func (e *Engine) Parents() int { return len(e.parents) }

// OpenParents is how many of them have not ended.
func (e *Engine) OpenParents() int { return len(e.active) }

// Parent copies one parent; ok is false for an id never given. Call it on the
// Engine's goroutine.
func (e *Engine) Parent(id uint64) (v ParentView, ok bool) {
	if id == 0 || id > uint64(len(e.parents)) {
		return v, false
	}
	p := &e.parents[id-1]
	return ParentView{
		ID: p.id, ClOrdID: p.clOrdID, Desk: p.desk, Algo: p.algo, Tactic: p.tactic, Side: p.side, Instrument: p.inst,
		Qty: p.terms.qty, Limit: p.terms.limit, Start: p.terms.start, End: p.terms.end,
		Cum: p.cum, Open: p.open, AvgPx: p.nominal.over(p.cum), Status: p.status(),
	}, true
}

// Date is Config.Date: ClOrdIDs carry it.
func (e *Engine) Date() market.Nanos { return e.cfg.Date }

// Posture is why new orders may not leave now; 0 = they may.
func (e *Engine) Posture() Posture { return e.posture }

// Epoch counts the runs on this session state; ClOrdIDs of children carry it.
func (e *Engine) Epoch() uint64 { return e.sess.Epoch() }

// NextFeedSeq is the MoldUDP64 sequence number expected next.
func (e *Engine) NextFeedSeq() uint64 { return e.arb.NextSeq() }
