package memstore

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
)

// UserMetadata returns the metadata of a user.
func (s *Store) UserMetadata(_ context.Context, userID string) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.users[userID]
	if !exists {
		return nil, account.ErrNotFound
	}
	return slices.Clone(row.metadata), nil
}

// SetUserMetadata replaces the metadata of a user.
func (s *Store) SetUserMetadata(ctx context.Context, userID string, metadata json.RawMessage) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[userID]
	if !exists {
		return account.ErrNotFound
	}
	row.metadata = slices.Clone(metadata)
	s.users[userID] = row
	return nil
}
