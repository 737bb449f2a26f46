package provider

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// passwordGrant is the resource owner password credentials grant (RFC 6749 §4.3), a
// legacy feature. It has no place for a second factor, so Config.CheckPassword must
// refuse people who have one.
type passwordGrant struct{ s *Provider }

func (passwordGrant) Type() string     { return oauth.GrantPassword }
func (passwordGrant) Legacy() string   { return oauth.LegacyPassword }
func (passwordGrant) Params() []string { return []string{"username", "password"} }

func (g passwordGrant) Decide(ctx context.Context, _ oauth.Reader, req *tokenRequest) (*award, error) {
	username, password := req.Params.Get("username"), req.Params.Get("password")
	switch {
	case g.s.CheckPassword == nil:
		return nil, oauth.Errorf(oauth.CodeUnsupportedGrantType, "This server cannot check passwords, so the grant type 'password' is not supported.")
	case username == "" || password == "":
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter username or password is missing.")
	}
	scope, resources, err := g.s.requestedPermission(req)
	if err != nil {
		return nil, err
	}
	who, err := g.s.CheckPassword(ctx, PasswordAttempt{Username: username, Password: password, Address: addressOf(ctx)})
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "The username or the password is wrong.").WithReason("wrong_password")
	case err != nil:
		return nil, err
	}
	if a := who.Assurance; a != nil && g.s.SecondFactorRequired(a.Admin) { // for the client and the scope, see checkAssurance
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "A second factor is required, so the application must use the authorization code grant.").WithReason("second_factor")
	}
	permission := oauth.Permission{Subject: who.Subject, Scope: scope, AuthTime: req.Now}
	permission.Details.Resources = resources
	if scope.Contains(oauth.ScopeOpenID) {
		permission.Details.ACR, permission.Details.AMR = who.ACR, who.AMR
	}
	return &award{Permission: &permission, Refreshable: true, Resources: resources}, nil
}

// Refuse is never called: nothing is spent.
func (passwordGrant) Refuse(*tokenRequest, oauth.SpendResult) verdict { return verdict{} }
