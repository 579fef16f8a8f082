package session

import (
	"slipstream/fix/wire"
	"slipstream/internal/market"
)

// phase is where the session stands; Dropped is drop != WhyNone.
type phase uint8

const (
	closed phase = iota // no transport
	logonSent
	logonWait // Acceptor: connected, the initiator's Logon has not come
	active
	logoutSent
)

// Session is one FIX session, of either role. It belongs to one thread.
type Session struct {
	cfg   Config
	phase phase
	drop  Why // why the transport must be closed; WhyNone = it need not
	after Why // the drop that follows when logoutSent ends

	in        input
	out       output
	msg       wire.Message
	hdr       header
	headerTag uint32 // required field of the header that the message at hand lacks
	replayed  bool   // the message at hand waited in early

	// Numbers. num.nextIn is the next expected; doneIn lags behind it by the message
	// that the application is looking at, and is what State holds (rule 11).
	st     *State
	gen    uint64
	num    numbers
	doneIn uint64

	gap    gap
	probe  probe
	early  early
	resend resend
	old    wire.Message // a stored message on its way out again

	heartbeat market.Nanos // HeartBtInt(108) of this connection
	closes    market.Nanos // end of the Schedule's window; never = no end
	window    uint64       // the window of this connection, until its Logon is answered; 0 = none

	since    market.Nanos // when the phase began
	lastSent market.Nanos
	lastRecv market.Nanos // last message with a good CheckSum
	testSent bool
	testAt   market.Nanos

	clock    wire.Clock
	events   events
	peerText [textMax]byte
	peerLen  int
}

// textMax is the longest Text(58) sent or kept, in bytes.
const textMax = 128

// New starts a run on st and increments its epoch. All memory is taken here.
func New(cfg Config, st *State) (*Session, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	n, gen, fresh, err := st.load()
	if err != nil {
		return nil, err
	}
	n.epoch++
	if cfg.Store != nil {
		cfg.Store.Truncate(n.nextOut) // what was kept and never sent
	}
	if !fresh {
		n.nextOut += cfg.SkipOut
	}
	s := &Session{
		cfg: cfg, st: st, num: n, gen: gen, doneIn: n.nextIn, closes: never,
		in: newInput(cfg.InputBytes), out: newOutput(cfg.OutputBytes),
		heartbeat: market.Nanos(cfg.HeartBtIntS) * market.Second,
	}
	if cfg.Store != nil {
		s.out.scratch = make([]byte, 0, max(AdminReserveBytes, cfg.MaxAppBytes+resentMore))
	}
	if cfg.EarlyBytes > 0 {
		s.early.buf = make([]byte, cfg.EarlyBytes)
	}
	s.save()
	return s, nil
}

// save stores the numbers.
func (s *Session) save() {
	s.gen++
	n := s.num
	n.nextIn = s.doneIn
	s.st.store(n, s.gen)
}

// settle stores that the application is done with what Next gave it.
func (s *Session) settle() {
	if s.doneIn != s.num.nextIn {
		s.doneIn = s.num.nextIn
		s.save()
	}
}

// up says that messages are looked at.
func (s *Session) up() bool { return s.phase != closed && s.drop == WhyNone }

// Connection says that a transport belongs to the session: Connected came, and no
// Disconnected since. A second connection of the same peer is then to be closed,
// with nothing sent on it (FIX session test case 1b).
func (s *Session) Connection() bool { return s.phase != closed }

// HeartBtIntS is HeartBtInt(108) of this connection, in seconds.
func (s *Session) HeartBtIntS() uint32 { return uint32(s.heartbeat / market.Second) }

// MayConnect says that Connected would send or await a Logon: no sequence loss is latched
// (rule 4), and the Schedule is open (rule 14). Without it a connection is dropped at once.
func (s *Session) MayConnect(now market.Nanos) (Why, bool) {
	switch {
	case s.num.latch != 0:
		return WhySequenceLoss, false
	case !s.cfg.Schedule.Open(now):
		return WhySchedule, false
	}
	return WhyNone, true
}

// Active says that the session is logged on and messages may be reserved.
func (s *Session) Active() bool { return s.phase == active && s.drop == WhyNone }

// Resending says that a ResendRequest is being answered: Reserve is refused until the
// last resent message is in the output, so that new messages never mix with old.
func (s *Session) Resending() bool { return s.resend.next != 0 }

// CaughtUp says that the session is Active and that neither side has a gap: we have
// all reports, and the venue has read past every gap fill of ours (rule 5). Active
// without CaughtUp: reports may be missing, and what is sent may be lost, so cancels,
// but no new orders.
func (s *Session) CaughtUp() bool {
	return s.Active() && s.gap.highest < s.num.nextIn && s.probe.id == 0
}

// Dropped says that the transport must be closed, after one try to write Output,
// and why. It stays true until Disconnected.
func (s *Session) Dropped() (Why, bool) { return s.drop, s.drop != WhyNone }

// NextEvent gives the oldest event for the log that was not given yet.
func (s *Session) NextEvent() (Event, bool) { return s.events.pop() }

// PeerText is Text(58) of the last Logout received, cut to 128 bytes.
func (s *Session) PeerText() []byte { return s.peerText[:s.peerLen] }

// NextOut is the MsgSeqNum of the next message we send.
func (s *Session) NextOut() uint64 { return s.num.nextOut }

// NextIn is the MsgSeqNum expected next from the venue.
func (s *Session) NextIn() uint64 { return s.num.nextIn }

// Epoch counts the runs on this State, from 1. ClOrdIDs are made of it.
func (s *Session) Epoch() uint64 { return s.num.epoch }
