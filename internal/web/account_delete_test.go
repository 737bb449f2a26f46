package web_test

import (
	"context"
	"errors"
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

// newLeaver returns ada, who has confirmed her address and is on the page that deletes her
// account, and a refresh token of an application.
func newLeaver(t *testing.T, change func(*latchkey.Options)) (p *latchkeytest.Provider, m mailbox, ada accountVisitor, refresh url.Values) {
	t.Helper()
	m = make(mailbox, 100)
	p = latchkeytest.New(t, func(o *latchkey.Options) {
		o.SendMail, o.OmitLoginNotices = m.send, true
		if change != nil {
			change(o)
		}
	})
	if _, err := p.Accounts.Create(t.Context(), account.NewUser{Username: "ada", Password: latchkeytest.Password, Email: "ada@x.example", EmailVerified: true}); err != nil {
		t.Fatal(err)
	}
	ada = visitAccount(t, p, "ada")
	client, secret := p.AddClient("https://app.example/cb", nil)
	code, err := ada.Authorize(authorizeURL(p, client, nil), "ada")
	if err != nil {
		t.Fatal(err)
	}
	_, body := redeem(t, p, client, secret, code)
	token := regexp.MustCompile(`"refresh_token":"([^"]+)"`).FindStringSubmatch(body)[1]
	return p, m, ada, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {client.ID}, "client_secret": {secret}}
}

// wantGone checks that the account cannot be used.
func wantGone(t *testing.T, p *latchkeytest.Provider, elsewhere accountVisitor, refresh url.Values) {
	t.Helper()
	if page := elsewhere.open(); strings.Contains(page.Body, "Your account</h1>") {
		t.Error("another session is still valid")
	}
	if _, body := send(t, "POST", p.Issuer+"/token", refresh.Encode(), "Content-Type", form); !strings.Contains(body, "invalid_grant") {
		t.Errorf("the refresh token: %s", body)
	}
}

func TestPeopleDeleteTheirAccountAndChangeTheirMind(t *testing.T) {
	p, m, ada, refresh := newLeaver(t, nil)
	elsewhere := visitAccount(t, p, "ada")
	for _, name := range []string{"", "bob", "ad"} {
		if page := ada.act("delete/", url.Values{"username": {name}}); page.StatusCode != 422 || !strings.Contains(page.Body, "not your username") {
			t.Errorf("with the username %q: %s", name, page.Status)
		}
	}
	kept := ada.act("delete/", url.Values{"username": {" ADA "}})
	if !strings.Contains(kept.Body, "will be deleted on") || !strings.Contains(kept.Body, "Keep my account") {
		t.Fatalf("got %s %s", kept.Status, kept.Body)
	}
	if page := ada.open(); strings.Contains(page.Body, "Your account</h1>") {
		t.Error("the browser is still logged in")
	}
	wantGone(t, p, elsewhere, refresh)
	mail := m.next(t)
	link := regexp.MustCompile(`http\S+`).FindString(mail.text[strings.Index(mail.text, "use this link"):])
	if mail.to != "ada@x.example" || !strings.Contains(mail.text, "will be deleted on") || !strings.Contains(link, "/o/account/keep/?token=") {
		t.Fatalf("the mail to %s: %s", mail.to, mail.text)
	}

	// A wrong password reveals nothing; the right one offers to keep the account.
	b := p.Browser()
	if page := b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {"ada"}, "password": {"wrong"}}); page.StatusCode != http.StatusUnauthorized || strings.Contains(page.Body, "deleted") {
		t.Errorf("a wrong password: %s %s", page.Status, page.Body)
	}
	page := b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	if !strings.Contains(page.Body, "Keep my account") {
		t.Fatalf("the login: %s %s", page.Status, page.Body)
	}
	if again := b.Open(p.Issuer + "/account/"); strings.Contains(again.Body, "Your account</h1>") {
		t.Error("the login started a session")
	}
	if u, err := p.Store.UserByName(context.Background(), "ada"); err != nil || !u.Disabled {
		t.Errorf("a page without a click kept the account: %+v, %v", u, err)
	}
	if page = b.Submit(page, url.Values{}); !strings.Contains(page.Body, "Your account will not be deleted") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if page = b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/"), "ada"); !strings.Contains(page.Body, "Your account</h1>") {
		t.Errorf("the login afterwards: %s", page.Status)
	}
	wantGone(t, p, elsewhere, refresh) // the tokens stay revoked
	for name, used := range map[string]latchkeytest.Page{"the link in the mail": b.Open(link), "the form": b.Submit(kept, url.Values{})} {
		if used.StatusCode != http.StatusBadRequest || strings.Contains(used.Body, "Keep my account") {
			t.Errorf("%s, used again: %s %s", name, used.Status, used.Body)
		}
	}
	ada = accountVisitor{b, p, t}
	ada.act("delete/", url.Values{"username": {"ada"}})
	if used := b.Open(link); used.StatusCode != http.StatusBadRequest {
		t.Errorf("the link of another deletion: %s", used.Status)
	}
}

func TestAccountIsDeletedAfterTheGracePeriod(t *testing.T) {
	clock := &movableClock{}
	p, m, ada, _ := newLeaver(t, func(o *latchkey.Options) { o.Clock = clock.now; o.Store = newMemory(o) })
	ada.act("delete/", url.Values{"username": {"ada"}})
	link := regexp.MustCompile(`http\S+token=\S+`).FindString(m.next(t).text)
	clock.move(7*24*time.Hour - time.Minute)
	if page := p.Browser().Open(link); !strings.Contains(page.Body, "Keep my account") {
		t.Errorf("shortly before: %s", page.Status)
	}
	clock.move(2 * time.Minute)
	if _, err := p.Store.DeleteExpiredUsers(context.Background(), clock.now()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Store.UserByName(context.Background(), "ada"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the user: %v", err)
	}
	if page := p.Browser().Open(link); page.StatusCode != http.StatusBadRequest {
		t.Errorf("the link afterwards: %s", page.Status)
	}
}

func TestAccountIsDeletedAtOnceWithoutAGracePeriod(t *testing.T) {
	p, _, ada, refresh := newLeaver(t, func(o *latchkey.Options) { o.DeletionGrace = -1 })
	if page := ada.at("delete/"); !strings.Contains(page.Body, "cannot be undone") {
		t.Errorf("the question: %s", page.Body)
	}
	elsewhere := visitAccount(t, p, "ada")
	if page := ada.act("delete/", url.Values{"username": {"ada"}}); !strings.Contains(page.Body, "Your account has been deleted") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	wantGone(t, p, elsewhere, refresh)
	if _, err := p.Store.UserByName(context.Background(), "ada"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the user: %v", err)
	}
}

func TestDeletionRequiresARecentLoginAndThisSite(t *testing.T) {
	clock := &movableClock{}
	p, _, ada, _ := newLeaver(t, func(o *latchkey.Options) { o.Clock = clock.now; o.Store = newMemory(o) })
	response, _ := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/delete/", "username=ada", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %s", response.Status)
	}
	clock.move(10 * time.Minute)
	for _, page := range []latchkeytest.Page{ada.at("delete/"), ada.Submit(ada.at("data/"), url.Values{})} {
		if !strings.Contains(page.Body, "Confirm that it is you") || strings.Contains(page.Body, "created_at") {
			t.Errorf("after ten minutes: %s %s", page.Status, page.Body)
		}
	}
	response, body := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/delete/", "username=ada", "Origin", p.URL)
	if u, err := p.Store.UserByName(context.Background(), "ada"); err != nil || u.Disabled || !strings.Contains(body, `name="username" value="ada"`) {
		t.Errorf("the form after ten minutes: %s, %+v, %v", response.Status, u, err)
	}
}

func TestTheOnlyAdministratorCannotDeleteTheirAccount(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("root", true)
	root := visitAccount(t, p, "root")
	if page := root.act("delete/", url.Values{"username": {"root"}}); page.StatusCode != http.StatusConflict || !strings.Contains(page.Body, "only administrator") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	p.AddUser("second", true)
	if page := root.act("delete/", url.Values{"username": {"root"}}); !strings.Contains(page.Body, "Keep my account") {
		t.Errorf("with a second one: %s %s", page.Status, page.Body)
	}
}

func TestAdministratorsCanForbidTheDeletion(t *testing.T) {
	_, _, ada, _ := newLeaver(t, func(o *latchkey.Options) { o.ForbidDeletion = true })
	if page := ada.at("data/"); page.StatusCode != 200 || strings.Contains(page.Body, "/delete/") {
		t.Errorf("the page links to the deletion: %s", page.Status)
	}
	if page := ada.at("delete/"); page.StatusCode != http.StatusNotFound {
		t.Errorf("the page: %s", page.Status)
	}
}

// TestPersonCannotKeepAnAccountThatAnAdministratorHasDisabled since the request. The deletion stays due.
func TestPersonCannotKeepAnAccountThatAnAdministratorHasDisabled(t *testing.T) {
	p, m, ada, _ := newLeaver(t, nil)
	ada.act("delete/", url.Values{"username": {"ada"}})
	link := regexp.MustCompile(`http\S+token=\S+`).FindString(m.next(t).text)
	u, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Accounts.Disable(context.Background(), u.ID, true); err != nil {
		t.Fatal(err)
	}
	if page := p.Browser().Open(link); page.StatusCode != http.StatusBadRequest {
		t.Errorf("the link: %s", page.Status)
	}
	b := p.Browser()
	if page := b.LogIn(b.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != http.StatusUnauthorized {
		t.Errorf("the login: %s", page.Status)
	}
	if u, err = p.Store.User(t.Context(), u.ID); err != nil || u.DeleteAt.IsZero() {
		t.Errorf("the deletion was canceled: %+v, %v", u, err)
	}
}

// A password that is right for an account that will be deleted returns no tokens.
func TestPasswordGrantIsRefusedForAnAccountThatIsToBeDeleted(t *testing.T) {
	p, _, ada, _ := newLeaver(t, nil)
	old, secret := p.AddClient("https://old.example/cb", func(c *oauth.Client) {
		c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "9999-12-31"}}
	})
	ada.act("delete/", url.Values{"username": {"ada"}})
	fields := url.Values{"grant_type": {"password"}, "username": {"ada"}, "password": {latchkeytest.Password}, "client_id": {old.ID}, "client_secret": {secret}, "scope": {"read"}}
	if _, body := send(t, "POST", p.Issuer+"/token", fields.Encode(), "Content-Type", form); !strings.Contains(body, "invalid_grant") || strings.Contains(body, "delete") {
		t.Errorf("got %s", body)
	}
}

// TestDeletionPromisesAnEmailOnlyToAConfirmedAddress of a server that sends emails.
func TestDeletionPromisesAnEmailOnlyToAConfirmedAddress(t *testing.T) {
	for name, test := range map[string]struct{ mails, confirmed bool }{"confirmed": {true, true}, "not confirmed": {true, false}, "no mail server": {false, true}} {
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.InsecureCatchMails = test.mails })
		if _, err := p.Accounts.Create(t.Context(), account.NewUser{Username: "ada", Password: latchkeytest.Password, Email: "ada@x.example", EmailVerified: test.confirmed}); err != nil {
			t.Fatal(err)
		}
		b := p.Browser()
		page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/delete/"), "ada")
		if promised := strings.Contains(page.Body, "the link in the email"); promised != (test.mails && test.confirmed) || !strings.Contains(page.Body, "To keep it, log in before then") {
			t.Errorf("%s: got %s", name, page.Body)
		}
	}
}
