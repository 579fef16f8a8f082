package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"slipstream/bench/desk"
	"slipstream/cmd/slipstream/internal/report"
	"slipstream/cmd/slipstream/internal/term"
)

// Bounds of each wait.
const (
	openBound  = 60 * time.Second // a LOBSTER day is applied up to --from first
	startBound = 30 * time.Second
	stopBound  = 15 * time.Second
	tailBound  = 10 * time.Second
	minSeconds = 5
	maxSeconds = 3600
)

// Validate judges the options, opens the day that is to be replayed, and chooses what was
// left open.
func (o *Options) Validate() error {
	switch {
	case o.Seconds < minSeconds || o.Seconds > maxSeconds:
		return fmt.Errorf("--seconds %d: want %d to %d", o.Seconds, minSeconds, maxSeconds)
	case o.Speed < 0 || o.Speed > maxSpeed:
		return fmt.Errorf("--speed %d: want 1 to %d, or 0 for what suits the flow", o.Speed, maxSpeed)
	case o.LossPpm < 0 || o.LossPpm > 500_000:
		return fmt.Errorf("--loss-ppm %d: want 0 to 500000", o.LossPpm)
	case o.Seed < 0:
		return fmt.Errorf("--seed %d is negative", o.Seed)
	}
	return o.market()
}

// Run runs the demo in dir, which must be empty, with program, this binary; the
// options are valid. The Demo is judged; an error means that it could not be run to its end.
func Run(ctx context.Context, program, dir string, o Options, progress *term.Progress) (*report.Demo, error) {
	if o.Lobster != "" {
		abs, err := filepath.Abs(o.Lobster)
		if err != nil {
			return nil, err
		}
		o.Lobster = abs
	}
	progress.Update(0, 0, "demo: preparing")
	if err := check(o.script()); err != nil {
		return nil, err
	}
	if err := o.write(dir); err != nil {
		return nil, err
	}
	out, err := trade(ctx, program, dir, &o, progress)
	if err != nil {
		return nil, err
	}
	progress.Update(0, 0, "demo: replaying the tape and the journal")
	return judge(dir, &o, out)
}

// outcome is what the processes left.
type outcome struct {
	desk  *desk.Result
	found []string // violations seen on the way
}

// trade starts the three processes, waits for the desk's end, and stops them: the
// exchange first, so that the daemon sees the end of the feed. Before that whatever
// stopped new orders on the way must be over.
func trade(ctx context.Context, program, dir string, o *Options, progress *term.Progress) (_ *outcome, err error) {
	var running []*process
	defer func() {
		for _, p := range running {
			select {
			case <-p.done:
			default:
				p.kill()
			}
		}
	}()
	run := func(name string, args ...string) (*process, error) {
		p, err := start(program, dir, name, args...)
		if err == nil {
			running = append(running, p)
		}
		return p, err
	}
	// The daemon is there before the exchange: the market's clock runs from its opening,
	// and the first parent should come into the market's first seconds.
	daemon, err := run("daemon", "run", "--config", "daemon.toml", "--report", "daemon.json")
	if err != nil {
		return nil, err
	}
	if err := daemon.await("daemon_started", startBound); err != nil {
		return nil, err
	}
	venue, err := run("venue", "venue", "--config", "venue.toml", "--report", "venue.json")
	if err != nil {
		return nil, err
	}
	progress.Update(0, 0, "demo: the exchange opens")
	if err := venue.await("venue_open", openBound); err != nil {
		return nil, err
	}
	if err := daemon.await("desk_gateway_open", startBound); err != nil {
		return nil, err
	}
	client, err := run("desk", "desk", "--config", "desk.toml", "--json")
	if err != nil {
		return nil, err
	}
	if err := watch(ctx, client, venue, daemon, o, progress); err != nil {
		return nil, err
	}
	out := &outcome{desk: &desk.Result{}}
	if client.err != nil {
		out.found = append(out.found, client.ended().Error())
	}
	if err := json.NewDecoder(bytes.NewReader(client.out.Bytes())).Decode(out.desk); err != nil {
		return nil, fmt.Errorf("demo: the desk's answer: %w: %w", err, client.fault())
	}
	if err := daemon.awaitPosture("clear", tailBound); err != nil {
		out.found = append(out.found, err.Error())
	}
	progress.Update(0, 0, "demo: the exchange closes")
	if err := venue.stop(syscall.SIGUSR1, stopBound); err != nil {
		return nil, err
	}
	if err := daemon.await("feed_ended", tailBound); err != nil {
		out.found = append(out.found, err.Error())
	}
	if err := daemon.stop(syscall.SIGTERM, stopBound); err != nil {
		out.found = append(out.found, err.Error())
	}
	return out, nil
}

// watch waits for the desk with a progress line; an early end of another process is
// an error.
func watch(ctx context.Context, client, venue, daemon *process, o *Options, progress *term.Progress) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	bound := time.NewTimer(time.Duration(o.Seconds)*time.Second + openBound)
	defer bound.Stop()
	for {
		select {
		case <-client.done:
			return nil
		case <-venue.done:
			return errors.Join(errors.New("demo: the exchange ended early"), venue.ended(), venue.fault())
		case <-daemon.done:
			return errors.Join(errors.New("demo: the daemon ended early"), daemon.ended(), daemon.fault())
		case <-ctx.Done():
			return ctx.Err()
		case <-bound.C:
			return fmt.Errorf("demo: the desk is not done after %s: %w", time.Since(begin).Round(time.Second), client.fault())
		case <-tick.C:
			progress.Update(int64(time.Since(begin).Seconds()), o.Seconds, "demo: trading, %d parents", len(parents))
		}
	}
}

// readJSON reads one of the end states.
func readJSON(dir, name string, v any) error {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("demo: %s: %w", name, err)
	}
	return nil
}
