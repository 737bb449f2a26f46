package admin_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A trial is a back office, and another server that is its login provider.
type trial struct {
	office
	other  *latchkeytest.Provider
	secret string
}

// newTrial starts both. The other one has the user ada.
func newTrial(t *testing.T, change func(*latchkey.LoginProvider)) *trial {
	t.Helper()
	x := &trial{other: latchkeytest.New(t)}
	x.office = enter(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		_, x.secret = x.other.AddClient(o.Issuer+"/login/with/acme/callback/", func(c *oauth.Client) { c.ID, c.Scopes = "latchkey", oauth.Scopes{"openid", "profile", "email"} })
		acme := latchkey.LoginProvider{Name: "acme", Title: "Acme", Issuer: x.other.Issuer, ClientID: "latchkey", ClientSecret: x.secret, SignUp: "automatic"}
		change(&acme)
		o.LoginProviders = []latchkey.LoginProvider{acme}
	})
	x.other.Add(account.NewUser{Username: "ada", Name: "Ada", Email: "ada@acme.example", EmailVerified: true})
	return x
}

// callback logs ada in at the address of the other server, and returns that of the callback.
func (x *trial) callback(at *url.URL) *url.URL {
	x.t.Helper()
	if at == nil || !strings.HasPrefix(at.String(), x.other.Issuer) {
		x.t.Fatalf("the button leads to %v", at)
	}
	answer, err := x.other.Browser().Decide(at.String(), "ada", true)
	if err != nil {
		x.t.Fatal(err)
	}
	return answer
}

// begins presses the button "Try a login", and logs ada in.
func (x *trial) begins() *url.URL {
	x.t.Helper()
	return x.callback(x.post("login-providers/acme/try/", url.Values{}).RedirectURL)
}

func (x *trial) sees(what string, page latchkeytest.Page, texts ...string) {
	x.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			x.t.Errorf("%s: %q is missing: %d %s", what, text, page.StatusCode, page.Body)
		}
	}
	if strings.Contains(page.Body, x.secret) || strings.Contains(page.Body, "access_token") || strings.Contains(page.Body, "eyJ") {
		x.t.Errorf("%s: the page has a secret: %s", what, page.Body)
	}
}

// nobody fails the test if ada has an account here.
func (x *trial) nobody(what string) {
	x.t.Helper()
	if _, err := x.Store.UserByName(x.t.Context(), "ada"); err == nil {
		x.t.Errorf("%s: an account was created", what)
	}
}

// TestTestLoginShowsClaimsAndChangesNothing: the page shows what a login would do, and the
// administrator remains logged in.
func TestTestLoginShowsClaimsAndChangesNothing(t *testing.T) {
	x := newTrial(t, func(*latchkey.LoginProvider) {})
	callback := x.begins()
	page := x.Open(callback.String())
	x.sees("a new person", page, "A new account would be created", "ada@acme.example", "&#34;iss&#34;", "Nobody was logged in here, and nothing was changed.")
	if strings.Contains(page.Body, "nonce") || strings.Contains(page.Body, callback.Query().Get("code")) {
		t.Errorf("the page has values of this login only: %s", page.Body)
	}
	x.nobody("a new person")
	x.sees("a reload", x.Open(page.Request.URL.String()), "Start again")
	x.sees("the administrator", x.open("login-providers/"), "root")

	// A person who is connected.
	b := x.Provider.Browser()
	b.Open(x.callback(b.Open(x.Issuer + "/login/with/acme/").RedirectURL).String())
	x.sees("a known person", x.Open(x.begins().String()), "The person would be logged in as")
}

// TestTestLoginExplainsWhyAPersonIsRefused: by the rules, or because no account is connected.
func TestTestLoginExplainsWhyAPersonIsRefused(t *testing.T) {
	for want, change := range map[string]func(*latchkey.LoginProvider){
		"The rules of this provider do not allow this person": func(p *latchkey.LoginProvider) { p.EmailDomains = []string{"other.example"} },
		"The person needs an invitation":                      func(p *latchkey.LoginProvider) { p.SignUp = "" },
	} {
		x := newTrial(t, change)
		x.sees(want, x.Open(x.begins().String()), want, "ada@acme.example")
		x.nobody(want)
	}
	x := newTrial(t, func(p *latchkey.LoginProvider) { p.Issuer = "http://127.0.0.1:1" })
	x.sees("an unavailable provider", x.post("login-providers/acme/try/", url.Values{}), "The login failed", "unavailable")
}

// TestTestLoginBelongsToTheSessionOfTheAdministrator: nobody else sees its result, it logs nobody
// in, and the answer of a login is not one of a test (login CSRF, replay).
func TestTestLoginBelongsToTheSessionOfTheAdministrator(t *testing.T) {
	x := newTrial(t, func(*latchkey.LoginProvider) {})
	refused := func(what string, b *latchkeytest.Browser, address string) {
		t.Helper()
		page := b.Open(address)
		if strings.Contains(page.Body, "ada@acme.example") {
			t.Errorf("%s: got %s", what, page.Body)
		}
		x.nobody(what)
	}
	callback := x.begins()
	refused("another browser", x.Provider.Browser(), callback.String())
	refused("the browser of another administrator", x.as(account.RoleAdministrator), callback.String())
	// A person without the permission logs in in this browser.
	x.AddUser("eve", false)
	x.LogIn(x.Open(x.Issuer+"/login/?other=yes"), "eve")
	page := x.Open(callback.String())
	if page.StatusCode != http.StatusForbidden {
		t.Errorf("a person without a role: got %d %s", page.StatusCode, page.Body)
	}
	refused("a person without a role", x.Browser, callback.String())
	// Another administrator does.
	x.AddUser("second", true)
	x.LogIn(x.Open(x.Issuer+"/login/?other=yes"), "second")
	refused("another administrator in the same browser", x.Browser, callback.String())

	// The answer of a login is not that of a test, and is not used up.
	login := x.callback(x.Open(x.Issuer + "/login/with/acme/").RedirectURL)
	refused("the answer of a login", x.Browser, x.URL+"/admin/login-providers/acme/tried/?"+login.RawQuery)
	x.Open(login.String())
	if _, err := x.Store.UserByName(t.Context(), "ada"); err != nil {
		t.Errorf("the login: %v", err)
	}
}
