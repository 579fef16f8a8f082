package journal

import "slipstream/engine"

// LoopEvents is where the event codes of the loop and the scribe begin. They
// describe the world around the core, so a replay does not compare them. Names
// and fields: docs/logs.md.
const LoopEvents engine.EventCode = 1 << 8

const (
	EvLoopStarted       = LoopEvents + iota // A: CPU or -1, B: 1 spinning, 0 polling
	EvLoopStopped                           // A: 1 the engine was done, 0 the stop's time ran out
	EvPinFailed                             // A: CPU, B: errno
	EvVenueConnecting                       // A: attempt, from 1, B: address, from 0
	EvVenueConnectFail                      // A: attempt, B: errno, C: ns until the next
	EvVenueConnected                        // A: attempt
	EvVenueDisconnected                     // A: errno, 0 = closed by the peer, -1 = closed by us; B: bytes read, C: bytes not written
	EvVenueBlocked                          // A: bytes waiting
	EvVenueDrained                          // A: ns it took
	EvVenueOverflow                         // A: bytes that did not fit: the connection is closed
	EvVenueUnsent                           // A: bytes the engine gave while not connected: dropped
	EvJournalFull                           // A: bytes free in the ring
	EvJournalHole                           // A: records lost, B: lost in all
	EvJournalOK                             // A: bytes free in the ring
	EvReportsHeld                           // A: reports waiting beyond the ring
	EvReportsReleased                       // A: ns it took
	EvFeedReceiveError                      // A: line, B: errno
	EvFeedKernelDrops                       // A: line, B: datagrams since the last such event, C: in all
	EvFeedRequestFailed                     // A: errno
	EvShutdownRequested                     // no numbers
	EvShutdownTimeout                       // A: ns waited
	EvJournalSegment                        // A: segment, B: first sequence number
	EvJournalWriteFail                      // A: failed attempts since the last good write
	EvJournalWriteOK                        // A: failed attempts it took
	EvHeapAlarm                             // A: heap bytes, B: alarm bytes
	EvHeapCollected                         // A: heap bytes before, B: after, C: ns it took
	EvLogDropped                            // A: lines dropped since the last such line
	loopEventEnd
)

// LoopEventCount is the number of codes from LoopEvents on.
const LoopEventCount = int(loopEventEnd - LoopEvents)
