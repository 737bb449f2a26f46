package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxSubjectLength bounds the sub of a foreign JWT, in bytes (OpenID Connect Core §2).
const maxSubjectLength = 255

// foreignUse describes what a JWT of a trusted issuer is presented for.
type foreignUse struct {
	use oauth.TrustedUse
	// code is the code of the error for a JWT that is not accepted, and name the
	// parameter that contains it.
	code, name string
	// types are the accepted values of typ, in the form in which they are compared.
	// No typ and "JWT" are always accepted.
	types []string
	// lasting is set for a JWT that describes software and not a person: sub, aud and
	// exp can be missing, and it can be valid for years.
	lasting bool
}

// reasonUnknownIssuer is the Reason of the error for a JWT whose issuer is not
// trusted for its use.
const reasonUnknownIssuer = "unknown_issuer"

// foreignJWT is a JWT of a trusted issuer that has been verified.
type foreignJWT struct {
	issuer      *oauth.TrustedIssuer
	typ         string
	subject, id string
	audience    jose.Audience
	issued      time.Time // zero if it has no iat
	login       time.Time // zero if it has no auth_time
	expires     time.Time // zero if it has no exp, which only a lasting one can lack
	claims      map[string]any
}

func (u foreignUse) errorf(format string, args ...any) *oauth.Error {
	return oauth.Errorf(u.code, "The %s %s", u.name, fmt.Sprintf(format, args...)).WithReason("bad_assertion")
}

// verifyForeign verifies a JWT of a trusted issuer (RFC 7523 §3, RFC 8725 §3). It is
// the only function that does. It checks the length, typ, alg, iss, the signature,
// aud, exp, iat, nbf, sub and the rules of the issuer. The caller checks whether it
// was used before, if it can be used only once.
//
// If the keys of the issuer cannot be fetched, the error is temporarily_unavailable:
// the client has made no mistake, and the same JWT may be accepted later.
func (s *Provider) verifyForeign(ctx context.Context, u foreignUse, text string) (*foreignJWT, error) {
	token, err := jose.ParseSigned(text, maxJWTLength)
	if err != nil {
		return nil, u.errorf("is not a JWT of at most %d bytes that is signed with one of: %s.", maxJWTLength, strings.Join(oauth.SigningAlgorithms(), ", ")).WithDetail("%v", err)
	}
	if typ := token.Type; typ != "" && typ != "jwt" && !slices.Contains(u.types, typ) {
		return nil, u.errorf("has the typ of another kind of JWT.").WithDetail("typ %q", beginning(typ))
	}
	var claims foreignClaims
	if !claims.read(token.UnverifiedPayload()) {
		return nil, u.errorf("does not contain a JSON object, or one of iss, sub, aud, exp, nbf, iat, auth_time and jti has a value of the wrong type.")
	}
	trusted := s.trusted[claims.issuer]
	switch {
	case trusted == nil:
		return nil, u.errorf("has an iss that is not a trusted issuer. An administrator can add it to trusted_issuers.").WithReason(reasonUnknownIssuer).WithDetail("iss %q", beginning(claims.issuer))
	case !trusted.Accepts(u.use):
		return nil, u.errorf("is from an issuer that is not trusted for this use. An administrator can add %s to its uses.", u.use).WithReason(reasonUnknownIssuer).WithDetail("iss %q", claims.issuer)
	case !slices.Contains(trusted.Algorithms, token.Algorithm):
		return nil, u.errorf("must be signed with one of: %s.", strings.Join(trusted.Algorithms, ", "))
	}
	// Everything that costs no request is checked before the keys are fetched.
	if err := claims.check(u, trusted, s.now()); err != nil {
		return nil, err
	}
	payload, err := s.verifyWithIssuerKey(ctx, u, trusted, token)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(payload, token.UnverifiedPayload()) {
		return nil, u.errorf("is malformed.")
	}
	if name := trusted.Claims.Unmet(claims.all); name != "" {
		return nil, u.errorf("does not meet the rules of its issuer for the claim %s.", name).WithReason("claim_rule")
	}
	return claims.verified(trusted, token.Type), nil
}

// verifyWithIssuerKey returns the payload of a JWT that is signed with a key of the
// issuer. If no key matches, the keys are fetched again, once a minute at most.
func (s *Provider) verifyWithIssuerKey(ctx context.Context, u foreignUse, t *oauth.TrustedIssuer, token *jose.Token) ([]byte, error) {
	keys, err := s.issuerKeys.Find(ctx, t.Issuer, jose.Verifies(token.Algorithm, token.KeyID))
	if errors.Is(err, oauth.ErrUnavailable) {
		return nil, oauth.Errorf(oauth.CodeTemporarilyUnavailable, "The keys of the issuer of the %s cannot be fetched at the moment. Try again shortly.", u.name).WithReason("unreachable").WithDetail("%v", err)
	}
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if payload, err := token.Verify(&keys[i]); err == nil {
			return payload, nil
		}
	}
	return nil, u.errorf("is not signed with a key of its issuer.").WithDetail("iss %q, alg %s, kid %q, %d possible keys", t.Issuer, token.Algorithm, beginning(token.KeyID), len(keys))
}

// presentedBy returns an error if the client must not present the JWTs of the
// issuer.
func (f *foreignJWT) presentedBy(u foreignUse, c *oauth.Client) error {
	if clients := f.issuer.Clients; len(clients) > 0 && !slices.Contains(clients, c.ID) {
		return u.errorf("is from an issuer that is not trusted for this application. An administrator can add it to the clients of the issuer.").WithReason("foreign")
	}
	return nil
}

// foreignClaims are the claims of a foreign JWT. Names are compared exactly.
type foreignClaims struct {
	issuer, subject, id        string
	audience                   jose.Audience
	expires, notBefore, issued *jose.NumericDate
	login                      *jose.NumericDate // auth_time
	all                        map[string]any
}

// read reports whether the payload is a JSON object in which all of the claims
// have the right type.
func (c *foreignClaims) read(payload []byte) bool {
	var raw map[string]json.RawMessage
	if json.Unmarshal(payload, &raw) != nil || raw == nil {
		return false
	}
	for name, to := range map[string]any{
		"iss": &c.issuer, "sub": &c.subject, "jti": &c.id, "aud": &c.audience,
		"exp": &c.expires, "nbf": &c.notBefore, "iat": &c.issued, "auth_time": &c.login,
	} {
		if value, given := raw[name]; given && json.Unmarshal(value, to) != nil {
			return false
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	return decoder.Decode(&c.all) == nil
}

// check checks the claims that every JWT needs.
func (c *foreignClaims) check(u foreignUse, t *oauth.TrustedIssuer, now time.Time) error {
	other := func(name string) bool { return !t.Audience.Contains(name) }
	switch {
	case (c.subject == "" && !u.lasting) || len(c.subject) > maxSubjectLength || !oauth.IsText(c.subject):
		return u.errorf("needs a sub of 1 to %d bytes.", maxSubjectLength)
	case (len(c.audience) == 0 && !u.lasting) || slices.ContainsFunc(c.audience, other):
		return u.errorf("must have the aud %s and no other.", t.Audience[0]).WithDetail("aud %q", c.audience)
	case c.expires == nil && !u.lasting:
		return u.errorf("has no exp.")
	case c.expires != nil && !now.Before(c.expires.Time().Add(clockLeeway)):
		return u.errorf("has expired.").WithReason("expired")
	case c.notBefore != nil && now.Add(clockLeeway).Before(c.notBefore.Time()):
		return u.errorf("is not valid yet (nbf).")
	case c.issued != nil && now.Add(clockLeeway).Before(c.issued.Time()):
		return u.errorf("was issued in the future (iat).")
	case c.login != nil && now.Add(clockLeeway).Before(c.login.Time()):
		return u.errorf("has an auth_time in the future.")
	case u.lasting:
	case c.all["cnf"] != nil: // RFC 7800: a caller without the key could have stolen it
		return u.errorf("is bound to a key (cnf), and cannot be used without a proof of that key, which this server does not support.")
	case c.expires.Time().After(now.Add(t.MaxLifetime + clockLeeway)), c.issued != nil && c.expires.Time().Sub(c.issued.Time()) > t.MaxLifetime:
		return u.errorf("is valid for more than %s, the longest lifetime that is accepted from its issuer.", t.MaxLifetime)
	case len(c.id) > maxJTILength || !oauth.IsText(c.id):
		return u.errorf("has a jti of more than %d bytes.", maxJTILength)
	}
	return nil
}

func (c *foreignClaims) verified(t *oauth.TrustedIssuer, typ string) *foreignJWT {
	f := &foreignJWT{
		issuer: t, typ: typ, subject: c.subject, id: c.id, audience: c.audience, claims: c.all,
	}
	if c.expires != nil {
		f.expires = c.expires.Time()
	}
	if c.issued != nil {
		f.issued = c.issued.Time()
	}
	if c.login != nil {
		f.login = c.login.Time()
	}
	return f
}
