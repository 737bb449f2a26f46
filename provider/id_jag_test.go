package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const (
	jagType = "urn:ietf:params:oauth:token-type:id-jag"
	chat    = "https://chat.example/"
)

// newIDP returns a server whose client may get assertions for a chat server.
func newIDP(t *testing.T, change func(*provider.Config, *oauth.Client)) *exchanges {
	t.Helper()
	return newExchanges(t, func(config *provider.Config, c, _ *oauth.Client, _ *oauth.TrustedIssuer) {
		c.IDJAGAudiences = []string{chat + "#at-chat", "https://same.example"}
		if change != nil {
			change(config, c)
		}
	})
}

func (x *exchanges) jag(kind, token string, pairs ...string) (*provider.TokenResponse, error) {
	x.t.Helper()
	return x.exchangeAs(x.id, x.key, kind, token, append([]string{"requested_token_type", jagType, "audience", chat}, pairs...)...)
}

// TestSessionOfAPersonIsExchangedForAnIDJAG: draft-ietf-oauth-identity-assertion-authz-grant
// §3.1, §4.3.
func TestSessionOfAPersonIsExchangedForAnIDJAG(t *testing.T) {
	x := newIDP(t, nil)
	tokens := x.tokens("scope", "openid read", "nonce", "n")
	for kind, token := range map[string]string{idType: tokens.IDToken, refreshType: tokens.RefreshToken} {
		response, err := x.jag(kind, token, "scope", "chat.read chat.history", "resource", "https://api.chat.example/")
		if err != nil {
			t.Fatal(err)
		}
		if response.TokenType != "N_A" || response.IssuedTokenType != jagType || response.ExpiresIn != 300 || response.RefreshToken != "" || response.Scope != "chat.read chat.history" {
			t.Errorf("%s: %+v", kind, response)
		}
		claims := x.payload(response.AccessToken)
		now := float64(x.now.Unix())
		for name, want := range map[string]any{
			"iss": issuer, "sub": "ada-id", "aud": chat, "client_id": "at-chat", "iat": now, "exp": now + 300,
			"auth_time": float64(x.who.AuthTime.Unix()), "resource": "https://api.chat.example/", "scope": "chat.read chat.history",
		} {
			if claims[name] != want {
				t.Errorf("%s: %s is %v, want %v", kind, name, claims[name], want)
			}
		}
		if header(t, response.AccessToken)["typ"] != "oauth-id-jag+jwt" || claims["jti"] == nil {
			t.Errorf("%s: %v", kind, claims)
		}
		if x.active(response.AccessToken) {
			t.Error("an ID-JAG is accepted as an access token")
		}
	}
	response, err := x.jag(idType, tokens.IDToken, "audience", "https://same.example")
	if err != nil || x.payload(response.AccessToken)["client_id"] != x.id {
		t.Errorf("the same client_id: %v", err)
	}
}

func TestIDJAGIsIssuedOnlyForARegisteredAudienceAndALogin(t *testing.T) {
	x := newIDP(t, nil)
	tokens := x.tokens("scope", "openid read", "nonce", "n")
	plain := x.tokens("scope", "read")
	for name, test := range map[string]struct {
		kind, token string
		pairs       []string
		code        string
	}{
		"another audience":             {idType, tokens.IDToken, []string{"audience", "https://other.example"}, "invalid_target"},
		"the beginning of one":         {idType, tokens.IDToken, []string{"audience", "https://chat.exampl"}, "invalid_target"},
		"a path at one":                {idType, tokens.IDToken, []string{"audience", "https://chat.example/o"}, "invalid_target"},
		"with the client_id":           {idType, tokens.IDToken, []string{"audience", chat + "#at-chat"}, "invalid_target"},
		"no audience":                  {idType, tokens.IDToken, []string{"audience", ""}, "invalid_request"},
		"a resource that is not a URI": {idType, tokens.IDToken, []string{"resource", "api"}, "invalid_target"},
		"an access token":              {accessType, tokens.AccessToken, nil, "invalid_request"},
		"a token without openid":       {refreshType, plain.RefreshToken, nil, "invalid_request"},
		"a JWT of a trusted issuer":    {idType, x.jwt("", nil), nil, "invalid_request"},
		"an actor":                     {idType, tokens.IDToken, []string{"actor_token", "x", "actor_token_type", jwtType}, "invalid_request"},
		"an ID token with a changed":   {idType, tokens.IDToken + "x", nil, "invalid_request"},
	} {
		_, err := x.jag(test.kind, test.token, test.pairs...)
		t.Run(name, func(t *testing.T) { wantCode(t, err, test.code) })
	}
	_, err := x.exchangeAs("service", x.serviceKey, idType, tokens.IDToken, "requested_token_type", jagType, "audience", chat)
	wantCode(t, err, "invalid_request")

	if err := x.store.WithdrawConsent(ctx, "ada-id", x.id, x.now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = x.jag(idType, tokens.IDToken)
	wantCode(t, err, "invalid_request")
}

// TestIDJAGOfAClientWithPairwiseSubjectsHasAPseudonym: OpenID Connect Core §8.
func TestIDJAGOfAClientWithPairwiseSubjectsHasAPseudonym(t *testing.T) {
	x := newIDP(t, func(_ *provider.Config, c *oauth.Client) { c.SubjectType = oauth.SubjectPairwise })
	tokens := x.tokens("scope", "openid", "nonce", "n")
	response, err := x.jag(idType, tokens.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	own, there := x.payload(tokens.IDToken)["sub"], x.payload(response.AccessToken)["sub"]
	if there == "ada-id" || there == own || there == "" {
		t.Errorf("sub is %v, that of the client %v", there, own)
	}
}

// The person has logged out.
func TestIDJAGIsNotIssuedAfterTheSessionHasEnded(t *testing.T) {
	x := newIDP(t, func(config *provider.Config, _ *oauth.Client) {
		config.OwnLogin, config.IDTokenTTL = true, 24*time.Hour
	})
	tokens := x.tokens("scope", "openid", "nonce", "n")
	if _, err := x.jag(idType, tokens.IDToken); err != nil {
		t.Fatal(err)
	}
	other := newIDP(t, func(config *provider.Config, _ *oauth.Client) {
		config.OwnLogin, config.IDTokenTTL = true, 24*time.Hour
	})
	expired := other.tokens("scope", "openid", "nonce", "n")
	other.pass(13 * time.Hour) // the session has expired, the ID token has not
	_, err := other.jag(idType, expired.IDToken)
	wantCode(t, err, "invalid_request")
	if err := x.EndSessions(ctx, x.who.SessionID); err != nil {
		t.Fatal(err)
	}
	_, err = x.jag(idType, tokens.IDToken)
	wantCode(t, err, "invalid_request")
}

// TestIDJAGOfATrustedIssuerIsAcceptedForItsClient: draft-ietf-oauth-identity-assertion-authz-grant
// §4.4.1.
func TestIDJAGOfATrustedIssuerIsAcceptedForItsClient(t *testing.T) {
	for name, test := range map[string]struct {
		change   map[string]any
		pairs    []string
		scope    string
		audience string
		code     string
	}{
		"complete":                    {map[string]any{"scope": "read", "resource": apiA}, nil, "read", apiA, ""},
		"without scope and resource":  {nil, nil, "read write", issuer, ""},
		"with scopes that are new":    {map[string]any{"scope": "read chat.read"}, nil, "read", issuer, ""},
		"narrowed":                    {map[string]any{"scope": "read write", "resource": []string{apiA, apiB}}, []string{"scope", "write", "resource", apiB}, "write", apiB, ""},
		"widened":                     {map[string]any{"scope": "read"}, []string{"scope", "read write"}, "", "", "invalid_scope"},
		"for another resource":        {map[string]any{"resource": apiA}, []string{"resource", apiB}, "", "", "invalid_target"},
		"for an unknown resource":     {map[string]any{"resource": "https://other.example"}, nil, "", "", "invalid_target"},
		"with no scope that is known": {map[string]any{"scope": "chat.read"}, nil, "", "", "invalid_scope"},
		"of another client":           {map[string]any{"client_id": "other"}, nil, "", "", "invalid_grant"},
		"of no client":                {map[string]any{"client_id": nil}, nil, "", "", "invalid_grant"},
		"for the token endpoint":      {map[string]any{"aud": issuer + "/token/"}, nil, "", "", "invalid_grant"},
		"for two names of the server": {map[string]any{"aud": []string{issuer, issuer + "/token/"}}, nil, "", "", "invalid_grant"},
		"without jti":                 {map[string]any{"jti": nil}, nil, "", "", "invalid_grant"},
		"without iat":                 {map[string]any{"iat": nil}, nil, "", "", "invalid_grant"},
		"with a number as scope":      {map[string]any{"scope": 1}, nil, "", "", "invalid_grant"},
		"with numbers as resource":    {map[string]any{"resource": []int{1}}, nil, "", "", "invalid_grant"},
	} {
		x := newExchanges(t, func(config *provider.Config, c, _ *oauth.Client, i *oauth.TrustedIssuer) {
			c.MultipleResources, i.Reusable = true, true
		})
		claims := map[string]any{"client_id": x.id}
		for name, value := range test.change {
			claims[name] = value
		}
		text := x.jwt("oauth-id-jag+jwt", claims)
		response, err := x.bear(text, test.pairs...)
		t.Run(name, func(t *testing.T) { wantCode(t, err, test.code) })
		if err != nil || test.code != "" {
			continue
		}
		if found := x.found(response.AccessToken); found.Subject != "corp:u-1" || response.Scope != test.scope || found.Audience.String() != test.audience {
			t.Errorf("%s: %+v", name, found)
		}
		_, err = x.bear(text, test.pairs...) // once, whatever the issuer's other JWTs are
		wantCode(t, err, "invalid_grant")
	}
}

// TestIDJAGOfOneServerIsAcceptedByAnother: both sides are this program. A server
// never accepts its own (draft-ietf-oauth-identity-assertion-authz-grant §9.3).
func TestIDJAGOfOneServerIsAcceptedByAnother(t *testing.T) {
	const other = "https://chat.example/o"
	x := newIDP(t, func(_ *provider.Config, c *oauth.Client) { c.IDJAGAudiences = []string{issuer, other} })
	tokens := x.tokens("scope", "openid", "nonce", "n")
	own, err := x.jag(idType, tokens.IDToken, "audience", issuer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.bear(own.AccessToken)
	wantCode(t, err, "invalid_grant")

	jag, err := x.jag(idType, tokens.IDToken, "audience", other, "scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := x.JWKS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	chat := newForeign(t, func(config *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) {
		config.Issuer, i.Issuer, i.JWKSURI = other, issuer, foreignKeysAt
	})
	chat.publish[foreignKeysAt] = string(keys.Body)
	response, err := chat.bear(jag.AccessToken)
	if err != nil || response.Scope != "read" || !chat.active(response.AccessToken) {
		t.Errorf("%+v %v", response, err)
	}
	_, err = chat.bear(tokens.IDToken) // for another audience
	wantCode(t, err, "invalid_grant")
}

// header returns the JOSE header of a JWT.
func header(t *testing.T, text string) (header map[string]any) {
	t.Helper()
	encoded, _, _ := strings.Cut(text, ".")
	body, err := base64.RawURLEncoding.DecodeString(encoded)
	if err == nil {
		err = json.Unmarshal(body, &header)
	}
	if err != nil {
		t.Fatal(err)
	}
	return header
}

// TestIDJAGEndsWithThePermission that the person gave for a limited time.
func TestIDJAGEndsWithThePermission(t *testing.T) {
	x := newIDP(t, nil)
	tokens := x.limited(provider.PeriodOnce, "scope", "openid read", "nonce", "n")
	x.pass(3*time.Hour - 2*time.Minute)
	tokens, err := x.refresh(tokens.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	for kind, token := range map[string]string{idType: tokens.IDToken, refreshType: tokens.RefreshToken} {
		response, err := x.jag(kind, token)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if response.ExpiresIn > 120 || x.payload(response.AccessToken)["exp"].(float64) > float64(x.now.Unix()+120) {
			t.Errorf("%s: it is valid for %d seconds, and the permission for 120", kind, response.ExpiresIn)
		}
	}
}
