package memstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// lock locks the Store for a change, and checks the Guard of the context. The caller unlocks the
// Store in any case.
func (s *Store) lock(ctx context.Context) error {
	s.mu.Lock()
	g, found := account.GuardOf(ctx)
	if !found {
		return nil
	}
	owned := s.clients[g.Owns]
	responsible := 0
	for _, c := range s.clients {
		if c.OwnerID == g.Actor {
			responsible++
		}
	}
	return g.Check(s.userOrNil(g.Actor), s.userOrNil(g.Person), owned.OwnedBy(g.Actor), responsible)
}

func (s *Store) userOrNil(id string) *account.User {
	row, found := s.users[id]
	if !found {
		return nil
	}
	return &row.User
}
