package loginproviders

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Faults lists the mistakes in the settings of a provider.
type Faults []upstream.Fault

// Error returns all texts.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fault.Error()
	}
	return strings.Join(texts, "; ")
}

// ErrFixed means that the provider is in the options, so it can only be changed there.
var ErrFixed = errors.New("this login provider is in the configuration file; change it there, and restart the server")

// faults returns what is wrong with settings in the Store, given that the providers in
// others also exist.
func faults(s upstream.Settings, others []upstream.Settings) Faults {
	all := s.Faults(others)
	if s.Name == "add" { // a page of the back office
		all = append(all, upstream.NewFault("name", "{name} cannot be add"))
	}
	if s.CAFile != "" {
		all = append(all, upstream.NewFault("ca_file", "{ca_file} can only be used in the configuration file, because each server needs the file; add the certificate authority to those of the system instead"))
	}
	return all
}

// ErrNoNewLogins means that no provider confirms new logins, although one must. See
// Config.MustConfirm.
var ErrNoNewLogins = errors.New("people log in only at the login providers (login_providers_only) and need a second factor (require_second_factor), but cannot add one: " +
	"GitHub does not confirm that a person has just logged in. Add a provider of another type first, or change one of these settings")

// Add adds a provider to the Store. The errors are Faults, account.ErrConflict if a provider
// with the name exists, and account.ErrTooManyProviders.
func (s *Set) Add(ctx context.Context, settings upstream.Settings) error {
	if err := s.check(ctx, settings, ""); err != nil {
		return err
	}
	row := account.StoredProvider{CreatedAt: s.Clock(), UpdatedAt: s.Clock()}
	if err := keep(s.Key, &row, settings); err != nil {
		return err
	}
	return s.Store.AddLoginProvider(ctx, row)
}

// Update replaces the settings of a provider, if the row still has the version. If settings
// has no secret, the secret of the row is kept. The name cannot be changed: it is part of
// addresses and of identities. The errors are Faults, ErrFixed, ErrUnreadable,
// account.ErrNotFound, and account.ErrConflict if the version differs.
func (s *Set) Update(ctx context.Context, settings upstream.Settings, version int64) error {
	row, err := s.changed(ctx, settings, version)
	if err != nil {
		return err
	}
	if err := keep(s.Key, &row, settings); err != nil {
		return err
	}
	return s.Store.UpdateLoginProvider(ctx, row)
}

// CheckUpdate returns the error of Update, apart from that of the Store. It changes nothing. The
// planned settings are those of other providers that will be added or changed before.
func (s *Set) CheckUpdate(ctx context.Context, settings upstream.Settings, version int64, planned ...upstream.Settings) error {
	_, err := s.changed(ctx, settings, version, planned...)
	return err
}

// Check returns Faults if the settings of a new provider are not valid. The planned settings are
// those of CheckUpdate.
func (s *Set) Check(ctx context.Context, settings upstream.Settings, planned ...upstream.Settings) error {
	return s.check(ctx, settings, "", planned...)
}

// changed checks a change, and returns the row that is changed.
func (s *Set) changed(ctx context.Context, settings upstream.Settings, version int64, planned ...upstream.Settings) (row account.StoredProvider, err error) {
	e, err := s.Stored(ctx, settings.Name)
	if err != nil {
		return row, err
	}
	switch {
	case errors.Is(e.Fault, ErrUnreadable):
		return row, e.Fault
	case e.Row.Version != version: // the secret that is kept must be that of the version
		return row, account.ErrConflict
	}
	row = *e.Row
	row.UpdatedAt = s.Clock()
	checked, replaced := settings, settings.ClientSecret != ""
	if !replaced && row.Secret != "" {
		if checked.ClientSecret = e.ClientSecret; binding(settings) != binding(e.Settings) || e.ClientSecret == "" {
			return row, Faults{upstream.NewFault(upstream.FieldSecret, "enter the secret again: the stored one belongs to the previous name, type, address, and client ID or bind_dn")}
		}
	}
	return row, s.check(ctx, checked, e.Name, planned...)
}

// Remove removes a provider from the Store. The connections of people remain, and count
// again if a provider with the same issuer is added. It returns account.ErrNotFound,
// account.ErrConflict if version is not zero and differs, ErrFixed for a provider that is only in
// the options, and ErrNoNewLogins for the only one that confirms new logins.
func (s *Set) Remove(ctx context.Context, name string, version int64) error {
	others, err := s.without(ctx, name)
	if err != nil {
		return err
	}
	if s.MustConfirm && NoneConfirms(others) && !errors.Is(s.CheckNewLogins(ctx), ErrNoNewLogins) {
		return ErrNoNewLogins
	}
	err = s.Store.RemoveLoginProvider(ctx, name, version)
	if errors.Is(err, account.ErrNotFound) && slices.ContainsFunc(s.Fixed, func(fixed upstream.Settings) bool { return fixed.Name == name }) {
		err = ErrFixed
	}
	return err
}

// check returns Faults if the settings are not valid beside those of the other providers.
// itself is the name of the provider that is changed, or empty. The planned settings are those
// that other providers will have.
func (s *Set) check(ctx context.Context, settings upstream.Settings, itself string, planned ...upstream.Settings) error {
	entries, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	others := slices.Clone(planned)
	for _, e := range entries {
		replaced := e.Row != nil && slices.ContainsFunc(planned, func(p upstream.Settings) bool { return p.Name == e.Name })
		if !replaced && (itself == "" || e.Name != itself || e.Row == nil) {
			others = append(others, e.Settings)
		}
	}
	if wrong := faults(settings, others); len(wrong) > 0 {
		return wrong
	}
	if s.MustConfirm && NoneConfirms(append(others, settings)) {
		field := "type"
		if settings.Disabled {
			field = "disabled"
		}
		return Faults{upstream.NewFault(field, ErrNoNewLogins.Error())}
	}
	if _, err = s.Open(settings); err != nil {
		return Faults{upstream.NewFault("", err.Error())}
	}
	return nil
}

// without returns the settings of all providers but the one in the Store with this name.
func (s *Set) without(ctx context.Context, name string) (others []upstream.Settings, err error) {
	entries, err := s.Entries(ctx)
	for _, e := range entries {
		if name == "" || e.Name != name || e.Row == nil {
			others = append(others, e.Settings)
		}
	}
	return others, err
}

// Changes returns the settings that differ, for the audit log. A new secret is reported
// without its value: the secret in after is one that was entered. before or after may be nil.
func Changes(before, after *upstream.Settings) (all []oauth.Change) {
	for _, f := range upstream.Fields() {
		c := oauth.Change{Field: f.Name}
		if before != nil {
			c.Before = f.Text(*before)
		}
		if after != nil {
			c.After = f.Text(*after)
		}
		if c.Before != c.After {
			all = append(all, c)
		}
	}
	if after != nil && after.ClientSecret != "" {
		all = append(all, oauth.Change{Field: upstream.FieldSecret, After: "(new)"})
	}
	return all
}
