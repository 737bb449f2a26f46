package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// serverUse is the use of the Store by a server.
type serverUse struct {
	issuer string
	until  time.Time
	node   oauth.Node
}

// UseIssuer records that a server with an issuer uses the Store.
func (s *Store) UseIssuer(_ context.Context, use oauth.IssuerUse) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	var other *oauth.IssuerInUseError
	for id, used := range s.servers {
		if used.issuer != use.Issuer && used.until.After(now) && id != use.Server && (other == nil || used.until.After(other.Until)) {
			other = &oauth.IssuerInUseError{Issuer: used.issuer, Until: used.until}
		}
	}
	if other != nil {
		return other
	}
	if s.servers == nil {
		s.servers = make(map[string]serverUse)
	}
	node := use.Node
	node.ID, node.SeenAt = use.Server, now
	s.servers[use.Server] = serverUse{use.Issuer, now.Add(use.Lasts), node}
	s.issuer = use.Issuer
	s.hostPeople = s.hostPeople || use.HostPeople
	return nil
}

// HostPeople reports whether the people are those of a host program.
func (s *Store) HostPeople(context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hostPeople, nil
}

// ForgetHostPeople records that people have accounts again.
func (s *Store) ForgetHostPeople(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hostPeople = false
	return nil
}

// EndIssuerUse removes the record of UseIssuer.
func (s *Store) EndIssuerUse(_ context.Context, server string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.servers, server)
	return nil
}

// Issuer returns the issuer that used the Store last, or "".
func (s *Store) Issuer(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issuer, nil
}

// NewerTables returns false: a Store in memory has no tables.
func (*Store) NewerTables() bool { return false }

// InOneFile returns false: a Store in memory has no file.
func (*Store) InOneFile() bool { return false }

// Nodes returns the nodes that use the Store.
func (s *Store) Nodes(context.Context) (nodes []oauth.Node, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, used := range s.servers {
		if used.until.After(s.clock()) {
			nodes = append(nodes, used.node)
		}
	}
	slices.SortFunc(nodes, func(a, b oauth.Node) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return nodes[:min(len(nodes), oauth.MostNodes)], nil
}
