package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// encrypts are the keys that an algorithm can encrypt to.
func encrypts(alg string) keyFilter {
	return func(k *jose.JSONWebKey) bool {
		if k.Use == "sig" || (k.Algorithm != "" && k.Algorithm != alg) {
			return false
		}
		switch key := k.Key.(type) {
		case *rsa.PublicKey:
			return alg == string(jose.RSA_OAEP_256) && key.N.BitLen() >= oauth.LeastRSABits
		case *ecdsa.PublicKey:
			return alg == string(jose.ECDH_ES)
		}
		return false
	}
}

// encryptionKey finds the key of the client to encrypt to: the first one that
// is meant for it, or else that can. ErrUnavailable: its key set cannot be
// fetched.
func (s *Provider) encryptionKey(ctx context.Context, client *oauth.Client, alg string) (*jose.JSONWebKey, error) {
	keys, err := s.clientKeys(ctx, client, encrypts(alg))
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The application wants its answers encrypted with %s, but has no key for that.", alg)
	}
	return &keys[max(0, slices.IndexFunc(keys, func(k jose.JSONWebKey) bool { return k.Use == "enc" }))], nil
}

// canEncrypt makes sure that what is about to be earned can be written: a code
// or refresh token is not spent for an answer that cannot be given.
func (s *Provider) canEncrypt(ctx context.Context, client *oauth.Client) error {
	if client.IDTokenEncryption().Alg == "" {
		return nil
	}
	_, err := s.encryptionKey(ctx, client, client.IDTokenEncryption().Alg)
	return err
}

// encrypt gives the JWE compact serialization (RFC 7516 §7.1) of the text for
// the client, or the text as it is. A JWS is signed first and then encrypted
// (RFC 7519 §11.2).
func (s *Provider) encrypt(ctx context.Context, client *oauth.Client, e oauth.Encryption, text string) (string, error) {
	if e.Alg == "" {
		return text, nil
	}
	key, err := s.encryptionKey(ctx, client, e.Alg)
	if err != nil {
		return "", err
	}
	options := new(jose.EncrypterOptions)
	if !strings.HasPrefix(text, "{") {
		options = options.WithContentType("JWT") // RFC 7519 §5.2
	}
	to := jose.Recipient{Algorithm: jose.KeyAlgorithm(e.Alg), Key: key.Key, KeyID: key.KeyID}
	encrypter, err := jose.NewEncrypter(jose.ContentEncryption(e.Enc), to, options)
	if err != nil {
		return "", err
	}
	object, err := encrypter.Encrypt([]byte(text))
	if err != nil {
		return "", err
	}
	return object.CompactSerialize()
}
