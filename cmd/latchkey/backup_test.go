package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestRevokeAllRevokesTokensThatARestoreRevived: a token that was revoked after the
// backup is valid again after the restore, until everything is revoked.
func TestRevokeAllRevokesTokensThatARestoreRevived(t *testing.T) {
	t.Parallel()
	data, backup, addr := t.TempDir(), filepath.Join(t.TempDir(), "backup.db"), needs.Address(t)
	s := serve(t, data, "--addr", addr)
	app := runJSON(t, data, "app", "add", "--name", "X", "--grant", "client_credentials")
	with := func(values url.Values) url.Values {
		values.Set("client_id", app["client_id"].(string))
		values.Set("client_secret", app["client_secret"].(string))
		return values
	}
	issue := func() string {
		t.Helper()
		status, answer, err := post(s.issuer+"/token", with(url.Values{"grant_type": {"client_credentials"}}))
		if err != nil || status != 200 {
			t.Fatal(status, answer, err)
		}
		return answer["access_token"].(string)
	}
	active := func(token string) any {
		t.Helper()
		status, answer, err := post(s.issuer+"/introspect", with(url.Values{"token": {token}}))
		if err != nil || status != 200 {
			t.Fatal(status, answer, err)
		}
		return answer["active"]
	}
	token := issue()
	runJSON(t, data, "db", "backup", backup) // while the server runs
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v %v", info, err)
	}
	if out, err := exec.Command(program(t), "db", "backup", backup, "--data", data).CombinedOutput(); err == nil || !strings.Contains(string(out), "Choose a new name") {
		t.Errorf("a backup over a file that exists: %v %s", err, out)
	}
	if status, answer, err := post(s.issuer+"/revoke_token", with(url.Values{"token": {token}})); err != nil || status != 200 {
		t.Fatal(status, answer, err)
	}
	if active(token) != false {
		t.Fatal("the token was not revoked")
	}
	s.stop(t)
	restore(t, data, backup)
	s = serve(t, data, "--addr", addr)
	if active(token) != true {
		t.Error("the restored database does not have the token; the documentation says that it has")
	}
	runJSON(t, data, "token", "revoke", "--all", "--yes", "--before", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
	if active(token) != true {
		t.Error("a token that was issued later than --before was revoked")
	}
	runJSON(t, data, "token", "revoke", "--all", "--yes")
	until(t, func() bool { return active(token) == false })
	if next := issue(); active(next) != true {
		t.Error("a token that was issued afterwards is not valid")
	}
	for _, args := range [][]string{{"--all", "--app", "x"}, {"--before", "2026-01-01T00:00:00Z"}, {"--all", "--before", "soon"}, {"--all", "--before", "2999-01-01T00:00:00Z"}} {
		cmd := exec.Command(program(t), append([]string{"token", "revoke", "--data", data}, args...)...)
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != exitUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// restore replaces the database of a stopped server with a backup.
func restore(t *testing.T, data, backup string) {
	t.Helper()
	for _, name := range []string{"latchkey.db", "latchkey.db-wal", "latchkey.db-shm"} {
		_ = os.Remove(filepath.Join(data, name))
	}
	restored, err := os.ReadFile(backup)
	if err == nil {
		err = os.WriteFile(filepath.Join(data, "latchkey.db"), restored, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestClientThatRefreshedAfterTheBackupLogsInAgain: a client that refreshed twice
// after the backup gets an error that names the cause, and the log mentions no reuse.
func TestClientThatRefreshedAfterTheBackupLogsInAgain(t *testing.T) {
	t.Parallel()
	data, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	app := runJSON(t, data, "app", "add", "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh", "--scope", "openid")
	user := runJSON(t, data, "user", "add", "ada", "--generate")
	consent(t, filepath.Join(data, "latchkey.db"), app["client_id"].(string))
	s := serve(t, data, "--addr", fixedAddress(t))
	h := &relyingParty{client: url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}}
	h.browser = logIn(t, s.issuer, user["password"].(string))
	h.code = openIDCode(h.browser, s.issuer, h.client)
	h.exchange(t, s.issuer)
	runJSON(t, data, "db", "backup", backup)
	refresh := func() (int, map[string]any) {
		return h.send(t, s.issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {h.tokens["refresh_token"].(string)}})
	}
	for range 2 {
		status, tokens := refresh()
		if status != 200 {
			t.Fatal(status, tokens)
		}
		h.tokens = tokens
	}
	s.stop(t)
	restore(t, data, backup)
	s = serve(t, data, "--addr", strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o"))
	status, answer := refresh()
	description, _ := answer["error_description"].(string)
	if status != 400 || answer["error"] != "invalid_grant" || !strings.Contains(description, "restored from a backup") {
		t.Errorf("got %d %v", status, answer)
	}
	log, err := os.ReadFile(s.log)
	if err != nil || strings.Contains(string(log), "reuse") {
		t.Errorf("%v, the log says: %s", err, log)
	}
	h.code = openIDCode(h.browser, s.issuer, h.client)
	h.exchange(t, s.issuer)
	if status, answer := refresh(); status != 200 {
		t.Errorf("after the new login: %d %v", status, answer)
	}
}
