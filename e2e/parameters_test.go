package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestParametersOfOurPagesMeanNothingInARequest: RFC 6749 §3.1. The browser has
// just opened a consent page, so that "resume" and "request" can name its handle.
func TestParametersOfOurPagesMeanNothingInARequest(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t), startSite(t)
	s.page("/cb", "The callback.")
	callback := s.at("app", "/cb")
	client, other := p.app(callback), p.app(s.at("other", "/cb"))
	b := newBrowser(t, true)
	b.open(p.authorize(other))
	resume, err := url.Parse(b.address())
	if err != nil {
		t.Fatal(err)
	}
	next, _ := url.Parse(resume.Query().Get("next"))
	handle := next.Query().Get("resume")
	if handle == "" {
		t.Fatalf("there is no handle in %s", resume)
	}
	b.logIn(personName, personPassword)
	b.see("#allow")
	ours := []string{"resume", handle, "request_handle", handle, "allow", "yes", "decision", "authorize", "next", "/o/account/", "username", "bob", "action", "withdraw"}
	for i := 0; i < len(ours); i += 2 {
		name, value := ours[i], ours[i+1]
		s.page("/"+name, form(p.issuer+"/authorize/", request(client, name, value)))
		for _, post := range []bool{false, true} {
			if post {
				b.open(s.at("app", "/"+name))
				b.clickThrough("button")
			} else {
				b.open(p.authorize(client, name, value))
			}
			if shown := b.text(); !strings.Contains(shown, "Authorize The app?") || !strings.Contains(b.value("button[value=authorize]"), "authorize") {
				t.Errorf("%s, post %v: the page is %s", name, post, shown)
			}
			if got, ok := s.received(callback); ok {
				t.Errorf("%s, post %v: the application received %v", name, post, got.form)
			}
		}
	}
	everything := request(client)
	for i := 0; i < len(ours); i += 2 {
		everything.Set(ours[i], ours[i+1])
	}
	b.open(p.issuer + "/authorize/?" + everything.Encode())
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("The callback.")
	if got := s.waitFor(callback); got.form.Get("code") == "" || got.form.Get("state") != "xyz" {
		t.Errorf("the application received %v", got.form)
	}
}

// TestHEADChangesNothing sends HEAD requests with the cookies of a person who is
// logged in and has given permission before.
func TestHEADChangesNothing(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t, "--sign-up"), startSite(t)
	s.page("/cb", "The callback.")
	callback := s.at("app", "/cb")
	app := p.run("", "app", "add", "--name", "The app", "--redirect-uri", callback, "--post-logout-redirect-uri", callback)
	client := text(app["client_id"])
	b := newBrowser(t, true)
	b.open(p.authorize(client))
	b.logIn(personName, personPassword)
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("The callback.")
	hint := p.redeem(client, text(app["client_secret"]), callback, s.waitFor(callback).form.Get("code"))
	b.open(p.issuer + "/account/")
	before := b.cookies()
	for _, address := range []string{
		p.authorize(client), p.authorize(client, "prompt", "none"), p.issuer + "/authorize/?resume=x",
		p.issuer + "/logout/", p.issuer + "/logout/?client_id=" + client + "&post_logout_redirect_uri=" + url.QueryEscape(callback),
		p.issuer + "/logout/?id_token_hint=" + hint, // with GET, the person would not be asked
		p.issuer + "/login/", p.issuer + "/account/", p.issuer + "/account/sessions/?action=everywhere", p.issuer + "/signup/", p.issuer + "/check_session/",
		p.issuer + "/token/", p.issuer + "/revoke_token/", p.issuer + "/userinfo/",
	} {
		status := evaluate[int](b, fmt.Sprintf(`fetch(%q, { method: 'HEAD', redirect: 'manual' }).then((response) => response.status)`, address))
		if after := b.cookies(); after != before {
			t.Errorf("HEAD %s (%d) changed the cookies:\n%s\nto\n%s", address, status, before, after)
		}
		if status == 0 {
			t.Errorf("HEAD %s was answered with a redirect", address)
		}
	}
	if got, ok := s.received(callback); ok {
		t.Errorf("the application received %v", got.form)
	}
	b.open(p.issuer + "/account/applications/")
	b.says(personFullName)
	b.says("The app")
}
