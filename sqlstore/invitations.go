package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// invitationStates are the conditions of the states. ? is the current time.
var invitationStates = map[account.InvitationState]string{ //nolint:gochecknoglobals // constant
	account.InvitationOpen:      `t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > ?)`,
	account.InvitationUsed:      `t.used_at > 0`,
	account.InvitationWithdrawn: `t.used_at = 0 AND t.withdrawn_at > 0`,
	account.InvitationExpired:   `t.used_at = 0 AND t.withdrawn_at = 0 AND t.expires_at > 0 AND t.expires_at <= ?`,
}

// invitationIs returns the condition of a state, with $1 for the current time.
func invitationIs(state account.InvitationState) string {
	return strings.ReplaceAll(invitationStates[state], "?", "$1")
}

// forever is the time at which a row is deleted that has no time for that.
const forever = int64(1) << 60

// AddInvitation adds an invitation, and queues its mail.
func (s *Store) AddInvitation(ctx context.Context, i account.Invitation, mail *account.Notice) error {
	deleteAt := forever
	if !i.ExpiresAt.IsZero() {
		deleteAt = ms(i.ExpiresAt.Add(account.KeepInvitation))
	}
	var full error
	err := s.write(ctx, func(t *tx) error {
		full = nil
		var one int
		if err := t.Row(`SELECT 1 FROM latchkey_invitation WHERE id = $1`, i.ID).Scan(&one); !errors.Is(err, errNotFound) {
			return cmp.Or(err, errConflict)
		}
		if err := t.queue(mail); err != nil {
			return err
		}
		if mail != nil && mail.Dropped != nil {
			full = mail.Dropped
			return nil
		}
		return t.Exec(`INSERT INTO latchkey_invitation (id, email, note, admin, created_by, created_at, expires_at, used_at, withdrawn_at, delete_at, roles, application, locale)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $11)`,
			i.ID, i.Email, i.Note, number(i.Admin), i.CreatedBy, ms(i.CreatedAt), ms(i.ExpiresAt), deleteAt, joined(i.OtherRoles), i.Application, i.Locale)
	})
	return cmp.Or(err, full)
}

// Invitation returns the invitation with the ID.
func (s *Store) Invitation(ctx context.Context, id string) (account.InvitationRow, error) {
	var i storedInvitation
	err := s.row(ctx, selectInvitations+` WHERE t.id = $1`, id).Scan(i.fields()...)
	return i.row(), err
}

// Invitations returns invitations, newest first.
func (s *Store) Invitations(ctx context.Context, f account.InvitationFilter, p paging.Page) ([]account.InvitationRow, paging.Cursor, error) {
	stored, cursor, err := list(ctx, s, s.invitations(f), newestFirst(p), (*storedInvitation).fields)
	rows := make([]account.InvitationRow, len(stored))
	for i := range stored {
		rows[i] = stored[i].row()
	}
	return rows, cursor, err
}

// CountInvitations counts what Invitations returns.
func (s *Store) CountInvitations(ctx context.Context, f account.InvitationFilter) (paging.Count, error) {
	l := s.invitations(f)
	l.own = true
	return s.count(ctx, l)
}

func (s *Store) invitations(f account.InvitationFilter) listing {
	l := listing{
		query: selectInvitations,
		key:   "t.id", id: "t.id",
	}
	switch state := s.shownStates(f.State); {
	case strings.Contains(state, "?"):
		l.check = append(l.check, l.condition(state, ms(s.Clock())))
	case state != "":
		l.check = append(l.check, state)
	}
	if !f.From.IsZero() {
		l.check = append(l.check, l.condition("t.created_at >= ?", ms(f.From)))
	}
	if !f.Until.IsZero() {
		l.check = append(l.check, l.condition("t.created_at < ?", ms(f.Until)))
	}
	if f.Email != "" {
		l.group, l.value = "lower(t.email)", strings.ToLower(f.Email)
	}
	l.checkSearch(f.Search, "t.email", "t.note")
	return l
}

// WithdrawInvitation withdraws an invitation that is open.
func (s *Store) WithdrawInvitation(ctx context.Context, id string, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.write(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_invitation AS t SET withdrawn_at = $1, delete_at = $3 WHERE t.id = $2 AND `+invitationIs(account.InvitationOpen),
			ms(when), id, ms(when.Add(account.KeepInvitation)))
		if err == nil && changed == 0 {
			err = t.conflictOrGone(`SELECT 1 FROM latchkey_invitation WHERE id = $1`, id)
		}
		return err
	})
}

// withdrawInvitationsOf withdraws the open invitations of an administrator whose account was
// deleted, and erases who created them.
func (t *tx) withdrawInvitationsOf(when time.Time, creator string) error {
	err := t.Exec(`UPDATE latchkey_invitation AS t SET withdrawn_at = $1, delete_at = $3 WHERE t.created_by = $2 AND `+invitationIs(account.InvitationOpen),
		ms(when), creator, ms(when.Add(account.KeepInvitation)))
	if err != nil {
		return err
	}
	return t.Exec(`UPDATE latchkey_invitation SET created_by = '' WHERE created_by = $1`, creator)
}

// CreateInvited adds a user with an invitation. It locks the row of the invitation first,
// so that a concurrent call waits, and then finds that it was used. The same statement reads the
// roles of the creator.
func (s *Store) CreateInvited(ctx context.Context, i account.InvitedUser) error {
	if i.At.IsZero() {
		return errNoTime
	}
	err := s.write(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil {
			return err
		}
		var invitation storedInvitation
		err := t.Row(selectInvitations+` WHERE t.id = $2 AND `+invitationIs(account.InvitationOpen)+t.lock("UPDATE OF t"), ms(i.At), i.User.ID).Scan(invitation.fields()...)
		if err == nil && invitation.row().Lapsed {
			err = errNotFound
		}
		var one int
		for _, f := range i.Add { // before anything is written, because this is an answer
			if err == nil {
				if err = t.Row(`SELECT 1 FROM latchkey_factor WHERE id = $1`, f.ID[:]).Scan(&one); err == nil {
					err = account.ErrFactorTaken
				} else if errors.Is(err, errNotFound) {
					err = nil
				}
			}
		}
		if err == nil {
			err = t.insertUser(i.User, i.Canonical, account.IfDistinct)
		}
		if err == nil {
			err = t.changeFactors(account.FactorChange{User: i.User, Add: i.Add})
		}
		if err != nil {
			return err
		}
		used, err := t.Count(`UPDATE latchkey_invitation AS t SET used_at = $1, delete_at = $3 WHERE t.id = $2 AND `+invitationIs(account.InvitationOpen),
			ms(i.At), i.User.ID, ms(i.At.Add(account.KeepInvitation)))
		if err == nil && used == 0 {
			err = errors.New("an invitation was used while its row was locked") // rolls the change back
		}
		return err
	})
	if err == nil {
		i.User.Version, i.User.LoginEpoch = 1, 0
	}
	return err
}
