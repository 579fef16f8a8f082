package desk

import (
	"path/filepath"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
)

// Version is the FIX version of one desk's session. The zero value is FIX 4.4.
type Version uint8

const (
	FIX44        Version = iota
	FIX42                // no ExecType F, no OrdRejReason above 8, no mass requests
	FIX50SP2             // FIX 5.0SP2 over FIXT 1.1
	versionCount         // number of versions; not a version
)

// applVerID50SP2 is DefaultApplVerID(1137) and ApplVerID(1128) of FIX 5.0SP2.
const applVerID50SP2 = "9"

func (v Version) String() string {
	return [versionCount]string{"FIX.4.4", "FIX.4.2", "FIX.5.0SP2"}[v]
}

// BeginString is BeginString(8) of the version's sessions.
func (v Version) BeginString() string {
	if v == FIX50SP2 {
		return quickfix.BeginStringFIXT11
	}
	return v.String()
}

// VersionOf maps the names "FIX.4.2", "FIX.4.4" and "FIX.5.0SP2".
func VersionOf(name string) (Version, bool) {
	for v := range versionCount {
		if v.String() == name {
			return v, true
		}
	}
	return 0, false
}

// set completes the settings of a session of this version; dir has the dictionaries.
func (v Version) set(s *quickfix.SessionSettings, dir, precision string) {
	app, transport := v.dictionaryNames()
	s.Set(config.BeginString, v.BeginString())
	if v == FIX42 {
		precision = "MILLIS" // the most that FIX 4.2 knows
	}
	s.Set(config.TimeStampPrecision, precision)
	s.Set(config.RejectInvalidMessage, "N") // Version.validator does it
	if v == FIX50SP2 {
		s.Set(config.DefaultApplVerID, applVerID50SP2)
		s.Set(config.TransportDataDictionary, filepath.Join(dir, transport))
		s.Set(config.AppDataDictionary, filepath.Join(dir, app))
		return
	}
	s.Set(config.DataDictionary, filepath.Join(dir, app))
}
