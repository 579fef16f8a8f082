package pcap_test

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"slipstream/feed/capture/pcap"
	"slipstream/feed/itch"
	"slipstream/feed/moldudp64"
	"slipstream/internal/testdata"
)

// Every captured MoldUDP64 packet, and every message of it, decodes and re-encodes
// to the same bytes.
func TestRealCapturesReencode(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testdata.Dir(t), "mold", "*.pcap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures found (%v)", err)
	}
	datagrams, messages, longest := 0, 0, 0
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			r, err := pcap.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got := r.LinkType(); got != "Ethernet" {
				t.Errorf("link type %s, want Ethernet", got)
			}
			for {
				d, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				n := reencode(t, d.Payload)
				datagrams++
				messages += n
				longest = max(longest, n)
				if !d.Dst.Addr().IsMulticast() || d.Dst.Port() == 0 || d.Nanos == 0 {
					t.Errorf("datagram to %v at %d, want a multicast group and a time", d.Dst, d.Nanos)
				}
			}
			if s := r.Skipped(); s != (pcap.Skipped{}) {
				t.Errorf("skipped %+v, want none", s)
			}
		})
	}
	if datagrams < len(files) || longest != 38 {
		t.Errorf("%d datagrams, the longest with %d messages; want at least %d, and 38", datagrams, longest, len(files))
	}
	t.Logf("%d files, %d datagrams, %d messages", len(files), datagrams, messages)
}

// reencode takes a packet apart, builds it again, and returns its message count.
func reencode(t *testing.T, b []byte) int {
	t.Helper()
	p, fault := moldudp64.Decode(b)
	if fault != moldudp64.FaultNone {
		t.Fatalf("packet refused: %v", fault)
	}
	builder := moldudp64.NewBuilder(p.Session, p.Sequence, len(b))
	n := 0
	for msg, ok := p.Next(); ok; msg, ok = p.Next() {
		n++
		again, ok := itch.Recode(nil, msg)
		if !ok || !bytes.Equal(again, msg) {
			t.Fatalf("message %d of type %q: re-encoded %x, want %x", n, itch.Type(msg), again, msg)
		}
		if !builder.Add(again) {
			t.Fatalf("message %d does not fit the rebuilt packet", n)
		}
	}
	if n != p.Messages() {
		t.Fatalf("%d messages, the header says %d", n, p.Messages())
	}
	built := builder.Heartbeat()
	if p.IsEndOfSession() {
		built = builder.EndOfSession()
	}
	if !bytes.Equal(built, b) {
		t.Fatalf("packet rebuilt as %x, want %x", built, b)
	}
	return n
}
