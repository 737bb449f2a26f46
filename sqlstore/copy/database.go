package copy

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// Database is a database that is copied from or into. sqlstore/sqlite and
// sqlstore/postgres implement it.
type Database interface {
	// Name returns a name of the database that can be shown to people.
	Name() string
	// Columns returns the columns of a table in any order, or none if it does not exist.
	Columns(ctx context.Context, table string) ([]Column, error)
	// OtherTables returns the names of the tables that are not Latchkey's, sorted. They belong to a
	// program that keeps its own tables in the database.
	OtherTables(ctx context.Context) ([]string, error)
	// Query reads rows. It can take any length of time.
	Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error)
	// Write runs the statements and inserts the rows, all in one transaction.
	Write(ctx context.Context, statements []Statement, table string, columns []string, rows [][]any) error
	// Close closes the connections.
	Close() error
}

// Column is a column of a table.
type Column struct {
	Name, Kind string // Kind is KindInteger, KindText or KindBlob; other kinds are not copied
	Null       bool   // whether it can be NULL
	Key        int    // its place in the primary key, from 1; 0 if it is not part of it
}

// The kinds of columns.
const (
	KindInteger = "integer"
	KindText    = "text"
	KindBlob    = "blob"
)

// Statement is an SQL statement that returns no rows.
type Statement struct {
	SQL  string // one statement, with placeholders for Args
	Args []any  // of the types that sqlstore.Engine accepts
}

// Tables returns the tables that are copied, in the order in which they are
// copied. Leases are not copied, apart from sqlstore.HostLease, and neither are the versions of the tables and
// the ranges and the index that sweeps write.
func Tables() []string {
	return []string{
		"latchkey_config_version", "latchkey_signing_key", "latchkey_client", "latchkey_deleted_client", "latchkey_account", "latchkey_subject", "latchkey_consent",
		"latchkey_session", "latchkey_attempt", "latchkey_family", "latchkey_ticket", "latchkey_access_token",
		"latchkey_revoked_jwt", "latchkey_session_client", "latchkey_mail", "latchkey_webhook_message", "latchkey_rejection", "latchkey_removal", "latchkey_secret_use", "latchkey_initial_access_token", "latchkey_factor",
		"latchkey_audit", "latchkey_audit_queue", "latchkey_audit_head", "latchkey_invitation", "latchkey_group", "latchkey_member", "latchkey_tally", "latchkey_login_provider", "latchkey_picture", "latchkey_flow", "latchkey_definition", "latchkey_webhook_failure",
	}
}
