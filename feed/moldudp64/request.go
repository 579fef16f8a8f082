package moldudp64

// Request asks a retransmission server for Count messages from Sequence on. The
// server answers with a downstream packet, which may hold fewer.
type Request struct {
	Session  SessionID
	Sequence uint64
	Count    uint16
}

// RequestSize is the length of a request packet.
const RequestSize = HeaderSize

// Append appends the request packet to dst.
func (r *Request) Append(dst []byte) []byte {
	h := Header(*r)
	return h.Append(dst)
}

// Decode reads b, exactly one request packet; false when it is not one, asks for
// nothing, or leaves the 64 bits of a sequence number.
func (r *Request) Decode(b []byte) bool {
	if len(b) != RequestSize {
		return false
	}
	var h Header
	h.decode((*[HeaderSize]byte)(b))
	if h.Count == 0 || h.Sequence+uint64(h.Count) < h.Sequence {
		return false
	}
	*r = Request(h)
	return true
}
