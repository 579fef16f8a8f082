package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket/layers"

	"slipstream/internal/market"
)

// The pcap container: draft-ietf-opsawg-pcap. A 24-byte file header, then packets
// of a 16-byte header each; either byte order.
const (
	fileHeaderSize   = 24
	packetHeaderSize = 16

	magicMicros = 0xa1b2c3d4
	magicNanos  = 0xa1b23c4d
	magicNg     = 0x0a0d0d0a

	// maxPacket bounds a packet's captured length, as libpcap does.
	maxPacket = 256 << 10
)

var (
	errNg        = errors.New("pcapng is not supported: convert it with `editcap -F nsecpcap IN OUT`")
	errMagic     = errors.New("not a pcap file")
	errTruncated = errors.New("file ends inside a packet")
)

// container reads the packets of a file, of whatever they are.
type container struct {
	r       *bufio.Reader
	order   binary.ByteOrder
	fracNs  int64 // ns in one unit of the packet time's second half
	link    layers.LinkType
	buf     []byte // of maxPacket, the last packet
	packets int
}

// packet is one captured packet; data is valid until the next one is read.
type packet struct {
	nanos    market.Nanos
	data     []byte
	original int // bytes on the wire; more than len(data) when the capture cut it
}

func newContainer(r io.Reader) (*container, error) {
	c := &container{r: bufio.NewReaderSize(r, 64<<10), buf: make([]byte, maxPacket)}
	h := c.buf[:fileHeaderSize]
	if _, err := io.ReadFull(c.r, h); err != nil {
		return nil, fmt.Errorf("%w: %w", errMagic, err)
	}
	switch {
	case c.magic(h, binary.LittleEndian), c.magic(h, binary.BigEndian):
	case binary.BigEndian.Uint32(h) == magicNg:
		return nil, errNg
	default:
		return nil, errMagic
	}
	if v := c.order.Uint16(h[4:]); v != 2 {
		return nil, fmt.Errorf("%w: version %d", errMagic, v)
	}
	// The high four bits of the field tell the length of frame check sequences.
	c.link = layers.LinkType(c.order.Uint32(h[20:]) & 0x0fffffff)
	return c, nil
}

// magic reports whether h starts with a pcap magic in the given order.
func (c *container) magic(h []byte, order binary.ByteOrder) bool {
	switch order.Uint32(h) {
	case magicMicros:
		c.fracNs = 1000
	case magicNanos:
		c.fracNs = 1
	default:
		return false
	}
	c.order = order
	return true
}

// next gives the next packet, io.EOF after the last one.
func (c *container) next() (packet, error) {
	var h [packetHeaderSize]byte
	n, err := io.ReadFull(c.r, h[:])
	if err == io.EOF && n == 0 {
		return packet{}, io.EOF
	}
	c.packets++
	if err != nil {
		return packet{}, truncated(err)
	}
	size := c.order.Uint32(h[8:])
	if size > maxPacket {
		return packet{}, fmt.Errorf("captured length %d, want at most %d", size, maxPacket)
	}
	p := packet{
		nanos:    market.Nanos(c.order.Uint32(h[0:]))*market.Second + market.Nanos(int64(c.order.Uint32(h[4:]))*c.fracNs),
		data:     c.buf[:size],
		original: int(c.order.Uint32(h[12:])),
	}
	if _, err := io.ReadFull(c.r, p.data); err != nil {
		return packet{}, truncated(err)
	}
	return p, nil
}

func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}
