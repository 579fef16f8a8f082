package loop

import (
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/internal/market"
)

// turn looks at every source once; busy is true when anything came.
func (l *Loop) turn() (busy bool) {
	now := l.stamp()
	l.stages[LoopGap].Record(int64(now - l.turnStart - l.slept))
	l.turnStart, l.slept = now, 0
	l.turns++
	l.count.add(Turns, 1)

	l.backpressure(now)
	busy = l.feed()
	busy = l.venueTurn() || busy
	busy = l.commands() || busy
	busy = l.timer() || busy
	l.kernelDrops()
	if l.inputs-l.marked >= uint64(l.cfg.MarkInputs) && l.journal.PutMark(l.last, false) {
		l.marked = l.inputs
	}
	return busy
}

func (l *Loop) stamp() market.Nanos {
	l.last = l.clock.now()
	return l.last
}

// commands takes kills first, then desk commands, unless reports have no place.
func (l *Loop) commands() (busy bool) {
	for l.urgent.Pop(&l.cmd) {
		l.count.add(CommandsTaken, 1)
		l.input(engine.InCommand, 0, nil, &l.cmd)
		busy = true
	}
	for range l.cfg.BurstPer {
		if l.spillHeld() {
			l.count.add(CommandsHeld, 1)
			break
		}
		if !l.desk.Pop(&l.cmd) {
			break
		}
		l.count.add(CommandsTaken, 1)
		l.input(engine.InCommand, 0, nil, &l.cmd)
		l.stepped.Add(1)
		busy = true
	}
	return busy
}

func (l *Loop) timer() bool {
	if l.stamp() < l.due {
		return false
	}
	l.count.add(Timers, 1)
	l.input(engine.InTimer, 0, nil, nil)
	return true
}

// todo is what a step led to that must itself be stepped.
type todo uint8

const (
	todoBlocked todo = 1 << iota
	todoDown
)

// input steps one event and what its effects lead to.
func (l *Loop) input(kind engine.Kind, line uint8, b []byte, cmd *fix.Command) {
	l.step(kind, line, b, cmd)
	for l.todo != 0 {
		l.followUp()
	}
}

// followUp steps one consequence of a write; a lost connection comes before a
// blocked one, which it ends.
func (l *Loop) followUp() {
	if l.todo&todoDown != 0 {
		l.todo = 0
		l.venueDown(l.broken)
		return
	}
	l.todo = 0
	l.writeBlock = l.last
	l.event(journal.EvVenueBlocked, int64(l.venue.unsent()), 0, 0)
	l.step(engine.InVenueBlocked, 0, nil, nil)
}

// step is the one place where the core runs: stamp, journal, Step, effects.
func (l *Loop) step(kind engine.Kind, line uint8, b []byte, cmd *fix.Command) {
	now := l.stamp()
	l.in.Kind, l.in.Line, l.in.Now, l.in.Bytes, l.in.Command = kind, line, now, b, cmd
	l.inputs++
	l.count.add(Inputs, 1)
	l.journal.PutInput(&l.in)
	eff := l.core.Step(&l.in)
	l.stages[StepTime].Record(int64(l.stamp() - now))
	l.apply(kind, now, eff)
}

// apply carries out effects: the venue first, the record last.
func (l *Loop) apply(kind engine.Kind, now market.Nanos, eff *engine.Effects) {
	if len(eff.Venue) > 0 {
		l.send(eff.Venue)
		if eff.NewOrders > 0 {
			l.count.add(NewOrders, uint64(eff.NewOrders))
			if stage := stageOf(kind); stage < StageCount {
				from := now
				if stage == TickToOrder {
					from = l.received
				}
				l.stages[stage].Record(int64(l.stamp() - from))
			}
		}
	}
	if len(eff.FeedRequest) > 0 {
		l.request(eff.FeedRequest)
	}
	if len(eff.Reports) > 0 {
		l.deliver(eff.Reports)
	}
	l.journal.PutEffects(now, eff)
	if n := len(eff.Decisions); n > 0 {
		l.count.add(Decisions, uint64(n))
	}
	if n := len(eff.Events); n > 0 {
		l.count.add(Events, uint64(n))
	}
	if kind == engine.InTimer {
		l.timed = now
	}
	l.due = l.timed + l.cfg.TimerMax // a busy feed must not put the timer off for ever
	if eff.Timer > 0 && eff.Timer < l.due {
		l.due = eff.Timer
	}
	l.finished = l.finished || eff.Done
	l.stayDown = eff.StayDown
	l.reportsMax = cap(eff.Reports)
	if eff.CloseVenue {
		l.closeVenue()
	}
}

// stageOf is where the latency of orders that an input led to is counted.
func stageOf(kind engine.Kind) Stage {
	switch kind {
	case engine.InPacket:
		return TickToOrder
	case engine.InTimer:
		return TimerToOrder
	case engine.InVenueBytes:
		return VenueToOrder
	case engine.InCommand:
		return DeskToOrder
	}
	return StageCount
}

// event records something that the loop itself has to say.
func (l *Loop) event(code engine.EventCode, a, b, c int64) {
	e := engine.Event{Now: l.last, Code: code, A: a, B: b, C: c}
	l.count.add(Events, 1)
	l.journal.PutEvent(&e)
}
