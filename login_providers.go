package latchkey

import (
	"errors"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// checkProviders returns what is wrong with the login providers.
func (o *Options) checkProviders() error {
	if len(o.LoginProviders) > 0 && !o.ownLogin() {
		return errors.New("latchkey: LoginProviders need accounts in the Store, and People replaces them")
	}
	if err := upstream.Check(o.LoginProviders); err != nil {
		return err
	}
	_, err := o.directories()
	return err
}

// directories returns the directories of the login providers, by their names.
func (o *Options) directories() (map[string]Directory, error) {
	all := make(map[string]Directory)
	for _, p := range o.LoginProviders {
		if !p.HasPasswords() {
			continue
		}
		if o.OpenDirectory == nil {
			return nil, fmt.Errorf("latchkey: the login provider %s has the type ldap; set OpenDirectory to ldap.Open", p.Name)
		}
		var err error
		if all[p.Name], err = o.OpenDirectory(p); err != nil {
			return nil, fmt.Errorf("latchkey: the login provider %s: %w", p.Name, err)
		}
	}
	return all, nil
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
	directories, _ := s.options.directories() // checkProviders has returned the error
	for _, settings := range s.options.LoginProviders {
		all = append(all, upstream.New(settings, upstream.Config{
			RedirectURI: s.provider.Issuer + "/login/with/" + settings.Name + "/callback/", Outbound: client, Clock: s.options.Clock, Directory: directories[settings.Name],
		}))
	}
	return all
}
