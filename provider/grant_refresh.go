package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// refreshGrant is the refresh of an access token (RFC 6749 §6).
type refreshGrant struct{}

func (refreshGrant) Type() string { return oauth.GrantRefreshToken }

func (refreshGrant) Params() []string { return []string{"refresh_token"} }

func (refreshGrant) Decide(ctx context.Context, read oauth.Reader, req *TokenRequest) (*Award, error) {
	text := req.Params.Get("refresh_token")
	if text == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter refresh_token is missing.")
	}
	token, ok := oauth.ParseToken(text, oauth.KindRefresh)
	if !ok || !req.provider.heirs.made(token) {
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "This is not a refresh token of this server.").WithReason("unknown")
	}
	award := &Award{Refresh: &RefreshUse{Token: token}}
	asked, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil || len(asked) == 0 {
		return award, err
	}
	// Only a request that narrows its scope costs a look at the family.
	family, _, err := read.Family(ctx, token.ID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return nil, errUnknownRefreshToken()
	case err != nil:
		return nil, err
	case family.ClientID != req.Client.ID:
		return nil, errForeignRefreshToken(family, req.Client.ID)
	}
	if missing := req.Client.StillAllowed(family.Scope).Missing(asked); len(missing) > 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' was not granted: a refresh can only narrow what was (RFC 6749 section 6).", missing[0]).WithReason("forbidden_scope")
	}
	award.Scope = asked
	return award, nil
}

func errUnknownRefreshToken() error {
	return oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token is unknown, or expired long ago.").WithReason("unknown")
}

func errForeignRefreshToken(f oauth.Family, clientID string) error {
	return oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token was issued to another application.").WithReason("foreign").
		WithDetail("family %s belongs to %s, presented by %s", f.ID, f.ClientID, clientID)
}

// refuseRefresh says why a refresh token was not spent, or that this is an
// idempotent replay. As with codes, possession comes first: the tag has shown
// that this server made the token, so what is left is one of the family's own
// generations. A revoked or expired family is never replayed.
func (s *Provider) refuseRefresh(ctx context.Context, r oauth.Rotation, got oauth.SpendResult) (replay bool, err error) {
	family := got.Family
	switch why := got.Standing.RevokedBecause(family.IssuedAt); {
	case family.ClientID != r.ClientID:
		return false, errForeignRefreshToken(family, r.ClientID)
	case !family.RevokedAt.IsZero(), why != "":
		return false, oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token was revoked. The person has to give permission again.").WithReason("revoked").
			WithDetail("family %s: %s", family.ID, why)
	case !family.IdleExpiresAt.After(r.Now), !family.ExpiresAt.After(r.Now):
		return false, oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token has expired. The person has to give permission again.").WithReason("expired")
	case family.Previous.Equal(r.Presented) && s.answersAgain(family.RotatedAt, r.Now):
		s.Logger.InfoContext(ctx, "refresh token replayed inside the window; same answer again",
			"client_id", family.ClientID, "family", family.ID.String(), "generation", family.Generation,
			"after", r.Now.Sub(family.RotatedAt).Round(time.Millisecond).String())
		s.tell(ctx, oauth.Event{Name: oauth.EventReplay, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeSameAnswer})
		return true, nil
	}
	if err := s.endReused(ctx, oauth.GrantRefreshToken, family.ClientID, r.Now, family.ID); err != nil {
		return false, err
	}
	s.Logger.WarnContext(ctx, "refresh token reused; its family has ended",
		"client_id", family.ClientID, "family", family.ID.String(), "generation", family.Generation)
	return false, oauth.Errorf(oauth.CodeInvalidGrant, "The refresh token was used before. For safety, all tokens that descend from it are revoked: the person has to give permission again.").WithReason("used_before")
}

// longestOutage is for how long the replay window stands still at most.
const longestOutage = 5 * time.Minute

// answersAgain reports whether what was spent then is answered again now: in
// the replay window, of which the time does not count in which this process
// could not reach its Store, and nobody who asked here was answered. What was
// spent in the midst of that was spent by another process, which could be
// asked.
func (s *Provider) answersAgain(spent, now time.Time) bool {
	if s.ReplayWindow < 0 {
		return false
	}
	elapsed := now.Sub(spent)
	if elapsed <= s.ReplayWindow { // less than none where a clock was set back
		return true
	}
	away, _ := s.Store.Outage(spent)
	return elapsed-min(away, longestOutage) <= s.ReplayWindow
}
