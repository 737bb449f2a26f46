package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// providers manages login providers. The methods return account.ErrNotFound if a provider does not
// exist, and account.ErrConflict if one exists or was changed at the same time.
type providers interface {
	Providers(ctx context.Context) ([]providerEntry, error)
	Provider(ctx context.Context, name string) (providerEntry, error)
	AddProvider(ctx context.Context, s upstream.Settings) error
	// EditProvider calls change with the settings without the secret. An empty secret keeps the
	// stored one.
	EditProvider(ctx context.Context, name string, change func(*upstream.Settings) error) error
	// RemoveProvider removes a provider from the database, if it still has the version that the
	// caller has read.
	RemoveProvider(ctx context.Context, e providerEntry) error
	ProviderPeople(ctx context.Context, e providerEntry) (loginproviders.People, error)
	TestProvider(ctx context.Context, e providerEntry, user string) ([]upstream.Step, error)
}

// A providerEntry is a login provider. At a server, Row has only the version, and Provider is nil.
type providerEntry struct {
	loginproviders.Entry
	redirectURI string // empty if it has none
	hasSecret   bool
}

func (c *command) providerEntry(e loginproviders.Entry) providerEntry {
	entry := providerEntry{Entry: e, hasSecret: e.ClientSecret != ""}
	if !e.HasPasswords() {
		entry.redirectURI = c.redirectURI(e.Settings)
	}
	return entry
}

// withProviders opens the database, and calls run with the login providers in the database
// and the configuration file.
func (c *command) withProviders(ctx context.Context, run func(*loginproviders.Set, *sqlstore.Store) error) error {
	return c.withStore(ctx, func(store *sqlstore.Store) error {
		all, err := c.openProviders(ctx, store)
		if err != nil {
			return err
		}
		return run(all, store)
	})
}

// openProviders returns the login providers in the database and the configuration file.
func (c *command) openProviders(ctx context.Context, store *sqlstore.Store) (*loginproviders.Set, error) {
	if err := c.config.loginProviderFaults(); err != nil {
		return nil, err
	}
	server, err := c.openKeys(ctx, store)
	if err != nil {
		return nil, err
	}
	if c.storedIssuer, err = store.Issuer(ctx); err != nil {
		return nil, err
	}
	return loginproviders.New(loginproviders.Config{
		Fixed: c.config.LoginProviders, Store: store, Key: server.Key(loginproviders.KeyPurpose), Open: c.openProvider, Clock: time.Now,
		Only:        c.config.LoginProvidersOnly,
		MustConfirm: c.config.LoginProvidersOnly && c.config.RequireSecondFactor == provider.SecondFactorEverybody,
	}), nil
}

func (d *inDatabase) Providers(ctx context.Context) (all []providerEntry, err error) {
	set, err := d.openProviders(ctx, d.store)
	if err != nil {
		return nil, err
	}
	entries, err := set.Entries(ctx)
	for _, e := range entries {
		all = append(all, d.providerEntry(e))
	}
	return all, err
}

func (d *inDatabase) Provider(ctx context.Context, name string) (providerEntry, error) {
	set, err := d.openProviders(ctx, d.store)
	if err != nil {
		return providerEntry{}, err
	}
	e, err := set.Entry(ctx, name)
	return d.providerEntry(e), err
}

func (d *inDatabase) AddProvider(ctx context.Context, s upstream.Settings) error {
	set, err := d.openProviders(ctx, d.store)
	if err == nil {
		err = set.Add(ctx, s)
	}
	if err == nil {
		d.changedProvider(ctx, s.Name, nil, &s)
	}
	return err
}

func (d *inDatabase) EditProvider(ctx context.Context, name string, change func(*upstream.Settings) error) error {
	set, err := d.openProviders(ctx, d.store)
	if err != nil {
		return err
	}
	e, err := set.Stored(ctx, name)
	if err != nil {
		return err
	}
	s := e.Settings
	s.ClientSecret = "" // keeps that of the row
	if err := change(&s); err != nil {
		return err
	}
	err = set.Update(ctx, s, e.Row.Version)
	if err == nil {
		d.changedProvider(ctx, name, &e.Settings, &s)
	}
	return err
}

func (d *inDatabase) RemoveProvider(ctx context.Context, e providerEntry) error {
	set, err := d.openProviders(ctx, d.store)
	if err == nil {
		err = set.Remove(ctx, e.Name, e.Row.Version)
	}
	if err == nil {
		d.changed(d.cmd, d.store, e.Name, &oauth.EventDetails{Changes: loginproviders.Changes(&e.Settings, nil)})
	}
	return err
}

func (d *inDatabase) ProviderPeople(ctx context.Context, e providerEntry) (people loginproviders.People, err error) {
	set, err := d.openProviders(ctx, d.store)
	if err != nil {
		return people, err
	}
	return set.People(ctx, e.Settings)
}

// changedProvider reports a change of a login provider, and warns if it has no effect.
func (d *inDatabase) changedProvider(ctx context.Context, name string, before, after *upstream.Settings) {
	d.changed(d.cmd, d.store, name, &oauth.EventDetails{Changes: loginproviders.Changes(before, after)})
	d.warnOfHost(ctx, d.store, "nobody can log in with the login provider")
}

func (d *inDatabase) TestProvider(ctx context.Context, e providerEntry, user string) ([]upstream.Step, error) {
	if e.Fault != nil {
		return nil, e.Fault
	}
	return e.Provider.Test(ctx, user), nil
}

// loginProviderRow is a login provider in a response.
type loginProviderRow struct {
	Name        string          `json:"name"`
	Settings    json.RawMessage `json:"settings"`
	HasSecret   bool            `json:"has_secret"`
	Source      string          `json:"source"`
	Fault       string          `json:"fault"`
	RedirectURI string          `json:"redirect_uri"`
	Version     int64           `json:"version"`
}

// entry returns the provider. Settings that this release does not know are a fault, and cannot be
// changed.
func (r loginProviderRow) entry() providerEntry {
	s, err := upstream.ParseSettings(r.Settings)
	s.Name = r.Name
	e := providerEntry{Entry: loginproviders.Entry{Settings: s, Fault: err}, redirectURI: r.RedirectURI, hasSecret: r.HasSecret}
	if r.Fault != "" {
		e.Fault = errors.New(r.Fault)
	}
	if r.Source == "database" {
		e.Row = &account.StoredProvider{Name: r.Name, Version: r.Version}
	}
	return e
}

func (a *atServer) Providers(ctx context.Context) (all []providerEntry, err error) {
	var list struct{ Data []loginProviderRow }
	err = a.api.get(ctx, "login-providers", &list)
	for _, r := range list.Data {
		all = append(all, r.entry())
	}
	return all, withoutAccounts(err)
}

func (a *atServer) Provider(ctx context.Context, name string) (providerEntry, error) {
	var r loginProviderRow
	if err := a.api.get(ctx, path("login-providers", name), &r); err != nil {
		return providerEntry{}, providerNotFound(err)
	}
	return r.entry(), nil
}

func providerNotFound(err error) error {
	if isNotFound(err) {
		return account.ErrNotFound
	}
	return err
}

// settingsOf returns settings by their names, without the name of the provider and the secret.
func settingsOf(s upstream.Settings) (members map[string]json.RawMessage, err error) {
	text, err := s.JSON()
	if err == nil {
		err = json.Unmarshal(text, &members)
	}
	delete(members, "name")
	return members, err
}

func (a *atServer) AddProvider(ctx context.Context, s upstream.Settings) error {
	settings, err := settingsOf(s)
	if err != nil {
		return err
	}
	order := map[string]any{"name": s.Name, "settings": settings}
	if s.ClientSecret != "" {
		order["client_secret"] = s.ClientSecret
	}
	return withoutAccounts(a.api.call(ctx, http.MethodPost, "login-providers", "", order, nil))
}

func (a *atServer) EditProvider(ctx context.Context, name string, change func(*upstream.Settings) error) error {
	return again(func() error {
		e, err := a.Provider(ctx, name)
		if err != nil {
			return err
		}
		if e.Row == nil {
			return loginproviders.ErrFixed
		}
		s := e.Settings
		if err := change(&s); err != nil {
			return err
		}
		before, err := settingsOf(e.Settings)
		after, failed := settingsOf(s)
		if err := cmp.Or(err, failed); err != nil {
			return err
		}
		changed := make(map[string]json.RawMessage)
		for _, f := range upstream.Fields() {
			if string(before[f.Name]) != string(after[f.Name]) {
				if changed[f.Name] = after[f.Name]; changed[f.Name] == nil {
					changed[f.Name] = json.RawMessage("null")
				}
			}
		}
		order := map[string]any{"settings": changed}
		if s.ClientSecret != "" {
			order["client_secret"] = s.ClientSecret
		}
		return providerNotFound(a.api.call(ctx, http.MethodPatch, path("login-providers", name), etag(e.Row.Version), order, nil))
	})
}

func (a *atServer) RemoveProvider(ctx context.Context, e providerEntry) error {
	err := a.api.call(ctx, http.MethodDelete, path("login-providers", e.Name), etag(e.Row.Version), nil, nil)
	if isStatus(err, http.StatusPreconditionFailed) {
		return account.ErrConflict
	}
	return providerNotFound(err)
}

func (a *atServer) ProviderPeople(ctx context.Context, e providerEntry) (people loginproviders.People, err error) {
	var r struct {
		Connected, Locked int
		AtLeast           bool `json:"at_least"`
	}
	err = providerNotFound(a.api.get(ctx, path("login-providers", e.Name, "people"), &r))
	return loginproviders.People{Connected: paging.Count{N: r.Connected, More: r.AtLeast}, Locked: paging.Count{N: r.Locked, More: r.AtLeast}}, err
}

func (a *atServer) TestProvider(ctx context.Context, e providerEntry, user string) ([]upstream.Step, error) {
	order := map[string]any{}
	if user != "" {
		order["username"] = user
	}
	var tested struct{ Steps []upstream.Step }
	err := a.api.call(ctx, http.MethodPost, path("login-providers", e.Name, "test"), "", order, &tested)
	if err == nil && len(tested.Steps) == 0 {
		err = errors.New("the server returned no steps of the test")
	}
	return tested.Steps, err
}
