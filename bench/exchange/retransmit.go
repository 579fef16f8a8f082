package exchange

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"

	"slipstream/feed/moldudp64"
	"slipstream/internal/market"
)

// RetransmitStats count what the retransmission server did.
type RetransmitStats struct {
	Requests  uint64 `json:"requests"`  // well-formed ones of this session
	Packets   uint64 `json:"packets"`   // sent in answer
	Messages  uint64 `json:"messages"`  // in them
	Malformed uint64 `json:"malformed"` // not a request, or of another session
	Refused   uint64 `json:"refused"`   // over the rate, or the queue was full
	Missing   uint64 `json:"missing"`   // asked for what is not kept or not sent yet
}

type retransmitRequest struct {
	from netip.AddrPort
	req  moldudp64.Request
}

// retransmitter answers MoldUDP64 requests on a unicast UDP socket. Its goroutine
// only reads; the answers are made by the market's goroutine.
type retransmitter struct {
	conn      *net.UDPConn
	queue     chan retransmitRequest
	malformed atomic.Uint64
	refused   atomic.Uint64
	stats     RetransmitStats // by the market's goroutine
	rate      float64         // packets per second
	tokens    float64
	filled    market.Nanos // wall time of the last refill, since the start
	perAnswer int          // packets
	buf       []byte
}

func newRetransmitter(addr netip.AddrPort, rate, perAnswer int) (*retransmitter, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("exchange: retransmission server: %w", err)
	}
	return &retransmitter{conn: conn, queue: make(chan retransmitRequest, 256), rate: float64(rate),
		tokens: float64(perAnswer), perAnswer: perAnswer, buf: make([]byte, 0, moldudp64.MaxPayload)}, nil
}

func (r *retransmitter) addr() netip.AddrPort { return r.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// read queues requests until the socket is closed.
func (r *retransmitter) read(session moldudp64.SessionID) {
	buf := make([]byte, 2048)
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error about an earlier answer
		}
		q := retransmitRequest{from: from}
		if !q.req.Decode(buf[:n]) || q.req.Session != session {
			r.malformed.Add(1)
			continue
		}
		select {
		case r.queue <- q:
		default:
			r.refused.Add(1)
		}
	}
}

// answer sends what was asked for, up to sequence last, in at most perAnswer
// packets and within the rate. now is wall time since the start.
func (r *retransmitter) answer(m *Market, last uint64, q *retransmitRequest, now market.Nanos) {
	r.stats.Requests++
	r.tokens = min(r.tokens+r.rate*float64(now-r.filled)/1e9, float64(max(r.perAnswer, int(r.rate/10))))
	r.filled = now
	from := q.req.Sequence
	end := min(from+uint64(q.req.Count), last+1)
	if from >= end {
		r.stats.Missing++
		return
	}
	for k := 0; k < r.perAnswer && from < end; k++ {
		if r.tokens < 1 {
			r.refused.Add(1)
			return
		}
		pkt, n := m.AppendPacket(r.buf[:0], from, int(end-from), 0)
		if n == 0 {
			r.stats.Missing++
			return
		}
		r.tokens--
		if _, err := r.conn.WriteToUDPAddrPort(pkt, q.from); err != nil {
			return // the asker is gone
		}
		r.stats.Packets++
		r.stats.Messages += uint64(n)
		from += uint64(n)
	}
}

func (r *retransmitter) snapshot() RetransmitStats {
	s := r.stats
	s.Malformed, s.Refused = r.malformed.Load(), r.refused.Load()
	return s
}
