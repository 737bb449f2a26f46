package adminapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestSecretOfALoginProviderCannotBeReadAtTheAPI, or be sent to another server.
func TestSecretOfALoginProviderCannotBeReadAtTheAPI(t *testing.T) {
	s := start(t, func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "fixed", Issuer: "https://fixed.example", ClientID: "c", ClientSecret: "quiet"}}
	})
	token := s.as(account.RoleAdministrator)
	added := s.want(http.StatusCreated, token, "POST", "login-providers", `{"name": "acme", "settings": {"issuer": "https://acme.example", "client_id": "c", "groups": ["staff"]}, "client_secret": "hush"}`)
	changed := s.want(http.StatusOK, token, "PATCH", "login-providers/acme", `{"settings": {"title": "Acme", "groups": null}}`, "If-Match: "+added.Header.Get("ETag"))
	for _, a := range []answer{added, changed, s.want(http.StatusOK, token, "GET", "login-providers", ""), s.want(http.StatusOK, token, "GET", "login-providers/acme", ""), s.want(http.StatusOK, token, "GET", "login-providers/fixed", "")} {
		if strings.Contains(string(a.body), "hush") || strings.Contains(string(a.body), "quiet") {
			t.Errorf("the response has the secret: %s", a.body)
		}
	}
	if people := s.want(http.StatusOK, token, "GET", "login-providers/acme/people", ""); people.json["connected"] != 0.0 || people.json["locked"] != 0.0 || people.json["at_least"] != nil {
		t.Errorf("nobody is connected: %s", people.body)
	}
	settings, _ := changed.json["settings"].(map[string]any)
	if settings["title"] != "Acme" || settings["groups"] != nil || changed.json["has_secret"] != true || changed.json["version"] != 2.0 || added.Header.Get("Location") != "/admin/api/v1/login-providers/acme" {
		t.Errorf("got %s, %v", changed.body, added.Header)
	}
	for name, test := range map[string]struct {
		method, path, body, match string
		status                    int
		field                     string
	}{
		"another server without the secret": {"PATCH", "login-providers/acme", `{"settings": {"issuer": "https://evil.example"}}`, "*", 422, "client_secret"},
		"an old version":                    {"PATCH", "login-providers/acme", `{"settings": {"title": "x"}}`, `"1"`, 412, ""},
		"no version":                        {"PATCH", "login-providers/acme", `{"settings": {"title": "x"}}`, "", 428, ""},
		"a setting that does not exist":     {"PATCH", "login-providers/acme", `{"settings": {"titel": "x"}}`, "*", 422, "settings.titel"},
		"the name as a setting":             {"PATCH", "login-providers/acme", `{"settings": {"name": "x"}}`, "*", 422, "settings.name"},
		"a value of another type":           {"PATCH", "login-providers/acme", `{"settings": {"groups": {"a": 1}}}`, "*", 422, "settings.groups"},
		"a value that is not valid":         {"POST", "login-providers", `{"name": "b", "settings": {"issuer": "ftp://x", "client_id": "c"}}`, "", 422, "settings.issuer"},
		"a name that is not valid":          {"POST", "login-providers", `{"name": "B/", "settings": {"issuer": "https://x.example", "client_id": "c"}}`, "", 422, "name"},
		"a provider of the configuration":   {"PATCH", "login-providers/fixed", `{"settings": {"title": "x"}}`, "*", 409, ""},
		"its deletion":                      {"DELETE", "login-providers/fixed", "", "", 409, ""},
		"one that does not exist":           {"DELETE", "login-providers/other", "", "", 404, ""},
	} {
		var headers []string
		if test.match != "" {
			headers = []string{"If-Match: " + test.match}
		}
		a := s.want(test.status, token, test.method, test.path, test.body, headers...)
		if test.field != "" && (len(a.fields()) == 0 || a.fields()[0] != test.field) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	if page := s.Browser().Open(s.Issuer + "/login/"); !strings.Contains(page.Body, "Acme") {
		t.Errorf("the login page does not offer it: %s", page.Body)
	}
	s.want(http.StatusNoContent, token, "DELETE", "login-providers/acme", "")
	s.want(http.StatusNotFound, token, "GET", "login-providers/acme", "")
}

// TestALoginProviderOfANewerReleaseIsNotChanged: a change would erase its other rules. The secret of
// the provider, and the rules that keep people out, remain.
func TestALoginProviderOfANewerReleaseIsNotChanged(t *testing.T) {
	s := start(t)
	const settings = `{"issuer":"https://acme.example","client_id":"c","denied_groups":["x"]}`
	if err := s.Store.AddLoginProvider(t.Context(), account.StoredProvider{Name: "newer", Settings: json.RawMessage(settings)}); err != nil {
		t.Fatal(err)
	}
	token := s.as(account.RoleAdministrator)
	a := s.want(http.StatusConflict, token, "PATCH", "login-providers/newer", `{"settings": {"titel": "x"}}`, "If-Match: *")
	if !strings.HasPrefix(a.text("detail"), "This release cannot read") {
		t.Errorf("got %s", a.body)
	}
	if shown := s.want(http.StatusOK, token, "GET", "login-providers/newer", ""); shown.text("fault") == "" {
		t.Errorf("got %s", shown.body)
	}
	s.want(http.StatusConflict, token, "POST", "login-providers/newer/test", "")
	s.want(http.StatusNoContent, token, "DELETE", "login-providers/newer", "")
}

// TestAdministratorsRevokeTheAPITokensOfOthers: operators cannot, if the person has a role.
func TestAdministratorsRevokeTheAPITokensOfOthers(t *testing.T) {
	s := start(t)
	root := s.AddUser("root", true)
	path := "people/" + root.ID + "/api-tokens"
	id := s.personalToken(t, root.ID)
	if list := s.want(http.StatusOK, s.as(account.RoleAuditor), "GET", path, ""); !strings.Contains(string(list.body), id) || strings.Contains(string(list.body), "lk_pt_") {
		t.Errorf("got %s", list.body)
	}
	s.want(http.StatusForbidden, s.as(account.RoleOperator), "DELETE", path+"/"+id, "")
	s.want(http.StatusForbidden, s.as(account.RoleAdministrator, "latchkey:tokens:write"), "DELETE", path+"/"+id, "")
	s.want(http.StatusNoContent, s.as(account.RoleAdministrator), "DELETE", path+"/"+id, "")
	s.want(http.StatusNotFound, s.as(account.RoleAdministrator), "DELETE", path+"/"+id, "")
	if events := *s.events; events[len(events)-1].Kind != "users/{id}/api-tokens" || events[len(events)-1].Target != root.ID {
		t.Errorf("recorded as %+v", events[len(events)-1])
	}
}

// TestPeopleRevokeTheirOwnAPITokens, whatever their role is, and with a token that does nothing
// else. The token needs the scope, and the person a role.
func TestPeopleRevokeTheirOwnAPITokens(t *testing.T) {
	s := start(t)
	const write = oauth.AdminScopePrefix + "tokens:write"
	for _, test := range []struct {
		role  account.Role
		scope string
		want  int
	}{
		{account.RoleAdministrator, oauth.ScopeAdmin, http.StatusNoContent},
		{account.RoleAdministrator, write, http.StatusNoContent},
		{account.RoleOperator, write, http.StatusNoContent},
		{account.RoleAuditor, write, http.StatusNoContent},
		{account.RoleAuditor, oauth.AdminScopePrefix + "tokens:read", http.StatusForbidden},
	} {
		u, err := s.Accounts.Create(t.Context(), account.NewUser{Username: "p" + oauth.NewID(s.Now()).String(), Password: latchkeytest.Password, Roles: account.Roles{test.role}})
		if err != nil {
			t.Fatal(err)
		}
		text := oauth.NewToken(oauth.KindPersonal, s.Now()).String()
		if _, err := s.Accounts.AddPersonalToken(t.Context(), u.ID, text, "Job", []string{test.scope}, time.Hour); err != nil {
			t.Fatal(err)
		}
		s.want(test.want, text, "DELETE", "people/"+u.ID+"/api-tokens/"+s.personalToken(t, u.ID), "")
		other := s.AddUser("other-"+u.Username, test.role != account.RoleAuditor) // auditors revoke nobody else's
		if test.scope != oauth.ScopeAdmin {
			s.want(http.StatusForbidden, text, "DELETE", "people/"+other.ID+"/api-tokens/"+s.personalToken(t, other.ID), "")
		}
	}
}

// TestATokenIsFoundByItsText or by its ID. The response never has the token.
func TestATokenIsFoundByItsText(t *testing.T) {
	s := start(t)
	c, secret := s.AddClient("https://shop.example/cb", nil)
	tokens := s.Tokens(c, secret, "ada", "read")
	administrator := s.as(account.RoleAdministrator)
	byText := s.want(http.StatusOK, administrator, "POST", "find-token", `{"token": "`+tokens.AccessToken+`"}`)
	byID := s.want(http.StatusOK, administrator, "POST", "find-token", `{"token": "`+byText.text("id")+`"}`)
	if string(byID.body) != string(byText.body) || byText.text("client_id") != c.ID || byText.text("username") != "ada" || byText.text("state") != "valid" || strings.Contains(string(byText.body), tokens.AccessToken) {
		t.Errorf("got %s and %s", byText.body, byID.body)
	}
	grace := s.AddUser("grace", true)
	personal := oauth.NewToken(oauth.KindPersonal, s.Now()).String()
	if _, err := s.Accounts.AddPersonalToken(t.Context(), grace.ID, personal, "script", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
		t.Fatal(err)
	}
	invited, code, err := s.Accounts.Invite(t.Context(), account.NewInvitation{Note: "Bob"})
	if err != nil {
		t.Fatal(err)
	}
	initial, stored, err := provider.NewInitialAccessToken("build", 5, time.Hour, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.AddInitialAccessToken(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][4]string{
		personal: {"api_token", account.PersonalTokenID(personal), "", grace.ID},
		secret:   {"client_secret", c.Secrets[0].ID, c.ID, ""},
		initial:  {"initial_access_token", stored.ID.String(), "", ""},
		code:     {"invitation", invited.ID, "", ""},
	} {
		a := s.want(http.StatusOK, administrator, "POST", "find-token", `{"token": " `+text+`"}`)
		if got := [4]string{a.text("kind"), a.text("id"), a.text("client_id"), a.text("person")}; got != want || a.text("state") != "valid" || strings.Contains(string(a.body), text) {
			t.Errorf("got %s, want %q", a.body, want)
		}
		for _, fault := range s.document().faults("POST", "/find-token", a) {
			t.Errorf("%s: %s", want[0], fault)
		}
	}
	for text, want := range map[string]string{
		"": "does not find tokens of this kind", "x": "does not find tokens of this kind", oauth.NewToken(oauth.KindCode, s.Now()).String(): "does not find tokens of this kind",
		tokens.AccessToken + "x": "has not issued", personal + "x": "has not issued",
	} {
		a := s.want(http.StatusNotFound, administrator, "POST", "find-token", `{"token": "`+text+`"}`)
		if !strings.Contains(a.text("detail"), want) {
			t.Errorf("%.6s: got %s, want %q", text, a.body, want)
		}
		for _, fault := range s.document().faults("POST", "/find-token", a) {
			t.Errorf("%q: %s", text, fault)
		}
	}
}

// TestSettingAPasswordByAPIDoesWhatTheBackOfficeDoes: it ends the sessions, revokes the tokens, queues a
// mail and is recorded. Nobody sets their own: a stolen token would become a way to log in.
func TestSettingAPasswordByAPIDoesWhatTheBackOfficeDoes(t *testing.T) {
	const next = "another long passphrase"
	s := start(t, func(o *latchkey.Options) {
		o.SendMail = func(ctx context.Context, _ latchkey.Mail) error { // the mails wait until the test ends
			<-ctx.Done()
			return ctx.Err()
		}
	})
	root := s.AddUser("root", true)
	own, _ := s.ownToken(root.ID, time.Hour, oauth.ScopeAdmin)
	administrator := s.as(account.RoleAdministrator)
	for name, test := range map[string]struct {
		token, body string
		self        bool
		status      int
	}{
		"a password":                  {administrator, `{"password": "` + next + `"}`, false, http.StatusOK},
		"a generated password":        {own, `{}`, false, http.StatusOK},
		"a password that is too easy": {administrator, `{"password": "password"}`, false, 422},
		"the own password":            {own, `{"password": "` + next + `"}`, true, http.StatusConflict},
		"an operator":                 {s.as(account.RoleOperator), `{}`, false, http.StatusForbidden},
		"few scopes":                  {s.as(account.RoleAdministrator, "latchkey:people:read"), `{}`, false, http.StatusForbidden},
	} {
		username := strings.ReplaceAll(name, " ", "-")
		u := s.Add(account.NewUser{Username: username, Email: username + "@example.com"})
		if test.self {
			u = root
		}
		c, secret := s.AddClient("https://shop.example/cb", nil)
		access := ""
		if !test.self {
			access = s.Tokens(c, secret, username, "read").AccessToken
		}
		waiting, err := s.Store.WaitingMails(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a := s.want(test.status, test.token, "POST", "people/"+u.ID+"/password", test.body)
		if test.status != http.StatusOK {
			if stored, err := s.Store.User(t.Context(), u.ID); err != nil || stored.LoginEpoch != u.LoginEpoch {
				t.Errorf("%s: the password was changed: %v", name, err)
			}
			continue
		}
		e, password := (*s.events)[len(*s.events)-1], a.text("password")
		if (password == "") != strings.Contains(test.body, next) {
			t.Errorf("%s: got %s", name, a.body)
		}
		if password == "" {
			password = next
		}
		if _, err := s.Accounts.CheckPassword(t.Context(), account.Attempt{Username: username, Password: password}); err != nil {
			t.Errorf("%s: the login: %v", name, err)
		}
		if found := s.want(http.StatusOK, administrator, "POST", "find-token", `{"token": "`+access+`"}`); found.text("state") == "valid" {
			t.Errorf("%s: the token is valid: %s", name, found.body)
		}
		if mails, err := s.Store.WaitingMails(t.Context()); err != nil || mails != waiting+1 {
			t.Errorf("%s: %d mails, %v, want %d", name, mails, err, waiting+1)
		}
		if e.Kind != "users/{id}/password" || e.Target != u.ID || strings.Contains(fmt.Sprint(e.Details), password) {
			t.Errorf("%s: recorded as %+v", name, e)
		}
	}
}
