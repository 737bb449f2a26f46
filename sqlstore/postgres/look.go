package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// found is what a database says of itself. Names in it are quoted where SQL
// needs that.
type found struct {
	version      int64 // of the last step that was run; 0 if there is none
	begun        bool  // there is a table of the steps
	role, schema string
	searchPath   string
	elsewhere    string // schemas where such a table is that search_path does not lead to
	mayMake      bool   // tables in the schema
}

// look finds out how far the tables are, and changes nothing. It refuses a
// database in which no table can be found, and a pooler that the URL does not
// tell of.
func look(ctx context.Context, pool *pgxpool.Pool) (found, error) {
	var (
		f    found
		plan string
	)
	// No prepared statement, which a pooler would give to others.
	err := pool.QueryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL, quote_ident(current_user), coalesce(quote_ident(current_schema()), ''),
		current_setting('search_path'), coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), coalesce(current_setting('plan_cache_mode', true), ''),
		coalesce((SELECT string_agg(quote_ident(schemaname), ', ') FROM pg_tables WHERE tablename = 'goose_db_version'), '')`,
		pgx.QueryExecModeExec).Scan(&f.begun, &f.role, &f.schema, &f.searchPath, &f.mayMake, &plan, &f.elsewhere)
	if err != nil {
		return f, explained(err, pool)
	}
	if sent := pool.Config().ConnConfig.RuntimeParams["plan_cache_mode"]; sent != "" && plan != "" && !strings.EqualFold(sent, plan) {
		return f, errPooler
	}
	if f.schema == "" {
		return f, fmt.Errorf("the search_path of the role %[1]s is %[2]s, and it finds no schema there that it may use: name one (ALTER ROLE %[1]s SET search_path = public), or give the right to it (GRANT USAGE ON SCHEMA public TO %[1]s)", f.role, f.searchPath)
	}
	if f.begun {
		err = pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`, pgx.QueryExecModeExec).Scan(&f.version)
	}
	return f, err
}

// upToDate is ErrPending if there are steps to run.
func (f found) upToDate() error {
	steps, err := migrations.Steps("postgres", f.version)
	switch {
	case err != nil:
		return err
	case len(steps) == 0:
		return nil
	case !f.begun && f.elsewhere != "":
		return fmt.Errorf("%w: run latchkey migrate, or start with --migrate; or, if they are in the schema %s, name it in the search_path of the role %s, which is %s", ErrPending, f.elsewhere, f.role, f.searchPath)
	}
	return fmt.Errorf("%w: run latchkey migrate, or start with --migrate", ErrPending)
}

// mayBegin reports that the first table cannot be made.
func (f found) mayBegin() error {
	if f.begun || f.mayMake {
		return nil
	}
	return fmt.Errorf("the role %[1]s may not make tables in the schema %[2]s: migrate as the role that owns it, or GRANT CREATE ON SCHEMA %[2]s TO %[1]s", f.role, f.schema)
}

// errPooler says that what was sent to set up a connection is not in effect
// there: what is in between keeps it, and may give each transaction to another
// connection.
var errPooler = errors.New("there is a pooler in between that keeps Latchkey's settings from the database: add default_query_exec_mode=exec to the URL, or go around the pooler")

// explained tells of a refusal by a pooler what to do.
func explained(err error, pool *pgxpool.Pool) error {
	if code(err) != "08P01" || !strings.Contains(err.Error(), "startup parameter") {
		return err
	}
	if pooled(pool.Config()) { // what it does not take is the URL's
		return fmt.Errorf("there is a pooler in between that does not take a setting of the URL: leave it out, or name it in ignore_startup_parameters of PgBouncer: %w", err)
	}
	return fmt.Errorf("%w: %w", errPooler, err)
}
