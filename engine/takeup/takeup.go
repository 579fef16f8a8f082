package takeup

import (
	"errors"
	"fmt"
	"runtime/debug"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/fix"
	"slipstream/fix/session"
)

// Found is the newest run of a journal.
type Found struct {
	Run    string
	Header journal.Header
	Lost   bool // its end may be missing: the host went down, or the ring is gone or of another run
	journal.Repaired
}

// ErrGone says that the ring is of a run that the journal's folder does not hold.
var ErrGone = errors.New("takeup: the journal of the last run is gone")

// Find finds the newest run in the folder dir and completes its files from the ring at
// ringPath. Nil without an error: there is no run. An error of the journal's means that the
// run cannot be taken over; with ErrGone, Found is the ring's run and has its Start alone.
func Find(dir, ringPath string) (*Found, error) {
	runs, err := journal.Runs(dir)
	if err != nil {
		return nil, err
	}
	left, err := openLeft(ringPath)
	if errors.Is(err, ErrRing) {
		left = nil // a host that went down may leave anything
	} else if err != nil {
		return nil, err
	}
	if left != nil {
		defer left.Close()
		h := journal.Header{Start: left.start}
		if name := journal.RunName(&h); len(runs) == 0 || runs[len(runs)-1] < name {
			return &Found{Run: name, Header: h, Lost: true}, fmt.Errorf("%w: %s holds no run %s, of which %s is the ring: put it back", ErrGone, dir, name, ringPath)
		}
	}
	if len(runs) == 0 {
		return nil, nil
	}
	f := &Found{Run: runs[len(runs)-1]}
	r, err := journal.Open(dir, f.Run)
	if err != nil {
		return f, err
	}
	f.Header = *r.Header()
	if err := r.Close(); err != nil {
		return f, err
	}
	if name := journal.RunName(&f.Header); name != f.Run { // a copy would stand for the newest run
		return f, fmt.Errorf("takeup: %s holds the files of run %s under the name %s: move them elsewhere", dir, name, f.Run)
	}
	next := func() []byte { return nil }
	// Of another boot, what the kernel wrote back of the ring may be of any time.
	exact := left != nil && left.start == f.Header.Start && left.boot != "" && left.boot == bootID()
	if exact {
		next = left.next
	}
	if f.Repaired, err = journal.Repair(dir, f.Run, next); err != nil {
		return f, err
	}
	// A run that began in doubt and has no record died before it could throw its kill switch.
	f.Lost = !f.Clean && (!exact || left.Fault() || f.Header.Doubt && f.End == 0)
	return f, nil
}

// Configure makes the engine's configuration of a run from what its journal carries.
type Configure func(h *journal.Header) (engine.Config, error)

// Last is a run as it stood at its end.
type Last struct {
	Engine  *engine.Engine
	State   *session.State // the numbers, with the Engine's last Step
	Reports []fix.Report   // the newest of the day, for desks whose stores lack some; at most ReportsMax
	Runs    int            // of the day
	Inputs  uint64
}

// ReportsMax is how many reports Rebuild keeps: more than the rings and outboxes between
// engine and desks' stores can hold.
const ReportsMax = 1 << 17

// ErrDiffers says that the replay of a run did not give what the run had sent.
var ErrDiffers = errors.New("takeup: the replay differs from the run")

// Rebuild replays the day's runs up to this one, each taking over the one before, and compares
// what they sent to venue and desks with what the journal holds. Last is there also with
// ErrDiffers.
func Rebuild(dir, run string, configure Configure) (last *Last, err error) {
	chain, err := Chain(dir, run)
	if err != nil {
		return nil, err
	}
	defer func() { // an input that ends the process must not end each start as well
		if p := recover(); p != nil {
			last, err = nil, fmt.Errorf("takeup: run %s: the replay panics: %v\n%s", run, p, debug.Stack())
		}
	}()
	last = &Last{}
	var differs error
	for _, name := range chain {
		err := last.replay(dir, name, configure)
		if err != nil {
			err = fmt.Errorf("run %s: %w", name, err)
		}
		switch {
		case errors.Is(err, ErrDiffers):
			differs = errors.Join(differs, err)
		case err != nil:
			return nil, err
		}
	}
	last.Reports = last.newest()
	return last, differs
}

// Chain lists the runs that led to run, the day's first one first.
func Chain(dir, run string) ([]string, error) {
	var chain []string
	for at := run; at != ""; {
		chain = append([]string{at}, chain...)
		r, err := journal.Open(dir, at)
		if err != nil {
			if len(chain) > 1 {
				err = fmt.Errorf("run %s took over run %s: %w", chain[1], at, err)
			}
			return nil, err
		}
		before := journal.PreviousRun(r.Header())
		if err := r.Close(); err != nil {
			return nil, err
		}
		if before >= at {
			return nil, fmt.Errorf("takeup: run %s says that it took over the later run %s", at, before)
		}
		at = before
	}
	return chain, nil
}

// Start builds the Engine of a run as it stood before its first Step; before is the Engine at
// the end of the run that it took over, nil if it took over none.
func Start(h *journal.Header, cfg engine.Config, before *engine.Engine) (*engine.Engine, *session.State, error) {
	st := new(session.State)
	if err := journal.DecodeState(h.State, st); err != nil {
		return nil, nil, fmt.Errorf("the journal's session state: %w", err)
	}
	eng, err := Begin(cfg, st, before)
	return eng, st, err
}

// Begin builds the Engine of a run that takes over from before, or from none if that is nil: a
// run and its replay begin alike. An error of the take-over wraps engine.ErrTakeOver.
func Begin(cfg engine.Config, st *session.State, before *engine.Engine) (*engine.Engine, error) {
	if before != nil {
		cfg.Date = before.Date() // ClOrdIDs carry it: it is that of the day's first run
	}
	eng, err := engine.New(cfg, st)
	if err == nil && before != nil {
		err = eng.TakeOver(before)
	}
	return eng, err
}

// replay steps one run.
func (l *Last) replay(dir, run string, configure Configure) error {
	r, err := journal.Open(dir, run)
	if err != nil {
		return err
	}
	defer r.Close()
	cfg, err := configure(r.Header())
	if err != nil {
		return fmt.Errorf("the journal's configuration: %w", err)
	}
	if l.Engine, l.State, err = Start(r.Header(), cfg, l.Engine); err != nil {
		return err
	}
	res, err := journal.Replay(r, l)
	if err != nil {
		return err
	}
	l.Runs++
	l.Inputs += res.Inputs
	if n := res.Differs[journal.Output] + res.Differs[journal.Report]; n != 0 {
		return fmt.Errorf("%w: %d messages, the first difference of all: %v", ErrDiffers, n, res.FirstMismatch)
	}
	return nil
}

// Step implements journal.Core: it keeps the newest reports.
func (l *Last) Step(in *engine.Input) *engine.Effects {
	fx := l.Engine.Step(in)
	if len(l.Reports) >= 2*ReportsMax {
		l.Reports = l.Reports[:copy(l.Reports, l.newest())]
	}
	l.Reports = append(l.Reports, fx.Reports...)
	return fx
}

func (l *Last) newest() []fix.Report { return l.Reports[max(0, len(l.Reports)-ReportsMax):] }
