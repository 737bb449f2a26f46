package web_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An accountVisitor is a person with the page of their account.
type accountVisitor struct {
	*latchkeytest.Browser
	p *latchkeytest.Provider
	t *testing.T
}

// visitAccount logs a person in and opens the page.
func visitAccount(t *testing.T, p *latchkeytest.Provider, name string) accountVisitor {
	t.Helper()
	v := accountVisitor{p.Browser(), p, t}
	v.LogIn(v.Open(p.Issuer+"/login/?next=/o/account/"), name)
	return v
}

// act submits only these fields to a page of the account, and answers the question that
// follows, if any.
func (v accountVisitor) act(path string, fields url.Values) latchkeytest.Page {
	v.t.Helper()
	page := v.at(path)
	page.Body = "" // without the hidden fields of other forms
	if page = v.Submit(page, fields); strings.Contains(page.Body, `name="confirmed"`) {
		page = v.Submit(page, url.Values{})
	}
	return page
}

func (v accountVisitor) open() latchkeytest.Page {
	v.t.Helper()
	return v.at("")
}

// at opens a page of the account, such as "sessions/".
func (v accountVisitor) at(path string) latchkeytest.Page {
	v.t.Helper()
	return v.Open(v.p.Issuer + "/account/" + path)
}

func TestProfileIsSavedAndMistakesKeepTheInput(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	got := ada.act("profile/", url.Values{
		"action": {"profile"}, "name": {"Ada L."}, "email": {"ada@x.example"}, "email_password": {latchkeytest.Password}, "phone_number": {"+44 1"},
		"email_verified": {"true"}, "admin": {"on"}, // not fields of the form
	})
	user, _ := p.Store.UserByName(context.Background(), "ada")
	claims, _ := user.StandardClaims()
	if !strings.Contains(got.Body, "have been saved") || user.Name != "Ada L." || user.Admin || claims["phone_number"] != "+44 1" || claims["email_verified"] != false {
		t.Errorf("got %+v", user)
	}
	if got = ada.act("profile/", url.Values{"action": {"profile"}, "name": {"Ada L."}, "email": {"no address"}, "nickname": {"Countess"}}); got.StatusCode != 422 || !strings.Contains(got.Body, `value="Countess"`) {
		t.Errorf("with a mistake: got %s", got.Status)
	}
	if page := ada.at("profile/"); !strings.Contains(page.Body, `list="zones"`) || !strings.Contains(page.Body, `<option value="Europe/London">`) {
		t.Error("the page does not suggest time zones")
	}
	if got = ada.act("profile/", url.Values{"action": {"profile"}, "email": {"ada@x.example"}, "birthdate": {"31.12.1999"}}); got.StatusCode != 422 || !strings.Contains(got.Body, `value="31.12.1999"`) || !strings.Contains(got.Body, "Use the form YYYY-MM-DD") {
		t.Errorf("a date of birth in another form: got %s", got.Status)
	}
	if got = ada.act("profile/", url.Values{"action": {"profile"}, "email": {"eve@x.example"}}); got.StatusCode != 422 || !strings.Contains(got.Body, `id="email_password-error"`) {
		t.Errorf("another email address without the password: got %s", got.Status)
	}
	for range 5 {
		got = ada.act("profile/", url.Values{"action": {"verify"}})
	}
	if got.StatusCode != 429 || got.Header.Get("Retry-After") == "" {
		t.Errorf("the fifth confirmation email in a row: got %s", got.Status)
	}
}

func TestPasswordChangeRequiresTheCurrentPassword(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	ada, elsewhere := visitAccount(t, p, "ada"), visitAccount(t, p, "ada")
	fields := url.Values{"present": {"wrong"}, "password": {"another password"}, "password_again": {"another password"}}
	if got := ada.act("password/", fields); got.StatusCode != 422 || !strings.Contains(got.Body, "not your current password") {
		t.Errorf("with a wrong password: got %s", got.Status)
	}
	fields.Set("present", latchkeytest.Password)
	if got := ada.act("password/", fields); !strings.Contains(got.Body, "Your password has been changed") {
		t.Errorf("got %s", got.Body)
	}
	if got := elsewhere.open(); strings.Contains(got.Body, "Your account") {
		t.Error("another session is valid after the change")
	}
}

func TestPeopleEndOnlyTheirOwnSessions(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	elsewhere, ada, bob := visitAccount(t, p, "ada"), visitAccount(t, p, "ada"), visitAccount(t, p, "bob")
	page := ada.at("sessions/")
	sessions := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(page.Body, -1)
	if len(sessions) != 1 {
		t.Fatalf("got %d sessions to end, want 1: %s", len(sessions), page.Body)
	}
	end := url.Values{"action": {"session"}, "session": {sessions[0][1]}}
	bob.act("sessions/", end)
	if got := elsewhere.open(); !strings.Contains(got.Body, "Your account") {
		t.Error("a person ended the session of another")
	}
	ada.act("sessions/", end)
	if got := elsewhere.open(); strings.Contains(got.Body, "Your account") {
		t.Error("the session has not ended")
	}
	if got := ada.open(); !strings.Contains(got.Body, "Your account") {
		t.Error("the person's own session has ended")
	}
}

func TestPeopleWithdrawOnlyTheirOwnConsents(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "The app" })
	ada, bob := visitAccount(t, p, "ada"), visitAccount(t, p, "bob")
	code, err := ada.Authorize(authorizeURL(p, client, nil), "ada")
	if err != nil {
		t.Fatal(err)
	}
	_, body := redeem(t, p, client, secret, code)
	refresh := regexp.MustCompile(`"refresh_token":"([^"]+)"`).FindStringSubmatch(body)[1]
	if page := ada.Open(p.Issuer + "/authorized_tokens/"); !strings.Contains(page.Body, "The app") || !strings.Contains(page.Body, "See your data") {
		t.Fatalf("the consent is not listed: %s", page.Body)
	}
	consented := func() bool {
		return strings.Contains(ada.at("applications/").Body, "The app")
	}
	withdraw := url.Values{"action": {"withdraw"}, "client": {client.ID}}
	if bob.act("applications/", withdraw); !consented() {
		t.Error("a person withdrew the consent of another")
	}
	if ada.act("applications/", withdraw); consented() {
		t.Error("the consent has not been withdrawn")
	}
	_, body = send(t, "POST", p.Issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {client.ID}, "client_secret": {secret}}.Encode(), "Content-Type", form)
	if !strings.Contains(body, "invalid_grant") {
		t.Errorf("the refresh token after the withdrawal: got %s", body)
	}
}

func TestAccountFormsFromAnotherSiteAreRejected(t *testing.T) {
	p, _ := newSelfService(t)
	response, _ := send(t, "POST", p.Issuer+"/account/sessions/", "action=everywhere", "Content-Type", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if response.StatusCode != 403 {
		t.Errorf("got %s", response.Status)
	}
}

// TestAccountPageAsksOnceBeforeADestructiveAction: without the answer to its
// question, an action changes nothing.
func TestAccountPageAsksOnceBeforeADestructiveAction(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "The app" })
	ada := visitAccount(t, p, "ada")
	if _, err := ada.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	visitAccount(t, p, "ada")
	count := func() [2]int {
		return [2]int{strings.Count(ada.at("sessions/").Body, `name="session"`), strings.Count(ada.at("applications/").Body, `name="client"`)}
	}
	session := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(ada.at("sessions/").Body)
	for _, test := range []struct {
		path     string
		fields   url.Values
		question string
		done     string
		after    [2]int // other sessions, and permissions
	}{
		{"sessions/", url.Values{"action": {"session"}, "session": {session[1]}}, "Log out of", "The session has ended", [2]int{0, 1}},
		{"sessions/", url.Values{"action": {"everywhere"}}, "<h1>Log out everywhere else?</h1>", "logged out everywhere else", [2]int{0, 1}},
		{"applications/", url.Values{"action": {"withdraw"}, "client": {client.ID}}, "<h1>Withdraw permission from The app (app.example)?</h1>", "can no longer act for you", [2]int{0, 0}},
	} {
		if test.fields.Get("action") == "everywhere" {
			visitAccount(t, p, "ada")
		}
		before := count()
		page := ada.at(test.path)
		page.Body = ""
		page = ada.Submit(page, test.fields)
		if page.StatusCode != 200 || !strings.Contains(page.Body, test.question) || !strings.Contains(page.Body, `href="/o/account/`+test.path+`">Cancel</a>`) {
			t.Errorf("%v: got %s %s", test.fields, page.Status, page.Body)
		}
		if got := count(); got != before {
			t.Errorf("%v: acted without an answer", test.fields)
		}
		page = ada.Submit(page, url.Values{})
		if got := count(); got != test.after || !strings.Contains(page.Body, test.done) {
			t.Errorf("%v: after the answer: %v %s", test.fields, got, page.Body)
		}
	}
}
