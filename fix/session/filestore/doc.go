// Package filestore is a session.Store in one append-only file.
//
// The file is a header and records; each has a length, a kind, the number, the time in
// nanoseconds since the Unix epoch, a CRC-32C over all that, and the message. A record is
// one write. Open reads up to the first record that is not whole and cuts the
// file there: so a crash at any byte leaves what was kept before it. A record that
// was cut was not sent: Put comes before the message can reach the transport.
//
// What survives: the death of the process at any instruction; with Config.Sync also
// the host's (one fdatasync a message). The numbers themselves are session.State's.
//
// A Store belongs to the session's thread. The file is locked: a second process
// that opens it fails.
package filestore
