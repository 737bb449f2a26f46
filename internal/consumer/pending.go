package consumer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// pending is an authorization request that a browser has started. It is stored in
// an encrypted cookie. Each request has its own cookie, so that a browser can have
// several. It never contains the client secret.
type pending struct {
	State     string    `json:"s"`
	Verifier  string    `json:"v"`
	ClientID  string    `json:"c"`
	Provider  provider  `json:"p"`
	StartedAt time.Time `json:"t"`
}

// pendingTTL is the lifetime of a pending request.
const pendingTTL = time.Hour

const cookiePrefix = "consumer_pending_"

func newPending(now time.Time, clientID string, p *provider) *pending {
	endpoints := *p
	endpoints.Scopes, endpoints.Pushed = nil, "" // not needed, and cookies have a limited size
	return &pending{State: rand.Text(), Verifier: rand.Text() + rand.Text(), ClientID: clientID, Provider: endpoints, StartedAt: now}
}

// challenge returns the code_challenge for the method S256 (RFC 7636 §4.2).
func (p *pending) challenge() string {
	sum := sha256.Sum256([]byte(p.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// storePending stores the request in a cookie.
func (c *consumer) storePending(w http.ResponseWriter, p *pending) error {
	plain, err := json.Marshal(p)
	if err != nil {
		return err
	}
	aead, err := c.aead()
	if err != nil {
		return err
	}
	sealed := aead.Seal(nil, nil, plain, []byte(p.State))
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(p.State), Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/consumer/exchange/",
		MaxAge: int(pendingTTL.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(c.BaseURL, "https:"),
	})
	return nil
}

var errNotPending = errors.New("this browser has no pending request with this state")

// findPending returns the request with the given state, or errNotPending if this
// browser has no such request.
func (c *consumer) findPending(r *http.Request, state string) (*pending, error) {
	cookie, err := r.Cookie(cookieName(state))
	if err != nil {
		return nil, errNotPending
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil, errNotPending
	}
	aead, err := c.aead()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(state))
	if err != nil {
		return nil, errNotPending
	}
	p := new(pending)
	if err := json.Unmarshal(plain, p); err != nil || c.Clock().Sub(p.StartedAt) > pendingTTL {
		return nil, errNotPending
	}
	return p, nil
}

// cookieName returns the name of the cookie of the request with the given state.
func cookieName(state string) string {
	sum := sha256.Sum256([]byte(state))
	return cookiePrefix + base64.RawURLEncoding.EncodeToString(sum[:6])
}

func (c *consumer) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(c.key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
