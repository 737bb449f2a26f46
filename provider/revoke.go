package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Revoke is the revocation endpoint (RFC 7009 §2). Unknown tokens and those of
// another client get the same response as any other, and are not changed. Revoking
// either token of a family revokes both. The token_type_hint is not needed: the
// text of a token shows its type.
func (s *Provider) Revoke(ctx context.Context, authorization string, p oauth.Params) error {
	event := oauth.Event{Name: oauth.EventRevocation}
	err := s.revoke(ctx, authorization, p, &event)
	s.reportOutcome(ctx, event, err)
	return err
}

func (s *Provider) revoke(ctx context.Context, authorization string, p oauth.Params, event *oauth.Event) (err error) {
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		return err
	}
	event.ClientID = client.ID
	defer func() { err = authenticated(client, err) }()
	text := p.Get("token")
	if text == "" {
		return oauth.Errorf(oauth.CodeInvalidRequest, "The parameter token is missing.")
	}
	return s.revokeText(ctx, client, text, event)
}

// revokeText revokes the token of a client that a text contains, if it is one.
func (s *Provider) revokeText(ctx context.Context, client *oauth.Client, text string, event *oauth.Event) error {
	ctx = oauth.WithoutCancel(ctx) // the revocation completes even if the client disconnects
	r := oauth.Revocation{ClientID: client.ID, At: s.now()}
	if access, ok := oauth.ParseToken(text, oauth.KindAccess); ok {
		r.Access = &oauth.AccessToken{ID: access.ID, Hash: access.Hash()}
		return s.revokeStored(ctx, r, event)
	}
	if refresh, ok := s.refreshTokens.parse(text); ok {
		r.Families, event.PermissionID = []oauth.ID{refresh.ID}, refresh.ID.String()
		return s.revokeStored(ctx, r, event)
	}
	if strings.HasPrefix(text, "lk_") {
		event.Outcome = oauth.OutcomeInactive
		return nil
	}
	jwt, err := s.verifyAccess(ctx, text)
	switch {
	case errors.Is(err, errNotOurs):
		event.Outcome = oauth.OutcomeInactive
		return nil
	case err != nil:
		return err
	case jwt.ClientID != client.ID || !jwt.ExpiresAt.After(r.At):
		event.Outcome = oauth.OutcomeInactive
		return nil
	}
	r.JWT, r.JWTExpiresAt = jwt.ID, jwt.ExpiresAt
	if !jwt.FamilyID.IsZero() {
		r.Families = []oauth.ID{jwt.FamilyID}
	}
	if client.SubjectType != oauth.SubjectPairwise { // the JWT of such a client has a pseudonym, which the Store resolves
		event.Subject = jwt.Subject
	}
	return s.revokeStored(ctx, r, event)
}

// revokeStored carries out a revocation. If it revokes nothing, the token is inactive: it
// does not exist, belongs to another client, or was revoked before. Its event is not in the
// audit log, which anybody could fill with invented tokens.
func (s *Provider) revokeStored(ctx context.Context, r oauth.Revocation, event *oauth.Event) error {
	revoked, subject, err := s.Store.Revoke(ctx, r)
	switch {
	case err == nil && !revoked:
		event.Outcome = oauth.OutcomeInactive
	case subject != "":
		event.Subject = subject
	}
	return err
}

// RevokeTokens revokes access tokens and families by their ids, for an
// administrator. Each is revoked in the same way as by its own client: either token
// of a family revokes both. Those that do not exist are ignored.
func (s *Provider) RevokeTokens(ctx context.Context, access, families []oauth.ID) error {
	ctx = oauth.WithoutCancel(ctx)
	for _, id := range access {
		token, _, err := s.Store.AccessToken(ctx, id)
		if err := s.revokeFound(ctx, oauth.Revocation{ClientID: token.ClientID, Access: &token}, token.Subject, err); err != nil {
			return err
		}
	}
	for _, id := range families {
		family, _, err := s.Store.Family(ctx, id)
		if err := s.revokeFound(ctx, oauth.Revocation{ClientID: family.ClientID, Families: []oauth.ID{id}}, family.Subject, err); err != nil {
			return err
		}
	}
	return nil
}

// revokeFound carries out a revocation if its token was found.
func (s *Provider) revokeFound(ctx context.Context, r oauth.Revocation, subject string, found error) error {
	if errors.Is(found, oauth.ErrNotFound) {
		return nil
	}
	err := found
	if err == nil {
		r.At = s.now()
		_, _, err = s.Store.Revoke(ctx, r)
	}
	event := oauth.Event{Name: oauth.EventRevocation, ClientID: r.ClientID, Subject: subject}
	if len(r.Families) > 0 {
		event.PermissionID = r.Families[0].String()
	}
	s.reportOutcome(ctx, event, err)
	return err
}
