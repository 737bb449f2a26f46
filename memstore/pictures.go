package memstore

import (
	"bytes"
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
)

// SetPicture saves a user and the picture.
func (s *Store) SetPicture(ctx context.Context, u *account.User, canonical string, p *account.Picture) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if err := s.updateUser(u, canonical, nil); err != nil {
		return err
	}
	if delete(s.pictures, u.ID); p != nil {
		s.pictures[u.ID] = account.Picture{UserID: u.ID, ID: p.ID, Image: slices.Clone(p.Image), CreatedAt: ms(p.CreatedAt)}
	}
	return nil
}

// Picture returns the picture with the ID.
func (s *Store) Picture(_ context.Context, id string) (account.Picture, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pictures {
		if u := s.users[p.UserID]; p.ID == id && !u.Disabled && bytes.Contains(u.Claims, []byte(id)) {
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
