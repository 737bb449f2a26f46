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

// The tokens of a client are signed with the algorithm of its ID tokens, with that of its userinfo
// responses, and with those of the resources for which it can get JWT access tokens.
func TestSigningAlgorithmsAreThoseOfTheTokensOfTheClient(t *testing.T) {
	h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
		config.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "tools"})
		config.Resources = []oauth.ResourceInfo{
			{URI: mcp, Scopes: oauth.Scopes{"tools"}, TokenFormat: oauth.JWT, SigningAlg: oauth.AlgEdDSA},
			{URI: files, Scopes: oauth.Scopes{"write"}, SigningAlg: oauth.AlgPS256},
		}
	})
	web, machine := []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}, []string{oauth.GrantClientCredentials}
	for name, test := range map[string]struct {
		client oauth.Client
		want   string
	}{
		"a web application":                           {oauth.Client{GrantTypes: web, Scopes: oauth.Scopes{"openid", "read"}, Resources: []string{"https://other.example"}}, "RS256"},
		"its own algorithms":                          {oauth.Client{GrantTypes: web, Scopes: oauth.Scopes{"openid"}, Resources: []string{"https://other.example"}, ClientOpenID: oauth.ClientOpenID{IDTokenAlg: oauth.AlgES256, UserInfoAlg: oauth.AlgEdDSA}}, "ES256 EdDSA"},
		"ID tokens that its secret signs":             {oauth.Client{GrantTypes: web, Scopes: oauth.Scopes{"openid"}, Resources: []string{"https://other.example"}, ClientOpenID: oauth.ClientOpenID{IDTokenAlg: oauth.AlgHS256}}, ""},
		"without the scope openid":                    {oauth.Client{GrantTypes: web, Scopes: oauth.Scopes{"read"}}, ""},
		"a device":                                    {oauth.Client{GrantTypes: []string{oauth.GrantDeviceCode}, Scopes: oauth.Scopes{"openid"}, Resources: []string{files}}, "RS256"},
		"an ID token from the authorization endpoint": {oauth.Client{Scopes: oauth.Scopes{"openid"}, ClientOpenID: oauth.ClientOpenID{ResponseTypes: []string{"id_token"}}}, "RS256"},
		"an access token from there":                  {oauth.Client{Scopes: oauth.Scopes{"read"}, AccessTokenFormat: oauth.JWT, ClientOpenID: oauth.ClientOpenID{ResponseTypes: []string{"token"}}}, "ES256"},
		"a machine with opaque tokens":                {oauth.Client{GrantTypes: machine, Scopes: oauth.Scopes{"read"}}, ""},
		"a machine with JWTs":                         {oauth.Client{GrantTypes: machine, Scopes: oauth.Scopes{"read"}, AccessTokenFormat: oauth.JWT}, "ES256"},
		"a machine at a resource with JWTs":           {oauth.Client{GrantTypes: machine, Scopes: oauth.Scopes{"tools"}}, "EdDSA"},
		"that may request only another resource":      {oauth.Client{GrantTypes: machine, Scopes: oauth.Scopes{"tools"}, Resources: []string{files}}, ""},
		"JWTs for a resource with an algorithm":       {oauth.Client{GrantTypes: machine, Scopes: oauth.Scopes{"write"}, AccessTokenFormat: oauth.JWT}, "ES256 PS256"},
		"token exchange, whose tokens are JWTs":       {oauth.Client{GrantTypes: []string{oauth.GrantTokenExchange}, Scopes: oauth.Scopes{"read"}}, "ES256"},
		"an API, which has no tokens":                 {oauth.Client{ResourceServer: true, AccessTokenFormat: oauth.JWT}, ""},
	} {
		if got := strings.Join(h.SigningAlgorithms(&test.client), " "); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
