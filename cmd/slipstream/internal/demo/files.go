package demo

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"slipstream/bench/desk"
	"slipstream/bench/imitate"
	"slipstream/internal/market"
)

// Options are the demo's flags.
type Options struct {
	Seconds  int64 // of trading, 5 to 3600
	Seed     int64
	Flow     string // one of Flows; empty = reactive, or the day of Lobster
	Scenario string // of the reactive market; empty = none
	Lobster  string // LOBSTER zip
	From     string // time of day, HH:MM:SS
	Speed    int64  // market seconds per second of the clock, 1 to 1000; 0 = as suits the flow
	LossPpm  int64  // of packets, on each line
	Network  string // where it runs, in words

	listed []string // symbols of the exchange, by Validate
	halts  bool     // trading is halted on the way, likewise
}

// ports that the kernel has picked.
type ports struct{ venue, desk, recovery, lineA, lineB int }

// pickPorts asks the kernel for free ports. They are free again a moment until the
// processes take them; in a namespace of its own nobody else does.
func pickPorts() (p ports, err error) {
	for _, at := range []*int{&p.venue, &p.desk} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return p, fmt.Errorf("demo: no TCP port on the loopback interface: %w", err)
		}
		defer l.Close()
		*at = l.Addr().(*net.TCPAddr).Port
	}
	for _, at := range []*int{&p.recovery, &p.lineA, &p.lineB} {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			return p, fmt.Errorf("demo: no UDP port on the loopback interface: %w", err)
		}
		defer c.Close()
		*at = c.LocalAddr().(*net.UDPAddr).Port
	}
	return p, nil
}

const lines = `session = "SLIPSTREAM"
group_a = "239.192.77.1"
port_a = %d
group_b = "239.192.77.2"
port_b = %d
`

const venueFile = `[exchange]
seed = %d
flow = "%s"
%s%sfrom = "%s"
speed_times = %d
speed_from = "first_order"
state_dir = "venue.state"

[lines]
%srecovery_listen = "127.0.0.1:%d"
heartbeat_ms = 100
loss_a_ppm = %d
loss_b_ppm = %d

[fix]
listen = "127.0.0.1:%d"
`

const daemonFile = `[daemon]
name = "demo"
state_dir = "daemon.state"

[feed]
%srecovery = "127.0.0.1:%d"
gap_wait_us = 20_000 # three processes share the machine: a line may be late
timezone = "UTC"

[venue]
address = "127.0.0.1:%d"
account = "DEMO"
reconnect_ms = 50
reconnect_max_ms = 50 # it is there before the exchange

[desk]
listen = "127.0.0.1:%d"
store_sync = false

[[desk.sessions]]
target_comp_id = "DEMODESK"

[engine]
slice_seconds = %d
decision_interval_ms = 100
volume_curve = "u_shape"

[policy]
bundle = "twap.bundle" # imitates the passive TWAP: it shows the way, not a profit

[risk]
max_messages = 200
window_ms = 1000
cancel_reserve_messages = 50
max_open_orders = 512
max_open_parents = 64
max_parent_qty = 100_000
max_parent_notional_usd = "50000000"
`

const instrumentFile = `
[[instruments]]
symbol = "%s"
tick_usd = "0.01"
`

const limitsFile = `
[instruments.limits]
max_order_qty = 2_000
max_order_notional_usd = "1000000"
collar_bps = 50     # AMZN's spread is 5 to 6, AAPL's half of it
max_spread_bps = 75 # beyond it there is no market to take from
reference_max_age_ms = 30_000
max_long_qty = 50_000
max_short_qty = 50_000
`

const deskFile = `[client]
address = "127.0.0.1:%d"
sender_comp_id = "DEMODESK"
bound_seconds = %d
script = "script.toml"
`

// write puts the three configurations and the desk's script into dir.
func (o *Options) write(dir string) error {
	p, err := pickPorts()
	if err != nil {
		return err
	}
	lines := fmt.Sprintf(lines, p.lineA, p.lineB)
	venue := fmt.Sprintf(venueFile, o.Seed, o.Flow, given("lobster", o.Lobster), given("scenario", o.Scenario), o.From, o.Speed, lines, p.recovery, o.LossPpm, o.LossPpm, p.venue)
	daemon := fmt.Sprintf(daemonFile, lines, p.recovery, p.venue, p.desk, max(o.Seconds/20, 1))
	for _, s := range o.listed {
		venue += fmt.Sprintf(instrumentFile, s)
		daemon += fmt.Sprintf(instrumentFile, s) + limitsFile
	}
	for name, text := range map[string]string{
		"venue.toml": venue, "daemon.toml": daemon,
		"desk.toml": fmt.Sprintf(deskFile, p.desk, o.Seconds+20), "script.toml": o.script(),
		"twap.bundle": string(imitate.TWAPBundle),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// given is the line of a key that has a value.
func given(key, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("%s = %q\n", key, value)
}

// parent is one line of the desk's script.
type parent struct {
	name, side, algo, tactic, extra string
	qty                             int
	algoID                          market.Algo
}

// AMZN trades some 40 shares a second at ten o'clock and AAPL 120, by themselves, so that in
// four minutes of market these are a tenth of the one and less of the other.
var parents = []parent{
	{"TWAP-TAKER", "buy", "twap", "taker", "", 200, market.TWAP},
	{"TWAP-PASSIVE", "sell", "twap", "passive", "", 500, market.TWAP},
	{"VWAP", "sell", "vwap", "passive", "", 300, market.VWAP},
	{"POV", "buy", "pov", "passive", "participation_ppm = 100_000\n", 1000, market.POV},
	{"IS", "buy", "is", "passive", "urgency_milli = 2000\n", 300, market.IS},
	{"IS-TAKER", "sell", "is", "taker", "urgency_milli = 3000\n", 600, market.IS},
	{"LEARNED", "buy", "learned", "passive", "", 300, market.LEARNED},
}

// script is the desk's day: every parent within the first tenth, a replace at a third
// and a cancel at half of the time; all ends are at four fifths.
func (o *Options) script() string {
	var b strings.Builder
	ms := o.Seconds * 1000
	for i, p := range parents {
		at := 100 + ms/80*int64(i)
		fmt.Fprintf(&b, "[[step]]\nat_ms = %d\nkind = \"new\"\ncl_ord_id = %q\nsymbol = %q\nside = %q\nqty_shares = %d\nord_type = \"market\"\nalgo = %q\ntactic = %q\n%send_after_ms = %d\n\n",
			at, p.name, o.listed[i%len(o.listed)], p.side, p.qty, p.algo, p.tactic, p.extra, ms*4/5-at)
	}
	fmt.Fprintf(&b, "[[step]]\nat_ms = %d\nkind = \"replace\"\ncl_ord_id = \"TWAP-TAKER-R\"\norig_cl_ord_id = \"TWAP-TAKER\"\nqty_shares = 300\nord_type = \"market\"\n\n", ms/3)
	fmt.Fprintf(&b, "[[step]]\nat_ms = %d\nkind = \"cancel\"\ncl_ord_id = \"VWAP-C\"\norig_cl_ord_id = \"VWAP\"\n", ms/2)
	return b.String()
}

// check parses the script, so that a fault in it is found before anything starts.
func check(script string) error {
	_, err := desk.Parse([]byte(script))
	return err
}
