package latchkey

import (
	"context"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// Require guards an API of the same program: it lets a request through only
// with an access token of this server that is good right now and has all the
// scopes. Errors are those of RFC 6750 §3. The handler finds the token with
// resource.FromContext.
func (s *Server) Require(scopes ...string) func(http.Handler) http.Handler {
	return resource.Require(own{s}, scopes...)
}

// own asks the server itself about a token.
type own struct{ *Server }

func (o own) Verify(ctx context.Context, token string) (*resource.Token, error) {
	answer, err := o.oauth.CheckAccessToken(ctx, token)
	if err != nil {
		return nil, err
	}
	if !answer.Active {
		return nil, resource.ErrInvalidToken
	}
	return &resource.Token{
		Subject: answer.Subject, ClientID: answer.ClientID, Username: answer.Username,
		Scope: answer.Scope, ExpiresAt: answer.ExpiresAt, ID: answer.ID,
	}, nil
}
