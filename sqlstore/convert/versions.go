package convert

import (
	"context"
	"slices"

	"github.com/pressly/goose/v3/database"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// recordVersion creates the table of versions, at the version that a
// conversion leaves behind.
func recordVersion(ctx context.Context, db DB, dialect database.Dialect) error {
	versions, err := database.NewStore(dialect, migrations.VersionTable)
	if err != nil {
		return err
	}
	if err := versions.CreateVersionTable(ctx, db); err != nil {
		return err
	}
	for _, version := range []int64{0, 1} {
		if err := versions.Insert(ctx, db, database.InsertRequest{Version: version}); err != nil {
			return err
		}
	}
	return nil
}

// dropOldVersions drops goose_db_version if all of its rows are Latchkey's:
// each version up to the last exactly once. A host program that uses goose has
// other rows there, and then the table is left as it is.
func dropOldVersions(ctx context.Context, db DB, last int64) error {
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM `+oldVersions+` ORDER BY version_id, id`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var found, ours []int64
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return err
		}
		found = append(found, version)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for version := range last + 1 {
		ours = append(ours, version)
	}
	if !slices.Equal(found, ours) {
		return nil
	}
	_, err = db.ExecContext(ctx, `DROP TABLE `+oldVersions)
	return err
}
