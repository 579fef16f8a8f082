// Package pcap gives the UDP datagrams of a packet capture: the way recorded
// MoldUDP64 lines come in.
//
// It reads pcap files with microseconds or nanoseconds in either byte order (pcapng
// is refused with the way to convert it); Ethernet with VLAN tags, Linux cooked
// (SLL), loopback and raw IP links; IPv4 and IPv6. gopacket decodes the layers.
//
// Units: times are the capturing host's, in Unix nanoseconds.
// Invariants: a packet that holds no whole UDP datagram is skipped and counted by
// its reason (Skipped), never handed out in part; IP fragments are not reassembled;
// memory is one packet of at most 256 KiB.
//
// A Reader belongs to one goroutine. Start reading at Reader.Next.
package pcap
