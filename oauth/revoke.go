package oauth

import (
	"context"
	"errors"
	"strings"
)

// Revoke is the revocation endpoint (RFC 7009 §2). Unknown tokens and those of
// another client are answered like any other, and left alone. Revoking either
// token of a family ends both. The token_type_hint is not needed: a token
// says itself what it is.
func (s *Server) Revoke(ctx context.Context, authorization string, p Params) error {
	err := s.revoke(ctx, authorization, p)
	s.tell(ctx, Ending(EventRevocation, "", err))
	return err
}

func (s *Server) revoke(ctx context.Context, authorization string, p Params) error {
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		return err
	}
	text := p.Get("token")
	if text == "" {
		return Errorf(CodeInvalidRequest, "The parameter token is missing.")
	}
	ctx = context.WithoutCancel(ctx) // whoever has said so need not wait
	r := Revocation{ClientID: client.ID, At: s.now()}
	if access, ok := ParseToken(text, KindAccess); ok {
		r.Access = &AccessToken{ID: access.ID, Hash: access.Hash()}
		return s.Store.Revoke(ctx, r)
	}
	if refresh, ok := ParseToken(text, KindRefresh); ok {
		if !s.heirs.made(refresh) {
			return nil
		}
		r.FamilyID = refresh.ID
		return s.Store.Revoke(ctx, r)
	}
	if strings.HasPrefix(text, "lk_") {
		return nil
	}
	jwt, err := s.verifyAccess(ctx, text)
	switch {
	case errors.Is(err, errNotOurs):
		return nil
	case err != nil:
		return err
	case jwt.ClientID != client.ID || !jwt.ExpiresAt.After(r.At):
		return nil
	}
	r.JWT, r.JWTExpiresAt, r.FamilyID = jwt.ID, jwt.ExpiresAt, jwt.FamilyID
	return s.Store.Revoke(ctx, r)
}
