package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"slipstream/bench/exchange"
	"slipstream/bench/exchange/fixgate"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/internal/market"
)

// venueReport is the exchange's end state.
type venueReport struct {
	Opened   time.Time        `json:"opened"` // decides the day of the market
	Summary  exchange.Summary `json:"summary"`
	Gate     fixgate.Stats    `json:"fix"`
	Fills    int              `json:"fills"`      // of members, as the exchange counts them
	FilledQt market.Qty       `json:"filled_qty"` // shares; a trade between two member orders counts twice
	Dump     *exchange.Dump   `json:"dump"`
}

// newVenue is `slipstream venue --config FILE [--seconds N] [--lobster FILE] [--report FILE]`.
func newVenue() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "venue",
		Short: "Run the simulated exchange",
		Long: `venue publishes TotalView-ITCH 5.0 in MoldUDP64 on two multicast lines, with faults, answers
retransmission requests, and takes orders over FIX 4.4.

Every order is written to a log in exchange.state_dir before it is applied, so a venue that was
killed or stopped goes on where it was when it is started again: the same book, the same order
references, the same FIX sequence numbers. SIGINT and SIGTERM stop it like that. Its session ends
for good, with the books published as closed, after run_seconds or on SIGUSR1.`,
		Example: "  slipstream venue --config examples/venue.toml",
		Args:    cobra.NoArgs,
	}
	path := cmd.Flags().String("config", "", "the exchange's configuration (required)")
	seconds := cmd.Flags().Int64("seconds", -1, "lifetime in seconds, instead of exchange.run_seconds")
	lobster := cmd.Flags().String("lobster", "", "LOBSTER zip, instead of exchange.lobster")
	report := cmd.Flags().String("report", "", "file for the end state (default: last-run.json in state_dir)")
	required(cmd, "config")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := config.LoadVenue(*path)
		if err != nil {
			return err
		}
		if *seconds >= 0 {
			file.Exchange.Seconds = *seconds
		}
		if *lobster != "" {
			file.Exchange.Flow, file.Exchange.Lobster = "lobster", *lobster
		}
		if *report == "" {
			*report = filepath.Join(file.Exchange.StateDir, "last-run.json")
		}
		log := zerolog.New(zerolog.SyncWriter(cmd.ErrOrStderr()))
		return runVenue(cmd, file, log, *report)
	}
	return cmd
}

// venueEvent opens a log line of the exchange.
func venueEvent(log zerolog.Logger, name string) *zerolog.Event {
	return log.Info().Str("ts", time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z")).Str("component", "venue").Str("event", name)
}

func runVenue(cmd *cobra.Command, file *config.VenueFile, log zerolog.Logger, path string) (err error) {
	rep := &venueReport{Opened: time.Now().UTC()}
	if err := os.MkdirAll(file.Exchange.StateDir, 0o755); err != nil {
		return fmt.Errorf("exchange.state_dir: %w", err)
	}
	mc, closeFlow, err := file.OpenMarket(rep.Opened)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFlow()) }()
	lc, err := file.LiveConfig(mc)
	if err != nil {
		return err
	}
	gc := file.GateConfig()
	gc.Log = func(event, session, text string) {
		if event == "event" || event == "guard" {
			venueEvent(log, "fix_"+event).Str("session", session).Msg(text)
		}
	}
	gate, err := fixgate.New(gc)
	if err != nil {
		return fmt.Errorf("fix: %w", err)
	}
	lc.OnExecs = func(execs []exchange.Exec) {
		for i := range execs {
			if execs[i].Kind == exchange.ExecTrade {
				rep.Fills++
				rep.FilledQt += execs[i].LastQty
			}
		}
		gate.OnExecs(execs)
	}
	live, err := exchange.OpenLive(lc)
	if err != nil {
		return errors.Join(err, gate.Close())
	}
	if err := gate.Start(live); err != nil {
		return fmt.Errorf("fix: %w", err)
	}
	rebuilt, cut := live.Recovered()
	venueEvent(log, "venue_open").Str("fix", gate.Addr().String()).Str("recovery", live.RetransmitAddr().String()).
		Bool("rebuilt", rebuilt).Int64("torn_bytes", cut).Uint64("sequence", live.Market().Sequence()).Send()

	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				venueEvent(log, "venue_signal").Str("signal", s.String()).Send()
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
	rep.Summary, err = live.Run(cmd.Context())
	signal.Stop(signals)
	close(done)
	err = errors.Join(err, gate.Err(), gate.Close())
	rep.Gate, rep.Dump = gate.Stats(), live.Market().Dump()
	venueEvent(log, "venue_stopped").Bool("suspended", rep.Summary.IsSuspended).Uint64("sequence", rep.Summary.LastSequence).
		Str("tape_hash", rep.Dump.TapeHash).Int("fills", rep.Fills).Send()
	return errors.Join(err, writeReport(path, rep))
}

// writeReport puts v into a file as JSON, whole or not at all.
func writeReport(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
