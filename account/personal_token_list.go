package account

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// MostOwnedTokens is the maximum number of tokens that OwnedTokens returns.
const MostOwnedTokens = 10_000

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

func (f *OwnedTokenFilter) selects(t *OwnedToken) bool {
	search := strings.ToLower(f.Search)
	return (f.UserID == "" || t.UserID == f.UserID) && (f.Scope == "" || slices.Contains(t.Scopes, f.Scope)) &&
		(strings.Contains(strings.ToLower(t.Name), search) || strings.Contains(strings.ToLower(t.Username), search))
}

// OwnedTokens returns the valid personal tokens of all people, newest first. It reads the factors of
// each person who has a role. Nobody else has a valid token, because the tokens of a person who loses
// a role become invalid.
func (a *Accounts) OwnedTokens(ctx context.Context, f OwnedTokenFilter) (all []OwnedToken, err error) {
	seen := make(map[string]bool)
	add := func(u *User) error {
		if seen[u.ID] || f.UserID != "" && u.ID != f.UserID || len(all) >= MostOwnedTokens {
			return nil
		}
		seen[u.ID] = true
		have, err := a.Store.Factors(ctx, u.ID)
		for _, factor := range have {
			t := OwnedToken{personalTokenOf(factor), u.ID, u.Username}
			if a.personalTokenValid(u, factor) && f.selects(&t) {
				all = append(all, t)
			}
		}
		return err
	}
	for _, role := range AllRoles() {
		if err := a.eachWithRole(ctx, role, add); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(x, y OwnedToken) int { return strings.Compare(y.Place(), x.Place()) })
	return all[:min(len(all), MostOwnedTokens)], nil
}

// eachWithRole calls do for each user who has a role directly or through a group.
func (a *Accounts) eachWithRole(ctx context.Context, role Role, do func(*User) error) error {
	f := UserFilter{Role: role}
	if yes := true; role == RoleAdministrator {
		f = UserFilter{Admin: &yes}
	}
	for p := (paging.Page{Limit: 500}); ; {
		users, cursor, err := a.Store.Users(ctx, f, p)
		if err != nil {
			return err
		}
		for _, u := range users {
			if err := do(u); err != nil {
				return err
			}
		}
		if p.After = cursor.Next; p.After == "" {
			return nil
		}
	}
}

// Place returns the sort key of a token. The newest token has the greatest one.
func (t *OwnedToken) Place() string {
	return t.CreatedAt.UTC().Format("2006-01-02T15:04:05.000") + " " + t.UserID + " " + t.ID
}
