package convert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3/database"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// lastSQLite is the last version of the tables on SQLite before 0.1.0.
const lastSQLite = 4

// SQLitePending returns the step that SQLite runs, or nil if the database has
// no tables from before 0.1.0.
func SQLitePending(ctx context.Context, db DB) (*migrations.Step, error) {
	old, err := oldSQLite(ctx, db)
	if !old || err != nil {
		return nil, err
	}
	statements, err := sqliteStatements()
	if err != nil {
		return nil, err
	}
	statements = append(statements, codesComment, `DROP TABLE code`)
	return step("the database, while all rows are copied to the new tables", statements, names()), nil
}

// SQLite converts a database, and reports whether there was something to
// convert.
func SQLite(ctx context.Context, db *sql.DB) (converted bool, err error) {
	if old, err := oldSQLite(ctx, db); !old || err != nil {
		return false, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) // the error says more
		}
	}()
	if old, err := oldSQLite(ctx, conn); !old || err != nil { // another process was faster
		return false, errors.Join(err, exec(ctx, conn, `ROLLBACK`))
	}
	statements, err := sqliteStatements()
	if err != nil {
		return false, err
	}
	if err := run(ctx, conn, statements); err != nil {
		return false, failed(err)
	}
	if err := clients(ctx, conn); err != nil {
		return false, failed(err)
	}
	if err := skeletons(ctx, conn); err != nil {
		return false, failed(err)
	}
	if err := copyCodes(ctx, conn); err != nil {
		return false, failed(err)
	}
	if err := run(ctx, conn, []string{`DROP TABLE code`}); err != nil {
		return false, failed(err)
	}
	if err := recordVersion(ctx, conn, database.DialectSQLite3); err != nil {
		return false, failed(err)
	}
	if err := dropOldVersions(ctx, conn, lastSQLite); err != nil {
		return false, failed(err)
	}
	return true, exec(ctx, conn, `COMMIT`)
}

func exec(ctx context.Context, db DB, statement string) error {
	_, err := db.ExecContext(ctx, statement)
	return err
}

// oldSQLite reports whether the database has the tables from before 0.1.0.
func oldSQLite(ctx context.Context, db DB) (bool, error) {
	// One statement, because another process may convert the tables at the same time.
	columns, err := readColumns(ctx, db, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
		UNION ALL SELECT '', name FROM sqlite_master WHERE type = 'index'`)
	if err != nil {
		return false, err
	}
	indexes := columns[""]
	delete(columns, "")
	l := layout{columns: columns}
	if columns[migrations.VersionTable] != nil || columns[oldVersions] == nil {
		return false, nil
	}
	if !slices.Contains(indexes, "account_email") {
		l.lacking = append(l.lacking, "the index account_email")
	}
	return l.old()
}

// sqliteStatements create the new tables, copy the rows and drop the old
// tables. SQLite cannot rename an index.
func sqliteStatements() (statements []string, err error) {
	if statements, err = migrations.First("sqlite"); err != nil {
		return nil, err
	}
	statements = append(statements, `DELETE FROM `+renamed("config_version"))
	for _, table := range names() {
		if table == "code" || table == "logout_notice" { // see copyCodes and sessionClients
			continue
		}
		from := strings.Fields(oldTables[table] + " " + laterColumns[table])
		values := strings.Join(from, ", ")
		columns := values
		switch table {
		case "family":
			columns = strings.Replace(columns, "openid", "details, replay_until", 1)
			values += fmt.Sprintf(", CASE WHEN rotated_at > %s THEN %s ELSE 0 END", recently(), replayUntil)
		case "account":
			columns, values = columns+", login_epoch, skeleton, expires_at", values+", 0, '', 0"
		case "strike":
			columns, values = columns+", open", values+", 0"
		case "session":
			columns, values = columns+", idle_expires_at, sweep_at", values+", "+idleExpiresAt+", min("+idleExpiresAt+", expires_at)"
		}
		statements = append(statements,
			fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s`, renamed(table), columns, values, table),
			`DROP TABLE `+table)
	}
	return append(statements, sessionClients("logout_notice")...), nil
}

// copyCodes writes a ticket for each code.
func copyCodes(ctx context.Context, db DB) error {
	return eachBatch(ctx, db, "code", func(codes []oldCode) error {
		for i := range codes {
			proof, body, err := codes[i].ticket()
			if err != nil {
				return err
			}
			_, err = db.ExecContext(ctx, `INSERT INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at)
				SELECT id, $2, $3, client_id, subject, session_id, scope, auth_time, openid, '', $4, issued_at, expires_at, used_at FROM code WHERE id = $1`,
				codes[i].id, string(ticketKind), proof, body)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
