package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// refreshGrant exchanges a refresh token (RFC 6749 §6).
type refreshGrant struct{ s *Provider }

func (refreshGrant) Type() string     { return oauth.GrantRefreshToken }
func (refreshGrant) Params() []string { return []string{"refresh_token"} }

func (g refreshGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	text := req.Params.Get("refresh_token")
	if text == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter refresh_token is missing.")
	}
	token, ok := g.s.refreshTokens.parse(text)
	if !ok {
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "This is not a refresh token of this server.").WithReason("unknown")
	}
	award := &award{Refresh: &token}
	requested, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil || (len(requested) == 0 && !g.s.readsPermission(req)) {
		return award, err
	}
	// Only a request that narrows its scope, or whose resources matter, reads the
	// family first.
	family, _, err := read.Family(ctx, token.ID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errUnknownRefreshToken()
	case err != nil:
		return nil, err
	case family.ClientID != req.Client.ID:
		return nil, errForeignRefreshToken(family, req.Client.ID)
	}
	if missing := req.Client.StillAllowed(family.Scope).Missing(requested); len(missing) > 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' was not granted. A refresh can only narrow the scope that was granted (RFC 6749 section 6).", missing[0]).WithReason("forbidden_scope")
	}
	if known := g.s.catalog().known(requested); len(known) < len(requested) {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' does not exist any more.", known.Missing(requested)[0]).WithReason("unknown_scope")
	}
	award.Scope = requested
	permission := family.Permission
	if len(requested) > 0 {
		permission.Scope = requested
	}
	award.Resources, err = g.s.narrow(req, permission)
	return award, err
}

func errUnknownRefreshToken() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token is unknown, or it expired long ago.").WithReason("unknown")
}

func errForeignRefreshToken(f oauth.Family, clientID string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token was issued to another application.").WithReason("foreign").
		WithDetail("family %s belongs to %s, presented by %s", f.ID, f.ClientID, clientID)
}

// Refuse explains why a refresh token was not exchanged, or repeats the answer.
// As with codes, possession comes first: the tag proved that this server made
// the token, so that the token is one of the family's own generations. The
// answer is never repeated for a family that was revoked or has expired.
func (g refreshGrant) Refuse(req *tokenRequest, found oauth.SpendResult) verdict {
	family := found.Family
	token, _ := g.s.refreshTokens.parse(req.Params.Get("refresh_token")) // Decide has checked it
	because := found.Standing.RevokedBecause(family.IssuedAt)
	switch {
	case family.ID.IsZero():
		return verdict{Err: errUnknownRefreshToken()}
	case family.ClientID != req.Client.ID:
		return verdict{Err: errForeignRefreshToken(family, req.Client.ID)}
	case found.Standing.Disabled() != "":
		return verdict{Err: errDisabled("refresh token", found.Standing).WithDetail("family %s", family.ID)}
	case !family.RevokedAt.IsZero(), because != "":
		return verdict{Err: oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token was revoked. The person has to give permission again.").WithReason("revoked").
			WithDetail("family %s: %s", family.ID, because)}
	case !family.IdleExpiresAt.After(req.Now), !family.ExpiresAt.After(req.Now):
		return verdict{Err: oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token has expired. The person has to give permission again.").WithReason("expired")}
	case g.s.sessionEnded(family, found.Standing, req.Now):
		return verdict{Err: oauth.Errorf(oauth.CodeInvalidGrant, "The login session of the person has ended. A permission with the scope openid, but without offline_access, lasts only as long as that session. The person has to log in again.").
			WithReason("session_ended").WithDetail("family %s", family.ID)}
	case g.s.newerThan(family, token):
		if g.s.unanswered.undecided(req.Now) {
			return verdict{Err: errUndecided}
		}
		return verdict{
			Err: oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token is newer than the database of the server, which was restored from a backup. The person has to log in again.").WithReason("newer_than_database").
				WithDetail("family %s is at generation %d", family.ID, family.Generation),
			Revoke: []oauth.ID{family.ID}, Lost: true,
		}
	case g.s.ReplayWindow >= 0 && family.Previous.Equal(token.Hash()):
		switch {
		case !req.Now.After(family.ReplayUntil), g.s.unanswered.entitled(token.Hash(), family.ReplayUntil):
			return verdict{Again: true}
		case g.s.unanswered.undecided(req.Now):
			return verdict{Err: errUndecided}
		}
	}
	if family.Hash.Equal(token.Hash()) {
		// It is the current token. The reason that prevented the exchange has disappeared.
		return verdict{Err: errUndecided}
	}
	return verdict{
		Err:    oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token was used before. For safety, all tokens that descend from it have been revoked. The person has to give permission again.").WithReason("used_before"),
		Revoke: []oauth.ID{family.ID},
	}
}

// newerThan reports whether the token was issued after the last change of its
// family that the Store knows. In this case, the Store was restored from a backup,
// or lost a commit in a failover. The client cannot continue, because the Store
// does not know the token. The client has already used the token that the Store
// does know, so a caller that presents that one now must have stolen it: the family
// has to be revoked.
func (s *Provider) newerThan(family oauth.Family, token oauth.Token) bool {
	generation, known := s.refreshTokens.generation(token)
	return known && generation > family.Generation
}

// sessionEnded reports whether a family is bound to a login session that this
// server keeps, and that has ended or expired.
func (s *Provider) sessionEnded(f oauth.Family, standing oauth.Standing, now time.Time) bool {
	return s.OwnLogin && f.BoundToSession() && !standing.SessionExpiresAt.After(now)
}
