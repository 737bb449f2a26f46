package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The types of the JWTs that the server signs, so that none is taken for
// another (RFC 8725 §3.11).
const (
	typAccess  = "at+jwt" // RFC 9068 §2.1
	typIDToken = "JWT"
	typLogout  = "logout+jwt" // OpenID Connect Back-Channel Logout §2.4
	// typUserInfo is none: no specification names one, but it is no ID token.
	typUserInfo = ""
)

// signJWT gives the JWS compact serialization (RFC 7515 §7.1) of the claims,
// by the key that signs at that time.
func (s *Provider) signJWT(ctx context.Context, alg, typ string, at time.Time, claims any) (string, error) {
	s.maintainKeys(ctx)
	key, err := s.keys.signing(ctx, alg, at)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return compact(key.private, alg, key.ID, typ, payload)
}

// compact writes a JWS. What it does in one buffer, a general library does in
// many; this is the hot path of JWT access tokens.
func compact(key privateKey, alg, kid, typ string, payload []byte) (string, error) {
	encoding := base64.RawURLEncoding
	header := make([]byte, 0, 128)
	header = append(header, `{"alg":"`...)
	header = append(header, alg...)
	if kid != "" { // a thumbprint: base64url needs no escape in JSON
		header = append(header, `","kid":"`...)
		header = append(header, kid...)
	}
	if typ != "" {
		header = append(header, `","typ":"`...)
		header = append(header, typ...)
	}
	header = append(header, `"}`...)
	out := make([]byte, 0, encoding.EncodedLen(len(header))+encoding.EncodedLen(len(payload))+2+encoding.EncodedLen(256))
	out = encoding.AppendEncode(out, header)
	out = append(out, '.')
	out = encoding.AppendEncode(out, payload)
	signature, err := key.sign(out)
	if err != nil {
		return "", err
	}
	out = append(out, '.')
	return string(encoding.AppendEncode(out, signature)), nil
}

// maxJWTLength bounds what is parsed as a JWT, in bytes.
const maxJWTLength = 8 << 10

var errNotOurs = errors.New("not a token of this server")

// verifyOwn gives the payload of a JWT that this server signed: by one of its
// own keys, no algorithm but the key's, and of this type. Keys that sign no
// more count, those that are published no more only with old, and one that was
// distrusted never.
func (s *Provider) verifyOwn(ctx context.Context, text, typ string, old bool) ([]byte, error) {
	if len(text) > maxJWTLength || strings.Count(text, ".") != 2 {
		return nil, errNotOurs
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, errNotOurs
	}
	keys, err := s.keys.current(ctx)
	if err != nil {
		return nil, err
	}
	header := signed.Signatures[0].Protected
	i := slices.IndexFunc(keys.all, func(k ringKey) bool { return k.ID == header.KeyID })
	if i < 0 || keys.all[i].Alg != header.Algorithm {
		return nil, errNotOurs
	}
	if k := &keys.all[i]; !k.published(s.now()) && (!old || k.distrusted()) {
		return nil, errNotOurs
	}
	payload, err := signed.Verify(keys.all[i].public.Key)
	if err != nil || header.ExtraHeaders[jose.HeaderType] != typ {
		return nil, errNotOurs
	}
	return payload, nil
}
