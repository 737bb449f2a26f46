package latchkey

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// Require returns middleware that guards an API of the same program. A request
// must have a valid access token of this server with all the scopes; otherwise
// it gets an error of RFC 6750 §3. The handler gets the token from
// resource.FromContext.
func (s *Server) Require(scopes ...string) func(http.Handler) http.Handler {
	return resource.Require(verifier{s}, scopes...)
}

// verifier verifies access tokens without a network request.
type verifier struct{ *Server }

func (v verifier) Verify(ctx context.Context, token string) (*resource.Token, error) {
	info, err := v.provider.CheckAccessToken(ctx, token)
	if err != nil {
		return nil, err
	}
	if !info.Active {
		return nil, resource.ErrInvalidToken
	}
	return &resource.Token{
		Subject: info.Subject, ClientID: info.ClientID, Username: info.Username,
		Scope: info.Scope, ExpiresAt: info.ExpiresAt, ID: info.ID,
	}, nil
}
