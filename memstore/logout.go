package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// sessionClient holds the state of a client of a login session. While the
// session lasts, ended is zero. While a notice is to be delivered, next is not.
type sessionClient struct {
	until, ended, next time.Time
	attempts           int64
}

// endedSince reports whether the session ended at that time or later.
func (c sessionClient) endedSince(t time.Time) bool {
	return !c.ended.IsZero() && !c.ended.Before(t)
}

// endMark is the key of the row that remembers the end of a session of a host. It
// has no client.
func endMark(session string) oauth.SessionClient { return oauth.SessionClient{SessionID: session} }

// SessionClients returns the clients of login sessions.
func (s *Store) SessionClients(_ context.Context, ids []string) ([]oauth.SessionClient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []oauth.SessionClient
	for c := range s.sessionClients {
		if slices.Contains(ids, c.SessionID) && c != endMark(c.SessionID) {
			found = append(found, c)
		}
	}
	return found, nil
}

// EndSessions ends sessions and what is bound to them.
func (s *Store) EndSessions(_ context.Context, e oauth.SessionsEnd) error {
	if e.At.IsZero() {
		return oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range e.IDs {
		if _, kept := s.sessions[id]; !kept {
			s.sessionClients[endMark(id)] = sessionClient{until: ms(e.At.Add(oauth.LongestTicket)), ended: ms(e.At)}
		}
	}
	s.endSessions(e.At, func(id, _ string) bool { return slices.Contains(e.IDs, id) })
	if e.Subject != "" {
		s.endSessionsOf(e.At, e.Subject, e.Except)
	}
	return nil
}

// endSessionsOf ends all sessions of a person but one.
func (s *Store) endSessionsOf(at time.Time, subject, except string) {
	if row, exists := s.users[subject]; exists {
		row.LoginEpoch++
		s.users[subject] = row
	}
	s.endSessions(at, func(id, person string) bool { return person == subject && (except == "" || id != except) })
}

// endSessions deletes sessions, revokes the families that are bound to them, and
// creates notices for their clients.
func (s *Store) endSessions(at time.Time, which func(id, person string) bool) {
	for id, session := range s.sessions {
		if which(id, session.UserID) {
			delete(s.sessions, id)
		}
	}
	s.revokeFamilies(at, func(f oauth.Family) bool { return f.BoundToSession() && which(f.SessionID, f.Subject) })
	for c, row := range s.sessionClients {
		if row.ended.IsZero() && which(c.SessionID, c.Subject) {
			s.sessionClients[c] = sessionClient{until: ms(at.Add(oauth.LogoutNoticeTTL)), ended: ms(at), next: ms(at)}
		}
	}
}

// TakeLogoutNotices takes notices that are due.
func (s *Store) TakeLogoutNotices(_ context.Context, now time.Time, wait time.Duration, n int, except ...string) ([]oauth.LogoutNotice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := s.noticesBut(except)
	due = slices.DeleteFunc(due, func(n oauth.LogoutNotice) bool { return n.NextAt.After(now) })
	slices.SortFunc(due, func(a, b oauth.LogoutNotice) int { return a.NextAt.Compare(b.NextAt) })
	due = due[:min(n, len(due))]
	for i := range due {
		row := s.sessionClients[due[i].SessionClient]
		row.next = ms(now.Add(wait << min(row.attempts, 6)))
		row.attempts++
		s.sessionClients[due[i].SessionClient] = row
		due[i].NextAt, due[i].Attempts = row.next, row.attempts
	}
	return due, nil
}

// noticesBut returns the notices that were not delivered, apart from those for
// some clients.
func (s *Store) noticesBut(clients []string) (waiting []oauth.LogoutNotice) {
	for c, row := range s.sessionClients {
		if !row.next.IsZero() && !slices.Contains(clients, c.ClientID) {
			waiting = append(waiting, oauth.LogoutNotice{SessionClient: c, EndedAt: row.ended, NextAt: row.next, Attempts: row.attempts})
		}
	}
	return waiting
}

// LogoutNotices counts the notices that were not delivered.
func (s *Store) LogoutNotices(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(len(s.noticesBut(nil)), oauth.MostLogoutNotices), nil
}

// Removals returns none: a change of this Store is complete at once.
func (*Store) Removals(context.Context) ([]oauth.Removal, error) { return nil, nil }

// DropLogoutNotice deletes a notice. The end of the session is remembered for as
// long as it can have tickets.
func (s *Store) DropLogoutNotice(_ context.Context, c oauth.SessionClient) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, exists := s.sessionClients[c]; exists && !row.next.IsZero() {
		row.next, row.until = time.Time{}, row.ended.Add(oauth.LongestTicket)
		s.sessionClients[c] = row
	}
	return nil
}
