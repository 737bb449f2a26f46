package provider

import (
	"context"
	"encoding/json"
	"errors"
)

// idTokenClaims are the claims that the server reads in an id_token_hint.
type idTokenClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Session  string `json:"sid"`
	// signedByClient is set if the client could have made the token, because it is
	// signed with the secret of the client.
	signedByClient bool
}

// openIDToken returns the claims of an ID token of this server. The token may
// have expired, and its key need not be published any more.
func (s *Provider) openIDToken(ctx context.Context, text string) (idTokenClaims, error) {
	var claims idTokenClaims
	payload, err := s.verifyOwn(ctx, text, typIDToken, true)
	if errors.Is(err, errNotOurs) {
		payload, err = s.verifyMAC(ctx, text, typIDToken)
		claims.signedByClient = true
	}
	if err != nil {
		return claims, err
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != s.Issuer || claims.Subject == "" {
		return idTokenClaims{}, errNotOurs
	}
	return claims, nil
}
