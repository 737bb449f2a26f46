package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// chooseLanguage sends the form in the footer of a page.
func chooseLanguage(t *testing.T, b *latchkeytest.Browser, page latchkeytest.Page, tag string) latchkeytest.Page {
	t.Helper()
	const action = `<form method="post" action="/o/language/">`
	form := action + between(page.Body, action, "</form>") + "</form>"
	if !strings.Contains(form, `name="language" value="`+tag+`"`) {
		t.Fatalf("the language %q cannot be chosen: %s", tag, page.Body)
	}
	page.Body = form
	return b.Submit(page, url.Values{"language": {tag}})
}

// OpenID Connect Core §3.1.2.1: what a person chose comes before ui_locales.
func TestLanguageThatAPersonChoosesComesBeforeAllOthers(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.SignUp = true })
	p.Add(withLocale("ada", "en"))
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	b.Transport = prefers("en")
	login := b.Open(authorizeURL(p, client, url.Values{"ui_locales": {"en"}}))
	checkLanguage(t, "before the choice", login, "en", "Log in")
	login = chooseLanguage(t, b, login, "de")
	checkLanguage(t, "after the choice", login, "de", "Anmelden")
	consent := b.LogIn(login, "ada")
	checkLanguage(t, "the profile has another language", consent, "de", "den Zugriff erlauben?")
	profile := b.Open(p.Issuer + "/account/profile/")
	checkLanguage(t, "the profile", profile, "de", "Profil</h1>")

	save := func(locale string) latchkeytest.Page {
		return b.Submit(b.Open(p.Issuer+"/account/profile/"), url.Values{"action": {"profile"}, "email": {"ada@x.example"}, "locale": {locale}})
	}
	checkLanguage(t, "a change of other fields", save("en"), "de", "Ihre Änderungen wurden gespeichert.")
	checkLanguage(t, "a later choice in the profile", save("en-GB"), "en", "Your changes have been saved.")
	page := chooseLanguage(t, b, b.Open(p.Issuer+"/account/"), "de")
	checkLanguage(t, "a later choice on a page", page, "de", "Ihr Konto")
	checkLanguage(t, "no choice, but a profile", chooseLanguage(t, b, page, ""), "en", "Your account")
	save("")
	b.Transport = prefers("de")
	checkLanguage(t, "neither a choice nor a profile", b.Open(p.Issuer+"/account/"), "de", "Ihr Konto")
}

// Where a page is the answer to a form, the address of the page is not enough.
func TestChoiceOfALanguageKeepsTheRequest(t *testing.T) {
	g := newGuarded(t, func(o *latchkey.Options) { o.SignUp = true })
	g.AddUser("grace", false)
	b := g.Browser()
	login := b.Submit(b.Open(authorizeURL(g.Provider, g.client, nil)), url.Values{"username": {"ada"}, "password": {"wrong"}})
	login = chooseLanguage(t, b, login, "de")
	checkLanguage(t, "a wrong password", login, "de", "weiter zu <strong><bdi>Shop</bdi>")

	step := b.LogIn(login, "ada")
	checkLanguage(t, "the second step", step, "de", "Einmalcode")
	step = chooseLanguage(t, b, g.code(b, step, "000000"), "en")
	checkLanguage(t, "a wrong code", step, "en", "to continue to <strong><bdi>Shop</bdi>")
	consent := chooseLanguage(t, b, g.code(b, step, ""), "de")
	checkLanguage(t, "the consent page", consent, "de", "<bdi>Shop</bdi> den Zugriff erlauben?")
	consent = chooseLanguage(t, b, b.Submit(consent, url.Values{"decision": {"authorize"}}), "en")
	checkLanguage(t, "a form without a decision", consent, "en", "Authorize <bdi>Shop</bdi>?")
	if done := b.Submit(consent, url.Values{"allow": {"yes"}, "decision": {"authorize"}}); done.RedirectURL == nil || done.RedirectURL.Query().Get("code") == "" {
		t.Errorf("got %s %s", done.Status, done.Body)
	}

	b = g.Browser()
	signUpPage := b.Open(g.Issuer + "/signup/?next=/o/device/?user_code%3DBCDF-GHJK")
	signUpPage = chooseLanguage(t, b, b.Submit(signUpPage, signUp("new", "no address", "x", "y")), "de")
	checkLanguage(t, "a sign-up with faults", signUpPage, "de", `name="next" value="/o/device/?user_code=BCDF-GHJK"`)
	request := url.Values{"response_type": {"code"}, "client_id": {"unknown"}, "state": {"s"}}
	page := b.Open(g.Issuer + "/authorize/?" + request.Encode())
	if page = chooseLanguage(t, b, page, "de"); page.Request.URL.Query().Get("client_id") != "unknown" || !strings.Contains(page.Body, `<html lang="de"`) {
		t.Errorf("an error: got %s at %s", page.Body, page.Request.URL)
	}
}

// A password or a code is never part of an address.
func TestAddressOfAPageHasNoSecrets(t *testing.T) {
	p := latchkeytest.New(t)
	b := p.Browser()
	page := b.Submit(b.Open(p.Issuer+"/login/?next=/o/account/"), url.Values{"username": {"ada"}, "password": {"correct horse"}})
	if strings.Contains(page.Body, "horse") || strings.Count(page.Body, `name="page" value="/o/login/?next=%2Fo%2Faccount%2F"`) != 2 {
		t.Errorf("got %s", page.Body)
	}
}

func TestAnotherSiteCannotChooseTheLanguage(t *testing.T) {
	p := latchkeytest.New(t)
	b := p.Browser()
	for name, test := range map[string]struct {
		site, tag, next string
		status          int
		want            string
	}{
		"this site":         {"same-origin", "de", "/o/login/?next=/x", http.StatusOK, "/o/login/?next=/x"},
		"another site":      {"cross-site", "de", "", http.StatusForbidden, "/o/language/"},
		"an open redirect":  {"same-origin", "de", "https://evil.example/", http.StatusOK, "/"},
		"without a scheme":  {"same-origin", "de", "//evil.example/", http.StatusOK, "/"},
		"a header":          {"same-origin", "de\r\nSet-Cookie: a=b", "/", http.StatusOK, "/"},
		"an unknown one":    {"same-origin", "xx", "/", http.StatusOK, "/"},
		"the choice of one": {"same-origin", "en", "/o/login/", http.StatusOK, "/o/login/"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/language/", strings.NewReader(url.Values{"language": {test.tag}, "page": {test.next}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", test.site)
		response, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if got := strings.TrimPrefix(response.Request.URL.String(), p.URL); response.StatusCode != test.status || got != test.want {
			t.Errorf("%s: got %s at %s", name, response.Status, got)
		}
	}
}

// A cache must not show the page of one person to another (RFC 9111 §4.1).
func TestPagesVaryByTheLanguageAndTheCookie(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.LogoURL = "https://app.example/logo.png" })
	for _, address := range []string{p.Issuer + "/login/", p.URL + "/", p.Issuer + "/logo/?client_id=" + client.ID} {
		if vary := strings.Join(p.Browser().Open(address).Header.Values("Vary"), ", "); vary != "Accept-Language, Cookie" {
			t.Errorf("%s: got Vary: %s", address, vary)
		}
	}
}
