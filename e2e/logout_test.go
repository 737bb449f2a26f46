package e2e

import (
	"net/url"
	"testing"
)

// TestLogoutByPOSTFromAnotherSite: RP-Initiated Logout §2 requires POST. Browsers
// send no SameSite=Lax cookie with it, so it must neither log a person out nor
// claim that it has.
func TestLogoutByPOSTFromAnotherSite(t *testing.T) {
	p, s := startProvider(t), startSite(t)
	s.page("/bye", "Goodbye.")
	bye := s.at("app", "/bye")
	client := p.app(s.at("app", "/cb"), "--post-logout-redirect-uri", bye)
	s.page("/evil", form(p.issuer+"/logout/", nil))
	s.page("/leave", form(p.issuer+"/logout/", url.Values{"client_id": {client}, "post_logout_redirect_uri": {bye}, "state": {"s"}}))
	s.page("/wrong", form(p.issuer+"/logout/", url.Values{"client_id": {client}, "post_logout_redirect_uri": {s.at("evil", "/bye")}}))
	b := newBrowser(t, true)
	b.open(p.issuer + "/login/")
	b.logIn(personName, personPassword)
	b.says("OAuth 2 provider")
	before := b.cookies()
	for _, page := range []string{s.at("evil", "/evil"), s.at("app", "/wrong"), s.at("app", "/leave")} {
		b.open(page)
		b.clickThrough("button")
		b.says("Log out?")
		if after := b.cookies(); after != before {
			t.Errorf("%s changed the cookies:\n%s\nto\n%s", page, before, after)
		}
	}
	b.clickThrough("main button.primary")
	b.says("Goodbye.")
	if got := s.waitFor(bye); got.form.Get("state") != "s" {
		t.Errorf("the application received %v", got.form)
	}
	b.open(p.issuer + "/account/")
	b.see("#password") // the session has ended
}
