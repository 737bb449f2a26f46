package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// hostile is a text that sets the title of a terminal, clears it, and reverses the order.
const hostile = "\x1b]0;owned\x07\x1b[2J\u009b2J\u202e\u200fx\n2026 forged"

// quoted is hostile in JSON.
const quoted = `"\u001b]0;owned\u0007\u001b[2J\u009b2J\u202e\u200fx\n2026 forged"`

func hasControls(output string) bool {
	return strings.ContainsFunc(output, func(r rune) bool { return r != '\n' && controls(r) }) || strings.Contains(output, "\n2026 forged")
}

// listings are the arguments of all commands that list or show something.
var listings = map[string]string{
	"app list": "", "app show": "evil", "audit list": "", "consent list": "", "group list": "", "invitation list": "", "key list": "", "key show": "none",
	"login-provider list": "", "login-provider show": "evil", "registration token list": "", "session list": "", "user list": "", "user show": "evil", "user factors list": "evil",
}

// TestListsWriteNoTerminalSequences: neither of a database nor of a server, as text and as JSON. A
// new command needs an entry in listings.
func TestListsWriteNoTerminalSequences(t *testing.T) {
	db := hostileDatabase(t)
	server := hostileServer(t)
	t.Setenv("LATCHKEY_TOKEN", "token")
	a := administered{db: db, t: t}
	var visit func(*cobra.Command, []string)
	visit = func(cmd *cobra.Command, path []string) {
		for _, sub := range cmd.Commands() {
			visit(sub, append(path[:len(path):len(path)], sub.Name()))
		}
		if name := cmd.Name(); name != "list" && name != "show" {
			return
		}
		argument, known := listings[strings.Join(path, " ")]
		if !known {
			t.Errorf("%s is not in listings", path)
		}
		runs := [][]string{{"--db", db}}
		if cmd.Flags().Lookup(serverFlag) != nil {
			runs = append(runs, []string{"--server", server})
		}
		for _, where := range runs {
			for _, flags := range [][]string{nil, {"--json"}} {
				args := append(append(append(path[:len(path):len(path)], strings.Fields(argument)...), where...), flags...)
				status, stdout, stderr := a.run(args...)
				if hasControls(stdout+stderr) || (status == exitOK) == (argument == "none") {
					t.Errorf("%s: %q", args, stdout+stderr)
				}
				if flags != nil && stdout != "" && !json.Valid([]byte(stdout)) {
					t.Errorf("%s: not JSON: %q", args, stdout)
				}
			}
		}
	}
	visit(rootCommand(&command{config: newConfig()}), nil)
	for _, command := range []string{"app list --deleted --server " + server, "app enable evil --server " + server, "app disable evil --db " + db, "user disable evil --server " + server, "app rotate-secret evil --server " + server, "user export evil --server " + server} {
		if _, stdout, stderr := a.run(strings.Fields(command)...); hasControls(stdout + stderr) {
			t.Errorf("%s: %q", command, stdout+stderr)
		}
	}
}

// hostileDatabase returns a database whose texts are hostile.
func hostileDatabase(t *testing.T) string {
	db := filepath.Join(t.TempDir(), "latchkey.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, err := range []error{
		store.CreateClient(t.Context(), &oauth.Client{ID: "evil", Name: hostile, Type: oauth.Public, RedirectURIs: []string{"https://evil.example/" + hostile}, OwnerID: hostile, CreatedAt: now}),
		store.CreateUser(t.Context(), &account.User{ID: "id", Username: "evil", Name: hostile, Email: hostile, CreatedAt: now}, "evil", account.Unconditionally),
		store.CreateUser(t.Context(), &account.User{ID: "id2", Username: hostile, CreatedAt: now}, hostile, account.Unconditionally),
		store.CreateGroup(t.Context(), &account.Group{ID: "g", Name: hostile, Description: hostile, CreatedAt: now}, hostile, nil),
		store.AddLoginProvider(t.Context(), account.StoredProvider{Name: "evil", Settings: json.RawMessage(`{"issuer":"https://evil.example","client_id":"c","title":` + quoted + `}`), CreatedAt: now}),
		store.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// hostileServer returns the URL of a server that is not one of Latchkey.
func hostileServer(t *testing.T) string {
	rows := map[string]string{
		"people":       `{"id":"u","username":"evil","name":Q,"email":Q,"roles":[Q],"second_factors":[Q]}`,
		"sessions":     `{"id":Q,"methods":[Q],"address":Q,"username":Q,"user_agent":Q}`,
		"consents":     `{"client_id":Q,"scope":Q,"username":Q,"client_name":Q}`,
		"applications": `{"client_id":Q,"client_name":Q,"client_type":Q,"grant_types":[Q]}`, "deleted-applications": `{"client_id":Q,"client_name":Q}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		kind := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		text := `{"client_id":Q,"client_name":Q,"client_type":"confidential","client_secret":Q,"redirect_uris":[Q],"owner_id":Q,"username":Q,"id":Q}`
		switch {
		case kind == "openapi.json":
			text = `{"components":{"securitySchemes":{"oauth2":{"flows":{"clientCredentials":{"tokenUrl":` + strings.TrimSuffix(quoted, `"`) + `/token/"}}}}}}`
		case rows[kind] != "":
			text = `{"data":[` + rows[kind] + `]}`
		case r.Method != http.MethodGet && kind != "secret" && kind != "export":
			w.WriteHeader(http.StatusConflict)
			text = `{"detail":Q,"error_id":Q,"errors":[{"field":Q,"message":Q}]}`
		}
		_, _ = io.WriteString(w, strings.ReplaceAll(text, "Q", quoted))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestStatusLineDoesNotControlTheTerminal: it is not of the admin API.
func TestStatusLineDoesNotControlTheTerminal(t *testing.T) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "HTTP/1.1 500 \x1b[2J\x1b]0;owned\x07\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}()
	t.Setenv("LATCHKEY_TOKEN", "token")
	status, stdout, stderr := administered{t: t}.run("app", "list", "--server", "http://"+listener.Addr().String())
	if status != exitFailed || hasControls(stdout+stderr) || !strings.Contains(stderr, "500") {
		t.Errorf("%d %q", status, stdout+stderr)
	}
}

// TestMistakesOfAFileDoNotControlTheTerminal: anybody can have written a file. They contain no
// private key either.
func TestMistakesOfAFileDoNotControlTheTerminal(t *testing.T) {
	db := hostileDatabase(t)
	file := filepath.Join(t.TempDir(), "f.yaml")
	for _, text := range []string{
		"applications:\n- client_id: a\n  client_type: public\n  jwks: {keys: [{kty: EC, crv: P-256, d: hush}]}\n  client_name: A\n  redirect_uris: ['https://a.example/']",
		"applications:\n- client_id: a\n  Q: 1", "Q: 1", "login_providers:\n- name: a\n  Q: 1", "applications:\n- client_id: Q\n- client_id: Q",
		"people:\n- username: Q\n  roles: []", "people:\n- username: evil\n  roles: [Q]", "people:\n- id: Q\n  username: evil\n  roles: []", "applications:\n- client_id: a\n  secret_env: Q",
		"applications:\n- client_id: a\n  client_type: Q", "Q: Q: Q",
	} {
		write(t, file, strings.ReplaceAll(text, "Q", quoted))
		status, stdout, stderr := administered{t: t}.run("diff", "-f", file, "--db", db)
		if status != exitFailed || hasControls(stdout+stderr) || strings.Contains(stdout+stderr, "hush") {
			t.Errorf("%q: %d %q", text, status, stdout+stderr)
		}
	}
	write(t, file, strings.ReplaceAll("applications: [{client_id: new, client_name: Q, client_type: public, redirect_uris: ['https://a.example/']}]\npeople: [{username: evil, roles: [auditor]}]", "Q", `"\e[2J"`))
	if _, stdout, stderr := (administered{t: t}).run("diff", "-f", file, "--db", db, "--prune"); hasControls(stdout + stderr) {
		t.Errorf("%q", stdout+stderr)
	}
}
