package latchkey

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
)

// developers returns the applications that people manage themselves.
func (s *Server) developers() *developers.Apps {
	return developers.New(developers.Config{
		Settings: s.options.DeveloperSettings, Store: s.options.Store, CountAttempt: s.options.Store.CountAttempt, Scopes: s.provider.KnownScopes, Validate: s.provider.ValidateClient,
		Outbound: s.provider.Outbound, Secrets: s.provider.SecretKeeper(), Groups: groupsOf, Clock: s.options.Clock, Key: s.provider.Key("developer applications"),
	})
}

// groupsOf returns the groups in the claims of a person.
func groupsOf(_ context.Context, u *account.User) ([]string, error) { return u.Groups() }
