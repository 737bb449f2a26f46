package latchkey

import (
	"errors"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// checkProviders returns what is wrong with the login providers.
func (o *Options) checkProviders() error {
	if len(o.LoginProviders) > 0 && !o.ownLogin() {
		return errors.New("latchkey: LoginProviders need accounts in the Store, and People replaces them")
	}
	return upstream.Check(o.LoginProviders)
}

// providerNames returns the names of the login providers.
func (o *Options) providerNames() (names []string) {
	for _, p := range o.LoginProviders {
		names = append(names, p.Name)
	}
	return names
}

// loginProviders returns the login providers. None of them is asked for anything yet.
func (s *Server) loginProviders(client *outbound.Client) (all []*upstream.Provider) {
	for _, settings := range s.options.LoginProviders {
		all = append(all, upstream.New(settings, upstream.Config{
			RedirectURI: s.provider.Issuer + "/login/with/" + settings.Name + "/callback/", Outbound: client, Clock: s.options.Clock,
		}))
	}
	return all
}
