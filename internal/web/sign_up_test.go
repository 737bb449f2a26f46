package web_test

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newSelfService starts a provider where people create accounts and receive
// emails.
func newSelfService(t *testing.T) (*latchkeytest.Provider, *movableClock) {
	t.Helper()
	return newSelfServiceWith(t, 0)
}

// newSelfServiceWith is newSelfService with a lifetime of authorization requests.
func newSelfServiceWith(t *testing.T, requestTTL time.Duration) (*latchkeytest.Provider, *movableClock) {
	t.Helper()
	clock := new(movableClock)
	return latchkeytest.New(t, func(o *latchkey.Options) {
		o.SignUp, o.InsecureCatchMails, o.Clock, o.RequestTTL = true, true, clock.now, requestTTL
	}), clock
}

var mailLink = regexp.MustCompile(`<a href="([^"]+\?token=[^"]+)"`)

// mailed returns the link in the newest email with that subject. Emails are sent
// in the background, so it waits for one.
func mailed(t *testing.T, p *latchkeytest.Provider, subject string) string {
	t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	for {
		_, after, found := strings.Cut(p.Browser().Open(p.Issuer+"/mails/").Body, ">"+subject+"</h2>")
		if link := mailLink.FindStringSubmatch(after); found && link != nil {
			return html.UnescapeString(link[1])
		}
		if time.Now().After(deadline) {
			t.Fatalf("no email %q", subject)
		}
	}
}

// signUp returns the fields of the form with these values.
func signUp(username, email, password, again string) url.Values {
	return url.Values{"username": {username}, "email": {email}, "password": {password}, "password_again": {again}}
}

func TestSignUpFormShowsMistakesAndKeepsTheInput(t *testing.T) {
	p, _ := newSelfService(t)
	b := p.Browser()
	page := b.Open(p.Issuer + "/signup/")
	for name, test := range map[string]struct {
		fields url.Values
		want   string
	}{
		"no email address":      {signUp("eve", "", "correct horse", "correct horse"), "Enter your email address"},
		"invalid email address": {signUp("eve", "eve", "correct horse", "correct horse"), `id="email-error"`},
		"different passwords":   {signUp("eve", "e@x.example", "correct horse", "x"), "not the same"},
		"common password":       {signUp("eve", "e@x.example", "password123", "password123"), `id="password-error"`},
		"header injection":      {signUp("eve", "e@x.example\r\nBcc: a@b.example", "correct horse", "correct horse"), `id="email-error"`},
	} {
		got := b.Submit(page, test.fields)
		if got.StatusCode != 422 || !strings.Contains(got.Body, test.want) || !strings.Contains(got.Body, `value="eve"`) || strings.Contains(got.Body, "correct horse") {
			t.Errorf("%s: got %s %s", name, got.Status, got.Body)
		}
	}
	b.Submit(page, signUp("eve", "eve@x.example", "correct horse", "correct horse"))
	other := p.Browser()
	if got := other.Submit(other.Open(p.Issuer+"/signup/"), signUp("EVE", "e@x.example", "correct horse", "correct horse")); got.StatusCode != 422 || !strings.Contains(got.Body, `id="username-error"`) {
		t.Errorf("the username of another account: got %s %s", got.Status, got.Body)
	}
}

// Initiating User Registration via OpenID Connect 1.0 §4.
func TestPromptCreateLeadsToSignUpAndContinuesTheRequest(t *testing.T) {
	p, _ := newSelfService(t)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"create"}, "scope": {"openid"}}))
	if !strings.HasSuffix(page.Request.URL.Path, "/signup/") {
		t.Fatalf("got %s, want the sign-up page", page.Request.URL)
	}
	fields := signUp("eve", "eve@x.example", "correct horse", "correct horse")
	fields.Set("admin", "on") // not a field of the form
	if page = b.Submit(page, fields); !strings.Contains(page.Body, `name="allow"`) || !strings.Contains(page.Body, "eve") {
		t.Fatalf("got %s, want the consent page", page.Body)
	}
	user, err := p.Store.UserByName(context.Background(), "eve")
	if err != nil || user.Admin || user.EmailVerified() {
		t.Fatalf("got %+v %v", user, err)
	}
}

func TestSignUpAndResetAreOffByDefault(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", nil)
	if page := p.Browser().Open(p.Issuer + "/signup/"); page.StatusCode != 404 {
		t.Errorf("the sign-up page: got %s", page.Status)
	}
	if page := p.Browser().Open(p.Issuer + "/reset/"); page.StatusCode != 404 {
		t.Errorf("the reset page: got %s", page.Status)
	}
	page := p.Browser().Open(authorizeURL(p, client, url.Values{"prompt": {"create"}}))
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "invalid_request" {
		t.Errorf("prompt=create: got %v", page.RedirectURL)
	}
}

func TestAccountExpiresUnlessAnApplicationKnowsIt(t *testing.T) {
	p, m := newMailbox(t)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.SkipAuthorization = true })
	for name, start := range map[string]string{"eve": p.Issuer + "/signup/", "bob": authorizeURL(p, client, url.Values{"prompt": {"create"}})} {
		b := p.Browser()
		page := b.Open(start)
		if !strings.Contains(page.Body, "within 7 days, the account will be deleted") {
			t.Errorf("the page does not say that the account expires: %s", page.Body)
		}
		b.Submit(page, signUp(name, name+"@x.example", latchkeytest.Password, latchkeytest.Password))
		mail := m.next(t)
		user, err := p.Store.UserByName(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		// The email is written when it is sent, which can be after the application was
		// allowed.
		if name == "eve" && !strings.Contains(mail.text, "the account will be deleted on "+user.ExpiresAt.UTC().Format("2 January 2006")) {
			t.Errorf("the email does not say when the account expires: %s", mail.text)
		}
		if account := b.Open(p.Issuer + "/account/").Body; strings.Contains(account, "the account will be deleted on") != (name == "eve") {
			t.Errorf("%s: the account page is %s", name, account)
		}
	}
	if n, err := p.Store.DeleteExpiredUsers(t.Context(), time.Now().Add(8*24*time.Hour)); n != 1 || err != nil {
		t.Errorf("%d accounts were deleted: %v", n, err)
	}
	if _, err := p.Store.UserByName(t.Context(), "bob"); err != nil {
		t.Errorf("the account that an application knows: %v", err)
	}
}
