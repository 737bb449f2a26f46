package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// accessClaims are the claims of a JWT access token (RFC 9068 §2.2).
type accessClaims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
	Scope    string `json:"scope,omitempty"`
	AuthTime int64  `json:"auth_time,omitempty"`
	// Family is ours: what the token is revoked with.
	Family string `json:"family,omitempty"`
}

// sign makes the JWT of an access token.
func (s *Server) sign(ctx context.Context, t AccessToken, authTime time.Time) (string, error) {
	keys, err := s.keys.current(ctx)
	if err != nil {
		return "", err
	}
	signer, err := keys.signer(AlgES256, t.IssuedAt)
	if err != nil {
		return "", err
	}
	claims := accessClaims{
		Issuer: s.Issuer, Audience: s.Audience, Subject: t.Subject, ClientID: t.ClientID,
		IssuedAt: t.IssuedAt.Unix(), Expires: t.ExpiresAt.Unix(), ID: t.ID.String(), Scope: t.Scope.String(),
	}
	if t.Subject == "" {
		claims.Subject = t.ClientID // RFC 9068 §2.2: the client itself
	}
	if !t.FamilyID.IsZero() {
		claims.Family = t.FamilyID.String()
		claims.AuthTime = authTime.Unix()
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// maxJWTLength bounds what is parsed as a JWT, in bytes.
const maxJWTLength = 8 << 10

var errNotOurs = errors.New("not an access token of this server")

// verify reads a JWT access token of this server: signature first, by one of
// our own keys and no algorithm but theirs, then its type and issuer. Expiry
// and standing are the caller's to judge.
func (s *Server) verify(ctx context.Context, text string) (AccessToken, error) {
	if len(text) > maxJWTLength || strings.Count(text, ".") != 2 {
		return AccessToken{}, errNotOurs
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(signed.Signatures) != 1 {
		return AccessToken{}, errNotOurs
	}
	keys, err := s.keys.current(ctx)
	if err != nil {
		return AccessToken{}, err
	}
	header := signed.Signatures[0].Protected
	matching := keys.public.Key(header.KeyID)
	if len(matching) != 1 || matching[0].Algorithm != header.Algorithm {
		return AccessToken{}, errNotOurs
	}
	payload, err := signed.Verify(matching[0].Key)
	if err != nil || header.ExtraHeaders[jose.HeaderType] != "at+jwt" {
		return AccessToken{}, errNotOurs
	}
	var claims accessClaims
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != s.Issuer {
		return AccessToken{}, errNotOurs
	}
	t := AccessToken{ClientID: claims.ClientID, IssuedAt: time.Unix(claims.IssuedAt, 0), ExpiresAt: time.Unix(claims.Expires, 0)}
	if t.ID, err = ParseID(claims.ID); err != nil {
		return AccessToken{}, errNotOurs
	}
	// The id knows the milliseconds that iat leaves out, and revocation counts them.
	t.IssuedAt = t.ID.Time()
	if claims.Family != "" {
		t.Subject = claims.Subject
		if t.FamilyID, err = ParseID(claims.Family); err != nil {
			return AccessToken{}, errNotOurs
		}
	}
	t.Scope, err = ParseScopes(claims.Scope)
	return t, err
}
