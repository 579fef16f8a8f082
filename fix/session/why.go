package session

// Why says why the transport must be closed, or why a session is down.
type Why uint8

const (
	WhyNone            Why = iota
	WhyLoggedOut           // our Logout was answered, or the wait for the answer ended
	WhyPeerLogout          // the venue logged out, and our Logout went out
	WhyLogonTimeout        // no Logon came in time
	WhyLogonRefused        // the answer to our Logon was a Logout or a Reject
	WhyLogonBad            // the answer to our Logon was no Logon, or one we cannot accept
	WhyHeartbeat           // silent, and a TestRequest was not answered
	WhySequenceLoss        // MsgSeqNum too low without PossDup: latched, see State.Reset
	WhyMissingSeqNum       // a message without MsgSeqNum(34)
	WhyBeginString         // a message of another FIX version
	WhyCompID              // a message with other CompIDs
	WhySendingTime         // SendingTime(52) too far from now, or before OrigSendingTime(122)
	WhyResendExhausted     // ResendTries requests did not fill a gap
	WhyInputOverflow       // Receive without Next: more than InputBytes waited
	WhyOutputOverflow      // the transport did not take the session's own messages
	WhyTransport           // Disconnected was called while the session was up
	WhyNotInSync           // probes after a logon or a gap fill were not answered
	WhySchedule            // outside the hours of Config.Schedule
	WhyCount               // number of reasons; not a reason
)

var whyText = [WhyCount]string{
	"none", "logged out", "venue logged out", "no logon in time", "logon refused", "bad logon",
	"no heartbeat", "sequence loss", "missing MsgSeqNum", "wrong BeginString", "wrong CompID",
	"bad SendingTime", "gap not filled", "input overflow", "output overflow", "transport closed", "not in sync",
	"outside the schedule",
}

func (w Why) String() string {
	if w < WhyCount {
		return whyText[w]
	}
	return "unknown"
}
