package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AccessToken finds an access token and its standing. It is the hottest read:
// each column costs, so the yes-or-no ones share a number.
func (s *Store) AccessToken(ctx context.Context, id oauth.ID) (oauth.AccessToken, oauth.Standing, error) {
	var (
		token    = oauth.AccessToken{ID: id}
		standing oauth.Standing
		flags    int64
	)
	err := s.row(ctx, `SELECT t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at,
		(c.id IS NULL) + 2 * coalesce(c.disabled, 0) + 4 * coalesce(s.blocked, 0) + 8 * (length(t.family_id) > 0 AND (f.id IS NULL OR f.revoked_at <> 0)),
		c.revoked_before, s.revoked_before, a.username
		FROM access_token t`+standingJoins+` LEFT JOIN family f ON f.id = t.family_id WHERE t.id = $1`, id[:]).
		Scan(bytes{token.Hash[:]}, &token.ClientID, &token.Subject, bytes{token.FamilyID[:]}, scopes{&token.Scope}, at{&token.IssuedAt}, at{&token.ExpiresAt},
			&flags, at{&standing.ClientRevokedBefore}, at{&standing.SubjectRevokedBefore}, text{&standing.Username})
	standing.ClientMissing, standing.ClientDisabled = flags&1 != 0, flags&2 != 0
	standing.SubjectBlocked, standing.FamilyRevoked = flags&4 != 0, flags&8 != 0
	return token, standing, err
}

const accessColumns = `t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at`

func accessFields(t *oauth.AccessToken) []any {
	return []any{bytes{t.ID[:]}, bytes{t.Hash[:]}, &t.ClientID, &t.Subject, bytes{t.FamilyID[:]}, scopes{&t.Scope}, at{&t.IssuedAt}, at{&t.ExpiresAt}}
}

// Issue writes an access token.
func (s *Store) Issue(ctx context.Context, token oauth.AccessToken) error {
	s.roundTrips.Add(1)
	s.rows.Add(1)
	return s.failure(s.writer.do(ctx, &job{token: token}))
}

// addAccess writes an access token of the family, if there is one: together
// with the others of the batch, as the last thing before the commit.
func (s *Store) addAccess(t *tx, token *oauth.AccessToken, f oauth.Family) {
	if token == nil {
		return
	}
	s.rows.Add(1)
	row := *token
	row.ClientID, row.Subject, row.FamilyID, row.Scope = f.ClientID, f.Subject, f.ID, f.AccessScope
	t.tokens = append(t.tokens, &row)
}

// maxInsert is how many access tokens one statement writes at most.
const maxInsert = 64

// accessInsert is the statement that writes n access tokens. It numbers no
// parameters, because SQLite looks the names of numbered ones up one by one.
func (t *tx) accessInsert(n int) string {
	if t.inserts[n] == "" {
		t.inserts[n] = `INSERT INTO access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) VALUES ` +
			strings.Repeat("(?,?,?,?,?,?,?,?),", n-1) + "(?,?,?,?,?,?,?,?)"
	}
	return t.inserts[n]
}

// insertAccess writes access tokens with as few statements as may be.
func (t *tx) insertAccess(tokens []*oauth.AccessToken) error {
	for some := range slices.Chunk(tokens, maxInsert) {
		args := make([]any, 0, len(some)*8)
		for _, token := range some {
			args = append(args, token.ID[:], token.Hash[:], token.ClientID, token.Subject, blob(token.FamilyID[:]),
				token.Scope.String(), ms(token.IssuedAt), ms(token.ExpiresAt))
		}
		if err := t.Exec(t.accessInsert(len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}
