package provider

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// prepared holds the contributions of the host program to a response. It is determined before
// anything is spent or written, so that nothing is lost if the host program fails.
type prepared struct {
	lifetimes oauth.Lifetimes
	// format is the format of the access token, or "" for that of its resources or of
	// the client.
	format oauth.TokenFormat
	// claims are about the person, for the ID token. If they are nil, idToken reads them.
	claims map[string]any
	// idToken and access are the claims that are added to the ID token and to a JWT
	// access token.
	idToken, access map[string]any
}

// prepare determines what the host program contributes to the response to a token
// request.
//
// The permission is in the row that is spent, so it has to be read first, which is one
// more call of the Store. It is not read if the host program has no hooks, nothing can
// require a second factor, and the
// claims come from Latchkey's own accounts: they are in the same database as the row.
// If they could not be read the last time, they are read first too.
func (s *Provider) prepare(ctx context.Context, grant grant, req *tokenRequest, award *award) (p prepared, err error) {
	if award.exchange != nil && award.exchange.jag != nil { // for another server, whose scopes are not ours
		person := award.exchange.family.Permission
		person.Scope = nil
		if err := s.checkAssurance(grant, req, award, person); err != nil {
			return p, err
		}
		return p, s.checkActive(ctx, person.Subject)
	}
	claimsFirst := award.Ticket != nil && s.Claims != nil && (!s.OwnLogin || s.HostClaims || s.claimsFailing.Load()) && req.Client.MayHave(oauth.ScopeOpenID)
	hooks := s.TokenLifetimes != nil || s.TokenFormat != nil || s.AddClaims != nil || s.CheckPerson != nil
	granted := award.Permission != nil && (s.TokenMetadata != nil || award.Permission.Subject == req.Client.ServiceUserID)
	if !claimsFirst && !hooks && !granted && !s.mayDemandTwo(req.Client) {
		return p, nil
	}
	permission, audience, err := s.permissionOf(ctx, req, award)
	if errors.Is(err, oauth.ErrNotFound) {
		return p, nil // Refuse or respond explains why there is no response
	}
	if err != nil {
		return p, err
	}
	if err := s.checkActive(ctx, permission.Subject); err != nil {
		return p, err
	}
	if err := s.checkAssurance(grant, req, award, permission); err != nil {
		return p, err
	}
	info := oauth.TokenInfo{Client: req.Client, GrantType: grant.Type(), Subject: permission.Subject, Scope: permission.Scope, Resources: audience, Metadata: permission.Details.Metadata}
	if award.Permission != nil && len(info.Metadata) == 0 {
		if info.Metadata, err = s.metadataFor(ctx, info); err != nil {
			return p, err
		}
		award.Permission.Details.Metadata = info.Metadata
	}
	if p.lifetimes, err = s.lifetimesFor(ctx, info); err != nil {
		return p, err
	}
	if award.exchange == nil {
		if p.format, err = s.formatFor(ctx, info); err != nil {
			return p, err
		}
	}
	if award.exchange != nil || s.formatOf(p, req.Client, award.Resources) == oauth.JWT {
		if p.access, err = s.addedClaims(ctx, info, oauth.ClaimsOfAccessToken); err != nil {
			return p, err
		}
	}
	if permission.Subject == "" || award.AccessOnly || !permission.Scope.Contains(oauth.ScopeOpenID) || award.exchange != nil || (award.Refresh != nil && req.Client.OmitIDTokenAtRefresh) {
		return p, nil // the response has no ID token
	}
	if claimsFirst {
		if p.claims, err = s.permittedClaims(ctx, req.Client, permission, s.profileScopes(req.Client, permission.Scope)); err != nil {
			return p, err
		}
	}
	p.idToken, err = s.addedClaims(ctx, info, oauth.ClaimsOfIDToken)
	return p, err
}

// permissionOf returns the permission for which the tokens of an award are issued,
// limited to the scope of the access token, and the audience of that. The error is
// ErrNotFound if nothing can be issued.
func (s *Provider) permissionOf(ctx context.Context, req *tokenRequest, award *award) (permission oauth.Permission, audience oauth.Audience, err error) {
	row := oauth.AccessToken{Audience: award.Resources}
	switch {
	case award.Ticket != nil:
		permission, err = s.permissionOfTicket(ctx, req, award.Ticket)
	case award.Refresh != nil:
		var family oauth.Family
		if family, err = s.familyOf(ctx, req, *award.Refresh); err == nil {
			permission, row.Audience = family.Permission, award.Resources
			switch {
			case family.Previous.Equal(award.Refresh.Hash()): // the response is repeated
				permission.Scope, row.Audience = family.AccessScope, family.AccessAudience
			case award.Scope != nil:
				permission.Scope = award.Scope
			}
		}
	case award.Permission != nil:
		permission = *award.Permission
	case award.exchange != nil:
		permission = award.exchange.family.Permission
		permission.Scope = award.Scope
	default:
		permission.Scope = award.Scope
	}
	if err != nil {
		return oauth.Permission{}, nil, err
	}
	row.Details = permission.Details
	if audience, err = s.stillAllowed(req.Client, s.audienceOf(&row)); err != nil {
		return oauth.Permission{}, nil, oauth.ErrNotFound
	}
	permission.Scope, err = s.issuable(req.Client, audience, permission.Scope)
	return permission, audience, err
}

// permissionOfTicket returns the permission of a ticket that can be spent.
func (s *Provider) permissionOfTicket(ctx context.Context, req *tokenRequest, spend *oauth.SpendRequest) (oauth.Permission, error) {
	ticket, _, err := s.Store.Ticket(ctx, spend.Kind, spend.ID)
	if err == nil && (!slices.Contains(spend.Proofs, ticket.Proof) || !ticket.SpentAt.IsZero() || !ticket.ExpiresAt.After(req.Now)) {
		err = oauth.ErrNotFound
	}
	return ticket.Permission, err
}

// familyOf returns the family of a refresh token that can be exchanged, or that was the
// last one to be exchanged.
func (s *Provider) familyOf(ctx context.Context, req *tokenRequest, presented oauth.Token) (oauth.Family, error) {
	family, standing, err := s.Store.Family(ctx, presented.ID)
	known := family.Hash.Equal(presented.Hash()) || family.Previous.Equal(presented.Hash())
	if err == nil && (!known || family.ClientID != req.Client.ID || !family.Valid(standing, req.Now, s.OwnLogin)) {
		err = oauth.ErrNotFound
	}
	return family, err
}

// noteUnprepared stores that a request was not answered because something failed that
// is needed before a refresh token is exchanged. A hook that fails says nothing about
// the Store.
func (s *Provider) noteUnprepared(ctx context.Context, p oauth.Params, now time.Time, err error) {
	if errors.As(err, new(*hookError)) {
		s.noteUnanswered(ctx, p, now, oauth.ErrUnavailable)
		return
	}
	s.noteFailure(ctx, p, now, err)
}

// permittedClaims returns the claims that an ID token contains: those of the
// scopes and those that were requested individually.
func (s *Provider) permittedClaims(ctx context.Context, client *oauth.Client, permission oauth.Permission, scopes oauth.Scopes) (map[string]any, error) {
	names := permission.Details.IDTokenClaims(s.catalog().claims, scopes, client.MayHave)
	if len(names) == 0 {
		return make(map[string]any, 16), nil
	}
	return s.claims(ctx, client, permission.Subject, permission.Details.Locales, names)
}
