package provider

import (
	"context"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// idJAGLifetime is the lifetime of an ID-JAG. A client presents it at once.
const idJAGLifetime = 5 * time.Minute

// respondIDJAG returns a signed ID-JAG. It is not an access token, so its token_type
// is N_A (RFC 8693 §2.2.1).
func (s *Provider) respondIDJAG(ctx context.Context, req *tokenRequest, x *exchange) (*TokenResponse, error) {
	permission, jag := x.family.Permission, x.jag
	var email oauth.Scopes
	if permission.Scope.Contains(oauth.ScopeEmail) {
		email = oauth.Scopes{oauth.ScopeEmail}
	}
	permission.Details.Claims = nil // only those of the scope
	claims, err := s.permittedClaims(ctx, req.Client, permission, email)
	if err != nil {
		return nil, err
	}
	expires := permission.Details.Earlier(req.Now.Add(idJAGLifetime))
	if x.until.Before(expires) {
		expires = x.until
	}
	claims["iss"], claims["aud"], claims["client_id"] = s.Issuer, jag.Issuer, jag.ClientID
	claims["sub"] = s.subjectAt(req.Client, permission.Subject, jag.Issuer)
	claims["iat"], claims["exp"], claims["jti"] = req.Now.Unix(), expires.Unix(), oauth.NewID(req.Now).String()
	if !permission.AuthTime.IsZero() {
		claims["auth_time"] = permission.AuthTime.Unix()
	}
	if len(jag.resources) > 0 {
		claims["resource"] = jag.resources
	}
	for name, value := range map[string]string{"scope": jag.scope.String(), "acr": permission.Details.ACR, "aud_tenant": jag.Tenant} {
		if value != "" {
			claims[name] = value
		}
	}
	if len(permission.Details.AMR) > 0 {
		claims["amr"] = permission.Details.AMR
	}
	alg := req.Client.IDTokenAlgorithm()
	if alg == oauth.AlgHS256 { // another server cannot verify it
		alg = oauth.DefaultIDTokenAlg
	}
	text, err := s.signJWT(ctx, alg, typIDJAG, req.Now, claims)
	return &TokenResponse{
		AccessToken: text, TokenType: "N_A", IssuedTokenType: tokenTypeIDJAG, Scope: jag.scope.String(),
		ExpiresIn: int64(expires.Sub(req.Now) / time.Second),
	}, err
}

// subjectAt returns the sub of a person for the server of another domain. For a
// client with pairwise subjects, it is the pseudonym that a client at the host of
// that server gets.
func (s *Provider) subjectAt(c *oauth.Client, subject, audience string) string {
	u, err := url.Parse(audience)
	if c.SubjectType != oauth.SubjectPairwise || err != nil {
		return subject
	}
	return pseudonym(s.pairwise, u.Hostname(), subject)
}
