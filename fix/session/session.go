package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// Session is one FIX session as initiator. It belongs to one thread.
type Session struct {
	cfg    Config
	st     *State
	num    numbers
	events events
}

// New starts a run on st and increments its epoch. All memory is taken here.
func New(cfg Config, st *State) (*Session, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	n, gen, _, err := st.load()
	if err != nil {
		return nil, err
	}
	n.epoch++
	st.store(n, gen+1)
	return &Session{cfg: cfg, st: st, num: n}, nil
}

// Connected says that the transport is up: the Logon goes to Output.
func (s *Session) Connected(now market.Nanos) {}

// Disconnected says that the transport is closed. Unsent output is dropped; its
// numbers stay used, and the venue's ResendRequest gets a gap fill for them.
func (s *Session) Disconnected(now market.Nanos) {}

// Receive takes bytes of the venue's stream, any cut. Call Next until it gives false after it.
func (s *Session) Receive(now market.Nanos, b []byte) {}

// Next is the next in-sequence message for the application: every type that is
// not the session's, and Reject(3). It is valid until the next call of any method.
func (s *Session) Next(now market.Nanos) (*wire.Message, bool) { return nil, false }

// Timer does what is due at now: heartbeats, test requests, timeouts.
func (s *Session) Timer(now market.Nanos) {}

// Deadline is when Timer is to be called at the latest; a far future if never.
func (s *Session) Deadline() market.Nanos { return 1<<63 - 1 }

// Logout starts an orderly end: no Reserve from here; Dropped when it is done.
func (s *Session) Logout(now market.Nanos, text string) {}

// Active says that the session is logged on and messages may be reserved.
func (s *Session) Active() bool { return false }

// CaughtUp says that no gap of the venue's messages is open. Active without
// CaughtUp: reports may be missing, so send cancels but no new orders.
func (s *Session) CaughtUp() bool { return false }

// Reserve gives room and the number for one application message: append the whole
// message to dst with MsgSeqNum seq and Commit it, with no other call between. ok is
// false when not Active or when the output is full. Without Commit nothing happened.
func (s *Session) Reserve(now market.Nanos) (dst []byte, seq uint64, ok bool) { return nil, 0, false }

// Commit takes the message appended to what Reserve gave. The number is stored as
// used before the bytes can reach the transport. False, and nothing
// sent nor used, if dst outgrew its room (Config.MaxAppBytes) or was not reserved.
func (s *Session) Commit(now market.Nanos, dst []byte) bool { return false }

// Output is the bytes for the transport, valid until the next call of any method
// but Consumed.
func (s *Session) Output() []byte { return nil }

// Consumed says that the first n bytes of Output are the transport's now.
func (s *Session) Consumed(n int) {}

// Dropped says that the transport must be closed, after one try to write Output,
// and why. It stays true until Disconnected.
func (s *Session) Dropped() (Why, bool) { return WhyNone, false }

// NextEvent gives the oldest event for the log that was not given yet.
func (s *Session) NextEvent() (Event, bool) { return s.events.pop() }

// PeerText is Text(58) of the last Logout received, cut to 128 bytes.
func (s *Session) PeerText() []byte { return nil }

// NextOut is the MsgSeqNum of the next message we send.
func (s *Session) NextOut() uint64 { return s.num.nextOut }

// NextIn is the MsgSeqNum expected next from the venue.
func (s *Session) NextIn() uint64 { return s.num.nextIn }

// Epoch counts the runs on this State, from 1. ClOrdIDs are made of it.
func (s *Session) Epoch() uint64 { return s.num.epoch }
