package pcap

import (
	"fmt"
	"io"
	"net/netip"
	"os"

	"slipstream/internal/market"
)

// Datagram is one UDP datagram. Payload is valid until the next one is read.
type Datagram struct {
	Nanos    market.Nanos // stamped by the capturing host
	Src, Dst netip.AddrPort
	Payload  []byte
}

// Skipped counts the packets that were not handed out.
type Skipped struct {
	NotUDP     int // another protocol, or one that cannot be decoded
	Fragments  int // parts of a fragmented IP packet
	Incomplete int // cut by the capture's snap length, or with a wrong length field
}

// Reader gives the UDP datagrams of a capture in order.
type Reader struct {
	file    *container
	decoder decoder
	name    string
	skipped Skipped
	closer  io.Closer
}

// NewReader reads a pcap stream; name is used in errors.
func NewReader(r io.Reader, name string) (*Reader, error) {
	c, err := newContainer(r)
	if err != nil {
		return nil, fmt.Errorf("pcap: %s: %w", name, err)
	}
	p := &Reader{file: c, name: name}
	if !p.decoder.init(c.link) {
		return nil, fmt.Errorf("pcap: %s: link type %d (%v) is not supported", name, c.link, c.link)
	}
	return p, nil
}

// Open opens a capture on disk. Close it.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("pcap: %w", err)
	}
	r, err := NewReader(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.closer = f
	return r, nil
}

// Close closes a capture that Open opened.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// Next gives the next datagram; io.EOF after the last one. Another error names the
// file and the packet, counted from 1.
func (r *Reader) Next() (Datagram, error) {
	for {
		p, err := r.file.next()
		if err == io.EOF {
			return Datagram{}, io.EOF
		}
		if err != nil {
			return Datagram{}, fmt.Errorf("pcap: %s: packet %d: %w", r.name, r.file.packets, err)
		}
		d, v := r.decoder.decode(p.data)
		if v == whole && len(p.data) >= p.original {
			d.Nanos = p.nanos
			return d, nil
		}
		r.skip(v)
	}
}

func (r *Reader) skip(v verdict) {
	switch v {
	case notUDP:
		r.skipped.NotUDP++
	case fragment:
		r.skipped.Fragments++
	default:
		r.skipped.Incomplete++
	}
}

// Packets is the number of packets read so far, skipped ones included.
func (r *Reader) Packets() int { return r.file.packets }

// Skipped counts what Next passed over so far.
func (r *Reader) Skipped() Skipped { return r.skipped }

// LinkType is the capture's link type by name, Ethernet for one.
func (r *Reader) LinkType() string { return r.file.link.String() }
