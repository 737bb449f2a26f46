package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// exportedTables are the tables that can have rows about a person without an account, and the member
// of the export with these rows.
var exportedTables = map[string]string{
	"latchkey_consent": "consents", "latchkey_family": "access", "latchkey_access_token": "access_tokens", "latchkey_ticket": "requests",
	"latchkey_session_client": "sessions", "latchkey_audit": "activity", "latchkey_audit_queue": "activity", "latchkey_subject": "revoked_before",
}

// TestExportOfAPersonWithoutAnAccountCoversEveryTable that contains the subject, has no secrets, and
// nothing about other people.
func TestExportOfAPersonWithoutAnAccountCoversEveryTable(t *testing.T) {
	t.Parallel()
	const subject, other = "person-of-the-program", "somebody-else"
	path := filepath.Join(t.TempDir(), "shop.db")
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, latchkeytest.OwnPeople(), func(o *latchkey.Options) { o.Store = store })
	client, secret := p.AddClient("https://shop.example/cb", nil)
	p.Tokens(client, secret, subject, "openid")
	if err := p.Server.RevokeSubject(t.Context(), subject); err != nil {
		t.Fatal(err)
	}
	tokens := p.Tokens(client, secret, subject, "openid")
	p.Tokens(client, secret, other, "openid")
	status, out := runCommand(t.Context(), "user export --subject "+subject, "--db", path)
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &data); status != exitOK || err != nil {
		t.Fatalf("status %d, %v: %s", status, err, out)
	}
	for _, wrong := range []string{tokens.AccessToken, tokens.RefreshToken, other, "username", "email"} {
		if strings.Contains(out, wrong) {
			t.Errorf("the export contains %q: %s", wrong, out)
		}
	}
	ofServer, err := p.Server.ExportPerson(t.Context(), subject)
	var same map[string]json.RawMessage
	if err != nil || json.Unmarshal(ofServer, &same) != nil || len(same) != len(data) {
		t.Errorf("Server.ExportPerson returns %v: %s", err, ofServer)
	}
	var access, ended []json.RawMessage
	if err := errors.Join(json.Unmarshal(data["access"], &access), json.Unmarshal(data["ended_access"], &ended)); err != nil || len(access) != 1 || len(ended) != 1 {
		t.Errorf("%d permissions are valid, and %d have ended, %v: %s", len(access), len(ended), err, out)
	}
	found := 0
	for table, n := range tablesWith(t, path, subject) {
		member, known := exportedTables[table]
		switch value := string(data[member]); {
		case !known:
			t.Errorf("%d rows of %s contain the subject, and are not exported", n, table)
		case member != "requests" && (value == "" || value == "[]"): // a code that was used is not listed
			t.Errorf("%d rows of %s contain the subject, but %s is %q", n, table, member, value)
		}
		found++
	}
	if found < 6 {
		t.Errorf("only %d tables contain the subject", found)
	}
	if status, out := runCommand(t.Context(), "user export --subject nobody", "--db", path); status != exitOK || !strings.Contains(out, `"consents": []`) || !strings.Contains(out, "Check the spelling") {
		t.Errorf("an unknown subject: status %d: %s", status, out)
	}
	for _, wrong := range []string{"user export", "user export ada --subject x"} {
		if status, out := runCommand(t.Context(), wrong, "--db", path); status != exitUsage {
			t.Errorf("%s: status %d: %s", wrong, status, out)
		}
	}
	if status, out := runCommand(t.Context(), "user export ada", "--db", path); status != exitFailed || !strings.Contains(out, "--subject") {
		t.Errorf("a username: status %d: %s", status, out)
	}
}

// tablesWith returns the tables of a SQLite file that contain a text, with the number of rows.
func tablesWith(t *testing.T, path, text string) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	rows, err := db.QueryContext(t.Context(), `SELECT m.name, group_concat('instr(CAST("' || c.name || '" AS TEXT), $1) > 0', ' OR ') FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	conditions := make(map[string]string)
	for rows.Next() {
		var table, condition string
		if err := rows.Scan(&table, &condition); err != nil {
			t.Fatal(err)
		}
		conditions[table] = condition
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]int)
	for table, condition := range conditions {
		var n int
		if err := db.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT count(*) FROM %q WHERE %s`, table, condition), text).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			found[table] = n
		}
	}
	return found
}
