package convert

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// skeletons fills in the skeletons of all usernames.
func skeletons(ctx context.Context, db DB) error {
	usernames := make(map[string]string) // by ID
	rows, err := db.QueryContext(ctx, `SELECT id, username FROM latchkey_account`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, username string
		if err := rows.Scan(&id, &username); err != nil {
			return err
		}
		usernames[id] = username
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for id, username := range usernames {
		if _, err := db.ExecContext(ctx, `UPDATE latchkey_account SET skeleton = $1 WHERE id = $2`, account.Skeleton(username), id); err != nil {
			return err
		}
	}
	return nil
}
