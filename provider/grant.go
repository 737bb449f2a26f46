package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Grant is one way to earn tokens (RFC 6749 §1.3). It reads and decides; it
// cannot write. What it decides, the Server carries out in one store call, so
// that no grant can forget atomicity or revocation.
type Grant interface {
	// Type is the grant_type.
	Type() string
	// Params returns the names of the parameters that only this grant uses.
	Params() []string
	// Decide checks the request and says what is used up and what is earned.
	// Its errors are *Error, or the Reader's.
	Decide(ctx context.Context, read oauth.Reader, req *TokenRequest) (*Award, error)
}

// TokenRequest is a request at the token endpoint whose client is known.
type TokenRequest struct {
	Client   *oauth.Client
	Params   oauth.Params
	provider *Provider
}

// Scope is the scope that a client asking for itself gets.
func (r *TokenRequest) Scope() (oauth.Scopes, error) {
	asked, err := oauth.ParseScopes(r.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	return r.provider.grantable(r.Client, asked)
}

// Award is what a Grant decided. At most one of Code and Refresh is set; what
// is earned then follows from the row that it spends.
type Award struct {
	// Code is used up.
	Code *CodeUse
	// Refresh is used up.
	Refresh *RefreshUse
	// Scope is what is earned where nothing is used up; with Refresh, the
	// narrower scope asked for, or nil.
	Scope oauth.Scopes
}

// CodeUse is an authorization code with the proofs that came with it.
type CodeUse struct {
	Token       oauth.Token
	RedirectURI string
	// Challenge is the S256 of the code_verifier, or empty.
	Challenge string
}

// RefreshUse is a refresh token that this server made.
type RefreshUse struct{ Token oauth.Token }

// endReused ends the families of a code or a refresh token that was used again,
// whether or not the caller waits for it, and then says that it has.
func (s *Provider) endReused(ctx context.Context, grantType, clientID string, now time.Time, families ...oauth.ID) error {
	ctx = context.WithoutCancel(ctx)
	for _, id := range families {
		if err := s.Store.Revoke(ctx, oauth.Revocation{ClientID: clientID, FamilyID: id, At: now}); err != nil {
			return fmt.Errorf("used again, and not ended: family %s of client %s: %w", families[0], clientID, err)
		}
	}
	s.tell(ctx, oauth.Event{Name: oauth.EventReplay, Kind: grantType, Outcome: oauth.OutcomeRevoked})
	return nil
}
