package provider_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 9700 §4.1: a client could not distinguish a parameter of its own from one
// of the response.
func TestRedirectURIsWithAParameterOfTheResponseAreNotRegistered(t *testing.T) {
	for _, responseType := range append(oauth.ResponseTypes(), "nonsense") {
		h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
			config.OwnLogin, config.ACRValues = true, nil
			c.ResponseTypes = oauth.ResponseTypes()
		})
		r, err := h.ask("response_type", responseType, "scope", "openid read", "nonce", "n")
		var response *provider.AuthorizationResponse
		if err != nil {
			response = h.Refuse(r, oauth.Errorf(oauth.CodeInvalidRequest, "No."))
		} else {
			r.Show(h.who)
			if response, err = h.Approve(ctx, r, h.who, r.Scope, true); err != nil {
				t.Fatal(err)
			}
		}
		if len(response.Fields) < 6 {
			t.Errorf("%s: the response has only %q", responseType, response.Fields)
		}
		for i := 0; i < len(response.Fields); i += 2 {
			uri := "https://app.example/cb?a=b&" + response.Fields[i] + "=x"
			if oauth.CheckRedirectURI(uri) == nil {
				t.Errorf("%s: %s can be registered", responseType, uri)
			}
		}
	}
}

// OpenID Connect Front-Channel Logout §2.
func TestFrontchannelLogoutURIsWithAParameterOfTheServerAreNotRegistered(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.FrontchannelLogoutURI = "https://app.example/front" })
	h.tokens("scope", "openid")
	sent, err := h.FrontchannelLogouts(ctx, h.who.SessionID)
	if err != nil || len(sent) != 1 {
		t.Fatal(sent, err)
	}
	u, err := url.Parse(sent[0])
	if err != nil || len(u.Query()) == 0 {
		t.Fatal(sent, err)
	}
	for name := range u.Query() {
		c := h.client()
		c.FrontchannelLogoutURI = "https://app.example/front?" + name + "=x"
		if text := provider.ValidateClient(c, h.Scopes).Error(); !strings.Contains(text, name) {
			t.Errorf("%s can be registered: %s", c.FrontchannelLogoutURI, text)
		}
	}
}
