package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"slipstream/internal/market"
)

const (
	linkEthernet = uint32(layers.LinkTypeEthernet)
	linkSLL      = uint32(layers.LinkTypeLinuxSLL)
	linkRaw      = uint32(layers.LinkTypeRaw)
)

// capture writes packets as a pcap file of one second, one fraction unit apart.
func capture(order binary.AppendByteOrder, magic, link uint32, packets ...[]byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, 65535)
	b = order.AppendUint32(b, link)
	for i, p := range packets {
		b = order.AppendUint32(b, 1)
		b = order.AppendUint32(b, uint32(i))
		b = order.AppendUint32(b, uint32(len(p)))
		b = order.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// build serializes layers with right lengths.
func build(t *testing.T, l ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true}, l...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buf.Bytes())
}

func eth(typ layers.EthernetType) *layers.Ethernet {
	mac := net.HardwareAddr{1, 0, 0x5e, 0, 0, 1}
	return &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: typ}
}

func ip4() *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 1, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{239, 0, 0, 1}}
}

func udp() *layers.UDP { return &layers.UDP{SrcPort: 1, DstPort: 2} }

func TestReaderFindsDatagrams(t *testing.T) {
	hello := gopacket.Payload("hello")
	ip6 := &layers.IPv6{Version: 6, HopLimit: 1, NextHeader: layers.IPProtocolUDP, SrcIP: net.ParseIP("fd00::1"), DstIP: net.ParseIP("ff05::1")}
	fragmented := ip4()
	fragmented.Flags = layers.IPv4MoreFragments
	tcp := ip4()
	tcp.Protocol = layers.IPProtocolTCP
	ethernet := build(t, eth(layers.EthernetTypeIPv4), ip4(), udp(), hello)
	wrong := bytes.Clone(ethernet)
	wrong[14+20+5]++ // UDP length
	for _, c := range []struct {
		name   string
		link   uint32
		packet []byte
		dst    string // "" when it is skipped
		want   Skipped
	}{
		{"Ethernet", linkEthernet, ethernet, "239.0.0.1:2", Skipped{}},
		{"Ethernet padded to its least length", linkEthernet, append(bytes.Clone(ethernet), 0, 0, 0), "239.0.0.1:2", Skipped{}},
		{"a VLAN tag", linkEthernet, build(t, eth(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 141, Type: layers.EthernetTypeIPv4}, ip4(), udp(), hello), "239.0.0.1:2", Skipped{}},
		{"two VLAN tags", linkEthernet, build(t, eth(layers.EthernetTypeQinQ), &layers.Dot1Q{Type: layers.EthernetTypeDot1Q}, &layers.Dot1Q{Type: layers.EthernetTypeIPv4}, ip4(), udp(), hello), "239.0.0.1:2", Skipped{}},
		{"IPv6", linkEthernet, build(t, eth(layers.EthernetTypeIPv6), ip6, udp(), hello), "[ff05::1]:2", Skipped{}},
		{"raw IP", linkRaw, build(t, ip4(), udp(), hello), "239.0.0.1:2", Skipped{}},
		{"Linux cooked", linkSLL, append([]byte{0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0}, build(t, ip4(), udp(), hello)...), "239.0.0.1:2", Skipped{}},
		{"a fragment", linkEthernet, build(t, eth(layers.EthernetTypeIPv4), fragmented, udp(), hello), "", Skipped{Fragments: 1}},
		{"TCP", linkEthernet, build(t, eth(layers.EthernetTypeIPv4), tcp, &layers.TCP{}, hello), "", Skipped{NotUDP: 1}},
		{"ARP", linkEthernet, build(t, eth(layers.EthernetTypeARP), hello), "", Skipped{NotUDP: 1}},
		{"nothing", linkEthernet, nil, "", Skipped{NotUDP: 1}},
		{"a packet cut in its payload", linkEthernet, ethernet[:14+20+8+3], "", Skipped{Incomplete: 1}},
		{"a UDP length that is wrong", linkEthernet, wrong, "", Skipped{Incomplete: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewReader(bytes.NewReader(capture(binary.LittleEndian, magicNanos, c.link, c.packet)), "f")
			if err != nil {
				t.Fatal(err)
			}
			d, err := r.Next()
			if c.dst == "" {
				if err != io.EOF || r.Skipped() != c.want {
					t.Fatalf("%v, skipped %+v; want %+v", err, r.Skipped(), c.want)
				}
				return
			}
			if err != nil || string(d.Payload) != "hello" || d.Dst != netip.MustParseAddrPort(c.dst) || d.Src.Port() != 1 {
				t.Fatalf("%+v, %v, skipped %+v", d, err, r.Skipped())
			}
			if _, err := r.Next(); err != io.EOF || r.Packets() != 1 {
				t.Errorf("then %v after %d packets", err, r.Packets())
			}
		})
	}
}

func TestReaderSkipsWhatTheCaptureCut(t *testing.T) {
	p := build(t, eth(layers.EthernetTypeIPv4), ip4(), udp(), gopacket.Payload("hello"))
	b := capture(binary.LittleEndian, magicNanos, linkEthernet, p)
	binary.LittleEndian.PutUint32(b[fileHeaderSize+12:], uint32(len(p)+100)) // longer on the wire
	r, err := NewReader(bytes.NewReader(b), "f")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != io.EOF || r.Skipped() != (Skipped{Incomplete: 1}) {
		t.Errorf("%v, skipped %+v", err, r.Skipped())
	}
}

func TestTimesInEveryForm(t *testing.T) {
	p := build(t, eth(layers.EthernetTypeIPv4), ip4(), udp(), gopacket.Payload("hello"))
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for magic, unit := range map[uint32]market.Nanos{magicMicros: market.Microsecond, magicNanos: 1} {
			r, err := NewReader(bytes.NewReader(capture(order, magic, linkEthernet, p, p)), "f")
			if err != nil {
				t.Fatal(err)
			}
			for i := range market.Nanos(2) {
				if d, err := r.Next(); err != nil || d.Nanos != market.Second+i*unit {
					t.Errorf("%v %x: packet %d at %d, %v", order, magic, i, d.Nanos, err)
				}
			}
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	whole := capture(binary.LittleEndian, magicNanos, linkEthernet, make([]byte, 60))
	huge := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(huge[fileHeaderSize+8:], maxPacket+1)
	version := bytes.Clone(whole)
	version[4] = 9
	for _, c := range []struct {
		name string
		b    []byte
		text string
	}{
		{"an empty file", nil, "not a pcap file"},
		{"another file", []byte(strings.Repeat("not a capture ", 4)), "not a pcap file"},
		{"another version", version, "version 9"},
		{"a pcapng file", append([]byte{0x0a, 0x0d, 0x0d, 0x0a}, make([]byte, 40)...), "pcapng is not supported"},
		{"a link type that is not known", capture(binary.LittleEndian, magicNanos, 147), "link type 147"},
		{"a file cut in a packet's header", whole[:fileHeaderSize+7], "packet 1: file ends inside a packet"},
		{"a file cut in a packet", whole[:len(whole)-1], "packet 1: file ends inside a packet"},
		{"a packet too long", huge, "packet 1: captured length"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewReader(bytes.NewReader(c.b), "the-file")
			if err == nil {
				_, err = r.Next()
			}
			if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "the-file") {
				t.Errorf("error %v, want %q and the file", err, c.text)
			}
		})
	}
	if _, err := Open("none.pcap"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// FuzzReader: no capture makes the reader panic or hand out more than it read.
func FuzzReader(f *testing.F) {
	f.Add(capture(binary.BigEndian, magicMicros, linkEthernet, make([]byte, 60), []byte("x")))
	f.Add(capture(binary.LittleEndian, magicNanos, linkSLL, make([]byte, 60)))
	f.Add(capture(binary.LittleEndian, magicNanos, linkRaw, append([]byte{0x45, 0, 0, 30, 0, 0, 0, 0, 1, 17}, make([]byte, 20)...)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b), "f")
		if err != nil {
			return
		}
		got := 0
		for {
			d, err := r.Next()
			if err != nil {
				break
			}
			got += len(d.Payload) + packetHeaderSize
		}
		if got > len(b)-fileHeaderSize {
			t.Fatalf("%d bytes of datagrams from %d", got, len(b))
		}
	})
}
