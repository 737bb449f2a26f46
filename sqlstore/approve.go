package sqlstore

import (
	"context"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Approve writes what the decision of a person grants. A new ticket alone, the
// usual case, can be one statement.
func (s *Store) Approve(ctx context.Context, a oauth.Approval) error {
	if s.batcher != nil && a.Put != nil && a.Spend == nil && a.Change == nil && a.Consent == nil && a.Family == nil {
		return s.approveTicket(ctx, *a.Put)
	}
	return s.write(ctx, func(t *tx) error { return s.approve(t, a) })
}

// approveTicket writes the ticket, or reports whether the one of this ID is
// unspent.
func (s *Store) approveTicket(ctx context.Context, ticket oauth.Ticket) error {
	args, err := ticketArgs(ticket)
	if err != nil {
		return err
	}
	var one, spentAt int64
	added, err := s.runStatement(ctx, oneTicket+` RETURNING 1`, args, &one)
	if err != nil {
		return err
	}
	if added {
		s.rows.Add(1)
		return nil
	}
	err = s.row(ctx, spentAtQuery, ticket.ID[:]).Scan(&spentAt)
	if err == nil && spentAt != 0 {
		err = errConflict
	}
	return err
}

const spentAtQuery = `SELECT spent_at FROM latchkey_ticket WHERE id = $1`

// approve writes an approval in a transaction. ErrConflict is an answer and does
// not undo what a job has written, so everything that can lead to it comes
// before the first write, except where two transactions run at the same time:
// an engine that allows that rolls back.
func (s *Store) approve(t *tx, a oauth.Approval) error {
	completes := a.Spend != nil || a.Change != nil
	if completes || (a.Put != nil && a.Family != nil) {
		if before, err := t.approvedBefore(a); before || err != nil {
			return err
		}
	}
	if completes {
		if won, err := s.complete(t, a); !won || err != nil {
			return t.afterLoss(a, err)
		}
	}
	if a.Put != nil {
		added, err := t.insertTicket(*a.Put)
		switch {
		case err != nil:
			return err
		case !added && completes:
			return errConflict
		case !added:
			return t.afterLoss(a, nil)
		}
		s.rows.Add(1)
	}
	if a.Family != nil {
		added, err := t.insertFamily(*a.Family)
		switch {
		case err != nil:
			return err
		case !added && (completes || a.Put != nil):
			return errConflict
		case !added:
			return nil
		}
		s.rows.Add(1)
		if err := s.addAccess(t, a.Access, *a.Family); err != nil {
			return err
		}
	}
	if a.Consent == nil {
		return nil
	}
	s.rows.Add(1)
	return t.remember(*a.Consent)
}

// afterLoss is the result of an approval for which another call was faster. If
// that was the same approval, it is no error.
func (t *tx) afterLoss(a oauth.Approval, err error) error {
	if err != nil {
		return err
	}
	before, err := t.approvedBefore(a)
	if err == nil && !before {
		err = errConflict
	}
	return err
}

// approvedBefore reports whether the ticket or the family of the approval
// exists. A spent ticket is ErrConflict.
func (t *tx) approvedBefore(a oauth.Approval) (before bool, err error) {
	if a.Put != nil {
		var spentAt int64
		switch err := t.Row(spentAtQuery, a.Put.ID[:]).Scan(&spentAt); {
		case err == nil && spentAt != 0:
			return false, errConflict
		case err == nil:
			return true, nil
		case !Expected(err):
			return false, err
		}
	}
	if a.Family == nil {
		return false, nil
	}
	var one int
	err = t.Row(`SELECT 1 FROM latchkey_family WHERE id = $1`, a.Family.ID[:]).Scan(&one)
	if Expected(err) {
		return false, nil
	}
	return err == nil, err
}

// complete spends or changes the ticket that the decision is about, and reports
// whether that was won.
func (s *Store) complete(t *tx, a oauth.Approval) (won bool, err error) {
	var result oauth.SpendResult
	switch {
	case a.Spend == nil:
		result, err = s.change(t, *a.Change)
	case len(a.Spend.Proofs) < 1 || len(a.Spend.Proofs) > oauth.MaxProofs:
		return false, errProofs
	default:
		result, err = s.spend(t, *a.Spend)
	}
	if Expected(err) {
		return false, nil
	}
	return result.Won, err
}

// remember adds the scope of a consent to the scope remembered before. It
// writes only over what it has read, and reads again if another process was
// faster.
func (t *tx) remember(c oauth.Consent) error {
	const attempts = 32
	for range attempts {
		var text string
		err := t.Row(`SELECT scope FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, c.Subject, c.ClientID).Scan(&text)
		if err != nil && !Expected(err) {
			return err
		}
		kept, err := oauth.ParseScopes(text)
		if err != nil {
			return err
		}
		saved, err := t.Count(`INSERT INTO latchkey_consent (subject, client_id, scope, granted_at, updated_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (subject, client_id) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at WHERE latchkey_consent.scope = $6`,
			c.Subject, c.ClientID, kept.With(c.Scope).String(), ms(c.GrantedAt), ms(c.UpdatedAt), text)
		if err != nil || saved == 1 {
			return err
		}
	}
	return fmt.Errorf("%w: the consent is changed by others all the time", oauth.ErrUnavailable)
}
