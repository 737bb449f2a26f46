package memstore

import (
	"bytes"
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AddFlows adds steps to flows, and deletes the oldest of the same clients.
func (s *Store) AddFlows(_ context.Context, flows []oauth.Flow, keep int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range flows {
		f = msFlow(f)
		i := slices.IndexFunc(s.flows, func(other oauth.Flow) bool { return other.ID == f.ID })
		switch {
		case i < 0 && f.BeganAt.IsZero():
		case i < 0:
			s.flows = append(s.flows, f)
		case s.flows[i].ClientID == f.ClientID:
			s.flows[i].Add(f)
		}
	}
	slices.SortFunc(s.flows, func(a, b oauth.Flow) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	type group struct {
		client string
		person bool
	}
	n := make(map[group]int)
	s.flows = slices.DeleteFunc(s.flows, func(f oauth.Flow) bool {
		of := group{f.ClientID, f.Person}
		n[of]++
		return n[of] > keep
	})
	return nil
}

// msFlow returns a flow with the precision of a database.
func msFlow(f oauth.Flow) oauth.Flow {
	f.BeganAt, f.EnteredAt, f.LoginAt, f.FactorAt, f.ConsentAt = ms(f.BeganAt), ms(f.EnteredAt), ms(f.LoginAt), ms(f.FactorAt), ms(f.ConsentAt)
	f.ApprovedAt, f.DeniedAt, f.TokenAt, f.FailedAt = ms(f.ApprovedAt), ms(f.DeniedAt), ms(f.TokenAt), ms(f.FailedAt)
	f.LoginFailures = slices.Clone(f.LoginFailures)
	for i := range f.LoginFailures {
		f.LoginFailures[i].At = ms(f.LoginFailures[i].At)
	}
	return f
}

// Flow returns the flow with the ID.
func (s *Store) Flow(_ context.Context, id oauth.ID) (oauth.Flow, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.flows {
		if f.ID == id {
			return f, nil
		}
	}
	return oauth.Flow{}, oauth.ErrNotFound
}

// Flows returns the last flows of a client.
func (s *Store) Flows(_ context.Context, clientID string, n int) (found []oauth.Flow, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.flows {
		if (clientID == "" || f.ClientID == clientID) && len(found) < n {
			found = append(found, f)
		}
	}
	return found, nil
}
