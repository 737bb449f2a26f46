package provider

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Introspection is the response of the introspection endpoint (RFC 7662 §2.2).
type Introspection struct {
	Active    bool           `json:"active"`               // whether the token is valid; if not, all other fields are zero
	Scope     string         `json:"scope,omitempty"`      // the scopes of the token, separated by spaces
	ClientID  string         `json:"client_id,omitempty"`  // the client to which the token was issued
	Username  string         `json:"username,omitempty"`   // the username of the person, or empty
	TokenType string         `json:"token_type,omitempty"` // "Bearer" for an access token, otherwise empty
	ExpiresAt int64          `json:"exp,omitempty"`        // when the token expires, in seconds since 1970
	IssuedAt  int64          `json:"iat,omitempty"`        // when the token was issued, in seconds since 1970
	NotBefore int64          `json:"nbf,omitempty"`        // the same as IssuedAt for an access token, otherwise 0
	Subject   string         `json:"sub,omitempty"`        // the person, as the client knows them, or the client_id if the client acts for itself
	Audience  oauth.Audience `json:"aud,omitempty"`        // the URIs of the APIs that the token is for
	Issuer    string         `json:"iss,omitempty"`        // the issuer identifier of this server
	ID        string         `json:"jti,omitempty"`        // identifies the token; not a secret
	// AuthTime, ACR and AMR describe the login of the person for whom the token was
	// issued (RFC 9470 §6.2). AuthTime is in seconds since 1970.
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	// Act is the actor (RFC 8693 §4.1).
	Act *oauth.Actor `json:"act,omitempty"`
	// Claims are further members: the claims of a service user, and those that
	// Config.AddClaims returned.
	Claims map[string]any `json:"-"`
}

// MarshalJSON returns the response with all members, in the order of the fields.
func (i Introspection) MarshalJSON() ([]byte, error) {
	o := newObject(384).flag("active", i.Active).textIfAny("scope", i.Scope).textIfAny("client_id", i.ClientID).textIfAny("username", i.Username).
		textIfAny("token_type", i.TokenType).numberIfAny("exp", i.ExpiresAt).numberIfAny("iat", i.IssuedAt).numberIfAny("nbf", i.NotBefore).
		textIfAny("sub", i.Subject)
	if len(i.Audience) > 0 {
		o = o.texts("aud", i.Audience)
	}
	o = o.textIfAny("iss", i.Issuer).textIfAny("jti", i.ID).numberIfAny("auth_time", i.AuthTime).textIfAny("acr", i.ACR)
	if len(i.AMR) > 0 {
		o = o.list("amr", i.AMR)
	}
	if i.Act != nil {
		act, err := json.Marshal(i.Act)
		if err != nil {
			return nil, err
		}
		o = append(o.add("act"), act...)
	}
	return appendMembers(o.end(), i.Claims)
}

// CheckAccessToken returns the description of an access token, opaque or JWT, in
// one read. If the token is not valid now, only Active is set, to false. It is
// Introspect for the APIs in the same program.
func (s *Provider) CheckAccessToken(ctx context.Context, text string) (Introspection, error) {
	found, token, err := s.checkAccess(ctx, text)
	if err == nil && found.Active {
		found.Claims, err = s.introspectionClaims(ctx, token)
	}
	if err != nil {
		return Introspection{}, err
	}
	return found, nil
}

// introspectionClaims returns the claims that are added to the description of a valid
// access token.
func (s *Provider) introspectionClaims(ctx context.Context, token oauth.AccessToken) (map[string]any, error) {
	client, err := s.clients.Client(ctx, token.ClientID)
	if err != nil || s.AddClaims == nil && (client.ServiceUserID == "" || client.ServiceUserID != token.Subject) {
		return nil, err
	}
	info := oauth.TokenInfo{Client: client, Subject: token.Subject, Scope: token.Scope, Resources: s.audienceOf(&token), Metadata: token.Details.Metadata}
	// A JWT has the sub of the client, and no details.
	if (client.SubjectType == oauth.SubjectPairwise || s.keepsMetadata()) && token.Hash.IsZero() && !token.FamilyID.IsZero() {
		family, _, err := s.Store.Family(ctx, token.FamilyID)
		switch {
		case err == nil:
			info.Subject, info.Metadata = family.Subject, family.Details.Metadata
		case client.SubjectType == oauth.SubjectPairwise || !errors.Is(err, oauth.ErrNotFound):
			return nil, err
		}
	}
	return s.addedClaims(ctx, info, oauth.ClaimsOfIntrospection)
}

// checkAccess is CheckAccessToken without added claims. It also returns the token, if
// that is valid.
func (s *Provider) checkAccess(ctx context.Context, text string) (Introspection, oauth.AccessToken, error) {
	token, standing, err := s.accessToken(ctx, text)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, oauth.ErrNotFound):
		return Introspection{}, token, nil
	case err != nil:
		return Introspection{}, token, err
	case !token.Valid(standing, s.now()):
		return Introspection{}, token, nil
	}
	found := Introspection{
		Active: true, Scope: token.Scope.String(), ClientID: token.ClientID, Username: standing.Username,
		TokenType: "Bearer", ExpiresAt: token.ExpiresAt.Unix(), IssuedAt: token.IssuedAt.Unix(), NotBefore: token.IssuedAt.Unix(),
		Subject: token.Subject, Audience: s.audienceOf(&token), Issuer: s.Issuer, ID: token.ID.String(), Act: token.Act,
	}
	if token.Hash.IsZero() {
		found.ID = jwtID(&token)
	}
	if found.Subject == "" {
		found.Subject = token.ClientID
		return found, token, nil
	}
	found.AuthTime, found.ACR, found.AMR = loginOf(&token)
	if !token.Hash.IsZero() { // the sub of a JWT is that of the client already
		found.Subject, err = s.subjectFor(ctx, token.ClientID, token.Subject)
	}
	return found, token, err
}

// accessToken returns the access token with this text, and whether it was
// revoked. Its scope and its audience are limited to what its client is still
// allowed. A token for which no audience is left counts as revoked.
func (s *Provider) accessToken(ctx context.Context, text string) (oauth.AccessToken, oauth.Standing, error) {
	if err := s.readDefinitions(ctx); err != nil {
		return oauth.AccessToken{}, oauth.Standing{}, err
	}
	token, standing, err := s.findAccess(ctx, text)
	if err != nil {
		return token, standing, err
	}
	client, err := s.limitAccess(ctx, &token, &standing)
	if err != nil || client == nil {
		return token, standing, err
	}
	token.Scope = s.resources().accepted(s.audienceOf(&token), client.StillAllowed(s.existing(token.Scope)))
	if s.CheckPerson != nil && token.Valid(standing, s.now()) {
		err = s.checkTokenPerson(ctx, client, token, &standing)
	}
	return token, standing, err
}

// limitAccess limits the audience and the lifetime of an access token to what its client is still allowed, and
// adds to the standing what the Store does not know: a token for which no audience is left counts as revoked,
// and a token that was exchanged depends on the client of its family, too. It returns the client, or nil if that
// does not exist.
func (s *Provider) limitAccess(ctx context.Context, token *oauth.AccessToken, standing *oauth.Standing) (*oauth.Client, error) {
	client, err := s.clients.Client(ctx, token.ClientID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		standing.ClientMissing = true
		return nil, nil
	case err != nil:
		return nil, err
	}
	token.ExpiresAt = token.Details.Earlier(token.ExpiresAt)
	if !s.limitAudience(client, token) {
		standing.TokenRevoked = true
	}
	if token.FamilyClient != "" {
		err = s.checkFamilyClient(ctx, *token, standing)
	}
	return client, err
}

// checkTokenPerson adds to the standing the name of a person of the host program, and
// whether they can log in. A JWT has the sub of the client, so its family is read if that is a pseudonym.
func (s *Provider) checkTokenPerson(ctx context.Context, client *oauth.Client, token oauth.AccessToken, standing *oauth.Standing) error {
	subject := token.Subject
	if client.SubjectType == oauth.SubjectPairwise && token.Hash.IsZero() && !token.FamilyID.IsZero() {
		family, _, err := s.Store.Family(ctx, token.FamilyID)
		if err != nil {
			return err
		}
		subject = family.Subject
	}
	return s.addPerson(ctx, subject, standing)
}

// checkFamilyClient adds the standing of the client that an exchanged token
// descends from: if that client is disabled, the token is not valid either.
func (s *Provider) checkFamilyClient(ctx context.Context, token oauth.AccessToken, standing *oauth.Standing) error {
	client, err := s.clients.Client(ctx, token.FamilyClient)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		standing.ClientMissing = true
		return nil
	case err != nil:
		return err
	}
	standing.ClientDisabled = standing.ClientDisabled || client.Disabled
	standing.FamilyRevoked = standing.FamilyRevoked || !token.IssuedAt.After(client.RevokedBefore)
	return nil
}

// findAccess reads an access token from the Store and compares its secret, or
// verifies it if it is a JWT.
func (s *Provider) findAccess(ctx context.Context, text string) (oauth.AccessToken, oauth.Standing, error) {
	if opaque, ok := oauth.ParseToken(text, oauth.KindAccess); ok {
		row, standing, err := s.Store.AccessToken(ctx, opaque.ID)
		if err == nil && !row.Hash.Equal(opaque.Hash()) {
			err = errNotOurs
		}
		return row, standing, err
	}
	if strings.HasPrefix(text, "lk_") {
		return oauth.AccessToken{}, oauth.Standing{}, errNotOurs
	}
	token, err := s.verifyAccess(ctx, text)
	if err != nil {
		return oauth.AccessToken{}, oauth.Standing{}, err
	}
	standing, err := s.Store.JWTStanding(ctx, token.ID, token.FamilyID, token.ClientID, token.Subject)
	return token, standing, err
}

// CheckTokenInQuery returns nil if an access token that was sent in a URL can be used:
// if it is active, and its client may send it there (RFC 6750 §2.3).
func (s *Provider) CheckTokenInQuery(ctx context.Context, text string) error {
	info, _, err := s.checkAccess(ctx, text)
	if err != nil {
		return err
	}
	return s.CheckClientQuery(ctx, info.ClientID)
}

// CheckClientQuery returns nil if the client may send its access tokens in URLs. Its
// errors have the Reason "exception_ended" if an exception that allowed this has ended.
func (s *Provider) CheckClientQuery(ctx context.Context, clientID string) error {
	refusal := oauth.Errorf(oauth.CodeInvalidRequest, "An access token in the URL is not accepted. %s", legacyInstead(oauth.LegacyTokenInQuery)).WithReason("no_exception")
	client, err := s.client(ctx, clientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return refusal
	}
	if err != nil {
		return err
	}
	return checkLegacy(client, oauth.LegacyTokenInQuery, s.now(), refusal)
}
