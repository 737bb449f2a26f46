package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// People are not asked for permission by the password grant, by a service user and by
// an application that skips the consent page.
func TestPeopleSeeAndRevokeAccessThatTheyDidNotAllow(t *testing.T) {
	p, _ := newSelfService(t)
	user := p.AddUser("ada", false)
	p.AddUser("bob", false)
	old, oldSecret := p.AddClient("https://old.example/cb", func(c *oauth.Client) {
		c.Name, c.Legacy = "Old app", []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "9999-12-31"}}
	})
	robot, robotSecret := p.AddClient("https://robot.example/cb", func(c *oauth.Client) { c.Name, c.ServiceUserID = "Robot", user.ID })
	trusted, trustedSecret := p.AddClient("https://trusted.example/cb", func(c *oauth.Client) { c.Name, c.SkipAuthorization = "Trusted app", true })
	ada, bob := visitAccount(t, p, "ada"), visitAccount(t, p, "bob")
	if strings.Contains(ada.at("applications/").Body, "Other applications with access") {
		t.Error("the heading is shown without an application")
	}
	code, err := ada.Authorize(authorizeURL(p, trusted, nil), "ada")
	if err != nil {
		t.Fatal(err)
	}
	redeem(t, p, trusted, trustedSecret, code)
	token := func(c *oauth.Client, secret string, values url.Values) {
		t.Helper()
		values.Set("client_id", c.ID)
		values.Set("client_secret", secret)
		values.Set("scope", "read")
		if response, body := send(t, "POST", p.Issuer+"/token", values.Encode(), "Content-Type", form); response.StatusCode != 200 {
			t.Fatalf("%s: %s", c.Name, body)
		}
	}
	token(old, oldSecret, url.Values{"grant_type": {"password"}, "username": {"ada"}, "password": {latchkeytest.Password}})
	token(robot, robotSecret, url.Values{"grant_type": {"client_credentials"}})

	for _, app := range []*oauth.Client{old, robot, trusted} {
		page := ada.at("applications/")
		if !strings.Contains(page.Body, "Other applications with access") || strings.Count(page.Body, "<strong><bdi>"+app.Name+"</bdi></strong>") != 1 || !strings.Contains(page.Body, "<span class=\"sub\"><bdi>See your data") {
			t.Errorf("%s is not listed once: %s", app.Name, page.Body)
		}
		if strings.Contains(bob.at("applications/").Body, app.Name) {
			t.Errorf("%s is listed for another person", app.Name)
		}
		withdraw := url.Values{"action": {"withdraw"}, "client": {app.ID}}
		if bob.act("applications/", withdraw); !strings.Contains(ada.at("applications/").Body, app.Name) {
			t.Errorf("another person revoked the access of %s", app.Name)
		}
		if ada.act("applications/", withdraw); strings.Contains(ada.at("applications/").Body, app.Name+"</bdi>") {
			t.Errorf("the access of %s was not revoked", app.Name)
		}
	}
}

// TestPersonFindsAnAgentAndWithdrawsAllAccess: agents have a section of their own, with the
// time of the last access, and all access is withdrawn after one question. It says for how long
// a service that verifies JWTs by itself can accept the last one.
func TestPersonFindsAnAgentAndWithdrawsAllAccess(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	shop, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name, c.HomepageURL = "Shop", "https://app.example/" })
	agent, secret := p.AddClient("https://agent.example/cb", func(c *oauth.Client) { c.Name, c.Agent, c.AccessTokenFormat = "Robot", true, oauth.JWT })
	ada := visitAccount(t, p, "ada")
	if _, err := ada.Authorize(authorizeURL(p, shop, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	code, err := ada.Authorize(authorizeURL(p, agent, nil), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := redeem(t, p, agent, secret, code); status != 200 {
		t.Fatal(body)
	}
	clock.move(time.Hour)
	page := ada.at("applications/")
	_, agents, _ := strings.Cut(page.Body, `id="agents"`)
	agents, apps, _ := strings.Cut(agents, `id="apps"`)
	if !strings.Contains(agents, "Robot") || !strings.Contains(agents, "Last got access") || strings.Contains(agents, "Shop") || strings.Contains(apps, "Robot") || !strings.Contains(apps, `href="https://app.example/"`) {
		t.Errorf("the page: %s", page.Body)
	}
	const jwts = "can accept the last token of an application for up to 1 hour"
	for _, test := range []struct {
		form url.Values
		says bool
	}{
		{url.Values{"action": {"withdraw"}, "client": {agent.ID}}, true}, {url.Values{"action": {"withdraw"}, "client": {shop.ID}}, false}, {url.Values{"action": {"withdraw_all"}}, true},
	} {
		empty := page
		empty.Body = "" // without the hidden fields of other forms
		if question := ada.Submit(empty, test.form); !strings.Contains(question.Body, `name="confirmed"`) || strings.Contains(question.Body, jwts) != test.says {
			t.Errorf("%v: the question says %q: %t, want %t: %s", test.form, jwts, !test.says, test.says, question.Body)
		}
	}
	if !strings.Contains(page.Body, jwts) {
		t.Errorf("the page does not say %q", jwts)
	}
	question := ada.act("applications/", url.Values{"action": {"withdraw_all"}})
	if !strings.Contains(question.Body, "No application or agent can act for you any more") {
		question = ada.Submit(question, url.Values{})
	}
	if page = ada.at("applications/"); strings.Contains(page.Body, "Robot") || strings.Contains(page.Body, "Shop") {
		t.Errorf("afterwards: %s", page.Body)
	}
}

// TestPersonSeesFromWhereAnApplicationLastGotAccess: the address is that of the last token
// request, as a trusted proxy reports it, and not that of the browser. An address that only
// the application claims is not recorded.
func TestPersonSeesFromWhereAnApplicationLastGotAccess(t *testing.T) {
	for name, test := range map[string]struct {
		change                  func(*latchkey.Options)
		redeemed, refreshed     string // on the page
		redeemedAt, refreshedAt string // in the data file
	}{
		"trusted proxy":   {behindProxy, "from <bdi>203.0.113.7</bdi> (probably <bdi>Berlin, &lt;Germany&gt;</bdi>)", "from <bdi>2001:db8::7</bdi> ", "203.0.113.7", "2001:db8::7"},
		"untrusted proxy": {func(o *latchkey.Options) { o.Place = berlin }, "from <bdi>127.0.0.1</bdi> ", "from <bdi>127.0.0.1</bdi> ", "127.0.0.1", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t, test.change)
			user := p.AddUser("ada", false)
			agent, secret := p.AddClient("https://agent.example/cb", func(c *oauth.Client) { c.Name, c.Agent = "Robot", true })
			ada := visitAccount(t, p, "ada")
			ada.Transport = forwardedFor("203.0.113.99")
			code, err := ada.Authorize(authorizeURL(p, agent, nil), "ada")
			if err != nil {
				t.Fatal(err)
			}
			type tokens struct {
				RefreshToken string `json:"refresh_token"`
			}
			from := func(address string, values url.Values) (answer tokens) {
				t.Helper()
				values.Set("client_id", agent.ID)
				values.Set("client_secret", secret)
				response, body := send(t, http.MethodPost, p.Issuer+"/token", values.Encode(), "Content-Type", form, "X-Forwarded-For", address)
				if err := json.Unmarshal([]byte(body), &answer); err != nil || response.StatusCode != http.StatusOK {
					t.Fatal(err, body)
				}
				return answer
			}
			check := func(page, file string) {
				t.Helper()
				if body := ada.at("applications/").Body; !strings.Contains(body, page) || strings.Contains(body, "203.0.113.99") {
					t.Errorf("the page does not say %q: %s", page, body)
				}
				data, err := web.PersonDataOf(t.Context(), p.Accounts.Store, p.Store, user, p.Now())
				if err != nil || len(data.Access) != 1 || data.Access[0].Address != file {
					t.Errorf("the data file: %+v, %v, want %s", data.Access, err, file)
				}
			}
			first := from("203.0.113.7", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": agent.RedirectURIs, "code_verifier": {verifier}})
			check(test.redeemed, test.redeemedAt)
			from("2001:db8::7", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.RefreshToken}})
			check(test.refreshed, test.refreshedAt)
		})
	}
}
