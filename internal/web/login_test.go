package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func TestLoginContinuesOnlyOnThisServer(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "evil.example", ""} {
		b := p.Browser()
		page := b.LogIn(b.Open(p.Issuer+"/login/?next="+url.QueryEscape(next)), "ada")
		if page.RedirectURL != nil || page.Request.URL.Path != "/" {
			t.Errorf("next=%q leads to %v %s", next, page.RedirectURL, page.Request.URL)
		}
	}
	b := p.Browser()
	if page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/logout/?x=%26"), "ada"); page.Request.URL.RequestURI() != "/o/logout/?x=&" {
		t.Errorf("next=/o/logout/?x=%%26 leads to %s", page.Request.URL)
	}
}

func TestLoginFromAnotherSiteIsRejected(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	body := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}}.Encode()
	response, _ := send(t, "POST", p.Issuer+"/login/", body, "Content-Type", form, "Sec-Fetch-Site", "cross-site")
	if response.StatusCode != 403 || len(response.Cookies()) > 0 {
		t.Errorf("got %s with cookies %v", response.Status, response.Cookies())
	}
}

// OWASP ASVS 7.2.4 and 7.4.1.
func TestLoginReplacesTheSessionAndLogoutEndsIt(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	session := func() string {
		home, _ := url.Parse(p.URL)
		for _, cookie := range b.Jar.Cookies(home) {
			if cookie.Name == "lk_session" {
				return cookie.Value
			}
		}
		return ""
	}
	isLoggedIn := func(session string) bool {
		response, body := send(t, "GET", p.URL+"/", "", "Cookie", "lk_session="+session)
		if response.StatusCode != 200 {
			t.Errorf("the home page: got %s", response.Status)
		}
		return strings.Contains(body, "logged in as")
	}
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	first := session()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	second := session()
	if first == "" || first == second {
		t.Errorf("the cookies are %q, then %q", first, second)
	}
	if isLoggedIn(first) || !isLoggedIn(second) {
		t.Error("the second login has not replaced the first session")
	}
	page := b.Open(p.Issuer + "/logout/")
	if !strings.Contains(page.Body, "Log out?") || session() != second {
		t.Error("a link logs the person out")
	}
	page = b.Submit(page, url.Values{})
	if !strings.Contains(page.Body, "You are logged out") || session() != "" {
		t.Errorf("after the logout: got %s, cookie %q", page.Body, session())
	}
	if isLoggedIn(second) {
		t.Error("the session is valid after the logout")
	}
}

func TestLoginIsThrottledWithoutLockingOutTheOwner(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	owner := p.Browser()
	owner.LogIn(owner.Open(p.Issuer+"/login/"), "ada")
	attacker := p.Browser()
	var page latchkeytest.Page
	for range 12 {
		page = attacker.Submit(attacker.Open(p.Issuer+"/login/"), url.Values{"username": {"ada"}, "password": {"guess"}})
	}
	if page.StatusCode != http.StatusTooManyRequests || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "Too many attempts") {
		t.Errorf("after 12 guesses: got %s", page.Status)
	}
	if page := attacker.LogIn(attacker.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the correct password while throttled: got %s", page.Status)
	}
	if page := owner.LogIn(owner.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != 200 {
		t.Errorf("the owner, in a browser with an earlier login: got %s", page.Status)
	}
	clock.move(11 * time.Minute)
	if page := attacker.LogIn(attacker.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != 200 {
		t.Errorf("the correct password eleven minutes later: got %s", page.Status)
	}
}

func TestLoginAnswersTheSameForUnknownUsernames(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	bodies := make(map[string]string)
	for _, name := range []string{"ada", "nobody"} {
		b := p.Browser()
		page := b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {name}, "password": {"wrong password"}})
		bodies[name] = page.Status + strings.ReplaceAll(page.Body, name, "NAME")
	}
	if bodies["ada"] != bodies["nobody"] {
		t.Error("the answers differ")
	}
}
