package latchkey

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// checkProviders returns what is wrong with the login providers.
func (o *Options) checkProviders() error {
	if len(o.LoginProviders) > 0 && !o.ownLogin() {
		return fmt.Errorf("latchkey: %w", settings.Faultf("LoginProviders", " need accounts in the Store, and People replaces them"))
	}
	err := errors.Join(upstream.CheckGo(o.LoginProviders), o.directoryFaults())
	return errors.Join(settings.Prefixed("latchkey", settings.OfField("LoginProviders", err))...)
}

// directoryFaults returns the login providers whose settings have no fault, but whose
// directory cannot be opened.
func (o *Options) directoryFaults() error {
	var faults []error
	for i, p := range o.LoginProviders {
		if len(p.Faults(o.LoginProviders[:i])) > 0 {
			continue
		}
		if _, err := o.directory(p); err != nil {
			faults = append(faults, fmt.Errorf("the login provider %s: %w", p.Name, err))
		}
	}
	return errors.Join(faults...)
}

// directory returns the directory of a login provider, or nil if its type has none.
func (o *Options) directory(p LoginProvider) (Directory, error) {
	switch {
	case !p.HasPasswords():
		return nil, nil
	case o.OpenDirectory == nil:
		return nil, errors.New("it has the type ldap; set OpenDirectory to ldap.Open")
	}
	return o.OpenDirectory(p)
}

// loginProviders returns the login providers of the options and of the Store. None of them
// is asked for anything yet.
func (s *Server) loginProviders(client *outbound.Client) *loginproviders.Set {
	o := s.options
	c := loginproviders.Config{
		Fixed: o.LoginProviders, Version: o.Store.Version, Key: o.hostKey(loginproviders.KeyPurpose), Clock: o.Clock, Logger: o.Logger,
		Open: func(settings LoginProvider) (*upstream.Provider, error) {
			directory, err := o.directory(settings)
			if err != nil {
				return nil, err
			}
			return upstream.New(settings, upstream.Config{
				RedirectURI: o.Issuer + "/login/with/" + settings.Name + "/callback/", Outbound: client, Clock: o.Clock, Directory: directory,
			}), nil
		},
	}
	if o.ownLogin() {
		c.Store = o.Store
	}
	c.Only = o.LoginProvidersOnly
	c.MustConfirm = o.LoginProvidersOnly && o.RequireSecondFactor == provider.SecondFactorEverybody
	return loginproviders.New(c)
}

// checkNewLogins returns an error if people need a second factor that they cannot add. Those
// providers that are only in the Store never prevent a start. Without a Store, the providers
// are not known, and the result is nil.
func (s *Server) checkNewLogins(ctx context.Context) error {
	if s.logins == nil || len(s.options.LoginProviders) == 0 {
		return nil
	}
	if err := s.logins.CheckNewLogins(ctx); err != nil {
		return fmt.Errorf("latchkey: LoginProviders: %w", err)
	}
	return nil
}
