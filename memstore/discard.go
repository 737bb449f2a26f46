package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// DiscardClient deletes a client that can be restored.
func (s *Store) DiscardClient(ctx context.Context, id string, version int64, at time.Time) error {
	if at.IsZero() {
		return oauth.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	c, known := s.clients[id]
	switch {
	case !known:
		return oauth.ErrNotFound
	case version != 0 && c.Version != version:
		return oauth.ErrConflict
	}
	s.revokeRegistration(id)
	c.Offers = nil
	delete(s.clients, id)
	s.discarded[id] = oauth.DeletedClient{Client: &c, DeletedAt: ms(at), ExpiresAt: ms(at.Add(oauth.RestoreTTL))}
	s.version++
	return nil
}

// Discarded reports whether a client was deleted and can be restored.
func (s *Store) Discarded(_ context.Context, id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, discarded := s.discarded[id]
	return discarded, nil
}

// RestoreClient adds a discarded client again.
func (s *Store) RestoreClient(ctx context.Context, id string, at time.Time) error {
	if at.IsZero() {
		return oauth.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	d, known := s.discarded[id]
	if !known || !d.ExpiresAt.After(at) {
		return oauth.ErrNotFound
	}
	if s.isPerson(id) {
		return oauth.ErrConflict
	}
	delete(s.discarded, id)
	if registration, registered := oauth.RegistrationID(id); registered {
		delete(s.jwts, registration)
	}
	c := *d.Client
	c.Version++
	c.Disabled, c.ExpiresAt, c.UpdatedAt = true, time.Time{}, at
	s.putClient(c)
	return nil
}

// revokeDiscarded revokes everything that was issued to a discarded client.
func (s *Store) revokeDiscarded(id string, at time.Time) error {
	d, known := s.discarded[id]
	if !known {
		return oauth.ErrNotFound
	}
	if c := *d.Client; at.After(c.RevokedBefore) { // DeletedClients can have returned d.Client
		c.RevokedBefore = at
		d.Client = &c
		s.discarded[id] = d
	}
	s.version++
	return nil
}

// DeletedClients returns the clients that can be restored.
func (s *Store) DeletedClients(_ context.Context, now time.Time) (all []oauth.DeletedClient, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.discarded {
		if d.ExpiresAt.After(now) {
			c := *d.Client
			d.Client = &c
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b oauth.DeletedClient) int { return b.DeletedAt.Compare(a.DeletedAt) })
	return all[:min(len(all), oauth.MostDeletedClients)], nil
}

// DeleteDiscardedClients deletes for good the discarded clients whose time has passed.
func (s *Store) DeleteDiscardedClients(_ context.Context, now time.Time) (deleted int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, d := range s.discarded {
		if !d.ExpiresAt.After(now) && deleted < oauth.MaxUnusedClients {
			s.forgetClient(id)
			deleted++
		}
	}
	return deleted, nil
}
