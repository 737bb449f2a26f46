package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// clockSkew is the difference between the clocks of the provider and this server that is
// accepted in times of logins.
const clockSkew = time.Minute

// Identity verifies the answer of the provider to a request, and returns the person. The
// caller has checked the state.
func (p *Provider) Identity(ctx context.Context, r Request, answer url.Values) (*Identity, error) {
	return p.identify(ctx, r, answer, new(Report))
}

// identify is Identity, and sets the claims of a report.
func (p *Provider) identify(ctx context.Context, r Request, answer url.Values, report *Report) (*Identity, error) {
	for _, name := range []string{"code", "state", "iss", "error"} {
		if len(answer[name]) > 1 {
			return nil, fmt.Errorf("%w: %s is repeated", ErrInvalid, name)
		}
	}
	if p.Type == TypeGitHub {
		return p.gitHubIdentity(ctx, r, answer, report)
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	// RFC 9207 §2.4, before anything else in the answer is used.
	if iss := answer.Get("iss"); (iss == "" && m.SendsIssuer) || (iss != "" && iss != p.Issuer && !p.isTenantIssuer(m, iss)) {
		return nil, fmt.Errorf("%w: iss is %q", ErrInvalid, bounded(iss))
	}
	if code := answer.Get("error"); code != "" {
		return nil, fmt.Errorf("%w: %s", ErrRefused, bounded(code))
	}
	tokens, err := p.exchange(ctx, p.config(m), r, answer.Get("code"))
	if err != nil {
		return nil, err
	}
	token, c, err := p.verify(ctx, m, r, tokens)
	if err != nil {
		return nil, err
	}
	report.IDToken = c.indented()
	i := &Identity{Subject: token.Subject, Issuer: p.Issuer}
	if len(p.Tenants) > 0 {
		i.Issuer = token.Issuer
	}
	if c, err = p.addUserInfo(ctx, m, tokens, token.Subject, c, report); err != nil {
		return nil, err
	}
	i.fill(p.Settings, c)
	at := c.time("auth_time")
	i.Undated = at.IsZero() && !p.OmitsAuthTime
	if i.AuthTime, err = p.authTime(r, at); err != nil {
		return nil, err
	}
	return i, p.allowed(i)
}

// exchange exchanges the code for tokens.
func (p *Provider) exchange(ctx context.Context, config *oauth2.Config, r Request, code string) (*oauth2.Token, error) {
	const maxCode = 4 << 10
	if code == "" || len(code) > maxCode {
		return nil, fmt.Errorf("%w: no code, or a long one", ErrInvalid)
	}
	tokens, err := config.Exchange(p.within(ctx), code, oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, short(err))
	}
	return tokens, nil
}

// verify verifies the ID token (OpenID Connect Core §3.1.3.7).
func (p *Provider) verify(ctx context.Context, m *metadata, r Request, tokens *oauth2.Token) (*oidc.IDToken, claims, error) {
	invalid := func(text string) (*oidc.IDToken, claims, error) {
		return nil, nil, fmt.Errorf("%w: the ID token: %s", ErrInvalid, text)
	}
	text, _ := tokens.Extra("id_token").(string)
	token, err := m.provider.Verifier(&oidc.Config{ClientID: p.ClientID, SkipIssuerCheck: len(p.Tenants) > 0, Now: p.clock}).Verify(p.within(ctx), text)
	if err != nil {
		return invalid(short(err))
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return invalid(short(err))
	}
	azp := c.text("azp")
	switch {
	case token.Nonce == "" || token.Nonce != r.Nonce:
		return invalid("another nonce")
	case token.Subject == "" || c.text("sub") != token.Subject:
		return invalid("no sub, or a long one")
	case azp != "" && azp != p.ClientID, azp == "" && len(token.Audience) > 1:
		return invalid("issued to another client")
	case len(p.Tenants) > 0 && !p.ofTenant(m, token.Issuer, c.text("tid")):
		return invalid("another issuer or tenant")
	case token.AccessTokenHash != "" && token.VerifyAccessToken(tokens.AccessToken) != nil:
		return invalid("of another access token")
	}
	return token, c, nil
}

// ofTenant reports whether an issuer is that of one of the tenants in the settings.
func (p *Provider) ofTenant(m *metadata, issuer, tenant string) bool {
	return slices.Contains(p.Tenants, tenant) && issuer == strings.ReplaceAll(m.Issuer, tenantPlaceholder, tenant)
}

// isTenantIssuer reports whether an issuer is that of any of the tenants.
func (p *Provider) isTenantIssuer(m *metadata, issuer string) bool {
	return slices.ContainsFunc(p.Tenants, func(tenant string) bool { return p.ofTenant(m, issuer, tenant) })
}

// addUserInfo adds the claims of the userinfo endpoint that the ID token does not have. It
// sends a request only if one is missing that is needed.
func (p *Provider) addUserInfo(ctx context.Context, m *metadata, tokens *oauth2.Token, subject string, c claims, report *Report) (claims, error) {
	complete := true
	for _, field := range []string{"username", "name", "email"} {
		complete = complete && p.has(c, field)
	}
	if len(p.Groups) > 0 {
		complete = complete && p.has(c, "groups")
	}
	if complete || m.provider.UserInfoEndpoint() == "" {
		return c, nil
	}
	info, err := m.provider.UserInfo(p.within(ctx), oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, fmt.Errorf("%w: userinfo: %s", ErrUnavailable, short(err))
	}
	if info.Subject != subject { // OpenID Connect Core §5.3.2
		return nil, fmt.Errorf("%w: userinfo has another sub", ErrInvalid)
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return nil, fmt.Errorf("%w: userinfo: %s", ErrInvalid, short(err))
	}
	report.UserInfo = more.indented()
	// Whether an address is verified is about the address in the same document.
	other := more
	if c["email"] == nil {
		other = c
	}
	delete(other, "email_verified")
	delete(other, "xms_edov")
	return merge(more, c), nil
}

// has reports whether a field is known, or not wanted.
func (p *Provider) has(c claims, field string) bool {
	name := p.claim(field)
	return name == "" || c.member(name) != nil
}

// merge returns the members of both. Those of c take precedence.
func merge(more, c claims) claims {
	all := make(claims, len(more)+len(c))
	for _, from := range []claims{more, c} {
		for name, value := range from {
			all[name] = append(json.RawMessage(nil), value...)
		}
	}
	return all
}

// authTime returns when the person logged in, or ErrNotFresh. at is what the provider
// says.
func (p *Provider) authTime(r Request, at time.Time) (time.Time, error) {
	now := p.clock()
	if at.After(now) {
		at = now // within the difference of the clocks, or a lie that changes nothing
	}
	switch {
	case at.IsZero() && (r.Fresh || r.MaxAge >= 0) && !p.OmitsAuthTime:
		return time.Time{}, fmt.Errorf("%w: there is no auth_time", ErrNotFresh)
	case at.IsZero():
		return time.Time{}, nil
	case r.Fresh && at.Before(r.BeganAt.Add(-clockSkew)), r.MaxAge >= 0 && at.Before(r.BeganAt.Add(-r.MaxAge-clockSkew)):
		return time.Time{}, fmt.Errorf("%w: auth_time is %s", ErrNotFresh, at.UTC().Format(time.RFC3339))
	case r.Fresh:
		return time.Time{}, nil // the clocks may differ, but it was a new login
	}
	return at, nil
}
