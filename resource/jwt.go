package resource

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// JWT verifies JWT access tokens (RFC 9068 §4) with the public keys of the
// authorization server, without a request for each token. A token that was
// revoked is therefore accepted until it expires.
type JWT struct {
	// Issuer and Audience must be the iss and one aud of the token. Both are
	// required.
	Issuer, Audience string
	// KeysURL is the jwks_uri of the authorization server.
	KeysURL string
	Client  *http.Client     // nil means a client with a timeout of 5 s
	Clock   func() time.Time // nil means time.Now

	start sync.Once
	keys  *jose.KeyCache
}

const (
	clockSkew    = time.Minute // the difference between clocks that is accepted
	maxJWTLength = 16 << 10    // bytes
)

// Verify verifies the signature of the token, and then its claims.
func (j *JWT) Verify(ctx context.Context, text string) (*Token, error) {
	token, err := jose.ParseSigned(text, maxJWTLength)
	if err != nil {
		return nil, ErrInvalidToken
	}
	if token.Type != "at+jwt" { // an ID token must not be used as an access token
		return nil, ErrInvalidToken
	}
	j.start.Do(j.newKeyCache)
	keys, err := j.keys.Find(ctx, j.KeysURL, jose.Verifies(token.Algorithm, token.KeyID))
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if payload, err := token.Verify(&keys[i]); err == nil {
			return j.check(payload)
		}
	}
	return nil, ErrInvalidToken
}

// check verifies the claims of a token that the authorization server signed.
func (j *JWT) check(payload []byte) (*Token, error) {
	var claims struct {
		Issuer    string            `json:"iss"`
		Audience  jose.Audience     `json:"aud"`
		Subject   string            `json:"sub"`
		ClientID  string            `json:"client_id"`
		Scope     string            `json:"scope"`
		ExpiresAt *jose.NumericDate `json:"exp"`
		NotBefore *jose.NumericDate `json:"nbf"`
		ID        string            `json:"jti"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, ErrInvalidToken
	}
	now := j.now()
	switch {
	case j.Issuer == "" || claims.Issuer != j.Issuer,
		j.Audience == "" || !claims.Audience.Contains(j.Audience),
		claims.ExpiresAt == nil || !claims.ExpiresAt.Time().Add(clockSkew).After(now),
		claims.NotBefore != nil && claims.NotBefore.Time().Add(-clockSkew).After(now):
		return nil, ErrInvalidToken
	}
	return &Token{
		Subject: claims.Subject, ClientID: claims.ClientID, Scope: claims.Scope, ExpiresAt: claims.ExpiresAt.Time().Unix(), ID: claims.ID,
	}, nil
}

func (j *JWT) now() time.Time {
	if j.Clock != nil {
		return j.Clock()
	}
	return time.Now()
}
