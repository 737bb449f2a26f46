// Package convert brings a database from before release 0.1.0 to the tables of
// release 0.1.0. The old tables had no prefix, and goose recorded their
// versions in goose_db_version, a table that a host program may use too.
//
// A conversion is one transaction, and runs while no server uses the database.
package convert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Prefix is the beginning of the names of all tables and indexes.
const Prefix = "latchkey_"

// oldVersions is the table in which goose recorded the versions.
const oldVersions = "goose_db_version"

// oldTables are the tables that a conversion renames, with their columns. They
// had these columns from the beginning; laterColumns were added.
var oldTables = map[string]string{
	"access_token":   "id hash client_id subject family_id scope issued_at expires_at",
	"account":        "id username canonical email name claims password admin disabled created_at updated_at last_login_at version",
	"client":         "id name type owner_id disabled revoked_before created_at updated_at version settings",
	"code":           "id hash client_id subject session_id redirect_uri redirect_uri_omitted scope challenge nonce auth_time issued_at expires_at used_at",
	"config_version": "id version",
	"consent":        "subject client_id scope granted_at updated_at",
	"family":         "id client_id subject session_id scope auth_time hash previous generation rotated_at access_scope issued_at idle_expires_at expires_at revoked_at",
	"lease":          "name holder until",
	"revoked_jwt":    "id expires_at",
	"session":        "id hash user_id auth_time created_at seen_at expires_at address user_agent",
	"signing_key":    "id alg public private created_at active_at retired_at expires_at",
	"strike":         "key count until",
	"subject":        "id blocked revoked_before",
}

// laterColumns came with the versions after the first.
var laterColumns = map[string]string{
	"code":          "openid",
	"family":        "openid",
	"logout_notice": "id client_id subject session_id created_at next_at attempts",
}

// names lists the tables of a database from before 0.1.0, in alphabetical
// order.
func names() []string {
	all := maps.Clone(oldTables)
	maps.Copy(all, laterColumns)
	return slices.Sorted(maps.Keys(all))
}

// renamed returns the name of a table, partition or index after the conversion.
func renamed(name string) string {
	if name == "session_of_user" { // the index on PostgreSQL
		return Prefix + "session_user"
	}
	for before, after := range map[string]string{"strike": "attempt", "code": "ticket"} {
		if rest, found := strings.CutPrefix(name, before); found {
			return Prefix + after + rest
		}
	}
	return Prefix + name
}

// DB runs statements: a *sql.DB, *sql.Conn or *sql.Tx.
type DB interface {
	// ExecContext, QueryContext and QueryRowContext are those of sql.DB.
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// layout describes the tables from before 0.1.0 in a database.
type layout struct {
	columns map[string][]string // by table
	// lacking lists what the last version has besides columns and this database
	// does not, for example "the index account_email".
	lacking []string
}

// ErrLayout is returned for tables that cannot be converted.
var ErrLayout = errors.New("the tables cannot be converted")

// old reports whether all tables of the first version are there. A host
// program's tables of some of these names do not count. An error says that the
// tables are Latchkey's, but not of the last version before 0.1.0.
func (l layout) old() (bool, error) {
	for table, columns := range oldTables {
		for _, column := range strings.Fields(columns) {
			if !slices.Contains(l.columns[table], column) {
				return false, nil
			}
		}
	}
	lacking := slices.Clone(l.lacking)
	for _, table := range names() {
		want := strings.Fields(oldTables[table] + " " + laterColumns[table])
		got := l.columns[table]
		if len(got) == 0 {
			lacking = append(lacking, "the table "+table)
			continue
		}
		for _, column := range want {
			if !slices.Contains(got, column) {
				lacking = append(lacking, "the column "+column+" of the table "+table)
			}
		}
		for _, column := range got {
			if !slices.Contains(want, column) {
				return false, fmt.Errorf("%w: the table %s has the column %s, which no version of Latchkey had. Remove the column first", ErrLayout, table, column)
			}
		}
	}
	if len(lacking) > 0 {
		slices.Sort(lacking)
		return false, fmt.Errorf("%w: they are older than the last version before 0.1.0, and lack %s. Run latchkey migrate of the last version before 0.1.0 first, then that of this release", ErrLayout, strings.Join(lacking, ", "))
	}
	return true, nil
}

// readColumns reads rows of a table and a column.
func readColumns(ctx context.Context, db DB, query string, args ...any) (columns map[string][]string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns = make(map[string][]string)
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		columns[table] = append(columns[table], column)
	}
	return columns, rows.Err()
}

// texts reads one column of text.
func texts(ctx context.Context, db DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// run executes statements in their order.
func run(ctx context.Context, db DB, statements []string) error {
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w, at: %s", err, statement)
		}
	}
	return nil
}
