package provider

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Approve gives the client what it asked for, within the scope, as the person
// decided of r.Asked. who must be logged in as the request asks; decided says that they
// saw the consent page and agreed, else a page must not have been needed.
//
// If the request was approved before, the code is the same one. ErrConflict:
// that code has been used, so the answer is long given.
func (s *Provider) Approve(ctx context.Context, r *AuthorizationRequest, who oauth.Authentication, scope oauth.Scopes, decided bool) (*AuthorizationResponse, error) {
	step, err := s.Next(ctx, r, &who)
	if err != nil {
		return nil, err
	}
	if decided && step == StepConsent {
		if !r.WasShown(who) {
			return nil, errors.New("oauth: Approve for a session that was not shown the consent page")
		}
		step = StepDone
	}
	if step != StepDone {
		return nil, errors.New("oauth: Approve before the person was asked")
	}
	if !r.Asked().Covers(scope) {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "More was allowed than asked for.")
	}
	p := &approving{Provider: s, request: r, who: who, now: s.now()}
	if decided {
		p.approval.Consent = &oauth.Consent{Subject: who.Subject, ClientID: r.ClientID, Scope: scope, GrantedAt: p.now, UpdatedAt: p.now}
	}
	if r.Claims != nil {
		r.Claims.KeepScopes(scope.Contains)
	}
	p.scope = slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return !r.Scope.Contains(name) })
	return p.approve(ctx)
}

// approving is one approval on its way: what is written, and what is answered.
type approving struct {
	*Provider
	request  *AuthorizationRequest
	who      oauth.Authentication
	scope    oauth.Scopes
	now      time.Time
	approval oauth.CodeApproval
	fields   []string

	code, access string
}

// approve makes what the response type names; the store call is the last thing
// that can fail for a reason outside.
func (p *approving) approve(ctx context.Context) (*AuthorizationResponse, error) {
	r := p.request
	if r.earns("code") {
		p.addCode()
	}
	if r.earns("token") {
		if err := p.addAccess(ctx); err != nil {
			return nil, err
		}
	}
	if r.earns("id_token") {
		if err := p.addIDToken(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.Store.ApproveCode(ctx, p.approval); err != nil {
		return nil, err
	}
	if p.scope.Contains(oauth.ScopeOpenID) {
		p.fields = append(p.fields, "session_state", p.sessionState(r, p.who.SessionID))
	}
	return p.respondTo(r, p.fields...), nil
}

func (p *approving) openID() oauth.Details {
	if !p.scope.Contains(oauth.ScopeOpenID) {
		return oauth.Details{}
	}
	return oauth.Details{Claims: p.request.Claims, Locales: p.request.ClaimsLocales, ACR: p.who.ACR, AMR: p.who.AMR}
}

func (p *approving) addCode() {
	r := p.request
	token := oauth.Token{Kind: oauth.KindCode, ID: r.ID, Secret: r.CodeSecret}
	p.approval.Code = oauth.Code{
		ID: r.ID, Hash: token.Hash(), ClientID: r.ClientID, Subject: p.who.Subject, SessionID: p.who.SessionID,
		RedirectURI: r.RedirectURI, RedirectURIOmitted: r.RedirectURIOmitted, Scope: p.scope,
		Challenge: r.Challenge, Nonce: r.Nonce, Details: p.openID(), AuthTime: p.who.AuthTime, IssuedAt: p.now, ExpiresAt: p.now.Add(p.CodeTTL),
	}
	p.code = token.String()
	p.fields = append(p.fields, "code", p.code)
}

// addAccess makes an access token that goes through the browser. It has a
// family of its own, so that it ends with the consent, and with the code if
// that is replayed.
func (p *approving) addAccess(ctx context.Context) error {
	r := p.request
	// The same at every click on Authorize, like the code.
	token := p.heirs.access(oauth.Token{ID: r.ID, Secret: r.CodeSecret}, r.BeganAt())
	row := p.Provider.access(r.Client, token, p.now)
	row.Subject, row.Scope, row.FamilyID = p.who.Subject, p.scope, p.frontFamily(r.ID)
	p.approval.Family = &oauth.Family{
		ID: row.FamilyID, ClientID: r.ClientID, AccessScope: p.scope,
		Permission: oauth.Permission{Subject: p.who.Subject, SessionID: p.who.SessionID, Scope: p.scope, AuthTime: p.who.AuthTime, Details: p.openID()},
		IssuedAt:   p.now, IdleExpiresAt: row.ExpiresAt, ExpiresAt: row.ExpiresAt,
	}
	if r.Client.AccessTokenFormat != oauth.JWT {
		p.approval.Access = row
	}
	var err error
	p.access, err = p.accessText(ctx, r.Client, token, *row, p.who.AuthTime)
	p.fields = append(p.fields, "access_token", p.access, "token_type", "Bearer",
		"expires_in", strconv.FormatInt(int64(row.ExpiresAt.Sub(p.now)/time.Second), 10), "scope", p.scope.String())
	return err
}

func (p *approving) addIDToken(ctx context.Context) error {
	r := p.request
	text, err := p.idToken(ctx, idTokenFor{
		client: r.Client, subject: p.who.Subject, sessionID: p.who.SessionID, scope: p.scope, openID: p.openID(),
		nonce: r.Nonce, authTime: p.who.AuthTime, issuedAt: p.now, id: oauth.NewID(p.now),
		access: p.access, code: p.code, state: r.State, alone: !r.earns("token") && !r.earns("code"),
	})
	p.fields = append(p.fields, "id_token", text)
	return err
}

// frontFamily is the family of the access token that goes through the browser
// for this request.
func (s *Provider) frontFamily(request oauth.ID) oauth.ID {
	sum := s.heirs.mac("front", oauth.Token{ID: request})
	return oauth.IDFrom(request.Time(), [10]byte(sum[:]))
}
