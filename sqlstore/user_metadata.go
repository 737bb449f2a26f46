package sqlstore

import (
	"context"
	"encoding/json"
)

// UserMetadata returns the metadata of a user.
func (s *Store) UserMetadata(ctx context.Context, userID string) (metadata json.RawMessage, err error) {
	err = s.row(ctx, `SELECT metadata FROM latchkey_account WHERE id = $1`, userID).Scan(claims{&metadata})
	return metadata, err
}

// SetUserMetadata replaces the metadata of a user.
func (s *Store) SetUserMetadata(ctx context.Context, userID string, metadata json.RawMessage) error {
	return s.write(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_account SET metadata = $2 WHERE id = $1`, userID, string(metadata))
		if err == nil && changed == 0 {
			err = errNotFound
		}
		return err
	})
}
