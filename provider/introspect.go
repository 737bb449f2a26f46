package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Introspection is the answer of the introspection endpoint (RFC 7662 §2.2).
type Introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	ExpiresAt int64  `json:"exp,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	NotBefore int64  `json:"nbf,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Audience  string `json:"aud,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	ID        string `json:"jti,omitempty"`
}

// Introspect is the introspection endpoint (RFC 7662 §2.1). A client sees its
// own tokens; one marked as a resource server sees all access tokens. For any
// other token the answer is that it is not active, and nothing more. A refresh
// token is between its client and this server: an API that took it for a good
// one would take it for an access token.
func (s *Provider) Introspect(ctx context.Context, authorization string, p oauth.Params) (Introspection, error) {
	answer, err := s.introspect(ctx, authorization, p)
	e := Ending(oauth.EventIntrospection, "", err)
	switch {
	case err == nil && answer.Active:
		e.Outcome = oauth.OutcomeActive
	case err == nil:
		e.Outcome = oauth.OutcomeInactive
	}
	s.tell(ctx, e)
	return answer, err
}

func (s *Provider) introspect(ctx context.Context, authorization string, p oauth.Params) (Introspection, error) {
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		return Introspection{}, err
	}
	if client.Type != oauth.Confidential {
		return Introspection{}, oauth.Errorf(oauth.CodeInvalidClient, "Only an application with a secret may introspect tokens (RFC 7662 section 2.1).")
	}
	token := p.Get("token")
	if token == "" {
		return Introspection{}, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter token is missing.")
	}
	var answer Introspection
	refresh, isRefresh := oauth.ParseToken(token, oauth.KindRefresh)
	if isRefresh {
		answer, err = s.introspectRefresh(ctx, refresh)
	} else {
		answer, err = s.CheckAccessToken(ctx, token)
	}
	if err != nil || !answer.Active || (answer.ClientID != client.ID && (isRefresh || !client.ResourceServer)) {
		return Introspection{}, err
	}
	// The username is of the scope profile, and tells whom a pairwise sub hides.
	if !client.ResourceServer && !slices.Contains(strings.Fields(answer.Scope), oauth.ScopeProfile) {
		answer.Username = ""
	}
	return answer, nil
}

// CheckAccessToken tells whether an access token, opaque or JWT, is good right
// now, in one read. It is Introspect for the server's own APIs.
func (s *Provider) CheckAccessToken(ctx context.Context, text string) (Introspection, error) {
	token, standing, err := s.accessToken(ctx, text)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, oauth.ErrNotFound):
		return Introspection{}, nil
	case err != nil:
		return Introspection{}, err
	case !token.ExpiresAt.After(s.now()), standing.RevokedBecause(token.IssuedAt) != "":
		return Introspection{}, nil
	}
	answer := Introspection{
		Active: true, Scope: token.Scope.String(), ClientID: token.ClientID, Username: standing.Username,
		TokenType: "Bearer", ExpiresAt: token.ExpiresAt.Unix(), IssuedAt: token.IssuedAt.Unix(), NotBefore: token.IssuedAt.Unix(),
		Subject: token.Subject, Audience: s.Audience, Issuer: s.Issuer, ID: token.ID.String(),
	}
	if answer.Subject == "" {
		answer.Subject = token.ClientID
		return answer, nil
	}
	if !token.Hash.IsZero() { // a JWT tells its sub as the client knows it
		answer.Subject, err = s.subjectFor(ctx, token.ClientID, token.Subject)
	}
	return answer, err
}

// accessToken finds an access token by its text; the secret is compared here.
// Its scope is what its client may still have.
func (s *Provider) accessToken(ctx context.Context, text string) (oauth.AccessToken, oauth.Standing, error) {
	token, standing, err := s.findAccess(ctx, text)
	if err != nil {
		return token, standing, err
	}
	client, err := s.clients.Client(ctx, token.ClientID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		standing.ClientMissing = true
		return token, standing, nil
	case err != nil:
		return token, standing, err
	}
	token.Scope = client.StillAllowed(token.Scope)
	return token, standing, nil
}

func (s *Provider) findAccess(ctx context.Context, text string) (oauth.AccessToken, oauth.Standing, error) {
	if opaque, ok := oauth.ParseToken(text, oauth.KindAccess); ok {
		row, standing, err := s.Store.AccessToken(ctx, opaque.ID)
		if err == nil && !row.Hash.Equal(opaque.Hash()) {
			err = errNotOurs
		}
		return row, standing, err
	}
	if strings.HasPrefix(text, "lk_") {
		return oauth.AccessToken{}, oauth.Standing{}, errNotOurs
	}
	token, err := s.verifyAccess(ctx, text)
	if err != nil {
		return oauth.AccessToken{}, oauth.Standing{}, err
	}
	standing, err := s.Store.JWTStanding(ctx, token.ID, token.FamilyID, token.ClientID, token.Subject)
	return token, standing, err
}

func (s *Provider) introspectRefresh(ctx context.Context, token oauth.Token) (Introspection, error) {
	if !s.heirs.made(token) {
		return Introspection{}, nil
	}
	family, standing, err := s.Store.Family(ctx, token.ID)
	if errors.Is(err, oauth.ErrNotFound) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, err
	}
	expires := family.ExpiresAt
	if family.IdleExpiresAt.Before(expires) {
		expires = family.IdleExpiresAt
	}
	if !family.Hash.Equal(token.Hash()) || !family.RevokedAt.IsZero() || !expires.After(s.now()) || standing.RevokedBecause(family.IssuedAt) != "" {
		return Introspection{}, nil
	}
	issued := family.RotatedAt
	if issued.IsZero() {
		issued = family.IssuedAt
	}
	client, err := s.clients.Client(ctx, family.ClientID)
	if err != nil {
		return Introspection{}, err
	}
	return Introspection{
		Active: true, Scope: client.StillAllowed(family.Scope).String(), ClientID: family.ClientID, Username: standing.Username,
		ExpiresAt: expires.Unix(), IssuedAt: issued.Truncate(time.Second).Unix(),
		Subject: s.subject(client, family.Subject), Issuer: s.Issuer, ID: family.ID.String(),
	}, nil
}

// subjectFor is the sub under which the client knows the person.
func (s *Provider) subjectFor(ctx context.Context, clientID, subject string) (string, error) {
	client, err := s.clients.Client(ctx, clientID)
	if err != nil {
		return "", err
	}
	return s.subject(client, subject), nil
}
