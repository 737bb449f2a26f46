package admin_test

import (
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// destructive are the forms that cannot be undone, by the pattern of their
// action, and what each question says. {app} and {user} are ids.
var destructive = map[string][]struct {
	fields url.Values
	says   string
}{
	"POST /applications/{id}/delete/{$}":    {{nil, "You can undo this for seven days"}},
	"POST /login-providers/{id}/delete/{$}": {{nil, "People can no longer log in with it"}},
	"POST /login-providers/{id}/switch/{$}": {{url.Values{"to": {"disabled"}}, "Nobody can log in with it"}},
	"POST /applications/{id}/secret/{$}": {
		{url.Values{"end": {"x"}}, "can no longer authenticate"},
		{url.Values{"end": {"{secret}"}}, "Revoke the secret …{end} of"},
		{url.Values{"overlap": {"0"}}, "stop working at once"},
	},
	"POST /applications/{id}/switch/{$}": {
		{url.Values{"to": {"disabled"}}, "all of its tokens become permanently invalid"},
		{url.Values{"to": {"paused"}}, "its tokens are rejected"},
	},
	"POST /applications/{id}/registration-token/{$}": {{nil, "cannot get another token for this"}},
	"POST /applications/{id}/revoke/{$}":             {{nil, "become invalid at once"}},
	"POST /applications/{$}": {
		{url.Values{"client": {"{app}"}, "do": {"revoke"}}, "become invalid at once"},
		{url.Values{"client": {"{app}"}, "do": {"disable"}}, "Disable 1 selected application?"},
	},
	"POST /users/{$}": {
		{url.Values{"person": {"{user}"}, "do": {"logout"}}, "Log out 1 selected user everywhere?"},
		{url.Values{"person": {"{user}"}, "do": {"disable"}}, "all tokens of the users are rejected"},
	},
	"POST /users/{id}/password/{$}": {{nil, "Confirm that all sessions of the user will end"}},
	"POST /users/{id}/logout/{$}":   {{nil, "All sessions of the user end"}},
	"POST /users/{id}/factors/{$}":  {{nil, "the password alone is enough to log in"}},
	"POST /users/{id}/switch/{$}": {
		{url.Values{"to": {"disabled"}}, "tokens become permanently invalid"},
		{url.Values{"to": {"paused"}}, "all tokens of the user are rejected"},
	},
	"POST /groups/{id}/{$}":            {{url.Values{"member": {"{user}"}}, "They lose the access that"}},
	"POST /groups/{id}/delete/{$}":     {{nil, "You cannot undo this"}},
	"POST /users/{id}/delete/{$}":      {{nil, "You cannot undo this"}},
	"POST /users/{id}/picture/{$}":     {{nil, "can upload another one"}},
	"POST /invitations/{$}":            {{url.Values{"withdraw": {"x"}}, "No account can be created with it any more"}},
	"POST /tokens/{$}":                 {{url.Values{"family": {"{family}"}}, "become invalid at once"}, {url.Values{"token": {"{token}"}}, "become invalid at once"}},
	"POST /requests/{$}":               {{url.Values{"request": {"x"}}, "have to start again"}},
	"POST /consents/{$}":               {{url.Values{"consent": {"{user} {app}"}}, "have to ask the users again"}},
	"POST /sessions/{$}":               {{url.Values{"session": {"{session}"}}, "are logged out in these browsers"}},
	"POST /keys/{$}":                   {{url.Values{"alg": {"{alg}"}}, "remains published until the last token that it signed has expired"}},
	"POST /api-tokens/{$}":             {{url.Values{"revoke": {"x"}}, "can no longer use the admin API"}},
	"POST /all-api-tokens/{$}":         {{url.Values{"token": {"x y"}}, "can no longer use the admin API"}},
	"POST /users/{id}/api-tokens/{$}":  {{url.Values{"revoke": {"x"}}, "can no longer use the admin API"}},
	"POST /registration/{$}":           {{url.Values{"revoke": {"x"}}, "No application can register with the token"}},
	"POST /problems/{id}/redirect/{$}": {{url.Values{"version": {"1"}}, "anybody can send a request with any redirect URI"}},
	"POST /keys/{id}/retire/{$}":       {{nil, "will no longer be used for signing"}},
	"POST /scopes/{id}/delete/{$}":     {{nil, "Tokens that have it stay valid"}},
	"POST /resources/{id}/delete/{$}":  {{nil, "Tokens for it stay valid"}},
}

// harmless are the actions that destroy nothing.
var harmless = []string{
	"POST /applications/add/{$}", "POST /applications/{id}/edit/{$}", "POST /applications/{id}/restore/{$}", "POST /users/add/{$}", "POST /users/{id}/metadata/{$}", "POST /users/{id}/{$}",
	"POST /users/{id}/keep/{$}", "POST /users/{id}/export/{$}", "POST /applications/{id}/approval/{$}",
	"POST /login-providers/{id}/test/{$}", "POST /login-providers/{id}/try/{$}", "POST /login-providers/add/{$}", "POST /login-providers/{id}/edit/{$}", "POST /tokens/find/{$}",
	"POST /groups/add/{$}", "POST /groups/{id}/edit/{$}", "POST /groups/{id}/members/{$}",
	"POST /scopes/add/{$}", "POST /scopes/{id}/edit/{$}", "POST /resources/add/{$}", "POST /resources/{id}/edit/{$}",
}

// TestEveryDestructiveActionAsksOnce walks all actions of the back office. Without
// the answer to its question, an action changes nothing.
func TestEveryDestructiveActionAsksOnce(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	c, secret := o.AddClient("https://app.example/cb", nil)
	o.post("login-providers/add/", acme)
	browser := o.Provider.Browser()
	code, err := browser.Authorize(o.Issuer+"/authorize/?"+url.Values{"response_type": {"code"}, "client_id": {c.ID}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	tokens := o.answer("/token", c.ID, secret, "grant_type", "authorization_code", "code", code, "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	if tokens["access_token"] == nil {
		t.Fatal(tokens)
	}
	o.addFactors("ada")
	keys, err := o.Store.SigningKeys(t.Context())
	if err != nil || len(keys) == 0 {
		t.Fatal(keys, err)
	}
	replace := strings.NewReplacer(
		"{family}", submatch(t, o.open("tokens/").Body, `name="family" value="([^"]+)"`), "{token}", submatch(t, o.open("tokens/?kind=access").Body, `name="token" value="([^"]+)"`),
		"{session}", submatch(t, o.open("sessions/?q=ada").Body, `name="session" value="([^"]+)"`), "{user}", ada.ID, "{app}", c.ID,
		"{alg}", keys[0].Alg, "{secret}", c.Secrets[0].ID, "{end}", secret[len(secret)-4:],
	)
	left := make(map[string]bool)
	for _, pattern := range admin.Patterns() {
		left[pattern] = strings.HasPrefix(pattern, "POST ")
	}
	for _, pattern := range harmless {
		delete(left, pattern)
	}
	rejected, _ := o.rejects(c, "https://app.example/other")
	registered, _ := o.AddClient("https://robot.example/cb", func(c *oauth.Client) { c.ID = oauth.RegistrationPrefix + strings.Repeat("A", 30) })
	before := o.state(c.ID, ada.ID)
	for pattern, forms := range destructive {
		delete(left, pattern)
		id := c.ID
		if strings.Contains(pattern, "/users/") {
			id = ada.ID
		} else if strings.Contains(pattern, "/groups/") {
			id = o.anyGroup()
		} else if strings.Contains(pattern, "/keys/") {
			id = keys[0].ID
		} else if strings.Contains(pattern, "/login-providers/") {
			id = "acme"
		} else if strings.Contains(pattern, "/scopes/") || strings.Contains(pattern, "/resources/") {
			id = o.anyDefinition(pattern)
		} else if strings.Contains(pattern, "/registration-token/") {
			id = registered.ID
		} else if strings.Contains(pattern, "/problems/") {
			id = rejected
		}
		path := strings.NewReplacer("{id}", id, "{$}", "").Replace(strings.TrimPrefix(pattern, "POST "))
		for _, form := range forms {
			fields := url.Values{}
			for name, values := range form.fields {
				fields.Set(name, replace.Replace(values[0]))
			}
			response, err := o.PostForm(o.URL+"/admin"+path, fields)
			if err != nil {
				t.Fatal(err)
			}
			page := latchkeytest.Page{Response: response, Body: read(t, response)}
			if !strings.Contains(page.Body, replace.Replace(form.says)) || !strings.Contains(page.Body, `name="confirmed"`) {
				t.Errorf("%s with %v: the question does not say %q: %s %s", pattern, fields, form.says, page.Status, page.Body)
			}
			if after := o.state(c.ID, ada.ID); after != before {
				t.Fatalf("%s with %v acted without an answer:\n%s\n%s", pattern, fields, before, after)
			}
		}
	}
	for pattern, unknown := range left {
		if unknown {
			t.Errorf("%s is neither in the list of destructive actions nor in that of harmless ones", pattern)
		}
	}
}

// state describes what the destructive actions change.
func (o office) state(clientID, userID string) string {
	o.t.Helper()
	ctx := o.t.Context()
	client, err := o.Store.Client(ctx, clientID)
	if err != nil {
		return "the application was deleted"
	}
	user, err := o.Store.User(ctx, userID)
	if err != nil {
		o.t.Fatal(err)
	}
	keys, _ := o.Store.SigningKeys(ctx)
	families, _, _ := o.Store.Families(ctx, oauth.FamilyFilter{}, paging.Page{})
	tokens, _, _ := o.Store.AccessTokens(ctx, oauth.FamilyFilter{}, paging.Page{})
	consents, _, _ := o.Store.Consents(ctx, oauth.FamilyFilter{}, paging.Page{})
	page := o.open("sessions/")
	return describe(client.Disabled, client.RevokedBefore, client.Secrets, user.Disabled, user.PasswordHash, user.Factors, len(keys), keys[0].RetiredAt, len(families), len(tokens), len(consents), strings.Count(page.Body, `name="session"`))
}

// TestActingKeepsTheFilterAndThePage: an action on a list returns to the same page
// of it. An action without rows is an error.
func TestActingKeepsTheFilterAndThePage(t *testing.T) {
	o := enter(t)
	c, secret := o.AddClient("https://app.example/cb", nil)
	for range 28 {
		o.answer("/token", c.ID, secret, "grant_type", "client_credentials")
	}
	first := o.open("tokens/?kind=access&q=test+app")
	second := o.open("tokens/" + html.UnescapeString(submatch(t, first.Body, `href="(\?[^"]*after=[^"]*)"`)))
	row := submatch(t, second.Body, `name="token" value="([^"]+)"`)
	after := o.Submit(second, url.Values{"token": {row}})
	q := after.Request.URL.Query()
	if q.Get("kind") != "access" || q.Get("q") != "test app" || q.Get("after") == "" || q.Get("note") != "did.revoked.1.0.0.0" || strings.Contains(after.Body, row) {
		t.Errorf("after an action: %s", after.Request.URL)
	}
	for _, path := range []string{"tokens/?kind=access&q=test+app", "consents/?q=x", "sessions/?q=root"} {
		page := o.Submit(o.open(path), url.Values{})
		if page.Request.URL.Query().Get("q") == "" || !strings.Contains(page.Body, `<p>You have not selected anything`) || strings.Contains(page.Body, "notice ok") {
			t.Errorf("%s, with nothing selected: %s %s", path, page.Request.URL, page.Body)
		}
	}
	cancel := o.Browser.Submit(second, url.Values{"token": {submatch(t, second.Body, `name="token" value="([^"]+)"`)}})
	if !strings.Contains(submatch(t, cancel.Body, `href="([^"]*)">Cancel`), "after=") {
		t.Error("Cancel leaves the page of the list")
	}
	// The last rows of the last page are revoked.
	for range 2 {
		page := o.open("tokens/" + html.UnescapeString(submatch(t, first.Body, `href="(\?[^"]*after=[^"]*)"`)))
		after = o.Submit(page, url.Values{"token": {submatch(t, page.Body, `name="token" value="([^"]+)"`)}})
	}
	if after.Request.URL.Query().Get("after") != "" || strings.Count(after.Body, `name="token"`) != 25 {
		t.Errorf("behind the last page: %s", after.Request.URL)
	}
}

// TestApplicationKeepsASecretThatLasts: after a rotation, the new secret cannot be
// revoked while the old one expires.
func TestApplicationKeepsASecretThatLasts(t *testing.T) {
	o := enter(t)
	c, old := o.AddClient("https://app.example/cb", nil)
	page := o.open("applications/" + c.ID + "/")
	if !strings.Contains(page.Body, "…"+old[len(old)-4:]) || strings.Contains(page.Body, old[:len(old)-4]) {
		t.Error("the end of the secret is not shown, or more of it is")
	}
	used := time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)
	if err := o.Store.NoteSecretUses(t.Context(), []oauth.SecretUse{{ClientID: c.ID, SecretID: c.Secrets[0].ID, At: used}, {ClientID: c.ID, At: used.Add(time.Minute)}}); err != nil {
		t.Fatal(err)
	}
	if page := o.open("applications/" + c.ID + "/"); !strings.Contains(page.Body, "4 March 2026, 05:06 UTC") {
		t.Error("the last use of the secret is not shown")
	}
	for path, want := range map[string]string{"applications/": "4 March 2026, 05:07 UTC", "export/applications/?format=csv": "2026-03-04T05:07:00Z"} {
		if page := o.open(path); !strings.Contains(page.Body, want) {
			t.Errorf("%s does not show the last use of the application: %s", path, page.Body)
		}
	}
	o.post("applications/"+c.ID+"/secret/", url.Values{"overlap": {"1d"}})
	stored, err := o.Store.Client(t.Context(), c.ID)
	if err != nil || len(stored.Secrets) != 2 {
		t.Fatal(stored, err)
	}
	if page := o.post("applications/"+c.ID+"/secret/", url.Values{"end": {stored.Secrets[0].ID}}); page.StatusCode != 409 || !strings.Contains(page.Body, "Rotate the secret first") {
		t.Errorf("the lasting secret: %s", page.Status)
	}
	o.post("applications/"+c.ID+"/secret/", url.Values{"end": {stored.Secrets[1].ID}})
	stored, err = o.Store.Client(t.Context(), c.ID)
	if err != nil || len(stored.Secrets) != 1 || !stored.HasLastingSecret() {
		t.Errorf("the old secret was not revoked: %+v %v", stored.Secrets, err)
	}
	expiring := *stored
	expiring.Secrets = []oauth.ClientSecret{{ID: "1", Hash: []byte{1}, ExpiresAt: time.Now().Add(time.Hour)}}
	if err := o.Store.UpdateClient(t.Context(), &expiring); err != nil {
		t.Fatal(err)
	}
	if page := o.open("applications/" + c.ID + "/"); !strings.Contains(page.Body, "All secrets of this application expire") {
		t.Error("no warning about secrets that all expire")
	}
}

// TestTryItIsOfferedOnlyWhereItWorks: the consumer can use only applications with
// the authorization code grant and its own redirect URI.
func TestTryItIsOfferedOnlyWhereItWorks(t *testing.T) {
	const callback = "http://localhost:8001/consumer/exchange/"
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		want   bool
	}{
		"with the redirect URI of the consumer": {func(*oauth.Client) {}, true},
		"a public one":                          {func(c *oauth.Client) { c.Type = oauth.Public }, true},
		"with another redirect URI":             {func(c *oauth.Client) { c.RedirectURIs = []string{"https://app.example/cb"} }, false},
		"a machine":                             {func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantClientCredentials} }, false},
		"a disabled one":                        {func(c *oauth.Client) { c.Disabled = true }, false},
		"without the response type code":        {func(c *oauth.Client) { c.ResponseTypes = []string{"id_token"} }, false},
	} {
		o := enter(t)
		c, _ := o.AddClient(callback, test.change)
		if page := o.open("applications/" + c.ID + "/"); strings.Contains(page.Body, ">Try it<") != test.want {
			t.Errorf("%s: offered %t", name, !test.want)
		}
	}
}

// TestQuestionsSayForHowLongJWTsAreAccepted after everything of an application was revoked. Opaque
// tokens are rejected at once.
func TestQuestionsSayForHowLongJWTsAreAccepted(t *testing.T) {
	o := enter(t)
	for _, format := range oauth.TokenFormats() {
		c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AccessTokenFormat = oauth.TokenFormat(format) })
		const says = "can accept the last one for up to 1 hour"
		response, err := o.PostForm(o.URL+"/admin/applications/"+c.ID+"/revoke/", nil)
		if err != nil || strings.Contains(read(t, response), says) != (format == "jwt") {
			t.Errorf("%s: the question before a revocation: %v", format, err)
		}
		if page := o.open("applications/" + c.ID + "/delete/"); strings.Contains(page.Body, says) != (format == "jwt") {
			t.Errorf("%s: the question before a deletion: %s", format, page.Body)
		}
	}
}
