package memstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// KeepUser sets ExpiresAt to zero.
func (s *Store) KeepUser(_ context.Context, userID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.users[userID]
	if !exists {
		return account.ErrNotFound
	}
	row.ExpiresAt = time.Time{}
	s.users[userID] = row
	return nil
}

// DeleteExpiredUsers deletes users whose ExpiresAt or DeleteAt has passed. It keeps
// users who are logged in.
func (s *Store) DeleteExpiredUsers(_ context.Context, now time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deleteExpiredUsers(now), nil
}

func (s *Store) deleteExpiredUsers(now time.Time) (deleted int) {
	for id, row := range s.users {
		due := !row.DeleteAt.IsZero() && !row.DeleteAt.After(now)
		if !due && (row.ExpiresAt.IsZero() || row.ExpiresAt.After(now)) || deleted == account.MaxExpiredUsers {
			continue
		}
		if !due && s.loggedIn(id, now) {
			row.ExpiresAt = time.Time{}
			s.users[id] = row
			continue
		}
		s.erase(now, id)
		deleted++
	}
	return deleted
}

// loggedIn reports whether the user has a session that has not expired.
func (s *Store) loggedIn(userID string, now time.Time) bool {
	for _, session := range s.sessions {
		if session.UserID == userID && lasts(session, now) {
			return true
		}
	}
	return false
}
