package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// shortRSA returns a public key of 1024 bits that has no private half.
func shortRSA() *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), 1023)
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}
}

// jwks returns a JWK Set of new ES256 keys with these ids.
func jwks(t testing.TB, kids ...string) string {
	t.Helper()
	set := gojose.JSONWebKeySet{Keys: []gojose.JSONWebKey{}}
	for _, kid := range kids {
		set.Keys = append(set.Keys, gojose.JSONWebKey{Key: ec(t, elliptic.P256()), KeyID: kid, Use: "sig", Algorithm: jose.ES256})
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestParseSetReturnsPublicKeysOnly: a set can have keys of types that are
// unknown here (RFC 7517 §5).
func TestParseSetReturnsPublicKeysOnly(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := json.Marshal(gojose.JSONWebKey{Key: private, KeyID: "leaked"})
	if err != nil {
		t.Fatal(err)
	}
	two := jwks(t, "a", "b")
	before := func(key string) string { return strings.Replace(two, `"keys":[`, `"keys":[`+key+`,`, 1) }
	const maxBytes, maxKeys = 1000, 3
	for name, test := range map[string]struct {
		text    string
		keys    int
		failed  bool
		private bool
	}{
		"two keys":               {two, 2, false, false},
		"no keys":                {`{"keys":[]}`, 0, false, false},
		"a key of unknown type":  {before(`{"kty":"AKP","alg":"ML-DSA-44","kid":"new","pub":"AA"}`), 2, false, false},
		"a key of unknown curve": {before(`{"kty":"EC","crv":"P-1","x":"AA","y":"AA"}`), 2, false, false},
		"a key that is a number": {before(`1`), 2, false, false},
		"a private key":          {before(string(leaked)), 2, true, true},
		"a shared secret":        {before(`{"kty":"oct","kid":"x","k":"AA"}`), 2, true, true},
		"no list of keys":        {`{}`, 0, true, false},
		"keys that are null":     {`{"keys":null}`, 0, true, false},
		"not JSON":               {`<html>`, 0, true, false},
		"nothing":                {``, 0, true, false},
		"too many keys":          {`{"keys":[1,1,1,1]}`, 0, true, false},
		"too long":               {two + strings.Repeat(" ", maxBytes), 0, true, false},
	} {
		keys, err := jose.ParseSet([]byte(test.text), maxBytes, maxKeys)
		if len(keys) != test.keys || (err != nil) != test.failed || errors.Is(err, jose.ErrPrivateKey) != test.private {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
}

func TestMarshalSetWritesWhatParseSetReads(t *testing.T) {
	keys, err := jose.ParseSet([]byte(jwks(t, "a", "b")), 1<<10, 2)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jose.MarshalSet(keys)
	if err != nil {
		t.Fatal(err)
	}
	again, err := jose.ParseSet(text, 1<<10, 2)
	if err != nil || len(again) != 2 || again[0].ID() != "a" || again[1].ID() != "b" || again[0].Use() != "sig" {
		t.Errorf("%s: %v", text, err)
	}
	if text, err := jose.MarshalSet(nil); err != nil || string(text) != `{"keys":[]}` {
		t.Errorf("an empty set is %s: %v", text, err)
	}
}

func FuzzKeySet(f *testing.F) {
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`)
	f.Add(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := jose.ParseSet([]byte(text), 64<<10, 32)
		if err != nil && !errors.Is(err, jose.ErrPrivateKey) && keys != nil {
			t.Errorf("%q: keys with the error %v", text, err)
		}
		for i := range keys {
			if written, err := keys[i].MarshalJSON(); err != nil || strings.Contains(string(written), `"d":`) {
				t.Errorf("%q has the key %s: %v", text, written, err)
			}
			for _, alg := range jose.SigningAlgorithms() {
				jose.Verifies(alg, "a")(&keys[i])
			}
			jose.Encrypts(jose.ECDHES)(&keys[i])
		}
	})
}
