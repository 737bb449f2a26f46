package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// TestMigratingSaysWhatItRan, and that is what the plan said. The database is
// given in every way there is, and has one name everywhere.
func TestMigratingSaysWhatItRan(t *testing.T) {
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	address, err := cluster.Database()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	database := strings.TrimPrefix(u.Path, "/")
	name := database + " on " + u.Host
	data := t.TempDir()
	say := func(want int, args ...string) string {
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
	same := []string{
		address, strings.Replace(address, "postgres:", "PostgreSQL:", 1),
		"host=" + u.Hostname() + " port=" + u.Port() + " user=latchkey sslmode=disable dbname=" + database,
	}
	if out := say(exitFailed, "user", "list", "--db", same[1]); !strings.Contains(out, "database "+name+": the tables of the database are not up to date") {
		t.Errorf("before migrating: %s", out)
	}
	var planned []string
	for _, db := range same {
		var plan struct {
			Database string
			Pending  []migrations.Step
		}
		if err := json.Unmarshal([]byte(say(exitOK, "migrate", "--plan", "--json", "--db", db)), &plan); err != nil {
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
	type answer struct {
		Database string
		Ran      []string
	}
	for i, want := range [][]string{planned, {}, {}} {
		var a answer
		if err := json.Unmarshal([]byte(say(exitOK, "migrate", "--json", "--db", same[i])), &a); err != nil {
			t.Fatal(err)
		}
		if a.Database != name || a.Ran == nil || !slices.Equal(a.Ran, want) {
			t.Errorf("migrating %s: %+v, want %v", same[i], a, want)
		}
	}

	conn, err := pgx.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	last := planned[len(planned)-1]
	if _, err := conn.Exec(context.Background(), `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	if out := say(exitOK, "migrate", "--plan", "--db", same[2]); !strings.HasPrefix(out, name+": 1 step to run.\n") || strings.Contains(out, "+goose") {
		t.Errorf("the plan of one step: %s", out)
	}
	if out := say(exitOK, "migrate", "--db", same[2]); out != "Ran "+last+".\n"+name+" is up to date.\n" {
		t.Errorf("running one step: %s", out)
	}
	if out := say(exitOK, "migrate", "--db", same[0]); out != name+" is up to date.\n" {
		t.Errorf("running none: %s", out)
	}
	say(exitOK, "migrate") // the file
	if out := say(exitOK, "db", "copy", "--from", "sqlite:", "--to", same[2]); !strings.Contains(out, " to "+name+", and compared.") {
		t.Errorf("a copy: %s", out)
	}

	taken, err := cluster.Database()
	if err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(context.Background(), taken)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(context.Background()) }()
	if _, err := other.Exec(context.Background(), `CREATE TABLE account_email (id bigint)`); err != nil { // the name of an index of the last step
		t.Fatal(err)
	}
	before := "\nBefore that it ran " + strings.Join(planned[:len(planned)-1], ", ") + ", which stay.\n"
	if out := say(exitFailed, "migrate", "--db", taken); !strings.Contains(out, "step "+last+" failed: ") || !strings.HasSuffix(out, before) {
		t.Errorf("migrating where a name is taken: %s", out)
	}
}

func TestAPlanIsForPeopleToRead(t *testing.T) {
	var out bytes.Buffer
	showPlan(&out, "latchkey on db:5432", []migrations.Step{{
		Name: "00009_more", Locks: "none", Takes: 2160, SQL: "CREATE\n\nTABLE;",
		Reads: []migrations.Table{{Name: "code", Rows: 1}, {Name: "family", Rows: 2}, {Name: "lease"}},
	}})
	const want = `latchkey on db:5432: 1 step to run.

STEP	TAKES	HOLDS ITS LOCKS
00009_more	about 2.2s	not at all

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
