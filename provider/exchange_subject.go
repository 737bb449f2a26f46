package provider

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The token types of RFC 8693 §3.
const (
	tokenTypeAccess  = "urn:ietf:params:oauth:token-type:access_token"
	tokenTypeRefresh = "urn:ietf:params:oauth:token-type:refresh_token"
	tokenTypeID      = "urn:ietf:params:oauth:token-type:id_token"
	tokenTypeJWT     = "urn:ietf:params:oauth:token-type:jwt"
)

// maxActors bounds the chain of actors in a token.
const maxActors = 4

// exchangeSubject is a subject_token that has been verified.
type exchangeSubject struct {
	// clientID is the client that the token was issued to, and family its family.
	// Both are zero for a JWT of a trusted issuer.
	clientID string
	family   oauth.Family
	// scope, audience and expires bound what is issued for the token.
	scope    oauth.Scopes
	audience oauth.Audience
	expires  time.Time
	act      *oauth.Actor
	// foreign is a JWT of a trusted issuer, or nil.
	foreign *foreignJWT
}

// useExchange describes a JWT of a trusted issuer in a parameter of the token
// exchange. The error code is that of RFC 8693 §2.2.2.
func useExchange(parameter string) foreignUse {
	return foreignUse{use: oauth.TrustedTokenExchange, code: oauth.CodeInvalidRequest, name: parameter, types: []string{typAccess}}
}

// exchangeSubjectOf verifies the subject_token of a request by its type.
func (s *Provider) exchangeSubjectOf(ctx context.Context, read oauth.Reader, req *tokenRequest) (*exchangeSubject, error) {
	text, kind := req.Params.Get("subject_token"), req.Params.Get("subject_token_type")
	u := useExchange("subject_token")
	switch {
	case text == "" || kind == "":
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameters subject_token and subject_token_type are both required (RFC 8693 section 2.1).")
	case kind == tokenTypeRefresh:
		return s.refreshSubject(ctx, read, u, req, text)
	case kind != tokenTypeAccess && kind != tokenTypeID && kind != tokenTypeJWT:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The subject_token_type '%s' is not supported; use %s, %s, %s or %s.", kind, tokenTypeAccess, tokenTypeRefresh, tokenTypeID, tokenTypeJWT)
	case s.isForeign(text):
		f, err := s.verifyForeign(ctx, u, text)
		if err != nil {
			return nil, err
		}
		act, ok := s.foreignActors(f)
		if !ok {
			return nil, u.errorf("has a malformed act, one that names an actor of this server, or one with more than %d actors.", maxActors)
		}
		return &exchangeSubject{foreign: f, expires: f.expires, act: act}, nil
	case kind == tokenTypeID:
		return s.idTokenSubject(ctx, read, u, req, text)
	}
	return s.accessSubject(ctx, read, u, req, text)
}

// isForeign reports whether the text is a JWT that says it is of another issuer.
// Its signature has not been verified.
func (s *Provider) isForeign(text string) bool {
	token, err := jose.ParseSigned(text, maxJWTLength)
	if err != nil {
		return false
	}
	var claims foreignClaims
	return claims.read(token.UnverifiedPayload()) && claims.issuer != s.Issuer
}

// accessSubject verifies an access token of this server. Its family names the
// person, so a token of the client credentials grant cannot be exchanged.
func (s *Provider) accessSubject(ctx context.Context, read oauth.Reader, u foreignUse, req *tokenRequest, text string) (*exchangeSubject, error) {
	token, standing, err := s.accessToken(ctx, text)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, oauth.ErrNotFound):
		return nil, u.errorf("is not an access token of this server.").WithReason("unknown")
	case err != nil:
		return nil, err
	case !token.Valid(standing, req.Now):
		return nil, u.errorf("has expired or was revoked.").WithReason("revoked").WithDetail("%s", standing.RevokedBecause(token.IssuedAt))
	case token.FamilyID.IsZero():
		return nil, u.errorf("was issued to an application for itself. Only a token for a person can be exchanged.").WithReason("no_person")
	}
	family, _, err := read.Family(ctx, token.FamilyID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, u.errorf("was revoked.").WithReason("revoked")
	}
	if token.Details.IsZero() {
		token.Details = family.Details
	}
	return &exchangeSubject{
		clientID: token.ClientID, family: family, scope: token.Scope, audience: s.audienceOf(&token),
		expires: token.ExpiresAt, act: token.Act,
	}, err
}

// refreshSubject verifies a refresh token of the client itself. It is not used up.
func (s *Provider) refreshSubject(ctx context.Context, read oauth.Reader, u foreignUse, req *tokenRequest, text string) (*exchangeSubject, error) {
	token, ours := s.refreshTokens.parse(text)
	if !ours {
		return nil, u.errorf("is not a refresh token of this server.").WithReason("unknown")
	}
	family, standing, err := read.Family(ctx, token.ID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, u.errorf("is unknown, or expired long ago.").WithReason("unknown")
	case err != nil:
		return nil, err
	case family.ClientID != req.Client.ID:
		return nil, u.errorf("was issued to another application.").WithReason("foreign")
	case !family.Hash.Equal(token.Hash()) || family.Ended(req.Now) || !family.Valid(standing, req.Now, s.OwnLogin):
		return nil, u.errorf("has expired, was used before or was revoked.").WithReason("revoked")
	}
	expires := family.ExpiresAt
	if family.IdleExpiresAt.Before(expires) {
		expires = family.IdleExpiresAt
	}
	return s.familySubject(req, family, expires), nil
}

// idTokenSubject verifies an ID token that this server issued to the client itself
// at the token endpoint, and that its permission and its login session still exist.
func (s *Provider) idTokenSubject(ctx context.Context, read oauth.Reader, u foreignUse, req *tokenRequest, text string) (*exchangeSubject, error) {
	payload, err := s.verifyOwn(ctx, text, typIDToken, false)
	if errors.Is(err, errNotOurs) {
		return nil, u.errorf("is not an ID token that this server signed with a key of its own.").WithReason("unknown")
	}
	if err != nil {
		return nil, err
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Family   string `json:"family"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Issuer != s.Issuer {
		return nil, u.errorf("is not an ID token of this server.").WithReason("unknown")
	}
	expires := time.Unix(claims.Expires, 0)
	id, err := oauth.ParseID(claims.Family)
	switch {
	case claims.Audience != req.Client.ID:
		return nil, u.errorf("was issued to another application.").WithReason("foreign")
	case !expires.After(req.Now):
		return nil, u.errorf("has expired.").WithReason("expired")
	case err != nil:
		return nil, u.errorf("was issued through the browser. Use an ID token from the token endpoint.").WithReason("no_family")
	}
	family, standing, err := read.Family(ctx, id)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, u.errorf("was revoked.").WithReason("revoked")
	case err != nil:
		return nil, err
	case family.ClientID != req.Client.ID, !family.RevokedAt.IsZero(), family.Ended(req.Now), standing.RevokedBecause(family.IssuedAt) != "", s.sessionEnded(family, standing, req.Now):
		return nil, u.errorf("belongs to a permission or a login session that has ended.").WithReason("revoked")
	}
	return s.familySubject(req, family, expires), nil
}

// familySubject returns the subject of a token whose scope is that of its family.
func (s *Provider) familySubject(req *tokenRequest, family oauth.Family, expires time.Time) *exchangeSubject {
	audience := s.resources().registered(family.Details.Resources)
	if len(audience) == 0 {
		audience = s.resources().ownAudience
	}
	return &exchangeSubject{
		clientID: family.ClientID, family: family, scope: req.Client.StillAllowed(family.Scope), audience: audience, expires: expires,
	}
}

// foreignActors returns the actors of a JWT of a trusted issuer (RFC 8693 §4.1). An
// actor without an iss is one of that issuer. Another server cannot say that a client or
// a person of this server acted.
func (s *Provider) foreignActors(f *foreignJWT) (first *oauth.Actor, ok bool) {
	claim, depth := f.claims["act"], 0
	for next := &first; claim != nil; depth++ {
		members, _ := claim.(map[string]any)
		subject, _ := members["sub"].(string)
		issuer, isText := members["iss"].(string)
		if members["iss"] == nil {
			issuer, isText = f.issuer.Issuer, true
		}
		if subject == "" || len(subject) > maxSubjectLength || !oauth.IsText(subject) || !isText || !oauth.IsText(issuer) || issuer == "" || issuer == s.Issuer || depth == maxActors {
			return nil, false
		}
		*next = &oauth.Actor{Subject: subject, Issuer: issuer}
		next, claim = &(*next).Act, members["act"]
	}
	return first, true
}
