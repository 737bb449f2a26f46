package web_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// federation is a server and another one, at which its people can log in. Both listen on
// ports of their own. A browser has one jar of cookies for each.
type federation struct {
	*latchkeytest.Provider
	other *latchkeytest.Provider
	app   *oauth.Client
}

// newFederation starts both servers. The other one has the users ada and eve.
func newFederation(t *testing.T, change func(*latchkey.LoginProvider), options ...func(*latchkey.Options)) *federation {
	t.Helper()
	f := &federation{other: latchkeytest.New(t, allowLoopback, func(o *latchkey.Options) { o.ACRValues = nil })}
	settings := latchkey.LoginProvider{Name: "acme", Title: "Acme", Issuer: f.other.Issuer, ClientID: "latchkey", SignUp: "automatic"}
	var secret string
	f.Provider = latchkeytest.New(t, append(slices.Clone(options), allowLoopback, func(o *latchkey.Options) {
		_, secret = f.other.AddClient(o.Issuer+"/login/with/acme/callback/", func(c *oauth.Client) {
			c.ID, c.Name, c.Scopes = "latchkey", "Latchkey", oauth.Scopes{"openid", "profile", "email"}
			c.BackchannelLogoutURI = o.Issuer + "/login/with/acme/backchannel-logout/"
			c.PostLogoutRedirectURIs = []string{o.Issuer + "/login/with/acme/logged-out/"}
		})
		settings.ClientSecret = secret
		if change != nil {
			change(&settings)
		}
		o.LoginProviders = []latchkey.LoginProvider{settings}
	})...)
	for _, name := range []string{"ada", "eve"} {
		f.other.Add(account.NewUser{Username: name, Name: strings.ToUpper(name[:1]) + name[1:], Email: name + "@acme.example", EmailVerified: true})
	}
	f.app, _ = f.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name, c.Scopes = "Shop", oauth.Scopes{"openid"} })
	return f
}

// leaves opens an address that sends the browser to the other provider.
func (f *federation) leaves(t *testing.T, b *latchkeytest.Browser, address string) *url.URL {
	t.Helper()
	page := b.Open(address)
	if page.RedirectURL == nil || !strings.HasPrefix(page.RedirectURL.String(), f.other.Issuer+"/authorize/") {
		t.Fatalf("%s leads to %v: %d %s", address, page.RedirectURL, page.StatusCode, page.Body)
	}
	return page.RedirectURL
}

// answers logs a person in at the other provider, and returns the address of the callback.
func (f *federation) answers(t *testing.T, at *url.URL, name string) string {
	t.Helper()
	answer, err := f.other.Browser().Decide(at.String(), name, true)
	if err != nil {
		t.Fatal(err)
	}
	return answer.String()
}

// logsIn logs in with the other provider, in a browser, and returns the last page.
func (f *federation) logsIn(t *testing.T, b *latchkeytest.Browser, name, next string) latchkeytest.Page {
	t.Helper()
	return b.Open(f.answers(t, f.leaves(t, b, f.Issuer+"/login/with/acme/?next="+url.QueryEscape(next)), name))
}

// loggedInAs reports whether a browser is logged in as a person.
func (f *federation) loggedInAs(b *latchkeytest.Browser, username string) bool {
	page := b.Open(f.Issuer + "/account/")
	return strings.Contains(page.Body, "<strong>"+username+"</strong>") || strings.Contains(page.Body, "<bdi>"+username+"</bdi>")
}

// shows fails the test unless the page has the status and a text.
func shows(t *testing.T, page latchkeytest.Page, status int, text string) {
	t.Helper()
	if page.StatusCode != status || !strings.Contains(page.Body, text) {
		t.Errorf("%s: got %d, want %d with %q: %s", page.Request.URL.Path, page.StatusCode, status, text, page.Body)
	}
}

// TestLoginThroughAnotherProvider follows a person from an application to the other
// provider and back: the account is created once, and the application gets its code.
func TestLoginThroughAnotherProvider(t *testing.T) {
	f := newFederation(t, nil)
	for round := range 2 {
		b := f.Browser()
		login := b.Open(authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}, "login_hint": {"ada"}, "ui_locales": {"nl"}}))
		shows(t, login, http.StatusOK, "Continue with Acme")
		if n := strings.Count(login.Body, "or log in with"); n != 1 {
			t.Errorf("the page says %d times \"or log in with\"", n)
		}
		at := f.leaves(t, b, f.button(t, login))
		q := at.Query()
		if q.Get("login_hint") != "ada" || q.Get("ui_locales") != "nl" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || len(q.Get("state")) < 100 {
			t.Errorf("the request is %v", q)
		}
		page := b.Open(f.answers(t, at, "ada"))
		if round == 0 {
			shows(t, page, http.StatusOK, "Shop")
			page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
		}
		if !f.loggedInAs(b, "ada") {
			t.Error("nobody is logged in")
		}
		if page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
			t.Errorf("no code: %s", page.Body)
		}
	}
	canonical, err := f.Store.UserByName(t.Context(), "ada")
	if err != nil || canonical.Email != "ada@acme.example" || canonical.EmailVerified() || canonical.Name != "Ada" {
		t.Errorf("the account: %+v, %v", canonical, err)
	}
}

// button returns the address of the button for the other provider.
func (f *federation) button(t *testing.T, login latchkeytest.Page) string {
	t.Helper()
	_, text, found := strings.Cut(login.Body, `<a class="button block`)
	_, text, _ = strings.Cut(text, `href="`)
	if !found {
		t.Fatalf("no button: %s", login.Body)
	}
	text, _, _ = strings.Cut(text, `"`)
	return f.URL + html.UnescapeString(text)
}

// TestStateOfALoginIsBoundAndUsedOnce: a callback works once, in the browser in which the
// login began, for its provider, and for half an hour (RFC 9700 §4.7, login CSRF).
func TestStateOfALoginIsBoundAndUsedOnce(t *testing.T) {
	f := newFederation(t, nil)
	start := f.Issuer + "/login/with/acme/"
	fails := func(what string, b *latchkeytest.Browser, address string) {
		t.Helper()
		page := b.Open(address)
		if page.StatusCode != http.StatusBadRequest || !strings.Contains(page.Body, "Start again") {
			t.Errorf("%s: got %d %s", what, page.StatusCode, page.Body)
		}
		if f.loggedInAs(b, "Ada") || f.loggedInAs(b, "Eve") {
			t.Errorf("%s: a person is logged in", what)
		}
	}
	b, victim := f.Browser(), f.Browser()
	callback := f.answers(t, f.leaves(t, b, start), "eve")
	fails("another browser", f.Browser(), callback)
	f.leaves(t, victim, start)
	fails("a browser with another login", victim, callback)
	for name, state := range map[string]string{"no state": "", "junk": "AAAA", "a long state": strings.Repeat("A", 9000)} {
		u, _ := url.Parse(callback)
		q := u.Query()
		q.Set("state", state)
		u.RawQuery = q.Encode()
		fails(name, b, u.String())
	}
	if page := b.Open(callback); page.StatusCode != http.StatusOK {
		t.Fatalf("the callback: %d %s", page.StatusCode, page.Body)
	}
	if !f.loggedInAs(b, "Eve") {
		t.Error("Eve is not logged in")
	}
	replay := b.Open(callback)
	shows(t, replay, http.StatusBadRequest, "Start again")

	late := f.Browser()
	callback = f.answers(t, f.leaves(t, late, start), "ada")
	f.Advance(31 * time.Minute)
	fails("half an hour later", late, callback)
}

// TestStateBelongsToOneProvider: an answer to another redirect URI is a mix-up (RFC 9700
// §4.4).
func TestStateBelongsToOneProvider(t *testing.T) {
	f := newFederation(t, nil)
	b := f.Browser()
	callback := f.answers(t, f.leaves(t, b, f.Issuer+"/login/with/acme/"), "ada")
	page := b.Open(strings.Replace(callback, "/acme/", "/evil/", 1))
	shows(t, page, http.StatusNotFound, "no login provider with this name")
	u, _ := url.Parse(callback)
	q := u.Query()
	q.Set("iss", "https://evil.example")
	u.RawQuery = q.Encode()
	shows(t, b.Open(u.String()), http.StatusBadGateway, "not valid")
	if f.loggedInAs(b, "Ada") {
		t.Error("Ada is logged in")
	}
}

// TestProviderFailuresAreExplained, and lead back to the other ways to log in, with the
// request of the application.
func TestProviderFailuresAreExplained(t *testing.T) {
	f := newFederation(t, func(p *latchkey.LoginProvider) { p.SignUp = "" })
	b := f.Browser()
	next := "/somewhere?x=1"
	page := f.logsIn(t, b, "ada", next)
	shows(t, page, http.StatusForbidden, "No account here is connected")
	if !strings.Contains(page.Body, "/login/?next=%2Fsomewhere%3Fx%3D1") {
		t.Errorf("the way back is missing: %s", page.Body)
	}
	at := f.leaves(t, b, f.Issuer+"/login/with/acme/")
	answer, err := f.other.Browser().Decide(at.String(), "eve", false)
	if err != nil {
		t.Fatal(err)
	}
	failed := failedLogins(t, f.Provider)
	shows(t, b.Open(answer.String()), http.StatusForbidden, "Perhaps you canceled it there")
	if n := failedLogins(t, f.Provider) - failed; n != 1 {
		t.Errorf("the audit log has %d more failed logins, want 1", n)
	}

	down := newFederation(t, func(p *latchkey.LoginProvider) { p.Issuer = "http://127.0.0.1:1" })
	down.AddUser("bob", false)
	b = down.Browser()
	shows(t, b.Open(down.Issuer+"/login/with/acme/"), http.StatusServiceUnavailable, "cannot be reached")
	b.LogIn(b.Open(down.Issuer+"/login/"), "bob")
	if !down.loggedInAs(b, "bob") {
		t.Error("the login with a password does not work")
	}
}

// failedLogins returns the number of failed logins in the audit log.
func failedLogins(t *testing.T, p *latchkeytest.Provider) (n int) {
	t.Helper()
	rows, err := p.Store.AuditQueue(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Event == oauth.EventLogin && r.Failed {
			n++
		}
	}
	return n
}

// TestLoginThroughAnotherProviderStaysOnThisServer: next is a path, whatever a link says.
func TestLoginThroughAnotherProviderStaysOnThisServer(t *testing.T) {
	f := newFederation(t, nil)
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		b := f.Browser()
		page := f.logsIn(t, b, "ada", next)
		if page.RedirectURL != nil || page.Request.URL.Host != strings.TrimPrefix(f.URL, "http://") {
			t.Errorf("%q leads to %v", next, page.Request.URL)
		}
	}
	// A long request is kept on the server.
	b := f.Browser()
	next := "/" + strings.Repeat("x", 2500)
	at := f.leaves(t, b, f.Issuer+"/login/with/acme/?next="+url.QueryEscape(next))
	if len(at.Query().Get("state")) > 1000 {
		t.Errorf("the state has %d characters", len(at.Query().Get("state")))
	}
	if page := b.Open(f.answers(t, at, "ada")); page.Request.URL.Path != next {
		t.Errorf("the login continues at %s", page.Request.URL.Path)
	}
}

// TestNewLoginIsPassedOn: prompt=login and max_age of the application are those of the
// request to the other provider, and the time of the login there becomes auth_time.
func TestNewLoginIsPassedOn(t *testing.T) {
	f := newFederation(t, nil)
	for name, test := range map[string]struct {
		params         url.Values
		prompt, maxAge string
	}{
		"nothing":   {url.Values{}, "", ""},
		"login":     {url.Values{"prompt": {"login"}}, "login", "0"},
		"max_age":   {url.Values{"max_age": {"300"}}, "", "300"},
		"max_age=0": {url.Values{"max_age": {"0"}}, "login", "0"},
	} {
		test.params.Set("scope", "openid")
		b := f.Browser()
		login := b.Open(authorizeURL(f.Provider, f.app, test.params))
		at := f.leaves(t, b, f.button(t, login))
		if q := at.Query(); q.Get("prompt") != test.prompt || q.Get("max_age") != test.maxAge {
			t.Errorf("%s: prompt=%q max_age=%q", name, q.Get("prompt"), q.Get("max_age"))
		}
		shows(t, b.Open(f.answers(t, at, "ada")), http.StatusOK, "Shop")
	}
	// A person who is logged in logs in again, and an old login at the other provider is not
	// enough.
	b, theirs := f.Browser(), f.other.Browser()
	if _, err := theirs.Decide(f.leaves(t, b, f.Issuer+"/login/with/acme/").String(), "ada", true); err != nil {
		t.Fatal(err)
	}
	f.logsIn(t, b, "ada", "/")
	f.Advance(10 * time.Minute)
	f.other.Advance(10 * time.Minute)
	if at := f.leaves(t, b, f.Issuer+"/login/with/acme/?next=/o/account/"); at.Query().Get("prompt") != "login" {
		t.Errorf("the request is %v", at.Query())
	}
	silent := f.Browser()
	page := theirs.Open(f.leaves(t, silent, f.Issuer+"/login/with/acme/").String())
	silent.Open(page.RedirectURL.String())
	_, session := f.sessionOf(t, silent)
	if age := f.Now().Sub(session.AuthTime); age < 9*time.Minute {
		t.Errorf("the login is %s old, but the person logged in 10 minutes ago", age)
	}
}

// sessionOf returns the user and the session of a browser.
func (f *federation) sessionOf(t *testing.T, b *latchkeytest.Browser) (*account.User, account.Session) {
	t.Helper()
	u, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range b.Jar.Cookies(u) {
		if cookie.Name == "lk_session" {
			session, user, err := f.Accounts.Session(t.Context(), cookie.Value)
			if err != nil {
				t.Fatal(err)
			}
			return user, session
		}
	}
	t.Fatal("the browser has no session")
	return nil, account.Session{}
}
