package memstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// ReviseUser makes several changes of a user.
func (s *Store) ReviseUser(ctx context.Context, r account.UserRevision) error {
	if r.At.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	row, exists := s.users[r.User.ID]
	if !exists {
		return account.ErrNotFound
	}
	if row.Version != r.User.Version || row.LoginEpoch != r.User.LoginEpoch || s.factorTaken(row.ID, r.Remove, r.Add) {
		return account.ErrConflict
	}
	before, next := row.User, r.Next(&row.User)
	if r.Profile {
		if other := s.userID(r.Canonical); other != "" && other != row.ID {
			return account.ErrConflict
		}
		row.canonical = r.Canonical
	}
	if loses := next.Disabled || !next.Roles().Has(account.RoleAdministrator); loses && s.lastAdmin(row) {
		return account.ErrLastAdmin
	}
	mails := s.mails
	for _, notice := range r.Notices {
		if err := s.queue(notice); err != nil {
			s.mails = mails
			return err
		}
	}
	row.User = *next
	row.UpdatedAt = ms(r.At)
	s.users[row.ID] = row
	s.endPicture(&before, next)
	s.replaceFactors(row.ID, r.Remove, r.Add)
	if r.EndsSessions() {
		s.endSessions(r.At, func(_, user string) bool { return user == row.ID })
	}
	if revoked := r.RevokedBefore(&before, next, s.clock()); r.Switch || !revoked.IsZero() {
		s.setSubject(row.ID, next.Disabled, revoked)
	}
	r.User.Version, r.User.LoginEpoch = next.Version, next.LoginEpoch
	return nil
}
