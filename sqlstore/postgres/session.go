package postgres

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// Statements of this package name the schema of every function and operator that
// PostgreSQL could find elsewhere. Otherwise another role that may create
// functions in a schema of the search_path could add one whose parameters match
// better, and it would run with the rights of Latchkey (CVE-2018-1058). Only
// functions and operators whose parameter types match exactly are safe without.

// setSearchPath reduces the search_path of a connection to the schema that has
// the tables: the first one that has the tables of this release or those from
// before 0.1.0, or else the first one. PostgreSQL searches pg_catalog before it.
// If the setting plan_cache_mode that was sent is not in effect, there is a
// pooler, whose connections are not ours to change.
const setSearchPath = `SELECT pg_catalog.set_config('search_path', pg_catalog.format('%I, pg_temp', (
		SELECT coalesce((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
			WHERE c.oid OPERATOR(pg_catalog.=) coalesce(pg_catalog.to_regclass('` + migrations.VersionTable + `'), pg_catalog.to_regclass('config_version'))::pg_catalog.oid),
		pg_catalog.current_schema()))), false)
	WHERE pg_catalog.current_schema() IS NOT NULL AND pg_catalog.lower(pg_catalog.current_setting('plan_cache_mode', true)) OPERATOR(pg_catalog.=) pg_catalog.lower($1)`

// prepareSession prepares a new connection.
func prepareSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, setSearchPath, pgx.QueryExecModeExec, conn.Config().RuntimeParams["plan_cache_mode"])
	return err
}

// requireWrites makes connections fail on a server that does not accept writes,
// such as a standby. A URL often names one address behind which the primary
// server changes, and then PostgreSQL accepts connections on either.
func requireWrites(config *pgxpool.Config) {
	config.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	if !pooled(config) {
		return
	}
	config.ConnConfig.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if _, err := conn.Exec(ctx, leaveStandby).ReadAll(); err != nil {
			return fmt.Errorf("%w: %w", pgconn.ErrReadOnlyConnection, err)
		}
		return pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, conn)
	}
}

// leaveStandby ends the connection on which it runs if that is a connection to a
// standby. A pooler keeps connections to a server that has become one, and would
// use them again.
const leaveStandby = `SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()) WHERE pg_catalog.pg_is_in_recovery()`

// query reads rows from a server that is not a standby. Without a pooler every
// connection was checked when it was opened, and a server that becomes a standby
// closes its connections. With a pooler, the check is part of the query.
func (c connections) query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	if !c.pooled {
		return c.pool.Query(ctx, query, args...)
	}
	var b pgx.Batch
	b.Queue(leaveStandby)
	b.Queue(query, args...)
	results := c.pool.SendBatch(ctx, &b)
	_, err := results.Exec()
	if err == nil {
		var found pgx.Rows
		if found, err = results.Query(); err == nil {
			return batchRows{found, results}, nil
		}
	}
	_ = results.Close() // with the same error
	return nil, err
}

// scanRow reads one row as query does.
func (c connections) scanRow(ctx context.Context, query string, args, dest []any) error {
	if !c.pooled {
		return c.pool.QueryRow(ctx, query, args...).Scan(dest...)
	}
	found, err := c.query(ctx, query, args...)
	if err != nil {
		return err
	}
	_, err = pgx.CollectOneRow(found, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(dest...) })
	return err
}

// batchRows are rows of the last query of a batch.
type batchRows struct {
	pgx.Rows
	results pgx.BatchResults
}

func (r batchRows) Close() {
	r.Rows.Close()
	_ = r.results.Close() // Err has the error
}

// unencrypted returns the address of the server if a connection reaches it over
// a network without TLS, or "".
func unencrypted(conn net.Conn) string {
	remote, tcp := conn.RemoteAddr().(*net.TCPAddr)
	if _, encrypted := conn.(*tls.Conn); encrypted || !tcp || remote.IP.IsLoopback() {
		return ""
	}
	return remote.String()
}
