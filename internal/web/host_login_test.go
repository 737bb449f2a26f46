package web_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const essentialACR = `{"id_token":{"acr":{"essential":true,"values":["mfa","gold"]}}}`

// The host learns why a person has to log in. If its login page sends people straight
// back, nobody is sent there again and again.
func TestLoginPageThatSendsPeopleBackCausesNoLoop(t *testing.T) {
	for name, test := range map[string]struct {
		person  string // the person who is logged in, or empty
		request url.Values
		reason  latchkey.Reason
		text    string // of the page, or the error for the application
	}{
		"nobody":     {"", url.Values{}, latchkey.ReasonNone, "you are not logged in"},
		"login":      {"ada", url.Values{"prompt": {"login"}}, latchkey.ReasonFresh, "log in again"},
		"max_age":    {"ada", url.Values{"max_age": {"0"}}, latchkey.ReasonFresh, "log in again"},
		"other sub":  {"ada", url.Values{"claims": {`{"id_token":{"sub":{"value":"id-of-bob"}}}`}}, latchkey.ReasonOtherPerson, "log in to another account"},
		"acr":        {"ada", url.Values{"claims": {essentialACR}}, latchkey.ReasonACR, oauth.CodeUnmetAuthentication},
		"create":     {"ada", url.Values{"prompt": {"create"}}, latchkey.ReasonCreate, "create an account"},
		"new person": {"", url.Values{"prompt": {"create"}}, latchkey.ReasonCreate, "create an account"},
	} {
		t.Run(name, func(t *testing.T) {
			p, host, client, b := authorizing(t, func(o *latchkey.Options) { o.SignUp, o.ACRValues = true, []string{"mfa", "gold"} })
			if test.person == "" {
				b = p.Browser()
			}
			host.Bounce(true)
			test.request.Set("scope", "openid")
			test.request.Set("login_hint", "ada@example.com")
			test.request.Set("ui_locales", "nl en")
			page := b.Open(authorizeURL(p, client, test.request))
			asked := host.Asked()
			if len(asked) != 1 || asked[0].Reason != test.reason {
				t.Fatalf("the host was asked %+v", asked)
			}
			why := asked[0]
			if why.LoginHint != "ada@example.com" || strings.Join(why.UILocales, " ") != "nl en" || why.Client.ID != client.ID || !why.Scope.Contains("openid") || !strings.HasPrefix(why.Next, "/o/authorize/?resume=") {
				t.Errorf("the host got %+v", why)
			}
			if test.reason == latchkey.ReasonACR {
				if strings.Join(why.ACRValues, " ") != "mfa gold" || page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != test.text {
					t.Errorf("got %v, %v", why.ACRValues, page.RedirectURL)
				}
				return
			}
			if maxAge := test.request.Has("max_age"); maxAge != (why.MaxAge != nil) || maxAge && *why.MaxAge != 0 {
				t.Errorf("the host got the max_age %v", why.MaxAge)
			}
			if page.StatusCode != 403 || !strings.Contains(page.Body, test.text) {
				t.Fatalf("got %s: %s", page.Status, page.Body)
			}
			// The link on the page leads to the login page, which now works.
			host.Bounce(false)
			again := between(page.Body, `href="/o/authorize/?resume=`, `"`)
			page = b.LogIn(b.Open(p.URL+"/o/authorize/?resume="+again), "bob")
			if asked := host.Asked(); !isConsent(page) || len(asked) != 1 || asked[0].Reason != test.reason {
				t.Errorf("after the login: %s %s (%+v)", page.Status, page.Body, asked)
			}
		})
	}
}

// TestACRValuesRaiseTheLoginAtAHostOnce walks through the step-up of RFC 9470 §5. The host logs the person in
// again with the acr, or sends them back without it: then they see the consent page, and the
// decision is accepted.
func TestACRValuesRaiseTheLoginAtAHostOnce(t *testing.T) {
	for _, bounces := range []bool{false, true} {
		p, host, client, b := authorizing(t, func(o *latchkey.Options) { o.ACRValues = []string{"pw", "card"} })
		host.Bounce(bounces)
		host.Change(func(person *latchkey.Person) { person.ACR = "card" })
		page := b.Open(authorizeURL(p, client, url.Values{"acr_values": {"card"}}))
		if asked := host.Asked(); len(asked) != 1 || asked[0].Reason != latchkey.ReasonACR || strings.Join(asked[0].ACRValues, " ") != "card" {
			t.Fatalf("bounces: %t: the host was asked %+v", bounces, asked)
		}
		if !bounces {
			page = b.LogIn(page, "ada")
		}
		if !isConsent(page) {
			t.Fatalf("bounces: %t: got %s", bounces, page.Body)
		}
		page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
		if page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" || len(host.Asked()) != 0 {
			t.Errorf("bounces: %t: after the decision got %s, %v", bounces, page.Status, page.RedirectURL)
		}
	}
}

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// A login page that sends people back without a login is not called again and again by
// pages without an authorization request either.
func TestPagesSendPeopleToTheLoginPageOnce(t *testing.T) {
	p, host := newHost(t, nil)
	host.Bounce(true)
	for _, path := range []string{"/admin/", "/o/account/", "/o/device/"} {
		page := p.Browser().Open(p.URL + path)
		if asked := host.Asked(); page.StatusCode != 403 || len(asked) != 1 || !strings.Contains(page.Body, `href="`+path+`"`) {
			t.Errorf("%s: got %s after %d calls: %s", path, page.Status, len(asked), page.Body)
		}
	}
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`} {
		page := p.Browser().Open(p.URL + "/o/returned/?next=" + url.QueryEscape(next))
		if page.RedirectURL != nil || strings.Contains(page.Body, "evil.example") {
			t.Errorf("%s: the page leads to another site", next)
		}
	}
}

// A host may keep the times of logins in whole seconds, and its clock may be slightly
// wrong. One login is enough, and an old one is not.
func TestOneLoginIsEnough(t *testing.T) {
	for name, at := range map[string]func(now time.Time) time.Time{
		"milliseconds":  func(now time.Time) time.Time { return now },
		"whole seconds": func(now time.Time) time.Time { return now.Truncate(time.Second) },
		"clock behind":  func(now time.Time) time.Time { return now.Add(-4 * time.Second) },
		"clock ahead":   func(now time.Time) time.Time { return now.Add(4 * time.Second) },
	} {
		for _, request := range []url.Values{{"prompt": {"login"}}, {"max_age": {"0"}}, {"max_age": {"600"}}, {"prompt": {"create"}}} {
			p, host, client, b := authorizing(t, func(o *latchkey.Options) { o.SignUp = true })
			host.Change(func(person *latchkey.Person) { person.AuthTime = at(person.AuthTime) })
			page := b.LogIn(b.Open(authorizeURL(p, client, request)), "ada")
			if !isConsent(page) || len(host.Asked()) != 1 {
				t.Errorf("%s, %v: got %s", name, request, page.Body)
			}
		}
	}
	for name, at := range map[string]time.Duration{"another session, but an old login": -time.Minute, "the same login": -time.Hour} {
		p, host, client, b := authorizing(t, nil)
		old := time.Now().Add(at)
		host.Change(func(person *latchkey.Person) { person.AuthTime = old })
		setCookie(b, p.URL, host.Start("ada", old))
		page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"prompt": {"login"}})), "ada")
		if page.StatusCode != 403 || len(host.Asked()) != 1 {
			t.Errorf("%s: got %s", name, page.Status)
		}
	}
}

// prompt=select_account, and the button for another account.
func TestPersonOfAHostChoosesAnotherAccount(t *testing.T) {
	for _, logsOut := range []bool{true, false} {
		p, host, client, b := authorizing(t, func(o *latchkey.Options) {
			if !logsOut {
				o.People = struct{ latchkey.People }{o.People}
			}
		})
		page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}}))
		if !strings.Contains(page.Body, "Choose an account") || len(host.Asked()) != 0 {
			t.Fatalf("got %s", page.Body)
		}
		host.Bounce(!logsOut)
		page = b.Submit(page, url.Values{"decision": {"other"}})
		if asked := host.Asked(); len(asked) != 1 || asked[0].Reason != latchkey.ReasonOtherPerson || host.Sessions() != map[bool]int{true: 0, false: 1}[logsOut] {
			t.Fatalf("the host was asked %+v, and has %d sessions", asked, host.Sessions())
		}
		if !logsOut { // the person came back
			if !strings.Contains(page.Body, "Choose an account") {
				t.Errorf("got %s", page.Body)
			}
			continue
		}
		if page = b.LogIn(page, "bob"); !isConsent(page) || !strings.Contains(page.Body, "bob") {
			t.Errorf("after the login got %s", page.Body)
		}
	}
}

// Chromium applies the form-action of a page to every redirect that follows its form,
// and the login page of the host can be at another origin (CSP §6.4.1).
func TestFormLeadsToTheLoginPageOfTheHostWithoutARedirect(t *testing.T) {
	p, host, client, b := authorizing(t, nil)
	page := b.Open(authorizeURL(p, client, nil))
	for name, form := range map[string]url.Values{
		"another account": {"decision": {"switch"}, "request": {between(page.Body, `name="request" value="`, `"`)}},
		"no session":      {"decision": {"authorize"}, "allow": {"yes"}, "request": {between(page.Body, `name="request" value="`, `"`)}},
	} {
		setCookie(b, p.URL, host.Start("ada", time.Now()))
		if name == "no session" {
			setCookie(b, p.URL, "ended")
		}
		host.Asked()
		r, _ := http.NewRequest(http.MethodPost, p.Issuer+"/authorize/", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "text/html")
		response, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || len(host.Asked()) != 0 {
			t.Errorf("%s: got %s: %v", name, response.Status, err)
		}
		next := html.UnescapeString(between(string(body), `href="/o/authorize/?resume=`, `"`))
		if page := b.Open(p.Issuer + "/authorize/?resume=" + next); !strings.Contains(page.Body, "Log in to the host") {
			t.Errorf("%s: the page leads to %s %s", name, page.Request.URL, page.Status)
		}
		want := map[string]latchkey.Reason{"another account": latchkey.ReasonOtherPerson, "no session": latchkey.ReasonNone}[name]
		if asked := host.Asked(); len(asked) != 1 || asked[0].Reason != want {
			t.Errorf("%s: the host was asked %+v", name, asked)
		}
	}
}
