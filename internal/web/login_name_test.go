package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func identifierFirst(o *latchkey.Options) {
	o.IdentifierFirst = true
}

// enterName enters a name on the first page of a login.
func enterName(b *latchkeytest.Browser, page latchkeytest.Page, name string) latchkeytest.Page {
	return b.Submit(page, url.Values{"username": {name}})
}

// TestIdentifierFirstContinuesTheRequest: the name and the request survive a wrong password,
// the back button, a second tab and a reload.
func TestIdentifierFirstContinuesTheRequest(t *testing.T) {
	g, _ := newPasskeyHouse(t, identifierFirst)
	g.AddUser("cem", false)
	b := g.Browser()
	first := b.Open(openIDRequest(g.Provider, g.client))
	if strings.Contains(first.Body, `type="password"`) || !strings.Contains(first.Body, `autocomplete="username webauthn"`) || !strings.Contains(first.Body, "to continue to") {
		t.Fatalf("the first page: %s", first.Body)
	}
	next := first.Request.URL.Query().Get("next")
	tab := enterName(b, b.Open(g.Issuer+"/login/?next=/o/account/"), "dora")
	page := enterName(b, first, " cem ")
	address := page.Request.URL
	if strings.Contains(address.String(), "cem") || address.Query().Get("next") != next || page.StatusCode != http.StatusOK {
		t.Fatalf("the second page is %s: %s", address, page.Status)
	}
	if !strings.Contains(page.Body, `<input name="username" value="cem" autocomplete="username" readonly hidden>`) || !strings.Contains(page.Body, "to continue to") {
		t.Errorf("a password manager does not find the username, or the application is not named: %s", page.Body)
	}
	wrong := b.Submit(page, url.Values{"password": {"wrong password"}})
	if wrong.StatusCode != http.StatusUnauthorized || !strings.Contains(wrong.Body, "do not match") || !strings.Contains(wrong.Body, `value="cem"`) || strings.Contains(wrong.Body, `autofocus required`) {
		t.Fatalf("after a wrong password: %s %s", wrong.Status, wrong.Body)
	}
	if reloaded := b.Open(address.String()); !strings.Contains(reloaded.Body, `value="cem"`) {
		t.Errorf("after a reload: %s", reloaded.Body)
	}
	if !strings.Contains(tab.Body, `value="dora"`) || !strings.Contains(tab.Body, "/o/account/") {
		t.Errorf("in the other tab: %s", tab.Body)
	}
	if elsewhere := g.Browser().Open(address.String()); strings.Contains(elsewhere.Body, "cem") || !strings.Contains(elsewhere.Body, `name="username" value=""`) {
		t.Errorf("another browser shows the name: %s", elsewhere.Body)
	}
	page = b.Submit(wrong, url.Values{"password": {latchkeytest.Password}})
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if responseFields(page).Get("code") == "" {
		t.Errorf("the request is lost: %s %s", page.Request.URL, page.Body)
	}
	again := b.Open(openIDRequest(g.Provider, g.client, "prompt", "login"))
	if !strings.Contains(again.Body, `type="password"`) || !strings.Contains(again.Body, `value="cem"`) {
		t.Errorf("a person who is logged in has to enter their name: %s", again.Body)
	}
	if other := b.Open(again.Request.URL.String() + "&other=yes"); strings.Contains(other.Body, `type="password"`) || strings.Contains(other.Body, "cem") {
		t.Errorf("for another person: %s", other.Body)
	}
}

// TestPasswordAndNameTogetherStillLogIn, because programs send this form.
func TestPasswordAndNameTogetherStillLogIn(t *testing.T) {
	g, _ := newPasskeyHouse(t, identifierFirst)
	g.AddUser("cem", false)
	b := g.Browser()
	browserSends(t, b, "POST", g.Issuer+"/login/", url.Values{"username": {"cem"}, "password": {latchkeytest.Password}}.Encode(), "Origin", g.URL)
	for _, name := range []string{"", "  ", strings.Repeat("a", 300)} {
		if page := enterName(b, b.Open(g.Issuer+"/login/"), name); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `role="alert"`) {
			t.Errorf("%q: got %s", name, page.Status)
		}
	}
	if _, err := b.Authorize(openIDRequest(g.Provider, g.client), "cem"); err != nil {
		t.Error(err)
	}
}

// TestSecondPageDoesNotRevealWhetherAnAccountExists: a name without an account has a page
// like that of a person with the same ways to log in, and the same answers to wrong proofs.
func TestSecondPageDoesNotRevealWhetherAnAccountExists(t *testing.T) {
	g, _ := newPasskeyHouse(t, identifierFirst)
	g.AddUser("cem", false)
	secret := regexp.MustCompile(`name=[\w%=-]+|nonce-\S+|tone\d|<bdi>\w</bdi>|[A-Za-z0-9_-]{40,}`)
	shown := func(name string) (bodies [2]string, passkeys bool) {
		b := g.Browser()
		page := enterName(b, b.Open(g.Issuer+"/login/?next=/o/account/"), name)
		wrong := b.Submit(page, url.Values{"password": {"wrong password"}})
		if page.StatusCode != http.StatusOK {
			t.Fatalf("%s: got %s", name, page.Status)
		}
		for i, body := range []string{page.Body, wrong.Body} {
			bodies[i] = secret.ReplaceAllString(strings.ReplaceAll(body, name, "NAME"), "")
		}
		return bodies, strings.Contains(page.Body, "data-passkey ")
	}
	cem, _ := shown("cem")
	bea, _ := shown("bea") // this person has a passkey
	var plain, rich bool
	for i := range 26 { // 30 wrong passwords are allowed per address
		name := "cx" + string(rune('a'+i))
		got, passkeys := shown(name)
		if !strings.Contains(got[0], `type="password"`) {
			continue
		}
		want := cem
		if passkeys {
			want, rich = bea, true
		} else {
			plain = true
		}
		for j := range got {
			lines := strings.Split(want[j], "\n")
			for k, line := range strings.Split(got[j], "\n") {
				if k >= len(lines) || line != lines[k] {
					t.Fatalf("%s: got line %d %s, want %s", name, k, line, lines[min(k, len(lines)-1)])
				}
			}
		}
	}
	if !plain || !rich {
		t.Errorf("names without an account: some without passkeys: %t, some with passkeys: %t", plain, rich)
	}
}

// TestNamedPasskeyLogsIn: the page requests the options for the name, and the answer, which has
// no user handle, logs that person in. After an error the page has the name.
func TestNamedPasskeyLogsIn(t *testing.T) {
	g, a := newPasskeyHouse(t, identifierFirst)
	b := g.Browser()
	page := enterName(b, b.Open(g.Issuer+"/login/?next=/o/account/"), "bea")
	if !strings.Contains(page.Body, `data-step="named"`) || !strings.Contains(page.Body, "Log in with a passkey") {
		t.Fatalf("no passkey is offered: %s", page.Body)
	}
	_, options := g.options(b, "/o/account/", "username", "bea")
	if !strings.Contains(options, b64(a.id)) {
		t.Fatalf("the passkey is not listed: %s", options)
	}
	a.handle = nil
	wrong := b.Submit(page, url.Values{"passkey": {"{}"}, "username": {"bea"}})
	if wrong.StatusCode != http.StatusUnauthorized || !strings.Contains(wrong.Body, `data-step="named"`) {
		t.Errorf("after an invalid answer: %s %s", wrong.Status, wrong.Body)
	}
	if b.Submit(page, url.Values{"passkey": {a.get(t, options)}, "username": {"bea"}}); !g.isIn(b) {
		t.Error("the person is not logged in")
	}
}
