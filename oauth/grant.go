package oauth

import (
	"context"
	"fmt"
	"time"
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
	Decide(ctx context.Context, read Reader, req *TokenRequest) (*Award, error)
}

// TokenRequest is a request at the token endpoint whose client is known.
type TokenRequest struct {
	Client *Client
	Params Params
	server *Server
}

// Scope is the scope that a client asking for itself gets.
func (r *TokenRequest) Scope() (Scopes, error) {
	asked, err := ParseScopes(r.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	return r.server.grantable(r.Client, asked)
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
	Scope Scopes
}

// CodeUse is an authorization code with the proofs that came with it.
type CodeUse struct {
	Token       Token
	RedirectURI string
	// Challenge is the S256 of the code_verifier, or empty.
	Challenge string
}

// RefreshUse is a refresh token that this server made.
type RefreshUse struct{ Token Token }

// endReused ends the families of a code or a refresh token that was used again,
// whether or not the caller waits for it, and then says that it has.
func (s *Server) endReused(ctx context.Context, grantType, clientID string, now time.Time, families ...ID) error {
	ctx = context.WithoutCancel(ctx)
	for _, id := range families {
		if err := s.Store.Revoke(ctx, Revocation{ClientID: clientID, FamilyID: id, At: now}); err != nil {
			return fmt.Errorf("used again, and not ended: family %s of client %s: %w", families[0], clientID, err)
		}
	}
	s.tell(ctx, Event{Name: EventReplay, Kind: grantType, Outcome: OutcomeEnded})
	return nil
}
