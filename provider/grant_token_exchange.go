package provider

import (
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// exchangeGrant is the token exchange (RFC 8693). An access token that it issues
// is always a JWT, for which no row is written: it belongs to the family of the
// subject_token and is revoked with it.
type exchangeGrant struct{ s *Provider }

func (exchangeGrant) Type() string { return oauth.GrantTokenExchange }

// Params returns the parameters of RFC 8693 §2.1, apart from audience, which can be
// repeated.
func (exchangeGrant) Params() []string {
	return []string{"subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type"}
}

func (g exchangeGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	if req.Client.Type != oauth.Confidential {
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "Only a confidential application can exchange tokens.").WithReason("public_client")
	}
	requested := req.Params.Get("requested_token_type")
	switch requested {
	case "":
		requested = tokenTypeAccess
	case tokenTypeIDJAG:
		return g.s.decideIDJAG(ctx, read, req)
	case tokenTypeAccess, tokenTypeJWT:
	case tokenTypeRefresh:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "A token exchange issues no refresh token, because an exchanged token is revoked with its subject_token. Exchange again when the access token has expired.").WithReason("requested_type")
	case tokenTypeID:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "A token exchange issues no ID token, because the person has not logged in to this application. For an application of another domain, request an ID-JAG.").WithReason("requested_type")
	default:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The requested_token_type '%s' is not supported; use %s or %s.", requested, tokenTypeAccess, tokenTypeJWT)
	}
	subject, err := g.s.exchangeSubjectOf(ctx, read, req)
	if err != nil {
		return nil, err
	}
	return g.accessToken(ctx, read, req, subject, requested)
}

// accessToken decides about an access token.
func (g exchangeGrant) accessToken(ctx context.Context, read oauth.Reader, req *tokenRequest, subject *exchangeSubject, requested string) (*award, error) {
	if subject.foreign == nil && subject.clientID != req.Client.ID && !slices.Contains(req.Client.ExchangeClients, subject.clientID) {
		return nil, useExchange("subject_token").errorf("was issued to an application whose tokens this application must not exchange. An administrator can add that application to the exchange_clients of this one.").
			WithReason("foreign").WithDetail("client %s presented a token of %s", req.Client.ID, subject.clientID)
	}
	named, err := g.s.namedResources(req.Client, append(req.Params.Values("resource"), req.Params.Values("audience")...))
	if err != nil {
		return nil, err
	}
	act, err := g.s.actorOf(ctx, read, req, subject)
	if err != nil {
		return nil, err
	}
	award := &award{exchange: &exchange{family: subject.family, until: subject.expires, act: act, tokenType: requested}}
	if subject.foreign != nil {
		resources := g.s.granted(named)
		award.Resources = resources
		if len(resources) == 0 {
			award.Resources = g.s.resources().ownAudience
		}
		award.Permission, err = g.s.foreignPermission(ctx, read, useExchange("subject_token"), req, subject.foreign, resources, nil)
		return award, err
	}
	if award.Resources, err = g.audience(req.Client, subject, named); err != nil {
		return nil, err
	}
	requestedScope, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	award.Scope, err = g.scope(req.Client, subject, requestedScope, award.Resources)
	return award, err
}

// audience returns the audience of the new token: the resources that were named,
// or else that of the subject_token. A resource that the subject_token is not for
// must be listed in the resources of the client: the person has not been asked.
func (g exchangeGrant) audience(c *oauth.Client, subject *exchangeSubject, named oauth.Audience) (oauth.Audience, error) {
	if len(named) == 0 {
		return g.s.stillAllowed(c, subject.audience)
	}
	for _, uri := range named {
		listed := len(c.Resources) > 0 && c.MayRequestResource(uri)
		if !subject.audience.Contains(uri) && !listed {
			return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The subject_token is not for the resource '%s'. An administrator can add the resource to the allowed resources of this application.", uri).WithReason("forbidden_resource")
		}
	}
	return named, nil
}

// scope returns the scope of the new token: the requested one, or else that of the
// subject_token, as far as the client may request it and the resources accept it.
// It is never more than that of the subject_token, and never about the person.
func (g exchangeGrant) scope(c *oauth.Client, subject *exchangeSubject, requested oauth.Scopes, audience oauth.Audience) (oauth.Scopes, error) {
	if missing := subject.scope.Missing(requested); len(missing) > 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The subject_token does not have the scope '%s'. An exchange can only narrow the scope.", missing[0]).WithReason("forbidden_scope")
	}
	if len(requested) > 0 {
		return g.s.boundScope(c, requested, audience)
	}
	var scope oauth.Scopes
	possible, err := g.s.issuable(c, audience, subject.scope)
	if err != nil {
		return nil, err
	}
	for _, name := range possible {
		if !g.s.aboutPerson(name) {
			scope = append(scope, name)
		}
	}
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The subject_token has no scope that this application can get.").WithReason("no_scope")
	}
	return scope, nil
}

// Refuse is called only if the family of a JWT of a trusted issuer could not be
// written.
func (exchangeGrant) Refuse(*tokenRequest, oauth.SpendResult) verdict {
	return verdict{Err: useExchange("subject_token").errorf("was revoked.").WithReason("revoked")}
}
