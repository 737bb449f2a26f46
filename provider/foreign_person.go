package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// personOf returns the subject of the person that a foreign JWT is about, by the
// rule of its issuer.
func (s *Provider) personOf(ctx context.Context, u foreignUse, f *foreignJWT) (string, error) {
	for _, tenant := range []string{"tenant", "aud_tenant"} {
		// The same sub is another person in another tenant.
		if _, ruled := f.issuer.Claims[tenant]; f.claims[tenant] != nil && !ruled {
			return "", u.errorf("has the claim %s, and its issuer has no rule for it. An administrator can add the accepted tenants to the claims of the issuer.", tenant).WithReason("claim_rule")
		}
	}
	rule := f.issuer.Person
	name := cmp.Or(rule.Claim, "sub")
	value, _ := f.claims[name].(string)
	switch {
	case rule == oauth.PersonRule{}:
		return "", u.errorf("is from an issuer that has no rule for people (person). An administrator can add one.").WithReason("no_person")
	case value == "" || len(value) > maxSubjectLength || !oauth.IsText(value):
		return "", u.errorf("needs the claim %s, a text of 1 to %d bytes.", name, maxSubjectLength).WithReason("no_person")
	case rule.By == oauth.PersonByEmail && name == "email" && f.claims["email_verified"] != true:
		return "", u.errorf("has an email address that its issuer has not verified (email_verified).").WithReason("no_person")
	case len(rule.Prefix)+len(value) > maxSubjectLength:
		return "", u.errorf("has a claim %s that is too long.", name).WithReason("no_person")
	case rule.Create && !oauth.IsSubject(rule.Prefix+value):
		return "", u.errorf("has a claim %s that cannot be the subject of a person: with its prefix, it %s.", name, oauth.SubjectRule).WithReason("no_person")
	case rule.Create:
		return rule.Prefix + value, nil
	}
	subject, err := s.FindPerson(ctx, oauth.PersonQuery{By: rule.By, Value: rule.Prefix + value})
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return "", u.errorf("is about a person who has no account here.").WithReason("no_person").WithDetail("%s of %s", name, f.issuer.Issuer)
	case err == nil && !oauth.IsSubject(subject):
		err = &hookError{"FindPerson", errSubject, true}
	}
	return subject, err
}

// foreignPermission returns what a foreign JWT permits: access for the person that
// it is about, with the requested scope. The scope is bounded by the rule of the
// issuer, the client and the resources. The person has not logged in here: the token has
// an auth_time only if the JWT has one (RFC 9068 §2.2.1), and iat is not the time of a login.
func (s *Provider) foreignPermission(ctx context.Context, read oauth.Reader, u foreignUse, req *tokenRequest, f *foreignJWT, resources oauth.Audience, bound oauth.Scopes) (*oauth.Permission, error) {
	if err := f.presentedBy(u, req.Client); err != nil {
		return nil, err
	}
	if f.issued.IsZero() {
		return nil, u.errorf("needs an iat, which shows whether it was issued before access was revoked.")
	}
	subject, err := s.personOf(ctx, u, f)
	if err != nil {
		return nil, err
	}
	standing, err := read.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, req.Client.ID, subject)
	switch {
	case err != nil:
		return nil, err
	case standing.Disabled() != "":
		return nil, u.errorf("cannot be used, because %s.", standing.Disabled()).WithReason("disabled")
	}
	if because := foreignStanding(standing, req.Client).RevokedBecause(f.issued); because != "" {
		return nil, u.errorf("was revoked.").WithReason("revoked").WithDetail("%s", because)
	}
	requested, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	if len(requested) == 0 && len(bound) > 0 {
		if requested = s.possible(req.Client, bound, resources, f.issuer.Scopes); len(requested) == 0 {
			return nil, oauth.Errorf(oauth.CodeInvalidScope, "The application cannot get any scope of the %s.", u.name).WithReason("no_scope")
		}
	}
	scope, err := s.boundScope(req.Client, requested, resources, f.issuer.Scopes, bound)
	if err != nil {
		return nil, err
	}
	return &oauth.Permission{Subject: subject, Scope: scope, AuthTime: f.login, Details: oauth.Details{Resources: resources}}, nil
}

// foreignStanding returns the standing with which the iat of a foreign JWT is
// compared. Most issuers write an iat in whole seconds, rounded down, and the times of
// this server are in milliseconds.
//
// A new client has a RevokedBefore just before its creation, although nothing was
// revoked. That time is rounded down too, so that a JWT issued in the second in which the
// client was created is accepted. The time of a revocation, of the client or of the
// person, is not rounded: a JWT whose iat is the second of the revocation may have been
// issued before it, and must be rejected. A JWT of the next second is accepted.
//
// No other time of a foreign JWT is compared with a time that this server stored. The
// nbf and the iat are compared with the present time, with a leeway.
func foreignStanding(s oauth.Standing, c *oauth.Client) oauth.Standing {
	created := c.CreatedAt.Truncate(time.Second).Add(-time.Millisecond)
	if !s.ClientRevokedBefore.After(c.CreatedAt) && s.ClientRevokedBefore.After(created) {
		s.ClientRevokedBefore = created
	}
	return s
}

// boundScope returns the scope of a request that is within all of the bounds. Empty
// bounds are ignored. Scopes about the person are omitted.
func (s *Provider) boundScope(c *oauth.Client, requested oauth.Scopes, resources oauth.Audience, bounds ...oauth.Scopes) (oauth.Scopes, error) {
	scope, err := s.grantable(c, requested, resources)
	if err != nil {
		return nil, err
	}
	for _, bound := range bounds {
		if len(bound) == 0 {
			continue
		}
		if missing := bound.Missing(requested); len(missing) > 0 {
			return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' exceeds what was granted.", missing[0]).WithReason("forbidden_scope")
		}
		scope = slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return !bound.Contains(name) })
	}
	scope = slices.DeleteFunc(slices.Clone(scope), s.aboutPerson)
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "None of the requested scopes can be granted. Request a scope of an API.").WithReason("no_scope")
	}
	return scope, nil
}
