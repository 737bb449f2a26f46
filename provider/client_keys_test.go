package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// jwks returns a JWK Set of new ES256 keys with these ids.
func jwks(t *testing.T, kids ...string) string {
	t.Helper()
	var keys jose.JSONWebKeySet
	for _, kid := range kids {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys.Keys = append(keys.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: kid, Use: "sig", Algorithm: oauth.AlgES256})
	}
	body, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestClientPublishesPublicKeysInOnePlace(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := json.Marshal(jose.JSONWebKey{Key: private})
	if err != nil {
		t.Fatal(err)
	}
	one := jwks(t, "a")
	with := func(key string) string { return strings.Replace(one, `"keys":[`, `"keys":[`+key+`,`, 1) }
	for name, test := range map[string]struct {
		jwks, uri string
		field     string
	}{
		"no keys at all":        {"", "", ""},
		"keys":                  {one, "", ""},
		"a key of unknown type": {with(`{"kty":"AKP"}`), "", ""},
		"a URI":                 {"", "https://app.example/jwks", ""},
		"keys and a URI":        {one, "https://app.example/jwks", "jwks"},
		"a private key":         {with(string(leaked)), "", "jwks"},
		"a shared secret":       {with(`{"kty":"oct","k":"c2VjcmV0"}`), "", "jwks"},
		"an empty list":         {`{"keys":[]}`, "", "jwks"},
		"no list":               {`{}`, "", "jwks"},
		"not JSON":              {`keys`, "", "jwks"},
		"33 keys":               {jwks(t, strings.Split(strings.Repeat("a,", 32), ",")...), "", "jwks"},
		"64 KiB":                {one + strings.Repeat(" ", 64<<10), "", "jwks"},
		"an http URI":           {"", "http://app.example/jwks", "jwks_uri"},
		"a URI without a host":  {"", "https:///jwks", "jwks_uri"},
		"a URI with a password": {"", "https://a:b@app.example/jwks", "jwks_uri"},
	} {
		c := &oauth.Client{
			ID: "x", Name: "X", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{callback},
			ClientOpenID: oauth.ClientOpenID{JWKS: json.RawMessage(test.jwks), JWKSURI: test.uri},
		}
		faults, field := provider.ValidateClient(c, nil), ""
		if len(faults) > 0 {
			field = faults[0].Field
		}
		if field != test.field || len(faults) > 1 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

// TestKeysOfAClientAreCached: the JWK Set of a client is fetched again for an
// unknown kid, but at most once per minute (OpenID Connect Core §10.1.1). While
// it cannot be fetched, the known keys are used for an hour.
func TestKeysOfAClientAreCached(t *testing.T) {
	s := newSigning(t, nil)
	rotated := jwks(t, "k2")
	first := s.publish[keysAt]
	for _, step := range []struct {
		name    string
		pass    time.Duration
		publish string
		code    string
		fetches int // in total
	}{
		{"the first request", 0, first, "", 1},
		{"the second request", 0, first, "", 1},
		{"a set without the key before it is fetched again", 10*time.Minute - 1, rotated, "", 1},
		{"a set without the key after it is fetched again", time.Millisecond, rotated, "invalid_request_object", 2},
		{"the key is back, at once", 0, first, "invalid_request_object", 2},
		{"the key is back, after a minute", time.Minute, first, "", 3},
		{"the URI returns a private key", 10 * time.Minute, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`, "", 4},
		{"the URI is unavailable after an hour", time.Hour, "", "invalid_request_object", 5},
	} {
		s.pass(step.pass)
		if s.publish[keysAt] = step.publish; step.publish == "" {
			delete(s.publish, keysAt)
		}
		_, err := s.ask("request", s.object("", s.completeRequest()), "scope", "openid", "nonce", "n")
		wantCode(t, err, step.code)
		if got := strings.Count(strings.Join(s.asked, " "), keysAt); got != step.fetches {
			t.Errorf("%s: %d fetches, want %d", step.name, got, step.fetches)
		}
	}
}

// slowKeys is an Outbound with a key set that takes a while to fetch.
type slowKeys struct {
	*signing
	fetches int
}

func (s *slowKeys) Get(ctx context.Context, address string, limit int64) ([]byte, error) {
	if s.fetches++; ctx.Err() != nil {
		return nil, ctx.Err()
	}
	time.Sleep(time.Second)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return s.signing.Get(ctx, address, limit)
}

// TestClientThatDisconnectsDoesNotCancelTheFetchOfKeys: others wait for it too.
func TestClientThatDisconnectsDoesNotCancelTheFetchOfKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSigning(t, nil)
		slow := &slowKeys{signing: s}
		config := s.Config
		config.Outbound = slow
		var err error
		if s.Provider, err = provider.New(ctx, config); err != nil {
			t.Fatal(err)
		}
		p := params(t, "client_id", s.id, "scope", "openid", "nonce", "n", "response_type", "code", "request", s.object("", s.completeRequest()))
		impatient, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		if _, err := s.Begin(impatient, p); err == nil || isVisible(err) {
			t.Errorf("a client that disconnected: %v", err)
		}
		if _, err := s.Begin(ctx, p); err != nil || slow.fetches != 1 {
			t.Errorf("the next client, after %d fetches: %v", slow.fetches, err)
		}
	})
}
