package hosts

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"
	"time"

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
	// TimeHeader contains the time of the login, in seconds since 1970, if the proxy can
	// send it. The proxy must remove the header from the requests of clients. "" means that
	// the proxy sends no time.
	TimeHeader string
	// NewLogin records new logins for a proxy that sends no time. It may be nil. Without a
	// TimeHeader and a NewLogin, the administrators cannot use the pages of the back office
	// that need a recent login.
	NewLogin *NewLogin
}

// Current returns the person named in the header. The session is not known.
func (p InsecureProxy) Current(r *http.Request) (*latchkey.Person, error) {
	values := r.Header.Values(p.Header)
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return nil, nil
	case len(values) > 1:
		return nil, errors.New("the request has the header " + p.Header + " more than once; the proxy does not remove the header of clients")
	}
	at, err := p.authTime(r, values[0])
	if err != nil {
		return nil, err
	}
	return &latchkey.Person{Authentication: oauth.Authentication{Subject: values[0], AuthTime: at}, Admin: p.Admins[values[0]]}, nil
}

// authTime returns when the person logged in, or zero if it is not known.
func (p InsecureProxy) authTime(r *http.Request, subject string) (at time.Time, err error) {
	if p.NewLogin != nil {
		at = p.NewLogin.last(r, subject)
	}
	if p.TimeHeader == "" || len(r.Header.Values(p.TimeHeader)) == 0 {
		return at, nil
	}
	values := r.Header.Values(p.TimeHeader)
	seconds, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || len(values) > 1 {
		return at, errors.New("the header " + p.TimeHeader + " does not contain one number of seconds since 1970")
	}
	if sent := time.Unix(seconds, 0); sent.After(at) {
		at = sent
	}
	return at, nil
}

// LogIn redirects to the login page, or to the page for a new login.
func (p InsecureProxy) LogIn(w http.ResponseWriter, r *http.Request, why latchkey.Interaction) {
	if p.NewLogin != nil && why.Reason == latchkey.ReasonFresh {
		redirectToLogin(w, r, p.NewLogin.Page, why)
		return
	}
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
