package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientGrant is the client credentials grant (RFC 6749 §4.4).
type clientGrant struct{}

func (clientGrant) Type() string { return oauth.GrantClientCredentials }

func (clientGrant) Params() []string { return nil }

func (clientGrant) Decide(_ context.Context, _ oauth.Reader, req *TokenRequest) (*Award, error) {
	if req.Client.Type != oauth.Confidential {
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "Only a confidential application may use client_credentials (RFC 6749 section 4.4).")
	}
	scope, err := req.Scope()
	if err != nil {
		return nil, err
	}
	return &Award{Scope: scope}, nil
}
