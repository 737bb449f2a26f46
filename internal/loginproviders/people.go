package loginproviders

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// People are the people of a provider.
type People struct {
	// Connected is the number of people who can log in with the provider, or could if it were
	// not disabled.
	Connected oauth.Count
	// Locked is how many of them have no other way to log in: no password, no passkey and no
	// other provider that is not disabled.
	Locked oauth.Count
}

// People counts the people of a provider with these settings. It reads at most
// oauth.MostCounted identities of all providers.
func (s *Set) People(ctx context.Context, settings upstream.Settings) (people People, err error) {
	if s.Store == nil {
		return people, nil
	}
	usable, err := s.ForAccounts(ctx)
	if err != nil {
		return people, err
	}
	rows, err := s.Store.IdentityOwners(ctx, oauth.MostCounted+1)
	if err != nil {
		return people, err
	}
	if len(rows) > oauth.MostCounted {
		people.Connected.More, people.Locked.More = true, true
	}
	for len(rows) > 0 {
		person := rows[0]
		connected, other := false, s.logsInHere(person)
		for len(rows) > 0 && rows[0].User.ID == person.User.ID {
			issuer, _ := rows[0].Factor.ProviderSubject()
			connected = connected || settings.Issues(issuer)
			for _, p := range usable {
				other = other || p.Name != settings.Name && p.Issues(issuer)
			}
			rows = rows[1:]
		}
		if len(rows) == 0 && people.Connected.More {
			break // the other identities of this person might not have been read
		}
		if connected {
			people.Connected.N++
		}
		if connected && !other {
			people.Locked.N++
		}
	}
	return people, nil
}

// logsInHere reports whether a person can log in with a password or a passkey of this server.
func (s *Set) logsInHere(o account.IdentityOwner) bool {
	return (o.User.PasswordHash != "" || o.User.Has(account.FactorPasskey)) && (!s.Only || o.User.Roles().Has(account.RoleAdministrator))
}
