package latchkey_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §5.2: a grant type of the host that rejects a token of its own with
// invalid_token does not ask the client for an access token.
func TestGrantThatRejectsATokenAsksForNoAccessToken(t *testing.T) {
	const grant = "urn:example:token"
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Grants = []oauth.ExtensionGrant{{Type: grant, Decide: func(context.Context, oauth.ExtensionRequest) (oauth.ExtensionDecision, error) {
			return oauth.ExtensionDecision{}, oauth.Errorf(oauth.CodeInvalidToken, "The token has expired.")
		}}}
	})
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.GrantTypes = append(c.GrantTypes, grant) })
	response, err := http.PostForm(p.Issuer+"/token/", url.Values{"grant_type": {grant}, "client_id": {client.ID}, "client_secret": {secret}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if challenge := response.Header.Get("WWW-Authenticate"); response.StatusCode != http.StatusBadRequest || challenge != "" {
		t.Errorf("got the status %d and the challenge %q", response.StatusCode, challenge)
	}
}
