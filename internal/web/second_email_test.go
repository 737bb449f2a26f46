package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newMailed is a provider with ada, who has a TOTP and a confirmed address.
func newMailed(t *testing.T, policy string, change ...func(*latchkey.Options)) (*guarded, mailbox) {
	t.Helper()
	m := make(mailbox, 100)
	g := newGuarded(t, func(o *latchkey.Options) {
		o.SendMail, o.EmailCodes, o.OmitLoginNotices = m.send, policy, true
		for _, c := range change {
			c(o)
		}
	})
	u, err := g.Accounts.Store.User(t.Context(), g.ada.ID)
	if err == nil {
		u.Email = "ada@x.example"
		err = u.SetEmailVerified(true)
	}
	if err == nil {
		err = g.Accounts.Update(t.Context(), u)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g, m
}

// withSubject returns the next email with a subject.
func (m mailbox) withSubject(t *testing.T, subject string) sentMail {
	t.Helper()
	for {
		if mail := m.next(t); mail.subject == subject {
			return mail
		}
	}
}

// recovery opens the page for a recovery code, which has the link to a code by email.
func (g *guarded) recovery(b *latchkeytest.Browser, page latchkeytest.Page) latchkeytest.Page {
	g.t.Helper()
	return b.Open(page.Request.URL.String() + "&with=recovery_code")
}

var emailLink = regexp.MustCompile(`href="([^"]*with=email)"`)

// emailPage opens the page on which a code by email is requested.
func (g *guarded) emailPage(b *latchkeytest.Browser, page latchkeytest.Page) latchkeytest.Page {
	g.t.Helper()
	link := emailLink.FindStringSubmatch(g.recovery(b, page).Body)
	if link == nil {
		g.t.Fatalf("no code by email is offered: %s", page.Body)
	}
	return b.Open(g.URL + strings.ReplaceAll(link[1], "&amp;", "&"))
}

// codeIn returns the code in an email.
func codeIn(t *testing.T, mail sentMail) string {
	t.Helper()
	code := regexp.MustCompile(`The code is (\d{4} \d{4})\.`).FindStringSubmatch(mail.text)
	if code == nil || mail.to != "ada@x.example" {
		t.Fatalf("got the email %+v", mail)
	}
	return code[1]
}

// known logs ada in with the TOTP, and out again.
func (g *guarded) known() *latchkeytest.Browser {
	g.t.Helper()
	b := g.Browser()
	g.code(b, g.password(b, g.Issuer+"/login/"), "")
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	return b
}

// TestPersonLogsInWithACodeByEmail in a browser that is known, without a script, and then
// continues the request of the application.
func TestPersonLogsInWithACodeByEmail(t *testing.T) {
	g, m := newMailed(t, account.EmailCodesKnownBrowsers)
	b := g.known()
	page := g.emailPage(b, g.password(b, openIDRequest(g.Provider, g.client)))
	if strings.Contains(page.Body, "ada@x.example") || !strings.Contains(page.Body, "a•••@x.example") || strings.Contains(page.Body, "Do not ask again") {
		t.Errorf("got %s", page.Body)
	}
	sent := b.Submit(page, url.Values{"send": {"yes"}})
	code := codeIn(t, m.withSubject(t, "Your code to log in"))
	if wrong := b.Submit(sent, url.Values{"code": {"1234 5678"}}); wrong.StatusCode != http.StatusUnauthorized || !strings.Contains(wrong.Body, "This code is not correct") || strings.Contains(wrong.Body, code) {
		t.Errorf("after a wrong code: got %s %s", wrong.Status, wrong.Body)
	}
	if again := b.Open(sent.Request.URL.String()); !strings.Contains(again.Body, "Code from the email") {
		t.Errorf("after a reload: got %s", again.Body)
	}
	page = b.Submit(sent, url.Values{"code": {code}, "remember": {"yes"}})
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	_, body := redeem(t, g.Provider, g.client, g.key, responseFields(page).Get("code"))
	if claims := claimsOf(t, body); claims["acr"] != "urn:latchkey:acr:2fa" {
		t.Errorf("got %v", claims)
	}
	if mail := m.withSubject(t, "A code sent by email was used"); !strings.Contains(mail.text, "the account ada at ") {
		t.Errorf("got the notice %s", mail.text)
	}
	for _, cookie := range b.Jar.Cookies(page.Request.URL) {
		if strings.HasPrefix(cookie.Name, "lk_remembered") {
			t.Error("a code by email made the browser a remembered one")
		}
	}
	if page = b.Open(g.Issuer + "/account/security/totp/"); page.Request.URL.Path != "/o/account/confirm/" {
		t.Errorf("a code by email is enough to replace the app: %s", page.Request.URL)
	}
	if activity := b.Open(g.Issuer + "/account/activity/"); !strings.Contains(activity.Body, "You used a code that was sent by email") || !strings.Contains(activity.Body, "A code was sent to your email address") {
		t.Errorf("the activity lacks the code: %s", activity.Body)
	}
}

// TestMailboxAloneIsNotEnough: a thief who reads the emails sets a new password, but the
// code by email is offered only with one of the settings.
func TestMailboxAloneIsNotEnough(t *testing.T) {
	for policy, enough := range map[string]bool{account.EmailCodesOff: false, account.EmailCodesKnownBrowsers: false, account.EmailCodesEverywhere: true} {
		t.Run(policy, func(t *testing.T) {
			g, m := newMailed(t, policy)
			g.known()
			thief := g.Browser()
			thief.Submit(thief.Open(g.Issuer+"/reset/"), url.Values{"username": {"ada"}})
			link := regexp.MustCompile(`http\S+token=\S+`).FindString(m.withSubject(t, "Set a new password").text)
			thief.Submit(thief.Open(link), url.Values{"password": {latchkeytest.Password}, "password_again": {latchkeytest.Password}})
			page := g.password(thief, g.Issuer+"/login/")
			if offered := emailLink.MatchString(g.recovery(thief, page).Body); offered != enough {
				t.Errorf("offered: %t", offered)
			}
			sent := thief.Submit(page, url.Values{"with": {"email"}, "send": {"yes"}})
			if enough {
				if g.code(thief, sent, codeIn(t, m.withSubject(t, "Your code to log in"))); !g.isIn(thief) {
					t.Error("the code is not accepted")
				}
				return
			}
			if sent.StatusCode != http.StatusForbidden || !strings.Contains(sent.Body, "cannot be used for this login") {
				t.Errorf("got %s %s", sent.Status, sent.Body)
			}
			if used := thief.Submit(page, url.Values{"with": {"email"}, "sent": {"x"}, "code": {"12345678"}}); used.StatusCode != http.StatusForbidden || g.isIn(thief) {
				t.Errorf("a code that was not requested: got %s %s", used.Status, used.Body)
			}
		})
	}
}

// TestCodeByEmailIsNotOfferedIfAPasskeyIsNeeded: it is not phishing-resistant.
func TestCodeByEmailIsNotOfferedIfAPasskeyIsNeeded(t *testing.T) {
	g, _ := newMailed(t, account.EmailCodesEverywhere)
	for acr, want := range map[string]bool{"phr": false, "urn:latchkey:acr:2fa": true} {
		b := g.Browser()
		page := g.password(b, openIDRequest(g.Provider, g.client, "acr_values", acr))
		if offered := emailLink.MatchString(g.recovery(b, page).Body); offered != want {
			t.Errorf("%s: offered %t", acr, offered)
		}
		if got := b.Submit(page, url.Values{"with": {"email"}, "send": {"yes"}}); (got.StatusCode == http.StatusOK) != want {
			t.Errorf("%s: got %s", acr, got.Status)
		}
	}
}

// TestCodeByEmailBelongsToOneBrowserAndLogin: neither another browser nor another login of
// the same browser can use it.
func TestCodeByEmailBelongsToOneBrowserAndLogin(t *testing.T) {
	g, m := newMailed(t, account.EmailCodesEverywhere)
	b := g.Browser()
	sent := b.Submit(g.emailPage(b, g.password(b, g.Issuer+"/login/")), url.Values{"send": {"yes"}})
	code := codeIn(t, m.withSubject(t, "Your code to log in"))
	thief := g.Browser()
	own := g.emailPage(thief, g.password(thief, g.Issuer+"/login/"))
	stolen := sent.Request.URL.Query().Get("sent")
	if got := thief.Submit(own, url.Values{"sent": {stolen}, "code": {code}, "send": {}}); got.StatusCode != http.StatusUnauthorized || g.isIn(thief) {
		t.Errorf("in another browser: got %s %s", got.Status, got.Body)
	}
	if got := thief.Submit(sent, url.Values{"code": {code}}); !strings.Contains(got.Body, "took too long") || g.isIn(thief) {
		t.Errorf("the whole page in another browser: got %s", got.Body)
	}
	g.clock.move(10 * time.Minute)
	if got := b.Submit(sent, url.Values{"code": {code}}); g.isIn(b) {
		t.Errorf("after ten minutes: got %s", got.Body)
	}
}

// TestCodesByEmailAreLimitedOnThePage: the person reads why no other code is sent.
func TestCodesByEmailAreLimitedOnThePage(t *testing.T) {
	g, _ := newMailed(t, account.EmailCodesEverywhere)
	b := g.Browser()
	page := g.emailPage(b, g.password(b, g.Issuer+"/login/"))
	for range 3 {
		b.Submit(page, url.Values{"send": {"yes"}})
	}
	if got := b.Submit(page, url.Values{"send": {"yes"}}); got.StatusCode != http.StatusTooManyRequests || !strings.Contains(got.Body, "Too many") {
		t.Errorf("got %s %s", got.Status, got.Body)
	}
}

// TestCodeByEmailConfirmsASession: of a browser that is remembered, for an application that
// requires a second factor.
func TestCodeByEmailConfirmsASession(t *testing.T) {
	g, m := newMailed(t, account.EmailCodesKnownBrowsers)
	pay, _ := g.AddClient("https://pay.example/cb", func(c *oauth.Client) { c.RequireSecondFactor = true })
	b := g.Browser()
	g.code(b, g.password(b, g.Issuer+"/login/"), "", "remember")
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	g.password(b, g.Issuer+"/login/")
	if !g.isIn(b) {
		t.Fatal("the browser is not remembered")
	}
	page := b.Open(openIDRequest(g.Provider, pay))
	sent := b.Submit(g.emailPage(b, page), url.Values{"send": {"yes"}})
	page = b.Submit(sent, url.Values{"code": {codeIn(t, m.withSubject(t, "Your code to log in"))}})
	if !strings.Contains(page.Body, "Authorize") {
		t.Errorf("got %s %s", page.Request.URL, page.Body)
	}
}

// TestCodeByEmailDoesNotOpenTheBackOffice to a person who receives a role after it.
func TestCodeByEmailDoesNotOpenTheBackOffice(t *testing.T) {
	g, m := newMailed(t, account.EmailCodesEverywhere, func(o *latchkey.Options) { o.RequireSecondFactor = "administrators" })
	b := g.Browser()
	sent := b.Submit(g.emailPage(b, g.password(b, g.Issuer+"/login/")), url.Values{"send": {"yes"}})
	g.code(b, sent, codeIn(t, m.withSubject(t, "Your code to log in")))
	u, err := g.Accounts.Store.User(t.Context(), g.ada.ID)
	if err == nil {
		u.Admin = true
		err = g.Accounts.Update(t.Context(), u)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/admin/", "/admin/users/", "/admin/keys/"} {
		page := b.Open(g.URL + path)
		if strings.HasPrefix(page.Request.URL.Path, "/admin/") {
			t.Errorf("%s: got %s %s", path, page.Request.URL, page.Status)
		}
	}
	g.clock.move(time.Minute)
	if page := g.code(b, b.Open(g.URL+"/admin/"), ""); page.Request.URL.Path != "/admin/" || page.StatusCode != http.StatusOK {
		t.Errorf("after the factor: got %s %s", page.Request.URL, page.Status)
	}
}
