package hosts

import (
	"crypto/x509"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey"
)

// MTLSProxy is an InsecureProxy that accepts only requests of a proxy with a client
// certificate. The proxy connects to the program over TLS, and the tls.Config of the
// program has the ClientAuth tls.RequestClientCert or a stricter one.
type MTLSProxy struct {
	InsecureProxy
	options x509.VerifyOptions
}

// NewMTLSProxy returns an MTLSProxy. authorities issued the certificate of the proxy,
// which is valid for client authentication and has the DNS name name. Other
// certificates of the authorities are not accepted.
func NewMTLSProxy(p InsecureProxy, authorities *x509.CertPool, name string) (*MTLSProxy, error) {
	if authorities == nil || name == "" {
		return nil, errors.New("the authorities and the name of the proxy are required")
	}
	return &MTLSProxy{p, x509.VerifyOptions{Roots: authorities, DNSName: name, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}}, nil
}

// Current returns the person whom the header names, if the request came from the proxy.
func (p *MTLSProxy) Current(r *http.Request) (*latchkey.Person, error) {
	if !p.isProxy(r) {
		return nil, nil
	}
	return p.InsecureProxy.Current(r)
}

// isProxy verifies the certificate itself, so that it does not depend on the
// ClientAuth and ClientCAs of the program.
func (p *MTLSProxy) isProxy(r *http.Request) bool {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return false
	}
	options := p.options
	options.Intermediates = x509.NewCertPool()
	for _, c := range r.TLS.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := r.TLS.PeerCertificates[0].Verify(options)
	return err == nil
}
