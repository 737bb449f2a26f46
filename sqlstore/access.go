package sqlstore

import (
	"context"

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
	fields := []any{
		bytes{token.Hash[:]},
		&token.ClientID, &token.Subject,
		bytes{token.FamilyID[:]},
		scopes{&token.Scope},
		at{&token.IssuedAt},
		at{&token.ExpiresAt},
		&flags,
		at{&standing.ClientRevokedBefore},
		at{&standing.SubjectRevokedBefore},
		text{&standing.Username},
		details{&token.Details},
	}
	var err error
	if s.piper != nil {
		err = s.find(ctx, accessPiped, id[:], fields...)
	} else {
		err = s.row(ctx, `SELECT `+accessFound+` FROM latchkey_access_token t`+standingJoins+` LEFT JOIN latchkey_family f ON f.id = t.family_id WHERE t.id = $1`, id[:]).Scan(fields...)
	}
	standing.ClientMissing, standing.ClientDisabled = flags&1 != 0, flags&2 != 0
	standing.SubjectBlocked, standing.FamilyRevoked = flags&4 != 0, flags&8 != 0
	return token, standing, err
}

const accessFound = `t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at,
	CASE WHEN c.id IS NULL THEN 1 ELSE 2 * c.disabled END + 4 * coalesce(s.blocked, 0) +
	CASE WHEN length(t.family_id) > 0 AND (f.id IS NULL OR f.revoked_at <> 0 OR f.issued_at <= c.revoked_before OR f.issued_at <= s.revoked_before) THEN 8 ELSE 0 END,
	c.revoked_before, s.revoked_before, a.username, coalesce(f.details, '')`

const accessColumns = `t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at`

func accessFields(t *oauth.AccessToken) []any {
	return []any{bytes{t.ID[:]}, bytes{t.Hash[:]}, &t.ClientID, &t.Subject, bytes{t.FamilyID[:]}, scopes{&t.Scope}, at{&t.IssuedAt}, at{&t.ExpiresAt}}
}

// Issue writes an access token.
func (s *Store) Issue(ctx context.Context, token oauth.AccessToken) error {
	s.rows.Add(1)
	if s.piper != nil {
		return s.issuePiped(ctx, token)
	}
	return s.write(ctx, func(t *tx) error { return t.insertAccess(token) })
}

// addAccess writes an access token of the family, if there is one.
func (s *Store) addAccess(t *tx, token *oauth.AccessToken, f oauth.Family) error {
	if token == nil {
		return nil
	}
	s.rows.Add(1)
	row := *token
	row.ClientID, row.Subject, row.FamilyID, row.Scope = f.ClientID, f.Subject, f.ID, f.AccessScope
	return t.insertAccess(row)
}

// insertAccess writes an access token now, or together with the others of the
// transaction.
func (t *tx) insertAccess(token oauth.AccessToken) error {
	if c, ok := t.Conn.(collector); ok {
		c.collect(token)
		return nil
	}
	return t.Exec(accessInsert+` ($1, $2, $3, $4, $5, $6, $7, $8)`, accessArgs(token)...)
}

const accessInsert = `INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) VALUES`

func accessArgs(t oauth.AccessToken) []any {
	return []any{t.ID[:], t.Hash[:], t.ClientID, t.Subject, blob(t.FamilyID[:]), t.Scope.String(), ms(t.IssuedAt), ms(t.ExpiresAt)}
}
