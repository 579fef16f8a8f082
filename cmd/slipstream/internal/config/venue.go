package config

// VenueFile is the file of `slipstream venue`, the simulated exchange.
type VenueFile struct {
	Exchange    Exchange     `toml:"exchange" doc:"The simulated exchange: its day, its background flow and its lifetime."`
	Line        Lines        `toml:"lines" doc:"Its multicast, and the faults put into it."`
	FIX         Acceptor     `toml:"fix" doc:"Its FIX acceptor."`
	Instruments []Instrument `toml:"instruments" doc:"What is listed, one table each, at least one."`
}

// Exchange is [exchange].
type Exchange struct {
	Seed      int64  `toml:"seed" default:"1" range:"0..9223372036854775807" doc:"Of the background flow and of the lines' faults: the same seed gives the same tape."`
	Flow      string `toml:"flow" default:"reactive" one:"none|poisson|queue-reactive|reactive|lobster" doc:"Background orders: none, a seeded Poisson flow, the published queue-reactive model, a calibrated market that reacts to our orders, or a real day replayed through the matcher."`
	Lobster   string `toml:"lobster" default:"" doc:"LOBSTER zip with message and order book file, for flow = \"lobster\"."`
	Events    int64  `toml:"events_per_second" default:"0" range:"0..1000000" doc:"Events of the Poisson flow on each instrument; 0 = as its parameters say."`
	Params    string `toml:"poisson_file" default:"" doc:"Parameters of the Poisson flow; empty = the built-in ones, of bench/flow/poisson.toml, which explains them."`
	Reactive  string `toml:"reactive_file" default:"" doc:"Parameters of the reactive market for every instrument, from slipstream calibrate; empty = the built-in ones of the instrument's symbol, or of AMZN."`
	Scenario  string `toml:"scenario" default:"" doc:"Change of the reactive market by name, such as calm, volatile or flash-crash; empty = none. docs/market-model.md lists them."`
	From      Clock  `toml:"from" default:"10:00:00" doc:"Time of day at which the exchange opens; a replayed day starts there."`
	Speed     int64  `toml:"speed_times" default:"1" range:"1..1000" doc:"How much faster than the clock the background flow runs."`
	SpeedFrom string `toml:"speed_from" default:"open" one:"open|first_order" doc:"From when on it runs so much faster: from the opening, or from the first order of a member, so that no market passes before anybody is there."`
	Seconds   int64  `toml:"run_seconds" default:"0" range:"0..86400" doc:"Lifetime; 0 = until a signal."`
	StateDir  string `toml:"state_dir" default:"slipstream-venue.state" doc:"Folder of the event log and the FIX sequence numbers, from which a restart resumes."`
	SelfMatch string `toml:"self_match" default:"cancel_resting" one:"cancel_resting|cancel_incoming|cancel_both" doc:"What happens when two orders of one participant would trade with each other."`
}

// Lines is [lines].
type Lines struct {
	Session   string `toml:"session" default:"SLIPSTREAM" form:"session" doc:"MoldUDP64 session, 10 characters."`
	GroupA    string `toml:"group_a" default:"239.192.0.1" form:"multicast" doc:"Multicast group of line A."`
	PortA     int64  `toml:"port_a" default:"26400" range:"1..65535" doc:"UDP port of line A."`
	GroupB    string `toml:"group_b" default:"239.192.0.2" form:"multicast" doc:"Multicast group of line B."`
	PortB     int64  `toml:"port_b" default:"26401" range:"1..65535" doc:"UDP port of line B."`
	Interface string `toml:"interface" default:"127.0.0.1" form:"ipv4" doc:"Address of the interface to send on. Packets leave with TTL 0, so they stay on this host."`
	Recovery  string `toml:"recovery_listen" default:"127.0.0.1:26410" form:"host:port" doc:"Where the retransmission server answers MoldUDP64 requests."`
	Heartbeat int64  `toml:"heartbeat_ms" default:"1000" range:"10..60000" doc:"Pause without data after which a heartbeat packet is sent."`
	LossA     int64  `toml:"loss_a_ppm" default:"2000" range:"0..1000000" doc:"Packets of line A that are lost, seeded; above 0 so that arbitration has work."`
	LossB     int64  `toml:"loss_b_ppm" default:"2000" range:"0..1000000" doc:"Packets of line B that are lost, seeded."`
	Duplicate int64  `toml:"duplicate_ppm" default:"500" range:"0..1000000" doc:"Packets of each line that are sent twice."`
	Reorder   int64  `toml:"reorder_ppm" default:"500" range:"0..1000000" doc:"Packets of each line that change places with the next one."`
}

// Acceptor is [fix].
type Acceptor struct {
	Listen       string `toml:"listen" default:"127.0.0.1:9001" form:"host:port" doc:"Where the daemon connects."`
	Version      string `toml:"version" default:"FIX.4.4" one:"FIX.4.2|FIX.4.4|FIX.5.0SP2" doc:"FIX version of the daemon's session; FIX.5.0SP2 is DefaultApplVerID(1137) 9 over FIXT.1.1."`
	SenderCompID string `toml:"sender_comp_id" default:"VENUE" form:"compid" doc:"SenderCompID(49) of the exchange."`
	TargetCompID string `toml:"target_comp_id" default:"SLIPSTREAM" form:"compid" doc:"TargetCompID(56): the daemon's."`
	Heartbeat    int64  `toml:"heartbeat_seconds" default:"10" range:"1..3600" doc:"Longest HeartBtInt(108) that is accepted as it is."`
	CancelOnDisc bool   `toml:"cancel_on_disconnect" default:"false" doc:"Cancel the daemon's live orders when its session ends, as many venues offer: after the daemon's death nothing rests that nobody watches."`

	TLS *AcceptorTLS `toml:"tls" doc:"With this table the daemon connects by TLS 1.2 or later."`
}

// AcceptorTLS is [fix.tls].
type AcceptorTLS struct {
	CertFile string `toml:"cert_file" doc:"PEM file of the exchange's certificate, and of those between it and its authority."`
	KeyFile  string `toml:"key_file" doc:"PEM file of its private key."`
	ClientCA string `toml:"client_ca_file" default:"" doc:"PEM file of the authorities of the daemon's certificate: without one of theirs it cannot connect. Empty = none is asked for."`
}

// LoadVenue reads and judges the exchange's file. The error is Faults.
func LoadVenue(path string) (*VenueFile, error) {
	c := &VenueFile{}
	_, err := load(path, c)
	return c, err
}

func (c *VenueFile) check(j *judge) {
	instruments(j, c.Instruments)
	switch x := &c.Exchange; {
	case x.Flow == "lobster" && x.Lobster == "":
		j.cross("exchange.lobster", "is empty, but flow is \"lobster\": name the zip file")
	case x.Flow != "lobster" && x.Lobster != "":
		j.cross("exchange.lobster", "is given, but flow is %q: set flow = \"lobster\" or leave it out", x.Flow)
	case x.Flow != "poisson" && (x.Params != "" || x.Events != 0):
		j.cross("exchange.flow", "is %q, but events_per_second or poisson_file is given: they are of \"poisson\"", x.Flow)
	case x.Flow != "reactive" && (x.Reactive != "" || x.Scenario != ""):
		j.cross("exchange.flow", "is %q, but reactive_file or scenario is given: they are of \"reactive\"", x.Flow)
	case x.Flow == "lobster" && len(c.Instruments) > 1:
		j.cross("instruments", "%d, but a LOBSTER file has one symbol", len(c.Instruments))
	}
	if l := &c.Line; l.GroupA == l.GroupB && l.PortA == l.PortB {
		j.cross("lines.group_b", "both lines are %s:%d", l.GroupA, l.PortA)
	}
}

// Warnings says what is allowed and probably not meant.
func (c *VenueFile) Warnings() []string {
	var out []string
	for _, in := range c.Instruments {
		if in.Limits != nil {
			out = append(out, "limits of "+in.Symbol+" have no meaning here: the exchange has no risk gate")
		}
	}
	return out
}
