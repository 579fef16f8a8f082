package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"slipstream/internal/market"
)

// check judges what no single key can: how keys fit together.
func (c *Daemon) check(j *judge) {
	instruments(j, c.Instruments)
	for i, in := range c.Instruments {
		if l := in.Limits; l != nil && l.MaxLong == 0 && l.MaxShort == 0 {
			j.cross(fmt.Sprintf("instruments[%d].limits", i), "max_long_qty and max_short_qty are both 0: no order could ever pass")
		}
	}
	if c.Risk != nil && c.Risk.CancelReserve >= c.Risk.MaxMessages {
		j.cross("risk.cancel_reserve_messages", "%d: must be below max_messages (%d), or no new order could ever pass", c.Risk.CancelReserve, c.Risk.MaxMessages)
	}
	f := &c.Feed
	if f.GroupA == f.GroupB && f.PortA == f.PortB {
		j.cross("feed.group_b", "both lines are %s:%d: each packet would come twice on one line, and a gap could not be told", f.GroupA, f.PortA)
	}
	c.Venue.check(j)
	c.Desk.check(j, c.Instruments)
	if e := &c.Engine; e.Close <= e.Open {
		j.cross("engine.session_close", "%s is not after session_open, %s", e.Close, e.Open)
	}
	if c.Policy.Challenger != "" && c.Policy.Bundle == "" {
		j.cross("policy.challenger", "is given, but no bundle: there is nobody to challenge")
	}
	powerOfTwo(j, "daemon.command_ring_records", c.Process.Commands)
	powerOfTwo(j, "daemon.report_ring_records", c.Process.Reports)
	powerOfTwo(j, "daemon.journal_ring_bytes", c.Process.JournalBuf)
}

func (v *Venue) check(j *judge) {
	if v.ReconnectMax < v.Reconnect {
		j.cross("venue.reconnect_max_ms", "%d is below reconnect_ms, %d", v.ReconnectMax, v.Reconnect)
	}
	if v.SenderCompID == v.TargetCompID {
		j.cross("venue.target_comp_id", "%q is our sender_comp_id as well", v.TargetCompID)
	}
	for _, a := range strings.Fields(v.Alternates) {
		if err := hostPort(a); err != nil {
			j.cross("venue.alternates", "%v", err)
		}
	}
	if v.CancelAfter > 0 && !v.CancelOnDisc {
		j.cross("venue.cancel_after_ms", "is given without cancel_on_disconnect = true")
	}
	if t := v.TLS; t != nil && (t.CertFile == "") != (t.KeyFile == "") {
		j.cross("venue.tls.key_file", "cert_file and key_file go together: give both, or neither")
	}
	if v.Schedule != nil {
		v.Schedule.check(j, v.Reset)
	}
	if v.Password != "" && v.PasswordFile != "" {
		j.cross("venue.password_file", "given as well as password: give one of them")
	}
	if v.PasswordFile == "" {
		return
	}
	text, err := os.ReadFile(v.PasswordFile)
	if err != nil {
		j.cross("venue.password_file", "%s: %s", v.PasswordFile, cause(err))
		return
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if v.filePassword = &line; line == "" {
		j.cross("venue.password_file", "%s: its first line is empty", v.PasswordFile)
	}
}

func (s *VenueSchedule) check(j *judge, resetOnLogon string) {
	for _, w := range strings.Fields(s.Days) {
		if _, ok := weekday(w); !ok {
			j.cross("venue.schedule.days", "%q is no day: want some of %s", w, strings.Join(weekdays[:], ", "))
		}
	}
	if (s.StartDay == "none") != (s.EndDay == "none") {
		j.cross("venue.schedule.end_day", "start_day and end_day go together: give both, or neither")
	}
	if s.StartDay != "none" && s.Days != "" {
		j.cross("venue.schedule.days", "a session that lasts from start_day to end_day has no days")
	}
	if s.Reset != "none" && resetOnLogon == "ours" {
		j.cross("venue.schedule.reset", "%q says nothing more: with venue.reset_on_logon = \"ours\" every Logon starts both numbers at 1", s.Reset)
	}
}

func (d *Desk) check(j *judge, instruments []Instrument) {
	if len(d.Sessions) == 0 {
		j.cross("desk", "no desk may log on: add a table [[desk.sessions]]")
	}
	if len(d.Sessions) > 64 {
		j.cross("desk.sessions", "%d desks, at most 64", len(d.Sessions))
	}
	seen := map[[2]string]int{}
	for i, s := range d.Sessions {
		pair := [2]string{s.SenderCompID, s.TargetCompID}
		if first, twice := seen[pair]; twice {
			j.cross(fmt.Sprintf("desk.sessions[%d].target_comp_id", i), "%q is session %d as well", s.TargetCompID, first)
		}
		seen[pair] = i
	}
	for i := range d.Sessions {
		d.checkSession(j, i, instruments)
	}
}

// checkSession judges what the words of one session name.
func (d *Desk) checkSession(j *judge, i int, instruments []Instrument) {
	s := &d.Sessions[i]
	at := fmt.Sprintf("desk.sessions[%d].", i)
	for _, w := range strings.Fields(s.Symbols) {
		if !slices.ContainsFunc(instruments, func(in Instrument) bool { return in.Symbol == w }) {
			j.cross(at+"symbols", "%q is none of the instruments", w)
		}
	}
	for _, w := range strings.Fields(s.Algos) {
		if _, ok := algoNamed(w); !ok {
			j.cross(at+"algos", "%q is no algorithm: want some of TWAP, VWAP, POV, IS, LEARNED", w)
		}
	}
	for _, w := range strings.Fields(s.CopyOf) {
		if !slices.ContainsFunc(d.Sessions, func(o DeskSession) bool { return !o.DropCopy && o.TargetCompID == w }) {
			j.cross(at+"copy_of", "%q is the target_comp_id of no desk", w)
		}
	}
	if s.CopyOf != "" && !s.DropCopy {
		j.cross(at+"copy_of", "is for a drop copy: set drop_copy = true")
	}
	if s.CertName != "" && (d.TLS == nil || d.TLS.ClientCA == "") {
		j.cross(at+"cert_name", "needs desk.tls.client_ca_file: without it no desk shows a certificate")
	}
}

// instruments judges the list that the daemon's file and the venue's share.
func instruments(j *judge, list []Instrument) {
	if len(list) == 0 {
		j.cross("instruments", "none: add a table [[instruments]]")
	}
	if len(list) > 4096 {
		j.cross("instruments", "%d, at most 4096", len(list))
	}
	seen := map[string]int{}
	for i, in := range list {
		at := fmt.Sprintf("instruments[%d]", i)
		if first, twice := seen[in.Symbol]; twice {
			j.cross(at+".symbol", "%q is instrument %d as well", in.Symbol, first)
		}
		seen[in.Symbol] = i
		if in.Tick%USD(market.ITCHUnit) != 0 {
			j.cross(at+".tick_usd", "%q is no multiple of 0.0001, the finest price that ITCH knows", in.Tick)
		}
	}
}

func powerOfTwo(j *judge, key string, n int64) {
	if n&(n-1) != 0 {
		j.cross(key, "%d is no power of two", n)
	}
}

// cross notes a fault between keys, unless a key of the same table is at fault by
// itself: then the values here are not what the author meant.
func (j *judge) cross(key, format string, args ...any) {
	for i := range j.faults[:j.bound] {
		if parent(j.faults[i].Key) == parent(key) {
			return
		}
	}
	j.fault(key, format, args...)
}

// err is all faults in order of line, or nil.
func (j *judge) err() error {
	if len(j.faults) == 0 {
		return nil
	}
	j.faults.sort()
	return j.faults
}

// Warnings says what is allowed and probably not meant.
func (c *Daemon) Warnings() []string {
	var out []string
	if c.Risk == nil {
		out = append(out, "no [risk] limits: every order will be denied")
	}
	for _, in := range c.Instruments {
		if in.Limits == nil {
			out = append(out, fmt.Sprintf("no [instruments.limits] for %s: every order in it will be denied", in.Symbol))
		}
	}
	if c.Feed.Recovery == "" {
		out = append(out, "no feed.recovery: a gap on both lines cannot be filled and ends trading for the day")
	}
	if c.Process.CPU < 0 && c.Process.Idle == "spin" {
		out = append(out, "daemon.idle is spin without daemon.cpu: the spinning thread will wander between CPUs")
	}
	return out
}
