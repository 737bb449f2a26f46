package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// jwtBearerGrant accepts a JWT of a trusted issuer as a permission of the person
// that it is about (RFC 7523 §2.1). It issues no refresh token: the client gets
// another JWT from the issuer, which decides whether the person still has access.
type jwtBearerGrant struct{ s *Provider }

func (jwtBearerGrant) Type() string     { return oauth.GrantJWTBearer }
func (jwtBearerGrant) Params() []string { return []string{"assertion"} }

// useJWTBearer describes the assertion of this grant.
func useJWTBearer() foreignUse {
	return foreignUse{use: oauth.TrustedJWTBearer, code: oauth.CodeInvalidGrant, name: "assertion", types: []string{typIDJAG}}
}

func (g jwtBearerGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	text := req.Params.Get("assertion")
	switch {
	case req.Client.Type != oauth.Confidential:
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "Only a confidential application can use this grant type.").WithReason("public_client")
	case text == "":
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter assertion is missing.")
	}
	u := useJWTBearer()
	f, err := g.s.verifyForeign(ctx, u, text)
	if err != nil {
		return nil, err
	}
	once := !f.issuer.Reusable || f.typ == typIDJAG
	switch {
	case f.id == "" && once:
		return nil, u.errorf("needs a jti, because it can be used only once.")
	case f.claims["act"] != nil:
		return nil, u.errorf("names an actor (act), which this grant does not support. Use token exchange instead, if the issuer is trusted for it.")
	}
	resources, bound := req.Resources, oauth.Scopes(nil)
	if f.typ == typIDJAG {
		if resources, bound, err = g.s.acceptIDJAG(u, req, f); err != nil {
			return nil, err
		}
	}
	resources = g.s.granted(resources)
	if err := g.s.oneKind(req.Client, resources); err != nil {
		return nil, err
	}
	award := &award{Resources: resources}
	if award.Permission, err = g.s.foreignPermission(ctx, read, u, req, f, resources, bound); err != nil {
		return nil, err
	}
	if once {
		used := usedAssertion(req.Client.ID, f.issuer.Issuer, f.id, f.expires, req.Now)
		// Approve repeats its answer for a ticket with the same proof. A random one makes
		// the second use of an assertion a conflict.
		used.Proof = oauth.NewToken(oauth.KindAccess, req.Now).Hash()
		award.Once = &used
	}
	return award, nil
}

// Refuse explains that the assertion was used before: nothing else can prevent the
// write.
func (jwtBearerGrant) Refuse(*tokenRequest, oauth.SpendResult) verdict {
	return verdict{Err: useJWTBearer().errorf("was used before. Get a new one from its issuer for each request.").WithReason("used_before")}
}
