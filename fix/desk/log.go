package desk

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/quickfixgo/quickfix"
)

// secretTags are blanked in every log: Signature(89), SecureData(91), RawData(96),
// Username(553), Password(554), NewPassword(925).
var secretTags = regexp.MustCompile(`(^|\x01)(89|91|96|553|554|925)=[^\x01]*`)

// escapes are how error texts of quickfixgo show SOH (%q).
var escapes = strings.NewReplacer(`\x01`, "\x01", `\u0001`, "\x01")

// Redact blanks secrets and writes '|' for SOH.
func Redact(s string) string {
	s = secretTags.ReplaceAllString(escapes.Replace(s), "$1$2=***")
	return strings.ReplaceAll(s, "\x01", "|")
}

// logFactory hands quickfixgo's logs to a function, redacted.
type logFactory struct {
	log      func(event, session, text string)
	messages bool // "in" and "out" too
}

// NewLogFactory makes quickfixgo log through log: "in", "out" and "event".
func NewLogFactory(log func(event, session, text string)) quickfix.LogFactory {
	if log == nil {
		log = func(string, string, string) {}
	}
	return logFactory{log, true}
}

func (f logFactory) Create() (quickfix.Log, error) { return sessionLog{f, ""}, nil }

func (f logFactory) CreateSessionLog(id quickfix.SessionID) (quickfix.Log, error) {
	return sessionLog{f, id.String()}, nil
}

type sessionLog struct {
	logFactory
	session string
}

func (l sessionLog) OnIncoming(b []byte) { l.message("in", b) }
func (l sessionLog) OnOutgoing(b []byte) { l.message("out", b) }

func (l sessionLog) message(event string, b []byte) {
	if l.messages {
		l.log(event, l.session, Redact(string(b)))
	}
}

func (l sessionLog) OnEvent(s string) { l.log("event", l.session, Redact(s)) }
func (l sessionLog) OnEventf(f string, a ...interface{}) {
	l.log("event", l.session, Redact(fmt.Sprintf(f, a...)))
}
