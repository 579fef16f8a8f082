// Package venue wires the simulated exchange of one process: market, order entry,
// lines, event log, signals. Start reading at Run.
package venue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"slipstream/bench/exchange"
	"slipstream/bench/exchange/fixgate"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/internal/market"
)

// Report is the exchange's end state.
type Report struct {
	Opened    time.Time        `json:"opened"` // decides the day of the market
	Summary   exchange.Summary `json:"summary"`
	Gate      fixgate.Stats    `json:"fix"`
	Fills     int              `json:"fills"`      // of members, as the exchange counts them
	FilledQty market.Qty       `json:"filled_qty"` // shares; a trade between two member orders counts twice
	Dump      *exchange.Dump   `json:"dump"`
}

// event opens a log line of the exchange.
func event(log zerolog.Logger, name string) *zerolog.Event {
	return log.Info().Str("ts", now()).Str("component", "venue").Str("event", name)
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z") }

// fingerprint says which model drives the market, with which parameters and seed.
func fingerprint(flow exchange.Flow) string {
	if flow == nil {
		return "none"
	}
	return flow.Fingerprint()
}

// inUse names the key of a port that another process has, and what to do.
func inUse(key string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s: %w: stop what uses the port or choose another", key, err)
	}
	return err
}

// Run runs the exchange until its session ends, a signal suspends it, or ctx is done.
// The Report is complete when err is nil.
func Run(ctx context.Context, file *config.VenueFile, stderr io.Writer) (rep *Report, err error) {
	log := zerolog.New(zerolog.SyncWriter(stderr))
	rep = &Report{Opened: time.Now().UTC()}
	if err := os.MkdirAll(file.Exchange.StateDir, 0o755); err != nil {
		return nil, fmt.Errorf("exchange.state_dir: %w: choose a folder that can be written", err)
	}
	mc, closeFlow, err := file.OpenMarket(rep.Opened)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeFlow()) }()
	lc, err := file.LiveConfig(mc)
	if err != nil {
		return nil, err
	}
	gc, err := file.GateConfig()
	if err != nil {
		return nil, err
	}
	gc.Log = func(kind, session, text string) {
		if kind == "event" || kind == "guard" {
			event(log, "fix_"+kind).Str("session", session).Msg(text)
		}
	}
	gate, err := fixgate.New(gc)
	if err != nil {
		return nil, inUse("fix.listen", err)
	}
	lc.OnExecs = func(execs []exchange.Exec) {
		for i := range execs {
			if execs[i].Kind == exchange.ExecTrade {
				rep.Fills++
				rep.FilledQty += execs[i].LastQty
			} else if execs[i].Kind == exchange.ExecBusted {
				rep.Fills--
				rep.FilledQty -= execs[i].LastQty
			}
		}
		gate.OnExecs(execs)
	}
	live, err := exchange.OpenLive(lc)
	if err != nil {
		return nil, errors.Join(inUse("lines.recovery_listen", err), gate.Close())
	}
	if err := gate.Start(live); err != nil {
		return nil, fmt.Errorf("fix: %w", err)
	}
	rebuilt, cut := live.Recovered()
	event(log, "venue_open").Str("fix", gate.Addr().String()).Str("recovery", live.RetransmitAddr().String()).
		Bool("rebuilt", rebuilt).Int64("torn_bytes", cut).Uint64("sequence", live.Market().Sequence()).
		Str("flow", fingerprint(mc.Flow)).Send()
	if live.Market().Ended() { // killed in its last second, or started again after it
		log.Warn().Str("ts", now()).Str("component", "venue").Str("event", "venue_session_over").
			Msg("the session in exchange.state_dir has ended and only its end is published again: remove the folder for a new session")
	}

	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				event(log, "venue_signal").Str("signal", s.String()).Send()
				if s == syscall.SIGUSR1 {
					live.Stop()
				} else {
					live.Suspend()
				}
			case <-done:
				return
			}
		}
	}()
	rep.Summary, err = live.Run(ctx)
	signal.Stop(signals)
	close(done)
	err = errors.Join(err, gate.Err(), gate.Close())
	rep.Gate, rep.Dump = gate.Stats(), live.Market().Dump()
	event(log, "venue_stopped").Bool("suspended", rep.Summary.IsSuspended).Uint64("sequence", rep.Summary.LastSequence).
		Str("tape_hash", rep.Dump.TapeHash).Int("fills", rep.Fills).Send()
	return rep, err
}
