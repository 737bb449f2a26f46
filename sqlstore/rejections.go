package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const rejectionColumns = `id, at, client_id, named, reason, source, code, description, detail`

func rejectionFields(r *oauth.Rejection) []any {
	return []any{&r.ID, at{&r.At}, &r.ClientID, &r.Named, &r.Reason, &r.Source, &r.Code, &r.Description, &r.Detail}
}

// AddRejections adds rejections, and deletes the oldest of the same client and
// reason.
func (s *Store) AddRejections(ctx context.Context, added []oauth.Rejection, bounds oauth.RejectionBounds) error {
	groups := rejectionGroups(added)
	return s.write(ctx, func(t *tx) error {
		for _, r := range added {
			err := t.Exec(`INSERT INTO latchkey_rejection (`+rejectionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
				r.ID, ms(r.At), r.ClientID, r.Named, r.Reason, r.Source, r.Code, r.Description, r.Detail)
			if err != nil {
				return err
			}
		}
		for _, g := range groups {
			if err := t.Exec(trimRejections, g.clientID, g.reason, int64(bounds.Source), int64(bounds.Reason)); err != nil {
				return err
			}
		}
		return nil
	})
}

// trimRejections deletes the rejections of a client and reason that exceed the
// bounds. It is one statement, so that processes that delete the same rows lock them
// in the same order.
const trimRejections = `DELETE FROM latchkey_rejection WHERE client_id = $1 AND reason = $2 AND id NOT IN (
	SELECT id FROM (SELECT id, at, row_number() OVER (PARTITION BY source ORDER BY at DESC, id DESC) AS place, row_number() OVER (ORDER BY at, id) AS age
		FROM latchkey_rejection WHERE client_id = $1 AND reason = $2) AS r WHERE place <= $3 OR age = 1
	ORDER BY CASE age WHEN 1 THEN 0 ELSE place END, at DESC, id DESC LIMIT $4)`

// rejectionGroup is the rejections of a client with one reason.
type rejectionGroup struct{ clientID, reason string }

// rejectionGroups returns the groups of some rejections in one order, so that
// processes do not wait for each other in a circle.
func rejectionGroups(added []oauth.Rejection) []rejectionGroup {
	groups := make([]rejectionGroup, len(added))
	for i, r := range added {
		groups[i] = rejectionGroup{r.ClientID, r.Reason}
	}
	slices.SortFunc(groups, func(a, b rejectionGroup) int {
		return cmp.Or(cmp.Compare(a.clientID, b.clientID), cmp.Compare(a.reason, b.reason))
	})
	return slices.Compact(groups)
}

// Rejection returns the rejection with the ID.
func (s *Store) Rejection(ctx context.Context, id string) (r oauth.Rejection, err error) {
	err = s.row(ctx, `SELECT `+rejectionColumns+` FROM latchkey_rejection WHERE id = $1`, id).Scan(rejectionFields(&r)...)
	return r, err
}

// Rejections returns the last rejections.
func (s *Store) Rejections(ctx context.Context, f oauth.RejectionFilter, n int) (found []oauth.Rejection, err error) {
	condition := `client_id = $1`
	if f.ClientID == "" && !f.NoClient {
		condition = `client_id <> $1`
	}
	query, args := `SELECT `+rejectionColumns+` FROM latchkey_rejection WHERE `+condition+` ORDER BY at DESC, id DESC LIMIT $2`, []any{f.ClientID, int64(n)}
	err = s.each(ctx, query, args, func(rows Rows) error {
		var r oauth.Rejection
		err := rows.Scan(rejectionFields(&r)...)
		found = append(found, r)
		return err
	})
	return found, err
}
