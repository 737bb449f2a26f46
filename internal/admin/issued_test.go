package admin_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestConsentsAndSessionsAreListedAndEnded(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Agent = true })
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
	if strings.Contains(page.Body, "since <") {
		t.Errorf("a scope that is not remembered has a beginning: %s", page.Body)
	}
	if page := o.open("consents/?show=agents"); !strings.Contains(page.Body, `name="consent"`) || !strings.Contains(page.Body, `href="?show=agents" aria-current`) {
		t.Errorf("the consents of agents: %s", page.Body)
	}
	if page := o.open("consents/?show=offline"); !strings.Contains(page.Body, `name="consent"`) || strings.Contains(page.Body, "With offline access") {
		t.Errorf("a filter by the remembered scope, which is not that of the access: %s", page.Body)
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

// TestSessionDoesNotEndWithoutTheRecordOfItsPerson: if the person of a session cannot be read,
// the audit log would not say whose session an administrator ended.
func TestSessionDoesNotEndWithoutTheRecordOfItsPerson(t *testing.T) {
	store := new(absentStore)
	o := enter(t, func(o *latchkey.Options) {
		store.Store = memstore.New(o.Clock)
		o.Store = store
	})
	o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", nil)
	code, err := o.Provider.Browser().Authorize(o.Issuer+"/authorize/?"+url.Values{"response_type": {"code"}, "client_id": {c.ID}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(), "ada")
	if err != nil || code == "" {
		t.Fatal(err)
	}
	listed := func() (latchkeytest.Page, []string) {
		page := o.open("sessions/?q=ada")
		return page, regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(page.Body)
	}
	page, session := listed()
	if session == nil {
		t.Fatalf("the session is not listed: %s", page.Body)
	}
	store.session.Store(session[1])
	if page := o.Submit(page, url.Values{"session": {session[1]}}); page.StatusCode != 503 {
		t.Errorf("got %s", page.Status)
	}
	store.session.Store("")
	if page, session = listed(); session == nil {
		t.Errorf("the session has ended: %s", page.Body)
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
	for list, action := range map[string]bool{"kind=access&state=valid": true, "kind=access&state=disabled": true, "state=expired": true, "kind=access&state=expired": false, "kind=access&state=revoked": false} {
		// Revoking an access token that has expired would revoke its family, whose refresh token can be valid.
		if page := o.postTo("tokens/?"+list, url.Values{"all": {"revoke"}}); (page.StatusCode == 200) != action {
			t.Errorf("the action of %s: %s", list, page.Status)
		}
	}
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

// TestRevokingATokenRevokesBothInTheBackOffice: RFC 7009 §2.1. Each way to revoke
// a token does what the revocation endpoint does.
func TestRevokingATokenRevokesBothInTheBackOffice(t *testing.T) {
	for name, revoke := range map[string]func(office, *latchkeytest.Browser, *oauth.Client){
		"an access token": func(o office, _ *latchkeytest.Browser, _ *oauth.Client) {
			page := o.open("tokens/?kind=access")
			o.Submit(page, url.Values{"token": {submatch(t, page.Body, `name="token" value="([^"]+)"`)}})
		},
		"a token family": func(o office, _ *latchkeytest.Browser, _ *oauth.Client) {
			page := o.open("tokens/")
			o.Submit(page, url.Values{"family": {submatch(t, page.Body, `name="family" value="([^"]+)"`)}})
		},
		"a consent": func(o office, _ *latchkeytest.Browser, _ *oauth.Client) {
			page := o.open("consents/")
			o.Submit(page, url.Values{"consent": {submatch(t, page.Body, `name="consent" value="([^"]+)"`)}})
		},
		"all tokens of an application": func(o office, _ *latchkeytest.Browser, c *oauth.Client) {
			o.post("applications/"+c.ID+"/revoke/", url.Values{})
		},
		"an application on the account page": func(o office, ada *latchkeytest.Browser, c *oauth.Client) {
			ada.Submit(ada.Open(o.Issuer+"/account/applications/"), url.Values{"action": {"withdraw"}, "client": {c.ID}, "confirmed": {"yes"}})
		},
	} {
		for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
			if name == "an access token" && format == oauth.JWT {
				continue // a JWT has no row
			}
			t.Run(name+", "+string(format), func(t *testing.T) {
				o := enter(t)
				o.AddUser("ada", false)
				c, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AccessTokenFormat = format })
				ada := o.Provider.Browser()
				code, err := ada.Authorize(o.Issuer+"/authorize/?"+url.Values{"response_type": {"code"}, "client_id": {c.ID}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(), "ada")
				if err != nil {
					t.Fatal(err)
				}
				tokens := o.answer("/token", c.ID, secret, "grant_type", "authorization_code", "code", code, "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
				access, refresh := fmt.Sprint(tokens["access_token"]), fmt.Sprint(tokens["refresh_token"])
				if answer := o.answer("/introspect", c.ID, secret, "token", access); answer["active"] != true {
					t.Fatalf("before: %v", answer)
				}
				revoke(o, ada, c)
				if answer := o.answer("/introspect", c.ID, secret, "token", access); answer["active"] != false {
					t.Errorf("the access token is still active: %v", answer)
				}
				if answer := o.answer("/token", c.ID, secret, "grant_type", "refresh_token", "refresh_token", refresh); answer["error"] != "invalid_grant" {
					t.Errorf("the refresh token still works: %v", answer)
				}
				for _, list := range []string{"tokens/", "tokens/?kind=access"} {
					if page := o.open(list); strings.Contains(page.Body, `type="checkbox"`) {
						t.Errorf("%s still lists it", list)
					}
				}
				for _, path := range []string{"", "delete/"} {
					if page := o.open("applications/" + c.ID + "/" + path); page.StatusCode != 200 || strings.Contains(page.Body, "1 token family") || strings.Contains(page.Body, "1 access token") {
						t.Errorf("the page of the application, %q, still counts it: %s", path, page.Status)
					}
				}
			})
		}
	}
}
