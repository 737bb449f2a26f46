package sqlstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const rejectionColumns = `id, at, client_id, named, reason, source, code, description, detail`

func rejectionFields(r *oauth.Rejection) []any {
	return []any{&r.ID, at{&r.At}, &r.ClientID, &r.Named, &r.Reason, &r.Source, &r.Code, &r.Description, &r.Detail}
}

// AddRejections adds rejections, and deletes the oldest of the same client and
// reason.
func (s *Store) AddRejections(ctx context.Context, added []oauth.Rejection, bounds oauth.RejectionBounds) error {
	type reason struct{ clientID, reason string }
	type source struct {
		reason
		source string
	}
	reasons, sources := make(map[reason]bool), make(map[source]bool)
	for _, r := range added {
		of := reason{r.ClientID, r.Reason}
		reasons[of], sources[source{of, r.Source}] = true, true
	}
	return s.write(ctx, func(t *tx) error {
		for _, r := range added {
			err := t.Exec(`INSERT INTO latchkey_rejection (`+rejectionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
				r.ID, ms(r.At), r.ClientID, r.Named, r.Reason, r.Source, r.Code, r.Description, r.Detail)
			if err != nil {
				return err
			}
		}
		for of := range sources {
			err := t.Exec(`DELETE FROM latchkey_rejection WHERE client_id = $1 AND reason = $2 AND source = $3 AND id NOT IN (
				SELECT id FROM latchkey_rejection WHERE client_id = $1 AND reason = $2 AND source = $3 ORDER BY at DESC, id DESC LIMIT $4)`,
				of.clientID, of.reason.reason, of.source, int64(bounds.Source))
			if err != nil {
				return err
			}
		}
		for of := range reasons {
			err := t.Exec(`DELETE FROM latchkey_rejection WHERE client_id = $1 AND reason = $2 AND id NOT IN (
				SELECT id FROM latchkey_rejection WHERE client_id = $1 AND reason = $2 ORDER BY at DESC, id DESC LIMIT $3)`,
				of.clientID, of.reason, int64(bounds.Reason))
			if err != nil {
				return err
			}
		}
		return nil
	})
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
