package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

const verifySubject = "Confirm your email address"

// signedUp signs eve up, and returns her browser and the link in her mail.
func signedUp(t *testing.T, p *latchkeytest.Provider) (b *latchkeytest.Browser, link string) {
	t.Helper()
	b = p.Browser()
	b.Submit(b.Open(p.Issuer+"/signup/"), signUp("eve", "victim@x.example", latchkeytest.Password, latchkeytest.Password))
	return b, mailed(t, p, verifySubject)
}

func userNamed(t *testing.T, p *latchkeytest.Provider, name string) *account.User {
	t.Helper()
	user, err := p.Store.UserByName(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func TestEmailAddressIsConfirmedByAClickAndNotByOpeningTheLink(t *testing.T) {
	p, _ := newSelfService(t)
	b, link := signedUp(t, p)
	if !strings.HasPrefix(link, p.Issuer+"/verify/?token=") {
		t.Fatalf("the link is %s", link)
	}
	page := b.Open(link)
	if userNamed(t, p, "eve").EmailVerified() {
		t.Error("opening the link, as a mail program does, confirms the address")
	}
	if page = b.Submit(page, url.Values{"action": {"confirm"}}); !strings.Contains(page.Body, "is confirmed") || !userNamed(t, p, "eve").EmailVerified() {
		t.Errorf("after the click: got %s", page.Body)
	}
	if page = b.Open(link); !strings.Contains(page.Body, "is confirmed") {
		t.Errorf("the link a second time: got %s", page.Body)
	}
	if b.Submit(page, url.Values{"action": {"reject"}, "token": {link[strings.Index(link, "=")+1:]}}); userNamed(t, p, "eve").Email == "" {
		t.Error("a confirmed address was removed without a login")
	}
}

// An attacker signs up with the address of a victim. The victim's click must not
// confirm the address for the account of the attacker.
func TestClickWithoutLoginDoesNotConfirmAnAddress(t *testing.T) {
	p, _ := newSelfService(t)
	_, link := signedUp(t, p)
	p.AddUser("victim", false)
	for name, loggedIn := range map[string]bool{"nobody is logged in": false, "the victim is logged in": true} {
		victim := p.Browser()
		if loggedIn {
			victim.LogIn(victim.Open(p.Issuer+"/login/"), "victim")
		}
		page := victim.Open(link)
		for _, want := range []string{"<bdi>eve</bdi>", "<bdi>victim@x.example</bdi>", "This was requested on ", "127.0.0.1"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("%s: the page lacks %q: %s", name, want, page.Body)
			}
		}
		victim.Submit(page, url.Values{"action": {"confirm"}})
		if userNamed(t, p, "eve").EmailVerified() {
			t.Errorf("%s: the click confirms the address", name)
		}
	}
	victim := p.Browser()
	if page := victim.Submit(victim.Open(link), url.Values{"action": {"reject"}}); !strings.Contains(page.Body, "has been removed") {
		t.Errorf("this was not me: got %s", page.Body)
	}
	if eve := userNamed(t, p, "eve"); eve.Email != "" || eve.EmailVerified() {
		t.Errorf("the address is still in the account: %+v", eve)
	}
	if page := victim.Open(link); page.StatusCode != 400 {
		t.Errorf("the link afterwards: got %s", page.Status)
	}
}

// The person can open the link in a browser in which they are not logged in.
func TestConfirmationContinuesAfterTheLogin(t *testing.T) {
	p, _ := newSelfService(t)
	_, link := signedUp(t, p)
	phone := p.Browser()
	page := phone.Open(link)
	_, after, _ := strings.Cut(page.Body, `href="`+p.Issuer[len(p.URL):]+`/login/`)
	login, _, found := strings.Cut(after, `"`)
	if !found {
		t.Fatalf("no link to the login page: %s", page.Body)
	}
	page = phone.LogIn(phone.Open(p.Issuer+"/login/"+login), "eve")
	if page = phone.Submit(page, url.Values{"action": {"confirm"}}); !userNamed(t, p, "eve").EmailVerified() {
		t.Errorf("got %s", page.Body)
	}
}
