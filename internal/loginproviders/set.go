// Package loginproviders holds the providers at which people can log in: those in the
// options of the server, and those that administrators have added to the Store.
//
// set.go returns them, change.go adds, changes and removes those in the Store, and
// stored.go converts them to rows and back.
package loginproviders

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// Config configures a Set.
type Config struct {
	// Fixed are the providers in the options. They must be valid.
	Fixed []upstream.Settings
	// Store has the others. It may be nil.
	Store account.ProviderStore
	// Version changes whenever the providers in the Store have changed. If it is nil, they
	// are always read.
	Version func() uint64
	// Key encrypts the secrets in the Store. It is secret, and used for nothing else.
	Key []byte
	// Open returns the provider of valid settings. It sends no request.
	Open   func(upstream.Settings) (*upstream.Provider, error)
	Clock  func() time.Time
	Logger *slog.Logger // nil means no logging
	// Only is set if people log in only at the providers, apart from administrators.
	Only bool
	// MustConfirm is set if people log in only at the providers, and need a second factor. To
	// add it, a person must have logged in recently, which one of the providers must confirm.
	MustConfirm bool
}

// A Set is all login providers of a server. It is safe for concurrent use.
type Set struct {
	Config
	reads singleflight.Group
	mu    sync.Mutex
	// current are the entries at a version, or nil if none were read.
	current *snapshot
}

type snapshot struct {
	version   uint64
	entries   []Entry
	providers []*upstream.Provider
}

// An Entry is a login provider.
type Entry struct {
	upstream.Settings
	// Provider is nil if Fault is not.
	Provider *upstream.Provider
	// Row is the row in the Store, or nil for a provider in the options.
	Row *account.StoredProvider
	// Fault is the reason why people cannot use the provider, or nil.
	Fault error
}

// New returns a Set. It reads nothing.
func New(c Config) *Set {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Set{Config: c}
}

// All returns the providers that people can use, so none that is disabled: first those in the
// options, and then those in the Store, by their names. The result is shared and must not be changed.
func (s *Set) All(ctx context.Context) ([]*upstream.Provider, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	return now.providers, nil
}

// Named returns the provider with the name, or nil if people cannot use one.
func (s *Set) Named(ctx context.Context, name string) (*upstream.Provider, error) {
	all, err := s.All(ctx)
	if i := slices.IndexFunc(all, func(p *upstream.Provider) bool { return p.Name == name }); i >= 0 {
		return all[i], nil
	}
	return nil, err
}

// Known is Named, but also returns a provider that is disabled. It still reports logouts, and
// administrators can test it. Nobody can log in with it.
func (s *Set) Known(ctx context.Context, name string) (*upstream.Provider, error) {
	all, err := s.Entries(ctx)
	if i := slices.IndexFunc(all, func(e Entry) bool { return e.Name == name && e.Provider != nil }); i >= 0 {
		return all[i].Provider, nil
	}
	return nil, err
}

// ForAccounts returns the providers that people can use, for package account.
func (s *Set) ForAccounts(ctx context.Context) (others []account.OtherProvider, err error) {
	all, err := s.All(ctx)
	for _, p := range all {
		others = append(others, account.OtherProvider{Name: p.Name, Issues: p.Issues})
	}
	return others, err
}

// CheckNewLogins returns ErrNoNewLogins if a provider must confirm new logins, and none of
// those that exist does.
func (s *Set) CheckNewLogins(ctx context.Context) error {
	if !s.MustConfirm {
		return nil
	}
	entries, err := s.Entries(ctx)
	if err == nil && NoneConfirms(settingsOf(entries)) {
		err = ErrNoNewLogins
	}
	return err
}

// NoneConfirms reports whether there are providers that are not disabled, and none of them can
// confirm that a person has logged in again.
func NoneConfirms(all []upstream.Settings) bool {
	all = slices.DeleteFunc(slices.Clone(all), func(s upstream.Settings) bool { return s.Disabled })
	return len(all) > 0 && !slices.ContainsFunc(all, upstream.Settings.ConfirmsNewLogins)
}

// Entries returns all providers, including those that people cannot use. The result is
// shared and must not be changed.
func (s *Set) Entries(ctx context.Context) ([]Entry, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	return now.entries, nil
}

// Entry returns the provider with the name, or account.ErrNotFound.
func (s *Set) Entry(ctx context.Context, name string) (Entry, error) {
	all, err := s.Entries(ctx)
	if err != nil {
		return Entry{}, err
	}
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, account.ErrNotFound
	}
	return all[i], nil
}

// Stored reads the provider with the name from the Store, to change it. It does not use what
// was read before, because another process may have changed the row since then. The entry has
// no Provider. The errors are account.ErrNotFound, and ErrFixed if it is only in the options.
func (s *Set) Stored(ctx context.Context, name string) (Entry, error) {
	rows, err := s.rows(ctx)
	if err != nil {
		return Entry{}, err
	}
	for _, row := range rows {
		if row.Name == name {
			e := Entry{Row: &row}
			e.Settings, e.Fault = open(s.Key, row)
			return e, nil
		}
	}
	if slices.ContainsFunc(s.Fixed, func(fixed upstream.Settings) bool { return fixed.Name == name }) {
		return Entry{}, ErrFixed
	}
	return Entry{}, account.ErrNotFound
}

// rows reads the rows of the Store, if there is one.
func (s *Set) rows(ctx context.Context) ([]account.StoredProvider, error) {
	if s.Store == nil {
		return nil, nil
	}
	return s.Store.LoginProviders(ctx)
}

// now returns the providers of the current version. If they cannot be read, it returns the
// error, and not the old ones: one of them may have been removed.
func (s *Set) now(ctx context.Context) (*snapshot, error) {
	var version uint64
	if s.Version != nil {
		version = s.Version() // before the rows are read, so it is never newer than they are
	}
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current != nil && current.version == version && (s.Version != nil || s.Store == nil) {
		return current, nil
	}
	read, err, _ := s.reads.Do(strconv.FormatUint(version, 10), func() (any, error) {
		defer crash.Log(s.Logger)
		next, err := s.read(context.WithoutCancel(ctx), version, current)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.current == nil || s.current.version <= version {
			s.current = next
		}
		return next, nil
	})
	if err != nil {
		return nil, err
	}
	next, ok := read.(*snapshot)
	if !ok {
		return nil, fmt.Errorf("loginproviders: the providers were not read") // after a panic
	}
	return next, nil
}

// read reads the providers. Providers that have not changed since the last snapshot keep
// the metadata that they have fetched.
func (s *Set) read(ctx context.Context, version uint64, before *snapshot) (*snapshot, error) {
	next := &snapshot{version: version}
	rows, err := s.rows(ctx)
	if err != nil {
		return nil, err
	}
	for _, settings := range s.Fixed {
		next.entries = append(next.entries, s.entry(Entry{Settings: settings}, nil, before))
	}
	for _, row := range rows {
		e := Entry{Row: &row}
		e.Settings, e.Fault = open(s.Key, row)
		next.entries = append(next.entries, s.entry(e, settingsOf(next.entries), before))
	}
	for _, e := range next.entries {
		if e.Provider != nil && !e.Disabled {
			next.providers = append(next.providers, e.Provider)
		}
	}
	return next, nil
}

// entry opens the provider of an entry, unless it has a fault or was opened before.
func (s *Set) entry(e Entry, others []upstream.Settings, before *snapshot) Entry {
	if before != nil {
		for _, old := range before.entries {
			if old.Provider != nil && old.Name == e.Name && (old.Row == nil) == (e.Row == nil) && (e.Row == nil || same(*old.Row, *e.Row) && e.Fault == nil && len(faults(e.Settings, others)) == 0) {
				return old
			}
		}
	}
	if e.Fault == nil && e.Row != nil {
		if wrong := faults(e.Settings, others); len(wrong) > 0 {
			e.Fault = wrong
		}
	}
	if e.Fault == nil {
		e.Provider, e.Fault = s.Open(e.Settings)
	}
	if e.Fault != nil {
		e.Provider = nil
		if !before.hasFault(e) {
			s.Logger.Warn("a login provider in the database cannot be used", "provider", e.Name, "error", e.Fault.Error())
		}
	}
	return e
}

// hasFault reports whether the entry had the same row and the same fault before, so that it
// was logged.
func (s *snapshot) hasFault(e Entry) bool {
	return s != nil && slices.ContainsFunc(s.entries, func(old Entry) bool {
		return old.Fault != nil && old.Name == e.Name && old.Fault.Error() == e.Fault.Error() &&
			(old.Row == nil) == (e.Row == nil) && (e.Row == nil || same(*old.Row, *e.Row))
	})
}

func settingsOf(entries []Entry) (all []upstream.Settings) {
	for _, e := range entries {
		all = append(all, e.Settings)
	}
	return all
}
