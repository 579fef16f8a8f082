package loop

import "sync/atomic"

// Counter is something the loop counts.
type Counter uint8

const (
	Turns Counter = iota
	Inputs
	PacketsA
	PacketsB
	PacketsRecovery
	FeedBytes
	FeedRequests
	FeedRequestErrors
	FeedReceiveErrors
	KernelDropsA // datagrams of line A that the kernel dropped for want of buffer
	KernelDropsB
	FeedHeld // turns in which the feed was not read because the journal was nearly full
	VenueBytesIn
	VenueBytesOut // given to the kernel or to the pending buffer
	VenueWrites
	VenuePartial // writes the kernel did not take whole
	VenueUnsent  // bytes the engine gave while not connected
	VenueConnects
	VenueConnectFails
	VenueDisconnects
	VenueHeld // turns in which the venue was not read because reports had no place
	NewOrders
	CommandsTaken
	CommandsHeld // turns in which desk commands had to wait
	Timers
	Reports
	ReportsSpilled
	ReportsLost
	Decisions
	Events
	JournalLost // records that had no place in the journal ring
	CounterCount
)

var counterNames = [CounterCount]string{
	"turns", "inputs", "packets_a", "packets_b", "packets_recovery", "feed_bytes", "feed_requests",
	"feed_request_errors", "feed_receive_errors",
	"kernel_drops_a", "kernel_drops_b", "feed_held", "venue_bytes_in", "venue_bytes_out", "venue_writes",
	"venue_partial", "venue_unsent", "venue_connects", "venue_connect_fails", "venue_disconnects", "venue_held",
	"new_orders", "commands_taken", "commands_held", "timers", "reports", "reports_spilled", "reports_lost",
	"decisions", "events", "journal_lost",
}

func (c Counter) String() string {
	if c < CounterCount {
		return counterNames[c]
	}
	return "unknown"
}

// counters are written by the loop's thread alone and read by any.
type counters [CounterCount]atomic.Uint64

func (c *counters) add(which Counter, n uint64) {
	c[which].Store(c[which].Load() + n)
}

// Counters is a copy of the counters, indexed by Counter.
type Counters [CounterCount]uint64
