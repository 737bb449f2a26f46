package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestAResourceIsTheSameInEverySpelling in every request that names it: RFC 8707 §2,
// RFC 3986 §6.2. Tokens have the spelling that is registered.
func TestAResourceIsTheSameInEverySpelling(t *testing.T) {
	const registered, same = "https://A.example/api/", "https://a.example/api"
	jags := oauth.Audience{"https://Chat.example", "https://chat.example/"}
	for _, spelling := range []string{registered, same, "HTTPS://a.EXAMPLE:443/api", "https://a.example:443/api/"} {
		x := newExchanges(t, func(config *provider.Config, c, s *oauth.Client, i *oauth.TrustedIssuer) {
			config.Resources = []oauth.ResourceInfo{{URI: registered, TokenFormat: oauth.JWT, SigningAlg: oauth.AlgEdDSA, AccessTokenTTL: 7 * time.Minute, ClientID: "service"}}
			c.Resources, s.Resources, s.ResourceServer, i.Reusable = []string{same}, []string{spelling}, true, true
			c.GrantTypes = append(c.GrantTypes, oauth.GrantDeviceCode)
			c.IDJAGAudiences = []string{jags[0] + "#there;resource=" + same}
		})
		check := func(step string, response *provider.TokenResponse, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s, %s: %v", spelling, step, err)
				return
			}
			found := x.found(response.AccessToken)
			head, payload := header(t, response.AccessToken), x.payload(response.AccessToken)
			if found.Audience.String() != registered || payload["aud"] != registered || head["alg"] != oauth.AlgEdDSA || response.ExpiresIn > 7*60 {
				t.Errorf("%s, %s: %+v %v, expires in %d", spelling, step, found, head, response.ExpiresIn)
			}
			seen, err := x.introspect(response.AccessToken, "client_id", "service", "client_secret", x.serviceKey)
			if err != nil || !seen.Active {
				t.Errorf("%s, %s: introspection: %+v %v", spelling, step, seen, err)
			}
		}
		code := x.code("scope", "openid read", "nonce", "n", "resource", spelling)
		tokens, err := x.exchange(code, "resource", spelling)
		check("authorization and code", tokens, err)
		refreshed, err := x.refresh(tokens.RefreshToken, "resource", spelling)
		check("refresh", refreshed, err)
		exchanged, err := x.swap(refreshed.AccessToken, "audience", spelling)
		check("token exchange", exchanged, err)
		bearer, err := x.bear(x.jwt("", nil), "resource", spelling)
		check("assertion", bearer, err)
		bearer, err = x.bear(x.jwt("oauth-id-jag+jwt", map[string]any{"client_id": x.id, "resource": spelling}), "resource", same)
		check("ID-JAG", bearer, err)
		started := x.device("scope", "read", "resource", spelling)
		x.approveDevice(started.UserCode)
		device, err := x.poll(started.DeviceCode, "resource", spelling)
		check("device", device, err)
		for _, audience := range jags {
			jag, err := x.jag(idType, tokens.IDToken, "audience", audience, "resource", spelling)
			if err != nil || x.payload(jag.AccessToken)["aud"] != jags[0] || x.payload(jag.AccessToken)["resource"] != spelling {
				t.Errorf("%s, issuing an ID-JAG for %s: %v", spelling, audience, err)
			}
		}
	}
}

// TestTheSpellingOfAResourceCanChange in the settings: what was granted stays valid.
func TestTheSpellingOfAResourceCanChange(t *testing.T) {
	eachFormat(t, func(t *testing.T, format oauth.TokenFormat) {
		h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		before, err := h.exchangeFor(h.codeFor("tools", mcp))
		h.wantToken(before, err, "tools", mcp)
		config := h.Config
		config.Resources = []oauth.ResourceInfo{{URI: "https://MCP.example/mcp/", Scopes: oauth.Scopes{"tools"}}, {URI: files}}
		if h.Provider, err = provider.New(ctx, config); err != nil {
			t.Fatal(err)
		}
		if found, err := h.CheckAccessToken(ctx, before.AccessToken); err != nil || !found.Active || found.Scope != "tools" || found.Audience.String() != "https://MCP.example/mcp/" {
			t.Errorf("the access token: %+v %v", found, err)
		}
		after, err := h.refreshFor(before.RefreshToken, mcp)
		h.wantToken(after, err, "tools", "https://MCP.example/mcp/")
		after, err = h.refreshFor(after.RefreshToken)
		h.wantToken(after, err, "tools", "https://MCP.example/mcp/")
	})
}
