package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// hosted returns the database of a program with people of its own, in which the person b-1 has
// given consent to the application shop.
func hosted(t *testing.T) (db string) {
	t.Helper()
	db = filepath.Join(t.TempDir(), "bakery.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, latchkeytest.OwnPeople("root"), func(o *latchkey.Options) { o.Store = store })
	client, secret := p.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.ID = "shop" })
	p.Tokens(client, secret, "b-1", "openid")
	return db
}

// runCommand runs a command and returns its status and all of its output.
func runCommand(ctx context.Context, text string, more ...string) (status int, output string) {
	var out bytes.Buffer
	status = execute(ctx, append(strings.Fields(text), more...), streams{strings.NewReader(""), &out, &out})
	return status, out.String()
}

// TestCommandsForUsersExplainThatPeopleOfAProgramHaveNoAccount, for every command and name.
func TestCommandsForUsersExplainThatPeopleOfAProgramHaveNoAccount(t *testing.T) {
	t.Parallel()
	db := hosted(t)
	if status, out := runCommand(t.Context(), "group add crew", "--db", db); status != exitOK {
		t.Fatal(out)
	}
	for _, command := range []string{
		"user show NAME", "user edit NAME --name Ada", "user disable NAME", "user enable NAME", "user delete NAME --yes", "user passwd NAME --generate",
		"user metadata NAME", "user export NAME", "user factors list NAME", "user factors reset NAME --yes", "group members crew --add NAME",
		"app add --client-name Mill --redirect-uri https://mill.example/cb --owner NAME", "app edit shop --owner NAME",
	} {
		for _, name := range []string{"b-1", "nobody", "auth0|7"} { // the last one cannot be a username
			status, out := runCommand(t.Context(), strings.ReplaceAll(command, "NAME", name), "--db", db)
			if status != exitFailed || !strings.Contains(out, `there is no user "`+name+`". The people in this database have no account`) {
				t.Errorf("latchkey %s with %s: status %d: %s", command, name, status, out)
			}
		}
	}
}

// TestNoCommandReportsSuccessForAnUnknownPerson: --user must name an existing person. A list is
// empty, and a warning says why.
func TestNoCommandReportsSuccessForAnUnknownPerson(t *testing.T) {
	t.Parallel()
	db := hosted(t)
	for command, want := range map[string]int{
		"session end": exitFailed, "token revoke": exitFailed, "token revoke --app shop": exitFailed, "consent withdraw --app shop": exitFailed,
		"session list": exitOK, "consent list": exitOK,
	} {
		status, out := runCommand(t.Context(), command+" --user mira", "--db", db)
		if status != want || !strings.Contains(out, `a person with the subject "mira"`) || strings.Contains(out, "Revoked") {
			t.Errorf("latchkey %s --user mira: status %d: %s", command, status, out)
		}
		for _, subject := range []string{"--subject mira", "--subject b-1"} {
			if status, out := runCommand(t.Context(), command+" "+subject, "--db", db); status != exitOK {
				t.Errorf("latchkey %s %s: status %d: %s", command, subject, status, out)
			}
		}
	}
}

// TestCommandsWarnOfChangesWithoutEffectForPeopleOfAProgram, and do not warn of other changes.
func TestCommandsWarnOfChangesWithoutEffectForPeopleOfAProgram(t *testing.T) {
	t.Parallel()
	db, file := hosted(t), filepath.Join(t.TempDir(), "applied.yaml")
	write(t, file, "applications: [{client_id: oven, client_name: Oven, client_type: public, redirect_uris: ['https://oven.example/cb'], require_second_factor: true}]\n")
	for _, test := range []struct {
		command string
		warns   string // or empty: there must be no warning
	}{
		{"app edit shop --require-second-factor", "require_second_factor has no effect"},
		{"app edit shop --client-name Shop", ""}, // it was set before
		{"app edit shop --require-second-factor=false", ""},
		{"app add --client-name Mill --redirect-uri https://mill.example/cb --require-second-factor", "require_second_factor has no effect"},
		{"app add --client-name Mill --redirect-uri https://mill.example/cb", ""},
		{"apply --yes -f " + file, "require_second_factor has no effect"},
		{"token revoke --all --yes", "people are still logged in at the program"},
		{"token revoke --user b-1", "b-1 is still logged in at the program"},
		{"session end --user b-1", "b-1 is still logged in at the program"},
		{"group add crew", "the group can have no members"},
	} {
		status, out := runCommand(t.Context(), test.command, "--db", db)
		if status != exitOK || !strings.Contains(out, test.warns) || test.warns == "" && strings.Contains(out, "Warning") {
			t.Errorf("latchkey %s: status %d: %s", test.command, status, out)
		}
		if strings.HasPrefix(test.command, "app add") && !strings.Contains(out, "profile and email, if the server has them") {
			t.Errorf("latchkey %s promises claims that the program possibly does not send: %s", test.command, out)
		}
	}
}

// TestCommandsRefuseToAddAccountsForPeopleOfAProgram, as the page of the setup link does, until the
// database records that people have accounts.
func TestCommandsRefuseToAddAccountsForPeopleOfAProgram(t *testing.T) {
	t.Parallel()
	db, users := hosted(t), filepath.Join(t.TempDir(), "users.json")
	write(t, users, `[{"username": "kim"}]`)
	commands := []string{"user add mira --generate", "user add lee --admin --generate", "user import " + users, "invitation add", "invitation add --admin"}
	for _, command := range commands {
		status, out := runCommand(t.Context(), command, "--db", db)
		if status != exitFailed || strings.Contains(out, users+":") || !strings.Contains(out, "so nobody could log in to the") || !strings.Contains(out, "latchkey user use-accounts --db "+db) {
			t.Errorf("latchkey %s: status %d: %s", command, status, out)
		}
	}
	for _, list := range []string{"user list --json", "invitation list --json"} {
		if _, out := runCommand(t.Context(), list, "--db", db); strings.TrimSpace(out) != "[]" {
			t.Errorf("%s afterwards: %s", list, out)
		}
	}
	for _, command := range append([]string{"user use-accounts"}, commands[:3]...) {
		if status, out := runCommand(t.Context(), command, "--db", db); status != exitOK {
			t.Errorf("latchkey %s: status %d: %s", command, status, out)
		}
	}
}

// newProgram returns a database that a program with people of its own has used once. Nobody has
// logged in yet.
func newProgram(t *testing.T) (db string, store *sqlstore.Store) {
	t.Helper()
	db = filepath.Join(t.TempDir(), "new.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	latchkeytest.New(t, latchkeytest.OwnPeople("root"), func(o *latchkey.Options) { o.Store = store })
	return db, store
}

// TestDatabaseOfAProgramNeedsNoAdministrator: neither check nor serve asks for one, even after
// an account was added.
func TestDatabaseOfAProgramNeedsNoAdministrator(t *testing.T) {
	t.Parallel()
	db, store := newProgram(t)
	for _, step := range []struct {
		run, check string
		lonely     bool
	}{
		{"user list", "", false},
		{"", "LK064", false}, // with an account from before
		{"user delete ada --yes", "", false},
		{"user use-accounts", "LK010", true},
		{"user add ada --admin --generate", "", false},
	} {
		if step.run == "" {
			if err := store.CreateUser(t.Context(), &account.User{ID: "a1", Username: "ada", Admin: true, CreatedAt: time.Now()}, "ada", account.Unconditionally); err != nil {
				t.Fatal(err)
			}
		} else if status, out := runCommand(t.Context(), step.run, "--db", db); status != exitOK {
			t.Errorf("%s: status %d: %s", step.run, status, out)
		}
		_, out := runCommand(t.Context(), "check", "--db", db)
		for _, id := range []string{"LK010", "LK064"} {
			if strings.Contains(out, id) != (step.check == id) {
				t.Errorf("after %q, check reports %s", step.run, out)
			}
		}
		if lonely, err := needsAdministrator(t.Context(), store); err != nil || lonely != step.lonely {
			t.Errorf("after %q, serve prints a setup link: %v %v", step.run, lonely, err)
		}
	}
	if status, out := runCommand(t.Context(), "user delete ada --yes", "--db", db); status != exitFailed || !strings.Contains(out, "the only administrator") {
		t.Errorf("the only administrator of a server with accounts was deleted: %s", out)
	}
}

// TestTokenWithoutAnAccountDoesNotMakeAServerOneOfAProgram: a trusted issuer can name a person who has
// no account, at a server with accounts.
func TestTokenWithoutAnAccountDoesNotMakeAServerOneOfAProgram(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "accounts.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store = store })
	client, _ := p.AddClient("https://shop.example/cb", nil)
	now := time.Now()
	family := &oauth.Family{ID: oauth.NewID(now), ClientID: client.ID, Permission: oauth.Permission{Subject: "corp:7", Scope: oauth.Scopes{"read"}}, AccessScope: oauth.Scopes{"read"}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
	access := &oauth.AccessToken{ID: oauth.NewID(now), ClientID: client.ID, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	if _, err := store.Approve(t.Context(), oauth.Approval{Now: now, Family: family, Access: access}); err != nil {
		t.Fatal(err)
	}
	if lonely, err := needsAdministrator(t.Context(), store); err != nil || !lonely {
		t.Errorf("serve prints a setup link: %v, %v", lonely, err)
	}
	if _, out := runCommand(t.Context(), "check", "--db", db); !strings.Contains(out, "LK010") {
		t.Errorf("check does not report that there is no administrator: %s", out)
	}
	for command, wrong := range map[string]string{"user show adda": "have no account", "user add bob --generate": "nobody could log in"} {
		if _, out := runCommand(t.Context(), command, "--db", db); strings.Contains(out, wrong) {
			t.Errorf("latchkey %s: %s", command, out)
		}
	}
}

// atProgram returns a program with people of its own, at which the application of the environment can
// use the admin API with the scopes.
func atProgram(t *testing.T, scopes ...string) *latchkeytest.Provider {
	t.Helper()
	p := latchkeytest.New(t, latchkeytest.OwnPeople("root"))
	machine, secret := p.AddClient("https://machine.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.AdminRole, c.Scopes = []string{oauth.GrantClientCredentials}, string(account.RoleAdministrator), scopes
	})
	t.Setenv("LATCHKEY_CLIENT_ID", machine.ID)
	t.Setenv("LATCHKEY_CLIENT_SECRET", secret)
	return p
}

// TestPersonWithTokensButNoConsentIsKnownAtTheServer: Server.IssueToken, trusted issuers and extension
// grants issue tokens without a consent.
func TestPersonWithTokensButNoConsentIsKnownAtTheServer(t *testing.T) {
	p := atProgram(t, oauth.ScopeAdmin)
	p.Token("b-7", "read")
	rows, _, err := p.Store.Families(t.Context(), oauth.FamilyFilter{Subject: "b-7"}, paging.Page{Limit: 1})
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	for user, want := range map[string]int{"b-7": exitOK, "b-8": exitFailed} {
		status, out := runCommand(t.Context(), "token revoke --user "+user+" --app "+rows[0].ClientID+" --server "+p.URL)
		if status != want || strings.Contains(out, "Revoked") != (want == exitOK) || strings.Contains(out, "Warning") {
			t.Errorf("%s: status %d: %s", user, status, out)
		}
	}
}

// TestNameThatCannotBeCheckedIsAWarning: the token may withdraw consents, but not list them.
func TestNameThatCannotBeCheckedIsAWarning(t *testing.T) {
	scopes := oauth.Scopes{oauth.AdminScopePrefix + "tokens:write", oauth.AdminScopePrefix + "applications:read", oauth.AdminScopePrefix + "people:read"}
	p := atProgram(t, scopes...)
	response, err := http.PostForm(p.Issuer+"/token/", url.Values{"grant_type": {oauth.GrantClientCredentials}, "scope": {scopes.String()}, "resource": {p.URL + "/admin/api/v1"}, "client_id": {os.Getenv(clientIDVariable)}, "client_secret": {os.Getenv("LATCHKEY_CLIENT_SECRET")}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.Token == "" {
		t.Fatal(response.Status, err)
	}
	t.Setenv(clientIDVariable, "")
	t.Setenv("LATCHKEY_CLIENT_SECRET", "")
	t.Setenv(tokenVariable, body.Token)
	client, _ := p.AddClient("https://shop.example/cb", nil)
	status, out := runCommand(t.Context(), "token revoke --user misspelt --app "+client.ID+" --server "+p.URL)
	if status != exitOK || !strings.Contains(out, `the spelling of "misspelt" was not checked`) {
		t.Errorf("status %d: %s", status, out)
	}
}

// TestCopyNamesTheTablesOfTheProgram, which are not copied.
func TestCopyNamesTheTablesOfTheProgram(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "program.db")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	if err != nil || store.Close() != nil {
		t.Fatal(err)
	}
	program, err := sql.Open("sqlite", db)
	if err == nil {
		_, err = program.ExecContext(t.Context(), `CREATE TABLE person (id INTEGER)`)
	}
	if err != nil || program.Close() != nil {
		t.Fatal(err)
	}
	status, out := runCommand(t.Context(), "db copy --from "+db+" --to "+filepath.Join(t.TempDir(), "copy.db"))
	if status != exitOK || !strings.Contains(out, "Not copied, because Latchkey did not create them: 1 table (person).") {
		t.Errorf("status %d: %s", status, out)
	}
}
