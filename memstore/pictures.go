package memstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// SetPicture stores the picture of a user.
func (s *Store) SetPicture(_ context.Context, p account.Picture) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, exists := s.users[p.UserID]; !exists {
		return account.ErrNotFound
	}
	p.CreatedAt = ms(p.CreatedAt)
	s.pictures[p.UserID] = p
	return nil
}

// Picture returns the picture with the ID.
func (s *Store) Picture(_ context.Context, id string) (account.Picture, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pictures {
		if p.ID == id {
			return p, nil
		}
	}
	return account.Picture{}, account.ErrNotFound
}

// PictureOf returns the picture of a user.
func (s *Store) PictureOf(_ context.Context, userID string) (account.Picture, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, exists := s.pictures[userID]
	if !exists {
		return account.Picture{}, account.ErrNotFound
	}
	return p, nil
}

// RemovePicture deletes the picture of a user.
func (s *Store) RemovePicture(_ context.Context, userID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pictures, userID)
	return nil
}
