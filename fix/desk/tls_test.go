package desk

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/fix"
	"slipstream/internal/testcert"
)

func TestDesksComeByTLSWithTheirCertificate(t *testing.T) {
	t.Parallel()
	ours, theirs := testcert.New(t), testcert.New(t)
	serverCert, serverKey := ours.Issue("server")
	serverTLS, err := ServerTLS(serverCert, serverKey, ours.File)
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.TLS = serverTLS
	cfg.Sessions = []Session{
		{SenderCompID: "GATE", TargetCompID: "TLSA", CertName: "desk-a"},
		{SenderCompID: "GATE", TargetCompID: "TLSB", CertName: "b.example"},
		{SenderCompID: "GATE", TargetCompID: "TLSANY"},
	}
	cfg.Submit = func(*fix.Command) bool { return true }
	g, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	deskA := ours.Pair("desk-a")
	deskB := ours.Pair("desk-b", func(c *x509.Certificate) { c.DNSNames = []string{"b.example"} })
	strange := theirs.Pair("desk-a")
	late := ours.Pair("desk-a", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	for _, c := range []struct {
		name, desk string
		cert       *tls.Certificate
		version    uint16 // highest TLS
		welcome    bool
	}{
		{"its own certificate", "TLSA", &deskA, tls.VersionTLS13, true},
		{"its own certificate by DNS name", "TLSB", &deskB, tls.VersionTLS12, true},
		{"any certificate of the authority, where none is named", "TLSANY", &deskB, tls.VersionTLS13, true},
		{"another desk's certificate", "TLSA", &deskB, tls.VersionTLS13, false},
		{"no certificate", "TLSANY", nil, tls.VersionTLS13, false},
		{"a certificate of another authority", "TLSA", &strange, tls.VersionTLS13, false},
		{"a certificate that has run out", "TLSA", &late, tls.VersionTLS13, false},
		{"TLS 1.1", "TLSA", &deskA, tls.VersionTLS11, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := &tls.Config{RootCAs: ours.Pool(), MinVersion: tls.VersionTLS10, MaxVersion: c.version}
			if c.cert != nil {
				client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.cert, nil }
			}
			conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 20 * time.Second}, "tcp", g.Addr().String(), client)
			if err != nil { // with TLS 1.3 the refusal comes with the first read
				if c.welcome {
					t.Fatal(err)
				}
				return
			}
			defer conn.Close()
			p := &peer{t: t, conn: conn, name: c.desk, gate: "GATE", seq: 1}
			if _, err := conn.Write(encode("A", p.header(), "98=0|108=60|141=Y|")); err != nil && c.welcome {
				t.Fatal(err)
			}
			raw, ok := p.next()
			if ok != c.welcome {
				t.Fatalf("answered %v: %s", ok, show(raw))
			}
			if ok && parseFields(raw).get(tagMsgType) != "A" {
				t.Errorf("answered by %s", show(raw))
			}
		})
	}
	if plain := dial(t, g, "TLSANY"); plain != nil {
		plain.send("A", "98=0|108=60|141=Y|")
		if raw, _ := plain.next(); strings.Contains(string(raw), "8=FIX") {
			t.Errorf("a peer without TLS is answered by %s", show(raw))
		}
	}
}

func TestFilesOfTLSThatAreWrongAreNamed(t *testing.T) {
	dir := t.TempDir()
	cert, key := testcert.New(t).Issue("server")
	for _, c := range []struct{ name, cert, key, ca, want string }{
		{"no certificate", filepath.Join(dir, "none.pem"), key, "", "none.pem"},
		{"a key for a certificate", key, cert, "", "server.key"},
		{"no authority file", cert, key, filepath.Join(dir, "ca.pem"), "ca.pem"},
		{"an authority file without certificate", cert, key, key, "holds no certificate"},
	} {
		if _, err := ServerTLS(c.cert, c.key, c.ca); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	cfg := testConfig()
	cfg.Submit = func(*fix.Command) bool { return true }
	cfg.Sessions = []Session{{SenderCompID: "A", TargetCompID: "B", CertName: "b"}}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "CertName needs TLS") {
		t.Errorf("a CertName without TLS: %v", err)
	}
}
