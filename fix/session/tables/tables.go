// Package tables holds the compact dictionaries of the FIX versions a session speaks:
// for every version all its tags and MsgTypes, and for the messages of orders and of
// the session also their fields, groups, data types and values. Package session checks
// inbound messages against them (Config.Dictionary).
//
// The tables are generated from the specifications inside quickfixgo's module, and a
// test holds that they are as generated. FIX50SP2 is the application version over the
// transport FIXT.1.1. They are read-only after the first call and safe to share.
package tables

import (
	_ "embed" // the tables
	"sync"

	"slipstream/fix/session"
)

//go:generate go run slipstream/fix/session/tables/gen .

var (
	//go:embed fix42.txt
	text42 string
	//go:embed fix44.txt
	text44 string
	//go:embed fix50sp2.txt
	text50 string
)

var (
	fix42 = sync.OnceValue(func() *session.Dictionary { return must(text42) })
	fix44 = sync.OnceValue(func() *session.Dictionary { return must(text44) })
	fix50 = sync.OnceValue(func() *session.Dictionary { return must(text50) })
)

// FIX42 is the dictionary of FIX.4.2.
func FIX42() *session.Dictionary { return fix42() }

// FIX44 is the dictionary of FIX.4.4.
func FIX44() *session.Dictionary { return fix44() }

// FIX50SP2 is the dictionary of FIX 5.0 SP2 over FIXT.1.1.
func FIX50SP2() *session.Dictionary { return fix50() }

// must parses a table of this package; the test of the package parses all of them.
func must(text string) *session.Dictionary {
	d, err := session.ParseDictionary(text)
	if err != nil {
		panic("tables: " + err.Error())
	}
	return d
}
