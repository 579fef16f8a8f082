package desk

import (
	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
)

// DictionaryDir writes the dictionaries of every version to a folder of their own, for
// AcceptorSettings; done removes it once the sessions are made.
func DictionaryDir() (dir string, done func(), err error) { return dictionaryFiles() }

// AcceptorSettings sets what a session of this version needs in quickfixgo, for another
// acceptor than the gateway; precision is MILLIS, MICROS or NANOS.
func (v Version) AcceptorSettings(s *quickfix.SessionSettings, dir, precision string) {
	v.set(s, dir, precision)
	s.Set(config.RejectInvalidMessage, "Y") // nobody else judges the form
}
