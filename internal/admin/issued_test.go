package admin_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestConsentsAndSessionsAreListedAndEnded(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", nil)
	b := o.Provider.Browser()
	code, err := b.Authorize(o.Issuer+"/authorize/?"+url.Values{"response_type": {"code"}, "client_id": {c.ID}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(), "ada")
	if err != nil || code == "" {
		t.Fatal(err)
	}
	page := o.open("consents/?q=ada")
	consent := regexp.MustCompile(`name="consent" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if consent == nil {
		t.Fatalf("the consent is not listed: %s", page.Body)
	}
	o.Submit(page, url.Values{"consent": {consent[1]}})
	if page := o.open("consents/"); strings.Contains(page.Body, `name="consent"`) {
		t.Error("the consent has not been withdrawn")
	}
	page = o.open("sessions/?q=ada")
	session := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if session == nil {
		t.Fatalf("the session is not listed: %s", page.Body)
	}
	o.Submit(page, url.Values{"session": {session[1]}})
	if page := b.Open(o.URL + "/"); strings.Contains(page.Body, "logged in as") {
		t.Error("the session has not ended")
	}
}

func TestTokensAreListedAndRevoked(t *testing.T) {
	o := enter(t)
	c, secret := o.AddClient("https://app.example/cb", nil)
	r, err := o.PostForm(o.Issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {secret}})
	if err != nil || r.StatusCode != 200 {
		t.Fatal(r, err)
	}
	_ = r.Body.Close()
	page := o.open("tokens/?kind=access")
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if token == nil {
		t.Fatalf("the token is not listed: %s", page.Body)
	}
	o.Submit(page, url.Values{"token": {token[1]}})
	if page := o.open("tokens/?kind=access"); page.StatusCode != 200 || strings.Contains(page.Body, `name="token"`) {
		t.Errorf("the token has not been revoked: %s", page.Status)
	}
	if page := o.post("tokens/", url.Values{"family": {"x"}}); page.StatusCode != 404 {
		t.Errorf("a forged ID: got %s", page.Status)
	}
}
