package provider

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// accessClaims are the claims of a JWT access token (RFC 9068 §2.2).
type accessClaims struct {
	Issuer   string         `json:"iss"`
	Audience oauth.Audience `json:"aud"`
	Subject  string         `json:"sub"`
	ClientID string         `json:"client_id"`
	IssuedAt int64          `json:"iat"`
	Expires  int64          `json:"exp"`
	ID       string         `json:"jti"`
	Scope    string         `json:"scope,omitempty"`
	// AuthTime, ACR and AMR describe the login of the person (RFC 9068 §2.2.1).
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	// Family is the id of the family that the token belongs to. It is not part of
	// RFC 9068.
	Family string `json:"family,omitempty"`
	// FamilyClient is the client of the family, if the token was issued to another
	// client by a token exchange.
	FamilyClient string `json:"family_client,omitempty"`
	// Act is the actor (RFC 8693 §4.1).
	Act *oauth.Actor `json:"act,omitempty"`
}

// signAccess returns an access token as a JWT, with the added claims.
func (s *Provider) signAccess(ctx context.Context, client *oauth.Client, t oauth.AccessToken, added map[string]any) (string, error) {
	claims := accessClaims{
		Issuer: s.Issuer, Audience: s.audienceOf(&t), Subject: s.subject(client, t.Subject), ClientID: t.ClientID,
		IssuedAt: t.IssuedAt.Unix(), Expires: t.ExpiresAt.Unix(), ID: jwtID(&t), Scope: t.Scope.String(),
	}
	if t.Subject == "" {
		claims.Subject = t.ClientID // RFC 9068 §2.2: the client itself
	}
	if !t.FamilyID.IsZero() {
		claims.Family, claims.FamilyClient, claims.Act = t.FamilyID.String(), t.FamilyClient, t.Act
		claims.AuthTime, claims.ACR, claims.AMR = loginOf(&t)
	}
	payload, err := withMembers(claims, added)
	if err != nil {
		return "", err
	}
	return s.signJWT(ctx, s.accessAlg(t.Audience), typAccess, t.IssuedAt, payload)
}

// SigningAlgorithms returns the algorithms of the keys that sign tokens for the client: its ID
// tokens, if it can get any, its signed userinfo responses, and its JWT access tokens. HS256 is not
// among them, because its key is the secret of the client.
func (s *Provider) SigningAlgorithms(client *oauth.Client) []string {
	var used []string
	responds := func(with string) bool {
		return slices.ContainsFunc(client.ResponseTypes, func(t string) bool { return slices.Contains(strings.Fields(t), with) })
	}
	if (slices.ContainsFunc(client.GrantTypes, logsIn) || responds("id_token")) && client.MayHave(oauth.ScopeOpenID) {
		used = append(used, client.IDTokenAlgorithm(), client.UserInfoAlg)
	}
	if len(client.GrantTypes) > 0 || responds("token") {
		for _, audience := range s.audiences(client) {
			if client.Allows(oauth.GrantTokenExchange) || s.format(client, audience) == oauth.JWT {
				used = append(used, s.accessAlg(audience))
			}
		}
	}
	return slices.DeleteFunc(oauth.SigningAlgorithms(), func(alg string) bool { return !slices.Contains(used, alg) })
}

// logsIn reports whether a grant begins a permission of a person who has logged in, which can
// contain the scope openid.
func logsIn(grantType string) bool {
	switch grantType {
	case oauth.GrantClientCredentials, oauth.GrantRefreshToken, oauth.GrantTokenExchange, oauth.GrantJWTBearer:
		return false
	}
	return true
}

// audiences returns the possible audiences of the client's access tokens, each with one resource: the
// API of the server itself, and the resources that accept one of the client's scopes.
func (s *Provider) audiences(client *oauth.Client) []oauth.Audience {
	r := s.resources()
	all := []oauth.Audience{r.ownAudience}
	for _, info := range r.list {
		accepted := func(scope string) bool { return r.accepts(info.URI, scope) }
		if client.MayRequestResource(info.URI) && (len(client.Scopes) == 0 || slices.ContainsFunc(client.Scopes, accepted)) {
			all = append(all, oauth.Audience{info.URI})
		}
	}
	return all
}

// loginOf describes how and when the person of a token logged in, in seconds since
// 1970. All values are zero if the person has not logged in for the token.
func loginOf(t *oauth.AccessToken) (authTime int64, acr string, amr []string) {
	if !t.AuthTime.IsZero() {
		authTime = t.AuthTime.Unix()
	}
	return authTime, t.Details.ACR, t.Details.AMR
}

// verifyAccess returns the access token in a JWT of this server. It verifies the
// signature, the type and the issuer. The caller checks whether the token has
// expired or was revoked.
func (s *Provider) verifyAccess(ctx context.Context, text string) (oauth.AccessToken, error) {
	payload, err := s.verifyOwn(ctx, text, typAccess, false)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	var claims accessClaims
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != s.Issuer {
		return oauth.AccessToken{}, errNotOurs
	}
	t := oauth.AccessToken{ClientID: claims.ClientID, Audience: claims.Audience, IssuedAt: time.Unix(claims.IssuedAt, 0), ExpiresAt: time.Unix(claims.Expires, 0)}
	if t.ID, err = oauth.ParseID(claims.ID); err != nil { // that of an earlier release
		jti, ok := ParseJWTID(claims.ID)
		if !ok {
			return oauth.AccessToken{}, errNotOurs
		}
		t.ID = jti.ID
	}
	// The id contains the time in milliseconds, which revocation needs. The iat
	// has seconds only.
	t.IssuedAt = t.ID.Time()
	if claims.Family != "" {
		t.Subject, t.FamilyClient, t.Act = claims.Subject, claims.FamilyClient, claims.Act
		t.Details.ACR, t.Details.AMR = claims.ACR, claims.AMR
		if claims.AuthTime != 0 {
			t.AuthTime = time.Unix(claims.AuthTime, 0)
		}
		if t.FamilyID, err = oauth.ParseID(claims.Family); err != nil {
			return oauth.AccessToken{}, errNotOurs
		}
	}
	t.Scope, err = oauth.ParseScopes(claims.Scope)
	return t, err
}
