package sqlstore

import (
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
)

// ReviseGroup changes a group and its members.
func (s *Store) ReviseGroup(ctx context.Context, r account.GroupRevision) (done account.RevisedMembers, err error) {
	if r.At.IsZero() {
		return done, errNoTime
	}
	after := *r.Group
	err = s.changeGroup(ctx, r.Group.ID, func(t *tx, g *account.Group) error {
		done = account.RevisedMembers{}
		next := nextValues(g, r)
		if err := t.checkRevision(g, r, next); err != nil {
			return err
		}
		leave, err := t.leaving(g, r.Leave)
		if err != nil {
			return err
		}
		join, err := t.newMembers(g, r.Join, len(leave))
		if err != nil {
			return err
		}
		if err := t.checkAdminStays(g, join, leave); err != nil {
			return err
		}
		if err := t.addMembers(g, join, r.At); err != nil {
			return err
		}
		if err := t.removeMembers(g, leave, r.At); err != nil {
			return err
		}
		done.Joined, done.Left = join, leave
		if next.changed {
			if err := t.Exec(`UPDATE latchkey_group SET name = $2, canonical = COALESCE(NULLIF($3, ''), canonical), external_id = $4, updated_at = $5, version = version + 1, revision = revision + 1 WHERE id = $1`,
				g.ID, next.name, next.canonical, next.externalID, ms(r.At)); err != nil {
				return err
			}
		}
		return t.Row(`SELECT name, external_id, revision FROM latchkey_group WHERE id = $1`, g.ID).Scan(&after.Name, &after.ExternalID, &after.Revision)
	})
	if err != nil {
		return account.RevisedMembers{}, err
	}
	*r.Group = after
	return done, nil
}

// groupValues are the values of a group that ReviseGroup can change.
type groupValues struct {
	changed          bool
	name, externalID string
	canonical        string // or empty for the present one
}

// nextValues returns the values of a group after a change.
func nextValues(g *account.Group, r account.GroupRevision) groupValues {
	next := groupValues{name: g.Name, externalID: g.ExternalID}
	if r.Renames {
		next.name, next.canonical = r.Group.Name, r.Canonical
	}
	if r.Identifies {
		next.externalID = r.Group.ExternalID
	}
	next.changed = next.name != g.Name || next.externalID != g.ExternalID
	return next
}

// checkRevision returns errConflict if a group has another revision or other roles than r requires, or if another
// group has its new name or external ID.
func (t *tx) checkRevision(g *account.Group, r account.GroupRevision, next groupValues) error {
	if r.Revision != 0 && r.Revision != g.Revision || r.SameRoles && !slices.Equal(r.Group.Roles, g.Roles) {
		return errConflict
	}
	if !next.changed {
		return nil
	}
	var taken int
	err := t.Row(`SELECT (SELECT count(*) FROM latchkey_group WHERE canonical = $2 AND id <> $1) + (SELECT count(*) FROM latchkey_group WHERE external_id <> '' AND external_id = $3 AND id <> $1)`,
		g.ID, next.canonical, next.externalID).Scan(&taken)
	if err == nil && taken > 0 {
		err = errConflict
	}
	return err
}
