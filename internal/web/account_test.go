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

// newSelfService is a provider where people make accounts and get mails.
func newSelfService(t *testing.T, change func(*latchkey.Options)) (*latchkeytest.Provider, *later) {
	t.Helper()
	clock := new(later)
	return latchkeytest.New(t, func(o *latchkey.Options) {
		o.SignUp, o.InsecureCatchMails, o.Clock = true, true, clock.now
		if change != nil {
			change(o)
		}
	}), clock
}

var mailLink = regexp.MustCompile(`<a href="([^"]+\?token=[^"]+)"`)

// mailed gives the link of the newest mail with that subject. Mails are sent
// behind the answer's back, so it looks until one is there.
func mailed(t *testing.T, p *latchkeytest.Provider, subject string) string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, after, found := strings.Cut(p.Browser().Open(p.Issuer+"/mails/").Body, "<h2>"+subject+"</h2>")
		if link := mailLink.FindStringSubmatch(after); found && link != nil {
			return html.UnescapeString(link[1])
		}
		if time.Now().After(deadline) {
			t.Fatalf("no mail %q", subject)
		}
	}
}

func TestPromptCreateLeadsToTheSignUpPageAndBack(t *testing.T) {
	p, _ := newSelfService(t, nil)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"create"}, "scope": {"openid"}}))
	if !strings.HasSuffix(page.Request.URL.Path, "/signup/") {
		t.Fatalf("got %s", page.Request.URL)
	}
	for name, test := range map[string]struct {
		fields url.Values
		want   string
	}{
		"no address":         {url.Values{"username": {"eve"}, "password": {"correct horse"}, "password_again": {"correct horse"}}, "Enter your email address"},
		"no real address":    {url.Values{"username": {"eve"}, "email": {"eve"}, "password": {"correct horse"}, "password_again": {"correct horse"}}, "valid email address"},
		"two passwords":      {url.Values{"username": {"eve"}, "email": {"e@x.example"}, "password": {"correct horse"}, "password_again": {"x"}}, "not the same"},
		"a common password":  {url.Values{"username": {"eve"}, "email": {"e@x.example"}, "password": {"password123"}, "password_again": {"password123"}}, "very common"},
		"an injected header": {url.Values{"username": {"eve"}, "email": {"e@x.example\r\nBcc: a@b.example"}, "password": {"correct horse"}, "password_again": {"correct horse"}}, "valid email address"},
	} {
		got := b.Submit(page, test.fields)
		if got.StatusCode != 422 || !strings.Contains(got.Body, test.want) || !strings.Contains(got.Body, `value="eve"`) || strings.Contains(got.Body, "correct horse") {
			t.Errorf("%s: %s %s", name, got.Status, got.Body)
		}
	}
	page = b.Submit(page, url.Values{"username": {"eve"}, "email": {"eve@x.example"}, "password": {"correct horse"}, "password_again": {"correct horse"}, "admin": {"on"}})
	if !strings.Contains(page.Body, `name="allow"`) || !strings.Contains(page.Body, "eve") {
		t.Fatalf("the request is lost: %s", page.Body)
	}
	user, err := p.Store.UserByName(context.Background(), "eve")
	if err != nil || user.Admin || user.EmailVerified() {
		t.Fatalf("R7.8: got %+v %v", user, err)
	}
	link := mailed(t, p, "Confirm your email address")
	if !strings.HasPrefix(link, p.Issuer+"/verify/?token=") {
		t.Fatalf("the link is %s", link)
	}
	// Opening the link alone, as a mail program does, changes nothing.
	b = p.Browser()
	page = b.Open(link)
	if user, _ = p.Store.UserByName(context.Background(), "eve"); user.EmailVerified() {
		t.Error("a look confirms")
	}
	if page = b.Submit(page, url.Values{}); !strings.Contains(page.Body, "is confirmed") {
		t.Errorf("got %s", page.Body)
	}
	if user, _ = p.Store.UserByName(context.Background(), "eve"); !user.EmailVerified() {
		t.Error("not confirmed")
	}
	page = b.Submit(b.Open(p.Issuer+"/signup/"), url.Values{"username": {"EVE"}, "email": {"e@x.example"}, "password": {"correct horse"}, "password_again": {"correct horse"}})
	if !strings.Contains(page.Body, "taken") {
		t.Errorf("a taken name: %s", page.Body)
	}
}

func TestWithoutSignUpThereIsNone(t *testing.T) {
	p := latchkeytest.New(t, nil)
	client, _ := p.AddClient("https://app.example/cb", nil)
	if page := p.Browser().Open(p.Issuer + "/signup/"); page.StatusCode != 404 {
		t.Errorf("the page: %s", page.Status)
	}
	if page := p.Browser().Open(p.Issuer + "/reset/"); page.StatusCode != 404 {
		t.Errorf("a reset without mail: %s", page.Status)
	}
	page := p.Browser().Open(authorizeURL(p, client, url.Values{"prompt": {"create"}}))
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "invalid_request" {
		t.Errorf("prompt=create: %v", page.RedirectURL)
	}
}

func TestAForgottenPasswordIsSetByMailOnce(t *testing.T) {
	p, clock := newSelfService(t, nil)
	ada := p.AddUser("ada", false)
	ada.Email = "ada@x.example"
	if err := p.Accounts.Update(context.Background(), ada); err != nil {
		t.Fatal(err)
	}
	elsewhere := p.Browser()
	elsewhere.LogIn(elsewhere.Open(p.Issuer+"/login/"), "ada")
	b := p.Browser()
	var answers []string
	for _, name := range []string{"nobody", "ada", "ada@x.example"} { // R7.5
		page := b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {name}})
		answers = append(answers, page.Body)
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Error("the answer tells whether there is an account")
	}
	link := mailed(t, p, "Set a new password")
	page := b.Open(link)
	if page.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("the link may leak in a referrer")
	}
	if got := b.Submit(page, url.Values{"password": {"short"}, "password_again": {"short"}}); !strings.Contains(got.Body, "at least") {
		t.Errorf("a short password: %s", got.Body)
	}
	const fresh = "a whole new password"
	if got := b.Submit(page, url.Values{"password": {fresh}, "password_again": {fresh}}); !strings.Contains(got.Body, "Your password has been changed") {
		t.Fatalf("got %s", got.Body)
	}
	if got := b.Submit(page, url.Values{"password": {fresh + "!"}, "password_again": {fresh + "!"}}); got.StatusCode != 400 {
		t.Errorf("the link works twice: %s", got.Status)
	}
	if got := elsewhere.Open(p.Issuer + "/account/"); !strings.Contains(got.Body, `name="password"`) || strings.Contains(got.Body, "Your account") {
		t.Error("a session outlives the old password")
	}
	if user, _ := p.Store.UserByName(context.Background(), "ada"); !user.EmailVerified() {
		t.Error("who reads the mail has shown that the address is theirs")
	}
	page = b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {"ada"}, "password": {fresh}})
	if strings.Contains(page.Body, "do not match") {
		t.Error("the new password does not work")
	}

	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada"}})
	link2 := link
	for link2 == link {
		link2 = mailed(t, p, "Set a new password")
	}
	clock.by = 31 * time.Minute
	if page := b.Open(link2); page.StatusCode != 400 || !strings.Contains(page.Body, "no longer works") {
		t.Errorf("after half an hour: %s", page.Status)
	}
	for _, forged := range []string{"x", "a.b.c", strings.Replace(link2, "token=", "token=x", 1)[strings.Index(link2, "token=")+6:], strings.Repeat("a", 5000)} {
		if page := b.Open(p.Issuer + "/reset/?token=" + url.QueryEscape(forged)); page.StatusCode != 400 {
			t.Errorf("%q: %s", forged, page.Status)
		}
	}
}

func TestPeopleLookAfterTheirOwnAccount(t *testing.T) {
	p, _ := newSelfService(t, nil)
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "The app" })
	b, other, bobs := p.Browser(), p.Browser(), p.Browser()
	bobs.LogIn(bobs.Open(p.Issuer+"/login/"), "bob")
	other.LogIn(other.Open(p.Issuer+"/login/"), "ada")
	code, err := b.Authorize(authorizeURL(p, client, nil), "ada")
	if err != nil {
		t.Fatal(err)
	}
	_, body := send(t, "POST", p.Issuer+"/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {client.RedirectURIs[0]}, "code_verifier": {verifier}, "client_id": {client.ID}, "client_secret": {secret},
	}.Encode(), "Content-Type", form)
	refresh := regexp.MustCompile(`"refresh_token":"([^"]+)"`).FindStringSubmatch(body)[1]

	page := b.Open(p.Issuer + "/authorized_tokens/")
	if !strings.Contains(page.Body, "The app") || !strings.Contains(page.Body, "See your data") || strings.Count(page.Body, "aria-label=\"Log out of ") != 1 {
		t.Fatalf("got %s", page.Body)
	}
	act := func(fields url.Values) latchkeytest.Page {
		t.Helper()
		page.Body = "" // no hidden field of another form
		page.Request.URL, _ = url.Parse(p.Issuer + "/account/")
		return b.Submit(page, fields)
	}
	got := act(url.Values{"action": {"profile"}, "name": {"Ada L."}, "email": {"ada@x.example"}, "email_password": {latchkeytest.Password}, "phone_number": {"+44 1"}, "email_verified": {"true"}, "admin": {"on"}})
	user, _ := p.Store.UserByName(context.Background(), "ada")
	if claims, _ := user.StandardClaims(); !strings.Contains(got.Body, "have been saved") || user.Name != "Ada L." || user.Admin || claims["phone_number"] != "+44 1" || claims["email_verified"] != false {
		t.Errorf("R7.8: got %+v", user)
	}
	if got = act(url.Values{"action": {"profile"}, "name": {"Ada L."}, "email": {"no address"}, "nickname": {"Countess"}}); got.StatusCode != 422 || !strings.Contains(got.Body, `value="Countess"`) {
		t.Errorf("a mistake loses what was typed: %s", got.Status)
	}
	if got = act(url.Values{"action": {"password"}, "present": {"wrong"}, "password": {"another password"}, "password_again": {"another password"}}); !strings.Contains(got.Body, "not your current password") {
		t.Errorf("a wrong present password: %s", got.Status)
	}

	if got = act(url.Values{"action": {"profile"}, "email": {"eve@x.example"}}); got.StatusCode != 422 || !strings.Contains(got.Body, "enter your current password") {
		t.Errorf("another address without the password: %s", got.Status)
	}
	for range 5 {
		got = act(url.Values{"action": {"verify"}})
	}
	if got.StatusCode != 429 {
		t.Errorf("the fifth mail in a row: %s", got.Status)
	}

	sessions := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(b.Open(p.Issuer + "/account/").Body)
	bobsPage := bobs.Open(p.Issuer + "/account/")
	bobsPage.Body = ""
	bobs.Submit(bobsPage, url.Values{"action": {"session"}, "session": {sessions[1]}}) // R7.8: not his to end
	if got := other.Open(p.Issuer + "/account/"); !strings.Contains(got.Body, "Your account") {
		t.Error("one person ends the session of another")
	}
	act(url.Values{"action": {"session"}, "session": {sessions[1]}})
	if got := other.Open(p.Issuer + "/account/"); strings.Contains(got.Body, "Your account") {
		t.Error("the session goes on")
	}

	bobs.Submit(bobsPage, url.Values{"action": {"withdraw"}, "client": {client.ID}})
	act(url.Values{"action": {"withdraw"}, "client": {client.ID}})
	_, body = send(t, "POST", p.Issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {client.ID}, "client_secret": {secret}}.Encode(), "Content-Type", form)
	if !strings.Contains(body, "invalid_grant") {
		t.Errorf("after the withdrawal: %s", body)
	}
	got = act(url.Values{"action": {"password"}, "present": {latchkeytest.Password}, "password": {"another password"}, "password_again": {"another password"}})
	if !strings.Contains(got.Body, "Your password has been changed") {
		t.Errorf("got %s", got.Body)
	}
	response, _ := send(t, "POST", p.Issuer+"/account/", "action=everywhere", "Content-Type", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if response.StatusCode != 403 {
		t.Errorf("R7.1: another site acts: %s", response.Status)
	}
}
