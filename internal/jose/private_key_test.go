package jose_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

const payload = `{"iss":"https://id.example/o","aud":"https://id.example/o","sub":"01a20a30-0f96-7766-b4c9-ad40215f973d","client_id":"client","iat":1772600000,"exp":1772603600,"jti":"01a20a30-0f96-7766-b4c9-ad40215f973d","scope":"read write"}`

func generate(t testing.TB, alg string) *jose.PrivateKey {
	t.Helper()
	key, err := jose.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(t testing.TB, key *jose.PrivateKey) jose.PublicKey {
	t.Helper()
	text, err := key.PublicJWK()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jose.ParsePublicKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestSignedJWTsAreVerifiedByAnotherImplementation signs with every algorithm.
// The JWTs are verified with go-jose and the published JWK.
func TestSignedJWTsAreVerifiedByAnotherImplementation(t *testing.T) {
	for _, alg := range jose.SigningAlgorithms() {
		key := generate(t, alg)
		text, err := key.PublicJWK()
		if err != nil {
			t.Fatal(err)
		}
		var jwk gojose.JSONWebKey
		if err := jwk.UnmarshalJSON(text); err != nil || jwk.KeyID != key.ID() || jwk.Algorithm != alg || jwk.Use != "sig" {
			t.Fatalf("%s: the JWK is %s: %v", alg, text, err)
		}
		signed, err := key.Sign("at+jwt", []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := gojose.ParseSignedCompact(signed, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.Verify(jwk); err != nil || string(got) != payload {
			t.Errorf("%s: the payload is %s: %v", alg, got, err)
		}
		if header := decodeHeader(t, signed); len(header) != 3 || header["alg"] != alg || header["kid"] != key.ID() || header["typ"] != "at+jwt" {
			t.Errorf("%s: the header is %v", alg, header)
		}
	}
	secret := []byte(strings.Repeat("s", jose.MinSecretLength))
	signed, err := jose.NewSecretKey(secret).Sign("", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := gojose.ParseSignedCompact(signed, []gojose.SignatureAlgorithm{gojose.HS256})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parsed.Verify(secret); err != nil || string(got) != payload {
		t.Errorf("HS256: the payload is %s: %v", got, err)
	}
	if header := decodeHeader(t, signed); len(header) != 1 || header["alg"] != "HS256" {
		t.Errorf("HS256: the header is %v", header)
	}
}

func decodeHeader(t *testing.T, text string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var header map[string]any
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return header
}

// TestES256SignaturesAreDeterministic: a replayed refresh returns the same JWT.
func TestES256SignaturesAreDeterministic(t *testing.T) {
	key := generate(t, jose.ES256)
	first, err := key.Sign("at+jwt", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	for range 32 {
		if again, err := key.Sign("at+jwt", []byte(payload)); err != nil || again != first {
			t.Fatalf("the signature of the same payload differs: %v", err)
		}
	}
}

func TestPrivateKeySurvivesStorage(t *testing.T) {
	for _, alg := range jose.SigningAlgorithms() {
		key := generate(t, alg)
		text, err := key.PrivateJWK()
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jose.ParsePrivateKey(alg, text)
		if err != nil || parsed.ID() != key.ID() {
			t.Fatalf("%s: %v", alg, err)
		}
		signed, err := parsed.Sign("JWT", []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		token, err := jose.ParseSigned(signed, 1<<13)
		if err != nil {
			t.Fatal(err)
		}
		verifies := public(t, key)
		if _, err := token.Verify(&verifies); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if _, err := jose.ParsePrivateKey("HS256", text); err == nil {
			t.Errorf("a key for %s is used for HS256", alg)
		}
	}
	secret := `{"kty":"EC","crv":"P-256","d":"c2VjcmV0"`
	if _, err := jose.ParsePrivateKey(jose.ES256, []byte(secret)); err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("a malformed key: %v", err)
	}
}

// TestStoredRSAKeySignsAsFastAsANewOne: go-jose does not precompute the values
// of a parsed key, and then each signature computes them again.
func TestStoredRSAKeySignsAsFastAsANewOne(t *testing.T) {
	for _, alg := range []string{jose.RS256, jose.PS256} {
		fresh := generate(t, alg)
		text, err := fresh.PrivateJWK()
		if err != nil {
			t.Fatal(err)
		}
		stored, err := jose.ParsePrivateKey(alg, text)
		if err != nil {
			t.Fatal(err)
		}
		allocations := func(key *jose.PrivateKey) float64 {
			return testing.AllocsPerRun(10, func() {
				if _, err := key.Sign("JWT", []byte(payload)); err != nil {
					t.Error(err)
				}
			})
		}
		if got, want := allocations(stored), allocations(fresh); got > 2*want {
			t.Errorf("%s: a stored key makes %v allocations, a new one %v", alg, got, want)
		}
	}
}

// TestKeysAreRejectedForOtherAlgorithms: RFC 8725 §3.1, RFC 7518 §3.3.
func TestKeysAreRejectedForOtherAlgorithms(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}}
	for name, test := range map[string]struct {
		alg string
		key any
		ok  bool
	}{
		"P-256 for ES256":              {jose.ES256, p256, true},
		"Ed25519 for EdDSA":            {jose.EdDSA, edwards, true},
		"P-384 for ES256":              {jose.ES256, p384, false},
		"P-256 for RS256":              {jose.RS256, p256, false},
		"P-256 for EdDSA":              {jose.EdDSA, p256, false},
		"Ed25519 for ES256":            {jose.ES256, edwards, false},
		"a 1024-bit RSA key for RS256": {jose.RS256, short, false},
		"a secret for HS256":           {jose.HS256, []byte("secret"), false},
		"P-256 for an unknown one":     {"none", p256, false},
	} {
		if _, err := jose.NewPrivateKey(test.alg, test.key); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := jose.GenerateKey(jose.HS256); err == nil {
		t.Error("GenerateKey returns a private key for HS256")
	}
}

func BenchmarkSign(b *testing.B) {
	for _, alg := range append(jose.SigningAlgorithms(), jose.HS256) {
		b.Run(alg, func(b *testing.B) {
			key := jose.NewSecretKey(make([]byte, jose.MinSecretLength))
			if alg != jose.HS256 {
				key = generate(b, alg)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := key.Sign("at+jwt", []byte(payload)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
