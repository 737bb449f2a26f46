package account

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// An OwnedToken is a personal token with its person.
type OwnedToken struct {
	PersonalToken
	UserID   string // the person
	Username string // their username
}

// An OwnedTokenFilter selects personal tokens. Zero fields match all tokens.
type OwnedTokenFilter struct {
	Search string // a part of the name or the username, case-insensitively
	UserID string // the person
	Scope  string // one of the scopes
}

// A TokenFactor is a factor of the kind FactorToken with its person.
type TokenFactor struct {
	Factor
	Username string // of the person
}

// Selects reports whether a factor of a user is a personal token that is valid at a time, and that
// the filter matches. In SQL, a token is not revoked if its Body ends with "epoch":N}, and N is the
// LoginEpoch of the user.
func (f OwnedTokenFilter) Selects(t Factor, u *User, now time.Time) bool {
	search := strings.ToLower(f.Search)
	return personalTokenValid(u, t, now) && (f.UserID == "" || u.ID == f.UserID) && (f.Scope == "" || slices.Contains(personalTokenOf(t).Scopes, f.Scope)) &&
		(strings.Contains(strings.ToLower(t.Name), search) || strings.Contains(strings.ToLower(u.Username), search))
}

// QuotedScope returns a scope as it appears in the Body of a FactorToken, where a comma or a bracket precedes
// and follows it.
func QuotedScope(scope string) string {
	quoted, _ := json.Marshal(scope) // a text
	return string(quoted)
}

// OwnedTokens returns a page of the valid personal tokens of all people, sorted by "created" (the
// default) or "used", the time of the last use.
func (a *Accounts) OwnedTokens(ctx context.Context, f OwnedTokenFilter, p paging.Page) ([]OwnedToken, paging.Cursor, error) {
	rows, cursor, err := a.Store.TokenFactors(ctx, f, p)
	all := make([]OwnedToken, len(rows))
	for i, row := range rows {
		all[i] = OwnedToken{personalTokenOf(row.Factor), row.UserID, row.Username}
	}
	return all, cursor, err
}

// CountOwnedTokens returns the number of tokens that OwnedTokens returns. It reads at most
// paging.MostCounted tokens, including those that are no longer valid.
func (a *Accounts) CountOwnedTokens(ctx context.Context, f OwnedTokenFilter) (paging.Count, error) {
	return a.Store.CountTokenFactors(ctx, f)
}
