package resource_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestIntrospectionAuthenticatesWithAKey: RFC 7523 §2.2, §3.
func TestIntrospectionAuthenticatesWithAKey(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for name, key := range map[string]struct {
		private crypto.PrivateKey
		id      string
		public  crypto.PublicKey
	}{"ECDSA": {private, `a "kid"`, private.Public()}, "Ed25519": {edwards, "", edwards.Public()}} {
		e := &endpoint{status: http.StatusOK, body: `{"active":true,"token_type":"Bearer","sub":"ada"}`}
		i := &resource.Introspection{
			URL: "https://id.example/introspect", ClientID: "api", AllowAnyAudience: true, Client: &http.Client{Transport: e},
			Key: &resource.ClientKey{Private: key.private, ID: key.id, Audience: "https://id.example", Clock: func() time.Time { return now }},
		}
		seen := make(map[any]bool)
		for range 2 {
			if _, err := i.Verify(t.Context(), "token"); err != nil {
				t.Fatal(err)
			}
			form, err := url.ParseQuery(e.form)
			if err != nil || e.request.Header.Get("Authorization") != "" || form.Get("token") != "token" ||
				form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
				t.Errorf("%s: the form is %v, %v", name, form, err)
			}
			object, err := jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA})
			if err != nil {
				t.Fatal(err)
			}
			payload, err := object.Verify(key.public)
			if err != nil {
				t.Fatal(err)
			}
			var claims map[string]any
			if err := json.Unmarshal(payload, &claims); err != nil {
				t.Fatal(err)
			}
			kid := object.Signatures[0].Header.KeyID
			if claims["iss"] != "api" || claims["sub"] != "api" || claims["aud"] != "https://id.example" || claims["exp"] != float64(now.Unix()+60) ||
				seen[claims["jti"]] || len(claims["jti"].(string)) < 20 || (key.id != "" && kid != key.id) || kid == "" {
				t.Errorf("%s: kid %q, claims %v", name, kid, claims)
			}
			seen[claims["jti"]] = true
		}
	}
}

func TestKeysThatCannotAuthenticateAreRejected(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for says, key := range map[string]*resource.ClientKey{
		"cannot be used for ES256": {Private: p384, Audience: "https://id.example"},
		"is a <nil>":               {Audience: "https://id.example"},
		"has 1024 bits":            {Private: &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023)}}, Audience: "https://id.example"},
		"no Audience":              {Private: edwards},
	} {
		if _, err := key.Assertion("api"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
}

// TestGuardAuthenticatesWithItsKey: RFC 7523 §2.2.
func TestGuardAuthenticatesWithItsKey(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: "k", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	p := latchkeytest.New(t)
	api, _ := p.AddClient("https://x.example", func(c *oauth.Client) {
		c.ResourceServer, c.GrantTypes, c.AuthMethod, c.JWKS = true, nil, oauth.AuthPrivateKeyJWT, set
	})
	app, secret := p.AddClient("https://app.example/cb", nil)
	response, err := http.PostForm(p.Issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ID}, "client_secret": {secret}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&issued); err != nil {
		t.Fatal(err)
	}
	guard := &resource.Introspection{
		URL: p.Issuer + "/introspect", ClientID: api.ID, Audience: p.Issuer,
		Key: &resource.ClientKey{Private: private, ID: "k", Audience: p.Issuer},
	}
	for range 2 { // each with its own assertion
		if found, err := guard.Verify(t.Context(), issued.Token); err != nil || found.ClientID != app.ID {
			t.Errorf("got %+v, %v", found, err)
		}
	}
}
