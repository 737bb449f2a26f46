package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/seed-e6a88a41/latchkey/sqlstore/convert"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// found describes a database. Names are quoted where SQL needs that.
type found struct {
	version      int64 // of the last step that was run, or 0
	begun        bool  // the table of versions exists
	old          bool  // the tables are from before 0.1.0
	role, schema string
	searchPath   string
	elsewhere    string // the schemas outside the search_path that have a table of versions
	creates      bool   // the role may create tables in the schema
}

// look describes a database and changes nothing. It refuses a database in which
// no table could be found, and a pooler that the URL does not mention.
func look(ctx context.Context, pool *pgxpool.Pool) (found, error) {
	var (
		f    found
		plan string
	)
	// A pooler would hand a prepared statement to other clients.
	err := pool.QueryRow(ctx, `SELECT pg_catalog.to_regclass('`+migrations.VersionTable+`') IS NOT NULL, pg_catalog.quote_ident(current_user), coalesce(pg_catalog.quote_ident(pg_catalog.current_schema()), ''),
		pg_catalog.current_setting('search_path'), coalesce(pg_catalog.has_schema_privilege(pg_catalog.current_schema(), 'CREATE'), false), coalesce(pg_catalog.current_setting('plan_cache_mode', true), ''),
		coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(schemaname), ', ') FROM pg_tables WHERE tablename = '`+migrations.VersionTable+`'), '')`,
		pgx.QueryExecModeExec).Scan(&f.begun, &f.role, &f.schema, &f.searchPath, &f.creates, &plan, &f.elsewhere)
	if err != nil {
		return f, explained(err, pool)
	}
	if sent := pool.Config().ConnConfig.RuntimeParams["plan_cache_mode"]; sent != "" && plan != "" && !strings.EqualFold(sent, plan) {
		return f, errPooler
	}
	if f.schema == "" {
		return f, fmt.Errorf("the search_path of the role %[1]s is %[2]s, and contains no schema that the role is allowed to use: add a schema to it (ALTER ROLE %[1]s SET search_path = public), or grant the right to use it (GRANT USAGE ON SCHEMA public TO %[1]s)", f.role, f.searchPath)
	}
	if f.begun {
		err = pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+migrations.VersionTable+` WHERE is_applied`, pgx.QueryExecModeExec).Scan(&f.version)
		return f, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	f.old, err = convert.IsOldPostgres(ctx, db)
	return f, err
}

// upToDate returns ErrPending if there are steps to run.
func (f found) upToDate() error {
	steps, err := migrations.Steps("postgres", f.version)
	switch {
	case err != nil:
		return err
	case f.old:
		return fmt.Errorf("%w: they are from before 0.1.0. Stop all servers, run latchkey migrate, and start the servers of this release", ErrPending)
	case len(steps) == 0:
		return nil
	case !f.begun && f.elsewhere != "":
		return fmt.Errorf("%w: run latchkey migrate, or start with --migrate; or, if they are in the schema %s, name it in the search_path of the role %s, which is %s", ErrPending, f.elsewhere, f.role, f.searchPath)
	}
	return fmt.Errorf("%w: run latchkey migrate, or start with --migrate", ErrPending)
}

// mayCreate reports as an error that the role must not create the first table.
func (f found) mayCreate() error {
	if f.begun || f.creates {
		return nil
	}
	return fmt.Errorf("the role %[1]s is not allowed to create tables in the schema %[2]s: migrate as the role that owns it, or GRANT CREATE ON SCHEMA %[2]s TO %[1]s", f.role, f.schema)
}

// errPooler is returned if the settings that were sent with a connection have no
// effect. A pooler drops them, and may run each transaction on another
// connection.
var errPooler = errors.New("a pooler between Latchkey and PostgreSQL drops the settings of the connection: add default_query_exec_mode=exec to the URL, or connect to PostgreSQL directly")

// explained adds to an error of the connection what to do about it.
func explained(err error, pool *pgxpool.Pool) error {
	if errors.Is(err, pgconn.ErrReadOnlyConnection) {
		return fmt.Errorf("no server in the URL accepts writes: each is a standby, or its default_transaction_read_only is on: %w", err)
	}
	if code(err) != "08P01" || !strings.Contains(err.Error(), "startup parameter") {
		return err
	}
	if pooled(pool.Config()) { // the setting that it rejects is in the URL
		return fmt.Errorf("a pooler between Latchkey and PostgreSQL rejects a setting of the URL: remove it, or name it in ignore_startup_parameters of PgBouncer: %w", err)
	}
	return fmt.Errorf("%w: %w", errPooler, err)
}
