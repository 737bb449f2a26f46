package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const (
	accessType  = "urn:ietf:params:oauth:token-type:access_token"
	refreshType = "urn:ietf:params:oauth:token-type:refresh_token"
	idType      = "urn:ietf:params:oauth:token-type:id_token"
	jwtType     = "urn:ietf:params:oauth:token-type:jwt"
	apiA, apiB  = "https://a.example", "https://b.example"
)

// exchanges is a server with a client "client" whose people have tokens, and a
// service "service" that exchanges them.
type exchanges struct {
	*foreign
	service    *oauth.Client
	serviceKey string
}

func newExchanges(t *testing.T, change func(*provider.Config, *oauth.Client, *oauth.Client, *oauth.TrustedIssuer)) *exchanges {
	t.Helper()
	x := &exchanges{service: &oauth.Client{
		ID: "service", Name: "Service", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantTokenExchange, oauth.GrantClientCredentials},
		ExchangeClients: []string{"client"}, Resources: []string{apiA, apiB},
	}}
	x.foreign = newForeign(t, func(config *provider.Config, c *oauth.Client, i *oauth.TrustedIssuer) {
		c.IDTokenAlg = "ES256"
		config.Resources = []oauth.ResourceInfo{{URI: apiA}, {URI: apiB}}
		if change != nil {
			change(config, c, x.service, i)
		}
	})
	x.serviceKey = x.service.RotateSecret(x.now, 0)
	x.add(x.service)
	return x
}

// exchange exchanges a token as the service.
func (x *exchanges) exchangeAs(id, secret, kind, token string, pairs ...string) (*provider.TokenResponse, error) {
	x.t.Helper()
	return x.Token(ctx, "", params(x.t, append([]string{
		"client_id", id, "client_secret", secret, "grant_type", oauth.GrantTokenExchange, "subject_token", token, "subject_token_type", kind,
	}, pairs...)...))
}

func (x *exchanges) swap(token string, pairs ...string) (*provider.TokenResponse, error) {
	x.t.Helper()
	return x.exchangeAs("service", x.serviceKey, accessType, token, pairs...)
}

// switchClient changes a client.
func (x *exchanges) switchClient(id string, change func(*oauth.Client)) error {
	stored, err := x.store.Client(ctx, id)
	if err != nil {
		return err
	}
	c := *stored
	change(&c)
	return x.store.UpdateClient(ctx, &c)
}

// found returns the description of an access token.
func (x *exchanges) found(token string) provider.Introspection {
	x.t.Helper()
	found, err := x.CheckAccessToken(ctx, token)
	if err != nil {
		x.t.Fatal(err)
	}
	return found
}

// TestServiceExchangesTheTokenOfAPerson: RFC 8693 §2.2.1, §4.1.
func TestServiceExchangesTheTokenOfAPerson(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		x := newExchanges(t, func(_ *provider.Config, c, _ *oauth.Client, _ *oauth.TrustedIssuer) { c.AccessTokenFormat = format })
		response, err := x.swap(x.tokens("scope", "read write").AccessToken, "audience", apiA, "scope", "read")
		if err != nil {
			t.Fatal(err)
		}
		if response.IssuedTokenType != accessType || response.TokenType != "Bearer" || response.RefreshToken != "" || response.IDToken != "" || response.Scope != "read" {
			t.Errorf("%s: %+v", format, response)
		}
		found := x.found(response.AccessToken)
		if !found.Active || found.Subject != "ada-id" || found.ClientID != "service" || found.Scope != "read" || found.Audience.String() != apiA {
			t.Errorf("%s: %+v", format, found)
		}
		if found.Act == nil || found.Act.Subject != "service" || found.Act.Act != nil {
			t.Errorf("%s: actor %+v", format, found.Act)
		}
		if act := x.payload(response.AccessToken)["act"]; act == nil {
			t.Errorf("%s: the JWT has no act", format)
		}
	}
}

func TestExchangeOnlyNarrowsTheScope(t *testing.T) {
	for name, test := range map[string]struct{ granted, requested, allowed, want, code string }{
		"the same":                      {"read write", "read write", "", "read write", ""},
		"by default the same":           {"read write", "", "", "read write", ""},
		"less":                          {"read write", "write", "", "write", ""},
		"more":                          {"read", "read write", "", "", "invalid_scope"},
		"more than the service may":     {"read write", "write", "read", "", "invalid_scope"},
		"by default what it may":        {"read write", "", "read", "read", ""},
		"nothing in common":             {"write", "", "read", "", "invalid_scope"},
		"never about the login":         {"openid read", "", "", "read", ""},
		"not even if that is requested": {"openid read", "openid", "", "", "invalid_scope"},
	} {
		x := newExchanges(t, func(_ *provider.Config, _, s *oauth.Client, _ *oauth.TrustedIssuer) {
			s.Scopes = strings.Fields(test.allowed)
		})
		response, err := x.swap(x.tokens("scope", test.granted, "nonce", "n").AccessToken, "scope", test.requested)
		wantCode(t, err, test.code)
		if err == nil && response.Scope != test.want {
			t.Errorf("%s: %q", name, response.Scope)
		}
	}
}

// TestExchangeNeedsAPolicyForTheClientAndTheAudience: RFC 8693 §2.2.2.
func TestExchangeNeedsAPolicyForTheClientAndTheAudience(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c, s *oauth.Client)
		pairs  []string
		code   string
	}{
		"allowed":                       {func(_, _ *oauth.Client) {}, []string{"resource", apiB}, ""},
		"the audience of the token":     {func(_, s *oauth.Client) { s.Resources = nil }, nil, ""},
		"another client":                {func(_, s *oauth.Client) { s.ExchangeClients = []string{"other"} }, nil, "invalid_request"},
		"no clients":                    {func(_, s *oauth.Client) { s.ExchangeClients = nil }, nil, "invalid_request"},
		"a resource that is not listed": {func(_, s *oauth.Client) { s.Resources = nil }, []string{"resource", apiB}, "invalid_target"},
		"a resource that is forbidden":  {func(_, s *oauth.Client) { s.Resources = []string{apiA} }, []string{"audience", apiB}, "invalid_target"},
		"an unknown audience":           {func(_, _ *oauth.Client) {}, []string{"audience", "billing"}, "invalid_target"},
		"two resources":                 {func(_, _ *oauth.Client) {}, []string{"resource", apiA, "audience", apiB}, "invalid_target"},
		"a client without the grant":    {func(_, s *oauth.Client) { s.GrantTypes = s.GrantTypes[1:] }, nil, "unauthorized_client"},
		"a refresh token":               {func(_, _ *oauth.Client) {}, []string{"requested_token_type", refreshType}, "invalid_request"},
		"an ID token":                   {func(_, _ *oauth.Client) {}, []string{"requested_token_type", idType}, "invalid_request"},
		"another requested type":        {func(_, _ *oauth.Client) {}, []string{"requested_token_type", "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"},
		"a JWT, which it is":            {func(_, _ *oauth.Client) {}, []string{"requested_token_type", jwtType}, ""},
		"no subject_token_type":         {func(_, _ *oauth.Client) {}, []string{"subject_token_type", ""}, "invalid_request"},
		"an unknown type":               {func(_, _ *oauth.Client) {}, []string{"subject_token_type", "saml2"}, "invalid_request"},
		"an actor token without type":   {func(_, _ *oauth.Client) {}, []string{"actor_token", "x"}, "invalid_request"},
		"an actor type without token":   {func(_, _ *oauth.Client) {}, []string{"actor_token_type", jwtType}, "invalid_request"},
	} {
		x := newExchanges(t, func(_ *provider.Config, c, s *oauth.Client, _ *oauth.TrustedIssuer) { test.change(c, s) })
		response, err := x.swap(x.tokens("scope", "read").AccessToken, test.pairs...)
		t.Run(name, func(t *testing.T) { wantCode(t, err, test.code) })
		if err == nil && response.IssuedTokenType != accessType && response.IssuedTokenType != jwtType {
			t.Errorf("%s: %+v", name, response)
		}
	}
}

// TestClientNarrowsItsOwnTokenWithoutAPolicy: it could not get more than it has.
func TestClientNarrowsItsOwnTokenWithoutAPolicy(t *testing.T) {
	x := newExchanges(t, func(_ *provider.Config, c, _ *oauth.Client, _ *oauth.TrustedIssuer) { c.MultipleResources = true })
	own := func(kind, token string, pairs ...string) (*provider.TokenResponse, error) {
		return x.exchangeAs(x.id, x.key, kind, token, pairs...)
	}
	tokens := x.tokens("scope", "openid read write", "nonce", "n", "resource", apiA)
	for kind, token := range map[string]string{accessType: tokens.AccessToken, refreshType: tokens.RefreshToken, idType: tokens.IDToken} {
		response, err := own(kind, token, "scope", "read")
		if err != nil || x.found(response.AccessToken).Audience.String() != apiA {
			t.Errorf("%s: %+v %v", kind, response, err)
		}
		_, err = own(kind, token, "resource", apiB)
		wantCode(t, err, "invalid_target")
		_, err = own(kind, token, "resource", issuer)
		wantCode(t, err, "invalid_target")
		if kind != accessType { // these belong to one client
			_, err = x.exchangeAs("service", x.serviceKey, kind, token)
			wantCode(t, err, "invalid_request")
		}
	}
	if _, err := x.refresh(tokens.RefreshToken); err != nil {
		t.Errorf("the refresh token was used up: %v", err)
	}
	_, err := own(refreshType, tokens.RefreshToken)
	wantCode(t, err, "invalid_request")
}

// RFC 8693 §2.1 leaves this to the server.
func TestExchangedTokenIsRevokedWithTheOneItWasIssuedFor(t *testing.T) {
	for name, end := range map[string]func(x *exchanges, token string) error{
		"its token is revoked": func(x *exchanges, token string) error {
			return x.Revoke(ctx, "", params(x.t, "client_id", x.id, "client_secret", x.key, "token", token))
		},
		"the consent is withdrawn": func(x *exchanges, _ string) error { return x.store.WithdrawConsent(ctx, "ada-id", x.id, x.now) },
		"the person is disabled":   func(x *exchanges, _ string) error { return x.store.SetSubject(ctx, "ada-id", true, time.Time{}) },
		"the person is logged out": func(x *exchanges, _ string) error { return x.store.SetSubject(ctx, "ada-id", false, x.now) },
		"its client is disabled": func(x *exchanges, _ string) error {
			return x.switchClient(x.id, func(c *oauth.Client) { c.Disabled = true })
		},
		"its client is revoked": func(x *exchanges, _ string) error {
			return x.switchClient(x.id, func(c *oauth.Client) { c.RevokedBefore = x.now })
		},
		"the service is disabled": func(x *exchanges, _ string) error {
			return x.switchClient("service", func(c *oauth.Client) { c.Disabled = true })
		},
		"the exchanged one is revoked": nil,
	} {
		x := newExchanges(t, nil)
		token := x.tokens("scope", "read").AccessToken
		x.pass(time.Second)
		response, err := x.swap(token)
		if err != nil {
			t.Fatal(err)
		}
		again, err := x.swap(response.AccessToken, "audience", issuer) // its own token
		if err != nil {
			t.Fatal(err)
		}
		x.pass(time.Second)
		if end == nil {
			err = x.Revoke(ctx, "", params(t, "client_id", "service", "client_secret", x.serviceKey, "token", response.AccessToken))
			if err != nil || x.active(response.AccessToken) || !x.active(token) {
				t.Errorf("%s: exchanged %v, first %v, %v", name, x.active(response.AccessToken), x.active(token), err)
			}
			continue
		}
		if err := end(x, token); err != nil || x.active(response.AccessToken) || x.active(again.AccessToken) {
			t.Errorf("%s, and an exchanged token is still active: %v", name, err)
		}
		_, err = x.swap(token)
		if err == nil && name != "the service is disabled" {
			t.Errorf("%s, and its token is exchanged", name)
		}
	}
}

func TestExchangedTokenNeverOutlivesTheOneItWasIssuedFor(t *testing.T) {
	x := newExchanges(t, nil)
	token := x.tokens("scope", "read").AccessToken
	x.pass(40 * time.Minute)
	response, err := x.swap(token)
	if err != nil || response.ExpiresIn != 20*60 {
		t.Fatalf("%+v %v", response, err)
	}
	x.pass(20 * time.Minute)
	if x.active(response.AccessToken) {
		t.Error("it is still active")
	}
	_, err = x.swap(token)
	wantCode(t, err, "invalid_request")
}

// TestActorsAreNestedUpToABound: RFC 8693 §4.1.
func TestActorsAreNestedUpToABound(t *testing.T) {
	x := newExchanges(t, func(_ *provider.Config, _, s *oauth.Client, _ *oauth.TrustedIssuer) {
		s.ExchangeClients = []string{"client", "service"}
	})
	text := x.tokens("scope", "read").AccessToken
	for depth := 1; depth <= 4; depth++ {
		response, err := x.swap(text)
		if err != nil {
			t.Fatal(err)
		}
		text = response.AccessToken
		if got := x.found(text).Act.Depth(); got != depth {
			t.Errorf("%d actors, want %d", got, depth)
		}
	}
	_, err := x.swap(text)
	wantCode(t, err, "invalid_request")

	service, err := x.Token(ctx, "", params(t, "client_id", "service", "client_secret", x.serviceKey, "grant_type", "client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	first := x.tokens("scope", "read").AccessToken
	named := func(kind, token string) (*provider.TokenResponse, error) {
		return x.swap(first, "actor_token", token, "actor_token_type", kind)
	}
	response, err := named(accessType, service.AccessToken)
	if err != nil || x.found(response.AccessToken).Act.Subject != "service" {
		t.Errorf("its own token as the actor: %v", err)
	}
	response, err = named(jwtType, x.jwt("", map[string]any{"sub": "agent-7"}))
	if err != nil || *x.found(response.AccessToken).Act != (oauth.Actor{Subject: "agent-7", Issuer: foreignIssuer}) {
		t.Errorf("an actor of a trusted issuer: %v", err)
	}
	for name, token := range map[string]string{"a token of another client": first, "nonsense": "lk_at_x", "expired": x.jwt("", map[string]any{"exp": 1})} {
		_, err := named(accessType, token)
		t.Run(name, func(t *testing.T) { wantCode(t, err, "invalid_request") })
	}
	_, err = x.swap(service.AccessToken) // there is no person
	wantCode(t, err, "invalid_request")
}

// TestImpersonationIsAPolicyAndKeepsEarlierActors: RFC 8693 §1.1.
func TestImpersonationIsAPolicyAndKeepsEarlierActors(t *testing.T) {
	x := newExchanges(t, func(_ *provider.Config, c, s *oauth.Client, _ *oauth.TrustedIssuer) {
		s.ExchangeImpersonation, c.ExchangeClients, c.Resources = true, []string{"client"}, nil
	})
	token := x.tokens("scope", "read").AccessToken
	response, err := x.swap(token)
	if err != nil || x.found(response.AccessToken).Act != nil {
		t.Errorf("%+v %v", response, err)
	}
	delegated, err := x.exchangeAs(x.id, x.key, accessType, token)
	if err != nil {
		t.Fatal(err)
	}
	response, err = x.swap(delegated.AccessToken)
	if act := x.found(response.AccessToken).Act; err != nil || act == nil || act.Subject != x.id {
		t.Errorf("the actors of the subject_token: %+v %v", act, err)
	}
}

// TestJWTOfATrustedIssuerIsExchanged: RFC 8693 §2.1, §4.4.
func TestJWTOfATrustedIssuerIsExchanged(t *testing.T) {
	x := newExchanges(t, nil)
	for name, test := range map[string]struct {
		change map[string]any
		code   string
	}{
		"by default":              {nil, ""},
		"a client that may act":   {map[string]any{"may_act": map[string]any{"sub": "service"}}, ""},
		"with the right issuer":   {map[string]any{"may_act": map[string]any{"sub": "service", "iss": issuer}}, ""},
		"with another issuer":     {map[string]any{"may_act": map[string]any{"sub": "service", "iss": foreignIssuer}}, "invalid_request"},
		"another client may act":  {map[string]any{"may_act": map[string]any{"sub": "other"}}, "invalid_request"},
		"a may_act without a sub": {map[string]any{"may_act": map[string]any{}}, "invalid_request"},
		"a may_act that is text":  {map[string]any{"may_act": "service"}, "invalid_request"},
		"expired":                 {map[string]any{"exp": 1}, "invalid_request"},
		"for another server":      {map[string]any{"aud": "https://other.example"}, "invalid_request"},
	} {
		text := x.jwt("", test.change)
		for range 2 { // a subject_token can be used more than once
			response, err := x.exchangeAs("service", x.serviceKey, jwtType, text, "resource", apiA, "scope", "read")
			t.Run(name, func(t *testing.T) { wantCode(t, err, test.code) })
			if err != nil {
				continue
			}
			found := x.found(response.AccessToken)
			if found.Subject != "corp:u-1" || found.Act.Subject != "service" || found.Audience.String() != apiA || response.ExpiresIn != 300 {
				t.Errorf("%s: %+v", name, found)
			}
			x.pass(time.Second)
			if name == "by default" {
				if err := x.store.SetSubject(ctx, "corp:u-1", false, x.now); err != nil || x.active(response.AccessToken) {
					t.Errorf("it survives the revocation of its person: %v", err)
				}
				x.pass(time.Second)
				text = x.jwt("", test.change)
			} else {
				text = x.jwt("", test.change)
			}
		}
	}
	x.down = true
	x.pass(2 * time.Hour)
	_, err := x.exchangeAs("service", x.serviceKey, jwtType, x.jwt("", nil))
	wantCode(t, err, "temporarily_unavailable")
}
