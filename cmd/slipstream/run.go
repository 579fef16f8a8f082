package main

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/daemon"
)

// newRun is `slipstream run --config FILE [--abandon] [--report FILE]`.
func newRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon",
		Long: `run starts the daemon: it follows the feed, logs on to the venue, and opens the desk gateway as
soon as orders can be worked. The log is JSON lines (docs/logs.md); everything that went in and
every decision is in the journal.

SIGINT and SIGTERM shut down in order: every child is canceled, the venue is logged out, the
desks are told. SIGUSR1 is the kill switch: no new orders, every child canceled, until SIGUSR2.
SIGHUP reads [policy] of the configuration again and swaps to its bundles between two decisions.
A run goes on where the last one of the day ended, in order or by a kill: with its positions,
ClOrdIDs and numbers, and, as engine.recover says, with its open orders. --abandon begins without
them, under the kill switch.
At the end counters, latencies and books are written to --report, by default
last-run.json in daemon.state_dir.`,
		Example: "  slipstream run --config examples/daemon.toml",
		Args:    cobra.NoArgs,
	}
	path := cmd.Flags().String("config", "", "the daemon's configuration (required)")
	abandon := cmd.Flags().Bool("abandon", false, "begin without the orders of the run before: a person has dealt with them")
	report := cmd.Flags().String("report", "", "file for the end state (default: last-run.json in state_dir)")
	required(cmd, "config")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := config.LoadDaemon(*path)
		if err != nil {
			return err
		}
		open := daemon.Open
		if *abandon {
			open = daemon.OpenAbandoning
		}
		d, err := open(cfg, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		switches := make(chan os.Signal, 4)
		signal.Notify(switches, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP)
		defer signal.Stop(switches)
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case s := <-switches:
					switch s {
					case syscall.SIGUSR1:
						d.Kill()
					case syscall.SIGUSR2:
						d.Rearm()
					case syscall.SIGHUP:
						reload(d, *path)
					}
				}
			}
		}()
		err = d.Run(ctx)
		if *report == "" {
			*report = filepath.Join(cfg.Process.StateDir, "last-run.json")
		}
		if werr := writeReport(*report, d.Final()); err == nil {
			err = werr
		}
		return err
	}
	return cmd
}

// reload reads [policy] of the configuration again; a fault is logged and changes nothing.
func reload(d *daemon.Daemon, path string) {
	cfg, err := config.LoadDaemon(path)
	if err == nil && cfg.Policy.Bundle == "" {
		err = errors.New("policy.bundle is empty: without a policy from the next start on")
	}
	if err == nil {
		err = d.LoadPolicy(&cfg.Policy)
	}
	if err != nil {
		d.PolicyRefused(err)
	}
}
