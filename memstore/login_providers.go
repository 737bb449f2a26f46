package memstore

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
)

// LoginProviders returns all login providers, by their names.
func (s *Store) LoginProviders(context.Context) ([]account.StoredProvider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.providers), func(a, b account.StoredProvider) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// AddLoginProvider adds a login provider, unless there are too many.
func (s *Store) AddLoginProvider(ctx context.Context, p account.StoredProvider) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if _, exists := s.providers[p.Name]; exists {
		return account.ErrConflict
	}
	if len(s.providers) >= account.MaxStoredProviders {
		return account.ErrTooManyProviders
	}
	p.Version = 0
	s.saveProvider(p)
	return nil
}

// UpdateLoginProvider saves a login provider.
func (s *Store) UpdateLoginProvider(ctx context.Context, p account.StoredProvider) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	stored, exists := s.providers[p.Name]
	switch {
	case !exists:
		return account.ErrNotFound
	case stored.Version != p.Version:
		return account.ErrConflict
	}
	p.CreatedAt = stored.CreatedAt
	s.saveProvider(p)
	return nil
}

// saveProvider saves the next version of a login provider. The caller holds the lock.
func (s *Store) saveProvider(p account.StoredProvider) {
	p.Version++
	p.Settings, p.CreatedAt, p.UpdatedAt = slices.Clone(p.Settings), ms(p.CreatedAt), ms(p.UpdatedAt)
	s.providers[p.Name] = p
	s.version++
}

// RemoveLoginProvider removes a login provider.
func (s *Store) RemoveLoginProvider(ctx context.Context, name string, version int64) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	stored, exists := s.providers[name]
	switch {
	case !exists:
		return account.ErrNotFound
	case version != 0 && stored.Version != version:
		return account.ErrConflict
	}
	delete(s.providers, name)
	s.version++
	return nil
}

// IdentityOwners returns identities, ordered by the ID of their users.
func (s *Store) IdentityOwners(_ context.Context, limit int) (owners []account.IdentityOwner, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.factors {
		if row, exists := s.users[f.UserID]; exists && f.Kind == account.FactorIdentity {
			u := row.User
			owners = append(owners, account.IdentityOwner{
				Factor: account.Factor{ID: f.ID, UserID: f.UserID, Kind: f.Kind, Body: f.Body},
				User:   account.User{ID: u.ID, PasswordHash: u.PasswordHash, Factors: u.Factors, Admin: u.Admin, OtherRoles: u.OtherRoles, Memberships: u.Memberships},
			})
		}
	}
	slices.SortFunc(owners, func(a, b account.IdentityOwner) int {
		return cmp.Or(cmp.Compare(a.User.ID, b.User.ID), bytes.Compare(a.Factor.ID[:], b.Factor.ID[:]))
	})
	return owners[:min(limit, len(owners))], nil
}
