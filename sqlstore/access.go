package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AccessToken finds an access token and its standing.
func (s *Store) AccessToken(ctx context.Context, id oauth.ID) (oauth.AccessToken, oauth.Standing, error) {
	var (
		token    oauth.AccessToken
		standing oauth.Standing
	)
	err := s.row(ctx, `SELECT `+accessColumns+`, `+standingColumns+`, length(t.family_id) > 0 AND (f.id IS NULL OR f.revoked_at <> 0)
		FROM access_token t`+standingJoins+` LEFT JOIN family f ON f.id = t.family_id WHERE t.id = $1`, id[:]).
		Scan(append(append(accessFields(&token), standingFields(&standing)...), flag{&standing.FamilyRevoked})...)
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
	return s.failure(s.writer.do(ctx, &job{token: &token}))
}

// addAccess writes an access token of the family, if there is one.
func (s *Store) addAccess(t *tx, token *oauth.AccessToken, f oauth.Family) error {
	if token == nil {
		return nil
	}
	s.rows.Add(1)
	row := *token
	row.ClientID, row.Subject, row.FamilyID, row.Scope = f.ClientID, f.Subject, f.ID, f.AccessScope
	return t.insertAccess([]*oauth.AccessToken{&row})
}

// accessWidths are the numbers of rows for which there is an INSERT.
var accessWidths = []int{64, 16, 4, 1}

var accessInserts = func() map[int]string {
	inserts := make(map[int]string)
	for _, width := range accessWidths {
		rows := make([]string, width)
		for i := range rows {
			n := i * 8
			rows[i] = fmt.Sprintf("($%d,$%d,$%d,$%d,$%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8)
		}
		inserts[width] = `INSERT INTO access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) VALUES ` + strings.Join(rows, ",")
	}
	return inserts
}()

// insertAccess writes access tokens with as few statements as may be.
func (t *tx) insertAccess(tokens []*oauth.AccessToken) error {
	for _, width := range accessWidths {
		for len(tokens) >= width {
			args := make([]any, 0, width*8)
			for _, token := range tokens[:width] {
				args = append(args, token.ID[:], token.Hash[:], token.ClientID, token.Subject, blob(token.FamilyID[:]),
					token.Scope.String(), ms(token.IssuedAt), ms(token.ExpiresAt))
			}
			if err := t.Exec(accessInserts[width], args...); err != nil {
				return err
			}
			tokens = tokens[width:]
		}
	}
	return nil
}
