package consumer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pending is an authorization request that a browser has started. It is stored in
// an encrypted cookie. Each request has its own cookie, so that a browser can have
// several. It never contains the client secret.
type pending struct {
	State    string `json:"s"`
	Verifier string `json:"v"`
	Nonce    string `json:"n,omitempty"` // of a request with the scope openid
	ClientID string `json:"c"`
	Scope    string `json:"o,omitempty"`
	Resource string `json:"r,omitempty"`
	// Provider has the issuer, or else the endpoints that the person entered. Its
	// metadata is read again when the response arrives, because cookies have a
	// limited size.
	Provider  provider  `json:"p"`
	Silent    bool      `json:"f,omitempty"` // the response is shown in a frame
	StartedAt time.Time `json:"t"`
}

// pendingTTL is the lifetime of a pending request.
const pendingTTL = time.Hour

const cookiePrefix = "consumer_pending_"

func newPending(now time.Time, f formPage, p *provider) *pending {
	request := &pending{
		State: rand.Text(), Verifier: rand.Text() + rand.Text(), ClientID: f.ClientID, Scope: f.Scope, Resource: f.Resource,
		Provider: provider{Issuer: p.Issuer}, StartedAt: now,
	}
	if p.Issuer == "" {
		request.Provider = provider{Authorization: p.Authorization, Token: p.Token}
	}
	if slices.Contains(strings.Fields(f.Scope), "openid") {
		request.Nonce = rand.Text()
	}
	return request
}

// challenge returns the code_challenge for the method S256 (RFC 7636 §4.2).
func (p *pending) challenge() string {
	sum := sha256.Sum256([]byte(p.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// storePending stores the request in a cookie.
func (c *consumer) storePending(w http.ResponseWriter, p *pending) error {
	cookie := http.Cookie{Name: cookieName(p.State), Path: "/consumer/exchange/", SameSite: http.SameSiteLaxMode}
	return c.setSealed(w, cookie, p.State, pendingTTL, p)
}

// findPending returns the request with the given state. It reports false if this
// browser has no such request.
func (c *consumer) findPending(r *http.Request, state string) (*pending, bool) {
	p := new(pending)
	found := c.readSealed(r, cookieName(state), state, p) && c.Clock().Sub(p.StartedAt) <= pendingTTL
	return p, found
}

// cookieName returns the name of the cookie of the request with the given state.
func cookieName(state string) string {
	sum := sha256.Sum256([]byte(state))
	return cookiePrefix + base64.RawURLEncoding.EncodeToString(sum[:6])
}
