package desk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream/fix"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, next: 2}
	a.key = newKey(t)
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue writes a certificate and its key as PEM files.
func (a *authority) issue(dir, name string, edit func(*x509.Certificate)) (certFile, keyFile string) {
	a.t.Helper()
	key := newKey(a.t)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	a.next++
	if edit != nil {
		edit(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	writePEM(a.t, certFile, "CERTIFICATE", der)
	writePEM(a.t, keyFile, "PRIVATE KEY", keyDER)
	return certFile, keyFile
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDesksComeByTLSWithTheirCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ours, theirs := newAuthority(t), newAuthority(t)
	ca := filepath.Join(dir, "ca.pem")
	writePEM(t, ca, "CERTIFICATE", ours.cert.Raw)
	serverCert, serverKey := ours.issue(dir, "server", nil)
	serverTLS, err := ServerTLS(serverCert, serverKey, ca)
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
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	issue := func(a *authority, name string, edit func(*x509.Certificate)) *tls.Certificate {
		certFile, keyFile := a.issue(dir, name, edit)
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			t.Fatal(err)
		}
		return &pair
	}
	deskA := issue(ours, "desk-a", nil)
	deskB := issue(ours, "desk-b", func(c *x509.Certificate) { c.DNSNames = []string{"b.example"} })
	for _, c := range []struct {
		name, desk string
		cert       *tls.Certificate
		version    uint16 // highest TLS
		welcome    bool
	}{
		{"its own certificate", "TLSA", deskA, tls.VersionTLS13, true},
		{"its own certificate by DNS name", "TLSB", deskB, tls.VersionTLS12, true},
		{"any certificate of the authority, where none is named", "TLSANY", deskB, tls.VersionTLS13, true},
		{"another desk's certificate", "TLSA", deskB, tls.VersionTLS13, false},
		{"no certificate", "TLSANY", nil, tls.VersionTLS13, false},
		{"a certificate of another authority", "TLSA", issue(theirs, "desk-a", nil), tls.VersionTLS13, false},
		{"a certificate that has run out", "TLSA", issue(ours, "desk-a", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), tls.VersionTLS13, false},
		{"TLS 1.1", "TLSA", deskA, tls.VersionTLS11, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: c.version}
			if c.cert != nil {
				client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.cert, nil }
			}
			conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", g.Addr().String(), client)
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
	a := newAuthority(t)
	cert, key := a.issue(dir, "server", nil)
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
