package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// draft holds the rows and the texts of a token request, in case its spend is
// won.
type draft struct {
	s      *Provider
	client *oauth.Client
	award  *award
	// token is the access token, and access its row. A JWT has the same row,
	// which is not stored.
	token  oauth.Token
	access oauth.AccessToken
	// family is the new family of a ticket.
	family *oauth.Family
	// refresh is the refresh token of the response; its ID is zero if there is
	// none.
	refresh oauth.Token
	prepared
}

// fill builds the rows of the award. The draft itself stays on the stack of the caller.
func (d *draft) fill(req *tokenRequest) {
	s, award, ready := d.s, d.award, d.prepared
	switch {
	case award.Refresh != nil:
		d.token, d.refresh = s.refreshTokens.access(*award.Refresh, req.Now), s.refreshTokens.next(*award.Refresh)
	default:
		d.token = oauth.NewToken(oauth.KindAccess, req.Now)
	}
	d.access = s.newAccessToken(req.Client, d.token, award.Resources, req.Now, ready.lifetimes)
	d.access.Scope = award.Scope // if something is spent, the Store sets it
	if x := award.exchange; x != nil && x.until.Before(d.access.ExpiresAt) {
		d.access.ExpiresAt = x.until
	}
	if award.Permission != nil {
		d.family = s.newFrontFamily(oauth.NewID(req.Now), &d.access, *award.Permission)
	}
	if award.Permission != nil && award.Refreshable && req.Client.Allows(oauth.GrantRefreshToken) {
		d.addRefresh(req, d.family.ID)
	}
	if award.Ticket != nil {
		d.family = &oauth.Family{IssuedAt: req.Now}
		if req.Client.Allows(oauth.GrantRefreshToken) {
			d.addRefresh(req, award.Ticket.ID)
		} else {
			// Without a refresh token, the family is needed only as long as its
			// access token.
			d.family.IdleExpiresAt, d.family.ExpiresAt = d.access.ExpiresAt, d.access.ExpiresAt
		}
	}
}

// addRefresh adds the first refresh token to the new family, which will have that ID.
func (d *draft) addRefresh(req *tokenRequest, family oauth.ID) {
	d.refresh = d.s.refreshTokens.first(family)
	d.family.Hash = d.refresh.Hash()
	d.family.IdleExpiresAt = req.Now.Add(d.refreshIdleTTL())
	d.family.ExpiresAt = req.Now.Add(cmp.Or(d.lifetimes.RefreshToken, lifetime(req.Client.RefreshTokenTTL, d.s.RefreshTokenTTL)))
}

// refreshIdleTTL returns how long the refresh token of the response can stay unused.
func (d *draft) refreshIdleTTL() time.Duration {
	return cmp.Or(d.lifetimes.RefreshTokenIdle, lifetime(d.client.RefreshTokenIdleTTL, d.s.RefreshTokenIdleTTL))
}

// repeat sets d to the response that was returned when the family was rotated.
func (d *draft) repeat(family oauth.Family) {
	d.token = d.s.refreshTokens.access(*d.award.Refresh, family.RotatedAt)
	audience := family.AccessAudience
	if len(audience) == 0 {
		audience = family.Details.Resources
	}
	d.access = d.s.newAccessToken(d.client, d.token, audience, family.RotatedAt, d.lifetimes)
}

// newAccessToken returns the row of an access token issued at that time,
// without its permission. Without an audience, that of the permission applies.
func (s *Provider) newAccessToken(client *oauth.Client, token oauth.Token, audience oauth.Audience, at time.Time, l oauth.Lifetimes) oauth.AccessToken {
	return oauth.AccessToken{
		ID: token.ID, Hash: token.Hash(), ClientID: client.ID, Audience: audience,
		IssuedAt: at, ExpiresAt: at.Add(cmp.Or(l.AccessToken, s.accessTTL(client, audience))),
	}
}

// newCode returns the ticket of an authorization code. front is the family of an
// access token in the same response, or zero.
func (s *Provider) newCode(r *AuthorizationRequest, token oauth.Token, permission oauth.Permission, front oauth.ID, now time.Time) *oauth.Ticket {
	body := codeBody{RedirectURI: r.RedirectURI, Omitted: r.RedirectURIOmitted, Challenge: r.Challenge, ticketBody: ticketBody{Nonce: r.Nonce, Front: front}}
	return &oauth.Ticket{
		Kind: ticketCode, ID: token.ID, Proof: codeProof(token.Hash(), r.ClientID, body.requestedURI(), r.Challenge),
		ClientID: r.ClientID, Permission: permission, Body: body.String(), IssuedAt: now, ExpiresAt: now.Add(lifetime(r.Client.CodeTTL, s.CodeTTL)),
	}
}

// newAnswer returns the ticket of a decision whose response has no code. It
// expires when the request does, or the access token, which does so at the given time.
func (s *Provider) newAnswer(r *AuthorizationRequest, secret [32]byte, permission oauth.Permission, front oauth.ID, now, expires time.Time) (*oauth.Ticket, error) {
	text, err := json.Marshal(ticketBody{Front: front})
	if end := r.BeganAt().Add(s.RequestTTL); end.Before(expires) {
		expires = end
	}
	return &oauth.Ticket{
		Kind: ticketAnswer, ID: r.ID, Proof: answerProof(string(secret[:])),
		ClientID: r.ClientID, Permission: permission, Body: string(text), IssuedAt: now, ExpiresAt: expires,
	}, err
}

// newFrontFamily returns the family of an access token that goes through the
// browser. It has its own family, so that it is revoked with the consent, with
// another decision about the request, and with the code if that is replayed.
func (s *Provider) newFrontFamily(id oauth.ID, access *oauth.AccessToken, permission oauth.Permission) *oauth.Family {
	return &oauth.Family{
		ID: id, ClientID: access.ClientID, Permission: permission, AccessScope: permission.Scope,
		IssuedAt: access.IssuedAt, IdleExpiresAt: access.ExpiresAt, ExpiresAt: access.ExpiresAt,
	}
}

// formatOf returns the format of an access token.
func (s *Provider) formatOf(ready prepared, client *oauth.Client, audience oauth.Audience) oauth.TokenFormat {
	if ready.format != "" {
		return ready.format
	}
	return s.format(client, audience)
}

// accessText returns the text of an access token in its format.
func (s *Provider) accessText(ctx context.Context, client *oauth.Client, token oauth.Token, row oauth.AccessToken, ready prepared) (string, error) {
	if s.formatOf(ready, client, row.Audience) != oauth.JWT {
		return token.String(), nil
	}
	return s.signAccess(ctx, client, row, ready.access)
}

// respond builds the response: the access token, the refresh token if there is
// one, and an ID token if openid was granted by a person.
func (s *Provider) respond(ctx context.Context, req *tokenRequest, award *award, d *draft, found oauth.SpendResult) (*TokenResponse, error) {
	if x := award.exchange; x != nil && x.jag != nil {
		return s.respondIDJAG(ctx, req, x)
	}
	row := d.access
	var permission oauth.Permission
	switch {
	case award.Ticket != nil:
		permission = found.Ticket.Permission
		row.FamilyID, row.Scope = found.Ticket.ID, permission.Scope
	case award.Refresh != nil:
		permission = found.Family.Permission
		row.FamilyID, row.Scope = found.Family.ID, found.Family.AccessScope
	case award.Permission != nil:
		permission = *award.Permission
		row.FamilyID, row.Scope = d.family.ID, permission.Scope
	case award.exchange != nil:
		permission = award.exchange.family.Permission
		row.FamilyID = award.exchange.family.ID
		if other := award.exchange.family.ClientID; other != req.Client.ID {
			row.FamilyClient = other
		}
	}
	row.Subject, row.Details, row.AuthTime = permission.Subject, permission.Details, permission.AuthTime
	row.ExpiresAt = row.Details.Earlier(row.ExpiresAt)
	var err error
	if row.Audience, err = s.stillAllowed(req.Client, s.audienceOf(&row)); err != nil {
		return nil, err
	}
	if row.Scope, err = s.issuable(req.Client, row.Audience, row.Scope); err != nil {
		return nil, err
	}
	response := &TokenResponse{
		TokenType: "Bearer",
		ExpiresIn: max(0, int64(row.ExpiresAt.Sub(req.Now)/time.Second)),
		Scope:     row.Scope.String(),
		ClientID:  req.Client.ID,
	}
	if award.Ticket != nil && (award.Ticket.Kind == ticketCode || award.Ticket.Kind == ticketDevice) {
		response.CodeID = award.Ticket.ID
	}
	if !d.refresh.ID.IsZero() {
		response.RefreshToken = d.refresh.String()
	}
	if x := award.exchange; x != nil {
		row.Act, response.IssuedTokenType = x.act, x.tokenType
		response.AccessToken, err = s.signAccess(ctx, req.Client, row, d.prepared.access)
		return response, err
	}
	if response.AccessToken, err = s.accessText(ctx, req.Client, d.token, row, d.prepared); err != nil {
		return nil, err
	}
	if row.Subject == "" || award.AccessOnly || !row.Scope.Contains(oauth.ScopeOpenID) || (award.Refresh != nil && req.Client.OmitIDTokenAtRefresh) {
		return response, nil
	}
	permission.Scope = row.Scope
	response.IDToken, err = s.idToken(ctx, idTokenFor{
		client: req.Client, permission: permission, nonce: nonceOf(found.Ticket), issuedAt: row.IssuedAt, id: row.ID, family: row.FamilyID, access: response.AccessToken,
		claimsOf: s.profileScopes(req.Client, row.Scope), claims: d.claims, added: d.idToken,
	})
	return response, err
}

// grantedTo returns the person and the family of the tokens that were issued, for the
// event; both can be empty.
func (d *draft) grantedTo(award *award, found oauth.SpendResult) (subject, family string) {
	var id oauth.ID
	switch {
	case award.Ticket != nil:
		subject, id = found.Ticket.Subject, found.Ticket.ID
	case award.Refresh != nil:
		subject, id = found.Family.Subject, found.Family.ID
	case award.Permission != nil:
		subject, id = award.Permission.Subject, d.family.ID
	case award.exchange != nil:
		subject, id = award.exchange.family.Subject, award.exchange.family.ID
	}
	if id.IsZero() || d.s.OnEvent == nil {
		return subject, ""
	}
	return subject, id.String()
}

// profileScopes returns those of the granted scopes whose claims are in the ID
// tokens of the token endpoint. OpenID Connect Core §5.4 puts them at the
// userinfo endpoint only, but many clients do not ask that. The claims of scopes
// that an administrator defined are there for the same reason: Kubernetes and
// others read groups only from the ID token.
func (s *Provider) profileScopes(client *oauth.Client, granted oauth.Scopes) (scopes oauth.Scopes) {
	if client.OmitProfile {
		return nil
	}
	for _, name := range granted {
		if name == oauth.ScopeProfile || name == oauth.ScopeEmail || len(s.catalog().byName[name].Claims) > 0 {
			scopes = append(scopes, name)
		}
	}
	return scopes
}
