package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func (h *house) introspect(token string, pairs ...string) (provider.Introspection, error) {
	h.t.Helper()
	return h.Introspect(ctx, "", params(h.t, append([]string{"client_id", h.id, "client_secret", h.key, "token", token}, pairs...)...))
}

func TestIntrospectionDescribesTokens(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		tokens := h.tokens("scope", "read")
		got, err := h.introspect(tokens.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		// RFC 7662 §2.2.
		want := provider.Introspection{
			Active: true, Scope: "read", ClientID: h.id, TokenType: "Bearer", Subject: "ada-id", Audience: issuer, Issuer: issuer,
			ExpiresAt: h.now.Add(time.Hour).Unix(), IssuedAt: h.now.Unix(), NotBefore: h.now.Unix(), ID: got.ID,
		}
		if got != want || got.ID == "" {
			t.Errorf("%s: got %+v, want %+v", format, got, want)
		}
		// A client can introspect its refresh tokens.
		got, err = h.introspect(tokens.RefreshToken)
		if err != nil || !got.Active || got.TokenType != "" || got.Subject != "ada-id" {
			t.Errorf("the refresh token: %+v %v", got, err)
		}
		own, err := h.token("grant_type", "client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := h.introspect(own.AccessToken); got.Subject != h.id || got.Username != "" {
			t.Errorf("%s of the client itself: %+v", format, got)
		}
	}
}

func TestOnlyItsClientOrAResourceServerCanIntrospectAToken(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	key := h.key
	stranger, api, public := h.client(), h.client(), h.client()
	stranger.ID, api.ID, public.ID = "stranger", "api", "public"
	api.ResourceServer, api.GrantTypes = true, nil
	public.Type = oauth.Public
	h.key = key
	secrets := map[string]string{"stranger": stranger.RotateSecret(h.now, 0), "api": api.RotateSecret(h.now, 0)}
	h.add(stranger)
	h.add(api)
	h.add(public)
	for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
		if got, err := h.introspect(token, "client_id", "stranger", "client_secret", secrets["stranger"]); err != nil || got != (provider.Introspection{}) {
			t.Errorf("another client gets %+v %v", got, err)
		}
		// An API that only checks whether a token is active would accept a refresh
		// token as an access token.
		if got, err := h.introspect(token, "client_id", "api", "client_secret", secrets["api"]); err != nil || got.Active != (token == tokens.AccessToken) {
			t.Errorf("a resource server gets %+v %v", got, err)
		}
		_, err := h.introspect(token, "client_id", "public", "client_secret", "")
		wantCode(t, err, "invalid_client")
	}
	_, err := h.introspect(tokens.AccessToken, "client_secret", "")
	wantCode(t, err, "invalid_client")
	_, err = h.introspect("")
	wantCode(t, err, "invalid_request")
}

// TestIntrospectionReturnsTheUsernameOnlyWithScopeProfile: the consent page did not
// mention the username, and it would identify the person behind a pairwise sub.
func TestIntrospectionReturnsTheUsernameOnlyWithScopeProfile(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.AccessTokenFormat, c.SubjectType = format, oauth.SubjectPairwise
		})
		key := h.key
		api := h.client()
		api.ID, api.ResourceServer, api.GrantTypes = "api", true, nil
		secret := api.RotateSecret(h.now, 0)
		h.add(api)
		h.key = key
		for scope, want := range map[string]string{"openid": "", "read": "", "openid profile": "ada"} {
			tokens := h.tokens("scope", scope)
			for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
				if got, err := h.introspect(token); err != nil || !got.Active || got.Username != want {
					t.Errorf("%s, scope %s: the client gets the username %q of %s, want %q (%v)", format, scope, got.Username, got.Subject, want, err)
				}
			}
			if got, err := h.introspect(tokens.AccessToken, "client_id", "api", "client_secret", secret); err != nil || got.Username != "ada" {
				t.Errorf("%s, scope %s: a resource server gets the username %q (%v)", format, scope, got.Username, err)
			}
		}
	}
}

func TestOtherTextsAndExpiredTokensAreInactive(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	code := h.code()
	middle := len(tokens.AccessToken) / 2
	for name, token := range map[string]string{
		"an unknown text": "x", "a truncated token": tokens.AccessToken[:70], "a longer token": tokens.AccessToken + "0", "a changed digit": tokens.AccessToken[:middle] + flip(tokens.AccessToken[middle]) + tokens.AccessToken[middle+1:],
		"an access token with the prefix of a refresh token": "lk_rt_" + tokens.AccessToken[6:], "a refresh token with the prefix of an access token": "lk_at_" + tokens.RefreshToken[6:],
		"a code": code, "a client secret": h.key, "only dots": "..", "a long text": strings.Repeat("a.b.c", 2500),
	} {
		if got, err := h.introspect(token); err != nil || got.Active {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	next, err := h.refresh(tokens.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := h.introspect(tokens.RefreshToken); got.Active {
		t.Error("a used refresh token is active")
	}
	h.pass(time.Hour)
	if got, _ := h.introspect(next.AccessToken); got.Active {
		t.Error("an expired access token is active")
	}
}

func TestRevokingOneTokenRevokesBoth(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		for _, which := range []string{"access", "refresh", "an old refresh"} {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
			tokens := h.tokens()
			token := map[string]string{"access": tokens.AccessToken, "refresh": tokens.RefreshToken, "an old refresh": tokens.RefreshToken}[which]
			if which == "an old refresh" {
				next, err := h.refresh(token)
				if err != nil {
					t.Fatal(err)
				}
				tokens = next
			}
			if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", token, "token_type_hint", "nonsense")); err != nil {
				t.Fatal(err)
			}
			if h.active(tokens.AccessToken) {
				t.Errorf("%s, by %s: the access token is still active", format, which)
			}
			_, err := h.refresh(tokens.RefreshToken)
			wantCode(t, err, "invalid_grant")
		}
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		own, err := h.token("grant_type", "client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", own.AccessToken)); err != nil || h.active(own.AccessToken) {
			t.Errorf("%s of the client itself: %v", format, err)
		}
	}
}

func TestClientCannotRevokeTokensOfAnother(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		tokens := h.tokens()
		key := h.key
		other := h.client()
		other.ID = "other"
		secret := other.RotateSecret(h.now, 0)
		h.add(other)
		h.key = key
		for _, token := range []string{tokens.AccessToken, tokens.RefreshToken, "unknown"} {
			// RFC 7009 §2.2: the response is the same as for a valid token.
			if err := h.Revoke(ctx, "", params(t, "client_id", "other", "client_secret", secret, "token", token)); err != nil {
				t.Error(err)
			}
			wantCode(t, h.Revoke(ctx, "", params(t, "client_id", h.id, "token", token)), "invalid_client")
		}
		if _, err := h.refresh(tokens.RefreshToken); err != nil || !h.active(tokens.AccessToken) {
			t.Errorf("%s: another client has revoked the tokens: %v", format, err)
		}
		wantCode(t, h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key)), "invalid_request")
	}
}

func TestJWTAccessTokenHasTheClaimsOfRFC9068(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	token := h.tokens("scope", "read").AccessToken
	document, err := h.JWKS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(document.Body, &keys); err != nil {
		t.Fatal(err)
	}
	if len(keys.Keys) != len(oauth.SigningAlgorithms()) || !keys.Keys[0].IsPublic() || strings.Contains(string(document.Body), `"d"`) {
		t.Fatalf("the JWKS is %s", document.Body)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := signed.Verify(keys)
	if err != nil {
		t.Fatal(err)
	}
	if header := signed.Signatures[0].Header; header.ExtraHeaders["typ"] != "at+jwt" || header.KeyID != keys.Keys[0].KeyID {
		t.Errorf("the header is %+v", header)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"iss": issuer, "aud": issuer, "sub": "ada-id", "client_id": h.id, "scope": "read", "iat": float64(h.now.Unix()), "exp": float64(h.now.Add(time.Hour).Unix()),
		"auth_time": float64(h.who.AuthTime.Unix()),
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	// RFC 9700 §4.15: a client is the subject of its own tokens, so its id must
	// not look like the id of a person.
	if faults := provider.ValidateClient(&oauth.Client{ID: "01a20a30-0f96-7766-b4c9-ad40215f973d", Name: "x", Type: oauth.Public}, nil); !strings.Contains(faults.Error(), "must not be a UUID") {
		t.Errorf("a client with the id of a person: %v", faults)
	}
}

func TestForgedJWTAccessTokenIsInactive(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	token := h.tokens().AccessToken
	parts := strings.Split(token, ".")
	document, _ := h.JWKS(ctx)
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	// Each forged token differs from a valid one in one thing only.
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(document.Body, &set); err != nil {
		t.Fatal(err)
	}
	header := func(alg string) string {
		for _, key := range set.Keys {
			if key.Algorithm == string(jose.ES256) {
				return encode(`{"alg":"` + alg + `","kid":"` + key.KeyID + `","typ":"at+jwt"}`)
			}
		}
		return ""
	}
	if header("ES256") != parts[0] {
		t.Fatalf("the header of a valid token is %s", parts[0])
	}
	hs256 := func(secret []byte) string {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(header("HS256") + "." + parts[1]))
		return header("HS256") + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	public, err := x509.MarshalPKIXPublicKey(set.Keys[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string]string{
		"alg none":                       header("none") + "." + parts[1] + ".",
		"alg none, still signed":         header("none") + "." + parts[1] + "." + parts[2],
		"alg nONe":                       header("nONe") + "." + parts[1] + ".",
		"alg RS256 with an ES256 key":    header("RS256") + "." + parts[1] + "." + parts[2],
		"no alg":                         encode(`{}`) + "." + parts[1] + "." + parts[2],
		"HS256 with the public key":      hs256(public),
		"HS256 with the public key, PEM": hs256(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"HS256 with the key set":         hs256(document.Body),
		"HS256 with an empty secret":     hs256(nil),
		"other claims":                   parts[0] + "." + encode(strings.Replace(string(payload), "ada-id", "bob-id", 1)) + "." + parts[2],
		"another signature":              parts[0] + "." + parts[1] + "." + encode(strings.Repeat("x", 64)),
		"no signature":                   parts[0] + "." + parts[1] + ".",
		"a kid that is a path":           encode(`{"alg":"ES256","kid":"../../x","jku":"https://evil.example","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
		"a key in the header":            ownKey(t, payload),
		"a token of another server":      newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT }).tokens().AccessToken,
	} {
		if h.active(forged) {
			t.Errorf("%s is active", name)
		}
	}
}

// ownKey returns a token whose header contains the key that signed it.
func ownKey(t *testing.T, payload []byte) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("at+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMetadataListsTheGrants(t *testing.T) {
	h := newHouse(t, nil)
	document, err := h.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(document.Body, &got); err != nil {
		t.Fatal(err)
	}
	if got["issuer"] != issuer || got["authorization_response_iss_parameter_supported"] != true {
		t.Errorf("got %s", document.Body)
	}
	listed, _ := json.Marshal(got["grant_types_supported"])
	want, _ := json.Marshal(provider.GrantTypes())
	if string(listed) != string(want) {
		t.Errorf("the grants are %s, want %s", listed, want)
	}
}
