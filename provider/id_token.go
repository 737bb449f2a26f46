package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// idTokenFor contains the parameters of an ID token (OpenID Connect Core §2).
type idTokenFor struct {
	client     *oauth.Client
	permission oauth.Permission
	nonce      string
	issuedAt   time.Time
	// id becomes the jti. It is the same when a response is replayed.
	id oauth.ID
	// family is the family that a token exchange of the ID token relies on, or zero.
	family oauth.ID
	// access, code and state are the texts for at_hash, c_hash and s_hash. An
	// empty one is omitted.
	access, code, state string
	// claimsOf are the scopes whose claims the ID token contains, in addition to
	// the claims that were requested individually.
	claimsOf oauth.Scopes
	// claims are the claims about the person, or nil if they were not read yet.
	claims map[string]any
	// added are the claims that are added to these. They cannot replace those that the
	// server sets.
	added map[string]any
}

// idToken returns an ID token, signed and, if the client wants it, encrypted.
func (s *Provider) idToken(ctx context.Context, t idTokenFor) (string, error) {
	alg := t.client.IDTokenAlgorithm()
	claims := t.claims
	if claims == nil {
		var err error
		if claims, err = s.permittedClaims(ctx, t.client, t.permission, t.claimsOf); err != nil {
			return "", err
		}
	}
	maps.Copy(claims, t.added)
	claims["iss"] = s.Issuer
	claims["sub"] = s.subject(t.client, t.permission.Subject)
	claims["aud"] = t.client.ID
	claims["azp"] = t.client.ID
	claims["iat"] = t.issuedAt.Unix()
	claims["exp"] = t.issuedAt.Add(s.IDTokenTTL).Unix()
	if !t.permission.AuthTime.IsZero() { // the host knows it
		claims["auth_time"] = t.permission.AuthTime.Unix()
	}
	claims["jti"] = t.id.String()
	for name, value := range map[string]string{
		"nonce": t.nonce, "acr": t.permission.Details.ACR, "sid": s.sid(t.client.ID, t.permission.SessionID),
		"at_hash": jose.LeftHalfHash(alg, t.access), "c_hash": jose.LeftHalfHash(alg, t.code), "s_hash": jose.LeftHalfHash(alg, t.state),
	} {
		if value != "" {
			claims[name] = value
		}
	}
	if !t.family.IsZero() && t.client.Allows(oauth.GrantTokenExchange) {
		claims["family"] = t.family.String()
	}
	if len(t.permission.Details.AMR) > 0 {
		claims["amr"] = t.permission.Details.AMR
	}
	signed, err := s.signFor(ctx, t.client, alg, typIDToken, t.issuedAt, claims)
	if err != nil {
		return "", err
	}
	return s.encrypt(ctx, t.client, t.client.IDTokenEncryption(), signed)
}

// claims returns the claims about a person that are among names and that have a
// valid value. A client that parses strictly would reject the whole response
// because of one invalid value.
func (s *Provider) claims(ctx context.Context, client *oauth.Client, subject string, locales, names []string) (map[string]any, error) {
	if s.Claims == nil {
		return make(map[string]any), nil
	}
	known, err := s.Claims(ctx, oauth.ClaimsQuery{Subject: subject, ClientID: client.ID, Names: names, Locales: locales})
	failed := err != nil && !errors.Is(err, oauth.ErrNotFound)
	s.claimsFailing.Store(failed && ctx.Err() == nil)
	switch {
	case isPanic(err):
		return nil, &hookError{hook: "Claims", err: err}
	case failed:
		return nil, fmt.Errorf("%w: claims: %w", oauth.ErrUnavailable, err)
	}
	s.unreleased.note(ctx, s.Logger, s.catalog().claims, known)
	claims := make(map[string]any, len(names)+8)
	for name, value := range known {
		// §5.3.2: a claim without a value is omitted. It is never null or empty.
		if value != nil && value != "" && slices.Contains(names, name) {
			claims[name] = value
		}
	}
	for _, fault := range validate.Claims(claims) {
		s.Logger.WarnContext(ctx, "a claim is omitted, because its value is not valid", "claim", fault.Field, "error", fault.Message)
		delete(claims, fault.Field)
	}
	return claims, nil
}
