package desk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/quickfixgo/quickfix"
)

// ServerTLS is Config.TLS from PEM files: TLS 1.2 at least, and, with caFile, only
// peers that show a certificate of its authorities.
func ServerTLS(certFile, keyFile, caFile string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("desk: certificate %s, key %s: %w", certFile, keyFile, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("desk: client authorities: %w", err)
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("desk: client authorities: %s holds no certificate", caFile)
	}
	return c, nil
}

// certValidator is quickfixgo's hook after the first message: it holds the peer's
// certificate against the session's CertName. An error closes the connection unanswered.
type certValidator struct{ g *Gateway }

var errCertName = errors.New("desk: the certificate is not this session's")

func (v certValidator) Validate(c net.Conn, id quickfix.SessionID) error {
	desk, known := v.g.byID[id]
	if !known {
		return nil // quickfixgo closes it
	}
	want := v.g.cfg.Sessions[desk].CertName
	if want == "" {
		return nil
	}
	if gc, ok := c.(*guardConn); ok {
		c = gc.Conn
	}
	secure, ok := c.(*tls.Conn)
	if !ok {
		return errCertName
	}
	for _, cert := range secure.ConnectionState().PeerCertificates[:1] { // the peer's own; RequireAndVerifyClientCert: there is one
		if cert.Subject.CommonName == want {
			return nil
		}
		for _, name := range cert.DNSNames {
			if name == want {
				return nil
			}
		}
	}
	v.g.log("guard", c.RemoteAddr().String(), "closed: the certificate is not that of "+id.String())
	return errCertName
}
