package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"slipstream/internal/testdata"
)

// keyLine replaces the line of a key in a file of the stage.
func (s *stage) keyLine(file, key, line string) {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		s.t.Fatal(err)
	}
	re := regexp.MustCompile(`(?m)^` + key + ` = .*$`)
	if !re.Match(b) {
		s.t.Fatalf("%s has no %s", file, key)
	}
	s.write(file, re.ReplaceAllString(string(b), line))
}

// value is what stands behind a key, without quotes.
func (s *stage) value(file, key string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		s.t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + key + ` = "?([^"\n]*)"?`).FindSubmatch(b)
	if m == nil {
		s.t.Fatalf("%s has no %s", file, key)
	}
	return string(m[1])
}

func holdTCP(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

const (
	messageRows = "34200.1,1,11,100,1000000,1\n34200.2,1,12,100,1000100,-1\n34200.3,1,13,50,999900,1\n"
	bookRows    = "9999999999,0,1000000,100\n1000100,100,1000000,100\n1000100,100,1000000,100\n"
)

// lobsterDay is a LOBSTER zip of a few rows.
func lobsterDay(t *testing.T) string { return lobsterZip(t, "day.zip", messageRows, bookRows) }

// lobsterZip is a LOBSTER zip of the rows given; a file without rows is left out.
func lobsterZip(t *testing.T, name, message, book string) string {
	t.Helper()
	var pairs []string
	for _, f := range [...][2]string{{"message", message}, {"orderbook", book}} {
		if f[1] != "" {
			pairs = append(pairs, "AMZN_2012-06-21_34200000_57600000_"+f[0]+"_1.csv", f[1])
		}
	}
	return testdata.Zip(t, name, pairs...)
}

// Whatever is wrong, a command says in one line what, where and what to do, and ends
// with 1 or 2; nothing panics.
func TestBadInput(t *testing.T) {
	run := []string{"run", "--config", "daemon.toml"}
	venue := []string{"venue", "--config", "venue.toml"}
	desk := []string{"desk", "--config", "desk.toml"}
	for _, c := range []struct {
		name string
		edit func(*stage)
		args []string
		code int
		want string // all of these, "|" between
	}{
		{"no such configuration of the daemon", nil, []string{"run", "--config", "nope.toml"}, 2, "nope.toml: cannot be read: no such file or directory"},
		{"no such configuration of the exchange", nil, []string{"venue", "--config", "nope.toml"}, 2, "nope.toml: cannot be read"},
		{"no such configuration of the desk", nil, []string{"desk", "--config", "nope.toml"}, 2, "nope.toml: cannot be read"},
		{"no such script", nil, append(desk, "--script", "nope.toml"), 2, "desk script: open nope.toml: no such file or directory"},
		{"an unknown key of the daemon", func(s *stage) { s.keyLine("daemon.toml", "slice_seconds", "slice_secs = 1") }, run, 2, "daemon.toml:|engine.slice_secs: unknown key: did you mean slice_seconds?"},
		{"an unknown key of the exchange", func(s *stage) { s.keyLine("venue.toml", "seed", "sede = 1") }, venue, 2, "venue.toml:2:1: exchange.sede: unknown key: did you mean seed?"},
		{"an unknown key of the desk", func(s *stage) { s.keyLine("desk.toml", "bound_seconds", "bound_secs = 1") }, desk, 2, "desk.toml:4:1: client.bound_secs: unknown key"},
		{"the desks' port is taken", func(s *stage) { holdTCP(s.t, s.value("daemon.toml", "listen")) }, run, 1, "desk.listen: |address already in use: stop what uses the port or choose another"},
		{"the exchange's FIX port is taken", func(s *stage) { holdTCP(s.t, s.value("venue.toml", "listen")) }, venue, 1, "fix.listen: |address already in use: stop what uses the port or choose another"},
		{"the retransmission port is taken", func(s *stage) {
			c, err := net.ListenPacket("udp4", s.value("venue.toml", "recovery_listen"))
			if err != nil {
				s.t.Fatal(err)
			}
			s.t.Cleanup(func() { c.Close() })
		}, venue, 1, "lines.recovery_listen: |address already in use: stop what uses the port or choose another"},
		{"the daemon's state folder cannot be made", func(s *stage) {
			s.write("file", "")
			s.keyLine("daemon.toml", "state_dir", `state_dir = "file/state"`)
		}, run, 1, "daemon.state_dir: mkdir file: not a directory: choose a folder that can be written"},
		{"the exchange's state folder cannot be made", func(s *stage) {
			s.write("file", "")
			s.keyLine("venue.toml", "state_dir", `state_dir = "file/state"`)
		}, venue, 1, "exchange.state_dir: mkdir file: not a directory: choose a folder that can be written"},
		{"no daemon is there", func(s *stage) {
			s.keyLine("desk.toml", "bound_seconds", "bound_seconds = 5\nlogon_wait_seconds = 1")
		}, desk, 1, "no Logon from 127.0.0.1:|is the daemon running"},
		{"no such LOBSTER file", nil, append(venue, "--lobster", "nope.zip"), 1, "exchange.lobster, from 10:00:00: |nope.zip: no such file or directory: want a LOBSTER zip"},
		{"a LOBSTER file that is none", func(s *stage) { s.write("bad.zip", "no zip") }, append(venue, "--lobster", "bad.zip"), 1, "exchange.lobster, |bad.zip: zip: not a valid zip file: want a LOBSTER zip"},
		{"another day's stock", func(s *stage) { s.keyLine("venue.toml", "symbol", `symbol = "AAPL"`) }, append(venue, "--lobster", lobsterDay(t)), 1, "exchange.lobster: |is a day of AMZN, and [[instruments]] lists AAPL"},
		{"the exchange opens outside the day", func(s *stage) { s.keyLine("venue.toml", "seed", `from = "03:00:00"`) }, append(venue, "--lobster", lobsterDay(t)), 1, "from 03:00:00: |is not within the day's file (09:30:00 to 16:00:00)"},
		{"a demo of no such day", nil, []string{"demo", "--lobster", "nope.zip"}, 2, "--lobster and --from: |nope.zip: no such file or directory"},
		{"a demo outside the day", nil, []string{"demo", "--lobster", lobsterDay(t), "--from", "16:00:00"}, 2, "--lobster and --from: |16:00:00 is not within the day's file (09:30:00 to 16:00:00)"},
		{"a demo at no time of day", nil, []string{"demo", "--from", "25:00"}, 2, `--from "25:00": want HH:MM:SS`},
		{"a demo of no such flow", nil, []string{"demo", "--flow", "noise"}, 2, `--flow "noise": want reactive, queue-reactive, poisson, or a day with --lobster`},
		{"a demo of two flows", nil, []string{"demo", "--flow", "poisson", "--lobster", lobsterDay(t)}, 2, "--flow poisson and --lobster |: give one of them"},
		{"a demo of no such scenario", nil, []string{"demo", "--scenario", "doom"}, 2, `--scenario: flow: no scenario "doom": want one of calm, flash-crash`},
		{"a scenario of a flow that has none", nil, []string{"demo", "--flow", "poisson", "--scenario", "calm"}, 2, "--scenario calm: scenarios are of the reactive market, and the flow is poisson"},
		{"a demo faster than can be", nil, []string{"demo", "--speed", "1001"}, 2, "--speed 1001: want 1 to 1000, or 0 for what suits the flow"},
		{"a demo too short", nil, []string{"demo", "--seconds", "1"}, 2, "--seconds 1: want 5 to 3600"},
		{"a demo kept in a folder with files", nil, []string{"demo", "--keep", "."}, 2, "--keep .: want a new or an empty folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			if c.edit != nil {
				c.edit(s)
			}
			p := start(t, s.dir, c.args[0], c.args...)
			code := p.Wait()
			lines := p.Lines()
			text := strings.Join(lines, "\n")
			if code != c.code || strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") {
				t.Errorf("exit code %d, want %d: %s", code, c.code, text)
			}
			said := ""
			for _, line := range lines {
				if strings.HasPrefix(line, "slipstream: ") {
					said += line
				} else if line != "" && !strings.HasPrefix(line, "Run 'slipstream ") && !strings.HasPrefix(line, "{") {
					t.Errorf("more than one line: %q", line)
				}
			}
			for _, want := range strings.Split(c.want, "|") {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in %q", want, said)
				}
			}
		})
	}
}
