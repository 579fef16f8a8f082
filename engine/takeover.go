package engine

import (
	"errors"
	"fmt"

	"slipstream/fix"
)

// A run that ends, in order or by a kill, leaves parents, children and positions. The next
// run of the day builds an Engine by replaying that run's journal, and its own Engine takes
// over from it (docs/adr/0011). Books, arbiter and the venue's session are its own and new;
// to the orders a restart is a reconnect: each open child is asked about before anything
// new leaves.

// RecoverMode says what becomes of open parents that are taken over.
type RecoverMode uint8

const (
	RecoverCancel RecoverMode = iota // their children are canceled and they end as canceled
	RecoverResume                    // they go on, in their own window
)

// ErrTakeOver is wrapped by every reason why an Engine cannot go on with another's orders.
var ErrTakeOver = errors.New("engine: the orders of the run before cannot be taken over")

// TakeOver makes e, which has made no Step yet, go on with the orders of old: parents,
// children, ClOrdIDs, ExecIDs, counters, the gate's count, and what is latched. It copies;
// old is not changed. The first Step deals with the parents as Config.Recover says.
func (e *Engine) TakeOver(old *Engine) error {
	if err := e.fits(old); err != nil {
		return err
	}
	if err := e.gate.TakeOver(old.gate); err != nil {
		return fmt.Errorf("%w: %w", ErrTakeOver, err)
	}
	e.parents = append(e.parents, old.parents...)
	e.active = append(e.active, old.active...)
	copy(e.parentInst, old.parentInst[:len(old.parents)])
	for i := range old.clOrdIDs.keys {
		if k := &old.clOrdIDs.keys[i]; k.used {
			e.clOrdIDs.add(k.desk, &k.id, k.parent)
		}
	}
	e.execIDs.takeOver(&old.execIDs)
	e.children.takeOver(&old.children)
	copy(e.sentLog, old.sentLog)
	e.strays = old.strays
	for i := range old.inst {
		e.inst[i].shut = old.inst[i].shut
	}
	if e.downAt = old.downAt; old.linkUp {
		e.downAt = old.now // the connection ended with the process
	}
	for _, i := range e.active {
		e.replan(&e.parents[i])
	}
	e.stats = old.stats
	e.posture |= old.posture & (PostureKill | PostureUnknown)
	e.takenOver = true
	return nil
}

// fits says what keeps e from going on with old's orders.
func (e *Engine) fits(old *Engine) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrTakeOver}, args...)...)
	}
	if e.stats.Steps != 0 || len(e.parents) != 0 {
		return refuse("this engine has begun")
	}
	for i, in := range old.cfg.Instruments {
		if i >= len(e.cfg.Instruments) || e.cfg.Instruments[i] != in {
			return refuse("instrument %d was %s, with its tick and lot: within a day instruments can only be added at the end", i, in.Symbol)
		}
	}
	was, is := &old.cfg, &e.cfg
	switch {
	case was.Session.SenderCompID != is.Session.SenderCompID || was.Session.TargetCompID != is.Session.TargetCompID:
		return refuse("they are at the venue session %s to %s, this one is %s to %s", was.Session.SenderCompID, was.Session.TargetCompID,
			is.Session.SenderCompID, is.Session.TargetCompID)
	case was.Date != is.Date:
		return refuse("they are of another day")
	case e.Epoch() <= old.Epoch():
		return refuse("its run counter %d is not above %d: ClOrdIDs would come twice", e.Epoch(), old.Epoch())
	case len(old.parents) > is.MaxParents || old.clOrdIDs.n > e.clOrdIDs.max:
		return refuse("%d parents with %d ClOrdIDs do not fit MaxParents %d", len(old.parents), old.clOrdIDs.n, is.MaxParents)
	case old.execIDs.n > is.MaxFills:
		return refuse("%d ExecIDs do not fit MaxFills %d", old.execIDs.n, is.MaxFills)
	case was.MaxChildren != is.MaxChildren:
		return refuse("MaxChildren was %d and is %d: within a day it cannot change", was.MaxChildren, is.MaxChildren)
	}
	return nil
}

// takeOver copies old, of the same capacity, but for the counter: t's own run names what
// is new. What was being asked will be asked anew.
func (t *childTable) takeOver(old *childTable) {
	copy(t.slab, old.slab)
	copy(t.name, old.name)
	copy(t.free, old.free)
	t.head, t.n = old.head, old.n
	for i := range t.slab {
		c := &t.slab[i]
		c.ask, c.askRepl, c.asked = false, false, 0
	}
}

// takeOver copies old; what both hold fits. Fills keep their places: children name them.
func (t *execTable) takeOver(old *execTable) {
	t.fills = append(t.fills, old.fills...)
	for _, s := range old.slots {
		if s.hash != 0 {
			*t.at(s.hash) = s
		}
	}
	t.n = old.n
}

// replan computes the curve again, for the profile is this run's; the slice stays.
func (e *Engine) replan(p *parent) {
	length, index := p.sliceNanos, p.sliceIndex
	e.plan(p)
	if p.sliceNanos == length {
		p.sliceIndex = index
	}
	p.due = 0
}

// startTakenOver is the first Step's: the parents end, or go on. A cancel of the desk
// goes on as it was, and a parent whose time is over expires.
func (e *Engine) startTakenOver() {
	open := 0
	for _, i := range e.active {
		open += int(e.parents[i].nOpen)
	}
	e.event(EvTakenOver, int64(len(e.active)), int64(open), int64(e.cfg.Recover))
	for k := 0; k < len(e.active); {
		p := &e.parents[e.active[k]]
		if e.cfg.Recover == RecoverCancel && p.terms.end > e.now {
			e.endRestarted(p)
		}
		e.drive(p, ByTimer)
		if p.phase != done { // drive removes a done parent from active
			k++
		}
	}
}

func (e *Engine) endRestarted(p *parent) {
	was := p.phase
	if was != working && was != replacing {
		return
	}
	p.phase, p.restarted = stopping, true
	if was == replacing {
		e.refuseChange(p, fix.ReplaceParent, fix.ReasonRestart)
	}
}
