package resource

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// JWT checks JWT access tokens (RFC 9068 §4) by the authorization server's
// public keys, without asking it about each: a token that was revoked is good
// until it expires.
type JWT struct {
	// Issuer and Audience must be those of the token.
	Issuer, Audience string
	// KeysURL is the authorization server's jwks_uri.
	KeysURL string
	Client  *http.Client     // nil means one that waits 5 s
	Clock   func() time.Time // nil means time.Now

	mu  sync.Mutex
	set keySet
}

// algorithms are those accepted; never none, and never one with a shared key.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256, jose.PS256}

const (
	skew   = time.Minute // how far clocks may be apart
	maxJWT = 16 << 10    // bytes of a token that is looked at
)

// Verify checks the token: the signature first, then what it says.
func (j *JWT) Verify(ctx context.Context, token string) (*Token, error) {
	if len(token) > maxJWT || strings.Count(token, ".") != 2 {
		return nil, ErrInvalidToken
	}
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, ErrInvalidToken
	}
	header := signed.Signatures[0].Protected
	key, err := j.key(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	if key.Algorithm != "" && key.Algorithm != header.Algorithm {
		return nil, ErrInvalidToken
	}
	payload, err := signed.Verify(key.Key)
	if err != nil {
		return nil, ErrInvalidToken
	}
	typ, _ := header.ExtraHeaders[jose.HeaderType].(string)
	if typ = strings.ToLower(typ); typ != "at+jwt" && typ != "application/at+jwt" {
		return nil, ErrInvalidToken // an ID token is no access token
	}
	return j.check(payload)
}

func (j *JWT) check(payload []byte) (*Token, error) {
	var claims struct {
		Issuer    string   `json:"iss"`
		Audience  audience `json:"aud"`
		Subject   string   `json:"sub"`
		ClientID  string   `json:"client_id"`
		Scope     string   `json:"scope"`
		ExpiresAt int64    `json:"exp"`
		NotBefore int64    `json:"nbf"`
		ID        string   `json:"jti"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, ErrInvalidToken
	}
	now := j.now()
	switch {
	case claims.Issuer != j.Issuer || j.Issuer == "",
		len(claims.Audience) == 0 || !claims.Audience.has(j.Audience) || j.Audience == "",
		claims.ExpiresAt == 0 || !time.Unix(claims.ExpiresAt, 0).Add(skew).After(now),
		claims.NotBefore != 0 && time.Unix(claims.NotBefore, 0).Add(-skew).After(now):
		return nil, ErrInvalidToken
	}
	return &Token{Subject: claims.Subject, ClientID: claims.ClientID, Scope: claims.Scope, ExpiresAt: claims.ExpiresAt, ID: claims.ID}, nil
}

func (j *JWT) now() time.Time {
	if j.Clock != nil {
		return j.Clock()
	}
	return time.Now()
}
