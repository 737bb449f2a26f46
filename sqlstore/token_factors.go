package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TokenFactors returns valid personal tokens, sorted by "created" (the default) or "used".
func (s *Store) TokenFactors(ctx context.Context, f account.OwnedTokenFilter, p paging.Page) ([]account.TokenFactor, paging.Cursor, error) {
	l := s.tokenFactors(f)
	if p.Sort == "used" {
		l.key = "t.used_at"
	}
	return list(ctx, s, l, p, func(t *account.TokenFactor) []any { return append(factorFields(&t.Factor), text{&t.Username}) })
}

// CountTokenFactors counts what TokenFactors returns.
func (s *Store) CountTokenFactors(ctx context.Context, f account.OwnedTokenFilter) (paging.Count, error) {
	return s.count(ctx, s.tokenFactors(f))
}

// tokenFactors selects valid personal tokens. The indexes for them have only rows of this kind, so the
// kind is not a parameter.
func (s *Store) tokenFactors(f account.OwnedTokenFilter) listing {
	l := listing{
		query: `SELECT ` + factorColumns + `, a.username FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id`,
		key:   "t.created_at", id: "t.id", blobs: true, kind: `t.kind = '` + string(account.FactorToken) + `'`,
		check: []string{`t.expires_at > $1`, `t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}'`}, args: []any{ms(s.Clock())},
	}
	if f.UserID != "" {
		l.group, l.value, l.kind, l.check = "t.user_id", f.UserID, "", append(l.check, l.kind) // a person has few factors
	}
	if f.Scope != "" {
		// The scopes are a JSON array. A scope contains no quotation mark, and another text of the body comes after a
		// colon or before one. replace is case-sensitive, unlike LIKE in SQLite.
		body := "t.body"
		for _, around := range []string{"[,", "[]", ",,", ",]"} {
			body = fmt.Sprintf(`replace(%s, '%c' || CAST(? AS TEXT) || '%c', '')`, body, around[0], around[1])
		}
		l.check = append(l.check, l.condition(body+" <> t.body", account.QuotedScope(f.Scope)))
	}
	l.checkSearch(f.Search, "t.name", "a.username")
	return l
}

// NoteTokenUse sets the time of the last use of a personal token.
func (s *Store) NoteTokenUse(ctx context.Context, id account.FactorID, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`UPDATE latchkey_factor SET used_at = $2 WHERE id = $1 AND kind = $3 AND used_at <= $4`, id[:], ms(when), string(account.FactorToken), ms(when.Add(-account.TokenUseInterval)))
	})
}
