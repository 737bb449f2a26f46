package sqlstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

const pictureColumns = `p.user_id, p.id, p.image, p.created_at`

func pictureFields(p *account.Picture) []any {
	return []any{&p.UserID, &p.ID, &p.Image, at{&p.CreatedAt}}
}

// SetPicture saves a user and the picture.
func (s *Store) SetPicture(ctx context.Context, u *account.User, canonical string, p *account.Picture) error {
	return s.updateUser(ctx, u, canonical, func(t *tx) error {
		if p == nil {
			return t.Exec(`DELETE FROM latchkey_picture WHERE user_id = $1`, u.ID)
		}
		return t.Exec(`INSERT INTO latchkey_picture (user_id, id, image, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, image = excluded.image, created_at = excluded.created_at`,
			u.ID, p.ID, p.Image, ms(p.CreatedAt))
	})
}

// endPicture deletes the picture of a user whose claim picture no longer has the address of it.
func (t *tx) endPicture(before, after *account.User) error {
	address := after.PictureClaim()
	if before.PictureClaim() == address {
		return nil
	}
	return t.Exec(`DELETE FROM latchkey_picture WHERE user_id = $1 AND CAST($2 AS TEXT) NOT LIKE '%/' || id || '/'`, after.ID, address)
}

// Picture returns the picture with the ID.
func (s *Store) Picture(ctx context.Context, id string) (account.Picture, error) {
	return s.picture(ctx, `SELECT `+pictureColumns+` FROM latchkey_picture p JOIN latchkey_account a ON a.id = p.user_id
		WHERE p.id = $1 AND a.disabled = 0 AND replace(a.claims, CAST($1 AS TEXT), '') <> a.claims`, id)
}

// PictureOf returns the picture of a user.
func (s *Store) PictureOf(ctx context.Context, userID string) (account.Picture, error) {
	return s.picture(ctx, `SELECT `+pictureColumns+` FROM latchkey_picture p WHERE p.user_id = $1`, userID)
}

func (s *Store) picture(ctx context.Context, query, key string) (p account.Picture, err error) {
	if err := s.row(ctx, query, key).Scan(pictureFields(&p)...); err != nil {
		return account.Picture{}, err
	}
	return p, nil
}
