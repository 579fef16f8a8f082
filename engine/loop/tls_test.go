package loop

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"slipstream/engine"
	"slipstream/engine/journal"
	"slipstream/internal/market"
	"slipstream/internal/testcert"
)

// heard collects what the bridge logs.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) log(s string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.WriteString(s + "\n")
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// mutual is a venue that wants a certificate of the authority's, and a client that has one.
func mutual(t testing.TB) (venue, client *tls.Config) {
	a := testcert.New(t)
	venue = &tls.Config{Certificates: []tls.Certificate{a.Pair("venue.test")}, ClientCAs: a.Pool(), ClientAuth: tls.RequireAndVerifyClientCert}
	client = &tls.Config{Certificates: []tls.Certificate{a.Pair("slipstream.test")}, RootCAs: a.Pool(), MinVersion: tls.VersionTLS12}
	return venue, client
}

// acceptTLS takes the loop's next connection and shakes hands.
func (r *rig) acceptTLS(cfg *tls.Config) *tls.Conn {
	r.t.Helper()
	c := tls.Server(r.accept(), cfg)
	_ = c.SetDeadline(time.Now().Add(patience))
	if err := c.Handshake(); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// TestTheVenueByTLS: bytes go both ways over a connection that both sides have proved, and
// what the loop wrote last arrives before the end.
func TestTheVenueByTLS(t *testing.T) {
	for _, c := range []struct {
		name    string
		version uint16
		server  string
	}{
		{"TLS 1.3, by address", tls.VersionTLS13, ""},
		{"TLS 1.2, by name", tls.VersionTLS12, "venue.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			venue, client := mutual(t)
			venue.MaxVersion, client.ServerName = c.version, c.server
			big := bytes.Repeat([]byte("order|"), 4000)
			core := newCore(func(in *engine.Input, fx *engine.Effects) {
				switch {
				case in.Kind == engine.InVenueUp:
					fx.Venue = append(fx.Venue, "logon|"...)
				case in.Kind == engine.InVenueBytes && bytes.Contains(in.Bytes, []byte("go")):
					fx.Venue = append(fx.Venue, big...)
					fx.CloseVenue = true
				}
			})
			r := newRig(t, core, func(c *Config) { c.VenueTLS = client }).start()
			conn := r.acceptTLS(venue)
			if state := conn.ConnectionState(); state.Version != c.version || state.PeerCertificates[0].Subject.CommonName != "slipstream.test" {
				t.Errorf("version %x, certificate of %s", state.Version, state.PeerCertificates[0].Subject)
			}
			got := make([]byte, 6)
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != "logon|" {
				t.Fatalf("%q, %v", got, err)
			}
			if _, err := conn.Write([]byte("go")); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(conn) // to close_notify: a cut is an error
			if err != nil || !bytes.Equal(rest, big) {
				t.Errorf("%d bytes of %d before the end: %v", len(rest), len(big), err)
			}
			_ = conn.Close()
			r.wait("InVenueDown", engine.InVenueDown, 1)
			r.acceptTLS(venue) // and it comes again
			r.wait("InVenueUp", engine.InVenueUp, 2)
			r.stop()
		})
	}
}

// TestTLSThatFails: each refusal is a failed attempt or an end of the connection, never a
// session in clear text, and the log says why.
func TestTLSThatFails(t *testing.T) {
	venue, client := mutual(t)
	_, stranger := mutual(t)
	edit := func(c *tls.Config, f func(*tls.Config)) *tls.Config { c = c.Clone(); f(c); return c }
	for _, c := range []struct {
		name   string
		client *tls.Config
		venue  *tls.Config // nil = clear text
		errno  unix.Errno  // of the failed attempt; 0 = the venue refuses after ours was made
		text   string
	}{
		{"the venue's certificate is of another authority", stranger, venue, unix.EPROTO, "unknown authority"},
		{"the venue's certificate has another name", edit(client, func(c *tls.Config) { c.ServerName = "other.test" }), venue, unix.EPROTO, "other.test"},
		{"the venue speaks an old version", client, edit(venue, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11; c.MinVersion = tls.VersionTLS10 }), unix.EPROTO, "protocol version"},
		{"the venue does not speak TLS", client, nil, unix.EPROTO, "first record does not look like a TLS handshake"},
		{"we have no certificate", edit(client, func(c *tls.Config) { c.Certificates = nil }), venue, 0, "certificate required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log heard
			r := newRig(t, newCore(nil), func(cfg *Config) { cfg.VenueTLS, cfg.VenueLog = c.client, log.log }).start()
			raw := r.accept()
			if c.venue == nil {
				_, _ = raw.Write([]byte("8=FIX.4.4|9=5|35=5|10=000|"))
			} else if err := tls.Server(raw, c.venue).Handshake(); err == nil {
				t.Fatal("the venue took it")
			}
			_ = raw.Close()
			if c.errno != 0 {
				if e := r.event(journal.EvVenueConnectFail); unix.Errno(e.B) != c.errno {
					t.Errorf("the event says errno %v, want %v", unix.Errno(e.B), c.errno)
				}
			} else {
				r.event(journal.EvVenueDisconnected)
			}
			eventually(t, "the reason in the log", func() bool { return strings.Contains(log.String(), c.text) })
			if n := r.core.saw(engine.InVenueBytes); n != 0 {
				t.Errorf("%d inputs of bytes that nobody proved", n)
			}
		})
	}
}

// TestTLSToNobody: a refused connect is told as such.
func TestTLSToNobody(t *testing.T) {
	_, client := mutual(t)
	r := newRig(t, newCore(nil), func(c *Config) { c.VenueTLS = client })
	_ = r.venue.Close()
	r.start()
	if e := r.event(journal.EvVenueConnectFail); unix.Errno(e.B) != unix.ECONNREFUSED {
		t.Errorf("the event says errno %v", unix.Errno(e.B))
	}
}

// TestAVenueThatDoesNotReadBlocksThroughTLS: the small buffers between loop and bridge
// fill up, and new orders stop until the venue reads.
func TestAVenueThatDoesNotReadBlocksThroughTLS(t *testing.T) {
	venue, client := mutual(t)
	core := newCore(func(in *engine.Input, fx *engine.Effects) {
		if in.Kind == engine.InVenueUp {
			fx.Venue = append(fx.Venue, bytes.Repeat([]byte("x"), 60_000)...)
		}
		if in.Kind == engine.InVenueBytes {
			fx.Venue = append(fx.Venue, bytes.Repeat([]byte("y"), 60_000)...)
		}
	})
	r := newRig(t, core, func(c *Config) { c.VenueTLS, c.VenueSndBuf, c.PendingBytes = client, 8192, 1<<20 }).start()
	raw := r.accept()
	_ = raw.SetReadBuffer(8192)
	conn := tls.Server(raw, venue)
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	total := 60_000
	for r.core.saw(engine.InVenueBlocked) == 0 {
		if total > 1<<20 {
			t.Fatal("a megabyte went out to a venue that does not read")
		}
		before := r.core.saw(engine.InVenueBytes)
		if _, err := conn.Write([]byte("more")); err != nil {
			t.Fatal(err)
		}
		r.wait("the venue's bytes", engine.InVenueBytes, before+1)
		total += 60_000
	}
	if n, err := io.CopyN(io.Discard, conn, int64(total)); err != nil {
		t.Fatalf("%d of %d bytes: %v", n, total, err)
	}
	r.wait("InVenueDrained", engine.InVenueDrained, 1)
}

// BenchmarkVenueRoundTrip is order to answer through the loop's descriptors: a thread that
// spins on its end of the connection, as the loop does, and a venue that echoes.
func BenchmarkVenueRoundTrip(b *testing.B) {
	for _, by := range []string{"tcp", "tls"} {
		b.Run("by="+by, func(b *testing.B) {
			venue, client := mutual(b)
			ln, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				if by == "tls" {
					c = tls.Server(c, venue)
				}
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
			cfg := Default()
			cfg.VenueAddr, cfg.VenueTLS = ln.Addr().String(), client
			addr, err := parseAddress(cfg.VenueAddr)
			if err != nil {
				b.Fatal(err)
			}
			v := venueLink{addrs: []*address{addr}, connectBy: market.Second, buf: make([]byte, 4096), pending: make([]byte, 0, 4096)}
			if by == "tls" {
				if v.tls, err = newTLSBridge(&cfg); err != nil {
					b.Fatal(err)
				}
				defer v.tls.close()
			}
			if e := v.open(0); e != 0 {
				b.Fatal(e)
			}
			defer v.close()
			clock := newClock()
			for done, e := v.connected(1); ; done, e = v.connected(1) {
				if e != 0 {
					b.Fatal(e)
				}
				if done {
					break
				}
			}
			order := bytes.Repeat([]byte("o"), 215)
			var hist Hist
			b.ResetTimer()
			for range b.N {
				start := clock.now()
				if _, e := v.write(order); e != 0 {
					b.Fatal(e)
				}
				for got := 0; got < len(order); {
					n, e := v.read()
					if e != 0 && e != unix.EAGAIN {
						b.Fatal(e)
					}
					got += max(n, 0)
				}
				hist.Record(int64(clock.now() - start))
			}
			b.StopTimer()
			var s HistSnapshot
			hist.Snapshot(&s)
			b.ReportMetric(float64(s.Quantile(50, 100)), "p50-ns")
			b.ReportMetric(float64(s.Quantile(99, 100)), "p99-ns")
		})
	}
}
