package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The values of the header typ. They differ so that a JWT of one kind cannot be
// used as another (RFC 8725 §3.11).
const (
	typAccess  = "at+jwt" // RFC 9068 §2.1
	typIDToken = "JWT"
	typLogout  = "logout+jwt" // OpenID Connect Back-Channel Logout §2.4
	// typUserInfo is empty: no specification defines a type for userinfo
	// responses, and the type of an ID token would be wrong.
	typUserInfo = ""
)

// signJWT returns the claims as a JWT, signed with the key that is active at the
// given time.
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
	return key.private.Sign(typ, payload)
}

// signFor is signJWT for a JWT that only this client reads. With HS256 it signs
// with the newest secret of the client.
func (s *Provider) signFor(ctx context.Context, client *oauth.Client, alg, typ string, at time.Time, claims any) (string, error) {
	if alg != oauth.AlgHS256 {
		return s.signJWT(ctx, alg, typ, at, claims)
	}
	secrets, err := s.secrets.open(client, s.now())
	if err != nil {
		return "", err
	}
	if len(secrets) == 0 {
		return "", fmt.Errorf("client %s uses HS256, but none of its secrets is stored in readable form. Rotate its secret", client.ID)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return jose.NewSecretKey(secrets[0]).Sign(typ, payload)
}

var errNotOurs = errors.New("not a token of this server")

// maxOwnJWTLength is the length of the longest JWT of this server that it parses, in bytes. The longest
// scope and maxAddedClaims fit into it. Package resource has the same limit.
const maxOwnJWTLength = 16 << 10

// verifyOwn returns the payload of a JWT of the given type that this server
// signed with one of its keys. A key that no longer signs is accepted while it is
// published. With old it is accepted after that too, unless it is distrusted.
func (s *Provider) verifyOwn(ctx context.Context, text, typ string, old bool) ([]byte, error) {
	token, err := jose.ParseSigned(text, maxOwnJWTLength)
	if err != nil {
		return nil, errNotOurs
	}
	keys, err := s.keys.current(ctx)
	if err != nil {
		return nil, err
	}
	key := keys.find(token.KeyID)
	if key == nil || key.Alg != token.Algorithm {
		return nil, errNotOurs
	}
	if !key.published(s.now()) && (!old || key.distrusted()) {
		return nil, errNotOurs
	}
	payload, err := token.Verify(&key.public)
	if err != nil || token.Type != jose.ComparableType(typ) {
		return nil, errNotOurs
	}
	return payload, nil
}

// verifyMAC returns the payload of a JWT of the given type that is signed with a
// secret of the client in its aud. Either this server or that client made it.
func (s *Provider) verifyMAC(ctx context.Context, text, typ string) ([]byte, error) {
	token, err := jose.ParseMAC(text, maxOwnJWTLength)
	if err != nil || token.Type != jose.ComparableType(typ) {
		return nil, errNotOurs
	}
	var claims struct {
		Audience string `json:"aud"`
	}
	if json.Unmarshal(token.UnverifiedPayload(), &claims) != nil {
		return nil, errNotOurs
	}
	client, err := s.clients.Client(ctx, claims.Audience)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, errNotOurs
	}
	if err != nil {
		return nil, err
	}
	secrets, err := s.secrets.open(client, s.now())
	if err != nil {
		return nil, err
	}
	for _, secret := range secrets {
		if payload, err := token.VerifyMAC(secret); err == nil {
			return payload, nil
		}
	}
	return nil, errNotOurs
}
