package sqlstore

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
)

// guarded returns a job that first checks the Guard of the context, if it has one.
func guarded(ctx context.Context, run func(*tx) error) func(*tx) error {
	g, found := account.GuardOf(ctx)
	if !found {
		return run
	}
	return func(t *tx) error {
		if err := t.check(g); err != nil {
			return err
		}
		return run(t)
	}
}

// check returns account.ErrForbidden unless the Guard allows the change. lockAccounts is held
// until the end of the transaction, and each change of roles needs it.
func (t *tx) check(g account.Guard) error {
	if err := t.lockAccounts(); err != nil {
		return err
	}
	actor, err := t.lockedUser(g.Actor, "")
	if err != nil {
		return err
	}
	person, err := t.lockedUser(g.Person, "")
	if err != nil {
		return err
	}
	owns, responsible, err := t.ownership(g)
	if err != nil {
		return err
	}
	return g.Check(actor, person, owns, responsible)
}

// ownership returns what a Guard has to know about clients. Each change of a client needs the lock
// that is held here until the end of the transaction.
func (t *tx) ownership(g account.Guard) (owns bool, responsible int, err error) {
	if g.Owns == "" && g.Fewer == 0 {
		return false, 0, nil
	}
	if err := t.Exec(nextConfigVersion); err != nil {
		return false, 0, err
	}
	var owned int64
	err = t.Row(`SELECT (SELECT count(*) FROM latchkey_client t WHERE t.id = $1 AND (t.owner_id = $2 OR (t.co_owners <> '' AND replace(t.co_owners, $3, '') <> t.co_owners))),
		(SELECT count(*) FROM latchkey_client t WHERE t.owner_id = $2)`, g.Owns, g.Actor, quotedID(g.Actor)).Scan(&owned, &responsible)
	return owned > 0, responsible, err
}

// lockedUser returns a user, or nil. lock is a clause that locks the row of the account, or empty:
// lockAccounts does not keep others from changes that depend on one account.
func (t *tx) lockedUser(id, lock string) (*account.User, error) {
	if id == "" {
		return nil, nil
	}
	u := new(account.User)
	err := t.Row(`SELECT `+userColumns+` FROM latchkey_account a WHERE a.id = $1`+lock, id).Scan(userFields(u)...)
	if errors.Is(err, errNotFound) {
		return nil, nil
	}
	return u, err
}
