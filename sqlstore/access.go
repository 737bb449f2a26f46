package sqlstore

import (
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const accessNames = `id, hash, client_id, subject, family_id, scope, issued_at, expires_at, audience`

const accessColumns = `t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience`

func accessFields(t *oauth.AccessToken) []any {
	return []any{bytes{t.ID[:]}, bytes{t.Hash[:]}, &t.ClientID, &t.Subject, bytes{t.FamilyID[:]}, scopes{&t.Scope}, at{&t.IssuedAt}, at{&t.ExpiresAt}, audience{&t.Audience}}
}

// accessArgs returns the values of a row. They do not refer to the token, which can
// therefore be on the stack.
func accessArgs(t *oauth.AccessToken) []any {
	keys := slices.Concat(t.ID[:], t.Hash[:], t.FamilyID[:])
	id, rest := keys[:len(t.ID)], keys[len(t.ID):]
	hash, family := rest[:len(t.Hash)], rest[len(t.Hash):]
	return []any{id, hash, t.ClientID, t.Subject, blob(family), t.Scope.String(), ms(t.IssuedAt), ms(t.ExpiresAt), t.Audience.String()}
}

// issuedColumns are the columns of an access token with its standing. This is
// the most frequent read and each column costs, so the booleans share a number. From
// 16 on, the person has removals.
const issuedColumns = issuedFirst + familyNotRevokedYet + issuedRest

const (
	issuedFirst = `t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience,
	CASE WHEN c.id IS NULL THEN 1 ELSE 2 * c.disabled END + 4 * coalesce(s.blocked, 0) + 16 * coalesce(s.pending, 0) +
	CASE WHEN length(t.family_id) > 0 AND NOT `
	issuedRest = ` THEN 8 ELSE 0 END,
	c.revoked_before, s.revoked_before, a.username, coalesce(f.details, ''), coalesce(f.auth_time, 0)`
)

// accessQuery finds an access token. accessDespiteRemoval is the same for a person
// with removals.
const (
	accessQuery          = `SELECT ` + issuedColumns + accessFrom
	accessDespiteRemoval = `SELECT ` + issuedFirst + familyNotRevoked + issuedRest + accessFrom
	accessFrom           = ` FROM latchkey_access_token t` + standingJoins + ` LEFT JOIN latchkey_family f ON f.id = t.family_id WHERE t.id = $1`
)

// accessLookup finds many access tokens. OFFSET 0 keeps each subquery a lookup by
// key. Otherwise the planner reads a whole table if its statistics say that the
// table is small.
const accessLookup = `SELECT k.n, ` + issuedColumns + ` FROM pg_catalog.unnest($1::bytea[]) WITH ORDINALITY k(id, n)
	CROSS JOIN LATERAL (SELECT * FROM latchkey_access_token t WHERE t.id = k.id OFFSET 0) t
	LEFT JOIN LATERAL (SELECT id, disabled, revoked_before FROM latchkey_client c WHERE c.id = t.client_id OFFSET 0) c ON true
	LEFT JOIN LATERAL (SELECT blocked, revoked_before, pending FROM latchkey_subject s WHERE s.id = t.subject OFFSET 0) s ON true
	LEFT JOIN LATERAL (SELECT username FROM latchkey_account a WHERE a.id = t.subject OFFSET 0) a ON true
	LEFT JOIN LATERAL (SELECT id, revoked_at, issued_at, details, auth_time FROM latchkey_family f WHERE f.id = t.family_id OFFSET 0) f ON true`

// AccessToken returns an access token and its standing.
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
		audience{&token.Audience},
		&flags,
		at{&standing.ClientRevokedBefore},
		at{&standing.SubjectRevokedBefore},
		text{&standing.Username},
		details{&token.Details},
		at{&token.AuthTime},
	}
	var err error
	if s.batcher != nil {
		err = s.lookup(ctx, accessLookup, id[:], fields...)
	} else {
		err = s.row(ctx, accessQuery, id[:]).Scan(fields...)
	}
	if err == nil && flags >= 16 && !token.FamilyID.IsZero() {
		err = s.row(ctx, accessDespiteRemoval, id[:]).Scan(fields...)
	}
	standing.ClientMissing, standing.ClientDisabled = flags&1 != 0, flags&2 != 0
	standing.SubjectBlocked, standing.FamilyRevoked = flags&4 != 0, flags&8 != 0
	return token, standing, err
}

const accessInsert = `INSERT INTO latchkey_access_token (` + accessNames + `) VALUES`

const accessInsertMany = `INSERT INTO latchkey_access_token (` + accessNames + `)
	SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])`

// Issue writes an access token.
func (s *Store) Issue(ctx context.Context, token oauth.AccessToken) error {
	s.rows.Add(1)
	row := accessArgs(&token)
	if s.batcher == nil {
		return s.write(ctx, func(t *tx) error { return t.Insert(accessInsert, row) })
	}
	call := s.begin(ctx, accessInsertMany, writes)
	return call.end(s.batcher.Insert(ctx, accessInsertMany, row))
}

// addAccess writes an access token of a family, unless it is nil.
func (s *Store) addAccess(t *tx, token *oauth.AccessToken, f *oauth.Family, audience oauth.Audience) error {
	if token == nil {
		return nil
	}
	s.rows.Add(1)
	return t.Insert(accessInsert, accessArgs(accessOfFamily(token, f, audience)))
}

// accessOfFamily returns the row of an access token of a family.
func accessOfFamily(token *oauth.AccessToken, f *oauth.Family, audience oauth.Audience) *oauth.AccessToken {
	row := *token
	row.ClientID, row.Subject, row.FamilyID, row.Scope, row.Audience = f.ClientID, f.Subject, f.ID, f.AccessScope, audience
	return &row
}

// accessOf returns the arguments of an access token whose other columns come
// from the statement. Without a token, its id is empty.
func accessOf(t *oauth.AccessToken) []any {
	if t == nil {
		return []any{[]byte{}, []byte{}, int64(0), int64(0)}
	}
	return []any{t.ID[:], t.Hash[:], ms(t.IssuedAt), ms(t.ExpiresAt)}
}
