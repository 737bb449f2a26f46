package provider

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The kinds of a FoundToken.
const (
	FoundAccess      = "access"       // an opaque access token
	FoundJWT         = "jwt"          // a JWT access token
	FoundRefresh     = "refresh"      // the current refresh token of a family
	FoundUsedRefresh = "used_refresh" // a refresh token that was exchanged for another one
	FoundFamily      = "family"       // a family, which was found by its ID
)

// The states of a FoundToken.
const (
	FoundValid    = string(oauth.TokenValid)
	FoundExpired  = string(oauth.TokenExpired)
	FoundRevoked  = string(oauth.TokenRevoked)
	FoundDisabled = string(oauth.TokenDisabled) // the client or the person is disabled; the token can become valid again
	// FoundNotRevoked is the state of a JWT that was found by its jti: it was not revoked, but may have
	// expired.
	FoundNotRevoked = "not_revoked"
)

// A FoundToken describes a token that was found outside of the server.
type FoundToken struct {
	Kind     string       // FoundAccess, FoundJWT, FoundRefresh, FoundUsedRefresh or FoundFamily
	State    string       // FoundValid, FoundExpired, FoundRevoked, FoundDisabled or FoundNotRevoked
	ID       oauth.ID     // of the token, or of its family
	FamilyID oauth.ID     // zero if the token belongs to no family
	ClientID string       // the client to which it was issued
	Subject  string       // the person, or empty
	Username string       // the name of the person, or empty
	Scope    oauth.Scopes // the scopes of the token, or empty if they are not known
	IssuedAt time.Time    // when the token, or its family, was issued
	// ExpiresAt is when the token expires, or when the family does if it is not refreshed.
	ExpiresAt time.Time
}

// FindToken returns what is known about a token, for an administrator who has found it
// somewhere. The text is not stored. ErrNotFound: this server has not issued it, or it was
// a JWT or a row that has expired.
func (s *Provider) FindToken(ctx context.Context, text string) (FoundToken, error) {
	if token, ok := s.refreshTokens.parse(text); ok {
		f, err := s.findFamily(ctx, token.ID)
		if f.Kind = FoundRefresh; err == nil {
			family, _, err := s.Store.Family(ctx, token.ID)
			if err != nil {
				return f, err
			}
			if !family.Hash.Equal(token.Hash()) {
				f.Kind = FoundUsedRefresh
			}
		}
		return f, err
	}
	token, standing, err := s.findAccess(ctx, text)
	if errors.Is(err, errNotOurs) {
		err = oauth.ErrNotFound
	}
	if err != nil {
		return FoundToken{}, err
	}
	return s.foundAccess(ctx, token, standing)
}

// FindTokenByID returns what is known about an opaque access token or a family. ErrNotFound:
// there is no row with this ID. A JWT has no row.
func (s *Provider) FindTokenByID(ctx context.Context, id oauth.ID) (FoundToken, error) {
	token, standing, err := s.Store.AccessToken(ctx, id)
	if errors.Is(err, oauth.ErrNotFound) {
		return s.findFamily(ctx, id)
	}
	if err != nil {
		return FoundToken{}, err
	}
	return s.foundAccess(ctx, token, standing)
}

// FindTokenByJTI returns what is known about a JWT access token whose jti was found somewhere. jti.Client is
// a whole client_id, or empty. The lifetime and the scope of the token are not stored: instead of
// FoundValid, the state is FoundNotRevoked, and ExpiresAt is the latest time at which any JWT with this ID
// can expire. ErrNotFound: the server cannot have issued it, or its family or its client was deleted. A jti that
// could have been issued is found even if it was invented.
func (s *Provider) FindTokenByJTI(ctx context.Context, jti JWTID) (FoundToken, error) {
	issued := jti.ID.Time()
	if issued.After(s.now().Add(clockLeeway)) {
		return FoundToken{}, oauth.ErrNotFound
	}
	var family oauth.Family
	token := oauth.AccessToken{ID: jti.ID, FamilyID: jti.Family, ClientID: jti.Client, IssuedAt: issued}
	if !jti.Family.IsZero() {
		var err error
		if family, _, err = s.Store.Family(ctx, jti.Family); err != nil {
			return FoundToken{}, err
		}
		token.Subject, token.FamilyClient = family.Subject, family.ClientID
		token.ClientID = cmp.Or(token.ClientID, family.ClientID)
	}
	// A client that has a token is stored. The address of a client metadata document is not fetched.
	client, err := s.clients.Client(ctx, token.ClientID)
	if err == nil && !jti.Family.IsZero() && !mayDescend(client, family, issued) {
		err = oauth.ErrNotFound
	}
	if err != nil {
		return FoundToken{}, err
	}
	standing, err := s.Store.JWTStanding(ctx, token.ID, token.FamilyID, token.ClientID, token.Subject)
	if err == nil && token.FamilyClient != "" {
		err = s.checkFamilyClient(ctx, token, &standing)
	}
	if err != nil {
		return FoundToken{}, err
	}
	f := FoundToken{Kind: FoundJWT, ID: token.ID, FamilyID: token.FamilyID, ClientID: token.ClientID, Subject: token.Subject, IssuedAt: issued, ExpiresAt: issued.Add(maxTokenTTL)}
	err = s.describe(ctx, &f, standing)
	if f.State == FoundValid {
		f.State = FoundNotRevoked
	}
	return f, err
}

// mayDescend reports whether a JWT of a client that was issued at a time can belong to a family: it is not older than
// the family, and if the family belongs to another client, this one could exchange tokens. If the client was changed
// since then, it can have been allowed to do so before.
func mayDescend(c *oauth.Client, family oauth.Family, issued time.Time) bool {
	changed := c.CreatedAt
	if c.UpdatedAt.After(changed) {
		changed = c.UpdatedAt
	}
	exchanges := c.Allows(oauth.GrantTokenExchange) || changed.Add(clockLeeway).After(issued)
	return !issued.Before(family.ID.Time().Add(-clockLeeway)) && (c.ID == family.ClientID || exchanges)
}

func (s *Provider) foundAccess(ctx context.Context, t oauth.AccessToken, standing oauth.Standing) (FoundToken, error) {
	if err := s.readDefinitions(ctx); err != nil {
		return FoundToken{}, err
	}
	if _, err := s.limitAccess(ctx, &t, &standing); err != nil {
		return FoundToken{}, err
	}
	f := FoundToken{Kind: FoundAccess, ID: t.ID, FamilyID: t.FamilyID, ClientID: t.ClientID, Subject: t.Subject, Scope: t.Scope, IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt}
	if t.Hash.IsZero() {
		f.Kind = FoundJWT
		if !t.FamilyID.IsZero() { // the sub of the JWT can be a pseudonym
			family, _, err := s.Store.Family(ctx, t.FamilyID)
			if err != nil && !errors.Is(err, oauth.ErrNotFound) {
				return f, err
			}
			f.Subject = family.Subject
		}
	}
	err := s.describe(ctx, &f, standing)
	return f, err
}

func (s *Provider) findFamily(ctx context.Context, id oauth.ID) (FoundToken, error) {
	family, standing, err := s.Store.Family(ctx, id)
	if err != nil {
		return FoundToken{}, err
	}
	f := FoundToken{Kind: FoundFamily, ID: id, FamilyID: id, ClientID: family.ClientID, Subject: family.Subject, Scope: family.Scope, IssuedAt: family.IssuedAt, ExpiresAt: family.ExpiresAt}
	if family.IdleExpiresAt.Before(f.ExpiresAt) {
		f.ExpiresAt = family.IdleExpiresAt
	}
	if !family.RevokedAt.IsZero() {
		standing.FamilyRevoked = true
	}
	err = s.describe(ctx, &f, standing)
	if f.State == FoundValid {
		f.State = string(family.State(standing, s.now(), s.OwnLogin)) // its session can have ended
	}
	return f, err
}

// describe adds the name of the person and the state.
func (s *Provider) describe(ctx context.Context, f *FoundToken, standing oauth.Standing) error {
	if f.Subject != "" {
		if err := s.addPerson(ctx, f.Subject, &standing); err != nil {
			return err
		}
	}
	f.Username = standing.Username
	f.State = string(standing.State(f.IssuedAt, f.ExpiresAt, s.now()))
	return nil
}
