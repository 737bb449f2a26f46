package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Introspect is the introspection endpoint (RFC 7662 §2.1). A client can
// introspect its own tokens, and a resource server can introspect all access
// tokens, or those for its resources (see oauth.ResourceInfo). Any other token is
// reported as inactive, without further members.
//
// A resource server cannot introspect refresh tokens: an API that only checks
// whether a token is active would accept a refresh token as an access token.
//
// The caller authenticates as a client, or a resource server with an access token of its
// own that has the scope oauth.ScopeIntrospection. The error for a wrong token is an
// *oauth.Error with oauth.CodeInvalidToken.
func (s *Provider) Introspect(ctx context.Context, authorization string, p oauth.Params) (Introspection, error) {
	event := oauth.Event{Name: oauth.EventIntrospection}
	found, err := s.introspect(ctx, authorization, p, &event)
	switch {
	case err == nil && found.Active:
		event.Outcome = oauth.OutcomeActive
	case err == nil:
		event.Outcome = oauth.OutcomeInactive
	}
	s.reportOutcome(ctx, event, err)
	return found, err
}

func (s *Provider) introspect(ctx context.Context, authorization string, p oauth.Params, event *oauth.Event) (_ Introspection, err error) {
	if err := s.readDefinitions(ctx); err != nil { // they say which API may introspect which tokens
		return Introspection{}, err
	}
	client, err := s.introspector(ctx, authorization, p)
	if err != nil {
		return Introspection{}, err
	}
	event.ClientID = client.ID
	defer func() { err = authenticated(client, err) }()
	if client.Type != oauth.Confidential {
		return Introspection{}, oauth.Errorf(oauth.CodeInvalidClient, "Only a confidential application can introspect tokens (RFC 7662 section 2.1).")
	}
	token := p.Get("token")
	if token == "" {
		return Introspection{}, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter token is missing.")
	}
	var found Introspection
	var access oauth.AccessToken
	refresh, isRefresh := oauth.ParseToken(token, oauth.KindRefresh)
	if isRefresh {
		found, access.Subject, err = s.introspectRefresh(ctx, refresh)
		access.FamilyID = refresh.ID
	} else {
		found, access, err = s.checkAccess(ctx, token)
	}
	if err == nil && found.Active && !isRefresh && found.ClientID != client.ID && !client.ResourceServer && s.notAPIs.first(client.ID) {
		s.Logger.WarnContext(ctx, "an application introspected the access token of another one and got the response inactive, because it is not marked as an API; if it is one, set its field resource_server", "client_id", client.ID)
	}
	if err != nil || !found.Active || (found.ClientID != client.ID && (isRefresh || !s.mayIntrospect(client, found.Audience))) {
		return Introspection{}, err
	}
	if event.Subject = access.Subject; !isRefresh {
		if event.Subject, err = s.knownPerson(ctx, &access); err != nil {
			return Introspection{}, err
		}
	}
	if access.FamilyID != (oauth.ID{}) {
		event.PermissionID = access.FamilyID.String()
	}
	// The username belongs to the scope profile, and would identify the person
	// behind a pairwise sub.
	if !client.ResourceServer && !slices.Contains(strings.Fields(found.Scope), oauth.ScopeProfile) {
		found.Username = ""
	}
	if !isRefresh {
		found.Claims, err = s.introspectionClaims(ctx, access)
	}
	if err != nil {
		return Introspection{}, err
	}
	return found, nil
}

// mayIntrospect reports whether a client may introspect the access tokens of other
// clients that have this audience. An API that is named by registered resources may
// introspect the tokens for these, and any other API all tokens. A resource in the Store
// that has a fault names its API too, so that the fault does not allow the API more.
func (s *Provider) mayIntrospect(client *oauth.Client, audience oauth.Audience) bool {
	if !client.ResourceServer {
		return false
	}
	resources := s.resources()
	for _, uri := range audience {
		if info := resources.all[uri]; info != nil && info.ClientID == client.ID {
			return true
		}
	}
	return !resources.apis[client.ID]
}

// introspectRefresh returns the description of a refresh token, and its person. Its aud lists the
// resources for which it can be exchanged. It has no token_type, because it is not
// an access token.
func (s *Provider) introspectRefresh(ctx context.Context, token oauth.Token) (_ Introspection, subject string, _ error) {
	if !s.refreshTokens.isOurs(token) {
		return Introspection{}, "", nil
	}
	family, standing, err := s.Store.Family(ctx, token.ID)
	if errors.Is(err, oauth.ErrNotFound) {
		return Introspection{}, "", nil
	}
	if err != nil {
		return Introspection{}, "", err
	}
	if err := s.addPerson(ctx, family.Subject, &standing); err != nil {
		return Introspection{}, "", err
	}
	expires := family.ExpiresAt
	if family.IdleExpiresAt.Before(expires) {
		expires = family.IdleExpiresAt
	}
	expires = family.Details.Earlier(expires)
	if !family.Hash.Equal(token.Hash()) || family.Ended(s.now()) || !family.Valid(standing, s.now(), s.OwnLogin) {
		return Introspection{}, "", nil
	}
	issued := family.RotatedAt
	if issued.IsZero() {
		issued = family.IssuedAt
	}
	client, err := s.clients.Client(ctx, family.ClientID)
	if err != nil {
		return Introspection{}, "", err
	}
	audience := family.Details.Resources
	if len(audience) == 0 {
		audience = s.resources().ownAudience
	}
	if audience, err = s.stillAllowed(client, audience); err != nil {
		return Introspection{}, "", nil //nolint:nilerr // no token can be issued for it
	}
	return Introspection{
		Active: true, Scope: client.StillAllowed(s.existing(family.Scope)).String(), ClientID: family.ClientID, Username: standing.Username,
		ExpiresAt: expires.Unix(), IssuedAt: issued.Truncate(time.Second).Unix(),
		Subject: s.subject(client, family.Subject), Issuer: s.Issuer, ID: family.ID.String(), Audience: audience,
	}, family.Subject, nil
}
