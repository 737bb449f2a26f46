package resource

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// ClientKey authenticates a client with its private key (private_key_jwt, RFC
// 7523 §2.2, OpenID Connect Core §9). Many goroutines can use it at once.
type ClientKey struct {
	// Private is an *ecdsa.PrivateKey on P-256, an ed25519.PrivateKey or an
	// *rsa.PrivateKey of at least 2048 bits. The authorization server has the
	// public key.
	Private crypto.PrivateKey
	// ID is the kid of the public key; empty means its thumbprint (RFC 7638).
	ID string
	// Audience is the aud of the assertions: the issuer of the authorization
	// server.
	Audience string
	// Clock returns the current time; nil means time.Now.
	Clock func() time.Time

	once sync.Once
	key  *jose.PrivateKey
	err  error
}

// assertionLifetime is long enough for clocks that differ a little.
const assertionLifetime = time.Minute

// Assertion returns a new client_assertion. It can be used for one request.
func (k *ClientKey) Assertion(clientID string) (string, error) {
	if err := k.fault(); err != nil {
		return "", err
	}
	now := time.Now()
	if k.Clock != nil {
		now = k.Clock()
	}
	payload, err := json.Marshal(map[string]any{
		"iss": clientID, "sub": clientID, "aud": k.Audience, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(assertionLifetime).Unix(),
	})
	if err != nil {
		return "", err
	}
	return k.key.Sign("JWT", payload)
}

// fault returns an error if a field is wrong.
func (k *ClientKey) fault() error {
	k.once.Do(func() { k.key, k.err = k.parse() })
	return k.err
}

func (k *ClientKey) parse() (*jose.PrivateKey, error) {
	if k.Audience == "" {
		return nil, errors.New("resource: ClientKey has no Audience; set it to the issuer of the authorization server")
	}
	var alg string
	switch k.Private.(type) {
	case *ecdsa.PrivateKey:
		alg = jose.ES256
	case ed25519.PrivateKey:
		alg = jose.EdDSA
	case *rsa.PrivateKey:
		alg = jose.RS256
	default:
		return nil, fmt.Errorf("resource: ClientKey.Private is a %T; use an *ecdsa.PrivateKey, an ed25519.PrivateKey or an *rsa.PrivateKey", k.Private)
	}
	key, err := jose.NewPrivateKey(alg, k.Private)
	if err != nil {
		return nil, fmt.Errorf("resource: ClientKey.Private: %w", err)
	}
	if k.ID == "" {
		return key, nil
	}
	return key.WithID(k.ID)
}

// addTo adds the parameters of RFC 7523 §2.2 to a form.
func (k *ClientKey) addTo(form url.Values, clientID string) error {
	assertion, err := k.Assertion(clientID)
	if err != nil {
		return err
	}
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	return nil
}
