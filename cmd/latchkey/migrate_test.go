package main

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/convert"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// TestMigrateReportsTheStepsThatItRan also checks that the plan shows the same
// steps, and that the output has the same name for a database in whatever form it
// is given.
func TestMigrateReportsTheStepsThatItRan(t *testing.T) {
	t.Parallel()
	address := sharedPostgres.DatabaseFor(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	database := strings.TrimPrefix(u.Path, "/")
	name := database + " on " + u.Host
	data := t.TempDir()
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.Command(program(t), append(args, "--data", data)...)
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%v: status %d: %s", args, got, &out)
		}
		return out.String()
	}
	forms := []string{
		address, strings.Replace(address, "postgres:", "PostgreSQL:", 1),
		"host=" + u.Hostname() + " port=" + u.Port() + " user=latchkey sslmode=disable dbname=" + database,
	}
	if out := run(exitFailed, "user", "list", "--db", forms[1]); !strings.Contains(out, "database "+name+": the tables of the database are not up to date") {
		t.Errorf("before the migration: %s", out)
	}
	var planned []string
	for _, db := range forms {
		var plan struct {
			Database string
			Pending  []migrations.Step
		}
		if err := json.Unmarshal([]byte(run(exitOK, "migrate", "--plan", "--json", "--db", db)), &plan); err != nil {
			t.Fatal(err)
		}
		planned = nil
		for _, step := range plan.Pending {
			planned = append(planned, step.Name)
		}
		if plan.Database != name || len(planned) == 0 {
			t.Errorf("the plan of %s: %s %v", db, plan.Database, planned)
		}
	}
	type output struct {
		Database string
		Ran      []string
	}
	for i, want := range [][]string{planned, {}, {}} {
		var a output
		if err := json.Unmarshal([]byte(run(exitOK, "migrate", "--json", "--db", forms[i])), &a); err != nil {
			t.Fatal(err)
		}
		if a.Database != name || a.Ran == nil || !slices.Equal(a.Ran, want) {
			t.Errorf("migrating %s: %+v, want %v", forms[i], a, want)
		}
	}

	if out := run(exitOK, "migrate", "--db", forms[0]); out != name+" is up to date.\n" {
		t.Errorf("nothing to migrate: %s", out)
	}
	run(exitOK, "migrate", "--create") // the SQLite database
	if out := run(exitOK, "db", "copy", "--from", "sqlite:", "--to", forms[2]); !strings.Contains(out, " to "+name+", and compared them.") {
		t.Errorf("copy: %s", out)
	}

	taken := databaseWith(t, `CREATE TABLE latchkey_lease (id bigint)`)
	if out := run(exitFailed, "migrate", "--db", taken); !strings.Contains(out, "step "+planned[0]+" failed: ") {
		t.Errorf("migrating a database with a table of the same name: %s", out)
	}
	dump, err := os.ReadFile("../../sqlstore/testdata/before-0.1.0/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	old := databaseWith(t, string(dump))
	if out := run(exitFailed, "user", "list", "--db", old); !strings.Contains(out, "Stop all servers, run latchkey migrate") {
		t.Errorf("before the conversion: %s", out)
	}
	// The conversion is instead of the first step.
	if out := run(exitOK, "migrate", "--plan", "--db", old); !strings.Contains(out, fmt.Sprintf(": %d steps to run.\n", len(planned))) || !strings.Contains(out, "Stop all servers first") || strings.Contains(out, "+goose") {
		t.Errorf("plan of the conversion: %s", out)
	}
	if out := run(exitOK, "migrate", "--db", old); !strings.HasPrefix(out, "Ran "+convert.StepName) || !strings.HasSuffix(out, " is up to date.\n") {
		t.Errorf("conversion: %s", out)
	}
	if out := run(exitOK, "user", "list", "--db", old); !strings.Contains(out, "Ada") {
		t.Errorf("after the conversion: %s", out)
	}
}

// databaseWith returns a new database after running statements in it.
func databaseWith(t *testing.T, statements string) (url string) {
	t.Helper()
	url = sharedPostgres.DatabaseFor(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), statements)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return url
}

func TestMigrationPlanIsReadable(t *testing.T) {
	var out bytes.Buffer
	showPlan(&out, "latchkey on db:5432", []migrations.Step{{
		Name: "00009_more", Locks: "none", Takes: 2160, SQL: "CREATE\n\nTABLE;",
		Reads: []migrations.Table{{Name: "code", Rows: 1}, {Name: "family", Rows: 2}, {Name: "lease"}},
	}}, sqlstore.TablesVersion{})
	const want = `latchkey on db:5432: 1 step to run.

STEP	DURATION	LOCKED FOR
00009_more	about 2.2s	none

00009_more
  Locks: none.
  Reads: 1 row of code, 2 rows of family.

    CREATE

    TABLE;
`
	if out.String() != want {
		t.Errorf("%s", &out)
	}
}

// TestTablesOfANewerReleaseAreReported by migrate, check and serve. A server works
// with them. A copy is rejected, because it would omit what is new.
func TestTablesOfANewerReleaseAreReported(t *testing.T) {
	t.Parallel()
	_, onPostgres := startPostgres(t, "fsync=on")
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		data, db, name := t.TempDir(), "sqlite:", ""
		if engine == "PostgreSQL" {
			db = onPostgres
		}
		write(t, filepath.Join(data, "master.key"), base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcde\x00")))
		run := func(want int, args ...string) string {
			t.Helper()
			out, _ := exec.Command(program(t), append(args, "--data", data)...).CombinedOutput()
			if want == exitOK && strings.Contains(string(out), "latchkey: ") || want != exitOK && !strings.Contains(string(out), "latchkey: ") {
				t.Errorf("%s: %v: %s", engine, args, out)
			}
			return string(out)
		}
		name, _, _ = strings.Cut(strings.TrimSpace(run(exitOK, "migrate", "--plan", "--create", "--db", db)), ": ")
		run(exitOK, "migrate", "--create", "--db", db)
		const newer = `INSERT INTO latchkey_goose_version (version_id, is_applied) VALUES (99, TRUE)`
		if engine == "PostgreSQL" {
			conn, err := pgx.Connect(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.Exec(t.Context(), newer)
			if err := errors.Join(err, conn.Close(t.Context())); err != nil {
				t.Fatal(err)
			}
		} else {
			file, err := sql.Open("sqlite", filepath.Join(data, "latchkey.db"))
			if err == nil {
				_, err = file.ExecContext(t.Context(), newer)
			}
			if err := errors.Join(err, file.Close()); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"migrate"}, {"migrate", "--plan"}} {
			if out := run(exitOK, append(args, "--db", db)...); !strings.Contains(out, name+": the tables belong to a newer release: they have version 99, and this release knows") || strings.Contains(out, "up to date") {
				t.Errorf("%s: %v: %s", engine, args, out)
			}
			if out := run(exitOK, append(args, "--json", "--db", db)...); !strings.Contains(out, `"version": 99`) || !strings.Contains(out, `"known_version": `) {
				t.Errorf("%s: %v: %s", engine, args, out)
			}
		}
		s := serve(t, data, "--addr", "localhost:0", "--db", db)
		if lines := s.logged(t, "INFO"); !anyContains(lines, "belong to a newer release", `"version":99`) {
			t.Errorf("%s: logged at the start: %v", engine, lines)
		}
		s.stop(t)
		if found, status := runCheck(t, data, "--db", db); status != exitOK || !strings.Contains(found["LK016"].Text, "version 99") {
			t.Errorf("%s: check: %d %v", engine, status, found)
		}
		for _, move := range [][2]string{{db, "sqlite:" + t.TempDir() + "/new.db"}, {"sqlite:" + t.TempDir() + "/old.db", db}} {
			run(exitOK, "migrate", "--create", "--db", move[0])
			if out := run(exitFailed, "db", "copy", "--from", move[0], "--to", move[1]); !strings.Contains(out, "database "+name+": its tables have version 99") || !strings.Contains(out, "Copy with the latchkey of the newer release") {
				t.Errorf("%s: copy: %s", engine, out)
			}
		}
	}
}
