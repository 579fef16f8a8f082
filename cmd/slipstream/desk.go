package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"slipstream/bench/desk"
	"slipstream/cmd/slipstream/internal/config"
	"slipstream/cmd/slipstream/internal/term"
)

// newDesk is `slipstream desk --config FILE [--script FILE] [--log] [--json]`.
func newDesk() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "desk",
		Short: "Play an execution desk: send a script of parent orders and check the answers",
		Long: `desk logs on to the daemon's gateway over FIX 4.4, sends the orders, replaces and cancels of a
script at their times, and ends when every parent has ended. It checks what it is told:
quantities that do not add up, a fill told twice or an order that never ends make the exit code 1.`,
		Example: "  slipstream desk --config examples/desk.toml",
		Args:    cobra.NoArgs,
	}
	path := cmd.Flags().String("config", "", "the desk's configuration (required)")
	script := cmd.Flags().String("script", "", "file with the orders, instead of the configuration's")
	verbose := cmd.Flags().Bool("log", false, "print every FIX message to standard error")
	asJSON := jsonFlag(cmd)
	required(cmd, "config")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := config.LoadDesk(*path)
		if err != nil {
			return err
		}
		if *script != "" {
			file.Client.Script = *script
		}
		orders, err := desk.Load(file.Client.Script)
		if err != nil {
			return usageError{err}
		}
		cfg := file.ClientConfig()
		screen := cmd.ErrOrStderr()
		if *verbose {
			log := &fixLog{w: screen}
			defer log.close()
			cfg.Log = log.line
			screen = io.Discard // no progress line between the messages
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		result, err := playScript(ctx, screen, cfg, orders)
		if errors.Is(err, desk.ErrNoLogon) {
			err = fmt.Errorf("%w: is the daemon running, has it logged desk_gateway_open, and is %s one of its desk.sessions?", err, cfg.SenderCompID)
		}
		if result == nil {
			return err
		}
		if err == nil && (!result.Complete || len(result.Violations) > 0) {
			err = shown(errors.New("the run is not in order"))
		}
		if *asJSON {
			return errors.Join(err, printJSON(cmd.OutOrStdout(), result))
		}
		return errors.Join(err, showDesk(cmd.OutOrStdout(), result))
	}
	return cmd
}

// fixLog prints what FIX sessions log, from whatever goroutine, until it is closed:
// a session may say its last word after it has ended.
type fixLog struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
}

func (l *fixLog) line(event, session, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		fmt.Fprintf(l.w, "%s %s %s %s\n", time.Now().UTC().Format("15:04:05.000000"), event, session, text)
	}
}

func (l *fixLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// playScript runs the desk, with a progress line on a terminal.
func playScript(ctx context.Context, stderr io.Writer, cfg desk.Config, orders *desk.Script) (*desk.Result, error) {
	progress := term.NewProgress(stderr)
	defer progress.Done()
	type answer struct {
		result *desk.Result
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		result, err := desk.Run(ctx, cfg, orders)
		done <- answer{result, err}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for begin := time.Now(); ; {
		select {
		case a := <-done:
			return a.result, a.err
		case <-tick.C:
			progress.Update(0, 0, "desk %s: %d orders and changes, %.0f s of at most %.0f s", cfg.SenderCompID, len(orders.Steps),
				time.Since(begin).Seconds(), (cfg.LogonWait + cfg.Bound).Seconds())
		}
	}
}

func showDesk(w io.Writer, r *desk.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s %-8s %-7s %-4s %9s %9s %6s  %s\n", "parent", "symbol", "algo", "side", "qty", "filled", "fills", "state")
	for _, p := range r.Parents {
		fmt.Fprintf(&b, "%-14s %-8s %-7s %-4s %9d %9d %6d  %s", p.ClOrdID, p.Symbol, p.Algo, p.Side, p.Qty, p.CumQty, len(p.Fills), p.StatusText)
		if p.Text != "" {
			fmt.Fprintf(&b, ": %s", p.Text)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\n%d requests refused or rejected, %d logons, %d old orders left out of resends\n", r.Rejects, r.Logons, r.NotResent)
	if !r.Complete {
		b.WriteString("FAILED: not every parent ended, or not every request was answered, in time\n")
	}
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "FAILED: %s\n", v)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
