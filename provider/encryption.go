package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// encryptionKey returns the key of the client to encrypt to: the first one whose
// use is "enc", or else the first one that the algorithm can use.
// ErrUnavailable: the key set of the client cannot be fetched.
func (s *Provider) encryptionKey(ctx context.Context, client *oauth.Client, alg string) (*jose.PublicKey, error) {
	keys, err := s.clientKeys(ctx, client, jose.Encrypts(alg))
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The responses for this application are encrypted with %s, but it has no key for that algorithm.", alg)
	}
	return &keys[max(0, slices.IndexFunc(keys, func(k jose.PublicKey) bool { return k.Use() == "enc" }))], nil
}

// canEncrypt returns an error if an ID token for the client cannot be encrypted.
// It is called before a code or a refresh token is spent, so that the client can
// use it again when its keys are available.
func (s *Provider) canEncrypt(ctx context.Context, client *oauth.Client) error {
	if client.IDTokenEncryption().Alg == "" {
		return nil
	}
	_, err := s.encryptionKey(ctx, client, client.IDTokenEncryption().Alg)
	return err
}

// encrypt returns the text as a JWE for the client, or the text itself if its
// settings do not include encryption. The text is a JWT or a JSON object. A JWT
// is signed first and then encrypted (RFC 7519 §11.2).
func (s *Provider) encrypt(ctx context.Context, client *oauth.Client, e oauth.Encryption, text string) (string, error) {
	if e.Alg == "" {
		return text, nil
	}
	key, err := s.encryptionKey(ctx, client, e.Alg)
	if err != nil {
		return "", err
	}
	contentType := "JWT" // RFC 7519 §5.2
	if strings.HasPrefix(text, "{") {
		contentType = ""
	}
	return jose.Encrypt(key, e.Alg, e.Enc, contentType, []byte(text))
}
