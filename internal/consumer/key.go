package consumer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

const (
	keyCookie = "consumer_key"
	keyTTL    = 24 * time.Hour
	// assertionTTL is the lifetime of a client assertion.
	assertionTTL = time.Minute
)

// keyPage is the data of the page that authenticates with a key.
type keyPage struct {
	defaults
	JWKS string
}

// keyForm shows the public key of this browser, and the form for a token request
// that is signed with its private key (private_key_jwt).
func (c *consumer) keyForm(w http.ResponseWriter, r *http.Request) {
	key, err := c.browserKey(w, r)
	var set []byte
	if err == nil {
		set, err = json.MarshalIndent(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}, "", "  ")
	}
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.render(w, r, http.StatusOK, "key", ui.Text{"consumer.key.title"}, ui.View{Data: keyPage{c.machineDefaults(r), string(set)}, Scripts: []string{"key.js"}, ConnectSrc: anyServer})
}

// assertion returns a new client assertion (RFC 7523 §3), signed with the key of
// this browser. The page sends it to the provider.
func (c *consumer) assertion(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		http.Error(w, c.plain(r, ui.Text{"consumer.fault.form"}), http.StatusBadRequest)
		return
	}
	key, err := c.browserKey(w, r)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	text, err := c.newAssertion(key, strings.TrimSpace(r.PostForm.Get("client_id")), strings.TrimSpace(r.PostForm.Get("audience")))
	if err != nil {
		c.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwt")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text))
}

// newAssertion returns a client assertion, which can be used once.
func (c *consumer) newAssertion(key jose.JSONWebKey, clientID, audience string) (string, error) {
	now := c.Clock()
	return sign(key, map[string]any{
		"iss": clientID, "sub": clientID, "aud": audience, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionTTL).Unix(),
	})
}

func sign(key jose.JSONWebKey, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(body)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// browserKey returns the private key of this browser. It is in an encrypted cookie,
// so that scripts cannot read it. A browser without one gets a new key.
func (c *consumer) browserKey(w http.ResponseWriter, r *http.Request) (jose.JSONWebKey, error) {
	var stored []byte
	if c.readSealed(r, keyCookie, keyCookie, &stored) {
		if private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), stored); err == nil {
			return namedKey(private)
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	raw, err := private.Bytes()
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	cookie := http.Cookie{Name: keyCookie, Path: "/consumer/", SameSite: http.SameSiteStrictMode}
	if err := c.setSealed(w, cookie, keyCookie, keyTTL, raw); err != nil {
		return jose.JSONWebKey{}, err
	}
	return namedKey(private)
}

// namedKey returns the key with its thumbprint as its id (RFC 7638).
func namedKey(private *ecdsa.PrivateKey) (jose.JSONWebKey, error) {
	key := jose.JSONWebKey{Key: private, Algorithm: string(jose.ES256), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return key, err
}
