package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The host names its people in the lists of the back office, which shows subjects if
// the host fails.
func TestBackOfficeShowsTheNamesOfTheHost(t *testing.T) {
	clock := new(movableClock)
	p, host := newHost(t, func(o *latchkey.Options) { o.Clock = clock.now })
	c := connect(t, p, host.Start("bob", clock.now()))
	if _, err := c.Authorize(openIDRequest(p, c.client), ""); err != nil { // a code that is not used
		t.Fatal(err)
	}
	office := p.Browser()
	setCookie(office, p.URL, host.Start("ada", clock.now()))
	for _, path := range []string{"/admin/tokens/", "/admin/tokens/?kind=access", "/admin/consents/", "/admin/requests/?kind=code"} {
		clock.move(2 * time.Second)
		if page := office.Open(p.URL + path); !strings.Contains(page.Body, "<bdi>bob</bdi>") || strings.Contains(page.Body, "<bdi>id-of-bob</bdi>") {
			t.Errorf("%s does not show the name: %s", path, page.Body)
		}
	}
	if page := office.Open(p.URL + "/admin/consents/"); !strings.Contains(page.Body, ">openid</code>") || strings.Contains(page.Body, ">Ended<") {
		t.Errorf("the Store has no login sessions, and the access has ended without one: %s", page.Body)
	}
	clock.move(2 * time.Second)
	host.Name(func(subject string) (string, error) {
		if subject == "id-of-ada" { // whose login is checked
			return "ada", nil
		}
		return "bob", errors.New("the host is unavailable")
	})
	if page := office.Open(p.URL + "/admin/consents/"); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "<bdi>id-of-bob</bdi>") {
		t.Errorf("while the host fails: %s %s", page.Status, page.Body)
	}
}

// RFC 7662 §2.2: the username is that of the host. A client without the scope profile
// does not learn it.
func TestIntrospectionHasTheNameOfTheHost(t *testing.T) {
	for name, test := range map[string]struct {
		scope    string
		api      bool
		named    string
		username string
	}{
		"an API":                        {"openid", true, "bob", "bob"},
		"the application":               {"openid", false, "bob", ""},
		"the application, with profile": {"openid profile", false, "bob", "bob"},
		"no name":                       {"openid", true, "", ""},
		"a name that is not text":       {"openid", true, "a\x00", ""},
		"a long name":                   {"openid", true, strings.Repeat("ä", 256), ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, host := newHost(t, nil)
			host.Name(func(string) (string, error) { return test.named, nil })
			client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.ResourceServer = test.api })
			b := p.Browser()
			setCookie(b, p.URL, host.Start("bob", time.Now()))
			page := b.Submit(b.Open(authorizeURL(p, client, url.Values{"scope": {test.scope}})), url.Values{"allow": {"yes"}, "decision": {"authorize"}})
			if page.RedirectURL == nil {
				t.Fatal(page.Status, page.Body)
			}
			_, body := redeem(t, p, client, secret, page.RedirectURL.Query().Get("code"))
			var tokens struct {
				Access  string `json:"access_token"`
				Refresh string `json:"refresh_token"`
			}
			if err := json.Unmarshal([]byte(body), &tokens); err != nil {
				t.Fatal(err)
			}
			c := connected{Provider: p, Browser: b, client: client, secret: secret}
			for _, token := range []string{tokens.Access, tokens.Refresh} {
				var answer struct {
					Active   bool
					Username string
				}
				_, body := c.post(t, "/introspect/", url.Values{"token": {token}})
				if err := json.Unmarshal([]byte(body), &answer); err != nil || !answer.Active || answer.Username != test.username {
					t.Errorf("got %s", body)
				}
			}
		})
	}
}
