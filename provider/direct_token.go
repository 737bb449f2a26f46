package provider

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TokenOrder describes an access token that the host program orders for a client. It
// is limited to what the client could get by a request of its own.
type TokenOrder struct {
	// ClientID is the client that gets the token. Its grant types must permit the token:
	// client_credentials for the client itself, and one that involves people, such as
	// authorization_code or a grant of the host program, for a person. Decide of such a
	// grant is not called: the host program has decided.
	ClientID string
	// Subject is the person that the token is about; empty means the client itself.
	Subject string
	// Scope is limited in the same way as that of a request. If it is empty, the default
	// scopes of the client apply.
	Scope oauth.Scopes
	// Resources are the URIs of the resources that the token is for (RFC 8707); if there
	// are none, it is for the API of the server itself.
	Resources []string
}

// IssueToken issues an access token that no client requested, for a job or a test of
// the host program. It has the format and the lifetime of all access tokens of the
// client, and is revoked with its client, its person and their consent. There is no
// refresh token and no ID token, because nobody has logged in.
//
// The person need not have given consent. The host program is responsible for that. Each
// token is logged and reported as an event (oauth.EventToken with the Kind
// oauth.KindDirect). The error is an *oauth.Error if the token endpoint would also refuse
// the token.
func (s *Provider) IssueToken(ctx context.Context, o TokenOrder) (*TokenResponse, error) {
	event := oauth.Event{Name: oauth.EventToken, Kind: oauth.KindDirect, ClientID: o.ClientID}
	response, err := s.issueDirectly(ctx, o, &event)
	s.reportOutcome(ctx, event, err)
	if err == nil {
		s.Logger.InfoContext(ctx, "access token issued to the host program", "client_id", o.ClientID, "subject", o.Subject, "scope", response.Scope, "resources", o.Resources)
	}
	return response, err
}

func (s *Provider) issueDirectly(ctx context.Context, o TokenOrder, event *oauth.Event) (*TokenResponse, error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	client, err := s.client(ctx, o.ClientID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, oauth.Errorf(oauth.CodeInvalidClient, "There is no application with the client ID '%s'.", o.ClientID).WithReason(reasonUnknownClient)
	case err != nil:
		return nil, err
	case client.Disabled:
		return nil, oauth.Errorf(oauth.CodeInvalidClient, "The application is disabled.").WithReason("disabled")
	}
	for _, scope := range o.Scope {
		if !oauth.ValidScope(scope) { // joined with spaces, it would be several scopes
			return nil, oauth.Errorf(oauth.CodeInvalidScope, "'%s' is not a scope. Write each scope as a string of its own, such as oauth.Scopes{\"read\", \"write\"}.", scope)
		}
	}
	p, err := ParseParams(url.Values{"scope": {o.Scope.String()}, "resource": o.Resources}.Encode())
	if err != nil {
		return nil, err
	}
	req := &tokenRequest{Client: client, Params: p, Now: s.now()}
	var grant grant = clientCredentialsGrant{s}
	if o.Subject == "" {
		err = mayUse(client, grant, req.Now)
	} else {
		grant = directGrant{s, o.Subject}
		err = s.mayActForPeople(client, req.Now)
	}
	if err != nil {
		return nil, err
	}
	if req.Resources, err = s.requestedResources(client, p); err != nil {
		return nil, err
	}
	award, err := grant.Decide(ctx, s.Store, req)
	if err != nil {
		return nil, err
	}
	return s.carryOut(ctx, grant, req, award, event)
}

// mayActForPeople returns an error unless the client has a grant type with which it gets
// access for a person.
func (s *Provider) mayActForPeople(c *oauth.Client, now time.Time) error {
	types := []string{oauth.GrantAuthorizationCode, oauth.GrantDeviceCode, oauth.GrantJWTBearer}
	for i := range s.Grants { // those of the host program
		types = append(types, s.Grants[i].Type)
	}
	for _, grantType := range types {
		if c.Allows(grantType) {
			return nil
		}
	}
	if c.AllowsLegacy(oauth.LegacyImplicit, now) || c.AllowsLegacy(oauth.LegacyPassword, now) {
		return nil
	}
	return oauth.Errorf(oauth.CodeUnauthorizedClient, "This application has no grant type that lets it act for a person. For example, allow authorization_code in its settings.").WithReason("forbidden_grant")
}

// directGrant decides on a token about a person that the host program orders. No
// client can request it: it is not one of the grants of the token endpoint.
type directGrant struct {
	s       *Provider
	subject string
}

func (directGrant) Type() string     { return oauth.KindDirect }
func (directGrant) Params() []string { return nil }

func (g directGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	if !oauth.IsSubject(g.subject) {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The subject %s.", oauth.SubjectRule)
	}
	scope, resources, err := g.s.requestedPermission(req)
	if err != nil {
		return nil, err
	}
	// A refresh token and an ID token are not issued.
	scope = slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return name == oauth.ScopeOfflineAccess })
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope offline_access alone grants no access. Name a scope of an API.").WithReason("no_scope")
	}
	if err := g.s.checkPerson(ctx, read, req.Client.ID, g.subject); err != nil {
		return nil, err
	}
	permission := oauth.Permission{Subject: g.subject, Scope: scope, Details: oauth.Details{Resources: resources}}
	return &award{Permission: &permission, AccessOnly: true, Resources: resources}, nil
}

// checkPerson returns an error if the subject is that of a client, if the person is
// disabled, or if people have accounts and this person has none. clientID may be empty.
func (s *Provider) checkPerson(ctx context.Context, read oauth.Reader, clientID, subject string) error {
	if s.OwnLogin && s.FindPerson != nil {
		_, err := s.FindPerson(ctx, oauth.PersonQuery{By: oauth.PersonBySubject, Value: subject})
		switch {
		case errors.Is(err, oauth.ErrNotFound):
			return oauth.Errorf(oauth.CodeInvalidGrant, "There is no person with the subject '%s'.", subject).WithReason("no_person")
		case err != nil:
			return err
		}
	}
	if _, err := read.Client(ctx, subject); !errors.Is(err, oauth.ErrNotFound) {
		if err == nil { // RFC 9700 §4.15
			err = oauth.Errorf(oauth.CodeInvalidGrant, "The subject '%s' belongs to an application, not to a person.", subject).WithReason("no_person")
		}
		return err
	}
	standing, err := read.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, clientID, subject)
	standing.ClientMissing = standing.ClientMissing && clientID != ""
	if err == nil && standing.Disabled() != "" {
		err = oauth.Errorf(oauth.CodeInvalidGrant, "The token cannot be issued, because %s.", standing.Disabled()).WithReason("disabled")
	}
	return err
}

// Refuse is never called: nothing is spent.
func (directGrant) Refuse(*tokenRequest, oauth.SpendResult) verdict { return verdict{} }
