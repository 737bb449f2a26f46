package provider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// lock is a key pair of a client for encryption.
type lock struct {
	private crypto.Signer
	kid     string
}

func newLock(t *testing.T, alg string) lock {
	t.Helper()
	if alg == "ECDH-ES" {
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return lock{key, "ec"}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return lock{key, "rsa"}
}

// set returns a JWK Set with the public key and with keys that must not be used.
func (l lock) set(t *testing.T) []byte {
	t.Helper()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: other.Public(), KeyID: "signs", Use: "sig"},
		{Key: other.Public(), KeyID: "other"},
		{Key: l.private.Public(), KeyID: l.kid, Use: "enc"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// open decrypts a JWE and returns its text and content type.
func (l lock) open(t *testing.T, alg, enc, text string) (plain, contentType string) {
	t.Helper()
	object, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.KeyAlgorithm(alg)}, []jose.ContentEncryption{jose.ContentEncryption(enc)})
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if object.Header.KeyID != l.kid {
		t.Errorf("the text is encrypted to the key %q", object.Header.KeyID)
	}
	body, err := object.Decrypt(l.private)
	if err != nil {
		t.Fatal(err)
	}
	contentType, _ = object.Header.ExtraHeaders[jose.HeaderContentType].(string)
	return string(body), contentType
}

func TestIDTokensAndUserinfoCanBeEncrypted(t *testing.T) {
	for _, alg := range oauth.EncryptionAlgorithms() {
		l := newLock(t, alg)
		for _, enc := range append(oauth.ContentEncryptions(), "") {
			t.Run(alg+" "+enc, func(t *testing.T) {
				h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
					c.ClientOpenID = oauth.ClientOpenID{JWKS: l.set(t), IDTokenEncAlg: alg, IDTokenEncEnc: enc, UserInfoEncAlg: alg, UserInfoEncEnc: enc, UserInfoAlg: oauth.AlgES256}
					if faults := provider.ValidateClient(c, append(oauth.DefaultScopeInfos(), oauth.OpenIDScopeInfos()...)); len(faults) > 0 {
						t.Fatal(faults)
					}
				})
				if enc == "" {
					enc = "A128CBC-HS256" // OpenID Connect Registration §2
				}
				answer := h.tokens("scope", "openid email", "nonce", "n")
				signed, contentType := l.open(t, alg, enc, answer.IDToken)
				if claims := h.payload(signed); contentType != "JWT" || claims["nonce"] != "n" || claims["sub"] != "ada-id" {
					t.Errorf("got %s, %v", contentType, claims)
				}
				// OpenID Connect Core §3.1.2.1: the client sends the decrypted ID token as
				// a hint.
				if _, err := h.ask("scope", "openid", "nonce", "n", "id_token_hint", signed); err != nil {
					t.Error(err)
				}
				info, err := h.UserInfo(ctx, answer.AccessToken)
				if err != nil || !info.JWT {
					t.Fatalf("%+v, %v", info, err)
				}
				signed, contentType = l.open(t, alg, enc, string(info.Body))
				if claims := h.payload(signed); contentType != "JWT" || claims["email"] != "ada@example.com" || claims["aud"] != h.id {
					t.Errorf("got %s, %v", contentType, claims)
				}
			})
		}
	}
}

func TestUserinfoCanBeEncryptedWithoutSignature(t *testing.T) {
	l := newLock(t, "ECDH-ES")
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.ClientOpenID = oauth.ClientOpenID{JWKS: l.set(t), UserInfoEncAlg: "ECDH-ES", UserInfoEncEnc: "A256GCM"}
	})
	info, err := h.UserInfo(ctx, h.tokens("scope", "openid email").AccessToken)
	if err != nil || !info.JWT {
		t.Fatalf("%+v, %v", info, err)
	}
	plain, contentType := l.open(t, "ECDH-ES", "A256GCM", string(info.Body))
	var claims map[string]any
	if err := json.Unmarshal([]byte(plain), &claims); err != nil || claims["email"] != "ada@example.com" || contentType != "" {
		t.Errorf("got %s, %s", contentType, plain)
	}
}

func TestCodeStaysValidIfTheIDTokenCannotBeEncrypted(t *testing.T) {
	l := newLock(t, "ECDH-ES")
	s := &signing{publish: make(map[string]string)}
	h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Outbound, config.CodeTTL, c.ClientOpenID = s, 5*time.Minute, oauth.ClientOpenID{JWKSURI: keysAt, IDTokenEncAlg: "ECDH-ES"}
	})
	code := h.code("scope", "openid", "nonce", "n")
	if _, err := h.exchange(code); !errors.Is(err, oauth.ErrUnavailable) {
		t.Fatalf("keys that cannot be fetched: %v", err)
	}
	s.publish[keysAt] = `{"keys":[]}`
	h.pass(61 * time.Second)
	_, err := h.exchange(code)
	wantCode(t, err, "invalid_request")
	s.publish[keysAt] = string(l.set(t))
	h.pass(61 * time.Second)
	answer, err := h.exchange(code)
	if err != nil {
		t.Fatal(err)
	}
	l.open(t, "ECDH-ES", "A128CBC-HS256", answer.IDToken)
}
