package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// warnings returns the reasons why acknowledged writes can be lost, and what else is
// unsafe. It reads the settings of our own connections, which can come from the URL
// or the role as well as from the server.
func (e *engine) warnings(ctx context.Context) (warnings []string, err error) {
	var commit, fsync string
	err = e.QueryRow(ctx, `SELECT coalesce(pg_catalog.current_setting('synchronous_commit', true), ''), coalesce(pg_catalog.current_setting('fsync', true), '')`).Scan(&commit, &fsync)
	if err != nil {
		return nil, err
	}
	const fix = " Set it to on. It can be set in the URL, by ALTER ROLE, by ALTER DATABASE or in postgresql.conf"
	switch commit {
	case "off":
		warnings = append(warnings, "synchronous_commit is off: acknowledged writes are lost if PostgreSQL or its machine stops shortly afterward."+fix)
	case "local", "remote_write":
		warnings = append(warnings, "synchronous_commit is "+commit+": an acknowledged write might not be on the disk of a synchronous standby yet, and is then lost if the standby takes over."+fix)
	}
	if fsync == "off" {
		warnings = append(warnings, "fsync is off: if the machine of PostgreSQL stops, acknowledged writes or the whole database can be lost. Set it to on in postgresql.conf")
	}
	risks, err := e.risks(ctx)
	return append(warnings, risks...), err
}

// writableSchemas finds the schemas of the search_path in which roles may create
// functions and tables that are neither the role of this connection, nor one of
// which it is a member, nor the owner of the schema or of the tables.
const writableSchemas = `SELECT n.nspname::text, pg_catalog.string_agg(DISTINCT CASE a.grantee WHEN 0::oid THEN 'PUBLIC' ELSE a.grantee::regrole::text END, ', ')
	FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
	WHERE n.nspname = ANY (pg_catalog.current_schemas(false)) AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
	AND a.grantee <> (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'latchkey_config_version'::regclass::oid)
	AND (a.grantee = 0::oid OR NOT pg_catalog.pg_has_role(a.grantee, 'USAGE'))
	GROUP BY 1 ORDER BY 1`

// risks returns the ways in which the connections and the rights in the database
// let others interfere.
func (e *engine) risks(ctx context.Context) (risks []string, err error) {
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	address := unencrypted(conn.Conn().PgConn().Conn())
	conn.Release()
	if address != "" {
		risks = append(risks, "the connection to the database on "+address+" is not encrypted: others on the network can read and change everything. Add sslmode=verify-full to the URL, with sslrootcert if the certificate is not publicly trusted")
	}
	found, err := e.Query(ctx, writableSchemas)
	if err != nil {
		return nil, err
	}
	for found.Next() {
		var schema, roles string
		if err := found.Scan(&schema, &roles); err != nil {
			_ = found.Close()
			return nil, err
		}
		risks = append(risks, fmt.Sprintf("other roles (%[2]s) can create functions and tables in the schema %[1]s, which Latchkey uses: REVOKE CREATE ON SCHEMA %[1]s FROM %[2]s", pgx.Identifier{schema}.Sanitize(), roles))
	}
	return risks, found.Close()
}
