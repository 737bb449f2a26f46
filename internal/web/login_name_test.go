package web_test

import (
	"html"
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
	g.AddUser("cem.oz", false)
	g.AddUser("dora", false) // a name without an account can have ways without a password
	b := g.Browser()
	first := b.Open(openIDRequest(g.Provider, g.client))
	if strings.Contains(first.Body, `type="password"`) || !strings.Contains(first.Body, `autocomplete="username webauthn"`) || !strings.Contains(first.Body, "to continue to") {
		t.Fatalf("the first page: %s", first.Body)
	}
	next := first.Request.URL.Query().Get("next")
	tab := enterName(b, b.Open(g.Issuer+"/login/?next=/o/account/"), "dora")
	page := enterName(b, first, " cem.oz ")
	address := page.Request.URL
	if strings.Contains(address.String(), "cem.oz") || address.Query().Get("next") != next || page.StatusCode != http.StatusOK {
		t.Fatalf("the second page is %s: %s", address, page.Status)
	}
	if !strings.Contains(page.Body, `<input name="username" value="cem.oz" autocomplete="username" readonly hidden>`) || !strings.Contains(page.Body, "to continue to") {
		t.Errorf("a password manager does not find the username, or the application is not named: %s", page.Body)
	}
	wrong := b.Submit(page, url.Values{"password": {"wrong password"}})
	if wrong.StatusCode != http.StatusUnauthorized || !strings.Contains(wrong.Body, "do not match") || !strings.Contains(wrong.Body, `value="cem.oz"`) || strings.Contains(wrong.Body, `autofocus required`) {
		t.Fatalf("after a wrong password: %s %s", wrong.Status, wrong.Body)
	}
	if reloaded := b.Open(address.String()); !strings.Contains(reloaded.Body, `value="cem.oz"`) {
		t.Errorf("after a reload: %s", reloaded.Body)
	}
	if !strings.Contains(tab.Body, `value="dora"`) || !strings.Contains(tab.Body, "/o/account/") {
		t.Errorf("in the other tab: %s", tab.Body)
	}
	if elsewhere := g.Browser().Open(address.String()); strings.Contains(elsewhere.Body, "cem.oz") || !strings.Contains(elsewhere.Body, `name="username" value=""`) {
		t.Errorf("another browser shows the name: %s", elsewhere.Body)
	}
	page = b.Submit(wrong, url.Values{"password": {latchkeytest.Password}})
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if responseFields(page).Get("code") == "" {
		t.Errorf("the request is lost: %s %s", page.Request.URL, page.Body)
	}
	again := b.Open(openIDRequest(g.Provider, g.client, "prompt", "login"))
	if !strings.Contains(again.Body, `type="password"`) || !strings.Contains(again.Body, `value="cem.oz"`) {
		t.Errorf("a person who is logged in has to enter their name: %s", again.Body)
	}
	if other := b.Open(again.Request.URL.String() + "&other=yes"); strings.Contains(other.Body, `type="password"`) || strings.Contains(other.Body, "cem.oz") {
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
	_, options := g.namedOptions(b, page)
	if !strings.Contains(options, b64(a.id)) {
		t.Fatalf("the passkey is not listed: %s", options)
	}
	a.handle = nil
	wrong := b.Submit(page, url.Values{"passkey": {"{}"}})
	if wrong.StatusCode != http.StatusUnauthorized || !strings.Contains(wrong.Body, `data-step="named"`) {
		t.Errorf("after an invalid answer: %s %s", wrong.Status, wrong.Body)
	}
	if b.Submit(page, url.Values{"passkey": {a.get(t, options)}}); !g.isIn(b) {
		t.Error("the person is not logged in")
	}
}

// namedOptions requests the options for the name of a page, as its script does.
func (g *guarded) namedOptions(b *latchkeytest.Browser, page latchkeytest.Page) (int, string) {
	g.t.Helper()
	_, after, found := strings.Cut(page.Body, `data-options="`)
	path, _, _ := strings.Cut(after, `"`)
	if !found {
		g.t.Fatalf("the page has no passkeys: %s", page.Body)
	}
	response, body := browserSends(g.t, b, "POST", g.URL+html.UnescapeString(path), "next=/o/account/", "Origin", g.URL, "Sec-Fetch-Site", "same-origin")
	return response.StatusCode, body
}

// TestPasskeysOfANameAreListedOnlyAfterItWasEntered in the same browser, and not at all if the
// login does not begin with the name. Otherwise, anybody could request those of many names.
func TestPasskeysOfANameAreListedOnlyAfterItWasEntered(t *testing.T) {
	for name, change := range map[string]func(*latchkey.Options){"name first": identifierFirst, "default": nil} {
		g, a := newPasskeyHouse(t, change)
		b := g.Browser()
		b.Open(g.Issuer + "/login/")
		if status, options := g.options(b, "/o/account/", "username", "bea"); status != http.StatusOK || strings.Contains(options, b64(a.id)) {
			t.Errorf("%s: got %d %s", name, status, options)
		}
	}
	g, a := newPasskeyHouse(t, identifierFirst)
	b := g.Browser()
	page := enterName(b, b.Open(g.Issuer+"/login/"), "bea")
	if _, options := g.namedOptions(b, page); !strings.Contains(options, b64(a.id)) {
		t.Errorf("in the browser in which the name was entered: %s", options)
	}
	other := g.Browser()
	other.Open(g.Issuer + "/login/")
	if _, options := g.namedOptions(other, page); strings.Contains(options, b64(a.id)) {
		t.Errorf("in another browser: %s", options)
	}
	wrong := b.Submit(b.Open(g.Issuer+"/login/"), url.Values{"username": {"bea"}, "password": {"wrong"}})
	if strings.Contains(wrong.Body, `data-step="named"`) {
		t.Errorf("a wrong password shows the ways of a name that was not entered: %s", wrong.Body)
	}
}

// TestManyNamesLeadToThePageForEveryPerson: it reveals nothing, and people behind the same
// address can still log in.
func TestManyNamesLeadToThePageForEveryPerson(t *testing.T) {
	g, _ := newPasskeyHouse(t, identifierFirst)
	g.AddUser("cem", false)
	b := g.Browser()
	first := b.Open(g.Issuer + "/login/?next=/o/account/")
	for range 80 {
		if page := enterName(b, first, "bea"); !strings.Contains(page.Body, `data-step="named"`) {
			t.Fatalf("got %s %s", page.Status, page.Body)
		}
	}
	page := enterName(b, first, "bea")
	if strings.Contains(page.Body, `data-step="named"`) || !strings.Contains(page.Body, `name="username" value="bea"`) || !strings.Contains(page.Body, `type="password"`) {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	page = b.Submit(page, url.Values{"username": {"cem"}, "password": {"wrong"}})
	if page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Body, "do not match") || !strings.Contains(page.Body, `name="username" value="cem"`) {
		t.Fatalf("after a wrong password: %s %s", page.Status, page.Body)
	}
	if b.Submit(page, url.Values{"password": {latchkeytest.Password}}); !g.isIn(b) {
		t.Error("the person is not logged in")
	}
}

// TestNotYouLeadsToAnotherPerson: a person who is asked to log in again can enter another name,
// and errors do not lead back to the first person.
func TestNotYouLeadsToAnotherPerson(t *testing.T) {
	g, _ := newPasskeyHouse(t, identifierFirst)
	g.AddUser("cemaleddin", false)
	g.AddUser("evangeline", false)
	b := g.Browser()
	b.LogIn(enterName(b, b.Open(g.Issuer+"/login/"), "cemaleddin"), "cemaleddin")
	if !g.isIn(b) {
		t.Fatal("cemaleddin is not logged in")
	}
	again := b.Open(openIDRequest(g.Provider, g.client, "prompt", "login"))
	notYou := regexp.MustCompile(`href="([^"]*other=yes)"`).FindStringSubmatch(again.Body)
	if notYou == nil || !strings.Contains(again.Body, "<bdi>cemaleddin</bdi>") {
		t.Fatalf("got %s", again.Body)
	}
	page := b.Open(g.URL + html.UnescapeString(notYou[1]))
	tooLong := strings.Repeat("a", 300)
	page = enterName(b, page, tooLong)
	if page.StatusCode != http.StatusUnprocessableEntity || strings.Contains(page.Body, "cemaleddin") || !strings.Contains(page.Body, `value="`+tooLong+`"`) {
		t.Fatalf("after an invalid name: %s %s", page.Status, page.Body)
	}
	page = enterName(b, page, "evangeline")
	for _, step := range []string{"the second page", "after a wrong password"} {
		if strings.Contains(page.Body, "cemaleddin") || !strings.Contains(page.Body, `name="username" value="evangeline"`) {
			t.Fatalf("%s: %s", step, page.Body)
		}
		page = b.Submit(page, url.Values{"password": {"wrong"}})
	}
	if back := enterName(b, b.Open(g.URL+html.UnescapeString(notYou[1])), "CEMALEDDIN"); !strings.Contains(back.Body, "confirm that you are") {
		t.Errorf("the same person again: %s", back.Body)
	}
}

// TestHintForAnotherPersonDoesNotChangeWhoConfirms (OpenID Connect Core §3.1.2.1): the heading and
// the form are about the same person.
func TestHintForAnotherPersonDoesNotChangeWhoConfirms(t *testing.T) {
	for name, change := range map[string]func(*latchkey.Options){"name first": identifierFirst, "default": nil} {
		g, _ := newPasskeyHouse(t, change)
		g.AddUser("cemaleddin", false)
		g.AddUser("evangeline", false)
		b := g.Browser()
		b.LogIn(enterName(b, b.Open(g.Issuer+"/login/"), "cemaleddin"), "cemaleddin")
		if page := b.Open(openIDRequest(g.Provider, g.client, "prompt", "login", "login_hint", "evangeline")); strings.Contains(page.Body, "evangeline") || !strings.Contains(page.Body, `value="cemaleddin"`) {
			t.Errorf("%s: %s", name, page.Body)
		}
		if page := b.Open(openIDRequest(g.Provider, g.client, "prompt", "login", "login_hint", "CEMALEDDIN")); !strings.Contains(page.Body, `value="CEMALEDDIN"`) {
			t.Errorf("%s, the hint names the person: %s", name, page.Body)
		}
	}
}
