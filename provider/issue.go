package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TokenResponse is a successful answer of the token endpoint (RFC 6749 §5.1).
type TokenResponse struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	TokenType    string `json:"token_type"` // "Bearer" (RFC 6750)
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
	// IDToken is that of OpenID Connect Core §3.1.3.3.
	IDToken string `json:"id_token,omitempty"`
}

// Token is the token endpoint (RFC 6749 §3.2). authorization is the request's
// Authorization header.
func (s *Provider) Token(ctx context.Context, authorization string, p oauth.Params) (*TokenResponse, error) {
	response, err := s.token(ctx, authorization, p)
	s.tell(ctx, Ending(oauth.EventToken, s.grantKind(p), err))
	return response, err
}

func (s *Provider) token(ctx context.Context, authorization string, p oauth.Params) (*TokenResponse, error) {
	grantType := p.Get("grant_type")
	if grantType == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter grant_type is missing from the form-encoded body.")
	}
	grant := s.grant(grantType)
	if grant == nil {
		return nil, oauth.Errorf(oauth.CodeUnsupportedGrantType, "The grant type '%s' is not supported.", grantType)
	}
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		return nil, err
	}
	if !client.Allows(grantType) {
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "This application may not use the grant type '%s'. It can be allowed in the application's settings.", grantType)
	}
	req := &TokenRequest{Client: client, Params: p, provider: s}
	award, err := grant.Decide(ctx, s.Store, req)
	if err != nil {
		return nil, err
	}
	return s.mint(ctx, req, award)
}

// mint is the only writer of tokens: it makes what was earned and carries the
// award out in one store call. Nothing is signed inside it.
func (s *Provider) mint(ctx context.Context, req *TokenRequest, award *Award) (*TokenResponse, error) {
	if award.Code != nil || award.Refresh != nil {
		if err := s.canEncrypt(ctx, req.Client); err != nil {
			return nil, err
		}
	}
	switch {
	case award.Code != nil:
		return s.mintFromCode(ctx, req.Client, award.Code)
	case award.Refresh != nil:
		return s.mintFromRefresh(ctx, req.Client, award.Refresh, award.Scope)
	}
	now := s.now()
	token := oauth.NewToken(oauth.KindAccess, now)
	row := s.access(req.Client, token, now)
	row.Scope = award.Scope
	if req.Client.AccessTokenFormat != oauth.JWT {
		if err := s.Store.Issue(ctx, *row); err != nil {
			return nil, err
		}
	}
	return s.respond(ctx, req.Client, token, *row, now, about{})
}

func (s *Provider) mintFromCode(ctx context.Context, client *oauth.Client, use *CodeUse) (*TokenResponse, error) {
	now := s.now()
	token := oauth.NewToken(oauth.KindAccess, now)
	r := oauth.Redemption{
		ID: use.Token.ID, Hash: use.Token.Hash(), ClientID: client.ID,
		RedirectURI: use.RedirectURI, Challenge: use.Challenge, Now: now, InSession: s.OwnLogin,
		Family: oauth.Family{
			IssuedAt:      now,
			IdleExpiresAt: now.Add(lifetime(client.RefreshTokenIdleTTL, s.RefreshTokenIdleTTL)),
			ExpiresAt:     now.Add(lifetime(client.RefreshTokenTTL, s.RefreshTokenTTL)),
		},
	}
	row := s.access(client, token, now)
	if client.AccessTokenFormat != oauth.JWT {
		r.Access = row
	}
	var refresh string
	if client.Allows(oauth.GrantRefreshToken) {
		first := s.heirs.first(use.Token.ID)
		r.Family.Hash, refresh = first.Hash(), first.String()
	} else {
		// Without a refresh token the family only outlives its access token.
		r.Family.IdleExpiresAt, r.Family.ExpiresAt = row.ExpiresAt, row.ExpiresAt
	}
	got, err := s.Store.Redeem(ctx, r)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "The code is unknown, or expired long ago.").WithReason("unknown")
	case err != nil:
		return nil, err
	case !got.Won:
		return nil, s.refuseCode(ctx, r, got)
	}
	row.Subject, row.Scope, row.FamilyID = got.Code.Subject, client.StillAllowed(got.Code.Scope), got.Code.ID
	code := got.Code
	response, err := s.respond(ctx, client, token, *row, now, about{code.AuthTime, code.SessionID, code.Nonce, code.Details})
	if err == nil {
		response.RefreshToken = refresh
	}
	return response, err
}

func (s *Provider) mintFromRefresh(ctx context.Context, client *oauth.Client, use *RefreshUse, narrow oauth.Scopes) (*TokenResponse, error) {
	now := s.now()
	token, next := s.heirs.access(use.Token, now), s.heirs.next(use.Token)
	row := s.access(client, token, now)
	r := oauth.Rotation{
		FamilyID: use.Token.ID, ClientID: client.ID,
		Presented: use.Token.Hash(), Next: next.Hash(), Now: now,
		IdleExpiresAt: now.Add(lifetime(client.RefreshTokenIdleTTL, s.RefreshTokenIdleTTL)),
		Scope:         narrow,
	}
	if client.AccessTokenFormat != oauth.JWT {
		r.Access = row
	}
	got, err := s.Store.Rotate(ctx, r)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errUnknownRefreshToken()
	case err != nil:
		return nil, err
	}
	if !got.Won {
		replay, err := s.refuseRefresh(ctx, r, got)
		if !replay {
			return nil, err
		}
		// The winner's answer again, from the moment that it was given.
		token = s.heirs.access(use.Token, got.Family.RotatedAt)
		row = s.access(client, token, got.Family.RotatedAt)
	}
	family := got.Family
	row.Subject, row.Scope, row.FamilyID = family.Subject, client.StillAllowed(family.AccessScope), family.ID
	response, err := s.respond(ctx, client, token, *row, now, about{family.AuthTime, family.SessionID, "", family.Details})
	if err == nil {
		response.RefreshToken = next.String()
	}
	return response, err
}

// access is the row of an access token issued at that time.
func (s *Provider) access(client *oauth.Client, token oauth.Token, at time.Time) *oauth.AccessToken {
	return &oauth.AccessToken{
		ID: token.ID, Hash: token.Hash(), ClientID: client.ID,
		IssuedAt: at, ExpiresAt: at.Add(lifetime(client.AccessTokenTTL, s.AccessTokenTTL)),
	}
}

// accessText is what the client gets to see of an access token.
func (s *Provider) accessText(ctx context.Context, client *oauth.Client, token oauth.Token, row oauth.AccessToken, authTime time.Time) (string, error) {
	if client.AccessTokenFormat != oauth.JWT {
		return token.String(), nil
	}
	return s.signAccess(ctx, client, row, authTime)
}

// about is how the person of a token logged in; zero for the client itself.
type about struct {
	authTime  time.Time
	sessionID string
	nonce     string
	openID    oauth.Details
}

// respond writes the access token out in the client's format, and an ID token
// beside it if openid is granted and there is a person.
func (s *Provider) respond(ctx context.Context, client *oauth.Client, token oauth.Token, row oauth.AccessToken, now time.Time, who about) (*TokenResponse, error) {
	response := &TokenResponse{
		TokenType: "Bearer",
		ExpiresIn: max(0, int64(row.ExpiresAt.Sub(now)/time.Second)),
		Scope:     row.Scope.String(),
	}
	var err error
	if response.AccessToken, err = s.accessText(ctx, client, token, row, who.authTime); err != nil {
		return nil, err
	}
	if row.Subject == "" || !row.Scope.Contains(oauth.ScopeOpenID) {
		return response, nil
	}
	response.IDToken, err = s.idToken(ctx, idTokenFor{
		client: client, subject: row.Subject, sessionID: who.sessionID, scope: row.Scope, openID: who.openID, nonce: who.nonce,
		authTime: who.authTime, issuedAt: row.IssuedAt, id: row.ID, access: response.AccessToken,
	})
	return response, err
}
