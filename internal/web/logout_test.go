package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestALogOutWithFramesLeadsBackToAnApp whose address has a scheme of its own
// (OpenID Connect RP-Initiated Logout §2, RFC 8252 §7.1).
func TestALogOutWithFramesLeadsBackToAnApp(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.OpenID.FrontchannelLogoutURI = "https://app.example/front"
		c.PostLogoutRedirectURIs = []string{"com.example.app:/bye"}
	})
	b := p.Browser()
	code, err := b.Authorize(openIDAsk(p, client), "ada")
	if err != nil {
		t.Fatal(err)
	}
	response, body := send(t, http.MethodPost, p.Issuer+"/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {client.RedirectURIs[0]}, "code_verifier": {verifier},
		"client_id": {client.ID}, "client_secret": {secret},
	}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, body, err)
	}
	page := b.Open(p.Issuer + "/logout/?" + url.Values{"id_token_hint": {tokens.IDToken}, "post_logout_redirect_uri": {"com.example.app:/bye"}}.Encode())
	for _, want := range []string{`src="https://app.example/front?`, `href="com.example.app:/bye" data-away>Continue`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is not in %s", want, page.Body)
		}
	}
}
