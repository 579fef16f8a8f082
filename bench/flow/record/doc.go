// Package record turns a stretch of market time, real or simulated, into one table
// of events that statistics are made of: what happened, where in the book, to an
// order of which age, and the book before and after.
//
//	FromLobster  a day of LOBSTER files
//	FromITCH     one symbol of an ITCH 5.0 file
//	Run          a simulated Market, for a stretch of its time
//
// All three see the market through the same window of N price levels: an event
// farther from the touch leaves no row, and an order that enters the window later
// has no known age, just as in LOBSTER's files. So a figure made from a simulated
// Day compares with the one made from a real Day.
//
// Units: prices in ITCH Price(4) units (1e-4), sizes in shares, times in ns since
// midnight of the exchange's day, distances in ticks.
//
// A Recorder and a Day belong to one goroutine. Start reading at Day and Event.
package record
