package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// claimsBeforeSpend returns the claims for the ID token of a code that is about to
// be redeemed, so that the code can be redeemed later if they are not available. It
// returns nil if idToken has to read them.
//
// The code names the person, so it has to be read first, which is one more call of
// the Store. This call is omitted if the claims come from Latchkey's own accounts,
// because they are in the same database as the code, unless they could not be read
// the last time.
func (s *Provider) claimsBeforeSpend(ctx context.Context, req *TokenRequest, spend *oauth.SpendRequest) (map[string]any, error) {
	mayFail := s.Claims != nil && (!s.OwnLogin || s.claimsFailing.Load())
	if spend == nil || !mayFail || !req.Client.MayHave(oauth.ScopeOpenID) {
		return nil, nil
	}
	ticket, _, err := s.Store.Ticket(ctx, spend.Kind, spend.ID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, nil // Refuse explains why it cannot be spent
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(spend.Proofs, ticket.Proof) || !ticket.SpentAt.IsZero() || !ticket.ExpiresAt.After(req.Now) {
		return nil, nil // the same
	}
	permission := ticket.Permission
	permission.Scope = req.Client.StillAllowed(permission.Scope)
	if permission.Subject == "" || !permission.Scope.Contains(oauth.ScopeOpenID) {
		return nil, nil
	}
	return s.permittedClaims(ctx, req.Client, permission, s.profileScopes(req.Client, permission.Scope))
}

// permittedClaims returns the claims that an ID token contains: those of the
// scopes and those that were requested individually.
func (s *Provider) permittedClaims(ctx context.Context, client *oauth.Client, permission oauth.Permission, scopes oauth.Scopes) (map[string]any, error) {
	names := permission.Details.IDTokenClaims(s.claimScopes, scopes, client.MayHave)
	if len(names) == 0 {
		return make(map[string]any, 16), nil
	}
	return s.claims(ctx, client, permission.Subject, permission.Details.Locales, names)
}
