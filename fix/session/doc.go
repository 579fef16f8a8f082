// Package session is the FIX session layer of both roles, for FIX 4.2, 4.4 and FIXT.1.1
// with 5.0SP2: a pure state machine from (time, bytes) to bytes. It reads no clock
// and no socket, so it runs in the live loop and in simulation alike. As Initiator it
// speaks to a venue, as Acceptor to a desk.
//
// Units: times in nanoseconds since the Unix epoch, UTC; numbers are MsgSeqNum(34).
//
//	            Connected                 Logon (A) accepted
//	Closed ───────────────▶ LogonSent ───────────────────────▶ Active ◀──┐
//	  ▲                        │                               │  │  gap: │
//	  │                        │ Logout, Reject, timeout,      │  └───────┘ ResendRequest (2),
//	  │                        │ another message               │            CaughtUp is false
//	  │ Disconnected           ▼                 Logout of either side
//	  └──────────────────── Dropped ◀──────── LogoutSent ◀─────┘
//	                           ▲    answer, timeout            │
//	                           └───────────────────────────────┘
//	                             silence, sequence loss, overflow
//
// An Acceptor waits in LogonWait where an Initiator is in LogonSent.
//
// Rules (FIX 4.4 Vol 2, session protocol; FIX Session Layer test cases 1.0). Tests carry the
// number of the rule they prove.
//
//	1 State.     Only Active reserves application messages. A message is looked at
//	             only between Connected and Dropped.
//	2 Logon.     Connected sends Logon 98=0 108=HeartBtInt 34=NextOut. The first message
//	             back must be a Logon with our CompIDs, 98=0, the same 108. 34 too high: Active,
//	             and a ResendRequest. 34 too low without 43=Y: rule 4. 141=Y that would
//	             lose numbers: as a sequence loss. Logout or Reject instead: refused.
//	             No answer in LogonTimeout: dropped.
//	             An Acceptor gives no answer to what is not a Logon of its peer, and a Logout with
//	             the reason to a Logon it refuses (terms, password); it takes the peer's 108.
//	             With NextExpected both Logons carry 789, and no ResendRequest follows a gap they tell.
//	3 Heartbeat. Heartbeat after HeartBtInt without a send; TestRequest after 1.2 HeartBtInt
//	             without a message; dropped after as long again. A TestRequest is answered with its 112.
//	4 Sequence.  34 equal: taken. High: one ResendRequest 7=expected 16=0; that message and later
//	             ones are dropped, not queued: they come again in the resend (no memory, no
//	             order to get wrong). No progress in ResendTimeout: asked again, ResendTries times,
//	             then dropped. Low with 43=Y: ignored, unless 122 is missing (Reject 373=1) or
//	             after 52 (Reject 373=10, Logout). Low without 43=Y: Logout "MsgSeqNum too low,
//	             expecting X but received Y", dropped, and latched in State: every later Connected is
//	             dropped at once until an operator's State.Reset. Never a silent reset. An Acceptor
//	             refuses as loudly but does not latch; it takes a Logout and a ResendRequest of
//	             any number, as the acceptance definitions want. With EarlyBytes what comes beyond
//	             a gap is kept and taken in its turn; with ResendChunk a gap is asked for in parts.
//	5 Resend.    ResendRequest is answered by one gap fill for the whole range: no order is ever
//	             sent twice. EventGapFillSent names the range: what lies in it may be lost. It is
//	             answered also when its own 34 is too high. After a gap fill, and after a Logon
//	             that was not our first message, a TestRequest goes out; CaughtUp is false until
//	             its answer proves that the venue reads on. Then the engine asks for the status of
//	             its orders. No answer in ResendTimeout: again, ResendTries times, then dropped.
//	             With a Store, messages younger than ResendAge go again, with 43=Y and 122, the
//	             rest is gap-filled. Until the last is in the output Reserve is refused, so
//	             new messages never mix with old; an output that is full makes the resend wait. Only
//	             an Initiator probes.
//	6 Reset.     SequenceReset with 123=Y: 34 as in rule 4, and 36 > 34 or Reject 373=5. Without:
//	             34 is ignored; 36 below the expected number: Reject 373=5. A Logon with 141=Y starts
//	             both numbers at 1 only where that is agreed (AcceptReset, ResetOnLogon). An Initiator's own
//	             Logon then counts as number 1 of the new numbers.
//	7 Reject.    Reject (3) uses its number and goes to the application.
//	8 Logout.    Answered, then the venue has LogoutTimeout to close. Our own waits as long for the
//	             answer and still takes reports meanwhile.
//	9 Garbled.   Wrong 8, 9, 10 or a header that cannot be read: dropped, no number used.
//	10 Header.   Wrong BeginString: Logout, dropped. Wrong CompID: Reject 373=9, Logout. SendingTime
//	             off by more than MaxSkew: Reject 373=10, Logout. No 34: Logout, dropped.
//	             A field that is no field: Reject 373=0, 4, 6 ..., the number is used.
//	11 Numbers.  A number is stored as used before its message can reach the transport, so none is
//	             used twice. A received number is stored at the first call after
//	             Next gave the message, so a crash in between brings it again: the
//	             application drops fills by ExecID.
//	12 Bounds.   Input, output and events are bounded. Orders leave AdminReserveBytes of the
//	             output free; an output without room even for the session's messages drops.
//
//	13 Checks.   With a Dictionary every message in sequence is checked against it before anything
//	             is done with it: Reject with the reason and the field. FIX 4.2 has no 373 above 11.
//	             A ResendRequest, SequenceReset or Logout that is wrong is not acted upon whatever its
//	             number, and rejected in its turn.
//	14 Schedule. Outside its window the session is dropped at once; at the window's end it logs out.
//	             With ResetNumbers a new window starts both numbers at 1; with SayReset an Initiator's
//	             Logon says so by 141=Y, until the first one of the window is answered.
//
// Header checks of rule 10 come before rule 4. Without a Dictionary field order,
// enumerations and required fields of application messages are the application's to judge.
//
// The edges are sub-packages: tables (dictionaries), filestore (a Store in a file), at (the
// acceptance definitions of QuickFIX). A second connection for a session that has one
// (Connection) is the listener's to close.
//
// A Session belongs to one thread. Start reading at Session.Next.
package session
