package provider

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Approve grants the client what it asked for, within the scope that the
// person allowed of r.RequestedScopes(). The person must be logged in as the request
// requires. decided reports that the person saw the consent page and agreed;
// otherwise the page must not have been needed.
//
// If the request was approved before, the code is the same. ErrConflict: that
// code has been used, so that the request was answered before.
func (s *Provider) Approve(ctx context.Context, r *AuthorizationRequest, who oauth.Authentication, scope oauth.Scopes, decided bool) (*AuthorizationResponse, error) {
	step, err := s.Next(ctx, r, &who)
	if err != nil {
		return nil, err
	}
	if decided && step == StepConsent {
		if !r.WasShown(who) {
			return nil, errors.New("provider: Approve in a session in which the consent page was not shown")
		}
		step = StepDone
	}
	if step != StepDone {
		return nil, errors.New("provider: Approve before the person was asked")
	}
	if !r.RequestedScopes().Covers(scope) {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "More was allowed than the application asked for.")
	}
	p := &approving{Provider: s, request: r, now: s.now()}
	if decided {
		p.approval.Consent = &oauth.Consent{Subject: who.Subject, ClientID: r.ClientID, Scope: scope, GrantedAt: p.now, UpdatedAt: p.now}
	}
	if r.Claims != nil {
		r.Claims.KeepScopes(scope.Contains)
	}
	granted := slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return !r.Scope.Contains(name) })
	p.permission = oauth.Permission{Subject: who.Subject, SessionID: who.SessionID, Scope: granted, AuthTime: who.AuthTime}
	if granted.Contains(oauth.ScopeOpenID) {
		p.permission.Details = oauth.Details{Claims: r.Claims, Locales: r.ClaimsLocales, ACR: who.ACR, AMR: who.AMR}
	}
	return p.approve(ctx)
}

// approving is one approval: what is written, and what is answered.
type approving struct {
	*Provider
	request    *AuthorizationRequest
	permission oauth.Permission
	now        time.Time
	approval   oauth.Approval
	fields     []string

	code, access string
}

// approve makes what the response type names. The Store call is the last step
// that can fail for an outside reason.
func (p *approving) approve(ctx context.Context) (*AuthorizationResponse, error) {
	r := p.request
	for _, step := range []struct {
		name string
		add  func(context.Context) error
	}{{"code", p.addCode}, {"token", p.addAccess}, {"id_token", p.addIDToken}} {
		if !r.responds(step.name) {
			continue
		}
		if err := step.add(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.Store.Approve(ctx, p.approval); err != nil {
		return nil, err
	}
	if p.permission.Scope.Contains(oauth.ScopeOpenID) {
		p.fields = append(p.fields, "session_state", p.sessionState(r, p.permission.SessionID))
	}
	return p.respondTo(r, p.fields...), nil
}

func (p *approving) addCode(context.Context) (err error) {
	token := oauth.Token{Kind: oauth.KindCode, ID: p.request.ID, Secret: p.request.CodeSecret}
	p.approval.Put, err = p.newCode(p.request, token, p.permission, p.now)
	p.code = token.String()
	p.fields = append(p.fields, "code", p.code)
	return err
}

// addAccess makes an access token that goes through the browser.
func (p *approving) addAccess(ctx context.Context) (err error) {
	r := p.request
	// The token is the same at every click on Authorize, like the code.
	token := p.refreshTokens.access(oauth.Token{ID: r.ID, Secret: r.CodeSecret}, r.BeganAt())
	row := p.newAccessToken(r.Client, token, p.now)
	p.approval.Family = p.newFrontFamily(r.ID, row, p.permission)
	row.Subject, row.Scope, row.FamilyID = p.permission.Subject, p.permission.Scope, p.approval.Family.ID
	if r.Client.AccessTokenFormat != oauth.JWT {
		p.approval.Access = row
	}
	p.access, err = p.accessText(ctx, r.Client, token, *row, p.permission.AuthTime)
	p.fields = append(p.fields, "access_token", p.access, "token_type", "Bearer",
		"expires_in", strconv.FormatInt(int64(row.ExpiresAt.Sub(p.now)/time.Second), 10), "scope", p.permission.Scope.String())
	return err
}

func (p *approving) addIDToken(ctx context.Context) error {
	r := p.request
	// OpenID Connect Core §5.4: without an access token, the ID token has the
	// claims that the userinfo endpoint would return.
	var claimsOf oauth.Scopes
	if !r.responds("token") && !r.responds("code") {
		claimsOf = p.permission.Scope
	}
	text, err := p.idToken(ctx, idTokenFor{
		client: r.Client, permission: p.permission, nonce: r.Nonce, issuedAt: p.now, id: oauth.NewID(p.now),
		access: p.access, code: p.code, state: r.State, claimsOf: claimsOf,
	})
	p.fields = append(p.fields, "id_token", text)
	return err
}
