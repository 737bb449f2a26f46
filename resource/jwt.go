package resource

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// JWT verifies JWT access tokens (RFC 9068 §4) with the public keys of the
// authorization server, without a request for each token. A token that was
// revoked is therefore accepted until it expires. Times may differ by a minute, because
// clocks do. If the clock of the API is further behind, new tokens are refused (NotYetValid):
// with such a clock, tokens would also be accepted after they have expired.
//
// The keys are fetched again after five minutes, and when a token names an unknown key, at
// most once in 30 seconds. If that fails, they are used for up to an hour. Many goroutines
// can use a JWT at once. It must not be copied or changed after the first call.
type JWT struct {
	// Issuer must be the iss of the token, and Audience one of the values of its aud. A slash
	// at the end of an audience makes no difference.
	// Both are required.
	Issuer, Audience string
	// OtherAudiences are accepted in place of Audience.
	OtherAudiences []string
	// AllowJWT also accepts tokens whose typ is JWT or missing, as many
	// authorization servers issue them. An ID token is then refused only because of
	// its audience and the claims that only ID tokens have, so use an Audience that
	// is not a client ID.
	AllowJWT bool
	// KeysURL is the jwks_uri of the authorization server. If it is empty, it is read from
	// the metadata of the Issuer (RFC 8414, OpenID Connect Discovery), together with each
	// new version of the keys. The Issuer must then be an https URL, or http with a
	// loopback host, and redirects are not followed.
	KeysURL string
	// Algorithms are the signature algorithms that are accepted: ES256, RS256, PS256 and
	// EdDSA, or some of them. Empty means all of these.
	Algorithms []string
	Client     *http.Client     // nil means a client with a timeout of 5 s
	Clock      func() time.Time // nil means time.Now

	start sync.Once
	keys  *jose.KeyCache
}

const (
	clockSkew    = time.Minute // the difference between clocks that is accepted
	maxJWTLength = 16 << 10    // bytes
)

// Verify verifies the signature of the token, and then its claims. If the token is not
// valid, the error is an *InvalidTokenError. Any other error means that the keys cannot be
// fetched at the moment, or that a field of the JWT is wrong.
func (j *JWT) Verify(ctx context.Context, text string) (*Token, error) {
	if err := j.fieldFault(); err != nil {
		return nil, err
	}
	token, err := jose.ParseSigned(text, maxJWTLength)
	if err != nil {
		return nil, invalid(Malformed, "it is not a JWT signed with one of %q", jose.SigningAlgorithms())
	}
	if len(j.Algorithms) > 0 && !slices.Contains(j.Algorithms, token.Algorithm) {
		return nil, invalid(WrongAlgorithm, "its alg is %q, want one of %q", token.Algorithm, j.Algorithms)
	}
	if !j.acceptsType(token.Type) {
		return nil, invalid(WrongType, "its typ is %q, want at+jwt", token.Type)
	}
	payload, err := j.payload(ctx, token)
	if err != nil {
		return nil, err
	}
	return j.check(payload)
}

// fieldFault returns an error if a field is wrong.
func (j *JWT) fieldFault() error {
	for _, alg := range j.Algorithms {
		if !slices.Contains(jose.SigningAlgorithms(), alg) {
			return faultf("JWT.Algorithms has %q; use some of %q", alg, jose.SigningAlgorithms())
		}
	}
	if j.Audience == "" && len(j.OtherAudiences) == 0 {
		return faultf("JWT has no Audience; set it to an aud of the access tokens for the API, such as the issuer of the authorization server")
	}
	if j.Issuer == "" {
		return faultf("JWT has no Issuer; set it to the issuer of the authorization server, such as https://id.example.com/o")
	}
	return nil
}

// fault is like fieldFault, but also checks the addresses, which need not be checked for each token.
func (j *JWT) fault() error {
	if err := j.fieldFault(); err != nil {
		return err
	}
	if j.KeysURL == "" {
		_, err := metadataURLs(j.Issuer)
		return err
	}
	if u, err := url.Parse(j.KeysURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return faultf("JWT.KeysURL is %s; set it to the jwks_uri of the authorization server, or leave it empty", redacted(j.KeysURL, u))
	}
	return nil
}

// acceptsType reports whether a JWT with this typ can be an access token. An ID
// token must not be used as one.
func (j *JWT) acceptsType(typ string) bool {
	return typ == "at+jwt" || (j.AllowJWT && (typ == "jwt" || typ == ""))
}

// payload verifies the signature with the keys of the authorization server. A
// token without a kid can be signed with any of them; if none verifies it, the
// server may have published a new one.
func (j *JWT) payload(ctx context.Context, token *jose.Token) ([]byte, error) {
	j.start.Do(j.newKeyCache)
	accepts := jose.Verifies(token.Algorithm, token.KeyID)
	var tried []jose.PublicKey
	for {
		keys, err := j.keys.Find(ctx, j.KeysURL, func(k *jose.PublicKey) bool {
			return accepts(k) && !slices.ContainsFunc(tried, func(other jose.PublicKey) bool { return k.Equal(&other) })
		})
		switch {
		case err != nil:
			return nil, err
		case len(keys) == 0 && len(tried) == 0:
			return nil, invalid(UnknownKey, "%s publishes no key with the kid %q for %s", redactedURL(cmp.Or(j.KeysURL, j.Issuer)), token.KeyID, token.Algorithm)
		}
		for i := range keys {
			if payload, err := token.Verify(&keys[i]); err == nil {
				return payload, nil
			}
		}
		if len(keys) == 0 || token.KeyID != "" {
			return nil, invalid(BadSignature, "it is not signed with the key %q of %s", token.KeyID, redactedURL(cmp.Or(j.KeysURL, j.Issuer)))
		}
		tried = append(tried, keys...)
	}
}

// check verifies the claims of a token that the authorization server signed.
func (j *JWT) check(payload []byte) (*Token, error) {
	claims, err := readClaims(payload)
	if err != nil {
		return nil, invalid(Malformed, "a claim has an unexpected type")
	}
	if err := claims.otherKind(); err != nil {
		return nil, err
	}
	if claims.Issuer != j.Issuer {
		return nil, invalid(WrongIssuer, "its iss is %q, want %q", claims.Issuer, j.Issuer)
	}
	if err := claims.audienceError(j.Audience, j.OtherAudiences); err != nil {
		return nil, err
	}
	switch now := j.now(); {
	case claims.ExpiresAt == nil:
		return nil, invalid(Expired, "it has no exp")
	case !claims.ExpiresAt.Time().Add(clockSkew).After(now):
		return nil, invalid(Expired, "it expired at %s", claims.ExpiresAt.Time().UTC().Format(time.RFC3339))
	case claims.NotBefore != nil && claims.NotBefore.Time().Add(-clockSkew).After(now):
		return nil, invalid(NotYetValid, "it is valid from %s", claims.NotBefore.Time().UTC().Format(time.RFC3339))
	case claims.IssuedAt > date(now.Add(clockSkew).Unix()):
		at := time.Unix(int64(claims.IssuedAt), 0).UTC()
		return nil, invalid(NotYetValid, "it was issued at %s, which is %s in the future. Check the clock of this machine, and that of the authorization server", at.Format(time.RFC3339), at.Sub(now).Round(time.Second))
	}
	return claims.token(payload)
}

func (j *JWT) now() time.Time {
	if j.Clock != nil {
		return j.Clock()
	}
	return time.Now()
}
