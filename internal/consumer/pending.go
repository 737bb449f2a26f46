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

// pending is a request for permission that was begun in this browser. It waits
// in a cookie of its own, sealed, so that several can wait side by side. It
// never holds the client secret.
type pending struct {
	State    string    `json:"s"`
	Verifier string    `json:"v"`
	ClientID string    `json:"c"`
	Provider provider  `json:"p"`
	BeganAt  time.Time `json:"t"`
}

// pendingTTL is how long a request may wait.
const pendingTTL = time.Hour

const cookiePrefix = "consumer_pending_"

func newPending(now time.Time, clientID string, p *provider) *pending {
	kept := *p
	kept.Scopes = nil
	return &pending{State: rand.Text(), Verifier: rand.Text() + rand.Text(), ClientID: clientID, Provider: kept, BeganAt: now}
}

// challenge is the S256 code_challenge (RFC 7636 §4.2).
func (p *pending) challenge() string {
	sum := sha256.Sum256([]byte(p.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c *consumer) keep(w http.ResponseWriter, p *pending) error {
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

var errNotPending = errors.New("no such request was begun in this browser")

// find gives the request with the state, if it was begun in this browser.
func (c *consumer) find(r *http.Request, state string) (*pending, error) {
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
	if err := json.Unmarshal(plain, p); err != nil || c.Clock().Sub(p.BeganAt) > pendingTTL {
		return nil, errNotPending
	}
	return p, nil
}

// cookieName tells the cookies of several requests apart.
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
