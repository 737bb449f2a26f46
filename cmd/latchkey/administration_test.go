package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// administered is a running server with a database, on which commands work in both ways.
type administered struct {
	*latchkeytest.Provider
	db string
	t  *testing.T
}

func administer(t *testing.T) administered {
	t.Helper()
	db := filepath.Join(t.TempDir(), "latchkey.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	key := strings.Repeat("k", 43) + "="
	t.Setenv("LATCHKEY_MASTER_KEY", key)
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store, o.MasterKey = store, []byte(key) })
	// The clock of the provider can be some milliseconds ahead (mock.Clock), and a command uses the
	// time of the system. So the token of root is a minute old.
	p.SetSkew(-time.Minute)
	defer p.SetSkew(0)
	root := p.AddUser("root", true)
	token := oauth.NewToken(oauth.KindPersonal, p.Now()).String()
	if _, err := p.Accounts.AddPersonalToken(t.Context(), root.ID, token, "command line", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LATCHKEY_TOKEN", token)
	t.Setenv("LATCHKEY_ISSUER", p.Issuer)
	return administered{p, db, t}
}

// run runs a command and returns its output.
func (a administered) run(args ...string) (status int, stdout, stderr string) {
	a.t.Helper()
	var out, errs bytes.Buffer
	status = execute(a.t.Context(), args, streams{strings.NewReader("a long password of a person"), &out, &errs})
	return status, out.String(), errs.String()
}

// both runs a command twice, with --server and with --db, and compares the output. The two runs use
// different objects: X in the arguments is replaced by their names.
func (a administered) both(text string) {
	a.t.Helper()
	var outputs [2]string
	for i, where := range [][]string{{"--server", a.URL}, {"--db", a.db}} {
		replace := strings.NewReplacer("X", []string{"one", "two"}[i], "REGISTERED", registered[i])
		args := append(strings.Fields(replace.Replace(text)), where...)
		status, stdout, stderr := a.run(args...)
		if status != exitOK {
			a.t.Errorf("latchkey %s: status %d: %s", strings.Join(args, " "), status, stderr)
		}
		outputs[i] = alike(stdout)
	}
	if outputs[0] != outputs[1] {
		a.t.Errorf("latchkey %s prints different texts. At the server:\n%s\nIn the database:\n%s", text, outputs[0], outputs[1])
	}
}

// registered are the client IDs of two applications that registered themselves.
var registered = [2]string{oauth.RegistrationPrefix + strings.Repeat("A", 30), oauth.RegistrationPrefix + strings.Repeat("B", 30)}

var differing = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|lk_(cs|ia|in|reg)_\w+|revoked \d initial|withdrew \d|…\w{4}\b|"end": "\w+"|\b[a-z0-9]{5}(-[a-z0-9]{5}){4}\b|\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\b(one|two)\b`)

// place matches the flags of a suggested command that select the server or the database.
var place = regexp.MustCompile(` --(server|db) [^\s,]+`)

// alike replaces what differs between two objects.
func alike(text string) string {
	return regexp.MustCompile(` +`).ReplaceAllString(differing.ReplaceAllString(place.ReplaceAllString(text, ""), "…"), " ")
}

// TestCommandsDoTheSameAtAServerAsInTheDatabase: with the same output.
func TestCommandsDoTheSameAtAServerAsInTheDatabase(t *testing.T) {
	a := administer(t)
	a.AddUser("ada", false)
	for _, id := range registered {
		a.AddClient("https://robot.example/cb", func(c *oauth.Client) { c.ID, c.ExpiresAt = id, a.Now().Add(time.Hour) }) // nobody has used it
	}
	used := a.Now().Add(-400 * time.Hour)
	if err := a.Store.NoteSecretUses(t.Context(), []oauth.SecretUse{{ClientID: registered[0], At: used}}); err != nil {
		t.Fatal(err)
	}
	if _, stdout, stderr := a.run("app", "list", "--server", a.URL); !strings.Contains(stdout, used.UTC().Format(" 2006-01-02 15:04\n")) {
		t.Errorf("the list of applications lacks the last use: %s%s", stdout, stderr)
	}
	folder := t.TempDir()
	for of, name := range []string{"one", "two"} { // more users than fit into one request
		var users []string
		for i := range 201 {
			users = append(users, fmt.Sprintf(`{"username": "import-%s-%d", "id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e%d%05d", "email_verified": true, "email": "i@example.com", "roles": ["auditor"]}`, name, i, of, i))
		}
		if err := os.WriteFile(filepath.Join(folder, "users-"+name+".json"), []byte("["+strings.Join(users, ",\n")+"]"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{
		"user add X --generate --email X@example.com --email-verified --name Name --role operator --json",
		"user show X", "user show X --json", "user list --json", "user list --search root",
		"user edit X --name Other --json", "user edit X --email new-X@example.com --json", "user edit X --email-verified --json", "user edit X --claims testdata/apply/claims.json --json", "user edit X --role auditor --role operator --json", "user edit X --role= --json",
		"user passwd X --password-stdin", "user passwd X --password-stdin --json", "user metadata X testdata/apply/claims.json", "user metadata X --json",
		"user disable X --json", "user enable X",
		"app add --client-id X --client-name Shop --redirect-uri https://shop.example/cb --scope openid --access-token-ttl 10m --owner ada",
		"app add --json testdata/apply/application.json",
		"app add --client-id kind-X --client-name Agent --kind mcp --json", "app add --client-id machine-X --client-name Job --kind machine --json",
		"app show X", "app show X --json", "app list", "app list --search one --json",
		"app edit X --client-name Store --json", "app edit X --redirect-uri https://store.example/cb --skip-authorization",
		"app rotate-secret X --overlap 1h --json", "app rotate-secret X", "app show X",
		"app revoke-registration-token REGISTERED", "app revoke-registration-token REGISTERED --json",
		"app disable X --json", "app enable X --json",
		"app delete X --yes --json", "app list --deleted --json", "app list --deleted", "token revoke --app X", "app restore X", "app delete X --yes", "app restore X --json", "app enable X",
		"token revoke --app X", "token revoke --user X", "token revoke --user X --app X --json",
		"session list", "session list --user ada --json", "session end --user X", "consent list", "consent list --user ada --app X --json", "consent withdraw --user X --app X",
		"group add X --description Crew --role auditor --json", "group list", "group list --search one --json", "group members X --add X --add ada", "group members X --json", "group edit X --description Team --json",
		"group edit X --role operator", "group members X --remove ada", "group delete X --yes",
		"user import testdata/apply/users-X.json --json", "user import testdata/apply/users-X.json", "user show import-X-200 --json",
		"user factors list X", "user factors list X --json", "user factors reset X --yes",
		"invitation add --note X --role auditor --ttl 90m --json", "invitation add --note X", "invitation add --note X --no-expiry --json", "invitation list --search X --state open", "invitation list --json",
		"registration token add --name X --uses 3 --ttl 90m --json", "registration token add --name X", "registration token list", "registration token list --json",
		"login-provider list", "login-provider list --json", // a server knows within a second what commands add
		"login-provider add X issuer=https://X.example client_id=c groups=a groups=b claims=groups:roles --secret-stdin --json", "login-provider show X", "login-provider show X --json",
		"login-provider edit X title=Acme groups= --json", "login-provider edit X issuer=https://two.example --secret-stdin", "login-provider remove X --yes",
		"key list", "key list --json",
		"audit list --person ada --category login", "audit list --target ada", "audit list --target nobody-X", "audit list --failed --from 2020-01-01 --json", "audit export --category login --format csv", "audit list --person nobody-X",
		"user delete X --yes",
		"token revoke --all --yes", // it revokes the token that the commands use
	} {
		a.both(strings.ReplaceAll(strings.ReplaceAll(command, "apply/application.json", "apply/application-X.json"), "testdata/apply/users-X.json", folder+"/users-X.json"))
	}
}

// TestFileIsAppliedAtAServerAsInTheDatabase: with the same output, the same errors and the same exit
// status. In both cases, the command reads the secrets, and a person must confirm changes that cannot
// be undone.
func TestFileIsAppliedAtAServerAsInTheDatabase(t *testing.T) {
	t.Setenv("SHOP_SECRET", "correct horse battery")
	var outputs [2]string
	for i, where := range []string{"--server", "--db"} {
		a := administer(t)
		for _, name := range []string{"Crew", "Rest"} {
			if err := a.Accounts.CreateGroup(t.Context(), &account.Group{Name: name, Roles: account.Roles{account.RoleAuditor}}); err != nil {
				t.Fatal(err)
			}
		}
		g, err := a.Store.GroupByName(t.Context(), "crew")
		if err == nil {
			_, _, err = a.Accounts.AddMembers(t.Context(), g.ID, a.AddUser("ada", false).ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		run := func(file, answer string, args ...string) {
			name := filepath.Join(t.TempDir(), "latchkey.yaml")
			if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			if args[0] != "export" {
				args = append(args, "-f", name)
			}
			args = append(args, where, map[string]string{"--server": a.URL, "--db": a.db}[where])
			var out bytes.Buffer
			status := execute(a.t.Context(), args, streams{strings.NewReader(answer), &out, &out})
			outputs[i] += alike(strings.ReplaceAll(fmt.Sprintf("%s: %d\n%s\n", args[0], status, &out), name, "FILE"))
		}
		const file = `
scopes: [{name: sail}]
groups: [{name: Rest, roles: [auditor]}]
applications: [{client_id: shop, client_name: Shop, redirect_uris: ["https://shop.example/cb"], scope: openid sail, secret_env: SHOP_SECRET}]
`
		run(file, "", "diff")
		run(file, "", "diff", "--json")
		run(file, "", "apply", "--yes")
		run(file, "", "apply", "--yes")
		run(file, "", "apply", "--yes", "--prune")
		run(file, "no", "apply", "--prune")
		run(file, "yes", "apply", "--prune")
		run("scopes: [{name: sail, nam: x}]", "", "diff")
		run("applications:\n  - {client_id: a, redirect_uris: ['http://a.example']}\n  - {client_id: b, client_name: B, client_type: public, redirect_uris: [b]}", "", "diff")
		run("", "", "export")
		c, err := a.Store.Client(t.Context(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		if known, err := c.HasSecret("correct horse battery", a.Now()); err != nil || !known {
			t.Errorf("%s: the secret was not set: %v", where, err)
		}
	}
	if outputs[0] != outputs[1] {
		t.Errorf("at the server:\n%s\nin the database:\n%s", outputs[0], outputs[1])
	}
	for _, want := range []string{"apply: 1", "the group Crew would be deleted, which cannot be undone, and it has members: 1, who would lose the roles that they have only through it: auditor", "roles: auditor → (none)"} {
		if !strings.Contains(outputs[1], want) {
			t.Errorf("%q is not in %s", want, outputs[1])
		}
	}
}

// TestSessionsAndConsentsOfAServer: those that the commands list can be ended and withdrawn.
func TestSessionsAndConsentsOfAServer(t *testing.T) {
	for _, where := range []string{"server", "db"} {
		a := administer(t)
		flags := map[string][]string{"server": {"--server", a.URL}, "db": {"--db", a.db}}[where]
		a.AddUser("ada", false)
		client, secret := a.AddClient("https://shop.example/cb", nil)
		tokens := a.Tokens(client, secret, "ada", "openid", "profile")
		if tokens.AccessToken == "" {
			t.Fatal("no token")
		}
		list := func(command string) (rows []map[string]any) {
			status, stdout, stderr := a.run(append(strings.Fields(command+" --json"), flags...)...)
			if status != exitOK {
				t.Fatalf("%s: %s", command, stderr)
			}
			if err := json.Unmarshal([]byte(stdout), &rows); err != nil {
				t.Fatal(err)
			}
			return rows
		}
		if status, stdout, stderr := a.run(append([]string{"user", "export", "ada"}, flags...)...); status != exitOK || !strings.Contains(stdout, `"username": "ada"`) {
			t.Errorf("%s: export: %s", where, stderr)
		}
		consents := list("consent list --user ada --app " + client.ID)
		if len(consents) != 1 || consents[0]["username"] != "ada" || consents[0]["scope"] != "openid profile" || consents[0]["active"] != true || consents[0]["access_scope"] != "openid profile" {
			t.Errorf("%s: consents: %v", where, consents)
		}
		if status, _, stderr := a.run(append([]string{"consent", "withdraw", "--user", "ada", "--app", client.ID}, flags...)...); status != exitOK || len(list("consent list")) != 0 {
			t.Errorf("%s: the consent was not withdrawn: %s", where, stderr)
		}
		sessions := list("session list --user ada")
		if len(sessions) == 0 || sessions[0]["username"] != "ada" {
			t.Fatalf("%s: sessions: %v", where, sessions)
		}
		id, _ := sessions[0]["id"].(string)
		if status, _, stderr := a.run(append([]string{"session", "end", id}, flags...)...); status != exitOK || len(list("session list --user ada")) != len(sessions)-1 {
			t.Errorf("%s: the session was not ended: %s", where, stderr)
		}
		if status, _, stderr := a.run(append([]string{"session", "end", id}, flags...)...); status != exitFailed || !strings.Contains(stderr, "there is no login session with the ID") {
			t.Errorf("%s: the session was ended twice: %d, %s", where, status, stderr)
		}
	}
}

// TestRevocationsIncludeAPITokens: a program with an API token must not keep its access after a command
// that revokes everything. The list is that of the people whose tokens remain valid.
func TestRevocationsIncludeAPITokens(t *testing.T) {
	for command, want := range map[string]string{
		"token revoke --user ada --server URL":                 "bob root",
		"token revoke --user ada --db DB":                      "bob root",
		"token revoke --all --yes --server URL":                "root", // which the command uses
		"token revoke --all --yes --db DB":                     "",
		"token revoke --all --yes --before 2020-01-01 --db DB": "ada bob root",
		"session end --user ada --db DB":                       "bob root",
		"token revoke --user ada --app shop --server URL":      "ada bob root",
		"token revoke --app shop --db DB":                      "ada bob root",
	} {
		a := administer(t)
		a.SetSkew(-time.Minute) // the tokens of ada and bob are older than the command
		a.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.ID = "shop" })
		texts := map[string]string{"root": os.Getenv("LATCHKEY_TOKEN")}
		for _, name := range []string{"ada", "bob"} {
			texts[name] = oauth.NewToken(oauth.KindPersonal, a.Now()).String()
			if _, err := a.Accounts.AddPersonalToken(t.Context(), a.AddUser(name, true).ID, texts[name], "script", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if status, _, stderr := a.run(strings.Fields(strings.NewReplacer("URL", a.URL, "DB", a.db).Replace(command))...); status != exitOK {
			t.Fatalf("%s: %s", command, stderr)
		}
		var valid []string
		for _, name := range []string{"ada", "bob", "root"} {
			if _, _, err := a.Accounts.PersonalToken(t.Context(), texts[name]); err == nil {
				valid = append(valid, name)
			} else if !errors.Is(err, account.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if got := strings.Join(valid, " "); got != want {
			t.Errorf("latchkey %s: the tokens of %q are valid, want %q", command, got, want)
		}
	}
}

// TestMistakesAtAServerAreExplained: what is wrong, and what to do.
func TestMistakesAtAServerAreExplained(t *testing.T) {
	a := administer(t)
	token := os.Getenv("LATCHKEY_TOKEN")
	wrong := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(wrong.Close)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "taken.json"), []byte(`[{"username": "ada"},
{"username": "root", "email": "other@example.com"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	gone, _ := a.AddClient("https://gone.example/cb", func(c *oauth.Client) { c.ID = "gone" })
	if err := a.Store.DiscardClient(t.Context(), gone.ID, 0, a.Now()); err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(http.RedirectHandler(a.URL+"/admin/api/v1/people", http.StatusFound))
	t.Cleanup(elsewhere.Close)
	for _, test := range []struct {
		command, token, want string
		status               int
	}{
		{"app show none --server URL", token, `there is no application with the client ID "none"`, exitFailed},
		{"app show gone --server URL", token, "the application gone was deleted, and its client ID is reserved. To restore it: latchkey app restore PLACE gone\n", exitFailed},
		{"app add --client-name A --client-id gone --redirect-uri https://a.example/cb --server URL", token, "To restore it: latchkey app restore PLACE gone. To add a new application, choose another client ID\n", exitFailed},
		{"user show nobody --server URL", token, `there is no user "nobody"`, exitFailed},
		{"app restore none --server URL", token, "no deleted application", exitFailed},
		{"app add --client-name A --redirect-uri http://a.example/cb --server URL", token, "redirect_uris: ", exitFailed},
		{"app list --server URL --db x.db", token, "cannot be used together", exitUsage},
		{"app list --server http://id.example.com", token, "must begin with https://", exitUsage},
		{"app list --server id.example.com", token, "this is not the URL of a server", exitUsage},
		{"app list --server URL", "", "--server needs a token: set LATCHKEY_TOKEN", exitFailed},
		{"app list --server URL", "lk_pt_wrong", "did not accept the token of LATCHKEY_TOKEN", exitFailed},
		{"app list --server " + wrong.URL, token, "404 Not Found. The admin API of Latchkey is not at this address. Use --server", exitFailed},
		{"app list --server " + a.Issuer, token, a.Issuer + " is the issuer of a server, and not the URL of its admin API. Use --server " + a.URL, exitFailed},
		{"app show none --server " + a.Issuer + "/", token, "is the issuer of a server", exitFailed},
		{"app add --client-name A --redirect-uri http://a.example/cb --server URL", token, "!listed in errors", exitFailed},
		{"user list --server " + elsewhere.URL, token, "responded with the status 302", exitFailed},
		{"app add --client-name A --client-secret-stdin --server URL", token, "--client-secret-stdin is not available with --server", exitUsage},
		{"token revoke --all --before 2026-01-01 --server URL", token, "--before is not available with --server", exitUsage},
		{"user delete root --yes --server URL", token, "People cannot disable or delete themselves here", exitFailed},
		{"group members nobody --server URL", token, `the group "nobody" does not exist`, exitFailed},
		{"group add none --role owner --server URL", token, "roles: ", exitFailed},
		{"app delete a --permanently --yes --server URL", token, "--permanently is not available with --server, because the admin API", exitUsage},
		{"app rotate-secret a --readable --server URL", token, "--readable is not available with --server, because the server", exitUsage},
		{"invitation withdraw none --server URL", token, `there is no invitation with the ID "none"`, exitFailed},
		{"registration token revoke none --server URL", token, `no initial access token with the ID "none"`, exitFailed},
		{"key retire none --yes --server URL", token, `there is no key with the ID "none"`, exitFailed},
		{"key import FOLDER/k.pem --server URL", token, "does not accept private keys", exitUsage},
		{"audit verify --server URL", token, "reads each row of the chain", exitUsage},
		{"login-provider show none --server URL", token, `there is no login provider with the name "none"`, exitFailed},
		{"login-provider add acme issuer=acme --server URL", token, "client_id", exitFailed},
		{"login-provider add off issuer=https://acme.example client_id=c disabled=true --server URL", token, "disabled:", exitOK},
		{"login-provider remove off --server URL", token, "People connected with it: 0. People who have no other way to log in: 0.", exitFailed},
		{"user import FOLDER/taken.json --server URL", token, "FOLDER/taken.json: line 2, user 2 (root): username: Another user has this username", exitFailed},
		{"user show ada --server URL", token, `there is no user "ada"`, exitFailed}, // whom the import did not add
	} {
		t.Setenv("LATCHKEY_TOKEN", test.token)
		status, stdout, stderr := a.run(strings.Fields(strings.NewReplacer("URL", a.URL, "FOLDER", folder).Replace(test.command))...)
		want, without := strings.CutPrefix(strings.NewReplacer("PLACE", "--server "+a.URL, "FOLDER", folder).Replace(test.want), "!")
		if status != test.status || strings.Contains(stdout+stderr, want) == without || test.token != "" && strings.Contains(stdout+stderr, test.token) {
			t.Errorf("%s: status %d: %s, want %s", test.command, status, stderr, test.want)
		}
	}
}

// TestProgramsUseAServerWithTheirClientCredentials: the token is issued for the admin API only.
func TestProgramsUseAServerWithTheirClientCredentials(t *testing.T) {
	a := administer(t)
	client, secret := a.AddClient("https://machine.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.AdminRole, c.Scopes = []string{oauth.GrantClientCredentials}, string(account.RoleAuditor), oauth.Scopes{oauth.ScopeAdmin}
	})
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LATCHKEY_TOKEN", "")
	t.Setenv("LATCHKEY_CLIENT_ID", client.ID)
	t.Setenv("LATCHKEY_CLIENT_SECRET_FILE", file)
	if status, stdout, stderr := a.run("user", "list", "--server", a.URL+"/admin/"); status != exitOK || !strings.Contains(stdout, "root") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if status, _, stderr := a.run("user", "disable", "root", "--server", a.URL); status != exitFailed || !strings.Contains(stderr, "people.write") {
		t.Errorf("an auditor changed a person: status %d: %s", status, stderr)
	}
	t.Setenv("LATCHKEY_CLIENT_SECRET_FILE", "")
	t.Setenv("LATCHKEY_CLIENT_SECRET", "wrong")
	if status, _, stderr := a.run("user", "list", "--server", a.URL); status != exitFailed || !strings.Contains(stderr, "issued no token") || strings.Contains(stderr, secret) {
		t.Errorf("with a wrong secret: status %d: %s", status, stderr)
	}
}

// TestPeopleOfAHostProgramAreNamedByTheirSubject: they have no account.
func TestPeopleOfAHostProgramAreNamedByTheirSubject(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "shop.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, latchkeytest.OwnPeople("root"), func(o *latchkey.Options) { o.Store = store })
	client, secret := p.AddClient("https://shop.example/cb", nil)
	const subject = "auth0|7" // which cannot be a username
	tokens := p.Tokens(client, secret, subject, "openid")
	active := func(token string) bool {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, p.Issuer+"/userinfo/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
	if !active(tokens.AccessToken) {
		t.Fatal("the token is not active")
	}
	run := func(text, want string) {
		t.Helper()
		var out bytes.Buffer
		args := append(strings.Fields(strings.ReplaceAll(text, "APP", client.ID)), "--db", db)
		status := execute(t.Context(), args, streams{strings.NewReader("a long password of a person"), &out, &out})
		if wrong, fails := strings.CutPrefix(want, "!"); fails != (status != exitOK) || !strings.Contains(out.String(), wrong) {
			t.Errorf("latchkey %s: status %d: %s", text, status, out.String())
		}
	}
	run("consent list", subject+" ")
	run("consent list --user auth0|7", subject+" ")
	run("consent withdraw --user auth0|7 --app APP", "Withdrew the consent of "+subject)
	run("consent list --user auth0|8", `no consents of a person with the subject "auth0|8", and no users. Check the spelling. To use the subject anyway, write --subject`)
	if got := active(tokens.AccessToken); got {
		t.Error("the token is still active after the consent was withdrawn")
	}
	tokens = p.Tokens(client, secret, subject, "openid")
	families, _, err := store.Families(t.Context(), oauth.FamilyFilter{}, paging.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for !time.Now().After(families[0].IssuedAt) { // the clock of the provider can be some milliseconds ahead
		runtime.Gosched()
	}
	run("token revoke --user auth0|7", "Revoked everything that was issued to "+subject)
	if got := active(tokens.AccessToken); got {
		t.Error("the token is still active after everything was revoked")
	}
	run("session list --user auth0|7", "SESSION ID")
	run("session end --user auth0|7", "accepts the last ones until they expire")
	run("session end --user auth0|7", "Ended the sessions of "+subject+" at the applications.")
	run("session end --subject auth0|7", "auth0|7 is still logged in at the program that uses this database")
	p.Tokens(client, secret, "bob", "read")
	if err := store.CreateUser(t.Context(), &account.User{ID: "id-of-bob", Username: "bob", CreatedAt: time.Now()}, "bob", account.Unconditionally); err != nil { // before there was a program
		t.Fatal(err)
	}
	run("token revoke --user bob", `!"bob" is the username of a user, and also the subject of a person`)
	run("token revoke --user nobody", `!there is no user "nobody"`)
	run("token revoke --user bob", "!give the ID instead of the username: id-of-bob")
	run("token revoke --user id-of-bob", "Revoked everything that was issued to bob")
	run("token revoke --subject bob", "Revoked everything that was issued to bob")
	run("token revoke --subject auth0|8", `no consent and no tokens of a person with the subject "auth0|8" are known`)
	run("token revoke --subject auth0|8", "Revoked everything that was issued to auth0|8")
	run("consent withdraw --subject auth0|8 --app APP", "auth0|8 has given no consent to")
	run("token revoke --user bob --subject bob", "!cannot be used together")
	run("token revoke --subject \u00e9", "!printable ASCII")
}

// TestPeopleOfAHostProgramAtItsServer: the admin API can show their consents, but they have no
// accounts.
func TestPeopleOfAHostProgramAtItsServer(t *testing.T) {
	p := latchkeytest.New(t, latchkeytest.OwnPeople("root"))
	machine, machineSecret := p.AddClient("https://machine.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.AdminRole, c.Scopes = []string{oauth.GrantClientCredentials}, string(account.RoleAdministrator), oauth.Scopes{oauth.ScopeAdmin}
	})
	t.Setenv("LATCHKEY_CLIENT_ID", machine.ID)
	t.Setenv("LATCHKEY_CLIENT_SECRET", machineSecret)
	client, secret := p.AddClient("https://shop.example/cb", nil)
	p.Tokens(client, secret, "auth0|7", "read")
	for _, test := range []struct {
		command, want string
		status        int
	}{
		{"consent list --user auth0|7", "auth0|7 ", exitOK},
		{"consent withdraw --user auth0|8 --app " + client.ID, "no consent and no tokens of a person with the subject \"auth0|8\". Check the spelling", exitFailed},
		{"token revoke --user auth0|8 --app " + client.ID, "no consent and no tokens of a person with the subject \"auth0|8\". Check the spelling", exitFailed},
		{"token revoke --subject auth0|8 --app " + client.ID, "no consent and no tokens of a person with the subject \"auth0|8\" are known", exitOK},
		{"token revoke --user auth0|7 --app " + client.ID, "Revoked everything that was issued to auth0|7 for", exitOK},
		{"consent withdraw --subject auth0|7 --app " + client.ID, "auth0|7 has given no consent to " + client.ID, exitOK},
		{"consent withdraw --subject auth0|7 --app nobody", "latchkey: there is no application", exitFailed},
		{"token revoke --subject auth0|7", "Call Server.RevokeSubject in the program, or use the command with --db", exitFailed},
		{"session end --user bob", "no consent and no tokens of a person with the subject \"bob\"", exitFailed},
		{"session end --subject bob", "the admin API cannot do this for bob", exitFailed},
		{"session list", "no login sessions to list", exitFailed},
		{"user show auth0_7", "in a program with its own users, so it has no accounts", exitFailed},
		{"user disable auth0_7", "in a program with its own users, so it has no accounts", exitFailed},
		{"user add bob --generate", "in a program with its own users, so it has no accounts", exitFailed},
		{"app edit " + client.ID + " --owner bob", "in a program with its own users, so it has no accounts", exitFailed},
		{"user list", "in a program with its own users, so it has no accounts", exitFailed},
	} {
		var out bytes.Buffer
		status := execute(t.Context(), append(strings.Fields(test.command), "--server", p.URL), streams{strings.NewReader(""), &out, &out})
		if status != test.status || !strings.Contains(out.String(), test.want) {
			t.Errorf("latchkey %s: status %d: %s", test.command, status, out.String())
		}
	}
}
