package memstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ScheduleDeletion disables a user who is deleted later.
func (s *Store) ScheduleDeletion(ctx context.Context, d account.Deletion) error {
	if d.At.IsZero() || d.DeleteAt.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[d.User.ID]
	switch {
	case !exists:
		return account.ErrNotFound
	case row.Disabled || row.LoginEpoch != d.User.LoginEpoch:
		return account.ErrConflict
	case s.lastAdmin(row):
		return account.ErrLastAdmin
	}
	if err := s.queue(d.Notice); err != nil {
		return err
	}
	row.Disabled, row.DeleteAt, row.ExpiresAt, row.UpdatedAt = true, ms(d.DeleteAt), time.Time{}, ms(d.At)
	row.Version++
	row.LoginEpoch++
	s.users[row.ID] = row
	s.setSubject(row.ID, true, d.At)
	s.endSessions(d.At, func(_, user string) bool { return user == row.ID })
	*d.User = row.User
	return nil
}

// CancelDeletion enables a user who was to be deleted, unless the user was blocked since then.
func (s *Store) CancelDeletion(ctx context.Context, userID string, deleteAt, at time.Time) error {
	if deleteAt.IsZero() || at.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[userID]
	switch {
	case !exists:
		return account.ErrNotFound
	case !row.DeleteAt.Equal(ms(deleteAt)):
		return account.ErrConflict
	}
	_, row.Disabled = s.factors[account.DirectoryBlockKey(userID)]
	row.DeleteAt, row.UpdatedAt = time.Time{}, ms(at)
	row.Version++
	s.users[userID] = row
	s.setSubject(userID, row.Disabled, time.Time{})
	return nil
}

// DeleteUser deletes a user.
func (s *Store) DeleteUser(ctx context.Context, userID string, version int64, at time.Time) error {
	if at.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[userID]
	switch {
	case !exists:
		return account.ErrNotFound
	case version != 0 && row.Version != version:
		return account.ErrConflict
	case s.lastAdmin(row):
		return account.ErrLastAdmin
	}
	s.erase(at, userID)
	return nil
}

// erase deletes a user and what refers to them. The subject remains blocked, so that
// JWTs are invalid.
func (s *Store) erase(at time.Time, id string) {
	if u := s.users[id]; u.EmailVerified() {
		maps.DeleteFunc(s.invitations, func(_ string, i account.Invitation) bool { return strings.ToLower(i.Email) == strings.ToLower(u.Email) }) //nolint:staticcheck // as the databases do
	}
	delete(s.users, id)
	delete(s.pictures, id)
	s.queueAudit(audit.ErasureRow(at, id))
	maps.DeleteFunc(s.factors, func(_ account.FactorID, f account.Factor) bool { return f.UserID == id })
	s.mails = slices.DeleteFunc(s.mails, func(m account.Mail) bool { return m.UserID == id })
	delete(s.invitations, id)
	for _, g := range s.groups {
		if len(g.remove([]string{id})) > 0 {
			s.groups[g.ID] = g
		}
	}
	for key, i := range s.invitations {
		if i.CreatedBy == id {
			if i.State(ms(at)) == account.InvitationOpen {
				i.WithdrawnAt = ms(at)
			}
			i.CreatedBy = ""
			s.invitations[key] = i
		}
	}
	for key, c := range s.clients {
		if !c.OwnedBy(id) {
			continue
		}
		c.DropOwner(id) // the ID of a service user remains: it is blocked, and the client must not act for itself
		c.Version++
		s.version++
		s.clients[key] = c
	}
	for _, d := range s.discarded {
		d.Client.DropOwner(id)
	}
	s.setSubject(id, true, at)
	s.endSessions(at, func(_, user string) bool { return user == id })
	maps.DeleteFunc(s.consents, func(key consentKey, _ oauth.Consent) bool { return key.subject == id })
	deleteIf(s.tickets, func(t oauth.Ticket) bool { return t.Subject == id })
	deleteIf(s.families, func(f oauth.Family) bool { return f.Subject == id })
	deleteIf(s.access, func(t oauth.AccessToken) bool { return t.Subject == id })
}
