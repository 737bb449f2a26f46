package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newGerman returns a provider where people can sign up, and its emails.
func newGerman(t *testing.T) (*latchkeytest.Provider, mailbox) {
	t.Helper()
	m := make(mailbox, 100)
	return latchkeytest.New(t, func(o *latchkey.Options) { o.SendMail, o.SignUp = m.send, true }), m
}

// checkLanguage checks the language of a page, and a text that must be on it.
func checkLanguage(t *testing.T, name string, page latchkeytest.Page, language, text string) {
	t.Helper()
	if !strings.Contains(page.Body, text) || !strings.Contains(page.Body, `<html lang="`+language+`" dir="ltr">`) || page.Header.Get("Content-Language") != language || !slices.Contains(page.Header.Values("Vary"), "Accept-Language") {
		t.Errorf("%s: want %s and %q, got headers %v and %s", name, language, text, page.Header, page.Body)
	}
}

// OpenID Connect Core §3.1.2.1 (ui_locales), RFC 9110 §12.5.4.
func TestLoginAndConsentPageAreInTheLanguageOfThePerson(t *testing.T) {
	p, _ := newGerman(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Laden" })
	for name, test := range map[string]struct{ accept, locales, language string }{
		"no language":              {"", "", "en"},
		"the browser's":            {"de-CH, en;q=0.5", "", "de"},
		"the application's":        {"", "de", "de"},
		"both":                     {"en", "sv de-AT", "de"},
		"English is preferred":     {"de", "en", "en"},
		"a language without texts": {"sv", "nl", "en"},
	} {
		want := map[string][]string{
			"en": {"Log in", "do not match", "Authorize <bdi>Laden</bdi>?", "lasts up to 180 days", "select “Allow” first"},
			"de": {"Anmelden", "passen nicht zusammen", "<bdi>Laden</bdi> den Zugriff erlauben?", "gilt höchstens 180 Tage", "wählen Sie zuerst „Erlauben“ aus"},
		}[test.language]
		b := p.Browser()
		b.Transport = prefers(test.accept)
		login := b.Open(authorizeURL(p, client, url.Values{"ui_locales": {test.locales}}))
		checkLanguage(t, name, login, test.language, want[0])
		checkLanguage(t, name, b.Submit(login, url.Values{"username": {"ada"}, "password": {"wrong"}}), test.language, want[1])
		consent := b.LogIn(login, "ada")
		checkLanguage(t, name, consent, test.language, want[2])
		checkLanguage(t, name, consent, test.language, want[3])
		checkLanguage(t, name, b.Submit(consent, url.Values{"decision": {"authorize"}}), test.language, want[4])
	}
}

func TestMessagesOfPackageAccountAreInTheLanguageOfThePerson(t *testing.T) {
	p, _ := newGerman(t)
	b := p.Browser()
	b.Transport = prefers("de")
	page := b.Submit(b.Open(p.Issuer+"/signup/"), signUp("grace", "grace@x.example", "short", "short"))
	checkLanguage(t, "sign-up", page, "de", "Das Passwort muss mindestens 8 Zeichen haben.")
	checkLanguage(t, "an address that does not exist", b.Open(strings.TrimSuffix(p.Issuer, "/o")+"/nothing"), "de", "Seite nicht gefunden")
}

// The language of the profile comes before those of the application and of the browser.
func TestPersonChoosesTheLanguageInTheProfile(t *testing.T) {
	p, m := newGerman(t)
	p.Add(withLocale("ada", "de-DE"))
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Laden" })
	b := p.Browser()
	b.Transport = prefers("en")
	login := b.Open(authorizeURL(p, client, url.Values{"ui_locales": {"en"}}))
	checkLanguage(t, "before the login", login, "en", "Log in")
	checkLanguage(t, "after the login", b.LogIn(login, "ada"), "de", "<bdi>Laden</bdi> den Zugriff erlauben?")
	own := b.Open(p.Issuer + "/account/")
	checkLanguage(t, "the account", own, "de", "Ihr Konto")
	checkLanguage(t, "another choice", b.Submit(b.Open(p.Issuer+"/account/profile/"), url.Values{"action": {"profile"}, "email": {"ada@x.example"}, "locale": {"en"}}), "en", "Your changes have been saved.")
	b.Transport = prefers("de")
	checkLanguage(t, "a choice of another language than the browser's", b.Open(p.Issuer+"/account/"), "en", "Your account")
	checkLanguage(t, "no choice anymore", b.Submit(b.Open(p.Issuer+"/account/profile/"), url.Values{"action": {"profile"}, "email": {"ada@x.example"}, "locale": {""}}), "de", "Profil</h1>")

	p.Add(withLocale("grace", "de"))
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"grace"}})
	for {
		mail := m.next(t)
		if mail.to != "grace@x.example" {
			continue
		}
		if mail.subject != "Neues Passwort festlegen" || !strings.HasPrefix(mail.text, "Guten Tag,\n\nMit diesem Link legen Sie") || !strings.Contains(mail.text, "Wenn Sie das nicht angefordert haben") {
			t.Errorf("got %s: %s", mail.subject, mail.text)
		}
		return
	}
}

func withLocale(name, locale string) account.NewUser {
	return account.NewUser{Username: name, Email: name + "@x.example", Claims: []byte(`{"locale":"` + locale + `"}`)}
}

// Another person in the same browser did not choose the language of the first one.
func TestLanguageOfThePersonWhoLoggedInBeforeIsForgotten(t *testing.T) {
	p, _ := newGerman(t)
	p.Add(withLocale("ada", "de"))
	p.AddUser("grace", false)
	b := p.Browser()
	b.Transport = prefers("en")
	checkLanguage(t, "the first person", b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/"), "ada"), "de", "Ihr Konto")
	checkLanguage(t, "the second person", b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/"), "grace"), "en", "Your account")
}

// OpenID Connect Discovery §3 (ui_locales_supported).
func TestDiscoveryListsTheLanguagesOfThePages(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Templates = fstest.MapFS{"texts/nl.json": {Data: []byte(`{"login.title": "Inloggen"}`)}}
	})
	_, body := send(t, http.MethodGet, p.Issuer+"/.well-known/openid-configuration", "")
	var metadata struct {
		Languages []string `json:"ui_locales_supported"`
	}
	if err := json.Unmarshal([]byte(body), &metadata); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"en", "de", "nl"} {
		if !slices.Contains(metadata.Languages, want) {
			t.Errorf("%s is missing in %q", want, metadata.Languages)
		}
	}
}

// The catalogue translates no text of the back office, so its pages are in English as a whole.
func TestBackOfficeIsInEnglishWithoutTranslations(t *testing.T) {
	p, _ := newGerman(t)
	p.AddUser("ada", true)
	b := p.Browser()
	b.Transport = prefers("de")
	page := b.LogIn(b.Open(strings.TrimSuffix(p.Issuer, "/o")+"/admin/"), "ada")
	checkLanguage(t, "the back office", page, "en", "Log out")
}

func TestReloadTemplatesChangesTexts(t *testing.T) {
	host := fstest.MapFS{"texts/de.json": {Data: []byte(`{"home.heading": "Erste"}`)}}
	server, err := latchkey.New(t.Context(), latchkey.Options{Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: make([]byte, 32), Templates: host})
	if err != nil {
		t.Fatal(err)
	}
	home := func() string {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", "de")
		server.ServeHTTP(w, r)
		return w.Body.String()
	}
	host["texts/de.json"] = &fstest.MapFile{Data: []byte(`{"home.heading": "Zweite", "home.headin": "x"}`)}
	if err := server.ReloadTemplates(); err == nil || !strings.Contains(err.Error(), "template texts/de.json:1: home.headin: the key does not exist") || !strings.Contains(home(), "Erste") {
		t.Errorf("got error %v, page %s", err, home())
	}
	host["texts/de.json"] = &fstest.MapFile{Data: []byte(`{"home.heading": "Zweite"}`)}
	if err := server.ReloadTemplates(); err != nil || !strings.Contains(home(), "Zweite") {
		t.Errorf("got error %v, page %s", err, home())
	}
}
