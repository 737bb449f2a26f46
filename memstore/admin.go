package memstore

import (
	"context"
	"math"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// CreateClient adds a client. Everything that was issued to an earlier client with
// this client_id remains revoked.
func (s *Store) CreateClient(ctx context.Context, c *oauth.Client) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	return s.addClient(c)
}

func (s *Store) addClient(c *oauth.Client) error {
	_, taken := s.clients[c.ID]
	if _, reserved := s.discarded[c.ID]; taken || reserved || s.isPerson(c.ID) {
		return oauth.ErrConflict
	}
	c.Version = 1
	if before := c.CreatedAt.Add(-time.Millisecond); !c.CreatedAt.IsZero() && c.RevokedBefore.Before(before) {
		c.RevokedBefore = before
	}
	s.putClient(*c)
	return nil
}

// ConfirmClient adds a client, unless it exists or its registration was revoked.
func (s *Store) ConfirmClient(_ context.Context, c *oauth.Client) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, registered := oauth.RegistrationID(c.ID); registered {
		if _, revoked := s.jwts[id]; revoked {
			return oauth.ErrNotFound
		}
	}
	if _, exists := s.clients[c.ID]; exists {
		return nil
	}
	if _, reserved := s.discarded[c.ID]; reserved {
		return oauth.ErrNotFound
	}
	return s.addClient(c)
}

// isPerson reports whether the id is that of a person.
func (s *Store) isPerson(id string) bool {
	_, user := s.users[id]
	_, subject := s.subjects[id]
	for key := range s.consents {
		subject = subject || key.subject == id
	}
	return user || subject
}

func (s *Store) putClient(c oauth.Client) {
	c.CreatedAt, c.UpdatedAt, c.RevokedBefore, c.ExpiresAt = ms(c.CreatedAt), ms(c.UpdatedAt), ms(c.RevokedBefore), ms(c.ExpiresAt)
	s.clients[c.ID] = c
	s.version++
}

// UpdateClient saves a client.
func (s *Store) UpdateClient(ctx context.Context, c *oauth.Client) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	old, known := s.clients[c.ID]
	switch {
	case !known:
		return oauth.ErrNotFound
	case old.Version != c.Version:
		return oauth.ErrConflict
	}
	c.Version++
	s.putClient(*c)
	return nil
}

// DeleteClient deletes a client and everything that belongs to it.
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	_, known := s.clients[id]
	if _, discarded := s.discarded[id]; !known && !discarded {
		return oauth.ErrNotFound
	}
	s.revokeRegistration(id)
	s.forgetClient(id)
	return nil
}

// revokeRegistration revokes the registration that a client_id contains, if it contains
// one.
func (s *Store) revokeRegistration(id string) {
	if registration, registered := oauth.RegistrationID(id); registered {
		s.jwts[registration] = ms(registration.Time().Add(oauth.LongestRegistration))
	}
}

// forgetClient deletes a client with everything that belongs to it.
func (s *Store) forgetClient(id string) {
	delete(s.clients, id)
	delete(s.discarded, id)
	delete(s.uses, id)
	deleteIf(s.tickets, func(t oauth.Ticket) bool { return t.ClientID == id })
	deleteIf(s.families, func(f oauth.Family) bool { return f.ClientID == id })
	deleteIf(s.consents, func(c oauth.Consent) bool { return c.ClientID == id })
	s.version++
}

func deleteIf[K comparable, V any](rows map[K]V, which func(V) bool) {
	for key, row := range rows {
		if which(row) {
			delete(rows, key)
		}
	}
}

// Usage counts what the lists show.
func (s *Store) Usage(ctx context.Context, f oauth.FamilyFilter) (oauth.Usage, error) {
	all := paging.Page{Limit: math.MaxInt}
	families, _, _ := s.Families(ctx, f, all) // these never fail
	consents, _, _ := s.Consents(ctx, f, all)
	return oauth.Usage{Families: oauth.Count{N: len(families)}, Consents: oauth.Count{N: len(consents)}}, nil
}

// RevokeClient revokes everything that was issued to a client, even if it was discarded.
func (s *Store) RevokeClient(ctx context.Context, id string, at time.Time) error {
	if at.IsZero() {
		return oauth.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	c, known := s.clients[id]
	if !known {
		return s.revokeDiscarded(id, at)
	}
	if at.After(c.RevokedBefore) {
		c.RevokedBefore = at
	}
	c.Version++
	s.putClient(c)
	return nil
}
