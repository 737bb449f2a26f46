package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SessionClients lists the clients that know of sessions.
func (s *Store) SessionClients(_ context.Context, ids []string, subject string) ([]oauth.SessionClient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []oauth.SessionClient
	for _, f := range s.families {
		known := oauth.SessionClient{SessionID: f.SessionID, ClientID: f.ClientID, Subject: f.Subject}
		named := slices.Contains(ids, f.SessionID) || (subject != "" && f.Subject == subject)
		if named && f.SessionID != "" && f.Scope.Contains(oauth.ScopeOpenID) && !slices.Contains(found, known) {
			found = append(found, known)
		}
	}
	return found, nil
}

// EndSessions ends sessions and what is bound to them.
func (s *Store) EndSessions(_ context.Context, e oauth.SessionsEnd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, session := range s.sessions {
		if slices.Contains(e.IDs, id) || (e.Subject != "" && session.UserID == e.Subject) {
			delete(s.sessions, id)
		}
	}
	for id, f := range s.families {
		if (slices.Contains(e.IDs, f.SessionID) || (e.Subject != "" && f.Subject == e.Subject)) && f.SessionID != "" && f.RevokedAt.IsZero() &&
			f.Scope.Contains(oauth.ScopeOpenID) && !f.Scope.Contains(oauth.ScopeOfflineAccess) {
			f.RevokedAt = ms(e.At)
			s.families[id] = f
		}
	}
	for _, n := range e.Notices {
		n.CreatedAt, n.NextAt = ms(n.CreatedAt), ms(n.NextAt)
		s.notices = append(s.notices, n)
	}
	return nil
}

// TakeLogoutNotices gives notices that are due.
func (s *Store) TakeLogoutNotices(_ context.Context, now time.Time, wait time.Duration, n int) ([]oauth.LogoutNotice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.notices, func(a, b oauth.LogoutNotice) int { return cmp.Compare(a.NextAt.UnixMilli(), b.NextAt.UnixMilli()) })
	var due []oauth.LogoutNotice
	for i := range s.notices {
		if notice := &s.notices[i]; len(due) < n && !notice.NextAt.After(now) {
			notice.NextAt = ms(now.Add(wait << min(notice.Attempts, 6)))
			notice.Attempts++
			due = append(due, *notice)
		}
	}
	return due, nil
}

// LogoutNotices counts the notices that wait.
func (s *Store) LogoutNotices(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(len(s.notices), oauth.MostLogoutNotices), nil
}

// DropLogoutNotice forgets a notice.
func (s *Store) DropLogoutNotice(_ context.Context, id oauth.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices = slices.DeleteFunc(s.notices, func(n oauth.LogoutNotice) bool { return n.ID == id })
	return nil
}
