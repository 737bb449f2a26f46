package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// TestEncryptedTextIsDecryptedByAnotherImplementation decrypts with go-jose.
func TestEncryptedTextIsDecryptedByAnotherImplementation(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus, err := rsa.GenerateKey(rand.Reader, jose.MinRSABits)
	if err != nil {
		t.Fatal(err)
	}
	for alg, private := range map[string]any{jose.ECDHES: curve, jose.RSAOAEP256: modulus} {
		pair := gojose.JSONWebKey{Key: private, KeyID: "k"}
		to := parse(t, pair.Public())
		for _, enc := range []string{"A256GCM", "A128GCM", "A128CBC-HS256"} {
			for _, contentType := range []string{"JWT", ""} {
				text, err := jose.Encrypt(&to, alg, enc, contentType, []byte(payload))
				if err != nil {
					t.Fatal(err)
				}
				object, err := gojose.ParseEncryptedCompact(text, []gojose.KeyAlgorithm{gojose.KeyAlgorithm(alg)}, []gojose.ContentEncryption{gojose.ContentEncryption(enc)})
				if err != nil {
					t.Fatal(err)
				}
				if cty, _ := object.Header.ExtraHeaders[gojose.HeaderContentType].(string); object.Header.KeyID != "k" || cty != contentType {
					t.Errorf("%s %s: the header is %+v", alg, enc, object.Header)
				}
				if got, err := object.Decrypt(private); err != nil || string(got) != payload {
					t.Errorf("%s %s: %s, %v", alg, enc, got, err)
				}
			}
		}
		if _, err := jose.Encrypt(&to, alg, "A1", "", nil); err == nil {
			t.Errorf("%s: the content encryption A1 is accepted", alg)
		}
	}
}
