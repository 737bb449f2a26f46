package copy

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// CheckSource returns an error if a database cannot be copied now, because a server uses
// it or because it is an incomplete copy. Call it before you open the target: a target
// whose tables were created for a copy that was then refused is an empty database on
// which a server can start.
func CheckSource(ctx context.Context, db Database) error {
	if err := mustBeUnused(ctx, db); err != nil {
		return err
	}
	source, err := incompleteFrom(ctx, db)
	if err == nil && source != "" {
		err = fmt.Errorf("%s: %w (from %s)", db.Name(), sqlstore.ErrIncompleteCopy, source)
	}
	return err
}

// CheckTarget returns an error if a server uses a database, or if it contains rows that
// do not belong to an incomplete copy. Some tables, or all of them, may be missing:
// the engines call it before they create tables or change those of an older release.
func CheckTarget(ctx context.Context, db Database) error {
	_, err := checkTarget(ctx, db)
	return err
}

// checkTarget also returns the source of the incomplete copy in the target, or "".
func checkTarget(ctx context.Context, db Database) (source string, err error) {
	leases, err := db.Columns(ctx, "latchkey_lease")
	if err != nil {
		return "", err
	}
	if len(leases) > 0 {
		if err := mustBeUnused(ctx, db); err != nil {
			return "", err
		}
		if source, err = incompleteFrom(ctx, db); err != nil || source != "" {
			return source, err
		}
	}
	return "", mustBeEmpty(ctx, db)
}

// incompleteFrom returns the source of the incomplete copy in a database, or "".
func incompleteFrom(ctx context.Context, db Database) (source string, err error) {
	_, err = readOne(ctx, db, `SELECT holder FROM latchkey_lease WHERE name = $1`, []any{sqlstore.CopyLease}, &source)
	return source, err
}

// mustBeUnused returns an error if a server uses a database now. The comparison at the end does not
// find the rows that a server writes after it.
func mustBeUnused(ctx context.Context, db Database) error {
	var issuer string
	var until int64
	const query = `SELECT holder, until FROM latchkey_lease WHERE name LIKE $1 AND until > $2 ORDER BY until DESC LIMIT 1`
	used, err := readOne(ctx, db, query, []any{sqlstore.ServerLeases, time.Now().UnixMilli()}, &issuer, &until)
	if err == nil && used {
		err = fmt.Errorf("%s: a server with the issuer %s uses this database now, and the copy would not contain the changes that it still makes. Stop all servers of the database, and copy again. If the server has crashed, wait until %s", db.Name(), issuer, time.UnixMilli(until).UTC().Format(time.RFC3339))
	}
	return err
}

// mustBeEmpty returns an error if there are rows in the tables that exist.
func mustBeEmpty(ctx context.Context, db Database) error {
	for _, name := range Tables() {
		columns, err := db.Columns(ctx, name)
		if err != nil {
			return err
		}
		if len(columns) == 0 {
			continue
		}
		query := `SELECT 1 FROM ` + name + ` LIMIT 1`
		if name == "latchkey_config_version" {
			query = `SELECT 1 FROM latchkey_config_version WHERE version > 1`
		}
		var one int64
		found, err := readOne(ctx, db, query, nil, &one)
		if err != nil {
			return err
		}
		if found {
			return fmt.Errorf("%s is not empty: it has rows in the table %s. A copy needs a new database", db.Name(), name)
		}
	}
	return nil
}
