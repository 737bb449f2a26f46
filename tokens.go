package latchkey

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// IssueToken issues an access token that no application requested, for a job or a test
// of the host:
//
//	token, err := server.IssueToken(ctx, provider.TokenOrder{
//		ClientID: "reports", Subject: "42", Scope: oauth.Scopes{"read"},
//	})
//
// The token is limited to what the application and the person could get: the application
// must have a grant type for it, which can be one of Options.Grants, and be allowed the scope, and neither the application nor
// the person must be disabled. The person need not have given consent. The host is
// responsible for that. There is no refresh token and no ID token. The token is revoked
// with the application, the person and the consent, and each token is logged and reported
// to Options.OnEvent. If it cannot be issued, the error is an *oauth.Error that says why.
func (s *Server) IssueToken(ctx context.Context, o provider.TokenOrder) (*provider.TokenResponse, error) {
	return s.provider.IssueToken(ctx, o)
}
