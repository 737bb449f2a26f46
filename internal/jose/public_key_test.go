package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

func ec(t testing.TB, curve elliptic.Curve) crypto.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

// parse returns the JWK as a PublicKey.
func parse(t testing.TB, jwk gojose.JSONWebKey) jose.PublicKey {
	t.Helper()
	text, err := jwk.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.ParsePublicKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestVerifiesSelectsKeysByAlgorithmUseAndID(t *testing.T) {
	p256, p384 := ec(t, elliptic.P256()), ec(t, elliptic.P384())
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, jose.MinRSABits)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key      gojose.JSONWebKey
		alg, kid string
		want     bool
	}{
		"the same kid":               {gojose.JSONWebKey{Key: p256, KeyID: "a"}, jose.ES256, "a", true},
		"a JWS without a kid":        {gojose.JSONWebKey{Key: p256, KeyID: "a"}, jose.ES256, "", true},
		"a key without a kid":        {gojose.JSONWebKey{Key: p256}, jose.ES256, "a", true},
		"another kid":                {gojose.JSONWebKey{Key: p256, KeyID: "b"}, jose.ES256, "a", false},
		"the use sig":                {gojose.JSONWebKey{Key: p256, Use: "sig"}, jose.ES256, "", true},
		"the use enc":                {gojose.JSONWebKey{Key: p256, Use: "enc"}, jose.ES256, "", false},
		"a key for JWT-SVIDs":        {gojose.JSONWebKey{Key: p256, Use: "jwt-svid"}, jose.ES256, "", true},
		"a key for X.509-SVIDs":      {gojose.JSONWebKey{Key: p256, Use: "x509-svid"}, jose.ES256, "", false},
		"a key for another alg":      {gojose.JSONWebKey{Key: p256, Algorithm: "ES384"}, jose.ES256, "", false},
		"another curve":              {gojose.JSONWebKey{Key: p384}, jose.ES256, "", false},
		"an EC key for EdDSA":        {gojose.JSONWebKey{Key: p256}, jose.EdDSA, "", false},
		"Ed25519":                    {gojose.JSONWebKey{Key: edwards}, jose.EdDSA, "", true},
		"Ed25519 for ES256":          {gojose.JSONWebKey{Key: edwards}, jose.ES256, "", false},
		"RSA for RS256":              {gojose.JSONWebKey{Key: long.Public()}, jose.RS256, "", true},
		"RSA for PS256":              {gojose.JSONWebKey{Key: long.Public()}, jose.PS256, "", true},
		"RSA for ES256":              {gojose.JSONWebKey{Key: long.Public()}, jose.ES256, "", false},
		"a short RSA key":            {gojose.JSONWebKey{Key: shortRSA()}, jose.RS256, "", false},
		"the algorithm none":         {gojose.JSONWebKey{Key: p256}, jose.None, "", false},
		"HS256 with a public key":    {gojose.JSONWebKey{Key: p256}, jose.HS256, "", false},
		"HS256 with an RSA key":      {gojose.JSONWebKey{Key: long.Public()}, jose.HS256, "", false},
		"HS256 with an Ed25519 key":  {gojose.JSONWebKey{Key: edwards}, jose.HS256, "", false},
		"a key for HS256 by its alg": {gojose.JSONWebKey{Key: p256, Algorithm: "HS256"}, jose.HS256, "", false},
	} {
		key := parse(t, test.key)
		if got := jose.Verifies(test.alg, test.kid)(&key); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestEncryptsSelectsKeysByAlgorithmAndUse(t *testing.T) {
	p256, p384 := ec(t, elliptic.P256()), ec(t, elliptic.P384())
	long, err := rsa.GenerateKey(rand.Reader, jose.MinRSABits)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key  gojose.JSONWebKey
		alg  string
		want bool
	}{
		"P-256 for ECDH-ES":          {gojose.JSONWebKey{Key: p256}, jose.ECDHES, true},
		"P-384 for ECDH-ES":          {gojose.JSONWebKey{Key: p384, Use: "enc"}, jose.ECDHES, true},
		"RSA for RSA-OAEP-256":       {gojose.JSONWebKey{Key: long.Public()}, jose.RSAOAEP256, true},
		"the use sig":                {gojose.JSONWebKey{Key: p256, Use: "sig"}, jose.ECDHES, false},
		"a key for another alg":      {gojose.JSONWebKey{Key: p256, Algorithm: "ES256"}, jose.ECDHES, false},
		"RSA for ECDH-ES":            {gojose.JSONWebKey{Key: long.Public()}, jose.ECDHES, false},
		"P-256 for RSA-OAEP-256":     {gojose.JSONWebKey{Key: p256}, jose.RSAOAEP256, false},
		"RSA for RSA1_5":             {gojose.JSONWebKey{Key: long.Public()}, "RSA1_5", false},
		"short RSA for RSA-OAEP-256": {gojose.JSONWebKey{Key: shortRSA()}, jose.RSAOAEP256, false},
	} {
		key := parse(t, test.key)
		if got := jose.Encrypts(test.alg)(&key); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
