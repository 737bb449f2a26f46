package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// publisher is a client that publishes its keys.
type publisher struct {
	body  string
	err   error
	asked int
}

func (p *publisher) Get(context.Context, string, int64) ([]byte, error) {
	p.asked++
	return []byte(p.body), p.err
}

func (*publisher) Post(context.Context, string, url.Values) error { return errors.New("no") }

// set makes a key set of new keys with these ids.
func set(t *testing.T, kids ...string) string {
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

// TestAKeySetIsFetchedWhenItMustBe: unknown keys and failures make no storm,
// and a client that is away for a while keeps its keys.
func TestAKeySetIsFetchedWhenItMustBe(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	p := &publisher{body: set(t, "a")}
	sets := &keySets{outbound: p, clock: func() time.Time { return now }}
	for _, step := range []struct {
		name   string
		change func()
		kid    string
		found  bool
		away   bool
		asked  int // in all
	}{
		{"the first time", func() {}, "a", true, false, 1},
		{"again", func() {}, "a", true, false, 1},
		{"an unknown key at once", func() {}, "b", false, false, 1},
		{"an unknown key after a minute", func() { now = now.Add(time.Minute) }, "b", false, false, 2},
		{"another at once", func() { p.body = set(t, "a", "c") }, "c", false, false, 2},
		{"the other after a minute", func() { now = now.Add(time.Minute) }, "c", true, false, 3},
		{"a known one within ten minutes", func() { now = now.Add(9 * time.Minute) }, "a", true, false, 3},
		{"after ten, the client being away", func() { now = now.Add(time.Minute); p.err = errors.New("away") }, "a", true, false, 4},
		{"at once, still away", func() {}, "a", true, false, 4},
		{"an unknown key, still away", func() {}, "d", false, true, 4},
		{"after an hour, still away", func() { now = now.Add(time.Hour) }, "a", false, true, 5},
		{"back, but not a minute later", func() { p.err = nil }, "a", false, true, 5},
		{"back", func() { now = now.Add(time.Minute) }, "a", true, false, 6},
		{"what is no key set", func() { now = now.Add(time.Hour); p.body = "<html>" }, "a", false, true, 7},
	} {
		step.change()
		keys, err := sets.find(context.Background(), "https://app.example/jwks", verifies(oauth.AlgES256, step.kid))
		if (len(keys) == 1) != step.found || errors.Is(err, oauth.ErrUnavailable) != step.away || p.asked != step.asked {
			t.Errorf("%s: %d keys, %v, asked %d times", step.name, len(keys), err, p.asked)
		}
	}
}

func TestAFetchOutlivesWhoBeganIt(t *testing.T) {
	p := &stubborn{}
	sets := &keySets{outbound: p, clock: time.Now}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sets.find(ctx, "https://app.example/jwks", verifies(oauth.AlgES256, "")); err != nil {
		t.Errorf("who gives up spoils it for others: %v", err)
	}
}

// stubborn fails when it is given up.
type stubborn struct{ publisher }

func (*stubborn) Get(ctx context.Context, _ string, _ int64) ([]byte, error) {
	return []byte(`{"keys":[]}`), ctx.Err()
}

func TestTheKeySetsAreBounded(t *testing.T) {
	sets := &keySets{outbound: &publisher{body: `{"keys":[]}`}, clock: time.Now}
	for i := range maxKeySets + 10 {
		if _, err := sets.find(context.Background(), strings.Repeat("x", i), verifies(oauth.AlgES256, "")); err != nil {
			t.Fatal(err)
		}
	}
	if len(sets.sets) > maxKeySets {
		t.Errorf("%d sets are kept", len(sets.sets))
	}
}

func TestAKeyVerifiesWhatItIsFor(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key      jose.JSONWebKey
		alg, kid string
		want     bool
	}{
		"the same kid":        {jose.JSONWebKey{Key: ec.Public(), KeyID: "a"}, oauth.AlgES256, "a", true},
		"no kid asked for":    {jose.JSONWebKey{Key: ec.Public(), KeyID: "a"}, oauth.AlgES256, "", true},
		"no kid known":        {jose.JSONWebKey{Key: ec.Public()}, oauth.AlgES256, "a", true},
		"another kid":         {jose.JSONWebKey{Key: ec.Public(), KeyID: "b"}, oauth.AlgES256, "a", false},
		"a key to encrypt":    {jose.JSONWebKey{Key: ec.Public(), Use: "enc"}, oauth.AlgES256, "", false},
		"another algorithm":   {jose.JSONWebKey{Key: ec.Public(), Algorithm: "ES384"}, oauth.AlgES256, "", false},
		"another curve":       {jose.JSONWebKey{Key: p384.Public()}, oauth.AlgES256, "", false},
		"another kind":        {jose.JSONWebKey{Key: ec.Public()}, oauth.AlgEdDSA, "", false},
		"Ed25519":             {jose.JSONWebKey{Key: edwards}, oauth.AlgEdDSA, "", true},
		"no algorithm at all": {jose.JSONWebKey{Key: ec.Public()}, "none", "", false},
	} {
		if got := verifies(test.alg, test.kid)(&test.key); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAClientsKeysArePublicAndInOnePlace(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private}}})
	if err != nil {
		t.Fatal(err)
	}
	good := set(t, "a")
	for name, test := range map[string]struct {
		jwks, uri string
		field     string
	}{
		"none":                    {"", "", ""},
		"keys":                    {good, "", ""},
		"a kind unknown here too": {strings.Replace(good, `"keys":[`, `"keys":[{"kty":"AKP"},`, 1), "", ""},
		"an address":              {"", "https://app.example/jwks", ""},
		"both":                    {good, "https://app.example/jwks", "jwks"},
		"a private key":           {string(leaked), "", "jwks"},
		"a secret":                {`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`, "", "jwks"},
		"no keys":                 {`{"keys":[]}`, "", "jwks"},
		"no set":                  {`{}`, "", "jwks"},
		"no JSON":                 {`keys`, "", "jwks"},
		"too many":                {set(t, strings.Split(strings.Repeat("a,", maxClientKeys), ",")...), "", "jwks"},
		"http":                    {"", "http://app.example/jwks", "jwks_uri"},
		"no host":                 {"", "https:///jwks", "jwks_uri"},
		"a password":              {"", "https://a:b@app.example/jwks", "jwks_uri"},
	} {
		v := validation{}
		v.keys(&oauth.Client{ClientOpenID: oauth.ClientOpenID{JWKS: json.RawMessage(test.jwks), JWKSURI: test.uri}})
		field := ""
		if len(v.faults) > 0 {
			field = v.faults[0].Field
		}
		if field != test.field {
			t.Errorf("%s: %v", name, v.faults)
		}
	}
}

func FuzzKeySet(f *testing.F) {
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`)
	f.Add(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := parseKeySet([]byte(text))
		for i := range keys {
			if err != nil || !keys[i].IsPublic() {
				t.Errorf("%q: %v", text, err)
			}
			for _, alg := range oauth.SigningAlgorithms() {
				verifies(alg, "a")(&keys[i])
			}
		}
	})
}
