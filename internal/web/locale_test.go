package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// localeOf returns the language in the profile of a person.
func localeOf(t *testing.T, p *latchkeytest.Provider, name string) string {
	t.Helper()
	user, err := p.Store.UserByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := user.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return profile.Claims["locale"]
}

// TestNewAccountHasTheLanguageOfItsPage, so that emails are in this language: after a sign-up,
// with an invitation, and at another provider. English is not kept if it is only the default.
func TestNewAccountHasTheLanguageOfItsPage(t *testing.T) {
	f := newFederation(t, nil, func(o *latchkey.Options) { o.SignUp = true })
	for header, want := range map[string]string{"de-AT, en;q=0.5": "de", "en-GB": "en", "nl": "", "": ""} {
		name := "visitor" + want + header[:min(2, len(header))]
		b := f.Browser()
		if header != "" {
			b.Transport = prefers(header)
		}
		b.Submit(b.Open(f.Issuer+"/signup/"), signUp(name, "", "correct horse", "correct horse"))
		if got := localeOf(t, f.Provider, name); got != want {
			t.Errorf("Accept-Language %q: the profile has %q, want %q", header, got, want)
		}
	}
	_, link, err := f.Server.Invite(t.Context(), account.NewInvitation{})
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(link, "#")
	b := f.Browser()
	b.Transport = prefers("fr")
	page := b.Submit(b.Open(f.Issuer+"/invite/"), url.Values{"code": {code}})
	b.Submit(page, url.Values{"code": {code}, "action": {"create"}, "username": {"grace"}, "password": {"correct horse"}, "password_again": {"correct horse"}})
	if got := localeOf(t, f.Provider, "grace"); got != "fr" {
		t.Errorf("with an invitation: %q", got)
	}
	b = f.Browser()
	b.Transport = prefers("ja")
	b.Open(f.answers(t, f.leaves(t, b, f.Issuer+"/login/with/acme/"), "ada"))
	if got := localeOf(t, f.Provider, "ada"); got != "ja" {
		t.Errorf("at another provider: %q", got)
	}
}

// TestChoiceOfALanguageIsKeptInTheProfile of the person who is logged in, until they undo it. A page
// of another site cannot choose.
func TestChoiceOfALanguageIsKeptInTheProfile(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	chooseLanguage(t, b, b.Open(p.Issuer+"/login/"), "es")
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	if got := localeOf(t, p, "ada"); got != "" {
		t.Errorf("a choice before the login changes the profile to %q", got)
	}
	page := chooseLanguage(t, b, b.Open(p.Issuer+"/account/"), "de")
	checkLanguage(t, "after the choice", page, "de", "Ihr Konto")
	if got := localeOf(t, p, "ada"); got != "de" {
		t.Errorf("the profile has %q", got)
	}
	response, _ := browserSends(t, b, "POST", p.Issuer+"/language/", url.Values{"language": {"fr"}}.Encode(), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if got := localeOf(t, p, "ada"); got != "de" || response.StatusCode != http.StatusForbidden {
		t.Errorf("another site chooses %q: %s", got, response.Status)
	}
	checkLanguage(t, "without a choice", chooseLanguage(t, b, page, ""), "en", "Your account")
	if got := localeOf(t, p, "ada"); got != "" {
		t.Errorf("after the choice was undone, the profile has %q", got)
	}
}
