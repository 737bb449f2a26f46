package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// providersOnly lets people log in only at the login providers.
func providersOnly(o *latchkey.Options) {
	o.LoginProvidersOnly, o.SignUp = true, true
	o.InsecureCatchMails = true
}

// offersForm reports whether a page has the form for a password.
func offersForm(page latchkeytest.Page) bool { return strings.Contains(page.Body, `name="password"`) }

// TestOnlyProviderIsUsedWithoutAPage: an application leads through this server to the provider and
// back, and the parameters of its request are passed on.
func TestOnlyProviderIsUsedWithoutAPage(t *testing.T) {
	f := newFederation(t, nil, providersOnly)
	b := f.Browser()
	at := f.leaves(t, b, authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}, "login_hint": {"ada"}, "prompt": {"login"}}))
	if q := at.Query(); q.Get("login_hint") != "ada" || q.Get("prompt") != "login" {
		t.Errorf("the request is %v", q)
	}
	page := b.Open(f.answers(t, at, "ada"))
	shows(t, page, http.StatusOK, "Shop")
	page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("no code: %s", page.Body)
	}
	// A form of another page may have led here, and Chromium follows no redirect to another
	// origin after it (CSP §6.4.1).
	request, err := http.NewRequest(http.MethodGet, f.Issuer+"/login/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	response, err := f.Browser().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), `http-equiv="refresh" content="0; url=`+f.other.Issuer+"/authorize/") {
		t.Errorf("a browser gets %d %s", response.StatusCode, body)
	}
}

// TestOnlyProviderIsNeverUsedTwiceWithoutThePerson: after a logout, after an error, and for a person
// who is logged in or changes the account, a page has the button. So there is no loop of
// redirects, and nobody is logged in again against their will.
func TestOnlyProviderIsNeverUsedTwiceWithoutThePerson(t *testing.T) {
	f := newFederation(t, nil, providersOnly)
	b := f.Browser()
	onPage := func(what string, page latchkeytest.Page) {
		t.Helper()
		if page.RedirectURL != nil || !strings.Contains(page.Body, "Continue with Acme") || offersForm(page) {
			t.Errorf("%s: got %v %s", what, page.RedirectURL, page.Body)
		}
	}
	login := f.Issuer + "/login/?next=/somewhere"
	f.logsIn(t, b, "ada", "/")
	onPage("a person who is logged in", b.Open(login))
	hint := authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}, "prompt": {"login"}})
	onPage("a person who must log in again", b.Open(hint))

	b.Submit(b.Open(f.Issuer+"/logout/"), nil)
	if f.loggedInAs(b, "ada") {
		t.Fatal("the person is still logged in")
	}
	page := b.Open(login)
	onPage("after the logout", page)
	at := f.leaves(t, b, f.button(t, page))
	if at.Query().Get("prompt") != "select_account" {
		t.Errorf("after the logout, the provider does not ask who logs in: %v", at.Query())
	}
	onPage("after the logout, from an application", b.Open(authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}})))
	f.logsIn(t, b, "ada", "/")
	onPage("another account", b.Open(login+"&other=yes"))

	out := f.Browser()
	state := f.leaves(t, out, login).Query().Get("state")
	refused := out.Open(f.Issuer + "/login/with/acme/callback/?" + url.Values{"error": {"access_denied"}, "state": {state}, "iss": {f.other.Issuer}}.Encode())
	shows(t, refused, http.StatusForbidden, "Perhaps you canceled it there")
	_, link, _ := strings.Cut(refused.Body, `href="/o/login/`)
	link, _, _ = strings.Cut(link, `"`)
	onPage("after an error", out.Open(f.Issuer+"/login/"+strings.ReplaceAll(link, "&amp;", "&")))

	none := f.Browser().Open(authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}, "prompt": {"none"}}))
	if none.RedirectURL == nil || none.RedirectURL.Query().Get("error") != "login_required" {
		t.Errorf("prompt=none: got %v", none.RedirectURL)
	}
}

// TestAccountOfAnEarlierLoginAnswersPromptCreate: the provider might not ask the person again, so the
// login is older than the request. The request continues with the account, and not with the
// same page again.
func TestAccountOfAnEarlierLoginAnswersPromptCreate(t *testing.T) {
	f := newFederation(t, nil, providersOnly)
	atOther := f.other.Browser()
	b := f.Browser()
	if _, err := atOther.Decide(f.leaves(t, f.Browser(), f.Issuer+"/login/").String(), "ada", true); err != nil {
		t.Fatal(err)
	}
	f.Advance(10 * time.Minute)
	f.other.Advance(10 * time.Minute)
	at := f.leaves(t, b, authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}, "prompt": {"create"}}))
	callback, err := atOther.Decide(at.String(), "ada", true)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, b.Open(callback.String()), http.StatusOK, "Shop")
}

// TestOnlyAdministratorsHaveAPassword: they find the form at another address.
func TestOnlyAdministratorsHaveAPassword(t *testing.T) {
	f := newFederation(t, nil, providersOnly)
	f.Add(account.NewUser{Username: "root", Admin: true})
	f.Add(account.NewUser{Username: "weak", Email: "weak@x.example", EmailVerified: true})
	for _, name := range []string{"weak", "root"} {
		b := f.Browser()
		page := b.Open(f.Issuer + "/login/?local=yes&next=%2Fsomewhere")
		if !offersForm(page) || !strings.Contains(page.Body, "Only administrators can log in here") || strings.Contains(page.Body, "/signup/") {
			t.Errorf("the page for administrators: %s", page.Body)
		}
		page = b.LogIn(page, name)
		if name == "weak" {
			shows(t, page, http.StatusUnauthorized, "do not match")
			if !offersForm(page) {
				t.Error("the form is gone after an error")
			}
		}
		if got := f.loggedInAs(b, name); got != (name == "root") {
			t.Errorf("%s is logged in: %v", name, got)
		}
	}
	b := f.Browser()
	if page := b.Open(f.Issuer + "/signup/?next=%2Fsomewhere"); page.RedirectURL == nil || !strings.HasPrefix(page.RedirectURL.String(), f.other.Issuer) {
		t.Errorf("sign-up leads to %v", page.RedirectURL)
	}
	b.Submit(b.Open(f.Issuer+"/login/?other=yes"), signUp("eve", "eve@x.example", "correct horse", "correct horse"))
	if _, err := f.Store.UserByName(t.Context(), "eve"); err == nil {
		t.Error("a form creates an account")
	}
	// The password of a person who logs in at the provider is neither shown nor asked for.
	f.logsIn(t, b, "ada", "/")
	page := b.Open(f.Issuer + "/account/security/")
	if strings.Contains(page.Body, "/account/password/") {
		t.Error("the pages have a password")
	}
	if page := b.Open(f.Issuer + "/account/password/"); offersForm(page) {
		t.Errorf("got %s", page.Body)
	}
}

// TestInvitationIsAcceptedOnlyAtAProvider with LoginProvidersOnly.
func TestInvitationIsAcceptedOnlyAtAProvider(t *testing.T) {
	f := newFederation(t, mayLogIn, providersOnly)
	_, link, err := f.Server.Invite(t.Context(), account.NewInvitation{})
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(link, "#")
	b := f.Browser()
	page := b.Submit(b.Open(f.Issuer+"/invite/"), url.Values{"code": {code}})
	if offersForm(page) || !strings.Contains(page.Body, "Continue with Acme") {
		t.Errorf("got %s", page.Body)
	}
	b.Submit(page, url.Values{"code": {code}, "action": {"create"}, "username": {"eve"}, "password": {"correct horse"}, "password_again": {"correct horse"}, "email": {"eve@x.example"}})
	if _, err := f.Store.UserByName(t.Context(), "eve"); err == nil {
		t.Error("a form creates an account")
	}
	page = b.Submit(page, url.Values{"code": {code}, "action": {"provider:acme"}})
	if page.RedirectURL == nil {
		t.Fatalf("the button leads nowhere: %d %s", page.StatusCode, page.Body)
	}
	b.Open(f.answers(t, page.RedirectURL, "ada"))
	if !f.loggedInAs(b, "ada") {
		t.Error("the invitation creates no account")
	}
}
