package memstore

import (
	"context"
	"maps"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SwitchClient disables or enables a client.
func (s *Store) SwitchClient(ctx context.Context, w oauth.ClientSwitch) error {
	if w.At.IsZero() {
		return oauth.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	c, known := s.clients[w.ClientID]
	if !known {
		return oauth.ErrNotFound
	}
	if w.Version != 0 && c.Version != w.Version {
		return oauth.ErrConflict
	}
	if c.Disabled == w.Disabled && c.ExpiresAt.IsZero() && !w.RevokedBefore.After(c.RevokedBefore) {
		return nil
	}
	c.Disabled, c.UpdatedAt, c.ExpiresAt = w.Disabled, w.At, time.Time{}
	if w.RevokedBefore.After(c.RevokedBefore) {
		c.RevokedBefore = w.RevokedBefore
	}
	c.Version++
	s.putClient(c)
	return nil
}

// RevokeSubject revokes everything that was issued to a person, and ends their sessions.
func (s *Store) RevokeSubject(_ context.Context, person string, at time.Time) error {
	if at.IsZero() {
		return oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSessionsOf(at, person, "")
	s.setSubject(person, s.subjects[person].blocked, at)
	return nil
}

// EraseSubject deletes the consents of a person, and the network addresses of their families.
func (s *Store) EraseSubject(_ context.Context, subject string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.consents, func(key consentKey, _ oauth.Consent) bool { return key.subject == subject })
	for id, f := range s.families {
		if f.Subject == subject {
			f.Address = ""
			s.families[id] = f
		}
	}
	return nil
}
