// Package takeup finds the run before in the journal and builds the Engine as it stood at
// that run's end, so that the next run of the day goes on with its orders, positions and
// numbers (docs/adr/0011).
//
// How nothing is lost by a kill: the hot thread writes each Input into the journal's
// ring before its Step, and the ring lies in a mapped file (Ring), which the kernel keeps when
// the process dies. What the scribe had not written yet is still in it, and Repair
// appends it to the run's files. The core is pure, so the Inputs give every order, report and
// number again; what the journal holds of them is compared, and a difference is an error.
//
// By a loss of the host's power the ring and the last unsynced part of the files are
// lost. Then Found.Lost is true: numbers are skipped, and orders that this run cannot know
// are canceled when the venue tells of them (engine's strays).
//
// A run names the one before it in its journal's header, so a day of several runs is a
// chain, and each can be replayed: Rebuild goes back to the day's first run and forward again.
//
// Units: times in nanoseconds since the Unix epoch; sizes in bytes. Nothing here runs on
// the hot thread. Start reading at Find, then Rebuild.
package takeup
