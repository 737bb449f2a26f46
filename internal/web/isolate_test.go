package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The names are in Hebrew, which is written from right to left.
const (
	hebrewUsername = "דנה"
	hebrewName     = "דנה כהן"
	hebrewApp      = "חנות"
)

// isolated fails the test if a text has one of the names in a sentence without
// isolating its direction. A name that is a whole attribute has no sentence around
// it.
func isolated(t *testing.T, page, text string) {
	t.Helper()
	for _, name := range []string{hebrewUsername, hebrewApp} {
		parts := strings.Split(text, name)
		for _, before := range parts[:len(parts)-1] {
			if !strings.HasSuffix(before, "<bdi>") && !strings.HasSuffix(before, "\u2068") && !strings.HasSuffix(before, `value="`) {
				t.Errorf("%s: %q is not isolated after %q", page, name, before[max(0, len(before)-60):])
			}
		}
	}
}

func TestNamesAreIsolatedInPagesAndMails(t *testing.T) {
	p, m := newMailbox(t)
	_, err := p.Accounts.Create(t.Context(), account.NewUser{
		Username: hebrewUsername, Name: hebrewName, Password: latchkeytest.Password, Email: "dana@x.example", EmailVerified: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name, c.HomepageURL = hebrewApp, "https://app.example/" })
	b := p.Browser()
	request := authorizeURL(p, client, nil)
	names := 0
	visit := func(name string, page latchkeytest.Page) latchkeytest.Page {
		isolated(t, name, page.Body)
		names += strings.Count(page.Body, hebrewUsername) + strings.Count(page.Body, hebrewApp)
		return page
	}
	consent := visit("consent", b.LogIn(visit("login", b.Open(request)), hebrewUsername))
	isolated(t, "notice of the login", m.next(t).text) // before the reset, which would overtake it
	approve := url.Values{"decision": {"authorize"}, "allow": {"yes"}}
	visit("return", b.Submit(consent, approve))
	visit("account", b.Open(p.Issuer+"/account/"))
	visit("applications", b.Open(p.Issuer+"/account/applications/"))
	visit("password", b.Open(p.Issuer+"/account/password/"))
	visit("start page", b.Open(p.URL+"/"))
	visit("logout", b.Open(p.Issuer+"/logout/?client_id="+client.ID))
	visit("account selection", b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}})))
	visit("login again", b.Open(authorizeURL(p, client, url.Values{"prompt": {"login"}})))
	visit("form_post", b.Submit(b.Open(authorizeURL(p, client, url.Values{"response_mode": {"form_post"}, "prompt": {"consent"}})), approve))
	visit("expired page", b.Submit(consent, approve))
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {hebrewUsername}})
	mail := m.next(t)
	isolated(t, "reset email", mail.text)
	link := strings.TrimSpace(mail.text[strings.Index(mail.text, "http"):])
	visit("new password", b.Open(strings.Fields(link)[0]))
	if names < 20 || !strings.Contains(mail.text, hebrewUsername) {
		t.Errorf("only %d names were found; the email is %s", names, mail.text)
	}
}
