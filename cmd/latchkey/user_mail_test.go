package main

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestCommandsQueueNoticesOfWhatTheyChange: emails wait in the database until a
// server sends them.
func TestCommandsQueueNoticesOfWhatTheyChange(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, args := range [][]string{
		{"add", "ada", "--email", "ada@x.example", "--generate"},
		{"passwd", "ada", "--generate"},
		{"edit", "ada", "--email", "new@x.example"},
	} {
		command := exec.Command(program(t), append([]string{"user", "--data", data}, args...)...)
		command.Env = append(os.Environ(), "LATCHKEY_SMTP_HOST=mail.example", "LATCHKEY_SMTP_FROM=id@x.example")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v %s", args, err, out)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, kind := range []string{"password changed", "address changed"} {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM latchkey_mail WHERE kind = ? AND recipient = 'ada@x.example'`, kind).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d notices %q wait: %v", n, kind, err)
		}
	}
}
