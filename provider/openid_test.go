package provider_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// adasClaims are the claims that the source has about ada.
var adasClaims = map[string]any{
	"name": "Ada L.", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true, "phone_number": "+44",
	"address": map[string]any{"country": "GB"}, "nickname": "", "secret": "never told",
}

func newOpenIDHouse(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	return newHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.ACRValues = []string{"1"}
		config.Claims = func(_ context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
			if q.Subject != "ada-id" {
				return nil, oauth.ErrNotFound
			}
			return adasClaims, nil
		}
		if change != nil {
			change(config, c)
		}
	})
}

// payload verifies a JWT with the published keys and returns its claims.
func (h *house) payload(text string) map[string]any {
	h.t.Helper()
	document, err := h.JWKS(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(document.Body, &keys); err != nil {
		h.t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil {
		h.t.Fatal(err)
	}
	body, err := signed.Verify(keys)
	if err != nil {
		h.t.Fatalf("%v: %s", err, text)
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		h.t.Fatal(err)
	}
	return claims
}

func (h *house) userinfo(token string) map[string]any {
	h.t.Helper()
	info, err := h.UserInfo(ctx, token)
	if err != nil {
		h.t.Fatal(err)
	}
	if info.JWT {
		return h.payload(string(info.Body))
	}
	var claims map[string]any
	if err := json.Unmarshal(info.Body, &claims); err != nil {
		h.t.Fatal(err)
	}
	return claims
}

func TestIDTokenHasTheClaimsOfOpenIDConnectCore(t *testing.T) {
	for _, alg := range oauth.SigningAlgorithms() {
		t.Run(alg, func(t *testing.T) {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.IDTokenAlg = alg })
			h.who.ACR, h.who.AMR = "1", []string{"pwd"}
			answer := h.tokens("scope", "openid profile", "nonce", "n-0S6")
			claims := h.payload(answer.IDToken)
			half := func(text string) string {
				if alg == oauth.AlgEdDSA {
					sum := sha512.Sum512([]byte(text))
					return base64.RawURLEncoding.EncodeToString(sum[:32])
				}
				sum := sha256.Sum256([]byte(text))
				return base64.RawURLEncoding.EncodeToString(sum[:16])
			}
			for name, want := range map[string]any{
				"iss": issuer, "sub": "ada-id", "aud": h.id, "azp": h.id, "nonce": "n-0S6", "acr": "1",
				"iat": float64(h.now.Unix()), "exp": float64(h.now.Add(time.Hour).Unix()), "auth_time": float64(h.who.AuthTime.Unix()),
				"at_hash": half(answer.AccessToken),
			} {
				if claims[name] != want {
					t.Errorf("%s is %v, want %v", name, claims[name], want)
				}
			}
			if claims["jti"] == nil || claims["sid"] == nil || claims["sid"] == "session" || claims["c_hash"] != nil {
				t.Errorf("got %v", claims)
			}
			if claims["name"] != "Ada L." || claims["amr"].([]any)[0] != "pwd" {
				t.Errorf("got %v", claims)
			}

			// §12.2: after a refresh, person and login are the same.
			h.pass(time.Minute)
			again, err := h.refresh(answer.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			fresh := h.payload(again.IDToken)
			for _, name := range []string{"iss", "sub", "aud", "azp", "auth_time", "sid"} {
				if fresh[name] != claims[name] {
					t.Errorf("after a refresh %s is %v", name, fresh[name])
				}
			}
			if fresh["iat"] == claims["iat"] || fresh["nonce"] != nil {
				t.Errorf("after a refresh: %v", fresh)
			}
		})
	}
}

func TestRequestWithoutScopeOpenIDReturnsNoIDToken(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	answer := h.tokens("scope", "read", "claims", "not even JSON", "id_token_hint", "x")
	if answer.IDToken != "" {
		t.Error("a request without openid returns an ID token")
	}
	_, err := h.UserInfo(ctx, answer.AccessToken)
	wantCode(t, err, "insufficient_scope")
}

func TestUserinfoReturnsTheClaimsOfTheScopes(t *testing.T) {
	for scope, want := range map[string][]string{
		"openid":                       {"sub"},
		"openid profile":               {"name", "preferred_username", "sub"},
		"openid email":                 {"email", "email_verified", "sub"},
		"openid address phone":         {"address", "phone_number", "sub"},
		"openid unknown_scope profile": {"name", "preferred_username", "sub"},
	} {
		t.Run(scope, func(t *testing.T) {
			h := newOpenIDHouse(t, nil)
			info := h.userinfo(h.tokens("scope", scope).AccessToken)
			var names []string
			for name := range info {
				names = append(names, name)
			}
			slices.Sort(names)
			if !slices.Equal(names, want) || info["sub"] != "ada-id" {
				t.Errorf("userinfo returns %v", info)
			}
		})
	}
}

func TestUserinfoRejectsOtherTextsAndExpiredTokens(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	answer := h.tokens("scope", "openid")
	for name, token := range map[string]string{
		"an unknown text": "x", "a refresh token": answer.RefreshToken, "an ID token": answer.IDToken, "a truncated token": answer.AccessToken[:40],
	} {
		_, err := h.UserInfo(ctx, token)
		t.Run(name, func(t *testing.T) { wantCode(t, err, "invalid_token") })
	}
	if h.active(answer.IDToken) {
		t.Error("an ID token is accepted as an access token")
	}
	h.pass(2 * time.Hour)
	_, err := h.UserInfo(ctx, answer.AccessToken)
	wantCode(t, err, "invalid_token")
	revoked := h.tokens("scope", "openid").AccessToken
	if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", revoked)); err != nil {
		t.Fatal(err)
	}
	_, err = h.UserInfo(ctx, revoked)
	wantCode(t, err, "invalid_token")
	disabled := h.tokens("scope", "openid").AccessToken
	if err := h.store.SetSubject(ctx, "ada-id", true, h.now); err != nil {
		t.Fatal(err)
	}
	_, err = h.UserInfo(ctx, disabled)
	wantCode(t, err, "invalid_token")
}

func TestClaimsParameterRequestsSingleClaims(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	answer := h.tokens("scope", "openid", "claims",
		`{"userinfo":{"email":null,"fantasy":null},"id_token":{"name":{"essential":true},"phone_number":{"value":"x"}},"other":{}}`)
	claims := h.payload(answer.IDToken)
	if claims["name"] != "Ada L." || claims["phone_number"] != "+44" || claims["email"] != nil || claims["secret"] != nil {
		t.Errorf("the ID token has %v", claims)
	}
	if info := h.userinfo(answer.AccessToken); info["email"] != "ada@example.com" || info["name"] != nil || len(info) != 2 {
		t.Errorf("userinfo returns %v", info)
	}
	if answer.Scope != "openid" {
		t.Errorf("the scope is %q", answer.Scope)
	}
	// The consent includes the scopes that these claims belong to.
	consent, err := h.store.Consent(ctx, "ada-id", h.id)
	if err != nil || !consent.Scope.Covers(oauth.Scopes{"openid", "email", "profile", "phone"}) {
		t.Errorf("the consent is for %v: %v", consent.Scope, err)
	}
	h.pass(time.Minute)
	again, err := h.refresh(answer.RefreshToken)
	if err != nil || h.payload(again.IDToken)["name"] != "Ada L." {
		t.Errorf("after a refresh the claims are missing: %v", err)
	}
}

func TestClaimsOfForbiddenScopesAreOmitted(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.Scopes = oauth.Scopes{"openid", "profile"} })
	answer := h.tokens("scope", "openid", "claims", `{"userinfo":{"email":{"essential":true},"name":null}}`)
	if info := h.userinfo(answer.AccessToken); info["email"] != nil || info["name"] != "Ada L." {
		t.Errorf("userinfo returns %v", info)
	}
}

func TestMalformedClaimsParameterIsRejected(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	for _, claims := range []string{
		`x`, `[]`, `{"userinfo":[]}`, `{"id_token":{"name":1}}`, `{}{}`, `{"id_token":{"sub":{"value":7}}}`,
		`{"userinfo":{` + strings.Repeat(`"a`+strings.Repeat("a", 60)+`":null,`, 70) + `"b":null}}`, `"` + long + `"`,
	} {
		_, err := h.ask("scope", "openid", "claims", claims)
		wantCode(t, err, "invalid_request")
	}
}

func TestPairwiseSubjectsAreSharedWithinASector(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.SubjectType = oauth.SubjectPairwise })
	subject := func(id string, change func(*oauth.Client)) string {
		t.Helper()
		if h.id = id; id != "client" {
			c := h.client()
			c.SubjectType = oauth.SubjectPairwise
			change(c)
			h.add(c)
		}
		answer := h.tokens("scope", "openid")
		sub, _ := h.payload(answer.IDToken)["sub"].(string)
		if info := h.userinfo(answer.AccessToken); info["sub"] != sub || sub == "ada-id" {
			t.Errorf("%s: the sub of userinfo is %v, that of the ID token %s", id, info["sub"], sub)
		}
		for _, token := range []string{answer.AccessToken, answer.RefreshToken} {
			found, err := h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", token))
			if err != nil || !found.Active || found.Subject != sub {
				t.Errorf("%s: introspection returns %+v: %v", id, found, err)
			}
		}
		return sub
	}
	first := subject("client", nil)
	if got := subject("same-host", func(c *oauth.Client) { c.AccessTokenFormat = oauth.JWT }); got != first {
		t.Error("two clients of one sector get different subjects")
	}
	if got := subject("other-sector", func(c *oauth.Client) { c.SectorIdentifierURI = "https://sector.example/uris.json" }); got == first {
		t.Error("clients of two sectors get the same subject")
	}
	// A JWT with a pairwise sub is revoked when the person is disabled.
	h.id = "same-host"
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	h.key = c.RotateSecret(h.now, 0)
	if err := h.store.UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Second)
	token := h.tokens("scope", "openid").AccessToken
	if err := h.store.SetSubject(ctx, "ada-id", true, time.Time{}); err != nil || h.active(token) {
		t.Errorf("the token of a disabled person is active: %v", err)
	}
}

func TestRequestForAnotherPersonNeedsANewLogin(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	ada := h.who
	bob := oauth.Authentication{Subject: "bob-id", SessionID: "bobs", AuthTime: h.now.Add(-time.Minute)}
	hint := h.tokens("scope", "openid").IDToken
	h.pass(90 * 24 * time.Hour) // an expired hint is accepted (OpenID Connect Core §3.1.2.1)
	for name, pairs := range map[string][]string{
		"id_token_hint": {"id_token_hint", hint},
		"a sub claim":   {"claims", `{"id_token":{"sub":{"value":"ada-id"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := h.ask(append([]string{"scope", "openid"}, pairs...)...)
			if err != nil {
				t.Fatal(err)
			}
			if step, err := h.Next(ctx, r, &ada); err != nil || step != provider.StepDone {
				t.Errorf("the requested person: %s %v", step, err)
			}
			if step, err := h.Next(ctx, r, &bob); err != nil || step != provider.StepLogin {
				t.Errorf("another person: %s %v", step, err)
			}
			late := bob
			late.AuthTime = h.now
			_, err = h.Next(ctx, r, &late)
			wantCode(t, err, "login_required")
			r.Prompt = []string{"none"}
			_, err = h.Next(ctx, r, &bob)
			wantCode(t, err, "login_required")
		})
	}
	for name, hint := range map[string]string{
		"an unsigned hint":  "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUvbyIsInN1YiI6ImFkYS1pZCIsImF1ZCI6ImNsaWVudCJ9.",
		"an access token":   h.tokens("scope", "openid").AccessToken,
		"another signature": hint[:len(hint)-2] + "AA",
		"a long hint":       long + long,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.ask("scope", "openid", "id_token_hint", hint)
			wantCode(t, err, "invalid_request")
		})
	}
	h.id = "other"
	h.add(h.client())
	_, err := h.ask("scope", "openid", "id_token_hint", hint)
	wantCode(t, err, "invalid_request")
}

func TestEssentialACRIsMetOrRejected(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	h.code("scope", "openid")
	_, err := h.ask("scope", "openid", "claims", `{"id_token":{"acr":{"essential":true,"values":["9"]}}}`)
	wantCode(t, err, "unmet_authentication_requirements")
	r, err := h.ask("scope", "openid", "claims", `{"id_token":{"acr":{"essential":true,"value":"1"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if step, err := h.Next(ctx, r, &h.who); err != nil || step != provider.StepLogin {
		t.Errorf("a login without the acr: %s %v", step, err)
	}
	who := h.who
	who.ACR = "1"
	if step, err := h.Next(ctx, r, &who); err != nil || step != provider.StepDone {
		t.Errorf("a login with the acr: %s %v", step, err)
	}
	who.ACR, who.AuthTime = "", h.now
	_, err = h.Next(ctx, r, &who)
	wantCode(t, err, "unmet_authentication_requirements")
	if _, err = h.ask("scope", "openid", "acr_values", "9 8"); err != nil {
		t.Errorf("a voluntary acr is rejected: %v", err)
	}
}

func TestOfflineAccessNeedsTheRefreshTokenGrant(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.GrantTypes = without(c.GrantTypes, oauth.GrantRefreshToken)
	})
	if answer := h.tokens("scope", "openid offline_access"); answer.Scope != "openid" || answer.RefreshToken != "" {
		t.Errorf("got %q", answer.Scope)
	}
}

func TestDefaultMaxAgeRequiresANewLogin(t *testing.T) {
	age := int64(60)
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.DefaultMaxAge = &age })
	h.code("scope", "openid", "max_age", "100000")
	r, err := h.ask("scope", "openid")
	if err != nil {
		t.Fatal(err)
	}
	if step, err := h.Next(ctx, r, &h.who); err != nil || step != provider.StepLogin {
		t.Errorf("a login an hour ago: %s %v", step, err)
	}
}

func TestResponseTypesMustBeAllowedForTheClient(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	for _, responseType := range oauth.ResponseTypes()[1:] { // without code
		r, err := h.ask("response_type", responseType, "scope", "openid", "nonce", "n")
		wantCode(t, err, "unauthorized_client")
		if got := h.Refuse(r, oauth.Errorf("x", "y")).Location(); !strings.HasPrefix(got, callback+"#error=x") {
			t.Errorf("the error for %s is sent to %s", responseType, got)
		}
	}
	for _, responseType := range []string{"token", "id_token code x", "none"} {
		_, err := h.ask("response_type", responseType, "scope", "openid", "nonce", "n")
		wantCode(t, err, "unsupported_response_type")
	}
}

func TestResponseContainsWhatTheResponseTypeNames(t *testing.T) {
	for _, responseType := range oauth.ResponseTypes()[1:] { // without code
		t.Run(responseType, func(t *testing.T) {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ResponseTypes = []string{responseType} })
			parts := strings.Fields(responseType)
			slices.Reverse(parts) // the order has no meaning
			r, err := h.ask("response_type", strings.Join(parts, " "), "scope", "openid email", "nonce", "n")
			if err != nil {
				t.Fatal(err)
			}
			r.Show(h.who)
			answer, err := h.Approve(ctx, r, h.who, r.Scope, true)
			if err != nil {
				t.Fatal(err)
			}
			before, fragment, found := strings.Cut(answer.Location(), "#")
			if !found || before != callback {
				t.Fatalf("the response is sent to %s", answer.Location())
			}
			got, err := url.ParseQuery(fragment)
			if err != nil {
				t.Fatal(err)
			}
			for field, part := range map[string]string{"code": "code", "access_token": "token", "id_token": "id_token"} {
				if got.Has(field) != slices.Contains(parts, part) {
					t.Errorf("%s: %v", field, got.Has(field))
				}
			}
			if got.Get("state") != "xyz" || got.Get("iss") != issuer {
				t.Errorf("got %v", got)
			}
			if id := got.Get("id_token"); id != "" {
				claims := h.payload(id)
				for claim, field := range map[string]string{"c_hash": "code", "at_hash": "access_token", "s_hash": "state"} {
					if (claims[claim] != nil) != got.Has(field) {
						t.Errorf("%s is %v", claim, claims[claim])
					}
				}
				// §5.4: the ID token has the claims if there is no access token.
				if (claims["email"] != nil) != (responseType == "id_token") || claims["nonce"] != "n" {
					t.Errorf("got %v", claims)
				}
			}
			access := got.Get("access_token")
			if access != "" && (!h.active(access) || h.userinfo(access)["email"] == nil) {
				t.Error("the access token is not active")
			}
			again, err := h.Approve(ctx, r, h.who, r.Scope, true)
			if err != nil || access != "" && !strings.Contains(again.Location(), access) {
				t.Errorf("the second approval: %v %v", again, err)
			}
			if !got.Has("code") {
				return
			}
			if _, err := h.exchange(got.Get("code")); err != nil {
				t.Fatal(err)
			}
			_, err = h.exchange(got.Get("code"))
			wantCode(t, err, "invalid_grant")
			if access != "" && h.active(access) {
				t.Error("the code was used twice, but the access token of the response is still active")
			}
		})
	}
}

func TestTokensAreNeverSentInTheQuery(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ResponseTypes = oauth.ResponseTypes() })
	for _, test := range []struct {
		pairs []string
		code  string
	}{
		{[]string{"response_mode", "query"}, "invalid_request"},
		{[]string{"nonce", ""}, "invalid_request"},
		{[]string{"scope", "read"}, "invalid_request"},
		{[]string{"response_mode", "form_post"}, ""},
	} {
		_, err := h.ask(append([]string{"response_type", "id_token token", "scope", "openid", "nonce", "n"}, test.pairs...)...)
		wantCode(t, err, test.code)
	}
}

func FuzzClaimsParameter(f *testing.F) {
	f.Add(`{"userinfo":{"email":null},"id_token":{"acr":{"essential":true,"values":["1"]}}}`)
	f.Add(`{"id_token":{"sub":{"value":{"a":[1]}}}}`)
	f.Fuzz(func(t *testing.T, claims string) {
		h := newOpenIDHouse(t, nil)
		p, err := provider.ParseParams(url.Values{
			"response_type": {"code"}, "client_id": {h.id}, "scope": {"openid"}, "code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"}, "claims": {claims},
		}.Encode())
		if err != nil {
			return
		}
		r, err := h.Begin(ctx, p)
		if err != nil {
			return
		}
		handle, err := h.Seal(r, "browser")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Open(ctx, handle, "browser"); err != nil {
			t.Fatal(err)
		}
	})
}
