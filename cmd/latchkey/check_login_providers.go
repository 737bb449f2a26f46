package main

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// checkLoginProviders checks the settings of the login providers, and whether each can be
// reached.
func (c *command) checkLoginProviders(ctx context.Context, add addFinding) {
	if c.config.loginProviderFaults() != nil {
		return // checkFaults reports it
	}
	for _, s := range c.config.LoginProviders {
		if s.Disabled {
			continue
		}
		if s.SignsUp() && len(s.EmailDomains) == 0 && len(s.Groups) == 0 && len(s.Tenants) == 0 {
			add("LK050", livecheck.Warning, "The login provider %s creates an account for every person with an account there. Set email_domains, groups or tenants, unless you want that.", s.Name)
		}
		if s.ClientSecret == "" {
			add("LK053", livecheck.Warning, "The login provider %s has no client secret. Set %s_FILE to the path of a file that contains it, unless this server is a public client there.", s.Name, secretVariable(s.Name))
		}
		p, err := c.openProvider(s)
		if err == nil && !s.HasPasswords() {
			_, err = p.URL(ctx, upstream.NewRequest(rand.Text(), rand.Text(), time.Now()))
		} else if err == nil {
			_, err = p.Find(ctx, "test-"+strings.ToLower(rand.Text()))
		}
		if err != nil {
			add("LK048", livecheck.Error, "People cannot log in with %s: %v.", s.Name, err)
			continue
		}
		if warning, err := p.NewLoginWarning(ctx); err == nil && warning != "" { // the metadata was just fetched
			add("LK061", livecheck.Warning, "The login provider %s may be unable to confirm a new login: %s.", s.Name, warning)
		}
	}
}

// checkProvidersOnly checks whether anybody can log in if people log in only at the login
// providers.
func (c *command) checkProvidersOnly(ctx context.Context, store *sqlstore.Store, add addFinding) error {
	if !c.config.LoginProvidersOnly {
		return nil
	}
	stored, err := store.LoginProviders(ctx)
	if err != nil {
		return err
	}
	c.checkNewLogins(stored, add)
	lonely, err := hasNoLocalAdministrator(ctx, store)
	if err != nil {
		return err
	}
	providers := 0
	for _, s := range slices.Concat(c.config.LoginProviders, settingsOfRows(stored)) {
		if !s.Disabled {
			providers++
		}
	}
	switch {
	case lonely && providers == 0:
		add("LK057", livecheck.Error, "Nobody can log in: login_providers_only is set, no login provider is enabled, and no administrator has a password or a passkey. Add or enable a login provider, or add an administrator: latchkey user add NAME --admin --generate.")
	case providers == 0:
		add("LK057", livecheck.Warning, "Only administrators can log in, at /login/?local=yes, because login_providers_only is set, and no login provider is enabled. Add or enable one.")
	case lonely:
		add("LK057", livecheck.Warning, "No administrator can log in without a login provider: login_providers_only is set, and no administrator has a password or a passkey. If the provider has a fault, nobody can change its settings in the back office. Add an administrator: latchkey user add NAME --admin --generate.")
	}
	return nil
}

// hasNoLocalAdministrator reports whether no administrator can log in with a password or a
// passkey.
func hasNoLocalAdministrator(ctx context.Context, store *sqlstore.Store) (bool, error) {
	yes, no := true, false
	for page := (paging.Page{Limit: 200}); ; {
		admins, cursor, err := store.Users(ctx, account.UserFilter{Admin: &yes, Disabled: &no}, page)
		if err != nil {
			return false, err
		}
		for _, u := range admins {
			if u.PasswordHash != "" || u.Strongest() == account.FactorPasskey {
				return false, nil
			}
		}
		if cursor.Next == "" {
			return true, nil
		}
		page.After = cursor.Next
	}
}

// checkStoredProviders finds login providers in the database that people cannot use, for
// example because their secret was sealed with another master key.
func (c *command) checkStoredProviders(ctx context.Context, store *sqlstore.Store, master []byte, add addFinding) error {
	if master == nil || c.config.loginProviderFaults() != nil {
		return nil // other findings report it
	}
	entries, err := loginproviders.New(loginproviders.Config{
		Fixed: c.config.LoginProviders, Store: store, Key: provider.HostKey(master, loginproviders.KeyPurpose), Open: c.openProvider, Clock: time.Now,
	}).Entries(ctx)
	for _, e := range entries {
		if e.Row != nil && e.Fault != nil {
			add("LK059", livecheck.Error, "People cannot log in with the login provider %s, which is in the database: %v. Enter its settings and its secret again: latchkey login-provider edit %s.", e.Name, e.Fault, e.Name)
		}
	}
	return err
}

// checkNewLogins finds out whether people can log in only at providers that confirm no new login.
func (c *command) checkNewLogins(stored []account.StoredProvider, add addFinding) {
	all := slices.Concat(c.config.LoginProviders, settingsOfRows(stored))
	switch {
	case !c.config.LoginProvidersOnly, !loginproviders.NoneConfirms(all):
	case c.config.RequireSecondFactor == provider.SecondFactorEverybody:
		add("LK057", livecheck.Error, "Nobody can add the second factor that require_second_factor requires: login_providers_only is set, and GitHub does not confirm that a person has just logged in. Add a login provider of another type, or change one of these settings.")
	default:
		add("LK057", livecheck.Warning, "People without a second factor can neither add one nor delete their account: login_providers_only is set, and GitHub does not confirm that a person has just logged in. Add a login provider of another type, or remove login_providers_only.")
	}
}

// settingsOfRows returns the settings of the rows that this release can read. checkStoredProviders
// reports the others.
func settingsOfRows(rows []account.StoredProvider) (all []upstream.Settings) {
	for _, row := range rows {
		if s, err := upstream.ParseSettings(row.Settings); err == nil {
			all = append(all, s)
		}
	}
	return all
}
