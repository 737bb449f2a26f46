package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestIDJAGIsBoundedByThePolicyForItsAudience: draft-ietf-oauth-identity-assertion-authz-grant
// §4.3.3, §6.4. If nothing is requested, the assertion contains everything that is
// allowed. It is never unbounded.
func TestIDJAGIsBoundedByThePolicyForItsAudience(t *testing.T) {
	const api, other = "https://api.chat.example/v1", "https://other.example"
	x := newIDP(t, func(_ *provider.Config, c *oauth.Client) {
		c.IDJAGAudiences = []string{chat + "#at-chat;scope=chat.read;scope=chat.write;resource=" + api + ";aud_tenant=acme", other}
	})
	tokens := x.tokens("scope", "openid", "nonce", "n")
	for name, test := range map[string]struct {
		pairs           []string
		scope, resource any
		code            string
	}{
		"nothing requested":        {nil, "chat.read chat.write", api, ""},
		"within the bounds":        {[]string{"scope", "chat.read", "resource", "HTTPS://API.chat.example:443/v1/"}, "chat.read", "HTTPS://API.chat.example:443/v1/", ""},
		"a scope too many":         {[]string{"scope", "chat.admin chat.read"}, "chat.read", api, ""},
		"only another scope":       {[]string{"scope", "chat.admin"}, nil, nil, "invalid_scope"},
		"another resource":         {[]string{"resource", "https://api.chat.example/v2"}, nil, nil, "invalid_target"},
		"an audience without them": {[]string{"audience", other, "scope", "any", "resource", other}, "any", other, ""},
		"no bound and no request":  {[]string{"audience", other}, nil, nil, ""},
	} {
		response, err := x.jag(idType, tokens.IDToken, test.pairs...)
		t.Run(name, func(t *testing.T) { wantCode(t, err, test.code) })
		if err != nil {
			continue
		}
		claims := x.payload(response.AccessToken)
		if claims["scope"] != test.scope || claims["resource"] != test.resource || test.scope != nil && response.Scope != test.scope {
			t.Errorf("%s: %v %q", name, claims, response.Scope)
		}
		if tenant := claims["aud_tenant"]; (claims["aud"] == chat) != (tenant == "acme") || claims["tenant"] != nil {
			t.Errorf("%s: aud_tenant is %v for %v", name, tenant, claims["aud"])
		}
	}
}

// TestAssertionsThatSayMoreThanIsUnderstoodAreRejected: a claim that narrows an
// assertion is never ignored. draft-ietf-oauth-identity-assertion-authz-grant §4.4.1,
// §6.3, §9.8.1; RFC 7800 §3; RFC 8693 §4.1.
func TestAssertionsThatSayMoreThanIsUnderstoodAreRejected(t *testing.T) {
	for name, test := range map[string]struct {
		claims map[string]any
		rules  oauth.ClaimRules
		code   string
	}{
		"plain":                       {},
		"bound to a key":              {claims: map[string]any{"cnf": map[string]any{"jkt": "x"}}, code: "invalid_grant"},
		"with authorization_details":  {claims: map[string]any{"authorization_details": []any{map[string]any{"type": "read_one"}}}, code: "invalid_grant"},
		"with an actor":               {claims: map[string]any{"act": map[string]any{"sub": "agent"}}, code: "invalid_grant"},
		"of a tenant":                 {claims: map[string]any{"tenant": "acme"}, code: "invalid_grant"},
		"of a tenant with a rule":     {claims: map[string]any{"tenant": "acme"}, rules: oauth.ClaimRules{"tenant": {"acme"}}},
		"of another tenant":           {claims: map[string]any{"tenant": "evil"}, rules: oauth.ClaimRules{"tenant": {"acme"}}, code: "invalid_grant"},
		"for a tenant":                {claims: map[string]any{"aud_tenant": "ours"}, code: "invalid_grant"},
		"for a tenant with a rule":    {claims: map[string]any{"aud_tenant": "ours"}, rules: oauth.ClaimRules{"aud_tenant": {"ours"}}},
		"for a person without an iat": {claims: map[string]any{"iat": nil}, code: "invalid_grant"},
	} {
		x := newExchanges(t, func(_ *provider.Config, _, _ *oauth.Client, i *oauth.TrustedIssuer) { i.Claims = test.rules })
		claims := map[string]any{"client_id": x.id}
		for name, value := range test.claims {
			claims[name] = value
		}
		_, err := x.bear(x.jwt("oauth-id-jag+jwt", claims))
		t.Run(name, func(t *testing.T) { wantCode(t, err, test.code) })
		if _, rar := test.claims["authorization_details"]; rar {
			continue // only an ID-JAG is an authorization
		}
		_, err = x.bear(x.jwt("", claims))
		t.Run(name+", not as an ID-JAG", func(t *testing.T) { wantCode(t, err, test.code) })
	}
}

// TestJWTWithoutIATIsNotAcceptedForAPersonWhoseAccessWasRevoked: nothing shows when it
// was made, so neither grant accepts it.
func TestJWTWithoutIATIsNotAcceptedForAPersonWhoseAccessWasRevoked(t *testing.T) {
	x := newExchanges(t, nil)
	old := x.jwt("", map[string]any{"iat": nil})
	x.pass(60e9)
	if err := x.store.SetSubject(ctx, "corp:u-1", false, x.now); err != nil {
		t.Fatal(err)
	}
	_, err := x.bear(old)
	wantCode(t, err, "invalid_grant")
	if !strings.Contains(err.Error(), "needs an iat") {
		t.Errorf("the error does not say what is missing: %v", err)
	}
	_, err = x.exchangeAs("service", x.serviceKey, jwtType, old)
	wantCode(t, err, "invalid_request")
}

// TestActorsOfAForeignTokenAreKept: RFC 8693 §4.1.
func TestActorsOfAForeignTokenAreKept(t *testing.T) {
	x := newExchanges(t, nil)
	swap := func(act any) (*provider.TokenResponse, error) {
		return x.exchangeAs("service", x.serviceKey, jwtType, x.jwt("", map[string]any{"act": act}))
	}
	response, err := swap(map[string]any{"sub": "agent", "act": map[string]any{"sub": "tool", "iss": "https://tools.example"}})
	if err != nil {
		t.Fatal(err)
	}
	act := x.found(response.AccessToken).Act
	if act.Depth() != 3 || act.Subject != "service" || *act.Act.Act != (oauth.Actor{Subject: "tool", Issuer: "https://tools.example"}) ||
		act.Act.Subject != "agent" || act.Act.Issuer != foreignIssuer {
		t.Errorf("%+v %+v", act, act.Act)
	}
	deep := map[string]any{"sub": "a"}
	for range 4 {
		deep = map[string]any{"sub": "a", "act": deep}
	}
	for name, act := range map[string]any{
		"a text": "agent", "no sub": map[string]any{"iss": foreignIssuer}, "a number": map[string]any{"sub": 7}, "a list": []any{"agent"},
		"an actor of this server": map[string]any{"sub": "service", "iss": issuer}, "an empty iss, as of this server": map[string]any{"sub": "service", "iss": ""},
		"an earlier actor of this server": map[string]any{"sub": "agent", "act": map[string]any{"sub": "service", "iss": ""}},
		"an iss that is a number":         map[string]any{"sub": "agent", "iss": 7}, "five actors": deep, "a malformed one before": map[string]any{"sub": "agent", "act": "tool"},
	} {
		_, err := swap(act)
		t.Run(name, func(t *testing.T) { wantCode(t, err, "invalid_request") })
	}
}

func TestFaultsOfIDJAGAudiencesAreReported(t *testing.T) {
	for entry, want := range map[string]string{
		"https://a.example#id;scope=read;resource=https://b.example;aud_tenant=t": "",
		"http://a.example#id":           "https URL of an issuer",
		"https://a.example?b#id":        "https URL of an issuer",
		"https://a.example#;scope":      "'scope' is not a parameter with a value",
		"https://a.example#;scopes=a":   "'scopes=a' is not one of scope, resource and aud_tenant",
		"https://a.example#;resource=":  "'resource=' is not a parameter with a value",
		"https://a.example#;resource=b": "'b' is not an absolute URI",
		"https://same.example#other":    "listed twice",
	} {
		c := &oauth.Client{
			ID: "c", Name: "C", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantTokenExchange},
			IDJAGAudiences: []string{"https://same.example", entry},
		}
		text := ""
		for _, fault := range provider.ValidateClient(c, oauth.DefaultScopeInfos()) {
			if fault.Field == "id_jag_audiences" {
				text += fault.Message
			}
		}
		if (text == "") != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%s: %q, want %q", entry, text, want)
		}
	}
}
