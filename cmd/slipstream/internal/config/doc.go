// Package config reads the TOML files of slipstream, strictly.
//
// A key that is not known, a value of the wrong type or out of its range, and a
// missing limit all refuse to start; every fault of a file is reported at once, each with
// file, line, column and key. Numbers are integers with their unit in the key's
// name; money is a decimal string ("0.01"), never a float.
//
// A section is a struct; its fields' tags are the only source of key, default,
// range and reason, for the reader (bind.go), for check-config (dump.go) and for
// docs/config.md (describe.go):
//
//	toml:"gap_wait_us"   the key
//	default:"2000"       its value when left out; without one the key must be given
//	range:"1..1000000"   for numbers and money
//	one:"spin|poll"      for words
//	form:"ipv4"          for text; the forms are in form.go
//	doc:"..."            what it does, and why the default is what it is
//
// Reading has no side effect beyond the file itself. Nothing here is used while
// trading. Start reading at LoadDaemon.
package config
