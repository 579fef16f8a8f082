// Package capture groups what reads and writes recorded market data: itchfile
// (TotalView-ITCH files), pcap (MoldUDP64 packets from packet captures) and lobster
// (import of LOBSTER days into ITCH files, and the proof that an import is right).
//
// These packages serve the edges, the bench and tests; nothing of them runs in the
// hot loop. They stream with bounded memory and return errors that name the file
// and the place in it.
package capture
