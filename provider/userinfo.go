package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// UserInfo is the response of the userinfo endpoint (OpenID Connect Core §5.3.2).
type UserInfo struct {
	// Body is a JSON object, or a JWT if the responses for the client are signed
	// or encrypted.
	Body []byte
	// JWT reports whether the content type is application/jwt. Otherwise it is
	// application/json.
	JWT bool
}

// UserInfo is the userinfo endpoint (OpenID Connect Core §5.3). It returns the
// claims about a person that the access token gives access to. Its errors are
// *oauth.Error with the codes of RFC 6750 §3.1.
func (s *Provider) UserInfo(ctx context.Context, accessToken string) (UserInfo, error) {
	event := oauth.Event{Name: oauth.EventUserInfo}
	info, err := s.userInfo(ctx, accessToken, &event)
	s.reportOutcome(ctx, event, err)
	return info, err
}

func (s *Provider) userInfo(ctx context.Context, accessToken string, event *oauth.Event) (UserInfo, error) {
	client, claims, err := s.userInfoClaims(ctx, accessToken, event)
	if err != nil {
		return UserInfo{}, err
	}
	return s.writeUserInfo(ctx, client, claims)
}

// userInfoClaims returns the client to which the access token was issued, and the claims
// of the response.
func (s *Provider) userInfoClaims(ctx context.Context, accessToken string, event *oauth.Event) (*oauth.Client, map[string]any, error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, nil, err
	}
	token, standing, err := s.accessToken(ctx, accessToken)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, oauth.ErrNotFound):
		return nil, nil, oauth.Errorf(oauth.CodeInvalidToken, "The access token is unknown or malformed.").WithReason("unknown")
	case err != nil:
		return nil, nil, err
	case !token.ExpiresAt.After(s.now()):
		return nil, nil, oauth.Errorf(oauth.CodeInvalidToken, "The access token has expired.").WithReason("expired")
	case standing.Disabled() != "":
		return nil, nil, oauth.Errorf(oauth.CodeInvalidToken, "The access token cannot be used, because %s.", standing.Disabled()).WithReason("disabled")
	case standing.RevokedBecause(token.IssuedAt) != "":
		return nil, nil, oauth.Errorf(oauth.CodeInvalidToken, "The access token was revoked.").WithReason("revoked").WithDetail("%s", standing.RevokedBecause(token.IssuedAt))
	case !s.audienceOf(&token).Contains(s.resources().own):
		return nil, nil, oauth.Errorf(oauth.CodeInvalidToken, "The access token is for the resource %s, and cannot be used at this server. Request one without the parameter resource.", s.audienceOf(&token)).WithReason("other_resource")
	case token.Subject == "":
		return nil, nil, oauth.Errorf(oauth.CodeInsufficientScope, "The access token was issued to the application itself, not for a person. The application gets one for a person with the grant type authorization_code.").WithReason("no_person")
	case !token.Scope.Contains(oauth.ScopeOpenID):
		return nil, nil, oauth.Errorf(oauth.CodeInsufficientScope, "The access token was not issued with the scope openid.")
	}
	event.ClientID = token.ClientID
	client, err := s.clients.Client(ctx, token.ClientID)
	if err != nil {
		return nil, nil, err
	}
	if event.Subject, err = s.knownPerson(ctx, &token); err != nil {
		return nil, nil, err
	}
	subject, openID := token.Subject, token.Details
	if token.Hash.IsZero() && !token.FamilyID.IsZero() { // a JWT has no details, and the sub of the client
		family, _, err := s.Store.Family(ctx, token.FamilyID)
		if err != nil && !errors.Is(err, oauth.ErrNotFound) {
			return nil, nil, err
		}
		subject, openID = cmp.Or(family.Subject, subject), family.Details
		event.Subject = cmp.Or(family.Subject, event.Subject)
	}
	claims, err := s.claims(ctx, client, subject, openID.Locales, openID.UserInfoClaims(s.catalog().claims, token.Scope, client.MayHave))
	if err != nil {
		return nil, nil, err
	}
	info := oauth.TokenInfo{Client: client, Subject: subject, Scope: token.Scope, Resources: s.audienceOf(&token), Metadata: openID.Metadata}
	added, err := s.addedClaims(ctx, info, oauth.ClaimsOfUserInfo)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(claims, added)
	claims["sub"] = s.subject(client, subject)
	return client, claims, nil
}

// writeUserInfo returns the claims in the form that the client has registered:
// JSON, signed, encrypted, or both.
func (s *Provider) writeUserInfo(ctx context.Context, client *oauth.Client, claims map[string]any) (UserInfo, error) {
	alg, encryption := client.UserInfoAlg, client.UserInfoEncryption()
	if alg == "" {
		body, err := json.Marshal(claims)
		if err != nil || encryption.Alg == "" {
			return UserInfo{Body: body}, err
		}
		sealed, err := s.encrypt(ctx, client, encryption, string(body))
		return UserInfo{Body: []byte(sealed), JWT: true}, err
	}
	claims["iss"], claims["aud"] = s.Issuer, client.ID // §5.3.2
	signed, err := s.signFor(ctx, client, alg, typUserInfo, s.now(), claims)
	if err == nil {
		signed, err = s.encrypt(ctx, client, encryption, signed)
	}
	return UserInfo{Body: []byte(signed), JWT: true}, err
}
