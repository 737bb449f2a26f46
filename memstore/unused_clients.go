package memstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// DeleteUnusedClients deletes clients that describe themselves and were not used.
func (s *Store) DeleteUnusedClients(_ context.Context, now time.Time) (deleted int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read := 0
	for id, c := range s.clients {
		if c.ExpiresAt.IsZero() || c.ExpiresAt.After(now) || read == oauth.MaxUnusedClients {
			continue
		}
		read++
		if s.isUsed(id, now) {
			c.ExpiresAt = ms(now.Add(oauth.UnusedClientTTL))
			s.clients[id] = c
			continue
		}
		delete(s.clients, id)
		delete(s.uses, id)
		s.version++
		deleted++
	}
	return deleted, nil
}

// isUsed reports whether a client has a consent or a family that is valid.
func (s *Store) isUsed(clientID string, now time.Time) bool {
	for _, c := range s.consents {
		if c.ClientID == clientID {
			return true
		}
	}
	for _, f := range s.families {
		if f.ClientID == clientID && f.RevokedAt.IsZero() && f.ExpiresAt.After(now) && f.IdleExpiresAt.After(now) {
			return true
		}
	}
	return false
}
