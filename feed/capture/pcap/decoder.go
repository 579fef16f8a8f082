package pcap

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// verdict says what a packet holds.
type verdict uint8

const (
	notUDP verdict = iota
	fragment
	incomplete
	whole // one whole UDP datagram
)

// decoder finds the UDP datagram in a packet; its layers are reused.
type decoder struct {
	parser *gopacket.DecodingLayerParser
	found  []gopacket.LayerType
	eth    layers.Ethernet
	sll    layers.LinuxSLL
	loop   layers.Loopback
	vlan   layers.Dot1Q
	ip4    layers.IPv4
	ip6    layers.IPv6
	udp    layers.UDP
}

// init reports whether the link type is one that the decoder knows.
func (d *decoder) init(link layers.LinkType) bool {
	var first gopacket.LayerType
	switch link {
	case layers.LinkTypeEthernet:
		first = layers.LayerTypeEthernet
	case layers.LinkTypeLinuxSLL:
		first = layers.LayerTypeLinuxSLL
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		first = layers.LayerTypeLoopback
	case layers.LinkTypeRaw, layers.LinkTypeIPv4:
		first = layers.LayerTypeIPv4
	case layers.LinkTypeIPv6:
		first = layers.LayerTypeIPv6
	default:
		return false
	}
	d.parser = gopacket.NewDecodingLayerParser(first,
		&d.eth, &d.sll, &d.loop, &d.vlan, &d.ip4, &d.ip6, &d.udp)
	d.parser.IgnoreUnsupported = true
	return true
}

// decode gives the datagram of one packet. The parser trims padding by the IP and
// UDP length fields and turns a panic of a layer into an error.
func (d *decoder) decode(data []byte) (Datagram, verdict) {
	err := d.parser.DecodeLayers(data, &d.found)
	var src, dst netip.Addr
	udp := false
	for _, t := range d.found {
		switch t {
		case layers.LayerTypeIPv4:
			if d.ip4.Flags&layers.IPv4MoreFragments != 0 || d.ip4.FragOffset != 0 {
				return Datagram{}, fragment
			}
			src, _ = netip.AddrFromSlice(d.ip4.SrcIP)
			dst, _ = netip.AddrFromSlice(d.ip4.DstIP)
		case layers.LayerTypeIPv6:
			if d.ip6.NextHeader == layers.IPProtocolIPv6Fragment {
				return Datagram{}, fragment
			}
			src, _ = netip.AddrFromSlice(d.ip6.SrcIP)
			dst, _ = netip.AddrFromSlice(d.ip6.DstIP)
		case layers.LayerTypeUDP:
			udp = true
		}
	}
	switch {
	case d.parser.Truncated:
		return Datagram{}, incomplete
	case err != nil || !udp:
		return Datagram{}, notUDP
	case int(d.udp.Length) != len(d.udp.Payload)+8:
		return Datagram{}, incomplete
	}
	return Datagram{
		Src:     netip.AddrPortFrom(src.Unmap(), uint16(d.udp.SrcPort)),
		Dst:     netip.AddrPortFrom(dst.Unmap(), uint16(d.udp.DstPort)),
		Payload: d.udp.Payload,
	}, whole
}
