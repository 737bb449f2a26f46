package e2e

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// TestLogoutByPOSTFromAnotherSite: RP-Initiated Logout §2 requires POST. Browsers
// send no SameSite=Lax cookie with it, so it must neither log a person out nor
// claim that it has.
func TestLogoutByPOSTFromAnotherSite(t *testing.T) {
	t.Parallel()
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

// TestLogoutWithAMistakeEndsInTheQuestion: only the redirect is forbidden (RP-Initiated
// Logout §3). Each request ends on a page with a button that logs the person out.
func TestLogoutWithAMistakeEndsInTheQuestion(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t), startSite(t)
	s.page("/cb", "The callback.")
	s.page("/bye", "Goodbye.")
	bye := s.at("app", "/bye")
	add := func(name string) (id, hint string) {
		answer := p.run("", "app", "add", "--name", name, "--redirect-uri", s.at("app", "/cb"), "--post-logout-redirect-uri", bye, "--skip-authorization")
		id = text(answer["client_id"])
		return id, p.idToken(newPerson(t, p), s.at("app", "/cb"), id, text(answer["client_secret"]))
	}
	good, hint := add("Good")
	disabled, hintOfDisabled := add("Disabled")
	deleted, hintOfDeleted := add("Deleted")
	p.run("", "app", "disable", disabled)
	p.run("", "app", "delete", deleted, "--yes")
	b := newBrowser(t, true)
	post := false
	for name, q := range map[string]url.Values{
		"hint of a disabled application":   {"id_token_hint": {hintOfDisabled}, "post_logout_redirect_uri": {bye}},
		"hint of a deleted application":    {"id_token_hint": {hintOfDeleted}, "post_logout_redirect_uri": {bye}},
		"disabled application":             {"client_id": {disabled}, "post_logout_redirect_uri": {bye}},
		"deleted application":              {"client_id": {deleted}, "post_logout_redirect_uri": {bye}},
		"unregistered redirect URI":        {"client_id": {good}, "post_logout_redirect_uri": {s.at("evil", "/bye")}},
		"unregistered redirect URI, hint":  {"id_token_hint": {hint}, "post_logout_redirect_uri": {s.at("evil", "/bye")}},
		"redirect URI without application": {"post_logout_redirect_uri": {bye}},
		"hint of another application":      {"id_token_hint": {hint}, "client_id": {disabled}, "post_logout_redirect_uri": {bye}},
		"nonsense as a hint":               {"id_token_hint": {"nonsense"}, "post_logout_redirect_uri": {bye}},
		"repeated parameter":               {"client_id": {good, good}, "post_logout_redirect_uri": {bye}},
		"long state":                       {"client_id": {good}, "post_logout_redirect_uri": {s.at("evil", "/bye")}, "state": {strings.Repeat("s", 5000)}},
	} {
		path := "/" + strings.NewReplacer(" ", "-", ",", "").Replace(name)
		s.page(path, form(p.issuer+"/logout/", q))
		post = !post && len(q["client_id"]) < 2 // the form sends each parameter once
		b.open(p.issuer + "/login/")
		b.logIn(personName, personPassword)
		b.says("OAuth 2 provider")
		if post {
			b.open(s.at("app", path))
			b.clickThrough("button")
		} else {
			b.open(p.issuer + "/logout/?" + q.Encode())
		}
		b.says("Log out?")
		b.clickThrough("main button.primary")
		b.says("You are logged out")
		if got, ok := s.received(bye); ok {
			t.Errorf("%s, post %v: the application received %v", name, post, got.form)
		}
		b.open(p.issuer + "/account/")
		b.see("#password") // the session has ended
	}
}

// idToken returns an ID token that an application got for the person.
func (p *provider) idToken(who *person, redirectURI, id, secret string) string {
	p.t.Helper()
	location, err := url.Parse(who.visit(p.authorize(id, "redirect_uri", redirectURI)))
	if err != nil {
		p.t.Fatal(err)
	}
	return p.redeem(id, secret, redirectURI, location.Query().Get("code"))
}

// redeem exchanges a code, and returns the ID token.
func (p *provider) redeem(id, secret, redirectURI, code string) string {
	p.t.Helper()
	response, err := p.client().PostForm(p.issuer+"/token/", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI},
		"client_id": {id}, "client_secret": {secret}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&tokens); err != nil || tokens.IDToken == "" {
		p.t.Fatalf("%s for the code: %v", response.Status, err)
	}
	return tokens.IDToken
}
