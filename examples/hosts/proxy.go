package hosts

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// InsecureProxy is a latchkey.People that trusts a header of a reverse proxy. Every
// client that reaches the program without the proxy can act as any person, so nothing
// but the proxy must be able to connect. Use Proxy instead, if the proxy can send a
// secret, or MTLSProxy, if it has a client certificate.
type InsecureProxy struct {
	// Header contains the subject. The proxy must remove the header from the requests
	// of clients.
	Header string
	// LoginPage is the page of the proxy on which people log in.
	LoginPage string
	// Admins are the subjects of the administrators.
	Admins map[string]bool
}

// Current returns the person whom the header names. The time of the login and the
// session are not known.
func (p InsecureProxy) Current(r *http.Request) (*latchkey.Person, error) {
	values := r.Header.Values(p.Header)
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return nil, nil
	case len(values) > 1:
		return nil, errors.New("the request has the header " + p.Header + " more than once; the proxy does not remove the header of clients")
	}
	return &latchkey.Person{Authentication: oauth.Authentication{Subject: values[0]}, Admin: p.Admins[values[0]]}, nil
}

// LogIn redirects to the login page.
func (p InsecureProxy) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	redirectToLogin(w, r, p.LoginPage, why)
}

// Proxy is an InsecureProxy that accepts only requests with a secret of the proxy.
type Proxy struct {
	InsecureProxy
	// SecretHeader contains the secret.
	SecretHeader string
	secret       [sha256.Size]byte
}

// NewProxy returns a Proxy. The secret must have at least 32 characters.
func NewProxy(p InsecureProxy, secretHeader, secret string) (*Proxy, error) {
	if len(secret) < 32 {
		return nil, errors.New("the secret must have at least 32 characters")
	}
	return &Proxy{p, secretHeader, sha256.Sum256([]byte(secret))}, nil
}

// Current returns the person whom the header names, if the request has the secret.
func (p *Proxy) Current(r *http.Request) (*latchkey.Person, error) {
	presented := sha256.Sum256([]byte(r.Header.Get(p.SecretHeader)))
	if subtle.ConstantTimeCompare(presented[:], p.secret[:]) != 1 {
		return nil, nil // the request did not come through the proxy
	}
	return p.InsecureProxy.Current(r)
}
