package copy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// TestDatabaseThatAServerUsesIsNotCopied: rows that the server writes after the comparison would be
// missing from the copy, and nobody would notice.
func TestDatabaseThatAServerUsesIsNotCopied(t *testing.T) {
	minute := time.Minute.Milliseconds()
	for name, test := range map[string]struct {
		row      string
		until    int64
		inTarget bool
		refused  bool
	}{
		"a server of the source":              {row: "issuer of server 1", until: minute, refused: true},
		"a server without background work":    {row: "issuer of idle server 1", until: minute, refused: true},
		"a server of the target":              {row: "issuer of server 1", until: minute, inTarget: true, refused: true},
		"a server that crashed":               {row: "issuer of server 1", until: -minute},
		"the issuer of a server that stopped": {row: "issuer", until: -time.Now().UnixMilli()},
		"another lease":                       {row: "sweep", until: minute},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := testdb.SQLite(t), testdb.SQLite(t)
			db := from
			if test.inTarget {
				db = to
			}
			lease := copy.Statement{SQL: `INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, 'https://id.example', $2)`, Args: []any{test.row, time.Now().UnixMilli() + test.until}}
			if err := db.Write(t.Context(), []copy.Statement{lease}, "", nil, nil); err != nil {
				t.Fatal(err)
			}
			_, _, err := copy.Run(t.Context(), from, to, copy.Options{})
			if (err != nil) != test.refused {
				t.Fatal(err)
			}
			if err != nil && !strings.Contains(err.Error(), "a server with the issuer https://id.example uses this database now") {
				t.Error(err)
			}
		})
	}
}

// TestTargetWithDataOrAServerIsRefusedBeforeItIsMigrated: the tables of an older release, or those
// of an interrupted migration, are not all there.
func TestTargetWithDataOrAServerIsRefusedBeforeItIsMigrated(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			db := engine(t)
			for _, step := range []struct{ statement, refusal string }{
				{`DROP TABLE latchkey_picture`, ""},
				{`INSERT INTO latchkey_lease (name, holder, until) VALUES ('issuer of server 1', 'https://id.example', 9000000000000)`, "uses this database now"},
				{`DELETE FROM latchkey_lease`, ""},
				{`INSERT INTO latchkey_attempt VALUES ('x', 1, 1, 1)`, "is not empty"},
				{`INSERT INTO latchkey_lease (name, holder, until) VALUES ('copy', 'old', 0)`, ""}, // continues
				{`DROP TABLE latchkey_lease`, "is not empty"},
			} {
				if err := db.Exec(step.statement); err != nil {
					t.Fatal(err)
				}
				err := copy.CheckTarget(t.Context(), db)
				if (err != nil) != (step.refusal != "") || err != nil && !strings.Contains(err.Error(), step.refusal) {
					t.Errorf("after %s: %v", step.statement, err)
				}
			}
		})
	}
}

// TestTablesOfTheHostProgramAreNamed: the copy does not contain them.
func TestTablesOfTheHostProgramAreNamed(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			db := engine(t)
			if others, err := db.OtherTables(t.Context()); err != nil || len(others) != 0 {
				t.Errorf("a database of Latchkey alone has %v, %v", others, err)
			}
			statements, want := []string{`CREATE TABLE person (id INTEGER)`, `CREATE TABLE latchkeys (id INTEGER)`}, "latchkeys, person"
			if name == "PostgreSQL" {
				statements, want = append(statements, `CREATE SCHEMA shop`, `CREATE TABLE shop.orders (id INTEGER)`), want+", shop.orders"
			}
			for _, statement := range statements {
				if err := db.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			if others, err := db.OtherTables(t.Context()); err != nil || strings.Join(others, ", ") != want {
				t.Errorf("the tables of the program are %v, %v; want %s", others, err, want)
			}
		})
	}
}
