package memstore

import (
	"context"
	"maps"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// NoteSecretUses records the last uses of clients that exist, and of their secrets.
func (s *Store) NoteSecretUses(_ context.Context, uses []oauth.SecretUse) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, use := range uses {
		if _, exists := s.clients[use.ClientID]; !exists {
			continue // it was deleted in the meantime
		}
		if s.uses[use.ClientID] == nil {
			s.uses[use.ClientID] = make(map[string]time.Time)
		}
		of := s.uses[use.ClientID]
		maps.DeleteFunc(of, func(_ string, at time.Time) bool { return at.Before(use.At.Add(-oauth.KeepSecretUse)) })
		if use.At.After(of[use.SecretID]) {
			of[use.SecretID] = ms(use.At)
		}
	}
	return nil
}

// SecretUses returns the last uses of the secrets of a client, and of the client itself.
func (s *Store) SecretUses(_ context.Context, clientID string) (map[string]time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.uses[clientID]), nil
}

// ClientUses returns the last uses of clients.
func (s *Store) ClientUses(_ context.Context, ids []string) (map[string]time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uses := make(map[string]time.Time)
	for _, id := range ids {
		if at, used := s.uses[id][""]; used {
			uses[id] = at
		}
	}
	return uses, nil
}
