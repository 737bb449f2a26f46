package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// addConfirmed adds a person with a confirmed address.
func addConfirmed(t *testing.T, p *latchkeytest.Provider, name, email string) *account.User {
	t.Helper()
	u, err := p.Accounts.Create(t.Context(), account.NewUser{Username: name, Password: latchkeytest.Password, Email: email, EmailVerified: true})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestPeopleAreNotifiedOfChangesAndNewBrowsers(t *testing.T) {
	p, m := newMailbox(t)
	addConfirmed(t, p, "ada", "ada@x.example")
	b := p.Browser()
	b.Transport = userAgent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 www.evil.example")
	expect := func(to, subject string) {
		t.Helper()
		got := m.next(t)
		if got.to != to || got.subject != subject || !strings.Contains(got.text, "the account ada at "+p.Issuer) ||
			!strings.Contains(got.text, "with Firefox on Linux, from the network address 127.0.0.1") || strings.Contains(got.text, "evil") || strings.Contains(got.text, "token=") {
			t.Errorf("got %+v, want %q to %s", got, subject, to)
		}
	}
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	expect("ada@x.example", "New login to your account")
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada") // in the same browser

	const newPassword = "another long password"
	b.Submit(b.Open(p.Issuer+"/account/password/"), url.Values{"present": {latchkeytest.Password}, "password": {newPassword}, "password_again": {newPassword}})
	expect("ada@x.example", "Your password was changed")

	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada"}})
	reset := m.next(t)
	link := strings.Fields(reset.text[strings.Index(reset.text, "http"):])[0]
	b.Submit(b.Open(link), url.Values{"password": {latchkeytest.Password}, "password_again": {latchkeytest.Password}})
	expect("ada@x.example", "Your password was changed")
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada") // in the browser that used the link

	b.Submit(b.Open(p.Issuer+"/account/profile/"), url.Values{"action": {"profile"}, "email": {"www.evil@x.example"}, "email_password": {latchkeytest.Password}})
	for range 2 { // the confirmation of the new address is sent first
		if got := m.next(t); got.to == "ada@x.example" {
			if got.subject != "Your email address was changed" || !strings.Contains(got.text, "the account ada at") || strings.Contains(got.text, "evil") {
				t.Errorf("got %+v", got)
			}
		} else if got.to != "www.evil@x.example" || got.subject != "Confirm your email address" {
			t.Errorf("got %+v", got)
		}
	}
	select {
	case got := <-m:
		t.Errorf("one more email: %+v", got)
	default:
	}
}

// A person who signs up with the address of another person must not be able to send
// them text.
func TestNoticeToAnUnconfirmedAddressHasNoUsername(t *testing.T) {
	p, m := newMailbox(t)
	if _, err := p.Accounts.Create(t.Context(), account.NewUser{Username: "www.evil.example", Password: latchkeytest.Password, Email: "victim@x.example"}); err != nil {
		t.Fatal(err)
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "www.evil.example")
	if got := m.next(t); got.to != "victim@x.example" || strings.Contains(got.subject+got.text, "evil") || !strings.Contains(got.text, "the account that was created on") || !strings.Contains(got.text, "ignore this email") {
		t.Errorf("got %+v", got)
	}
}

// The browser in which a person signs up is not new at the next login.
func TestBrowserOfASignUpIsKnown(t *testing.T) {
	p, m := newMailbox(t)
	b := p.Browser()
	b.Submit(b.Open(p.Issuer+"/signup/"), signUp("eve", "eve@x.example", latchkeytest.Password, latchkeytest.Password))
	if got := m.next(t); got.subject != "Confirm your email address" {
		t.Errorf("got %+v", got)
	}
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	b.LogIn(b.Open(p.Issuer+"/login/"), "eve")
	other := p.Browser()
	other.LogIn(other.Open(p.Issuer+"/login/"), "eve")
	if got := m.next(t); got.subject != "New login to your account" {
		t.Errorf("got %+v", got)
	}
	select {
	case got := <-m:
		t.Errorf("an email about the browser of the sign-up: %+v", got)
	default:
	}
}

func TestChangesByAnAdministratorAreNotified(t *testing.T) {
	p, m := newMailbox(t)
	p.AddUser("root", true)
	ada := addConfirmed(t, p, "ada", "ada@x.example")
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+"/admin/users/"+ada.ID+"/"), "root")
	b.Submit(page, url.Values{"username": {"ada"}, "email": {"new@x.example"}, "confirmed": {"yes"}})
	if got := m.next(t); got.to != "ada@x.example" || got.subject != "Your email address was changed" || strings.Contains(got.text, "127.0.0.1,") {
		t.Errorf("got %+v", got)
	}
	page.Request.URL.Path += "password/"
	b.Submit(page, url.Values{"password": {"another long password"}, "confirmed": {"yes"}})
	if got := m.next(t); got.to != "new@x.example" || got.subject != "Your password was changed" {
		t.Errorf("got %+v", got)
	}
}

// The browser in which a person logs out everywhere else is not new at the next
// login.
func TestBrowserThatLogsOutEverywhereElseIsKnown(t *testing.T) {
	p, m := newMailbox(t)
	addConfirmed(t, p, "ada", "ada@x.example")
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	if got := m.next(t); got.subject != "New login to your account" {
		t.Errorf("got %+v", got)
	}
	b.Submit(b.Open(p.Issuer+"/account/sessions/"), url.Values{"action": {"everywhere"}})
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	other := p.Browser()
	other.Transport = userAgent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	other.LogIn(other.Open(p.Issuer+"/login/"), "ada")
	if got := m.next(t); !strings.Contains(got.text, "with Firefox on Linux") || !strings.Contains(got.text, "or the first since the password was changed") {
		t.Errorf("got %+v", got)
	}
	select {
	case got := <-m:
		t.Errorf("an email about the known browser: %+v", got)
	default:
	}
}

// TestOwnerGetsAnEmailAboutChangedFactors, from where, and with a way to react.
func TestOwnerGetsAnEmailAboutChangedFactors(t *testing.T) {
	p, m := newMailbox(t)
	addConfirmed(t, p, "ada", "ada@x.example")
	ada := visitAccount(t, p, "ada")
	m.next(t) // about the new browser
	page := ada.at("security/totp/")
	ada.Submit(page, url.Values{"code": {totpCode(t, secretOn(t, page), p.Now())}})
	got := m.next(t)
	if got.to != "ada@x.example" || got.subject != "How you log in has changed" || !strings.Contains(got.text, "the account ada at "+p.Issuer) || !strings.Contains(got.text, p.Issuer+"/reset/\n") {
		t.Errorf("got %+v", got)
	}
}

// TestMailSaysWhichFactorChanged, in a sentence of its own.
func TestMailSaysWhichFactorChanged(t *testing.T) {
	p, m := newMailbox(t)
	ada := addConfirmed(t, p, "ada", "ada@x.example")
	wants := map[account.FactorsChanged]string{
		account.PasskeyAdded:   "A passkey was added to the account ada at " + p.Issuer + ".",
		account.PasskeyRemoved: "A passkey was removed from the account ada",
		account.TOTPAdded:      "An authenticator app was set up for the account ada",
		account.TOTPRemoved:    "The authenticator app of the account ada at " + p.Issuer + " was turned off.",
		account.CodesRenewed:   "The recovery codes of the account ada at " + p.Issuer + " were replaced.",
		account.FactorsRemoved: "were removed. This happened on",
		"":                     "A passkey, the authenticator app or the recovery codes of the account ada", // of an earlier release
	}
	for change := range wants {
		mail := account.Mail{
			ID: "m" + string(change), Kind: account.MailFactorsChanged, To: ada.Email, UserID: ada.ID, CreatedAt: p.Now(), NextAt: p.Now(), ExpiresAt: p.Now().Add(time.Hour),
			Details: account.MailDetails{Confirmed: true, Change: change},
		}
		if err := p.Store.AddMail(t.Context(), mail, account.MailBounds{Rank: 9, Recipient: 99, Source: 99}); err != nil {
			t.Fatal(err)
		}
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada") // its email wakes the sender
	var all string
	for range len(wants) + 1 {
		all += strings.Join(strings.Fields(m.next(t).text), " ")
	}
	for change, want := range wants {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q: %q is not in one of the emails %s", change, want, all)
		}
	}
}

// TestPersonSeesTimesInTheirTimeZone on the pages of the account and in emails.
func TestPersonSeesTimesInTheirTimeZone(t *testing.T) {
	p, m := newMailbox(t)
	user := addConfirmed(t, p, "ada", "ada@x.example")
	if err := p.Accounts.ChangeProfile(t.Context(), user, account.Profile{Email: user.Email, Claims: map[string]string{"zoneinfo": "Asia/Kolkata"}}); err != nil {
		t.Fatal(err)
	}
	client, _ := p.AddClient("https://app.example/cb", nil)
	ada := visitAccount(t, p, "ada")
	if got := m.next(t); !strings.Contains(got.text, " Asia/Kolkata, from ") {
		t.Errorf("the email: %s", got.text)
	}
	if _, err := ada.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"", "sessions/", "applications/", "activity/"} {
		if body := ada.at(page).Body; !strings.Contains(body, "Asia/Kolkata") || strings.Contains(body, " UTC") {
			t.Errorf("%q: %s", page, body)
		}
	}
}
