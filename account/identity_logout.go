package account

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// An IdentityLogout says which login has ended at another provider. Subject or SessionID
// can be empty, but not both.
type IdentityLogout struct {
	// Provider is the name of the provider in the configuration.
	Provider string
	// Issuer, Subject and SessionID are the iss, sub and sid of the provider.
	Issuer, Subject, SessionID string
}

// SessionsOf returns the sessions that began with a login that has ended at another
// provider: those of its session there, or if SessionID is empty, all that the person began
// at this provider. A session for which the provider reported no session ID ends when any
// of the person's sessions there ends.
//
// Without the Subject, all sessions of all people are read. Few providers omit it.
func (a *Accounts) SessionsOf(ctx context.Context, l IdentityLogout) ([]Session, error) {
	var f Factor
	var owner *User
	err := ErrNotFound
	if l.Subject != "" {
		f, owner, err = a.Store.Factor(ctx, IdentityID(l.Issuer, l.Subject))
	}
	filter := SessionFilter{}
	switch {
	case err == nil && f.Kind == FactorIdentity:
		filter.UserID = owner.ID
	case err != nil && !errors.Is(err, ErrNotFound):
		return nil, err
	case l.SessionID == "":
		return nil, nil // nobody has the identity
	default:
		filter.Method = sidMethod(l.Issuer, l.SessionID)
	}
	var found []Session
	for page := (paging.Page{Limit: 200}); ; {
		rows, cursor, err := a.Store.Sessions(ctx, filter, page)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if l.ends(row.Session, f) {
				found = append(found, row.Session)
			}
		}
		if cursor.Next == "" {
			return found, nil
		}
		page.After = cursor.Next
	}
}

// CheckLogoutToken calls check, which verifies a logout token of another provider. It
// returns *ThrottledError without a call if too many tokens from the address were invalid:
// each can cause a request to the provider.
func (a *Accounts) CheckLogoutToken(ctx context.Context, from netip.Addr, check func() error) error {
	return a.checkFrom(ctx, AttemptLimit{Key: addressKeyFor("logout token", from), Max: maxLogoutTokensPerAddress}, check)
}

// CheckForwardCallback calls check, which redeems the code of a login at a protected host.
// It returns *ThrottledError without a call if too many codes from the address were wrong:
// each can cause a request to the Store. An error that wraps ErrNotChecked does not count.
func (a *Accounts) CheckForwardCallback(ctx context.Context, from netip.Addr, check func() error) error {
	return a.checkFrom(ctx, AttemptLimit{Key: addressKeyFor("forward callback", from), Max: maxCallbacksPerAddress}, check)
}

// checkFrom calls check unless the limit of an address is reached.
func (a *Accounts) checkFrom(ctx context.Context, limit AttemptLimit, check func() error) error {
	if limit.Key == "" {
		return check()
	}
	return a.guess(ctx, guess{limits: []AttemptLimit{limit}, quick: true}, check)
}

// ends reports whether a session ends. f is the identity of its person, or empty.
func (l IdentityLogout) ends(s Session, f Factor) bool {
	if l.SessionID != "" && slices.Contains(s.Methods, sidMethod(l.Issuer, l.SessionID)) {
		return true
	}
	began := s.Provider()
	if f.Kind != FactorIdentity || began == "" || (began != l.Provider && began != f.Provider()) {
		return false
	}
	return l.SessionID == "" || !slices.ContainsFunc(s.Methods, isSessionID)
}
