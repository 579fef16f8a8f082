package daemon

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/engine/learned"
	"slipstream/engine/takeup"
	"slipstream/fix"
	"slipstream/fix/session"
	"slipstream/internal/market"
)

// before is the run before this one.
type before struct {
	run     string       // its name; empty: there is none
	found   takeup.Found // as its files and ring were left
	last    *takeup.Last // as it stood at its end; nil: not taken over
	parents int          // open at its end
	took    time.Duration
}

// skipNumbers is how many MsgSeqNums are left out when the journal's end may be lost with the
// host: more than a second can use. The venue fills the gap.
const skipNumbers = 10_000

// findBefore completes the journal of the run before and, if that is of this day and not to
// be abandoned, rebuilds it. It moves st on to where that run ended.
func (d *Daemon) findBefore(st *session.State) error {
	ring, err := d.ringPath()
	if err != nil {
		return err
	}
	began := time.Now()
	dir := d.cfg.Process.Journal()
	found, err := takeup.Find(dir, ring)
	if found == nil {
		return err
	}
	d.before = before{run: found.Run, found: *found}
	if found.Header.Start >= d.start {
		return fmt.Errorf("run %s began at a later time than it is now: set the clock: runs follow each other by their start", found.Run)
	}
	if d.abandon { // whatever its journal looks like
		var began session.State
		if journal.DecodeState(found.Header.State, &began) != nil {
			return nil // not even its header can be read
		}
		return st.Outlive(&began)
	}
	if err == nil || errors.Is(err, takeup.ErrGone) {
		today, derr := d.isToday(found.Header.Start, found.End)
		if derr != nil || !today {
			return derr
		}
	}
	if err == nil {
		d.before.last, err = takeup.Rebuild(dir, found.Run, d.configureBefore)
	}
	if err == nil {
		err = d.sameDesks(found.Header.Config)
	}
	if err == nil {
		skip := uint64(0)
		if found.Lost {
			skip = skipNumbers
		}
		err = st.Continue(d.before.last.State, skip)
	}
	if err != nil {
		return d.cannotTakeOver(err)
	}
	d.before.parents = d.before.last.Engine.OpenParents()
	d.before.took = time.Since(began)
	return nil
}

// isToday reports whether one of the times, a run's first and last, is of the exchange's present
// day: orders are day orders, and a run may have begun the evening before.
func (d *Daemon) isToday(times ...market.Nanos) (bool, error) {
	now, err := d.cfg.Feed.Midnight(time.Unix(0, int64(d.start)))
	for _, at := range times {
		then, derr := d.cfg.Feed.Midnight(time.Unix(0, int64(at)))
		if err != nil || derr != nil || then == now {
			return true, errors.Join(err, derr)
		}
	}
	return false, err
}

// sameDesks holds the desks' sessions against those of the run before: a parent knows its desk by
// the place in the list.
func (d *Daemon) sameDesks(text []byte) error {
	was, err := config.ParseDaemon("configuration in the journal", text)
	if err != nil {
		return err
	}
	for i, old := range was.Desk.Sessions {
		if i < len(d.cfg.Desk.Sessions) {
			if now := d.cfg.Desk.Sessions[i]; now.SenderCompID == old.SenderCompID && now.TargetCompID == old.TargetCompID && now.Version == old.Version {
				continue
			}
		}
		return fmt.Errorf("desk.sessions: number %d was %s, %s: within a day sessions can only be added at the end", i+1, old.TargetCompID, old.Version)
	}
	return nil
}

// cannotTakeOver says what to do when the run before cannot be taken over.
func (d *Daemon) cannotTakeOver(err error) error {
	return fmt.Errorf("run %s of today cannot be taken over: %w: compare orders and positions with the venue and cancel there "+
		"what is open, then start once with --abandon", d.before.run, err)
}

// configureBefore is the engine's configuration of a run of the journal. Passwords, which the
// journal does not hold, are this run's.
func (d *Daemon) configureBefore(h *journal.Header) (engine.Config, error) {
	return configure(h, filepath.Join(d.cfg.Process.StateDir, PoliciesFolder), d.cfg)
}

func configure(h *journal.Header, policies string, secrets *config.Daemon) (engine.Config, error) {
	cfg, err := config.ParseDaemon("configuration in the journal", h.Config)
	if err != nil {
		return engine.Config{}, err
	}
	if secrets != nil {
		cfg.TakePasswords(secrets)
	}
	ec, err := cfg.EngineConfig(h.Start)
	if err != nil {
		return ec, err
	}
	known, err := learned.LoadAll(policies, ec.MaxParents)
	if err != nil {
		return ec, err
	}
	ec.FindPolicy = known.Find
	return ec, nil
}

// begin makes the engine; it goes on with what the run before left, if that is taken over.
func (d *Daemon) begin(cfg engine.Config, state *session.State, h *journal.Header) (err error) {
	last := d.before.last
	if last == nil {
		d.eng, err = takeup.Begin(cfg, state, nil)
		return err
	}
	if d.eng, err = takeup.Begin(cfg, state, last.Engine); errors.Is(err, engine.ErrTakeOver) {
		return d.cannotTakeOver(err)
	}
	last.Engine = nil // its books are not needed any more
	h.Previous = d.before.found.Header.Start
	return err
}

func (d *Daemon) ringPath() (string, error) {
	return takeup.RingPath(d.cfg.Process.StateDir, d.cfg.Process.RingDir)
}

// doubt throws the kill switch before the first step when orders may be open that this run
// does not know: only a person can say (SIGUSR2).
func (d *Daemon) doubt() {
	if d.inDoubt() {
		d.loop.Submit(&fix.Command{Kind: fix.Kill})
	}
}

func (d *Daemon) inDoubt() bool {
	return d.before.run != "" && (d.abandon || d.before.last != nil && d.before.found.Lost)
}

// logBefore says what was done about the run before.
func (d *Daemon) logBefore() {
	b := &d.before
	if b.run == "" {
		return
	}
	name := "run_taken_over"
	switch {
	case d.abandon:
		name = "run_abandoned"
	case b.last == nil:
		name = "run_of_another_day"
	}
	e := d.event(name).Str("run", b.run).Bool("clean", b.found.Clean).Bool("tail_lost", b.found.Lost && b.last != nil).
		Int64("torn_bytes", b.found.Torn).Int("ring_records", b.found.Added)
	if b.last != nil {
		e = e.Int("parents_open", b.parents).Int("runs", b.last.Runs).Uint64("inputs", b.last.Inputs).Int64("took_ms", b.took.Milliseconds())
	}
	e.Send()
}

// redeliver sends the desks what the runs before had made and no store has.
func (d *Daemon) redeliver() error {
	if d.before.last == nil {
		return nil
	}
	n, err := d.gateway.Redeliver(d.before.last.Reports)
	d.before.last = nil
	if err != nil {
		return fmt.Errorf("desk: reports of the run before: %w", err)
	}
	if n > 0 {
		d.event("reports_redelivered").Int("reports", n).Send()
	}
	return nil
}
