package jose

import gojose "github.com/go-jose/go-jose/v4"

// Encrypt returns the text as a JWE in compact serialization (RFC 7516 §7.1).
// The key is one that Encrypts selects for the algorithm alg; enc is the
// algorithm that encrypts the text. The content type is the member cty of the
// header, which has none if it is empty.
func Encrypt(to *PublicKey, alg, enc, contentType string, text []byte) (string, error) {
	options := new(gojose.EncrypterOptions)
	if contentType != "" {
		options = options.WithContentType(gojose.ContentType(contentType))
	}
	recipient := gojose.Recipient{Algorithm: gojose.KeyAlgorithm(alg), Key: to.jwk.Key, KeyID: to.jwk.KeyID}
	encrypter, err := gojose.NewEncrypter(gojose.ContentEncryption(enc), recipient, options)
	if err != nil {
		return "", err
	}
	object, err := encrypter.Encrypt(text)
	if err != nil {
		return "", err
	}
	return object.CompactSerialize()
}
