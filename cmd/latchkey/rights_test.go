package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestCheckReportsAMissingPrivilege with the statement that grants it.
func TestCheckReportsAMissingPrivilege(t *testing.T) {
	t.Parallel()
	address := sharedPostgres.DatabaseFor(t)
	run := func(args ...string) (status int, out string) {
		cmd := exec.Command(program(t), append(args, "--data", t.TempDir())...)
		var all bytes.Buffer
		cmd.Stdout, cmd.Stderr = &all, &all
		_ = cmd.Run()
		return cmd.ProcessState.ExitCode(), all.String()
	}
	if status, out := run("migrate", "--db", address); status != exitOK {
		t.Fatal(out)
	}
	conn, err := pgx.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), `CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app`); err != nil {
		t.Fatal(err)
	}
	app := strings.Replace(address, "latchkey@", "app@", 1)
	if status, out := run("check", "--db", app); status != exitFailed || !strings.Contains(out, "LK030") || !strings.Contains(out, "GRANT latchkey TO app.") {
		t.Errorf("status %d: %s", status, out)
	}
	if _, err := conn.Exec(context.Background(), `GRANT latchkey TO app`); err != nil {
		t.Fatal(err)
	}
	if status, out := run("check", "--db", app); status != exitOK || strings.Contains(out, "LK030") {
		t.Errorf("status %d: %s", status, out)
	}
}
