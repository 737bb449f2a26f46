package memstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// AddInvitation adds an invitation, and queues its mail. It first deletes old ones,
// because nothing else does.
func (s *Store) AddInvitation(ctx context.Context, i account.Invitation, mail *account.Notice) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	old := ms(s.clock().Add(-account.KeepInvitation))
	maps.DeleteFunc(s.invitations, func(_ string, i account.Invitation) bool {
		for _, end := range []time.Time{i.UsedAt, i.WithdrawnAt, i.ExpiresAt} {
			if !end.IsZero() {
				return !end.After(old)
			}
		}
		return false
	})
	if _, exists := s.invitations[i.ID]; exists {
		return account.ErrConflict
	}
	if err := s.queue(mail); err != nil {
		return err
	}
	if mail != nil && mail.Dropped != nil {
		return mail.Dropped
	}
	i.OtherRoles = slices.Clone(i.OtherRoles)
	i.CreatedAt, i.ExpiresAt = ms(i.CreatedAt), ms(i.ExpiresAt)
	s.invitations[i.ID] = i
	return nil
}

// Invitation returns the invitation with the ID.
func (s *Store) Invitation(_ context.Context, id string) (account.InvitationRow, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, exists := s.invitations[id]
	if !exists {
		return account.InvitationRow{}, account.ErrNotFound
	}
	return s.invitationRow(i), nil
}

// Invitations returns invitations, newest first.
func (s *Store) Invitations(_ context.Context, f account.InvitationFilter, p paging.Page) ([]account.InvitationRow, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedInvitations(f), newestFirst(p), func(r account.InvitationRow) place { return place{"", r.ID} })
	return rows, cursor, nil
}

// CountInvitations counts what Invitations returns.
func (s *Store) CountInvitations(_ context.Context, f account.InvitationFilter) (paging.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedInvitations(f))), nil
}

func (s *Store) selectedInvitations(f account.InvitationFilter) (rows []account.InvitationRow) {
	for _, i := range s.invitations {
		row := s.invitationRow(i)
		if (f.State == "" || row.State(ms(s.clock())) == f.State) && (f.Email == "" || matches(f.Email, i.Email) && len(f.Email) == len(i.Email)) && matches(f.Search, i.Email, i.Note) && within(i.CreatedAt, f.From, f.Until) {
			rows = append(rows, row)
		}
	}
	return rows
}

// invitationRow adds the names of the accounts, and whether the creator still allows the
// invitation.
func (s *Store) invitationRow(i account.Invitation) account.InvitationRow {
	row := account.InvitationRow{Invitation: i, Username: s.users[i.ID].Username}
	var roles account.Roles
	switch creator, client := s.users[i.CreatedBy], s.clients[i.Application]; {
	case i.Application != "":
		row.Creator = client.Name
		if !client.Disabled && i.CreatedAt.After(client.RevokedBefore) {
			roles = account.Roles{account.Role(client.AdminRole)}
		}
	case i.CreatedBy != "":
		row.Creator = creator.Username
		if !creator.Disabled && i.CreatedAt.After(s.subjects[i.CreatedBy].revokedBefore) {
			roles = creator.Roles()
		}
	}
	row.Lapsed = !i.AllowedBy(roles)
	return row
}

// WithdrawInvitation withdraws an invitation that is open.
func (s *Store) WithdrawInvitation(ctx context.Context, id string, at time.Time) error {
	if at.IsZero() {
		return account.ErrNoTime
	}
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	i, exists := s.invitations[id]
	switch {
	case !exists:
		return account.ErrNotFound
	case i.State(ms(at)) != account.InvitationOpen:
		return account.ErrConflict
	}
	i.WithdrawnAt = ms(at)
	s.invitations[id] = i
	return nil
}

// CreateInvited adds a user with an invitation.
func (s *Store) CreateInvited(_ context.Context, u account.InvitedUser) error {
	if u.At.IsZero() {
		return account.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, exists := s.invitations[u.User.ID]
	if row := s.invitationRow(i); !exists || row.State(ms(u.At)) != account.InvitationOpen {
		return account.ErrNotFound
	}
	for _, f := range u.Add {
		if _, taken := s.factors[f.ID]; taken {
			return account.ErrFactorTaken
		}
	}
	if err := s.insertUser(u.User, u.Canonical, account.IfDistinct); err != nil {
		return err
	}
	for _, f := range u.Add {
		f.UserID, f.CreatedAt, f.UsedAt, f.ExpiresAt = u.User.ID, ms(f.CreatedAt), ms(f.UsedAt), ms(f.ExpiresAt)
		s.factors[f.ID] = f
	}
	i.UsedAt = ms(u.At)
	s.invitations[i.ID] = i
	return nil
}
