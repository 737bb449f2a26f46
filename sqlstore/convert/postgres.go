package convert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3/database"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// lastPostgres is the last version of the tables on PostgreSQL before 0.1.0.
const lastPostgres = 5

// PostgresPending returns the step that Postgres runs, or nil if the database
// has no tables from before 0.1.0.
func PostgresPending(ctx context.Context, db DB) (*migrations.Step, error) {
	old, err := IsOldPostgres(ctx, db)
	if !old || err != nil {
		return nil, err
	}
	statements, err := postgresStatements(ctx, db)
	if err != nil {
		return nil, err
	}
	statements = append(append(statements, codesComment), afterCodes...)
	return step("all tables, ACCESS EXCLUSIVE, while codes become tickets", statements, []string{"code"}), nil
}

// Postgres converts a database, and reports whether there was something to
// convert.
func Postgres(ctx context.Context, db *sql.DB) (converted bool, err error) {
	if before, err := beforePostgres(ctx, db); !before || err != nil {
		return false, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() {
		if !converted {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	// Of several processes that start at once one converts, and the others wait.
	// The timeout limits how long a server that was not stopped can delay them.
	err = run(ctx, tx, []string{
		`SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('latchkey conversion'))`,
		`SET LOCAL lock_timeout = '10s'`,
	})
	if err != nil {
		return false, err
	}
	if old, err := IsOldPostgres(ctx, tx); !old || err != nil {
		return false, err
	}
	statements, err := postgresStatements(ctx, tx)
	if err != nil {
		return false, err
	}
	if err := run(ctx, tx, statements); err != nil {
		return false, failed(err)
	}
	if err := clients(ctx, tx); err != nil {
		return false, failed(err)
	}
	if err := skeletons(ctx, tx); err != nil {
		return false, failed(err)
	}
	if err := convertCodes(ctx, tx); err != nil {
		return false, failed(err)
	}
	if err := run(ctx, tx, afterCodes); err != nil {
		return false, failed(err)
	}
	if err := recordVersion(ctx, tx, database.DialectPostgres); err != nil {
		return false, failed(err)
	}
	if err := dropOldVersions(ctx, tx, lastPostgres); err != nil {
		return false, failed(err)
	}
	for _, table := range append(addedTables(), migrations.VersionTable) {
		if err := copyRights(ctx, tx, table); err != nil {
			return false, failed(err)
		}
	}
	if err := tx.Commit(); err != nil {
		return false, failed(err)
	}
	return true, nil
}

// IsOldPostgres reports whether the search_path leads to the tables from before
// 0.1.0.
func IsOldPostgres(ctx context.Context, db DB) (bool, error) {
	if before, err := beforePostgres(ctx, db); !before || err != nil {
		return false, err
	}
	var l layout
	var err error
	l.columns, err = readColumns(ctx, db, `SELECT t.name, a.attname::text FROM pg_catalog.unnest(pg_catalog.string_to_array($1, ' ')) t(name)
		JOIN pg_attribute a ON a.attrelid = pg_catalog.to_regclass(t.name)::oid WHERE a.attnum > 0 AND NOT a.attisdropped`, strings.Join(names(), " "))
	if err != nil {
		return false, err
	}
	var partitioned, indexed bool
	err = db.QueryRowContext(ctx, `SELECT coalesce((SELECT relkind = 'p' FROM pg_class WHERE oid = pg_catalog.to_regclass('family')::oid), false), pg_catalog.to_regclass('account_email') IS NOT NULL`).
		Scan(&partitioned, &indexed)
	if err != nil {
		return false, err
	}
	if !partitioned {
		l.lacking = append(l.lacking, "the partitions of the table family")
	}
	if !indexed {
		l.lacking = append(l.lacking, "the index account_email")
	}
	return l.old()
}

// beforePostgres reports whether goose recorded versions only in the table from
// before 0.1.0, which may be that of a host program. It is one query, so that it
// does not see half of a conversion by another process.
func beforePostgres(ctx context.Context, db DB) (before bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT pg_catalog.to_regclass($1) IS NULL AND pg_catalog.to_regclass($2) IS NOT NULL`, migrations.VersionTable, oldVersions).Scan(&before)
	return before, err
}

// postgresStatements rename what is there, and create what is new.
func postgresStatements(ctx context.Context, db DB) (statements []string, err error) {
	const relations = `WITH top AS (SELECT pg_catalog.to_regclass(name)::oid AS oid FROM pg_catalog.unnest(pg_catalog.string_to_array($1, ' ')) t(name)),
		relation AS (SELECT oid FROM top UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent IN (SELECT oid FROM top))`
	for _, kind := range []struct{ verb, query string }{
		{"TABLE", relations + ` SELECT relname::text FROM pg_class WHERE oid IN (SELECT oid FROM relation) ORDER BY 1`},
		{"INDEX", relations + ` SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid IN (SELECT oid FROM relation) ORDER BY 1`},
	} {
		found, err := texts(ctx, db, kind.query, strings.Join(names(), " "))
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			statements = append(statements, fmt.Sprintf(`ALTER %s %s RENAME TO %s`, kind.verb, quoted(name), quoted(renamed(name))))
		}
	}
	added, err := addedStatements()
	if err != nil {
		return nil, err
	}
	statements = append(append(statements, added...), sessionClients("latchkey_logout_notice")...)
	indexes, err := indexStatements()
	if err != nil {
		return nil, err
	}
	statements = append(statements,
		`ALTER TABLE latchkey_family RENAME COLUMN openid TO details`,
		`ALTER TABLE latchkey_family ALTER COLUMN details DROP DEFAULT, ADD COLUMN replay_until BIGINT NOT NULL DEFAULT 0`,
		`UPDATE latchkey_family SET replay_until = `+replayUntil+` WHERE rotated_at > `+recently(),
		`ALTER TABLE latchkey_family ALTER COLUMN replay_until DROP DEFAULT, ADD COLUMN access_audience TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE latchkey_access_token ADD COLUMN audience TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE latchkey_client ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE latchkey_consent ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE latchkey_subject ADD COLUMN pending BIGINT NOT NULL DEFAULT 0`,
		`CREATE INDEX latchkey_client_expires ON latchkey_client (expires_at) WHERE expires_at > 0`,
		`ALTER TABLE latchkey_account ADD COLUMN login_epoch BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE latchkey_account ALTER COLUMN login_epoch DROP DEFAULT`,
		`ALTER TABLE latchkey_attempt ADD COLUMN open BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE latchkey_attempt ALTER COLUMN open DROP DEFAULT`,
		`ALTER TABLE latchkey_account ADD COLUMN skeleton TEXT NOT NULL DEFAULT '', ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE latchkey_account ALTER COLUMN skeleton DROP DEFAULT, ALTER COLUMN expires_at DROP DEFAULT`,
		`ALTER TABLE latchkey_account ADD COLUMN factors TEXT NOT NULL DEFAULT '', ADD COLUMN metadata TEXT NOT NULL DEFAULT '', ADD COLUMN roles TEXT NOT NULL DEFAULT '', ADD COLUMN delete_at BIGINT NOT NULL DEFAULT 0`,
		`CREATE INDEX latchkey_account_skeleton ON latchkey_account (skeleton)`,
		`CREATE INDEX latchkey_account_expires ON latchkey_account (expires_at) WHERE expires_at > 0`,
		`CREATE INDEX latchkey_account_delete ON latchkey_account (delete_at) WHERE delete_at > 0`,
		`ALTER TABLE latchkey_session ADD COLUMN idle_expires_at BIGINT NOT NULL DEFAULT 0, ADD COLUMN sweep_at BIGINT NOT NULL DEFAULT 0`,
		`UPDATE latchkey_session SET idle_expires_at = `+idleExpiresAt+`, sweep_at = least(`+idleExpiresAt+`, expires_at)`,
		`ALTER TABLE latchkey_session ALTER COLUMN idle_expires_at DROP DEFAULT, ADD COLUMN methods TEXT NOT NULL DEFAULT '', ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE latchkey_ticket RENAME COLUMN openid TO details`,
		`ALTER TABLE latchkey_ticket RENAME COLUMN used_at TO spent_at`,
		`ALTER TABLE latchkey_ticket ALTER COLUMN details DROP DEFAULT, ADD COLUMN kind TEXT NOT NULL DEFAULT 'code', ADD COLUMN state TEXT NOT NULL DEFAULT '',
	ADD COLUMN proof BYTEA NOT NULL DEFAULT '', ADD COLUMN body TEXT NOT NULL DEFAULT ''`,
	)
	return append(statements, indexes...), nil
}

// indexStatements create the indexes that no database from before 0.1.0 has.
func indexStatements() (statements []string, err error) {
	first, err := migrations.First("postgres")
	if err != nil {
		return nil, err
	}
	for _, statement := range first {
		if create, found := strings.CutPrefix(strings.TrimSpace(statement), "CREATE INDEX "); found {
			statements = append(statements, "CREATE INDEX IF NOT EXISTS "+create)
		}
	}
	return statements, nil
}

// addedTables are the tables that no database from before 0.1.0 has.
func addedTables() []string {
	return []string{"latchkey_mail", "latchkey_webhook_message", "latchkey_removal", "latchkey_session_client", "latchkey_rejection", "latchkey_secret_use", "latchkey_sweep_range", "latchkey_initial_access_token", "latchkey_factor", "latchkey_invitation", "latchkey_deleted_client", "latchkey_login_provider", "latchkey_audit_queue", "latchkey_audit", "latchkey_audit_head", "latchkey_tally"}
}

// addedStatements create the addedTables.
func addedStatements() (statements []string, err error) {
	first, err := migrations.First("postgres")
	if err != nil {
		return nil, err
	}
	for _, table := range addedTables() {
		for _, statement := range first {
			if strings.HasPrefix(statement, "CREATE TABLE "+table+" ") || strings.Contains(statement, " ON "+table+" (") {
				statements = append(statements, statement)
			}
		}
	}
	return statements, nil
}

// afterCodes removes what a ticket does not have, after convertCodes has read
// it.
var afterCodes = []string{ //nolint:gochecknoglobals // constant
	`ALTER TABLE latchkey_ticket ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN state DROP DEFAULT, ALTER COLUMN proof DROP DEFAULT, ALTER COLUMN body DROP DEFAULT,
	DROP COLUMN hash, DROP COLUMN redirect_uri, DROP COLUMN redirect_uri_omitted, DROP COLUMN challenge, DROP COLUMN nonce`,
}

// convertCodes fills in the proofs and the bodies of the tickets that were
// codes.
func convertCodes(ctx context.Context, db DB) error {
	return eachBatch(ctx, db, "latchkey_ticket", func(codes []oldCode) error {
		ids, proofs, bodies := make([][]byte, len(codes)), make([][]byte, len(codes)), make([]string, len(codes))
		for i := range codes {
			var err error
			ids[i] = codes[i].id
			if proofs[i], bodies[i], err = codes[i].ticket(); err != nil {
				return err
			}
		}
		_, err := db.ExecContext(ctx, `UPDATE latchkey_ticket t SET proof = v.proof, body = v.body
			FROM unnest($1::bytea[], $2::bytea[], $3::text[]) v(id, proof, body) WHERE t.id = v.id`, ids, proofs, bodies)
		return err
	})
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// copyRights sets the owner and the rights of the others: the servers may use a
// different role than the migration.
func copyRights(ctx context.Context, db DB, table string) error {
	statements, err := texts(ctx, db, `SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', $1::text, relowner::regrole) FROM pg_class WHERE oid = 'latchkey_config_version'::regclass::oid
		UNION ALL SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, $1::text, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
			FROM pg_class, pg_catalog.aclexplode(relacl) WHERE oid = 'latchkey_config_version'::regclass::oid AND grantee <> relowner`, table)
	if err != nil {
		return err
	}
	return run(ctx, db, statements)
}
