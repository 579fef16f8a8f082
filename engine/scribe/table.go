package scribe

import (
	"github.com/rs/zerolog"

	"slipstream/engine"
	"slipstream/engine/journal"
)

// as says how one of an event's numbers is written.
type as uint8

const (
	asNothing as = iota
	asInt        // a number
	asID         // a number that names something, unsigned
	asHex        // 16 hexadecimal digits in a string
	asPrice      // a decimal string in the currency unit
	asBool       // true or false
	asSymbol     // the symbol of an InstrumentID
	asAlgo       // market.Algo
	asStatus     // fix.OrdStatus, the FIX character
	asReason     // fix.Reason
	asWhy        // session.Why
	asSession    // session.EventCode
	asPosture    // engine.Posture
	asDeny       // risk.Deny
	asErrno      // the name of an errno
	asLine       // "A", "B" or "recovery"
	asTable      // which table of the engine
	asDisc       // why a connection ended
	asMode       // "spin" or "poll"
	asCommand    // fix.CommandKind
)

var asText = [...]string{
	asNothing: "", asInt: "number", asID: "number", asHex: "hex string", asPrice: "decimal string", asBool: "boolean",
	asSymbol: "symbol", asAlgo: "algorithm", asStatus: "FIX character", asReason: "text", asWhy: "text", asSession: "text",
	asPosture: "text, `+` between", asDeny: "text, `|` between", asErrno: "errno name", asLine: "`A`, `B` or `recovery`",
	asTable: "text", asDisc: "errno name, `peer` or `us`", asMode: "`spin` or `poll`", asCommand: "text",
}

// field is a key and how its value is written.
type field struct {
	key string
	as  as
}

// row describes one event.
type row struct {
	name    string
	level   zerolog.Level
	a, b, c field
	meaning string
}

const (
	debug = zerolog.DebugLevel
	info  = zerolog.InfoLevel
	warn  = zerolog.WarnLevel
	fault = zerolog.ErrorLevel
)

// coreRows has one row for each code of the engine.
var coreRows = [engine.EventCodeCount]row{
	engine.EvSessionUp:      {"session_up", info, field{"next_out", asID}, field{"next_in", asID}, field{}, "The venue's FIX session is logged on; next MsgSeqNum of each side."},
	engine.EvSessionDown:    {"session_down", warn, field{"why", asWhy}, field{}, field{}, "The venue's FIX session ended; new orders stop."},
	engine.EvSession:        {"session_event", info, field{"what", asSession}, field{"msg_seq_num", asID}, field{"arg", asInt}, "Something happened inside the venue's FIX session."},
	engine.EvFeedGap:        {"feed_gap", warn, field{"first_seq", asID}, field{"count", asInt}, field{}, "Messages are missing on both lines; new orders stop, they are asked for."},
	engine.EvFeedRecovered:  {"feed_recovered", info, field{"next_seq", asID}, field{}, field{}, "The gap is closed."},
	engine.EvFeedLost:       {"feed_lost", fault, field{"first_seq", asID}, field{"count", asInt}, field{}, "The missing messages did not come; the books are stale."},
	engine.EvFeedEnded:      {"feed_ended", info, field{"last_seq", asID}, field{}, field{}, "The feed's session ended."},
	engine.EvBookSuspect:    {"book_suspect", warn, field{"symbol", asSymbol}, field{"trust", asInt}, field{}, "A book contradicted the feed; no new orders on it."},
	engine.EvParentAccepted: {"parent_accepted", info, field{"parent_id", asID}, field{"qty", asInt}, field{"algo", asAlgo}, "A parent order is working."},
	engine.EvParentRejected: {"parent_rejected", warn, field{"command", asCommand}, field{"reason", asReason}, field{}, "A desk's request was refused."},
	engine.EvParentReplaced: {"parent_replaced", info, field{"parent_id", asID}, field{"qty", asInt}, field{}, "A parent has new terms."},
	engine.EvParentDone:     {"parent_done", info, field{"parent_id", asID}, field{"cum_qty", asInt}, field{"ord_status", asStatus}, "A parent is terminal."},
	engine.EvParentFallback: {"parent_fallback", warn, field{"parent_id", asID}, field{}, field{}, "A policy fell back to its schedule."},
	engine.EvChildReject:    {"child_reject", warn, field{"child_id", asID}, field{"ord_rej_reason", asInt}, field{"parent_id", asID}, "The venue rejected a child order."},
	engine.EvChildUnknown:   {"child_unknown", fault, field{"child_id", asID}, field{"detail", asInt}, field{"arg", asInt}, "A report of the venue for no order that we know."},
	engine.EvFillUnknown:    {"fill_unknown", fault, field{"last_qty", asInt}, field{"last_px", asPrice}, field{"child_id", asID}, "A trade, bust or correction that cannot be matched or contradicts what is known; new orders stop until an operator re-arms."},
	engine.EvFillDuplicate:  {"fill_duplicate", warn, field{"child_id", asID}, field{"exec_id_hash", asHex}, field{}, "A fill came twice and was counted once."},
	engine.EvDenied:         {"denied", warn, field{"parent_id", asID}, field{"controls", asDeny}, field{"child_id", asID}, "The risk gate denied an order message."},
	engine.EvKill:           {"kill", fault, field{"on", asBool}, field{}, field{}, "The kill switch was thrown, or lifted."},
	engine.EvPosture:        {"posture", info, field{"before", asPosture}, field{"after", asPosture}, field{}, "Why new orders must not leave has changed; clear = they may."},
	engine.EvReconciled:     {"reconciled", info, field{"asked", asInt}, field{"ended", asInt}, field{}, "After a reconnect the venue told the state of our children."},
	engine.EvTableFull:      {"table_full", fault, field{"table", asTable}, field{}, field{}, "A table of fixed size is full."},
	engine.EvReportRing:     {"reports_lost", fault, field{"count", asInt}, field{}, field{}, "Reports had no place and did not reach the desk; the journal has them."},
	engine.EvPolicySwapped:  {"policy_swapped", warn, field{"found", asBool}, field{}, field{}, "LEARNED parents follow another policy from now on; found false: the named one is not loaded, nothing changed."},
	engine.EvTakenOver:      {"taken_over", warn, field{"parents", asInt}, field{"children", asInt}, field{"resume", asBool}, "Orders and positions of the run before are this run's now; with resume the open parents go on, else they are canceled."},
	engine.EvStray:          {"stray_canceled", fault, field{"child_id", asID}, field{"cancel_id", asID}, field{}, "An order with a ClOrdID of ours is open at the venue and this run does not know it: it is canceled, and new orders stop."},
	engine.EvShadowDiffers:  {"shadow_differs", debug, field{"parent_id", asID}, field{"actions", asInt}, field{"qty", asInt}, "The challenger in the shadow would have acted otherwise: champion action * 256 + challenger action, and the quantity it wanted."},
	engine.EvFillBusted:     {"fill_busted", warn, field{"parent_id", asID}, field{"qty", asInt}, field{"px", asPrice}, "The venue took a trade back: quantity and price of what was taken off the parent."},
	engine.EvFillCorrected:  {"fill_corrected", warn, field{"parent_id", asID}, field{"last_qty", asInt}, field{"last_px", asPrice}, "The venue corrected a trade, or took a part of it back: what it is now."},
	engine.EvChildRestated:  {"child_restated", warn, field{"child_id", asID}, field{"qty", asInt}, field{"reason", asInt}, "The venue changed an order that we did not ask it to change: its OrderQty, and ExecRestatementReason(378)."},
	engine.EvChildReopened:  {"child_reopened", warn, field{"child_id", asID}, field{"leaves_qty", asInt}, field{}, "An order that had ended works again, after a bust; it is canceled."},
	engine.EvCancelExpected: {"cancel_expected", warn, field{"child_id", asID}, field{}, field{}, "An order is open after a reconnect although the venue is to cancel on disconnect; it is canceled."},
	engine.EvCancelRejected: {"cancel_rejected", info, field{"child_id", asID}, field{"cxl_rej_reason", asInt}, field{"ord_status", asStatus}, "The venue refused a cancel or replace."},
	engine.EvVenueMassCancel: {"venue_mass_cancel", warn, field{"response", asStatus}, field{"affected", asInt}, field{"reason", asInt},
		"The venue reports a mass cancel; every open order is asked about."},
	engine.EvTradingSession:   {"trading_session", warn, field{"instrument", asInt}, field{"status", asInt}, field{}, "TradSesStatus(340) of an instrument by its number, or -1 for all: new orders leave only when it is 2, open."},
	engine.EvVenueReject:      {"venue_reject", warn, field{"ref_seq_num", asID}, field{"reason", asInt}, field{"child_id", asID}, "The venue refused a message of ours by Reject(3) or BusinessMessageReject(j)."},
	engine.EvVenueUnsupported: {"venue_unsupported", info, field{"msg_type", asStatus}, field{"msg_seq_num", asID}, field{}, "A message of the venue of a type that we do not take; answered by BusinessMessageReject(j), 380=3."},
}

// loopRows has one row for each code from journal.LoopEvents on.
var loopRows = [journal.LoopEventCount]row{
	journal.EvLoopStarted - journal.LoopEvents:       {"loop_started", info, field{"cpu", asInt}, field{"idle", asMode}, field{}, "The trading thread runs; cpu -1 = not pinned."},
	journal.EvLoopStopped - journal.LoopEvents:       {"loop_stopped", info, field{"clean", asBool}, field{}, field{}, "The trading thread ended; clean = all children terminal, logged out."},
	journal.EvPinFailed - journal.LoopEvents:         {"pin_failed", warn, field{"cpu", asInt}, field{"errno", asErrno}, field{}, "The trading thread could not be pinned and runs unpinned."},
	journal.EvVenueConnecting - journal.LoopEvents:   {"venue_connecting", debug, field{"attempt", asInt}, field{"address", asInt}, field{}, "A connect to the venue begins; address counts venue.address as 0 and venue.alternates from 1."},
	journal.EvVenueConnectFail - journal.LoopEvents:  {"venue_connect_failed", warn, field{"attempt", asInt}, field{"errno", asErrno}, field{"retry_ns", asInt}, "The venue could not be reached; tried again after retry_ns."},
	journal.EvVenueConnected - journal.LoopEvents:    {"venue_connected", info, field{"attempt", asInt}, field{}, field{}, "The venue's transport is up."},
	journal.EvVenueDisconnected - journal.LoopEvents: {"venue_disconnected", warn, field{"by", asDisc}, field{"read_bytes", asInt}, field{"unsent_bytes", asInt}, "The venue's transport is down."},
	journal.EvVenueBlocked - journal.LoopEvents:      {"venue_blocked", warn, field{"waiting_bytes", asInt}, field{}, field{}, "The kernel took only a part of a write; new orders stop."},
	journal.EvVenueDrained - journal.LoopEvents:      {"venue_drained", info, field{"took_ns", asInt}, field{}, field{}, "The rest of it was written, or the connection ended."},
	journal.EvVenueOverflow - journal.LoopEvents:     {"venue_overflow", fault, field{"bytes", asInt}, field{"waiting_bytes", asInt}, field{}, "The venue does not read and the buffer is full: the connection is closed."},
	journal.EvVenueUnsent - journal.LoopEvents:       {"venue_unsent", warn, field{"bytes", asInt}, field{}, field{}, "Bytes for the venue came while it was not connected and were dropped."},
	journal.EvJournalFull - journal.LoopEvents:       {"journal_full", fault, field{"free_bytes", asInt}, field{}, field{}, "The journal ring is three quarters full; new orders stop."},
	journal.EvJournalHole - journal.LoopEvents:       {"journal_hole", fault, field{"records", asInt}, field{"total", asInt}, field{}, "Records had no place in the ring: the journal has a hole and cannot be replayed past it."},
	journal.EvJournalOK - journal.LoopEvents:         {"journal_ok", info, field{"free_bytes", asInt}, field{}, field{}, "The journal ring has room again."},
	journal.EvReportsHeld - journal.LoopEvents:       {"reports_held", warn, field{"waiting", asInt}, field{}, field{}, "The report ring is full: the desk gateway is slow; new orders stop."},
	journal.EvReportsReleased - journal.LoopEvents:   {"reports_released", info, field{"took_ns", asInt}, field{}, field{}, "All waiting reports are in the ring."},
	journal.EvFeedReceiveError - journal.LoopEvents:  {"feed_receive_error", warn, field{"line", asLine}, field{"errno", asErrno}, field{}, "A feed socket failed; said once until a datagram comes."},
	journal.EvFeedKernelDrops - journal.LoopEvents:   {"feed_kernel_drops", warn, field{"line", asLine}, field{"datagrams", asInt}, field{"total", asInt}, "The kernel dropped datagrams: the receive buffer was full."},
	journal.EvFeedRequestFailed - journal.LoopEvents: {"feed_request_failed", warn, field{"errno", asErrno}, field{}, field{}, "A request to the retransmission server could not be sent."},
	journal.EvShutdownRequested - journal.LoopEvents: {"shutdown_requested", info, field{}, field{}, field{}, "Children are canceled, then the session logs out."},
	journal.EvShutdownTimeout - journal.LoopEvents:   {"shutdown_timeout", fault, field{"waited_ns", asInt}, field{}, field{}, "The engine was not done in time: children may be open at the venue."},
	journal.EvJournalSegment - journal.LoopEvents:    {"journal_segment", info, field{"segment", asInt}, field{"first_seq", asID}, field{}, "A journal file was opened."},
	journal.EvJournalWriteFail - journal.LoopEvents:  {"journal_write_failed", fault, field{"attempts", asInt}, field{}, field{}, "The journal cannot be written; tried again, nothing is skipped. The field error says why."},
	journal.EvJournalWriteOK - journal.LoopEvents:    {"journal_write_ok", info, field{"attempts", asInt}, field{}, field{}, "The journal can be written again."},
	journal.EvHeapAlarm - journal.LoopEvents:         {"heap_alarm", warn, field{"heap_bytes", asInt}, field{"alarm_bytes", asInt}, field{}, "The heap, which is not collected while trading, passed its alarm; it is collected now."},
	journal.EvHeapCollected - journal.LoopEvents:     {"heap_collected", warn, field{"before_bytes", asInt}, field{"after_bytes", asInt}, field{"took_ns", asInt}, "The heap was collected: the trading thread was stopped twice, briefly."},
	journal.EvLogDropped - journal.LoopEvents:        {"log_dropped", warn, field{"lines", asInt}, field{}, field{}, "The log's sink was too slow and lines are missing; the journal has what they said."},
}

// decisionRow and reportRow describe lines that are no events.
var (
	decisionRow = row{name: "decision", level: debug, meaning: "One proposed child message: what was known, what was wanted, and the risk gate's verdict."}
	reportRow   = row{name: "report", level: info, meaning: "One message to a desk."}
	unknownRow  = row{"unknown_event", fault, field{"a", asInt}, field{"b", asInt}, field{"c", asInt}, "A code this version has no name for."}
)

// rowOf finds an event's row.
func rowOf(code engine.EventCode) *row {
	var r *row
	switch {
	case code < engine.EventCodeCount:
		r = &coreRows[code]
	case code >= journal.LoopEvents && int(code-journal.LoopEvents) < len(loopRows):
		r = &loopRows[code-journal.LoopEvents]
	}
	if r == nil || r.name == "" {
		return &unknownRow
	}
	return r
}

// fields of a decision's and a report's line, in order, for the documentation
// and the test that keeps the code to it.
var (
	decisionFields = [][2]string{
		{"parent_id", "number"}, {"child_id", "number; absent when denied"}, {"orig_child_id", "number; absent for a new order"},
		{"cl_ord_id", "the child's ClOrdID(11); absent when denied or not configured"},
		{"symbol", "symbol"}, {"side", "`buy` or `sell`"}, {"algo", "algorithm"}, {"action", "what was decided"}, {"cause", "what led to it"},
		{"qty", "number"}, {"px", "decimal string; absent for a market order"}, {"bid", "decimal string"}, {"ask", "decimal string"},
		{"target_qty", "number: what the schedule wanted done by now"}, {"cum_qty", "number"}, {"open_qty", "number"},
		{"feed_seq", "number: last MoldUDP64 sequence applied"}, {"controls", "text, `|` between; absent when allowed"},
	}
	reportFields = [][2]string{
		{"kind", "`execution_report`, `cancel_reject` or `business_reject`"}, {"desk", "number of the desk session"},
		{"serial", "number"}, {"parent_id", "number; absent for none"}, {"cl_ord_id", "the desk's ClOrdID(11)"},
		{"orig_cl_ord_id", "OrigClOrdID(41); absent for none"}, {"symbol", "symbol; absent for none"}, {"side", "`buy` or `sell`"}, {"algo", "algorithm"},
		{"exec_type", "FIX character; execution reports only"}, {"ord_status", "FIX character"}, {"qty", "number"}, {"cum_qty", "number"},
		{"leaves_qty", "number"}, {"last_qty", "number; absent when 0"}, {"last_px", "decimal string; absent when 0"},
		{"avg_px", "decimal string; absent when 0"}, {"px", "decimal string; absent for a market order"}, {"reason", "text; absent for none"},
	}
)
