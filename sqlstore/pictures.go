package sqlstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// SetPicture stores the picture of a user.
func (s *Store) SetPicture(ctx context.Context, p account.Picture) error {
	return s.write(ctx, func(t *tx) error {
		stored, err := t.Count(`INSERT INTO latchkey_picture (user_id, id, type, data, created_at) SELECT a.id, $2, $3, $4, $5 FROM latchkey_account a WHERE a.id = $1
			ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, type = excluded.type, data = excluded.data, created_at = excluded.created_at`,
			p.UserID, p.ID, p.Type, p.Data, ms(p.CreatedAt))
		if err == nil && stored == 0 {
			err = errNotFound
		}
		return err
	})
}

// Picture returns the picture with the ID.
func (s *Store) Picture(ctx context.Context, id string) (account.Picture, error) {
	return s.picture(ctx, "id", id)
}

// PictureOf returns the picture of a user.
func (s *Store) PictureOf(ctx context.Context, userID string) (account.Picture, error) {
	return s.picture(ctx, "user_id", userID)
}

func (s *Store) picture(ctx context.Context, column, value string) (p account.Picture, err error) {
	err = s.row(ctx, `SELECT user_id, id, type, data, created_at FROM latchkey_picture WHERE `+column+` = $1`, value).Scan(&p.UserID, &p.ID, &p.Type, &p.Data, at{&p.CreatedAt})
	return p, err
}

// RemovePicture deletes the picture of a user.
func (s *Store) RemovePicture(ctx context.Context, userID string) error {
	return s.write(ctx, func(t *tx) error { return t.Exec(`DELETE FROM latchkey_picture WHERE user_id = $1`, userID) })
}
