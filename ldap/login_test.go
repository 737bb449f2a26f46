package ldap_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/ldap"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newProvider starts a provider whose people log in with the directory.
func (s *server) newProvider(t *testing.T, change func(*latchkey.LoginProvider)) *latchkeytest.Provider {
	t.Helper()
	settings := s.settings()
	if change != nil {
		change(&settings)
	}
	return latchkeytest.New(t, func(o *latchkey.Options) {
		o.LoginProviders, o.OpenDirectory = []latchkey.LoginProvider{settings}, ldap.Open
	})
}

// logs logs in with the directory, and returns the page that follows.
func logs(p *latchkeytest.Provider, b *latchkeytest.Browser, next, username, password string) latchkeytest.Page {
	form := b.Open(p.Issuer + "/login/with/acme/?next=" + url.QueryEscape(next))
	return b.Submit(form, url.Values{"username": {username}, "password": {password}})
}

func expect(t *testing.T, what string, page latchkeytest.Page, status int, text string) {
	t.Helper()
	if page.StatusCode != status || !strings.Contains(page.Body, text) {
		t.Errorf("%s: got %d, want %d with %q: %s", what, page.StatusCode, status, text, page.Body)
	}
}

// TestPersonLogsInToAnApplicationWithADirectory: the account is created once, the login is
// a new one for prompt=login, and the person has the same account under another name.
func TestPersonLogsInToAnApplicationWithADirectory(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, nil)
	app, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.SkipAuthorization = true })
	b := p.Browser()
	request := p.Issuer + "/authorize/?" + url.Values{
		"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": app.RedirectURIs, "scope": {"openid"}, "prompt": {"login"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode()
	login := b.Open(request)
	expect(t, "the login page", login, http.StatusOK, "Continue with Acme")
	next := login.Request.URL.Query().Get("next")
	expect(t, "a wrong password", logs(p, b, next, "ada", "apple"), http.StatusUnauthorized, "do not match")
	done := logs(p, b, next, "ada", "engine")
	if done.RedirectURL == nil || done.RedirectURL.Query().Get("code") == "" {
		t.Fatalf("no code: %v %s", done.RedirectURL, done.Body)
	}
	u, err := p.Store.UserByName(t.Context(), "ada")
	if err != nil || u.Name != "Ada Lovelace" || u.PasswordHash != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	s.change(t, func(c *client.Conn) error {
		return c.ModifyDN(client.NewModifyDNRequest("uid=ada,ou=people,"+base, "uid=countess", true, ""))
	})
	other := p.Browser()
	expect(t, "the new name", logs(p, other, "/o/account/", "countess", "engine"), http.StatusOK, "ada")
	if _, err := p.Store.UserByName(t.Context(), "countess"); err == nil {
		t.Error("the renamed person got a second account")
	}
	expect(t, "the old name", logs(p, p.Browser(), "/", "ada", "engine"), http.StatusUnauthorized, "do not match")
}

// TestTestLoginWithADirectoryCreatesNothing: an administrator enters the password of a person, and
// sees what this server has read.
func TestTestLoginWithADirectoryCreatesNothing(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, nil)
	p.AddUser("root", true)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "root")
	for password, want := range map[string]string{"engine": "A new account would be created", "apple": "The login failed"} {
		page := b.Submit(b.Open(p.URL+"/admin/login-providers/acme/"), url.Values{"username": {"ada"}, "password": {password}})
		expect(t, password, page, http.StatusOK, want)
		if strings.Contains(page.Body, password) || strings.Contains(page.Body, "ada@acme.example") != (password == "engine") {
			t.Errorf("%s: got %s", password, page.Body)
		}
	}
	if _, err := p.Store.UserByName(t.Context(), "ada"); err == nil {
		t.Error("an account was created")
	}
}

// TestFailedLoginWithADirectoryIsAboutTheConnectedAccount: its owner sees it among the
// activity. A failed login of a person without an account is about nobody.
func TestFailedLoginWithADirectoryIsAboutTheConnectedAccount(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, nil)
	expect(t, "ada", logs(p, p.Browser(), "/o/account/", "ada", "engine"), http.StatusOK, "ada")
	ada, err := p.Store.UserByName(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ada", "eve"} {
		expect(t, "a wrong password", logs(p, p.Browser(), "/", name, "wrong"), http.StatusUnauthorized, "do not match")
	}
	rows, err := p.Store.AuditQueue(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var people []string
	for _, r := range rows {
		if r.Event == oauth.EventLogin && r.Failed {
			people = append(people, r.Person)
		}
	}
	if !slices.Equal(people, []string{ada.ID, ""}) {
		t.Errorf("the failed logins are about %q, want %q and nobody", people, ada.ID)
	}
}

// TestDirectoryThatIsUnavailableStopsNoOtherLogin, and does not count as a wrong password.
func TestDirectoryThatIsUnavailableStopsNoOtherLogin(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, nil)
	p.Add(account.NewUser{Username: "bob"})
	s.stop()
	for range 40 {
		expect(t, "the directory", logs(p, p.Browser(), "/", "ada", "engine"), http.StatusServiceUnavailable, "Acme cannot be reached")
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "bob")
	expect(t, "an account of this server", b.Open(p.Issuer+"/account/"), http.StatusOK, "bob")
	s.start(t)
	expect(t, "afterwards", logs(p, p.Browser(), "/o/account/", "ada", "engine"), http.StatusOK, "ada")
}

// TestGuessesAtADirectoryAreThrottled by the entry: other spellings of the name are the
// same, and the right password is not even sent.
func TestGuessesAtADirectoryAreThrottled(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, nil)
	for i := range 10 {
		expect(t, "a guess", logs(p, p.Browser(), "/", []string{"ada", "ADA", "ａｄａ", " Ada"}[i%4], "wrong"), http.StatusUnauthorized, "do not match")
	}
	expect(t, "the right password", logs(p, p.Browser(), "/", "Ada", "engine"), http.StatusTooManyRequests, "Too many")
	expect(t, "another person", logs(p, p.Browser(), "/o/account/", "eve", "apple"), http.StatusOK, "eve")
	for range 30 {
		logs(p, p.Browser(), "/", "nobody", "wrong")
	}
	expect(t, "all people from the address", logs(p, p.Browser(), "/", "eve", "apple"), http.StatusTooManyRequests, "Too many")
}

// TestDirectoryIsConnectedByTheOwnerOfTheAccount, in the same session; the state of another
// person or provider is refused.
func TestDirectoryIsConnectedByTheOwnerOfTheAccount(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, func(set *latchkey.LoginProvider) { set.SignUp = "" })
	p.Add(account.NewUser{Username: "bob"})
	expect(t, "before", logs(p, p.Browser(), "/", "ada", "engine"), http.StatusForbidden, "No account here is connected")
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "bob")
	form := b.Submit(b.Open(p.Issuer+"/account/providers/"), url.Values{"action": {"connect"}, "provider": {"acme"}})
	expect(t, "the form", form, http.StatusOK, "Log in with Acme")
	expect(t, "a wrong password", b.Submit(form, url.Values{"username": {"ada"}, "password": {"wrong"}}), http.StatusUnauthorized, "do not match")

	stranger := p.Browser()
	copied := stranger.Open(form.Request.URL.String())
	expect(t, "another browser", stranger.Submit(copied, url.Values{"username": {"eve"}, "password": {"apple"}}), http.StatusBadRequest, "Start again")

	expect(t, "connected", b.Submit(form, url.Values{"username": {"ada"}, "password": {"engine"}}), http.StatusOK, "ada@acme.example")
	expect(t, "a second time", b.Submit(form, url.Values{"username": {"eve"}, "password": {"apple"}}), http.StatusBadRequest, "Start again")
	expect(t, "the login", logs(p, p.Browser(), "/o/account/", "ada", "engine"), http.StatusOK, "bob")
}

// TestFormOfADirectoryIsNotSentByAnotherSite (login CSRF).
func TestFormOfADirectoryIsNotSentByAnotherSite(t *testing.T) {
	s := newServer(t)
	p := s.newProvider(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/login/with/acme/", strings.NewReader("username=ada&password=engine"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden || response.Header.Get("Set-Cookie") != "" {
		t.Errorf("got %d, %q", response.StatusCode, response.Header.Get("Set-Cookie"))
	}
}

// TestDirectoryDoesNotAskForTheNameAgain: with IdentifierFirst, the person has entered it. No
// other browser learns it from the address of the page.
func TestDirectoryDoesNotAskForTheNameAgain(t *testing.T) {
	s := newServer(t)
	settings := s.settings()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.LoginProviders, o.OpenDirectory, o.IdentifierFirst = []latchkey.LoginProvider{settings}, ldap.Open, true
	})
	expect(t, "the first login", logs(p, p.Browser(), "/o/account/", "ada", "engine"), http.StatusOK, "ada")
	b := p.Browser()
	second := b.Submit(b.Open(p.Issuer+"/login/?next=/o/account/"), url.Values{"username": {"ada"}})
	link := regexp.MustCompile(`href="(/o/login/with/acme/[^"]*name=[^"]*)"`).FindStringSubmatch(second.Body)
	if link == nil {
		t.Fatalf("the second page has no button with the name: %s", second.Body)
	}
	address := p.URL + strings.ReplaceAll(link[1], "&amp;", "&")
	page := b.Open(address)
	expect(t, "the page of the directory", page, http.StatusOK, `name="username" value="ada"`)
	if sealed := regexp.MustCompile(`[\w-]{20,}`); strings.Contains(sealed.ReplaceAllString(address, ""), "ada") || strings.Contains(p.Browser().Open(address).Body, `value="ada"`) {
		t.Errorf("the address %s reveals the name", address)
	}
	wrong := b.Submit(page, url.Values{"password": {"wrong"}})
	expect(t, "a wrong password", wrong, http.StatusUnauthorized, `name="username" value="ada"`)
	if done := b.Submit(wrong, url.Values{"password": {"engine"}}); done.Request.URL.Path != "/o/account/" {
		t.Errorf("got %s: %s", done.Request.URL, done.Body)
	}
}
