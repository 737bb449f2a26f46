package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// extensionGrant is a grant type of the host program (RFC 6749 §4.5). The host program
// decides. The limits of the client, of the server and of the person still apply.
type extensionGrant struct {
	oauth.ExtensionGrant
	s *Provider
}

func (g extensionGrant) Type() string     { return g.ExtensionGrant.Type }
func (g extensionGrant) Params() []string { return g.ExtensionGrant.Params }

func (g extensionGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	for _, name := range g.ExtensionGrant.Params {
		if len(req.Params.Values(name)) > 1 {
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter '%s' is repeated. Send it once.", name)
		}
	}
	scope, resources, err := g.s.requestedPermission(req)
	if err != nil {
		return nil, err
	}
	decision, err := g.ExtensionGrant.Decide(ctx, oauth.ExtensionRequest{
		Client: req.Client, Params: withoutCredentials(req.Params), Scope: scope, Resources: resources, Address: addressOf(ctx), Now: req.Now,
	})
	switch {
	case errors.As(err, new(*oauth.Error)):
		return nil, err
	case err != nil:
		return nil, &hookError{hook: "grant " + g.Type(), err: err}
	}
	if err := g.check(ctx, req, decision); err != nil {
		return nil, err
	}
	return g.award(ctx, read, req, scope, resources, decision)
}

// withoutCredentials returns the parameters without those that authenticate the client.
func withoutCredentials(p oauth.Params) (rest oauth.Params) {
	for name, value := range p.All() {
		if name != "client_secret" && name != "client_assertion" {
			rest = rest.With(name, value)
		}
	}
	return rest
}

// check returns an error if a decision exceeds what the protocol allows.
func (g extensionGrant) check(ctx context.Context, req *tokenRequest, d oauth.ExtensionDecision) error {
	if _, err := checkedMetadata("grant "+g.Type(), d.Metadata); err != nil {
		return err
	}
	var fault error
	switch {
	case d.Subject != "" && !oauth.IsSubject(d.Subject):
		fault = errSubject
	case d.Subject == req.Client.ID:
		fault = errSubjectOfClient
	case d.AuthTime.After(req.Now.Add(clockLeeway)):
		fault = fmt.Errorf("the AuthTime is in the future")
	case d.Once != "" && d.Subject == "":
		fault = fmt.Errorf("Once requires a Subject")
	case len(d.Once) > maxJTILength:
		fault = fmt.Errorf("Once has %d bytes; it can have at most %d", len(d.Once), maxJTILength)
	case len(d.Metadata) > 0 && d.Subject == "":
		fault = fmt.Errorf("Metadata requires a Subject")
	case d.Subject == "" && req.Client.Type != oauth.Confidential:
		return oauth.Errorf(oauth.CodeUnauthorizedClient, "Only a confidential application can act for itself.").WithReason("public_client")
	case d.Subject != "" && g.s.OwnLogin && g.s.FindPerson != nil:
		_, err := g.s.FindPerson(ctx, oauth.PersonQuery{By: oauth.PersonBySubject, Value: d.Subject})
		if !errors.Is(err, oauth.ErrNotFound) {
			return err
		}
		fault = fmt.Errorf("there is no person with the Subject %q", d.Subject)
	}
	if fault != nil {
		return &hookError{"grant " + g.Type(), fault, true}
	}
	return nil
}

// award returns the award for a decision that was checked.
func (g extensionGrant) award(ctx context.Context, read oauth.Reader, req *tokenRequest, scope oauth.Scopes, resources oauth.Audience, d oauth.ExtensionDecision) (*award, error) {
	if len(d.Scope) > 0 {
		scope = slices.DeleteFunc(slices.Clone(scope), func(s string) bool { return !d.Scope.Contains(s) })
		if len(scope) == 0 {
			return nil, oauth.Errorf(oauth.CodeInvalidScope, "None of the requested scopes is allowed. This grant allows: %s.", d.Scope).WithReason("not_granted")
		}
	}
	switch {
	case d.Subject == "":
		scope = slices.DeleteFunc(slices.Clone(scope), g.s.aboutPerson)
	case d.AuthTime.IsZero():
		scope = slices.DeleteFunc(slices.Clone(scope), oauth.AboutPerson)
	}
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The requested scopes are about a person who has logged in. Request a scope of an API.").WithReason("no_person")
	}
	if d.Subject == "" {
		return &award{Scope: scope, Resources: resources}, nil
	}
	standing, err := read.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, req.Client.ID, d.Subject)
	switch {
	case err != nil:
		return nil, err
	case standing.Disabled() != "":
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "No tokens can be issued, because %s.", standing.Disabled()).WithReason("disabled")
	}
	permission := oauth.Permission{Subject: d.Subject, Scope: scope, AuthTime: d.AuthTime, Details: oauth.Details{Resources: resources, Metadata: d.Metadata}}
	if scope.Contains(oauth.ScopeOpenID) {
		permission.Details.ACR, permission.Details.AMR = d.ACR, d.AMR
	}
	award := &award{Permission: &permission, Refreshable: d.Refreshable, Resources: resources}
	if d.Once != "" {
		used := g.used(d.Once, req.Now)
		award.Once = &used
	}
	return award, nil
}

// used returns the ticket of something that can be used only once. Its ID depends neither
// on the time nor on the client, so that no request can use the same thing again. Its time
// is before all tokens, so that it belongs to no partition that is dropped.
func (g extensionGrant) used(once string, now time.Time) oauth.Ticket {
	digest := oauth.HashOf("once", g.Type(), once)
	return oauth.Ticket{
		Kind: ticketAssertion, ID: oauth.IDFrom(time.UnixMilli(0), [10]byte(digest[:10])),
		Proof:    oauth.NewToken(oauth.KindAccess, now).Hash(), // see jwtBearerGrant
		IssuedAt: now, ExpiresAt: now.AddDate(onceYears, 0, 0),
	}
}

// onceYears is for how many years a used ID is kept: longer than any database is used.
const onceYears = 1000

// Refuse explains that something was used before: nothing else can prevent the write.
func (g extensionGrant) Refuse(*tokenRequest, oauth.SpendResult) verdict {
	return verdict{Err: oauth.Errorf(oauth.CodeInvalidGrant, "This grant was used before, and can be used only once.").WithReason("used_before")}
}

// extensionFaults returns what is wrong with the grants of the host program.
func (c *Config) extensionFaults() (faults []error) {
	known := []string{oauth.GrantImplicit}
	for _, grant := range grants(nil) {
		known = append(known, grant.Type())
	}
	for _, g := range c.Grants {
		u, err := url.Parse(g.Type)
		switch {
		case err != nil || !u.IsAbs() || u.Fragment != "" || len(g.Type) > 255:
			faults = append(faults, settings.Faultf("Grants", ": the type %q is not an absolute URI (RFC 6749 section 4.5)", g.Type))
		case slices.Contains(known, g.Type):
			faults = append(faults, settings.Faultf("Grants", ": the grant type %s already exists", g.Type))
		case g.Decide == nil:
			faults = append(faults, settings.Faultf("Grants", ": the grant type %s has no function Decide", g.Type))
		}
		for _, name := range g.Params {
			if name == "" || definedParameter(name) {
				faults = append(faults, settings.Faultf("Grants", ": the grant type %s cannot have the parameter %q, which the protocol defines", g.Type, name))
			}
		}
		known = append(known, g.Type)
	}
	return faults
}
