package config

// Daemon is the file of `slipstream run`.
type Daemon struct {
	Process     Process      `toml:"daemon" doc:"The process: its name, its folders and its processor."`
	Feed        Feed         `toml:"feed" doc:"The exchange's multicast: TotalView-ITCH 5.0 in MoldUDP64 on two lines."`
	Venue       Venue        `toml:"venue" doc:"The FIX session to the exchange, which takes the child orders. We are the initiator."`
	Desk        Desk         `toml:"desk" doc:"The FIX acceptor that takes the desks' parent orders, for FIX 4.2, 4.4 and 5.0SP2."`
	Engine      Engine       `toml:"engine" doc:"How parents are worked, and the sizes of the engine's tables."`
	Policy      Policy       `toml:"policy" doc:"The learned policy of LEARNED parents. SIGHUP reads this table again and swaps between two decisions."`
	Risk        *Risk        `toml:"risk" doc:"The limits of the whole gate. There are no defaults: without this table every order is denied."`
	Instruments []Instrument `toml:"instruments" doc:"What is traded, one table each, at least one. Other symbols on the feed are ignored."`
}

// Process is [daemon].
type Process struct {
	Name       string `toml:"name" default:"slipstream" form:"name" doc:"Name of this instance, in every log line; two on one host need two names."`
	StateDir   string `toml:"state_dir" default:"slipstream.state" doc:"Folder of the FIX sequence numbers and the desk's message store; it must survive a restart, or sequence numbers are lost."`
	JournalDir string `toml:"journal_dir" default:"" doc:"Folder of the journal of all inputs and decisions; empty = journal below state_dir."`
	LogPath    string `toml:"log_path" default:"-" doc:"File of the JSON log, opened for appending; - is standard error."`
	LogLevel   string `toml:"log_level" default:"info" one:"debug|info|warn|error" doc:"Lowest level that is written. The journal has everything whatever this says."`
	CPU        int64  `toml:"cpu" default:"-1" range:"-1..1023" doc:"CPU that the trading thread is pinned to; -1 leaves it to the kernel. Take an isolated one."`
	Idle       string `toml:"idle" default:"auto" one:"auto|spin|poll" doc:"What the trading thread does when nothing is there: spin burns its CPU and is fastest, poll sleeps in the kernel until a descriptor is ready, auto spins where there are two CPUs or more."`
	HeapAlarm  int64  `toml:"heap_alarm_bytes" default:"2147483648" range:"67108864..1099511627776" doc:"The collector is off while trading, for it stops the trading thread; a heap beyond this is collected all the same, with a warning in the log."`
	MaxProcs   int64  `toml:"max_procs" default:"0" range:"0..1024" doc:"GOMAXPROCS, fixed at the start because the runtime otherwise re-checks it and stops the world; 0 = as many CPUs as there are."`
	Commands   int64  `toml:"command_ring_records" default:"1024" range:"64..1048576" doc:"Desk commands that may wait for the trading thread, a power of two. Full, the gateway answers with a reject."`
	Reports    int64  `toml:"report_ring_records" default:"4096" range:"64..1048576" doc:"Reports that may wait for the desk gateway, a power of two; more are kept aside by the trading thread, and none is lost."`
	RingDir    string `toml:"journal_ring_dir" default:"" doc:"Folder of the ring to the journal's writer, a mapped file from which a killed run is completed; empty = state_dir. A folder in memory, as /dev/shm, spares the trading thread the disk's stalls; both survive a kill, neither a loss of power."`
	JournalBuf int64  `toml:"journal_ring_bytes" default:"67108864" range:"1048576..4294967296" doc:"Ring to the journal's writer, a power of two. Full, new orders stop until it has room; 64 MiB is seconds of the busiest feed."`
}

// Feed is [feed].
type Feed struct {
	Session     string `toml:"session" default:"" form:"session" doc:"MoldUDP64 session of the day, 10 characters; empty = the first one seen. Packets of another are dropped and counted."`
	GroupA      string `toml:"group_a" default:"239.192.0.1" form:"multicast" doc:"Multicast group of line A."`
	PortA       int64  `toml:"port_a" default:"26400" range:"1..65535" doc:"UDP port of line A."`
	GroupB      string `toml:"group_b" default:"239.192.0.2" form:"multicast" doc:"Multicast group of line B."`
	PortB       int64  `toml:"port_b" default:"26401" range:"1..65535" doc:"UDP port of line B."`
	InterfaceA  string `toml:"interface_a" default:"127.0.0.1" form:"ipv4" doc:"Address of the network interface that line A comes in on."`
	InterfaceB  string `toml:"interface_b" default:"127.0.0.1" form:"ipv4" doc:"Address of the network interface that line B comes in on; take another card."`
	Recovery    string `toml:"recovery" default:"" form:"host:port" doc:"Retransmission server, asked for what both lines missed; empty = none, then such a gap ends trading for the day."`
	RecvBuffer  int64  `toml:"receive_buffer_bytes" default:"8388608" range:"65536..1073741824" doc:"Kernel receive buffer of each line; 8 MiB holds a burst of 5,000 full packets while the thread is elsewhere."`
	HoldPackets int64  `toml:"hold_packets" default:"1024" range:"1..65536" doc:"Packets kept that came before their turn, 1.5 kB each. What finds no place is dropped and asked for again."`
	GapWait     int64  `toml:"gap_wait_us" default:"2000" range:"1..1000000" doc:"How long one line may lag before a gap counts as one on both; more than the skew of the lines, less than you dare to trade blind."`
	RequestEach int64  `toml:"request_every_ms" default:"5" range:"1..10000" doc:"Pause between two requests to the retransmission server."`
	RequestMax  int64  `toml:"request_tries" default:"50" range:"1..1000" doc:"Requests without any answer after which the messages count as lost and the books as stale."`
	SilentAfter int64  `toml:"silent_after_ms" default:"3000" range:"100..60000" doc:"No packet on any line for so long stops new orders. The exchange sends a heartbeat every second."`
	MaxOrders   int64  `toml:"max_orders" default:"262144" range:"1024..268435456" doc:"Orders open at once in all books, 48 bytes each; small enough to stay in cache, above the day's peak."`
	MaxLevels   int64  `toml:"max_levels" default:"65536" range:"1024..67108864" doc:"Price levels open at once in all books, 64 bytes each."`
	Timezone    string `toml:"timezone" default:"America/New_York" form:"timezone" doc:"Where the exchange's day begins at midnight: ITCH times count from there."`
}

// Venue is [venue] of the daemon's file.
type Venue struct {
	Address      string `toml:"address" form:"host:port" doc:"The exchange's FIX acceptor."`
	Alternates   string `toml:"alternates" default:"" doc:"More addresses of the same session, such as a second site that shares its sequence numbers, with a space between: tried in turn when one cannot be reached or does not hold."`
	Version      string `toml:"version" default:"FIX.4.4" one:"FIX.4.2|FIX.4.4|FIX.5.0SP2" doc:"FIX version; FIX.5.0SP2 is DefaultApplVerID(1137) 9 over FIXT.1.1."`
	SenderCompID string `toml:"sender_comp_id" default:"SLIPSTREAM" form:"compid" doc:"SenderCompID(49) of ours."`
	TargetCompID string `toml:"target_comp_id" default:"VENUE" form:"compid" doc:"TargetCompID(56), the exchange's."`
	Account      string `toml:"account" default:"" doc:"Account(1) on every order; empty = not sent."`
	Username     string `toml:"username" default:"" doc:"Username(553) of the Logon; empty = not sent."`
	Password     Secret `toml:"password" default:"" doc:"Password(554) of the Logon; empty = not sent. Better: password_file."`
	PasswordFile string `toml:"password_file" default:"" doc:"File whose first line is the password, readable by us alone; systemd's LoadCredential fills one."`
	Heartbeat    int64  `toml:"heartbeat_seconds" default:"10" range:"1..3600" doc:"HeartBtInt(108): a venue silent for this long is asked, and after that again dropped."`
	LogonTimeout int64  `toml:"logon_timeout_ms" default:"10000" range:"100..120000" doc:"From the connection to the venue's Logon."`
	LogoutWait   int64  `toml:"logout_timeout_ms" default:"2000" range:"100..60000" doc:"From our Logout to the venue's, before the connection is closed."`
	Reconnect    int64  `toml:"reconnect_ms" default:"500" range:"10..600000" doc:"First pause before connecting again."`
	ReconnectMax int64  `toml:"reconnect_max_ms" default:"10000" range:"10..600000" doc:"Longest pause; each failure doubles it up to here, so that a venue that restarts is not stormed."`
	MaxSkew      int64  `toml:"max_skew_seconds" default:"120" range:"0..3600" doc:"Greatest distance of the venue's SendingTime(52) from our clock; 0 = not checked."`
	ZeroPad      bool   `toml:"zero_pad" default:"false" doc:"Write sizes and sequence numbers with leading zeros in fixed widths; a few ns faster, refused by some venues."`
	AckTimeout   int64  `toml:"ack_timeout_ms" default:"2000" range:"50..60000" doc:"An order without any answer for so long is asked about by OrderStatusRequest(H)."`
	Reset        string `toml:"reset_on_logon" default:"never" one:"never|ours|venue" doc:"What is agreed about ResetSeqNumFlag(141): never, and a venue that sets it has lost reports (sequence loss); ours, every Logon of ours carries it; venue, we follow the one in the venue's answer. With ours or venue, missed reports are not resent: only OrderStatusRequest(H) tells them."`
	CancelOnDisc bool   `toml:"cancel_on_disconnect" default:"false" doc:"What is agreed: the venue cancels our orders when the connection ends. It is asked about each after the reconnect all the same, and what it still calls open is logged and canceled. Without, such orders are worked on."`
	CancelAfter  int64  `toml:"cancel_after_ms" default:"0" range:"0..3600000" doc:"With cancel_on_disconnect: how long after the end of the connection the venue cancels; after a shorter cut, open orders are expected."`

	TLS      *VenueTLS      `toml:"tls" doc:"With this table the connection is made by TLS 1.2 or later, outside the trading thread: docs/adr/0010."`
	Schedule *VenueSchedule `toml:"schedule" doc:"With this table the session is up in these hours only: outside them nothing is connected, and at their end it logs out. The zone's distance from UTC is that of the day on which the daemon starts."`

	filePassword *string // what password_file holds; behind a pointer, which fmt does not follow
}

// VenueTLS is [venue.tls].
type VenueTLS struct {
	CAFile     string `toml:"ca_file" default:"" doc:"PEM file of the authorities of the venue's certificate, and no others; empty = the host's."`
	CertFile   string `toml:"cert_file" default:"" doc:"PEM file of our certificate, and of those between it and its authority, if the venue asks for one; empty = none."`
	KeyFile    string `toml:"key_file" default:"" doc:"PEM file of its private key, readable by us alone."`
	ServerName string `toml:"server_name" default:"" doc:"Name that the venue's certificate must have; empty = the address that was connected to, as an IP address in the certificate."`
}

// VenueSchedule is [venue.schedule].
type VenueSchedule struct {
	Timezone string `toml:"timezone" default:"America/New_York" form:"timezone" doc:"Of start and end."`
	Start    Clock  `toml:"start" default:"00:00:00" doc:"When the session may begin."`
	End      Clock  `toml:"end" default:"00:00:00" doc:"When it ends: the same day, or the next if it is not after start; as start = a whole day, or week."`
	Days     string `toml:"days" default:"" doc:"Days on which a daily session begins, as mon tue wed thu fri; empty = every day."`
	StartDay string `toml:"start_day" default:"none" one:"none|mon|tue|wed|thu|fri|sat|sun" doc:"With end_day: one session a week, from start on this day."`
	EndDay   string `toml:"end_day" default:"none" one:"none|mon|tue|wed|thu|fri|sat|sun" doc:"To end on this day."`
	Reset    string `toml:"reset" default:"none" one:"none|agreed|flag" doc:"Sequence numbers of a new session: none goes on; agreed starts both at 1 and says nothing; flag says so in its first Logon, by ResetSeqNumFlag(141)=Y."`
}

// Desk is [desk] of the daemon's file.
type Desk struct {
	Listen   string        `toml:"listen" default:"127.0.0.1:9101" form:"host:port" doc:"Where the desks connect."`
	Algo     string        `toml:"default_algo" default:"none" one:"none|TWAP|VWAP|POV|IS" doc:"Algorithm of an order without TargetStrategy(847); none refuses such an order."`
	Sync     bool          `toml:"store_sync" default:"true" doc:"Let each stored message survive a power cut, at about three fsync each; false survives the process only."`
	Stale    int64         `toml:"stale_after_seconds" default:"60" range:"1..86400" doc:"Oldest TransactTime(60) that is accepted: an order that was stuck somewhere is not worked later."`
	Pace     int64         `toml:"max_messages_per_second" default:"1000" range:"10..100000" doc:"Messages of all kinds that one connection may send, after a burst of as many; a faster one waits in its own buffers."`
	TLS      *DeskTLS      `toml:"tls" doc:"With this table the desks connect by TLS 1.2 or later."`
	Sessions []DeskSession `toml:"sessions" doc:"One table for each desk or drop copy; at most 64."`
}

// DeskTLS is [desk.tls].
type DeskTLS struct {
	CertFile string `toml:"cert_file" doc:"PEM file of our certificate, and of those between it and its authority."`
	KeyFile  string `toml:"key_file" doc:"PEM file of its private key, readable by us alone."`
	ClientCA string `toml:"client_ca_file" default:"" doc:"PEM file of the authorities of the desks' certificates: a peer without one of theirs cannot connect. Empty = none is asked for."`
}

// DeskSession is [[desk.sessions]]. Lists are texts with a space between the words.
type DeskSession struct {
	Version      string `toml:"version" default:"FIX.4.4" one:"FIX.4.2|FIX.4.4|FIX.5.0SP2" doc:"FIX version; FIX.5.0SP2 is DefaultApplVerID(1137) 9 over FIXT.1.1."`
	SenderCompID string `toml:"sender_comp_id" default:"SLIPSTREAM" form:"compid" doc:"SenderCompID(49) of ours towards this desk."`
	TargetCompID string `toml:"target_comp_id" form:"compid" doc:"TargetCompID(56): the desk's own."`
	Password     Secret `toml:"password" default:"" doc:"Password(554) that its Logon must carry; empty = not asked for."`
	CertName     string `toml:"cert_name" default:"" doc:"Common name or DNS name that the desk's certificate must have, with desk.tls.client_ca_file; empty = any of the authorities'."`
	Accounts     string `toml:"accounts" default:"" doc:"Account(1) of its orders must be one of these; empty = any or none."`
	Symbols      string `toml:"symbols" default:"" doc:"What it may trade; empty = every instrument."`
	Side         string `toml:"side" default:"both" one:"both|buy|sell" doc:"Which side it may trade."`
	Algos        string `toml:"algos" default:"" doc:"Algorithms that it may use, as TWAP VWAP; empty = all."`
	MaxQty       int64  `toml:"max_order_qty" default:"0" range:"0..1099511627776" doc:"Size of one of its orders; 0 = only the limits in risk."`
	MaxNotional  USD    `toml:"max_order_notional_usd" default:"0" range:"0..9000000000" doc:"OrderQty times Price of one of its orders; orders without a price are refused then. 0 = only the limits in risk."`
	MaxRate      int64  `toml:"max_orders_per_second" default:"100" range:"0..100000" doc:"Orders and replaces that it may send in any second; cancels are never counted. 0 = no limit."`
	MaxDay       int64  `toml:"max_orders_per_day" default:"0" range:"0..1000000000" doc:"Orders and replaces that it may send in a day of the feed's time zone, also over a restart; cancels are never counted. 0 = no limit."`
	MaxDayValue  USD    `toml:"max_notional_per_day_usd" default:"0" range:"0..9000000000" doc:"Value of the orders of a day, OrderQty times Price, and of what replaces add to them; orders without a price are refused then. 0 = no limit."`
	MaxOpen      int64  `toml:"max_open_parents" default:"0" range:"0..65536" doc:"Parents of it that may be open at once. 0 = only the limits in risk."`
	CancelOnly   bool   `toml:"cancel_only" default:"false" doc:"It may cancel and ask, but neither order nor replace."`
	EchoAll      bool   `toml:"echo_all" default:"false" doc:"Its reports repeat all that its orders carried of strategies, also tags and values that the version's own ExecutionReport does not have: 847 from 1000 on, 7001, 7002, 100, and 847 to 849 and 957 to 960 where the version lacks them. Its dictionary must have them, or it refuses the reports."`
	DropCopy     bool   `toml:"drop_copy" default:"false" doc:"A read-only session: it gets a copy of each ExecutionReport and OrderCancelReject of the desks in copy_of, and may send no order."`
	CopyOf       string `toml:"copy_of" default:"" doc:"target_comp_ids of the desks that a drop copy follows; empty = all."`
}

// Engine is [engine].
type Engine struct {
	Horizon     int64  `toml:"default_horizon_seconds" default:"1800" range:"1..86400" doc:"End of a parent that names no ExpireTime(126)."`
	Slice       int64  `toml:"slice_seconds" default:"30" range:"1..3600" doc:"Length of a schedule's slice; a short window is cut in four at least."`
	MinSpacing  int64  `toml:"min_decision_interval_ms" default:"10" range:"1..10000" doc:"Shortest time between two decisions of one parent that send something; it bounds the message rate before the gate does."`
	Interval    int64  `toml:"decision_interval_ms" default:"500" range:"1..60000" doc:"A parent is looked at this often even if nothing happens."`
	Urgency     int64  `toml:"urgency_milli" default:"2000" range:"1..20000" doc:"kappa*T of IS (Almgren-Chriss) when the desk names no Urgency; 0 would be TWAP, 2 trades 68 % in the first half."`
	MaxParents  int64  `toml:"max_parents" default:"1024" range:"1..65536" doc:"Parents of a day; one more is rejected."`
	MaxChildren int64  `toml:"max_children" default:"4096" range:"1..65536" doc:"Child orders open or remembered at once."`
	MaxFills    int64  `toml:"max_fills" default:"131072" range:"1024..67108864" doc:"Fills of a day whose ExecID(17) is remembered, so that a repeated one is not counted twice."`
	VolumeCurve string `toml:"volume_curve" default:"flat" one:"flat|u_shape" doc:"Volume expected over the day, for VWAP: flat, or three times as much at the open and the close as at midday."`
	Open        Clock  `toml:"session_open" default:"09:30:00" doc:"Start of the volume curve, in the feed's time zone."`
	Close       Clock  `toml:"session_close" default:"16:00:00" doc:"End of the volume curve, in the feed's time zone."`
	Recover     string `toml:"recover" default:"cancel" one:"cancel|resume" doc:"What becomes of parents that the run before left open: cancel ends them, and the desk is told; resume works them on in their own window. Either way each child is asked about at the venue first."`
	PostOnly    bool   `toml:"post_only" default:"true" doc:"Passive orders carry ExecInst(18)=6: the venue refuses them rather than let them take."`
}

// Policy is [policy].
type Policy struct {
	Bundle     string `toml:"bundle" default:"" doc:"Policy bundle of LEARNED parents (slipstream policy compile); empty = they follow the TWAP schedule, and the log says so."`
	Challenger string `toml:"challenger" default:"" doc:"Bundle that runs in the shadow: it sees what the first sees, and where it would do otherwise is logged, never sent."`
	TrustedKey string `toml:"trusted_keys_file" default:"" doc:"PEM file with Ed25519 public keys; given, a bundle must be signed by one of them."`
	Kernel     string `toml:"kernel" default:"auto" one:"auto|portable|avx2" doc:"What evaluates the network: auto takes the fastest the processor has. The bits are the same."`
}

// Risk is [risk], the limits of the whole gate.
type Risk struct {
	MaxMessages       int64 `toml:"max_messages" range:"2..1048576" doc:"Messages to the venue in any window, all kinds; take 80 % of what the venue allows."`
	Window            int64 `toml:"window_ms" range:"1..86400000" doc:"The window of max_messages: the venue's own interval."`
	CancelReserve     int64 `toml:"cancel_reserve_messages" range:"1..1048575" doc:"Messages of every window that only cancels may use."`
	MaxOpenOrders     int64 `toml:"max_open_orders" range:"1..65536" doc:"Child orders live and pending at once."`
	MaxParents        int64 `toml:"max_open_parents" range:"1..65536" doc:"Parents open at once."`
	MaxParentQty      int64 `toml:"max_parent_qty" range:"1..1099511627776" doc:"Size of one parent, judged when it arrives."`
	MaxParentNotional USD   `toml:"max_parent_notional_usd" range:"0.01..9000000000" doc:"Value of one parent, judged when it arrives."`
}

// Instrument is [[instruments]].
type Instrument struct {
	Symbol string  `toml:"symbol" form:"symbol" doc:"As ITCH writes it."`
	Tick   USD     `toml:"tick_usd" default:"0.01" range:"0.0001..1000" doc:"Smallest price step of an order; a multiple of 0.0001, as ITCH knows no finer price."`
	Lot    int64   `toml:"lot_qty" default:"1" range:"1..1000000" doc:"Orders are multiples of it."`
	Limits *Limits `toml:"limits" doc:"The limits of this instrument. There are no defaults: without this table every order in it is denied."`
}

// Limits is [instruments.limits].
type Limits struct {
	MaxOrderQty      int64 `toml:"max_order_qty" range:"1..1099511627776" doc:"Size of one child order: stops a fat finger."`
	MaxOrderNotional USD   `toml:"max_order_notional_usd" range:"0.01..9000000000" doc:"Value of one child order."`
	Collar           int64 `toml:"collar_bps" range:"1..5000" doc:"How far beyond the mid an order may pay."`
	CollarTicks      int64 `toml:"collar_ticks" default:"0" range:"0..1000000" doc:"The collar's least width, for low prices; 0 = none."`
	MaxSpread        int64 `toml:"max_spread_bps" range:"1..10000" doc:"In a market wider than this the mid says nothing, and new orders are denied."`
	MaxSpreadTicks   int64 `toml:"max_spread_ticks" default:"0" range:"0..1000000" doc:"A spread of so many ticks is always narrow enough, for low prices; 0 = none."`
	ReferenceMaxAge  int64 `toml:"reference_max_age_ms" range:"1..86400000" doc:"A book that has not changed for longer says nothing, and new orders are denied."`
	MaxLong          int64 `toml:"max_long_qty" range:"0..1099511627776" doc:"Worst-case long position: filled, live and pending, nothing netted; 0 = never long."`
	MaxShort         int64 `toml:"max_short_qty" range:"0..1099511627776" doc:"Worst-case short position; 0 = never short."`
	AllowMarket      bool  `toml:"allow_market" default:"false" doc:"Let orders without a price pass the collar, which cannot bound them."`
}

// LoadDaemon reads and judges the daemon's file. The error is Faults.
func LoadDaemon(path string) (*Daemon, error) {
	c := &Daemon{}
	j, err := load(path, c)
	if err != nil {
		return c, err
	}
	return c, c.checkFiles(j)
}

// checkFiles judges the files that the configuration names, which a replay has no use for.
func (c *Daemon) checkFiles(j *judge) error {
	if _, err := c.Venue.TLSConfig(); err != nil {
		j.fault("venue.tls", "%v", err)
	}
	return j.err()
}

// TakePasswords takes over the passwords that c cannot have: a journal masks them.
func (c *Daemon) TakePasswords(from *Daemon) {
	c.Venue.Password, c.Venue.filePassword = from.Venue.Password, from.Venue.filePassword
}

// ParseDaemon judges the text of a daemon's file, as a journal carries it; name stands
// for the file in faults.
func ParseDaemon(name string, text []byte) (*Daemon, error) {
	c := &Daemon{}
	_, err := parse(name, text, c)
	return c, err
}
