package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// sessionMemory is how long a client is remembered as one of a login session, so
// that it is notified of the logout. A Store that keeps the sessions deletes this
// with the session.
const sessionMemory = 400 * 24 * time.Hour

// ErrChanged means that the person has logged out or has withdrawn a consent, or
// that the client has changed, since the request was opened. Open it again, and
// call Next.
var ErrChanged = errors.New("the login session, the consent or the client has changed")

// ErrClientGone means that the client was deleted or disabled. Show the error to the person,
// and do not send them back to the client.
var ErrClientGone = errors.New("the client does not exist any more")

// Approve grants the client what it asked for. scope is the part of
// r.RequestedScopes() that the person allowed. The person must be logged in as the
// request requires. decided reports that the person saw the consent page and agreed;
// otherwise the page must not have been needed.
//
// The last decision counts. If the same person makes the same decision again, the
// response has the same code and access token. Another decision replaces the
// first one, unless the code was used or the request was pushed: then Approve
// returns ErrConflict, because the request was answered before. If an administrator
// has cancelled the request or the code, it returns ErrCancelled.
func (s *Provider) Approve(ctx context.Context, r *AuthorizationRequest, who oauth.Authentication, scope oauth.Scopes, decided bool) (*AuthorizationResponse, error) {
	shown, unverifiedAt := r.RequestedScopes(), r.Client.UnverifiedAt
	if err := s.renew(ctx, r); err != nil {
		if _, visible := errors.AsType[*oauth.Error](err); visible {
			return nil, ErrChanged // Open shows it to the person
		}
		return nil, err
	}
	if !r.Client.UnverifiedAt.Equal(unverifiedAt) {
		return nil, ErrChanged
	}
	step, relies, err := s.next(ctx, r, &who)
	if err != nil {
		return nil, err
	}
	if decided && step == StepConsent {
		if !r.WasShown(who) {
			return nil, errors.New("provider: Approve was called in a session in which the consent page was not shown")
		}
		step = StepDone
	}
	if step != StepDone {
		return nil, ErrChanged
	}
	if !shown.Covers(scope) {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The decision allows a scope that the application did not request.")
	}
	requested := r.RequestedScopes()
	scope = slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return !requested.Contains(name) })
	switch {
	case who.Subject == r.ClientID:
		return nil, errSubjectOfClient
	case !oauth.IsSubject(who.Subject):
		return nil, errSubject
	}
	p := &approving{Provider: s, request: r, at: s.now()}
	p.approval = oauth.Approval{Now: p.at, Spend: pushedSpend(r, p.at)}
	if s.OwnLogin {
		p.approval.InSession = who.SessionID
	} else {
		p.approval.HostSession = who.SessionID
	}
	if decided {
		remembered := s.resources().remembered(scope, r.Resources)
		if !r.until.IsZero() {
			remembered = nil
		}
		p.approval.Consent = &oauth.Consent{Subject: who.Subject, ClientID: r.ClientID, Scope: remembered, GrantedAt: p.at, UpdatedAt: p.at, EndsAt: r.until}
		p.approval.Shown = s.resources().remembered(shown, r.Resources)
		p.approval.Outdated = r.Client.UnverifiedAt
	} else {
		p.approval.Relies = relies
	}
	if r.Claims != nil {
		r.Claims.KeepScopes(s.catalog().claims, scope.Contains)
	}
	granted := slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return !r.Scope.Contains(name) })
	p.permission = oauth.Permission{Subject: who.Subject, SessionID: who.SessionID, Scope: granted, AuthTime: who.AuthTime}
	if r.Device != nil {
		p.permission.SessionID = "" // the device is not logged out with this browser
	}
	if granted.Contains(oauth.ScopeOpenID) {
		p.permission.Details = oauth.Details{Claims: r.Claims, Locales: r.ClaimsLocales}
	}
	// An API can depend on the login (RFC 9470). A login with a password is recorded only
	// if it matters: without details, a row is faster to read.
	if granted.Contains(oauth.ScopeOpenID) || len(r.ACRValues) > 0 || !s.isPasswordLogin(who) {
		p.permission.Details.ACR, p.permission.Details.AMR = s.reportedACR(r, who), who.AMR
	}
	p.permission.Details.Resources, p.permission.Details.Until = r.Resources, r.until
	response, err := p.approve(ctx)
	if err == nil {
		s.uses.noteClient(r.ClientID, p.at)
	}
	return response, err
}

// DenyDevice records that the person did not agree to a request from a device.
// It returns ErrConflict if the person has decided before, or the device code
// has expired. A client that registered itself and was never approved is not
// stored.
func (s *Provider) DenyDevice(ctx context.Context, r *AuthorizationRequest) error {
	now := s.now()
	if !r.Device.Unstored {
		result, err := s.Store.Change(ctx, *r.Device.decision(deviceDenied, nil, now))
		if errors.Is(err, oauth.ErrNotFound) || err == nil && !result.Won {
			return oauth.ErrConflict
		}
		return err
	}
	switch problem, err := s.DeviceProblem(ctx, r.Device); {
	case err != nil:
		return err
	case problem != "":
		return oauth.ErrConflict
	}
	return s.Store.Put(ctx, r.Device.answer(deviceDenied, now))
}

// approving is one approval: what is written, and what is answered.
type approving struct {
	*Provider
	request    *AuthorizationRequest
	permission oauth.Permission
	approval   oauth.Approval
	// secret is the secret of the decision. The code and the access token are made
	// of it, so that they are the same for the same decision only.
	secret [32]byte
	// at is when the decision was first approved.
	at     time.Time
	fields []string
	ready  prepared

	code, access string
}

// approve writes the decision, and then makes what the response type names. If
// that fails, the person can approve again.
func (p *approving) approve(ctx context.Context) (*AuthorizationResponse, error) {
	r := p.request
	if missing := p.missing(); missing != "" {
		return nil, p.deny(ctx, missing)
	}
	if r.responds("id_token") {
		if err := p.canEncrypt(ctx, r.Client); err != nil {
			return nil, err
		}
	}
	if err := p.addMetadata(ctx); err != nil {
		return nil, err
	}
	if err := p.prepareFront(ctx); err != nil {
		return nil, err
	}
	client, err := p.confirm(ctx, r.Client)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		// Not ErrChanged: if the request could be opened again, that would repeat forever.
		return nil, fmt.Errorf("%w: %w", ErrClientGone, errUnknownClient(r.ClientID))
	case err != nil:
		return nil, err
	}
	r.Client = client
	if err := p.rows(); err != nil {
		return nil, err
	}
	if err := p.write(ctx); err != nil {
		return nil, err
	}
	if r.responds("code") {
		p.addCode()
	}
	if r.responds("token") {
		if err := p.addAccess(ctx); err != nil {
			return nil, err
		}
	}
	if r.responds("id_token") { // last, because it has hashes of the others
		if err := p.addIDToken(ctx); err != nil {
			return nil, err
		}
	}
	if p.permission.Scope.Contains(oauth.ScopeOpenID) {
		p.fields = append(p.fields, "session_state", p.sessionState(r, p.permission.SessionID))
	}
	return p.respondTo(r, p.fields...), nil
}

// addMetadata adds the metadata of the host program to the permission.
func (p *approving) addMetadata(ctx context.Context) (err error) {
	r := p.request
	p.permission.Details.Metadata, err = p.metadataFor(ctx, oauth.TokenInfo{
		Client: r.Client, GrantType: r.grantType(), Subject: p.permission.Subject, Scope: p.permission.Scope,
		Resources: p.audienceOf(&oauth.AccessToken{Audience: r.Resources}),
	})
	return err
}

// prepareFront determines what the host program contributes to tokens that go through
// the browser.
func (p *approving) prepareFront(ctx context.Context) (err error) {
	r := p.request
	if r.Device != nil || !r.responds("token") && !r.responds("id_token") {
		return nil
	}
	info := oauth.TokenInfo{
		Client: r.Client, GrantType: oauth.GrantImplicit, Subject: p.permission.Subject, Scope: p.permission.Scope,
		Resources: p.audienceOf(&oauth.AccessToken{Audience: r.Resources}), Metadata: p.permission.Details.Metadata,
	}
	if p.ready.lifetimes, err = p.lifetimesFor(ctx, info); err != nil {
		return err
	}
	if r.responds("token") {
		if p.ready.format, err = p.formatFor(ctx, info); err != nil {
			return err
		}
	}
	if r.responds("token") && p.formatOf(p.ready, r.Client, r.Resources) == oauth.JWT {
		if p.ready.access, err = p.addedClaims(ctx, info, oauth.ClaimsOfAccessToken); err != nil {
			return err
		}
	}
	if r.responds("id_token") {
		p.ready.idToken, err = p.addedClaims(ctx, info, oauth.ClaimsOfIDToken)
	}
	return err
}

// missing returns what the person would have had to allow for a response, or "".
func (p *approving) missing() string {
	switch {
	case len(p.permission.Scope) == 0:
		return "any of the requested scopes"
	case p.request.responds("id_token") && !p.permission.Scope.Contains(oauth.ScopeOpenID):
		return "the scope openid, without which there is no ID token"
	}
	return ""
}

// deny stores the scopes that the person no longer allows, and returns the error
// for the client.
func (p *approving) deny(ctx context.Context, missing string) error {
	if p.request.Device != nil {
		p.approval.Change = p.request.Device.decision(deviceDenied, nil, p.at)
	}
	if p.request.Device != nil && p.request.Device.Unstored {
		p.approval.Change = nil
		if err := p.DenyDevice(ctx, p.request); err != nil {
			return err
		}
	}
	if p.request.Client.Unconfirmed {
		if err := p.denyPushed(ctx, p.request); err != nil {
			return err
		}
	} else if p.approval.Consent != nil || p.approval.Spend != nil {
		if _, err := p.Store.Approve(ctx, p.approval); err != nil && !errors.Is(err, oauth.ErrNotFound) {
			return err
		}
	}
	return oauth.Errorf(oauth.CodeAccessDenied, "The person did not allow %s.", missing)
}

// rows fills in what the approval writes.
func (p *approving) rows() (err error) {
	r := p.request
	if r.Device != nil {
		p.approval.Change = r.Device.decision(deviceApproved, &p.permission, p.at)
		if r.Device.Unstored {
			answer := r.Device.answer(deviceApproved, p.at)
			p.approval.Put = &answer
		}
		return nil
	}
	p.secret = r.decisionSecret(p.permission)
	if p.permission.SessionID != "" && p.permission.Scope.Contains(oauth.ScopeOpenID) {
		p.approval.Session = &oauth.SessionClient{SessionID: p.permission.SessionID, ClientID: r.ClientID, Subject: p.permission.Subject}
		p.approval.SessionUntil = p.at.Add(sessionMemory)
	}
	var front oauth.ID
	var row *oauth.AccessToken
	if r.responds("token") || !r.responds("code") { // a code alone needs none
		token := p.newAccessToken(r.Client, p.accessToken(), r.Resources, p.at, p.ready.lifetimes)
		token.ExpiresAt = p.permission.Details.Earlier(token.ExpiresAt)
		row = &token
	}
	if r.responds("token") {
		front = p.refreshTokens.frontFamily(r.ID, p.secret)
		p.approval.Family = p.newFrontFamily(front, row, p.permission)
		if p.formatOf(p.ready, r.Client, r.Resources) != oauth.JWT {
			p.approval.Access = row
		}
	}
	switch {
	case r.responds("code"):
		p.approval.Put = p.newCode(r, p.codeToken(), p.permission, front, p.at)
	case r.responds("token"), r.Pushed != "":
		p.approval.Put, err = p.newAnswer(r, p.secret, p.permission, front, p.at, row.ExpiresAt)
	}
	return err
}

// write writes the decision. If another decision was made about the request and
// not used, this one replaces it.
func (p *approving) write(ctx context.Context) error {
	const attempts = 8 // others decide at the same time
	for range attempts {
		issuedAt, err := p.Store.Approve(ctx, p.approval)
		switch {
		case err == nil && p.approval.Put != nil:
			p.at = issuedAt
			return nil
		case errors.Is(err, oauth.ErrNotFound):
			return ErrChanged
		case errors.Is(err, oauth.ErrConflict) && p.approval.Spend != nil:
			return p.pushedConflict(ctx, err)
		case !errors.Is(err, oauth.ErrConflict), p.approval.Put == nil, p.approval.Change != nil:
			return err
		}
		before, _, err := p.Store.Ticket(ctx, p.approval.Put.Kind, p.approval.Put.ID)
		switch {
		case err == nil && before.Kind == ticketCode && before.State == codeDenied:
			return ErrCancelled
		case errors.Is(err, oauth.ErrNotFound), err == nil && (!before.SpentAt.IsZero() || before.Proof == p.approval.Put.Proof):
			return oauth.ErrConflict
		case err != nil:
			return err
		}
		p.approval.Replaces, p.approval.Revoke = before.Proof, frontFamilies(before)
	}
	return oauth.ErrConflict
}

// pushedConflict returns ErrCancelled if the pushed request was cancelled, and otherwise err.
func (p *approving) pushedConflict(ctx context.Context, err error) error {
	pushed, _, also := p.Store.Ticket(ctx, p.approval.Spend.Kind, p.approval.Spend.ID)
	if also == nil && pushed.State == pushCancelled {
		return ErrCancelled
	}
	return err
}

func (p *approving) codeToken() oauth.Token {
	return oauth.Token{Kind: oauth.KindCode, ID: p.request.ID, Secret: p.secret}
}

// accessToken returns the access token that goes through the browser.
func (p *approving) accessToken() oauth.Token {
	return p.refreshTokens.access(oauth.Token{ID: p.request.ID, Secret: p.secret}, p.at)
}

func (p *approving) addCode() {
	p.code = p.codeToken().String()
	p.fields = append(p.fields, "code", p.code)
}

func (p *approving) addAccess(ctx context.Context) (err error) {
	client, token := p.request.Client, p.accessToken()
	row := p.newAccessToken(client, token, p.request.Resources, p.at, p.ready.lifetimes)
	row.ExpiresAt = p.permission.Details.Earlier(row.ExpiresAt)
	row.Subject, row.Scope, row.FamilyID = p.permission.Subject, p.permission.Scope, p.approval.Family.ID
	row.Details, row.AuthTime = p.permission.Details, p.permission.AuthTime
	p.access, err = p.accessText(ctx, client, token, row, p.ready)
	p.fields = append(p.fields, "access_token", p.access, "token_type", "Bearer",
		"expires_in", strconv.FormatInt(int64(row.ExpiresAt.Sub(p.approval.Now)/time.Second), 10), "scope", p.permission.Scope.String())
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
		client: r.Client, permission: p.permission, nonce: r.Nonce, issuedAt: p.at, id: oauth.NewID(p.at),
		access: p.access, code: p.code, state: r.State, claimsOf: claimsOf, added: p.ready.idToken,
	})
	p.fields = append(p.fields, "id_token", text)
	return err
}
