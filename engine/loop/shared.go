package loop

import (
	"errors"
	"fmt"
	"time"

	"slipstream/fix"
)

// What other threads may call.

// Submit hands a command to the core; false when too many wait (the gateway
// rejects with "not ready") or the loop has ended. Any goroutine may call it.
// Kill, Rearm and Shutdown have a lane of their own and are never behind desk
// commands; within a lane order is kept.
func (l *Loop) Submit(c *fix.Command) bool {
	l.submit.Lock()
	defer l.submit.Unlock()
	if l.ended.Load() {
		return false
	}
	switch c.Kind {
	case fix.Kill, fix.Rearm, fix.Shutdown:
		return l.urgent.Push(c)
	}
	ok := l.desk.Push(c)
	if ok {
		l.pushed++
	}
	return ok
}

// submitWait bounds SubmitJournaled.
const submitWait = time.Second

// SubmitJournaled is Submit that returns when the command is in the journal's ring and stepped:
// then a kill of the process cannot lose it any more, and the gateway may count the desk's
// message as received. It waits for at most a second; the command is then still under way.
func (l *Loop) SubmitJournaled(c *fix.Command) bool {
	l.submit.Lock()
	ok := !l.ended.Load() && l.desk.Push(c)
	if ok {
		l.pushed++
	}
	mine := l.pushed
	l.submit.Unlock()
	if !ok {
		return false
	}
	pause := time.NewTicker(50 * time.Microsecond)
	defer pause.Stop()
	for limit := time.Now().Add(submitWait); l.stepped.Load() < mine && time.Now().Before(limit); {
		select {
		case <-pause.C:
		case <-l.done:
			return true
		}
	}
	return true
}

// PollReport takes the next report for a desk; false when there is none. One
// goroutine calls it; after Done, until it is false.
func (l *Loop) PollReport(r *fix.Report) bool { return l.reports.Pop(r) }

// Done is closed when the loop has ended and its thread is gone.
func (l *Loop) Done() <-chan struct{} { return l.done }

// ErrNotDone says that Stop ended the loop although the core was not done: children
// may still be open at the venue.
var ErrNotDone = errors.New("loop: stopped before the engine was done: child orders may be open at the venue")

// Stop asks the core to shut down (cancel, then log out), and ends the loop when
// it is done or after StopNanos. It returns when the loop has ended. ErrNotDone
// is the answer when time ran out.
func (l *Loop) Stop() error {
	if !l.started.Load() {
		return errors.New("loop: Stop without Start")
	}
	if l.stopping.CompareAndSwap(false, true) {
		// The loop's own deadline holds even if the urgent lane is full.
		l.Submit(&fix.Command{Kind: fix.Shutdown})
	}
	bound := time.Duration(l.cfg.StopNanos+l.cfg.ReportNanos+l.cfg.LingerNanos) + 5*time.Second
	select {
	case <-l.done:
	case <-time.After(bound):
		return fmt.Errorf("loop: the hot thread did not end within %v: it hangs", bound)
	}
	if !l.clean.Load() {
		return ErrNotDone
	}
	return nil
}

// Connected reports whether the venue's transport is up.
func (l *Loop) Connected() bool { return l.up.Load() }

// Counters copies the counters.
func (l *Loop) Counters() (c Counters) {
	for i := range c {
		c[i] = l.count[i].Load()
	}
	return c
}

// Latency copies the histogram of a stage.
func (l *Loop) Latency(s Stage, into *HistSnapshot) { l.stages[s].Snapshot(into) }
