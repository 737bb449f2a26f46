package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// relyingParty is a client with a code, tokens, and a browser in which ada is logged
// in. kid is the key that signs its ID tokens.
type relyingParty struct {
	client  url.Values
	browser *http.Client
	code    string
	tokens  map[string]any
	kid     string
}

// send sends a form with the credentials of the client.
func (h *relyingParty) send(t *testing.T, address string, more url.Values) (int, map[string]any) {
	t.Helper()
	form := url.Values{}
	for _, values := range []url.Values{h.client, more} {
		for name, value := range values {
			form[name] = value
		}
	}
	status, answer, err := post(address, form)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func (h *relyingParty) exchange(t *testing.T, issuer string) {
	t.Helper()
	status, tokens := h.send(t, issuer+"/token", url.Values{"grant_type": {"authorization_code"}, "code": {h.code}, "code_verifier": {verifier}})
	if status != 200 {
		t.Fatalf("the code: %d %v", status, tokens)
	}
	h.tokens = tokens
}

// kidOf returns the ID of the key that signed a JWT.
func kidOf(t *testing.T, token any) string {
	t.Helper()
	var header struct{ Kid string }
	text, _, _ := strings.Cut(token.(string), ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &header)
	}
	if err != nil || header.Kid == "" {
		t.Fatalf("the header of %s: %v", token, err)
	}
	return header.Kid
}

// useEverything uses the tokens, the code and the session, and gets new ones.
func (h *relyingParty) useEverything(t *testing.T, issuer string) {
	t.Helper()
	if _, found := h.send(t, issuer+"/introspect", url.Values{"token": {h.tokens["access_token"].(string)}}); found["active"] != true {
		t.Errorf("the access token: %v", found)
	}
	status, refreshed := h.send(t, issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {h.tokens["refresh_token"].(string)}})
	if status != 200 {
		t.Errorf("the refresh token: %d %v", status, refreshed)
	}
	h.exchange(t, issuer)
	if kid := kidOf(t, h.tokens["id_token"]); kid != h.kid {
		t.Errorf("signed with %s, not with %s", kid, h.kid)
	}
	// With the session and the consent, the person is not asked.
	if h.code = openIDCode(h.browser, issuer, h.client); h.code == "" {
		t.Error("the session or the consent is lost")
	}
}

// openIDCode requests a code with the scope openid. It returns "" if that fails.
func openIDCode(browser *http.Client, issuer string, client url.Values) string {
	response, err := browser.Get(issuer + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": client["client_id"], "scope": {"openid"}, "prompt": {"none"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		return ""
	}
	_ = response.Body.Close()
	location, err := response.Location()
	if err != nil {
		return ""
	}
	return location.Query().Get("code")
}

// TestDatabaseCanBeCopiedToPostgreSQLAndBack runs the real program. One copy is
// killed and resumed. Codes, tokens, sessions and keys stay valid in every copy.
func TestDatabaseCanBeCopiedToPostgreSQLAndBack(t *testing.T) {
	t.Parallel()
	db := sharedPostgres.DatabaseFor(t)
	data := t.TempDir()
	app := runJSON(t, data, "app", "add", "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh", "--scope", "openid")
	user := runJSON(t, data, "user", "add", "ada", "--generate")
	first := filepath.Join(data, "latchkey.db")
	consent(t, first, app["client_id"].(string))
	h := &relyingParty{client: url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}}
	s := serve(t, data, "--addr", fixedAddress(t), "--code-ttl", "10m")
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	h.browser = logIn(t, s.issuer, user["password"].(string))
	h.code = openIDCode(h.browser, s.issuer, h.client)
	h.exchange(t, s.issuer)
	h.kid = kidOf(t, h.tokens["id_token"])
	h.code = openIDCode(h.browser, s.issuer, h.client)
	stop := func() {
		t.Helper()
		if err := s.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := s.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	stop()

	killedCopy(t, data, first, db, addTokens(t, first))
	if out, err := exec.Command(program(t), "serve", "--data", data, "--db", db, "--addr", address).CombinedOutput(); err == nil || !strings.Contains(string(out), "has not been completed") {
		t.Errorf("a server on an incomplete copy: %v %s", err, out)
	}
	answer := runJSON(t, data, "db", "copy", "--from", "sqlite:"+first, "--to", db)
	if answer["equal"] != true || answer["resumed"] != true || answer["rows"].(float64) < 25_000 || !strings.Contains(answer["master_key"].(string), filepath.Join(data, "master.key")) {
		t.Errorf("output of the copy: %v", answer)
	}
	s = serve(t, data, "--addr", address, "--db", db, "--code-ttl", "10m")
	h.useEverything(t, s.issuer)
	stop()

	home := t.TempDir()
	last := filepath.Join(home, "latchkey.db")
	back := runJSON(t, data, "db", "copy", "--from", db, "--to", last)
	if back["equal"] != true || back["resumed"] != false || back["rows"].(float64) <= answer["rows"].(float64) {
		t.Errorf("output of the copy back: %v", back)
	}
	if out, err := exec.Command(program(t), "serve", "--data", home, "--addr", address).CombinedOutput(); err == nil || !strings.Contains(string(out), "master key") {
		t.Errorf("a server without the master key: %v %s", err, out)
	}
	key, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "master.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s = serve(t, home, "--addr", address, "--code-ttl", "10m")
	h.useEverything(t, s.issuer)

	out, err := exec.Command(program(t), "db", "copy", "--data", data, "--from", last, "--to", db).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "a server with the issuer "+s.issuer+" uses this database now") {
		t.Errorf("a copy of a database in use: %v %s", err, out)
	}
	// A refused copy leaves no empty database on which a server could start.
	unused := filepath.Join(t.TempDir(), "new", "latchkey.db")
	if out, err := exec.Command(program(t), "db", "copy", "--data", data, "--from", last, "--to", unused).CombinedOutput(); err == nil {
		t.Errorf("a copy of a database in use to a new one: %s", out)
	}
	if _, err := os.Stat(filepath.Dir(unused)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the refused copy has created the target: %v", err)
	}
	stop()
	if again := runJSON(t, data, "db", "copy", "--from", last, "--to", unused); again["equal"] != true || again["resumed"] != false {
		t.Errorf("output of the copy after the server has stopped: %v", again)
	}
	out, err = exec.Command(program(t), "db", "copy", "--data", data, "--from", last, "--to", db).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is not empty") {
		t.Errorf("a copy into a database with data: %v %s", err, out)
	}
}

// consent stores the consent of every person to the scope openid.
func consent(t *testing.T, path, client string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`INSERT INTO latchkey_consent (subject, client_id, scope, granted_at, updated_at) SELECT id, $1, 'openid', 1, 1 FROM latchkey_account`, client); err != nil {
		t.Fatal(err)
	}
}

// addTokens adds many access tokens to a database file, and returns the id of one
// that comes after 15,000 others.
func addTokens(t *testing.T, path string) (later []byte) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 25000)
		INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
		SELECT CAST(unhex(printf('%012x', $1)) || randomblob(10) AS BLOB), randomblob(32), 'c', '', x'', 'read', $1, $1 + 3600000 FROM i`, time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`SELECT id FROM latchkey_access_token ORDER BY id LIMIT 1 OFFSET 15000`).Scan(&later); err != nil {
		t.Fatal(err)
	}
	return later
}

// killedCopy kills a copy that has copied half of the access tokens. A transaction
// of the test has inserted the token with the id held, so the copy waits there.
func killedCopy(t *testing.T, data, from, to string, held []byte) {
	t.Helper()
	runJSON(t, data, "migrate", "--db", to)
	ctx := context.Background()
	holder, err := pgx.Connect(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close(ctx) }() // rolls back
	if _, err := holder.Exec(ctx, `BEGIN`); err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(ctx, `INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) VALUES ($1, '', '', '', '', '', 0, 0)`, held); err != nil {
		t.Fatal(err)
	}
	watch, err := pgx.Connect(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watch.Close(ctx) }()
	cmd := exec.Command(program(t), "db", "copy", "--data", data, "--from", from, "--to", to)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := giveUp(t)
	for copied := int64(0); copied == 0; {
		if err := watch.QueryRow(ctx, `SELECT coalesce(max(until), 0) FROM latchkey_lease WHERE name = 'copy latchkey_access_token'`).Scan(&copied); err != nil || time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			t.Fatal("the copy does not reach the access tokens", err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}
