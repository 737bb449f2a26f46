package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AdminToken is an access token for the admin API.
type AdminToken struct {
	Introspection
	// Account is the account of the person, or empty if the client acts for itself. It is
	// not a pseudonym that the client knows.
	Account string
	// Client is the client to which the token was issued.
	Client *oauth.Client
}

// CheckAdminToken is CheckAccessToken for the admin API. A token that is also for another
// API is not active: that API could use it. Neither is one with an actor, which was exchanged.
func (s *Provider) CheckAdminToken(ctx context.Context, text string) (AdminToken, error) {
	found, token, err := s.checkAccess(ctx, text)
	if err != nil || !found.Active {
		return AdminToken{}, err
	}
	admin := AdminToken{Introspection: found, Account: token.Subject}
	if len(found.Audience) != 1 || found.Audience[0] != s.AdminAPI || found.Act != nil {
		admin.Active = false
		return admin, nil
	}
	if admin.Client, err = s.clients.Client(ctx, token.ClientID); err != nil {
		return AdminToken{}, err
	}
	// A JWT has the sub of the client.
	if admin.Client.SubjectType == oauth.SubjectPairwise && token.Hash.IsZero() && token.Subject != "" {
		family, _, err := s.Store.Family(ctx, token.FamilyID)
		if err != nil {
			return AdminToken{}, err
		}
		admin.Account = family.Subject
	}
	return admin, nil
}
