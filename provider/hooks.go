package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// maxRefreshTokenTTL is the longest lifetime of a refresh token that a hook can return.
const maxRefreshTokenTTL = 5 * 366 * 24 * time.Hour

// errSubjectOfClient is the error of a host program that returns a person with the ID of
// the client as the subject. APIs would take tokens about this person for tokens that the
// client got for itself (RFC 9700 §4.15).
var errSubjectOfClient = errors.New("the host program returned a person whose subject is the client_id of the application")

// errSubject is the error of a host program that names a person with an invalid subject.
var errSubject = errors.New("the Subject " + oauth.SubjectRule)

// checkAwarded returns an error if a grant awards a permission for a subject that no person
// can have. Every new permission of the
// token endpoint passes here.
func checkAwarded(g grant, a *award) error {
	if a.Permission != nil && !oauth.IsSubject(a.Permission.Subject) {
		return &hookError{"grant " + g.Type(), errSubject, true}
	}
	return nil
}

// lifetimesFor returns the lifetimes that the hook of the host program determines.
func (s *Provider) lifetimesFor(ctx context.Context, info oauth.TokenInfo) (oauth.Lifetimes, error) {
	if s.TokenLifetimes == nil {
		return oauth.Lifetimes{}, nil
	}
	l, err := s.TokenLifetimes(ctx, info)
	if err != nil {
		return oauth.Lifetimes{}, &hookError{hook: "TokenLifetimes", err: err}
	}
	for _, one := range []struct {
		name       string
		value, max time.Duration
	}{
		{"AccessToken", l.AccessToken, maxTokenTTL},
		{"RefreshTokenIdle", l.RefreshTokenIdle, maxRefreshTokenTTL},
		{"RefreshToken", l.RefreshToken, maxRefreshTokenTTL},
	} {
		if one.value != 0 && (one.value < time.Second || one.value > one.max) {
			fault := fmt.Errorf("%s is %s; it must be zero, or between one second and %s", one.name, one.value, one.max)
			return oauth.Lifetimes{}, &hookError{"TokenLifetimes", fault, true}
		}
	}
	return l, nil
}

// formatFor returns the format that the hook of the host program chooses, or "".
func (s *Provider) formatFor(ctx context.Context, info oauth.TokenInfo) (oauth.TokenFormat, error) {
	if s.TokenFormat == nil {
		return "", nil
	}
	format, err := s.TokenFormat(ctx, info)
	switch {
	case err != nil:
		return "", &hookError{hook: "TokenFormat", err: err}
	case format != "" && !slices.Contains(oauth.TokenFormats(), string(format)):
		return "", &hookError{"TokenFormat", fmt.Errorf("the format %q is not one of %v", format, oauth.TokenFormats()), true}
	}
	return format, nil
}

// metadataFor returns the metadata that the hook of the host program determines, or nil.
func (s *Provider) metadataFor(ctx context.Context, info oauth.TokenInfo) (json.RawMessage, error) {
	if s.TokenMetadata == nil {
		return nil, nil
	}
	metadata, err := s.TokenMetadata(ctx, info)
	if err != nil {
		return nil, &hookError{hook: "TokenMetadata", err: err}
	}
	return checkedMetadata("TokenMetadata", metadata)
}

// checkedMetadata returns the metadata that a hook returned, or an error if it is not
// valid.
func checkedMetadata(hook string, metadata json.RawMessage) (json.RawMessage, error) {
	for _, fault := range validate.Metadata("metadata", metadata) {
		return nil, &hookError{hook, errors.New(fault.Message), true}
	}
	return metadata, nil
}

// keepsMetadata reports whether permissions can have metadata.
func (s *Provider) keepsMetadata() bool { return s.TokenMetadata != nil || len(s.Grants) > 0 }

// maxAddedClaims is the length of the claims that can be added to a JWT, as JSON in bytes. With the
// claims of the server and the signature, the JWT is not longer than maxOwnJWTLength. Unless its scope is
// long, it also fits into the Authorization header that usual proxies accept.
const maxAddedClaims = 4 << 10

// addedClaims returns the claims that are added to a token or a response: those of the
// service user, and those of the hook of the host program. Each value is encoded, so
// that encoding it later cannot fail.
func (s *Provider) addedClaims(ctx context.Context, info oauth.TokenInfo, target oauth.ClaimsTarget) (map[string]any, error) {
	claims, err := s.serviceUserClaims(ctx, info, target)
	if err != nil {
		return nil, err
	}
	if err := checkLength(claims, target); err != nil {
		return nil, fmt.Errorf("the claims of the service user %s: %w", info.Subject, err)
	}
	if s.AddClaims == nil {
		return claims, nil
	}
	added, err := s.AddClaims(ctx, info, target)
	if err != nil {
		return nil, &hookError{hook: "AddClaims", err: err}
	}
	if claims == nil {
		claims = make(map[string]any, len(added))
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		if claims[name], err = addedClaim(name, added[name], target); err != nil {
			return nil, &hookError{"AddClaims", err, true}
		}
	}
	if err := checkLength(claims, target); err != nil {
		return nil, &hookError{"AddClaims", err, true}
	}
	return claims, nil
}

// checkLength returns an error if a JWT with the added claims would be longer than the server itself
// accepts.
func checkLength(claims map[string]any, target oauth.ClaimsTarget) error {
	if len(claims) == 0 || target != oauth.ClaimsOfAccessToken && target != oauth.ClaimsOfIDToken {
		return nil
	}
	text, err := json.Marshal(claims)
	if err == nil && len(text) > maxAddedClaims {
		err = fmt.Errorf("the %s would have %d bytes of added claims, but at most %d fit into it. Long claims can only be in userinfo and introspection responses", target, len(text), maxAddedClaims)
	}
	return err
}

// addedClaim returns the encoded value of a claim that a hook added.
func addedClaim(name string, value any, target oauth.ClaimsTarget) (json.RawMessage, error) {
	if name == "" || !oauth.IsText(name) {
		return nil, fmt.Errorf("it returned a claim whose name %q is empty or not printable", name)
	}
	if oauth.ReservedClaim(name, target) {
		return nil, fmt.Errorf("it returned the claim %s for the %s, but only the server sets this claim. Choose another name", name, target)
	}
	for _, fault := range validate.Claims(map[string]any{name: value}) {
		return nil, fmt.Errorf("the value of the claim %s is not valid: %s", name, fault.Message)
	}
	text, err := json.Marshal(value)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the claim %s cannot be encoded: %w", name, err)
	case string(text) == "null":
		return nil, fmt.Errorf("the claim %s is null. Omit a claim that has no value", name)
	}
	return text, nil
}

// serviceUserClaims returns the claims of the scopes of an access token, if it is about
// the service user of its client. A person's claims are in ID tokens and userinfo
// responses, which a service user does not have.
func (s *Provider) serviceUserClaims(ctx context.Context, info oauth.TokenInfo, target oauth.ClaimsTarget) (map[string]any, error) {
	asItself := info.Subject != "" && info.Subject == info.Client.ServiceUserID && !info.Scope.Contains(oauth.ScopeOpenID)
	if !asItself || (target != oauth.ClaimsOfAccessToken && target != oauth.ClaimsOfIntrospection) {
		return nil, nil
	}
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	var names []string
	for _, scope := range info.Scope {
		names = append(names, s.catalog().byName[scope].Claims...)
	}
	// An introspection response already contains the username.
	names = slices.DeleteFunc(names, func(name string) bool { return oauth.ReservedClaim(name, target) })
	if len(names) == 0 {
		return nil, nil
	}
	return s.claims(ctx, info.Client, info.Subject, nil, names)
}

// withMembers returns a JSON object with further members, whose names are not among its
// own.
func withMembers(object any, members map[string]any) (json.RawMessage, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	return appendMembers(text, members)
}

// appendMembers is withMembers for the text of an object.
func appendMembers(text []byte, members map[string]any) (json.RawMessage, error) {
	if len(members) == 0 {
		return text, nil
	}
	more, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	if string(text) == "{}" {
		return more, nil
	}
	return append(append(text[:len(text)-1], ','), more[1:]...), nil
}

// hookFaults returns what is wrong with the names of the claims that the hook adds.
func (c *Config) hookFaults() (faults []error) {
	if len(c.AddedClaims) > 0 && c.AddClaims == nil {
		faults = append(faults, settings.Faultf("AddedClaims", " lists claims, but AddClaims is not set"))
	}
	for _, name := range c.AddedClaims {
		switch {
		case name == "" || !oauth.IsText(name):
			faults = append(faults, settings.Faultf("AddedClaims", ": %q is not the name of a claim", name))
		case oauth.ReservedClaim(name, oauth.ClaimsOfIDToken):
			faults = append(faults, settings.Faultf("AddedClaims", ": the server itself sets the claim %s", name))
		}
	}
	return faults
}
