// Package testjwt signs JWTs for tests, in the name of clients and of other servers. It
// does not use the signing code of the product, which it tests.
package testjwt

import (
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Sign returns a JWT with further members of the header, such as typ and kid. The key
// is one that jose.SigningKey accepts. The payload is text ([]byte) or is encoded as JSON.
func Sign(t testing.TB, alg jose.SignatureAlgorithm, key any, header map[string]any, payload any) string {
	t.Helper()
	options := new(jose.SignerOptions)
	for name, value := range header {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	body, isText := payload.([]byte)
	if !isText {
		if body, err = json.Marshal(payload); err != nil {
			t.Fatal(err)
		}
	}
	object, err := signer.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
