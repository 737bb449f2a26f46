package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// addFactors adds an authenticator app and a connected account to a user, without the
// login that this needs.
func addFactors(t *testing.T, folder, username string) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	u, err := store.UserByName(t.Context(), username)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	err = store.ChangeFactors(t.Context(), account.FactorChange{
		User: u, Factors: []account.FactorKind{account.FactorTOTP}, At: now,
		Add: []account.Factor{
			{ID: account.FactorID{1}, UserID: u.ID, Kind: account.FactorTOTP, Body: "sealed-secret", CreatedAt: now},
			{ID: account.FactorID{2}, UserID: u.ID, Kind: account.FactorIdentity, Name: "ada at work", Body: "{}", CreatedAt: now},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOperatorRemovesLostFactors: the factors are listed without secrets, and removed
// after a confirmation. Connected accounts remain, and the person gets an email.
func TestOperatorRemovesLostFactors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config := filepath.Join(folder, "latchkey.yaml")
	if err := os.WriteFile(config, []byte("smtp_host: mail.example\nsmtp_from: id@x.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, errors bytes.Buffer
		args = append(append([]string{"user"}, args...), "--data", folder, "--config", config)
		if status := execute(t.Context(), args, streams{strings.NewReader(""), &out, &errors}); status != want {
			t.Fatalf("%q: exit status %d: %s", args, status, errors.String())
		}
		return out.String(), errors.String()
	}
	list := func() string {
		t.Helper()
		out, _ := run(exitOK, "factors", "list", "ADA", "--json")
		var factors []account.Factor
		if err := json.Unmarshal([]byte(out), &factors); err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, f := range factors {
			kinds = append(kinds, string(f.Kind))
		}
		return strings.Join(kinds, " ")
	}
	run(exitOK, "add", "ada", "--email", "ada@x.example", "--generate")
	if got := list(); got != "" {
		t.Errorf("a new user has %s", got)
	}
	addFactors(t, folder, "ada")
	if out, _ := run(exitOK, "factors", "list", "ada"); !strings.Contains(out, "totp") || !strings.Contains(out, "ada at work") || strings.Contains(out, "sealed-secret") {
		t.Errorf("the list is\n%s", out)
	}
	if _, refused := run(exitFailed, "factors", "reset", "ada"); !strings.Contains(refused, "--yes") || list() != "totp identity" {
		t.Errorf("without --yes: %s; the factors are %s", refused, list())
	}
	if out, _ := run(exitOK, "factors", "reset", "ada", "--yes"); !strings.Contains(out, "Removed the second factors of ada") || list() != "identity" {
		t.Errorf("after the reset: %s; the factors are %s", out, list())
	}
	if out, _ := run(exitOK, "factors", "reset", "ada", "--yes"); !strings.Contains(out, "ada has no second factor") || list() != "identity" {
		t.Errorf("the second reset: %s", out)
	}
	db, err := sql.Open("sqlite", filepath.Join(folder, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var n int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM latchkey_mail WHERE kind = ? AND recipient = 'ada@x.example'`, account.MailFactorsChanged).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d notices wait: %v", n, err)
	}
}
